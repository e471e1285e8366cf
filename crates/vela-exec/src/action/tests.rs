//! Tests of the built-in actions on the local target.

use super::{
    Cloud, CloudRequest, CloudState, Context, Effect, HttpClient, HttpError, HttpRequest,
    HttpResponse, Registry, Targets, Terraform,
};
use crate::block_on;
use crate::engine::{Graph, Outcome};
use crate::executor::{BoxFuture, Cancel};
use crate::fake::plan;
use crate::store::{MemoryStore, StateStore, inventory};
use crate::target::local::{Faults, LocalTarget, Pace};
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use vela_dag::step::Call;

struct World {
    registry: Registry,
    graph: Graph,
    targets: Targets,
    store: Arc<MemoryStore>,
    http: Option<Box<dyn HttpClient>>,
    now: u64,
    context: Json,
}

impl World {
    fn new(workflow: &Json) -> World {
        World::with(workflow, Pace::Natural, &json!({}))
    }

    fn with(workflow: &Json, pace: Pace, application: &Json) -> World {
        let store = Arc::new(MemoryStore::new());
        let local = LocalTarget::new(Arc::clone(&store) as Arc<dyn StateStore>)
            .with_pace(pace)
            .with_faults(Faults::of_application(application).unwrap());
        World {
            registry: Registry::built_in(),
            graph: Graph::new(plan(workflow)).unwrap(),
            targets: Targets::new(Arc::new(local)),
            store,
            http: None,
            now: 1_000,
            context: json!({"name": "app", "namespace": "default"}),
        }
    }

    fn call(&self, step: &str, provider: &str, action: &str, params: Json) -> Outcome {
        let step = self
            .graph
            .plan()
            .nodes
            .iter()
            .find(|node| node.id.0 == format!("step/{step}"))
            .unwrap();
        let call = Call {
            path: "c".into(),
            provider: provider.into(),
            action: action.into(),
            params,
            returns: true,
        };
        block_on(self.registry.run(&Context {
            run: "r",
            graph: &self.graph,
            step,
            call: &call,
            pass: 1,
            now: self.now,
            adopt: Default::default(),
            context: &self.context,
            targets: &self.targets,
            store: &*self.store,
            http: self.http.as_deref(),
            cancel: &Cancel::default(),
            progress: &|_| {},
        }))
    }

    fn value(&self, provider: &str, action: &str, params: Json) -> Json {
        match self.call("s", provider, action, params) {
            Outcome::Value { value } => value,
            other => panic!("{other:?}"),
        }
    }

    fn error(&self, provider: &str, action: &str, params: Json) -> String {
        match self.call("s", provider, action, params) {
            Outcome::Error { message } => message,
            other => panic!("{other:?}"),
        }
    }
}

fn one_step() -> Json {
    json!({"steps": [{"name": "s", "type": "nop"}]})
}

#[test]
fn kube() {
    let world = World::new(&one_step());
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"k": "v"}});
    let missing = world.value("kube", "read", json!({"value": map}));
    assert!(missing["err"].as_str().unwrap().contains("not found"), "{missing}");
    let live = world.value("kube", "apply", json!({"value": map}));
    assert_eq!(live["value"]["metadata"]["namespace"], "default");
    assert_eq!(
        world.value("kube", "read", json!({"value": map, "cluster": "local"}))["value"]["data"]["k"],
        "v"
    );
    let patched = world.value(
        "kube",
        "patch",
        json!({"value": map, "patch": {"data": {"k": null, "n": "1"}}}),
    );
    assert_eq!(patched["result"]["data"], json!({"n": "1"}));
    let resource = json!({"apiVersion": "v1", "kind": "ConfigMap"});
    let listed = world.value(
        "kube",
        "list",
        json!({"resource": resource, "filter": {"namespace": "default"}}),
    );
    assert_eq!(listed["values"]["items"].as_array().unwrap().len(), 1);
    world.value("kube", "delete", json!({"value": map}));
    assert!(world.value("kube", "read", json!({"value": map}))["err"].is_string());
    assert!(world.error("kube", "patch", json!({"value": map, "patch": {}})).contains("not found"));
    assert!(world.error("kube", "apply", json!({"value": {"kind": "X"}})).contains("apiVersion"));
    assert!(
        world.error("kube", "apply", json!({"value": map, "cluster": "mars"})).contains("mars")
    );
    let both = world.value(
        "kube",
        "apply-in-parallel",
        json!({"value": [map, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}]}),
    );
    assert_eq!(both["value"].as_array().unwrap().len(), 2);
    assert_eq!(inventory(&*world.store, "default/app").unwrap().len(), 2);
}

#[test]
fn wrong_calls_are_refused_with_a_reason() {
    let world = World::new(&one_step());
    assert!(world.error("kube", "apply", json!({})).contains("value is missing"));
    assert!(world.error("kube", "apply", json!({"value": 5})).contains("must be an object"));
    assert!(world.error("nobody", "knows", json!({})).contains("knows"));
    let letter = json!({
        "from": {"address": "a@example.com", "password": "p", "host": "smtp.example.com", "port": 25},
        "to": ["b@example.com"],
        "content": {"subject": "s", "body": "b"},
    });
    let url = json!({"url": "http://x"});
    let query = json!({"query": "up", "metricEndpoint": "http://x", "condition": "==1"});
    for (provider, action, params) in [
        ("email", "send", &letter),
        ("metrics", "promCheck", &query),
        ("query", "searchEvents", &url),
        ("http", "do", &url),
    ] {
        let why = world.error(provider, action, params.clone());
        assert!(why.contains("not granted"), "{why}");
    }
}

#[test]
fn configs() {
    let world = World::new(&one_step());
    world.value("config", "create", json!({"name": "a", "template": "t/x", "config": {"k": 1}}));
    world.value("config", "create", json!({"name": "b", "config": {"k": 2}}));
    assert_eq!(world.value("config", "read", json!({"name": "a"})), json!({"config": {"k": 1}}));
    let listed = world.value("config", "list", json!({"template": "x"}));
    assert_eq!(listed, json!({"configs": [{"name": "a", "config": {"k": 1}}]}));
    world.value("config", "delete", json!({"name": "a"}));
    assert!(world.error("config", "read", json!({"name": "a"})).contains("no config a"));
}

#[test]
fn values_of_values() {
    let world = World::new(&one_step());
    assert_eq!(world.value("util", "string", json!({"bt": "aGk="})), json!({"str": "hi"}));
    assert_eq!(
        world.value("time", "date", json!({"timestamp": 0})),
        json!({"date": "1970-01-01T00:00:00Z"})
    );
    let patch = json!({"value": {"a": 1, "b": 2}, "patch": {"b": null, "c": 3}});
    assert_eq!(world.value("util", "patch-k8s-object", patch), json!({"result": {"a": 1, "c": 3}}));
}

struct Scripted(Mutex<Vec<HttpRequest>>, Result<HttpResponse, HttpError>);

impl HttpClient for Scripted {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        self.0.lock().unwrap().push(request);
        Box::pin(std::future::ready(self.1.clone()))
    }
}

#[test]
fn http() {
    let answering = |result| {
        let mut world = World::new(&one_step());
        world.http = Some(Box::new(Scripted(Mutex::default(), result)));
        world
    };
    let ok =
        HttpResponse { status: 201, headers: vec![("A".into(), "b".into())], body: "x".into() };
    let params = json!({"method": "POST", "url": "http://h", "request": {"body": "b", "timeout": "2s", "header": {"H": "v"}}});
    let value = answering(Ok(ok)).value("http", "do", params.clone());
    assert_eq!(
        value,
        json!({"body": "x", "header": {"A": ["b"]}, "trailer": {}, "statusCode": 201})
    );
    let lost = |sent| answering(Err(HttpError { message: "lost".into(), sent }));
    assert!(matches!(lost(true).call("s", "http", "do", params.clone()), Outcome::Unknown { .. }));
    assert!(matches!(lost(false).call("s", "http", "do", params), Outcome::Error { .. }));
    assert!(matches!(
        lost(true).call("s", "http", "do", json!({"url": "http://h"})),
        Outcome::Error { .. }
    ));
    let registry = Registry::built_in();
    let call = |method: &str| Call {
        path: "c".into(),
        provider: "http".into(),
        action: "do".into(),
        params: json!({"method": method}),
        returns: true,
    };
    assert_eq!(registry.effect(&call("get")), Effect::Read);
    assert_eq!(registry.effect(&call("DELETE")), Effect::Once);
}

#[test]
fn a_component_is_waited_for() {
    let workflow = json!({
        "components": [{"name": "web"}],
        "steps": [{"name": "s", "type": "apply-component", "properties": {"component": "web"}}],
    });
    let mut world = World::new(&workflow);
    let params = json!({"component": "web"});
    let outcome = world.call("s", "oam", "component-apply", params.clone());
    assert_eq!(outcome, Outcome::Wait { message: "wait healthy".into() });
    world.now += 2_000;
    let live = world.value("oam", "component-apply", params);
    assert_eq!(live["output"]["status"]["readyReplicas"], 1);
    let objects = json!([{"origin": "", "manifest": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "o"}}},
        {"origin": "trait/t/extra", "manifest": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "e"}}}]);
    let live =
        world.value("oam", "component-apply", json!({"component": "web", "objects": objects}));
    assert_eq!(live["output"]["metadata"]["name"], "o");
    assert_eq!(live["outputs"]["extra"]["metadata"]["name"], "e");
}

#[test]
fn a_deployment_goes_by_dependencies() {
    let components: Vec<Json> = (0..12)
        .map(|ix| json!({"name": format!("c{ix}"), "dependsOn": if ix > 6 { vec![format!("c{}", ix - 7)] } else { vec![] }}))
        .collect();
    let workflow = json!({"components": components, "steps": [{"name": "s", "type": "deploy"}]});
    let application =
        json!({"spec": {"components": [{"name": "c0", "properties": {"simulate": "unhealthy"}}]}});
    let world = World::with(&workflow, Pace::Instant, &application);
    let outcome = world.call("s", "multicluster", "deploy", json!({"parallelism": 5}));
    assert_eq!(outcome, Outcome::Wait { message: "wait healthy".into() });
    let applied: Vec<String> = inventory(&*world.store, "default/app")
        .unwrap()
        .into_iter()
        .map(|entry| entry.object.name)
        .collect();
    assert_eq!(applied.len(), 11);
    assert!(!applied.contains(&"c7".to_owned()), "c7 waits for c0");

    let application =
        json!({"spec": {"components": [{"name": "c3", "properties": {"simulate": "error"}}]}});
    let world = World::with(&workflow, Pace::Instant, &application);
    assert_eq!(world.error("oam", "apply-application", json!({})), "c3: simulated error");
}

#[test]
fn queries_answer_from_the_inventory() {
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"ports": [{"port": 80, "name": "http"}]}});
    let workflow = json!({
        "components": [{"name": "web", "manifest": service}],
        "steps": [{"name": "s", "type": "apply-component", "properties": {"component": "web"}}],
    });
    let world = World::new(&workflow);
    let empty = world.value("query", "collectServiceEndpoints", json!({"app": {"name": "app"}}));
    assert_eq!(empty, json!({"list": []}));
    world.value("oam", "component-apply", json!({"component": "web"}));
    let found = world.value(
        "query",
        "collectServiceEndpoints",
        json!({"app": {"filter": {"components": ["web"]}}}),
    );
    assert_eq!(found["list"][0]["endpoint"]["port"], 80);
    assert_eq!(found["list"][0]["endpoint"]["host"], "web.default");
    let listed = world.value(
        "query",
        "listAppliedResources",
        json!({"app": {"name": "app", "namespace": "default"}}),
    );
    assert_eq!(listed["list"][0]["kind"], "Service");
    let other = json!({"app": {"filter": {"components": ["other"]}}});
    assert_eq!(world.value("query", "listResourcesInApp", other), json!({"list": []}));
}

/// Makes cloud resources at the second asking.
#[derive(Default)]
struct Clouds(std::sync::Mutex<Vec<CloudRequest>>);

impl Terraform for Clouds {
    fn deploy<'a>(
        &'a self,
        request: &'a CloudRequest,
        _: &'a Cancel,
    ) -> BoxFuture<'a, Result<CloudState, String>> {
        let mut asked = self.0.lock().unwrap();
        asked.push(request.clone());
        let state = match asked.len() {
            1 => CloudState::Waiting { on: "the bucket is being made".into() },
            _ => CloudState::Ready { outputs: json!({"bucket": request.name}) },
        };
        Box::pin(std::future::ready(Ok(state)))
    }

    fn share<'a>(
        &'a self,
        request: &'a CloudRequest,
        _: &'a Cancel,
    ) -> BoxFuture<'a, Result<CloudState, String>> {
        let why = format!("there is no place {:?}", request.placements);
        Box::pin(std::future::ready(Err(why)))
    }

    fn connected<'a>(
        &'a self,
        _: &'a CloudRequest,
        _: &'a Cancel,
    ) -> BoxFuture<'a, Result<bool, String>> {
        Box::pin(std::future::ready(Ok(true)))
    }
}

#[test]
fn clouds_are_the_embedders() {
    let mut world = World::new(&one_step());
    let params = json!({"name": "app", "env": "prod", "placements": [{"cluster": "east"}]});
    let deploy = "deploy-cloud-resource";
    let denied = world.error("terraform", deploy, params.clone());
    assert!(denied.contains("not granted"), "{denied}");
    let clouds = Arc::new(Clouds::default());
    world.registry.add(Arc::new(Cloud::by(Arc::clone(&clouds) as Arc<dyn Terraform>)));
    let waiting = world.call("s", "terraform", deploy, params.clone());
    assert_eq!(waiting, Outcome::Wait { message: "the bucket is being made".into() });
    assert_eq!(world.value("terraform", deploy, params.clone()), json!({"bucket": "app"}));
    assert_eq!(clouds.0.lock().unwrap()[0].env, "prod");
    let refused = world.error("terraform", "share-cloud-resource", params.clone());
    assert!(refused.contains("east"), "{refused}");
    let status = world.value("terraform", "get-connection-status", params);
    assert_eq!(status, json!({"healthy": true}));
}
