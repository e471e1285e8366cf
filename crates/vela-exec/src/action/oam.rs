//! `oam` and `multicluster`: components of the application, applied to their targets.
//!
//! What is applied was rendered when the Plan was made: the artifacts that the step `applies`. Where a
//! component takes values from other steps, the call brings the objects, rendered with them.
//!
//! One call applies all that it can and then says whether everything is healthy; the engine calls again
//! until it is. An artifact waits for those it depends on; among the ready ones at most `parallelism` are
//! worked at together; within one, objects go by stage, and the next stage begins when the one before is
//! healthy.

use super::kube::{Unapplied, Wanted};
use super::rights::Maker;
use super::schema::{Field, FieldKind, optional, required};
use super::{Action, Context, Effect, error, text};
use crate::engine::Outcome;
use crate::executor::{BoxFuture, Health, Observed, Owner, complete};
use crate::object::ObjectRef;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use vela_dag::plan::{Node, NodeId, NodeKind, Object, Stage, Target};

/// How many artifacts are worked at together where the step does not say.
const PARALLELISM: usize = 5;

pub(super) fn actions() -> Vec<Arc<dyn Action>> {
    vec![
        Arc::new(ApplyComponent),
        Arc::new(RenderComponent),
        Arc::new(ApplyAll),
        Arc::new(Load::Components),
        Arc::new(Load::InOrder),
        Arc::new(Load::Policies),
        Arc::new(Load::Terraform),
        Arc::new(Clusters::List),
        Arc::new(Clusters::Placements),
    ]
}

struct ApplyComponent;
struct ApplyAll;
struct RenderComponent;

enum Load {
    Components,
    InOrder,
    Policies,
    /// None ever: such components are their target's matter.
    Terraform,
}

enum Clusters {
    List,
    Placements,
}

/// Something to apply.
struct Piece<'a> {
    id: &'a NodeId,
    component: String,
    component_type: String,
    target: Target,
    objects: Vec<Object>,
}

impl<'a> Piece<'a> {
    fn of(node: &'a Node) -> Option<Piece<'a>> {
        let NodeKind::Artifact { component, component_type, objects } = &node.kind else {
            return None;
        };
        Some(Piece {
            id: &node.id,
            component: component.clone(),
            component_type: component_type.clone(),
            target: node.target.clone()?,
            objects: objects.clone(),
        })
    }
}

impl Piece<'_> {
    fn wanted<'p>(&'p self, object: &'p Object) -> Wanted<'p> {
        let Piece { component, component_type, .. } = self;
        let maker = Maker { component, component_type, origin: &object.origin };
        Wanted { manifest: &object.manifest, maker }
    }
}

/// The artifacts that the step applies.
fn pieces<'a>(context: &Context<'a>) -> Vec<Piece<'a>> {
    let NodeKind::Action { applies, .. } = &context.step.kind else { return Vec::new() };
    applies.iter().filter_map(|id| Piece::of(context.graph.artifact(id)?)).collect()
}

/// How a piece is after it was worked at.
enum Progress {
    Healthy(Vec<Observed>),
    Waiting(String),
    Error(Unapplied),
}

async fn work(context: &Context<'_>, piece: &Piece<'_>) -> Progress {
    match stages(context, piece).await {
        Ok(progress) => progress,
        Err(why) => Progress::Error(why),
    }
}

async fn stages(context: &Context<'_>, piece: &Piece<'_>) -> Result<Progress, Unapplied> {
    let executor = context.targets.of(&piece.target)?;
    let owner =
        Owner { application: context.application(), component: Some(piece.component.clone()) };
    let mut effect = context.effect(&piece.target, &owner, &[]);
    effect.key.node = format!("{}#{}", effect.key.node, piece.id.0);
    let manifests: Vec<Json> =
        piece.objects.iter().map(|object| (*object.manifest).clone()).collect();
    executor.validate(&piece.target, &manifests).await.map_err(|e| e.to_string())?;
    let mut seen = Vec::new();
    for stage in [Stage::PreDispatch, Stage::DefaultDispatch, Stage::PostDispatch] {
        let objects: Vec<Wanted<'_>> = piece
            .objects
            .iter()
            .filter(|object| object.stage == stage)
            .map(|object| piece.wanted(object))
            .collect();
        if objects.is_empty() {
            continue;
        }
        let node = Some(effect.key.node.clone());
        let names = context.apply_all(&piece.target, node, &owner, &objects).await?;
        let observed = executor.observe(&effect, &names).await.map_err(|e| e.to_string())?;
        complete(observed.len(), names.len()).map_err(|e| e.to_string())?;
        if let Some(sick) = observed.iter().find(|o| o.health == Health::Degraded) {
            return Ok(Progress::Waiting(format!("{}: {}", piece.component, sick.message)));
        }
        if observed.iter().any(|o| o.health != Health::Healthy) {
            return Ok(Progress::Waiting("wait healthy".to_owned()));
        }
        seen.extend(observed);
    }
    Ok(Progress::Healthy(seen))
}

/// Applies pieces in the order of their dependencies; gives what each became, in their order.
async fn apply(
    context: &Context<'_>,
    pieces: &[Piece<'_>],
    parallelism: usize,
) -> Vec<Option<Progress>> {
    let index: BTreeMap<&NodeId, usize> =
        pieces.iter().enumerate().map(|(ix, piece)| (piece.id, ix)).collect();
    let mut waits = vec![0_usize; pieces.len()];
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); pieces.len()];
    for (to, piece) in pieces.iter().enumerate() {
        for from in context.graph.artifacts_before(piece.id) {
            if let Some(from) = index.get(from) {
                next[*from].push(to);
                waits[to] += 1;
            }
        }
    }
    let mut done: Vec<Option<Progress>> = pieces.iter().map(|_| None).collect();
    let mut ready: std::collections::VecDeque<usize> =
        waits.iter().enumerate().filter(|(_, count)| **count == 0).map(|(ix, _)| ix).collect();
    while !ready.is_empty() {
        let wave: Vec<usize> = ready.drain(..ready.len().min(parallelism.max(1))).collect();
        let results = together(
            wave.iter()
                .map(|ix| Box::pin(work(context, &pieces[*ix])) as BoxFuture<'_, _>)
                .collect(),
        );
        for (ix, progress) in wave.into_iter().zip(results.await) {
            if matches!(progress, Progress::Healthy(_)) {
                for after in &next[ix] {
                    waits[*after] -= 1;
                    if waits[*after] == 0 {
                        ready.push_back(*after);
                    }
                }
            }
            done[ix] = Some(progress);
        }
    }
    done
}

/// Waits for all of some futures.
async fn together<T>(mut futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut results: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut waiting = false;
        for (future, result) in futures.iter_mut().zip(&mut results) {
            if result.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *result = Some(value),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    results.into_iter().flatten().collect()
}

/// What a step is told: an error before a wait before a value.
fn verdict(pieces: &[Piece<'_>], done: &[Option<Progress>]) -> Result<(), Outcome> {
    let mut errors = Vec::new();
    let mut refused = false;
    let mut waits = Vec::new();
    for (piece, progress) in pieces.iter().zip(done) {
        match progress {
            Some(Progress::Error(why)) => {
                let (Unapplied::Failed(message) | Unapplied::Refused(message)) = why;
                refused |= matches!(why, Unapplied::Refused(_));
                errors.push(format!("{}: {message}", piece.component));
            }
            Some(Progress::Waiting(message)) => waits.push(message.clone()),
            Some(Progress::Healthy(_)) => {}
            None => waits.push("wait healthy".to_owned()),
        }
    }
    waits.dedup();
    if !errors.is_empty() {
        let message = errors.join("; ");
        return Err(if refused { Outcome::Fail { message } } else { Outcome::Error { message } });
    }
    match waits.into_iter().next() {
        Some(message) => Err(Outcome::Wait { message }),
        None => Ok(()),
    }
}

/// A component's live objects: `{output, outputs}`.
fn live(piece: &Piece<'_>, observed: &[Observed]) -> Json {
    let mut output = Json::Object(Map::new());
    let mut outputs = Map::new();
    for object in &piece.objects {
        let Ok(name) = ObjectRef::of(&object.manifest, &piece.target.namespace) else { continue };
        let found = observed.iter().find(|o| o.object == name).and_then(|o| o.live.clone());
        let value = found.unwrap_or_else(|| (*object.manifest).clone());
        match object.origin.rsplit('/').next() {
            None | Some("") => output = value,
            Some(name) => {
                outputs.insert(name.to_owned(), value);
            }
        }
    }
    json!({"output": output, "outputs": outputs})
}

impl Action for ApplyComponent {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("oam", "component-apply")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            optional("component", FieldKind::Text, "which component"),
            optional("value", FieldKind::Object, "the component as the application has it"),
            optional("objects", FieldKind::List, "its objects, rendered with what the step takes"),
            optional("cluster", FieldKind::Text, "where; as planned if absent"),
            optional("namespace", FieldKind::Text, "where; as planned if absent"),
        ];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let piece = match component(context, params) {
                Ok(piece) => [piece],
                Err(message) => return error(message),
            };
            let done = apply(context, &piece, 1).await;
            match (verdict(&piece, &done), done.first()) {
                (Ok(()), Some(Some(Progress::Healthy(observed)))) => {
                    Outcome::Value { value: live(&piece[0], observed) }
                }
                (Ok(()), _) => error("the component was not applied"),
                (Err(outcome), _) => outcome,
            }
        })
    }
}

/// The component that a call means.
fn component<'a>(context: &Context<'a>, params: &Json) -> Result<Piece<'a>, String> {
    let name = match text(params, "component") {
        "" => params.get("value").map_or("", |value| text(value, "name")),
        name => name,
    };
    let (cluster, namespace) = (text(params, "cluster"), text(params, "namespace"));
    let named = |piece: &Piece<'_>| name.is_empty() || piece.component == name;
    let there = |piece: &Piece<'_>| cluster.is_empty() || piece.target.cluster == cluster;
    let all = || context.plan().nodes.iter().filter_map(Piece::of).filter(named);
    let found = pieces(context)
        .into_iter()
        .find(named)
        .or_else(|| all().find(there))
        .or_else(|| all().next())
        .ok_or_else(|| format!("the plan has no component \"{name}\""));
    let mut piece = found?;
    if !cluster.is_empty() {
        piece.target.cluster = cluster.to_owned();
    }
    if !namespace.is_empty() {
        piece.target.namespace = namespace.to_owned();
    }
    if let Some(objects) = params.get("objects").filter(|objects| !objects.is_null()) {
        piece.objects = serde_json::from_value(objects.clone())
            .map_err(|why| format!("the objects of component {name} can't be read: {why}"))?;
    }
    Ok(piece)
}

impl Action for ApplyAll {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![
            ("multicluster", "deploy"),
            ("oam", "apply-application"),
            ("oam", "apply-application-in-parallel"),
            ("oam", "apply-remaining"),
            ("oam", "apply-env-bind-app"),
            ("oam", "apply-components-to-env"),
        ]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            optional("policies", FieldKind::List, "what the plan was made with"),
            optional(
                "parallelism",
                FieldKind::Number,
                "how many components are worked at together",
            ),
        ];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let pieces = pieces(context);
            let parallelism = params.get("parallelism").and_then(Json::as_u64).filter(|n| *n > 0);
            let parallelism =
                parallelism.map_or(PARALLELISM, |n| usize::try_from(n).unwrap_or(usize::MAX));
            let done = apply(context, &pieces, parallelism).await;
            match verdict(&pieces, &done) {
                Ok(()) => Outcome::Value { value: Json::Object(Map::new()) },
                Err(outcome) => outcome,
            }
        })
    }
}

impl Action for RenderComponent {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("oam", "component-render")]
    }

    fn schema(&self) -> &[Field] {
        ApplyComponent.schema()
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Read
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        let outcome = match component(context, params) {
            Ok(piece) => Outcome::Value { value: live(&piece, &[]) },
            Err(message) => error(message),
        };
        Box::pin(std::future::ready(outcome))
    }
}

impl Action for Load {
    fn names(&self) -> Vec<(&str, &str)> {
        match self {
            Load::Components => vec![("oam", "load")],
            Load::InOrder => vec![("oam", "load-comps-in-order")],
            Load::Policies => vec![("oam", "load-policies")],
            Load::Terraform => vec![("terraform", "load-terraform-components")],
        }
    }

    fn schema(&self) -> &[Field] {
        &[]
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Read
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, _params: &'a Json) -> BoxFuture<'a, Outcome> {
        let listed = |name: &str| {
            context.context.get(name).and_then(Json::as_array).cloned().unwrap_or_default()
        };
        let by_name = |list: Vec<Json>| {
            let named = list.into_iter().map(|one| (text(&one, "name").to_owned(), one));
            Json::Object(named.collect())
        };
        let value = match self {
            Load::Components => {
                json!({"value": by_name(components(context, listed("components")))})
            }
            Load::InOrder => json!({"value": components(context, listed("components"))}),
            Load::Policies => json!({"value": by_name(listed("policies"))}),
            Load::Terraform => json!({"outputs": {"components": []}}),
        };
        Box::pin(std::future::ready(Outcome::Value { value }))
    }
}

/// The application's components; by name only, where the context does not have them.
fn components(context: &Context<'_>, listed: Vec<Json>) -> Vec<Json> {
    if !listed.is_empty() {
        return listed;
    }
    let mut names = Vec::new();
    for piece in context.plan().nodes.iter().filter_map(Piece::of) {
        let one = json!({"name": piece.component});
        if !names.contains(&one) {
            names.push(one);
        }
    }
    names
}

impl Action for Clusters {
    fn names(&self) -> Vec<(&str, &str)> {
        match self {
            Clusters::List => vec![("multicluster", "list-clusters")],
            Clusters::Placements => vec![("multicluster", "get-placements-from-topology-policies")],
        }
    }

    fn schema(&self) -> &[Field] {
        const LIST: &[Field] = &[];
        const PLACEMENTS: &[Field] =
            &[required("policies", FieldKind::List, "the topology policies")];
        match self {
            Clusters::List => LIST,
            Clusters::Placements => PLACEMENTS,
        }
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Read
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        let home = context.targets.home("", &context.plan().application.namespace);
        let value = match self {
            Clusters::List => match context.targets.of(&home) {
                Ok(executor) => {
                    let clusters = json!({"clusters": executor.clusters()});
                    // The old package has them in a field of its own.
                    if context.call.returns { clusters } else { json!({ "outputs": clusters }) }
                }
                Err(message) => return Box::pin(std::future::ready(error(message))),
            },
            Clusters::Placements => {
                let named =
                    params.get("policies").and_then(Json::as_array).is_some_and(|p| !p.is_empty());
                let mut places = Vec::new();
                for piece in context.plan().nodes.iter().filter_map(Piece::of).filter(|_| named) {
                    let place = json!({"cluster": piece.target.cluster, "namespace": piece.target.namespace});
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
                if places.is_empty() {
                    places.push(json!({"cluster": home.cluster, "namespace": home.namespace}));
                }
                json!({ "placements": places })
            }
        };
        Box::pin(std::future::ready(Outcome::Value { value }))
    }
}
