//! Tests of the local target, under a clock of their own.

use super::{Fault, Faults, LocalTarget, Pace};
use crate::block_on;
use crate::executor::{
    Cancel, Change, ChangeAction, Claim, Deletion, Effect, EffectKey, ExecError, Executor, Filter,
    Health, Observed, Owner,
};
use crate::object::ObjectRef;
use crate::store::MemoryStore;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use vela_dag::plan::Target;

struct World {
    local: LocalTarget,
    target: Target,
    owner: Owner,
    now: u64,
    claims: Vec<Claim>,
    cancel: Cancel,
}

impl World {
    fn new() -> World {
        World::on(LocalTarget::new(Arc::new(MemoryStore::new())))
    }

    fn on(local: LocalTarget) -> World {
        World {
            local,
            target: Target {
                kind: "local".into(),
                cluster: "local".into(),
                namespace: "default".into(),
            },
            owner: Owner { application: "default/app".into(), component: Some("web".into()) },
            now: 1_000,
            claims: Vec::new(),
            cancel: Cancel::default(),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&Effect<'_>) -> T) -> T {
        let key = EffectKey { run: "r".into(), node: "n".into(), attempt: 1 };
        work(&Effect {
            key,
            target: &self.target,
            owner: &self.owner,
            now: self.now,
            claims: &self.claims,
            cancel: &self.cancel,
            progress: &|_| {},
        })
    }

    fn apply(&self, manifest: &Json) -> Result<Change, ExecError> {
        let objects = [manifest.clone()];
        self.with(|effect| block_on(self.local.apply(effect, &objects)))
            .and_then(|mut done| done.remove(0))
    }

    fn delete(&self, manifest: &Json) -> Deletion {
        let objects = [ObjectRef::of(manifest, "default").unwrap()];
        let done = self.with(|effect| block_on(self.local.delete(effect, &objects)));
        done.unwrap().remove(0).unwrap()
    }

    fn observe(&self, manifest: &Json) -> Observed {
        let objects = [ObjectRef::of(manifest, "default").unwrap()];
        self.with(|effect| block_on(self.local.observe(effect, &objects))).unwrap().remove(0)
    }
}

fn object(api_version: &str, kind: &str, spec: Json) -> Json {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, "spec": spec})
}

#[test]
fn objects_become_healthy_by_kind() {
    let cases = [
        ("apps/v1", "Deployment", json!({"replicas": 3}), 2_000),
        ("apps/v1", "StatefulSet", json!({"replicas": 3}), 6_000),
        ("apps/v1", "DaemonSet", json!({}), 2_000),
        ("batch/v1", "Job", json!({}), 3_000),
        ("batch/v1", "CronJob", json!({}), 0),
        ("v1", "Pod", json!({}), 1_000),
        ("v1", "Service", json!({}), 0),
        ("v1", "Service", json!({"type": "LoadBalancer"}), 1_000),
        ("v1", "PersistentVolumeClaim", json!({}), 1_000),
        ("networking.k8s.io/v1", "Ingress", json!({}), 1_000),
        ("v1", "ConfigMap", json!({}), 0),
        ("example.com/v1", "Anything", json!({}), 0),
    ];
    for (api_version, kind, spec, after) in cases {
        let mut world = World::new();
        let manifest = object(api_version, kind, spec);
        assert_eq!(world.observe(&manifest).health, Health::Missing, "{kind}");
        world.apply(&manifest).unwrap();
        if after > 0 {
            world.now = 1_000 + after - 1;
            assert_eq!(world.observe(&manifest).health, Health::Progressing, "{kind}");
        }
        world.now = 1_000 + after;
        assert_eq!(world.observe(&manifest).health, Health::Healthy, "{kind}");
    }
}

#[test]
fn a_broken_image_degrades() {
    let mut world = World::new();
    let template = json!({"spec": {"containers": [{"name": "c", "image": ""}]}});
    let manifest = object("apps/v1", "Deployment", json!({"template": template}));
    world.apply(&manifest).unwrap();
    world.now += 2_000;
    assert_eq!(world.observe(&manifest).health, Health::Degraded);
}

#[test]
fn applying_is_idempotent_and_mends_drift() {
    let mut world = World::new();
    let manifest = object("apps/v1", "Deployment", json!({"replicas": 1}));
    assert_eq!(world.apply(&manifest).unwrap().action, ChangeAction::Create);
    assert_eq!(world.apply(&manifest).unwrap().action, ChangeAction::Unchanged);
    world.now += 5_000;
    let reference = ObjectRef::of(&manifest, "default").unwrap();
    assert!(
        world
            .local
            .edit("local", &reference, world.now, |live| live["spec"]["replicas"] = json!(7))
            .unwrap()
    );
    let diff = block_on(world.local.diff(&world.target, std::slice::from_ref(&manifest))).unwrap();
    assert_eq!(diff[0].action, ChangeAction::Update);
    assert_eq!(diff[0].fields[0].path, "spec.replicas");
    assert_eq!(world.observe(&manifest).health, Health::Progressing);
    assert_eq!(world.apply(&manifest).unwrap().action, ChangeAction::Update);
    let live = world.observe(&manifest).live.unwrap();
    assert_eq!(live["spec"]["replicas"], json!(1));
    assert_eq!(live["metadata"]["generation"], json!(3));
    // A field that is no longer wanted goes, one that others added stays.
    world
        .local
        .edit("local", &reference, world.now, |live| live["spec"]["theirs"] = json!(true))
        .unwrap();
    let change = world.apply(&object("apps/v1", "Deployment", json!({}))).unwrap();
    assert_eq!(change.action, ChangeAction::Update);
    assert_eq!(world.observe(&manifest).live.unwrap()["spec"], json!({"theirs": true}));
}

#[test]
fn clusters_are_apart_and_named() {
    let local = LocalTarget::new(Arc::new(MemoryStore::new())).with_clusters(["east".to_owned()]);
    let mut world = World::on(local);
    let manifest = object("v1", "ConfigMap", json!({}));
    world.apply(&manifest).unwrap();
    world.target.cluster = "east".into();
    assert_eq!(world.observe(&manifest).health, Health::Missing);
    world.target.cluster = "west".into();
    let error = world.apply(&manifest).unwrap_err().to_string();
    assert!(error.contains("west") && error.contains("local, east"), "{error}");
}

#[test]
fn objects_of_others_are_left_alone() {
    let mut world = World::new();
    let manifest = object("v1", "ConfigMap", json!({}));
    world.apply(&manifest).unwrap();
    world.owner.application = "default/other".into();
    let error = world.apply(&manifest).unwrap_err();
    let refused = |owner: &Option<String>| owner.as_deref() == Some("default/app");
    assert!(matches!(&error, ExecError::Refused { owner, .. } if refused(owner)), "{error}");
    assert!(error.to_string().contains("ConfigMap default/web"), "{error}");
    assert_eq!(world.delete(&manifest), Deletion::Foreign { owner: Some("default/app".into()) });
    assert_eq!(world.observe(&manifest).owner.as_deref(), Some("default/app"));
    world.claims = vec![Claim::TakeOver];
    assert!(world.apply(&manifest).is_err(), "only what nobody owns is taken over");
    world.claims = vec![Claim::ReadOnly];
    assert_eq!(world.apply(&manifest).unwrap().action, ChangeAction::Unchanged);
    assert_eq!(world.observe(&manifest).owner.as_deref(), Some("default/app"));
    world.claims = vec![Claim::Seize];
    world.apply(&manifest).unwrap();
    assert_eq!(world.observe(&manifest).owner.as_deref(), Some("default/other"));
    assert_eq!(world.delete(&manifest), Deletion::Deleted);
    assert_eq!(world.delete(&manifest), Deletion::Missing);
}

#[test]
fn objects_of_nobody_are_adopted_when_that_is_allowed() {
    let mut world = World::new();
    let manifest = object("v1", "ConfigMap", json!({}));
    world.apply(&manifest).unwrap();
    let objects = [ObjectRef::of(&manifest, "default").unwrap()];
    world.with(|effect| block_on(world.local.release(effect, &objects))).unwrap();
    let error = world.apply(&manifest).unwrap_err();
    assert!(matches!(&error, ExecError::Refused { owner: None, .. }), "{error}");
    assert!(error.to_string().contains("take-over"), "{error}");
    assert_eq!(world.delete(&manifest), Deletion::Foreign { owner: None });
    world.claims = vec![Claim::TakeOver];
    let change = world.apply(&manifest).unwrap();
    assert_eq!(change.action, ChangeAction::Unchanged, "its fields are as they shall be");
    assert_eq!(world.observe(&manifest).owner.as_deref(), Some("default/app"));
}

#[test]
fn shared_objects_stay_until_the_last_one_goes() {
    let mut world = World::new();
    let manifest = object("v1", "ConfigMap", json!({"a": 1}));
    world.apply(&manifest).unwrap();
    let as_of = |world: &mut World, name: &str| world.owner.application = format!("default/{name}");
    world.claims = vec![Claim::Share];
    as_of(&mut world, "other");
    let error = world.apply(&manifest).unwrap_err().to_string();
    assert!(error.contains("default/app") && error.contains("shared-resource"), "{error}");
    as_of(&mut world, "app");
    world.apply(&manifest).unwrap();
    as_of(&mut world, "other");
    let changed = object("v1", "ConfigMap", json!({"a": 2}));
    assert_eq!(world.apply(&changed).unwrap().action, ChangeAction::Unchanged);
    assert_eq!(world.observe(&manifest).live.unwrap()["spec"]["a"], 1, "the first one's holds");
    as_of(&mut world, "app");
    assert_eq!(world.delete(&manifest), Deletion::PassedOn { to: "default/other".into() });
    as_of(&mut world, "other");
    world.apply(&changed).unwrap();
    assert_eq!(world.observe(&manifest).live.unwrap()["spec"]["a"], 2);
    assert_eq!(world.delete(&manifest), Deletion::Deleted);
}

#[test]
fn one_object_that_fails_keeps_no_other_from_its_turn() {
    let mut world = World::new();
    let named =
        |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    world.apply(&named("a")).unwrap();
    world.owner.application = "default/other".into();
    let objects = [named("a"), named("b")];
    let done = world.with(|effect| block_on(world.local.apply(effect, &objects))).unwrap();
    assert!(matches!(done[0], Err(ExecError::Refused { .. })));
    assert_eq!(done[1].as_ref().unwrap().action, ChangeAction::Create);
}

#[test]
fn what_is_only_read_must_be_there() {
    let mut world = World::new();
    world.claims = vec![Claim::ReadOnly];
    let error = world.apply(&object("v1", "ConfigMap", json!({}))).unwrap_err().to_string();
    assert!(error.contains("read-only"), "{error}");
}

#[test]
fn lists_by_kind_namespace_and_labels() {
    let world = World::new();
    for (name, label) in [("b", "x"), ("a", "x"), ("c", "y")] {
        world
            .apply(&json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"l": label}}}))
            .unwrap();
    }
    let list = |filter: &Filter| -> Vec<String> {
        let found = world.with(|effect| block_on(world.local.list(effect, filter))).unwrap();
        found.iter().map(|o| o["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let mut filter = Filter { api_version: "v1".into(), kind: "pod".into(), ..Filter::default() };
    assert_eq!(list(&filter), ["a", "b", "c"]);
    filter.labels = vec![("l".into(), "x".into())];
    assert_eq!(list(&filter), ["a", "b"]);
    filter.namespace = "other".into();
    assert!(list(&filter).is_empty());
}

#[test]
fn cancelling_stops_before_the_next_object() {
    let world = World::new();
    world.cancel.cancel();
    let manifest = object("v1", "ConfigMap", json!({}));
    assert_eq!(world.apply(&manifest), Err(ExecError::Cancelled));
    assert_eq!(world.observe(&manifest).health, Health::Missing);
}

#[test]
fn faults() {
    for (text, fault) in [
        ("error", Fault::Error),
        ("unhealthy", Fault::Unhealthy),
        ("flaky:3", Fault::Flaky(3)),
        ("healthy-after:2", Fault::HealthyAfter(2)),
        ("slow:1m", Fault::Slow(60_000)),
        ("rate:30%", Fault::Rate(30)),
    ] {
        assert_eq!(text.parse(), Ok(fault));
    }
    for wrong in ["flaky:x", "slow", "slow:x", "rate:x", "else"] {
        assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
    }
    let world = |fault| {
        let mut faults = Faults::default();
        faults.add("web", fault);
        World::on(
            LocalTarget::new(Arc::new(MemoryStore::new()))
                .with_pace(Pace::Instant)
                .with_faults(faults),
        )
    };
    let manifest = object("apps/v1", "Deployment", json!({}));
    let flaky = world(Fault::Flaky(1));
    assert!(flaky.apply(&manifest).is_err());
    flaky.apply(&manifest).unwrap();
    assert_eq!(flaky.observe(&manifest).health, Health::Healthy);
    let late = world(Fault::HealthyAfter(1));
    late.apply(&manifest).unwrap();
    assert_eq!(late.observe(&manifest).health, Health::Progressing);
    late.apply(&manifest).unwrap();
    assert_eq!(late.observe(&manifest).health, Health::Healthy);
    let mut slow = world(Fault::Slow(10_000));
    slow.apply(&manifest).unwrap();
    assert_eq!(slow.observe(&manifest).health, Health::Progressing);
    slow.now += 10_000;
    assert_eq!(slow.observe(&manifest).health, Health::Healthy);
    let some = world(Fault::Rate(30));
    let failed = (0..200).filter(|_| some.apply(&manifest).is_err()).count();
    assert!((20..100).contains(&failed), "{failed} of 200");
}

#[test]
fn a_full_cluster_takes_no_more() {
    let world = World::on(LocalTarget::new(Arc::new(MemoryStore::new())).with_quota("local", 1));
    let manifest = object("v1", "ConfigMap", json!({}));
    world.apply(&manifest).unwrap();
    world.apply(&manifest).unwrap();
    let mut other = manifest;
    other["metadata"]["name"] = json!("other");
    let error = world.apply(&other).unwrap_err();
    assert!(matches!(&error, ExecError::Failed(why) if why.contains("takes 1 objects")), "{error}");
}
