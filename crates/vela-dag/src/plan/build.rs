//! Compiling an application to a [`Plan`].
//!
//! First the workflow is settled and checked; then each step that applies components says which ones
//! and where, and these are rendered once per place; last come the edges. Rendering is passed in: the
//! rest needs no evaluation.

use super::applies::{Applied, Applies};
use super::cache::{Built, Cache};
use super::digest::{artifact_hash, document_hash, plan_hash, step_hash};
use super::{
    ApplicationRef, Edge, EdgeReason, Mode, Node, NodeId, NodeKind, Object, Plan, Target, VERSION,
    Warning,
};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::oam::{Application, Component, DefinitionKind, Step};
use crate::policy::{self, Cluster, LifecyclePolicy, Placement};
use crate::render::{Constraints, RenderOptions, Renderer};
use crate::workflow::{self, Steps};
use hashbrown::HashTable;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use vela_lang::Sources;
use vela_lang::diagnostic::{Diagnostic, Severity};

/// Steps that need no definition.
pub(crate) const BUILT_IN_STEPS: [&str; 4] =
    ["apply-component", "builtin-apply-component", "step-group", "suspend"];

/// What a plan depends on beside application and definitions.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// The clusters that there are; nothing if they are not known.
    pub clusters: Option<Vec<Cluster>>,
    /// The kind of target that artifacts go to.
    pub target: String,
    /// What rendering depends on.
    pub render: RenderOptions,
    /// What was found when the application was read: it becomes part of the plan.
    pub warnings: Vec<Diagnostic>,
}

impl Default for PlanOptions {
    fn default() -> PlanOptions {
        PlanOptions {
            clusters: None,
            target: String::from("local"),
            render: RenderOptions::default(),
            warnings: Vec::new(),
        }
    }
}

/// Compiles an application to a plan: the same input gives the same bytes.
///
/// ```
/// use vela_dag::oam::Application;
/// use vela_dag::plan::{PlanOptions, plan};
/// use vela_dag::{Catalog, Engine};
///
/// let mut catalog = Catalog::new(Engine::new());
/// catalog.add_file("note.cue", r#"
/// note: type: "component"
/// template: output: {apiVersion: "v1", kind: "ConfigMap", data: for: context.appName}
/// "#)?;
/// let app = Application::parse(catalog.sources(), "app.yaml", "
/// kind: Application
/// metadata: {name: notes}
/// spec: {components: [{name: a, type: note}, {name: b, type: note, dependsOn: [a]}]}
/// ")?.application;
/// let plan = plan(&app, &catalog, &PlanOptions::default())?;
/// let ids: Vec<&str> = plan.nodes.iter().map(|node| node.id.0.as_str()).collect();
/// assert_eq!(ids, ["component/a/local/default", "component/b/local/default", "step/a", "step/b"]);
/// # Ok::<(), vela_dag::Error>(())
/// ```
///
/// # Errors
/// The workflow can't run, a definition is missing, a policy is wrong, or a component does not render.
pub fn plan(app: &Application, catalog: &Catalog, options: &PlanOptions) -> Result<Plan, Error> {
    plan_of(app, catalog, catalog.sources(), options)
}

/// Compiles an application whose texts are in a table of their own.
///
/// # Errors
/// As [`plan`].
pub fn plan_of(
    app: &Application,
    catalog: &Catalog,
    sources: &Sources,
    options: &PlanOptions,
) -> Result<Plan, Error> {
    Ok(build(app, (catalog, sources), options, &mut Cache::default())?.plan)
}

/// Compiles an application to a plan, with the artifacts of a cache where they are still good.
pub(super) fn build(
    app: &Application,
    (catalog, sources): (&Catalog, &Sources),
    options: &PlanOptions,
    cache: &mut Cache,
) -> Result<Built, Error> {
    let mut renderer = Renderer::new(app, catalog, &options.render);
    let namespace = app.metadata.namespace();
    let mut rendered = 0;
    // What does not depend on the cluster is rendered once for all.
    let mut last: Option<(Arc<Component>, String, Vec<Object>)> = None;
    let built = assemble(app, (catalog, sources), options, cache, &mut |component, placement| {
        if let Some((made_of, to, objects)) = &last
            && Arc::ptr_eq(made_of, component)
            && *to == placement.namespace
        {
            return Ok(objects.clone());
        }
        rendered += 1;
        let cluster = if placement.cluster == "local" { "" } else { placement.cluster.as_str() };
        let made = renderer.render(component, cluster)?;
        let objects: Vec<Object> = made
            .into_iter()
            .map(|one| {
                let mut manifest = one.object;
                relocate(&mut manifest, namespace, &placement.namespace);
                Object { origin: one.origin, stage: one.stage, manifest: Arc::new(manifest) }
            })
            .collect();
        let depends = renderer.dependence(component);
        if !depends.cluster && !depends.outside {
            last = Some((Arc::clone(component), placement.namespace.clone(), objects.clone()));
        }
        Ok(objects)
    });
    built.map(|built| Built { rendered, ..built })
}

/// Moves an object of the application's namespace to another one.
pub(super) fn relocate(manifest: &mut Json, from: &str, to: &str) {
    if from == to {
        return;
    }
    if let Some(namespace) = manifest.pointer_mut("/metadata/namespace")
        && namespace.as_str() == Some(from)
    {
        *namespace = Json::String(to.to_owned());
    }
}

/// Renders a component for a place.
pub type Render<'r> = &'r mut dyn FnMut(&Arc<Component>, &Placement) -> Result<Vec<Object>, Error>;

/// Compiles an application to a plan whose components somebody else renders.
///
/// # Errors
/// As [`plan`].
pub fn build_with(
    app: &Application,
    catalog: &Catalog,
    options: &PlanOptions,
    render: Render<'_>,
) -> Result<Plan, Error> {
    let texts = (catalog, catalog.sources());
    Ok(assemble(app, texts, options, &mut Cache::default(), render)?.plan)
}

fn assemble(
    app: &Application,
    (catalog, sources): (&Catalog, &Sources),
    options: &PlanOptions,
    cache: &mut Cache,
    render: Render<'_>,
) -> Result<Built, Error> {
    let steps = workflow::steps(app, &app.external.workflows)
        .map_err(|e| e.within("failed to parseWorkflowSteps"))?;
    let findings = workflow::check(&steps);
    let (errors, more): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|f| f.severity == Severity::Error);
    if !errors.is_empty() {
        return Err(Error::of_findings(errors).within("failed to parseWorkflowSteps"));
    }
    let mut warnings = options.warnings.clone();
    warnings.extend(more);
    check_types(&steps, catalog).map_err(|e| e.within("failed to parseWorkflowSteps"))?;
    for policy in &app.policies {
        policy::check(policy).map_err(|e| e.within("failed to parsePolicies"))?;
    }
    let lifecycle =
        policy::lifecycle(&app.policies).map_err(|e| e.within("failed to parsePolicies"))?;
    let constraints = Constraints::new(app, catalog, &options.render)
        .map_err(|e| e.within("failed to parsePolicies"))?;
    workflow::component_order(&app.components)?;

    let mut builder = Builder {
        app,
        catalog,
        options,
        artifacts: Vec::new(),
        by_id: ById::default(),
        steps: Vec::new(),
        edges: Vec::new(),
        warnings,
        constraints,
        cache,
        render,
    };
    let applies = Applies::new(app, catalog, options, &steps);
    for step in &steps.steps {
        builder.step(step, None, &steps, &applies)?;
    }
    builder.component_edges();
    builder.policies()?;
    builder.step_edges(&steps);
    Ok(builder.finish(&steps, lifecycle, sources))
}

/// Checks that each step has a definition.
pub(crate) fn check_types(steps: &Steps, catalog: &Catalog) -> Result<(), Error> {
    for step in &steps.steps {
        for step in std::iter::once(step).chain(&step.sub_steps) {
            if !BUILT_IN_STEPS.contains(&step.step_type.as_str()) {
                catalog.get(DefinitionKind::WorkflowStep, &step.step_type).map_err(|e| {
                    e.within(format!("failed to get workflow step definition {}", step.step_type))
                })?;
            }
        }
    }
    Ok(())
}

pub(super) struct Builder<'a, 'r> {
    pub(super) app: &'a Application,
    pub(super) catalog: &'a Catalog,
    pub(super) options: &'a PlanOptions,
    pub(super) artifacts: Vec<Artifact>,
    by_id: ById,
    pub(super) steps: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    warnings: Vec<Diagnostic>,
    pub(super) constraints: Constraints<'a>,
    cache: &'r mut Cache,
    render: Render<'r>,
}

/// An artifact and what its edges come from.
pub(super) struct Artifact {
    pub(super) node: Node,
    pub(super) component: Arc<Component>,
    pub(super) placement: Placement,
}

/// Artifacts by id: indices, for the artifacts have the ids. Ids come from the input, so that their
/// hashes are keyed.
#[derive(Default)]
pub(super) struct ById {
    table: HashTable<usize>,
    keys: RandomState,
}

impl ById {
    fn find(&self, artifacts: &[Artifact], id: &str) -> Option<usize> {
        let is_it = |at: &usize| artifacts.get(*at).is_some_and(|one| one.node.id.0 == id);
        self.table.find(self.keys.hash_one(id), is_it).copied()
    }

    /// Takes up the artifact that was added last; it takes the place of one of the same id.
    fn take_up_last(&mut self, artifacts: &[Artifact]) {
        let Some((last, before)) = artifacts.split_last() else { return };
        let id = last.node.id.0.as_str();
        let hash = self.keys.hash_one(id);
        let is_it = |at: &usize| before.get(*at).is_some_and(|one| one.node.id.0 == id);
        if let Some(at) = self.table.find_mut(hash, is_it) {
            *at = before.len();
            return;
        }
        let again = |at: &usize| self.keys.hash_one(artifacts[*at].node.id.0.as_str());
        self.table.insert_unique(hash, before.len(), again);
    }
}

impl Builder<'_, '_> {
    fn step(
        &mut self,
        step: &Step,
        group: Option<&str>,
        steps: &Steps,
        applies: &Applies<'_>,
    ) -> Result<NodeId, Error> {
        let id = step_id(step, group);
        let at = self.steps.len();
        let mut inputs = step.inputs.clone();
        let mut outputs = step.outputs.clone();
        let properties = step.properties.clone().unwrap_or_else(|| json!({}));
        let kind = match step.step_type.as_str() {
            "step-group" => {
                self.steps.push(placeholder(&id));
                let mut members = Vec::with_capacity(step.sub_steps.len());
                for sub in &step.sub_steps {
                    members.push(self.step(sub, Some(&step.name), steps, applies)?);
                }
                let mode = step.mode.unwrap_or(steps.sub_mode);
                NodeKind::Group { name: step.name.clone(), mode, steps: members }
            }
            "suspend" => NodeKind::Gate {
                name: step.name.clone(),
                step_type: step.step_type.clone(),
                properties,
            },
            _ => {
                let applied =
                    applies.of(step).map_err(|e| e.within(format!("step {}", step.name)))?;
                if let [Applied { component, .. }] = applied.as_slice()
                    && step.step_type.ends_with("apply-component")
                {
                    inputs.extend(component.inputs.iter().cloned());
                    outputs.extend(component.outputs.iter().cloned());
                }
                let given: BTreeSet<&str> = inputs.iter().map(|i| i.from.as_str()).collect();
                let deferred = !given.is_empty() && step.step_type.ends_with("apply-component");
                let mut nodes = Vec::with_capacity(applied.len());
                for one in applied {
                    nodes.push(self.artifact(one, &step.name, deferred)?);
                }
                NodeKind::Action {
                    name: step.name.clone(),
                    step_type: step.step_type.clone(),
                    properties,
                    applies: nodes,
                }
            }
        };
        let timeout = match &step.timeout {
            None => None,
            Some(text) => Some(workflow::seconds(text).ok_or_else(|| {
                Error::new(format!(
                    "step {}: timeout {text:?} is no duration; write 30s, 5m or 1h30m",
                    step.name
                ))
            })?),
        };
        let node = Node {
            hash: String::new(),
            id: id.clone(),
            kind,
            target: None,
            condition: step.condition.clone(),
            timeout,
            inputs,
            outputs,
            depends_on: step.depends_on.clone(),
        };
        let node = Node { hash: step_hash(&node), ..node };
        if at < self.steps.len() {
            self.steps[at] = node;
        } else {
            self.steps.push(node);
        }
        Ok(id)
    }

    /// The artifact of a component in a place. Two steps that apply the same share it; where a later
    /// step applies the component in another form, the artifact is its own.
    fn artifact(&mut self, applied: Applied, step: &str, deferred: bool) -> Result<NodeId, Error> {
        let Applied { component, placement } = applied;
        let copy = component.replica_key.as_ref().map(|k| format!(".{k}")).unwrap_or_default();
        let mut id = NodeId(format!(
            "component/{}{copy}/{}/{}",
            component.name, placement.cluster, placement.namespace
        ));
        let there = self.by_id.find(&self.artifacts, &id.0).map(|at| &self.artifacts[at]);
        if let Some(there) = there {
            if there.component == component {
                return Ok(id);
            }
            id.0.push('@');
            id.0.push_str(step);
        }
        if let Some(node) = self.cache.take(&id, &component) {
            return Ok(self.keep(Artifact { node, component, placement }));
        }
        let objects = match (self.render)(&component, &placement) {
            Ok(objects) => objects,
            // What it takes from other steps is not known yet.
            Err(_) if deferred || !component.inputs.is_empty() => Vec::new(),
            Err(error) => return Err(error),
        };
        let made = objects.iter().map(|one| (one.origin.as_str(), &*one.manifest));
        self.constraints.check(&component, &placement.cluster, made)?;
        let target = Target {
            kind: self.options.target.clone(),
            cluster: placement.cluster.clone(),
            namespace: placement.namespace.clone(),
        };
        let kind = NodeKind::Artifact {
            component: component.name.clone(),
            component_type: component.component_type.clone(),
            objects,
        };
        let node = Node {
            hash: artifact_hash(&kind, &target),
            id,
            kind,
            target: Some(target),
            condition: None,
            timeout: None,
            inputs: component.inputs.clone(),
            outputs: component.outputs.clone(),
            depends_on: component.depends_on.clone(),
        };
        let plain = node.id.0.rsplit_once('@').map(|(plain, _)| plain);
        let same = plain.and_then(|plain| self.by_id.find(&self.artifacts, plain));
        let same = same.map(|at| &self.artifacts[at].node);
        if let Some(same) = same.filter(|same| same.hash == node.hash) {
            return Ok(same.id.clone());
        }
        Ok(self.keep(Artifact { node, component, placement }))
    }

    /// Takes an artifact up.
    pub(super) fn keep(&mut self, artifact: Artifact) -> NodeId {
        let id = artifact.node.id.clone();
        self.artifacts.push(artifact);
        self.by_id.take_up_last(&self.artifacts);
        id
    }

    /// Components wait for each other within one place.
    fn component_edges(&mut self) {
        let waits = |one: &Artifact| {
            !one.component.depends_on.is_empty() || !one.component.inputs.is_empty()
        };
        if !self.artifacts.iter().any(waits) {
            return;
        }
        let mut by_name: BTreeMap<(&str, &Placement), Vec<&NodeId>> = BTreeMap::new();
        let mut givers: BTreeMap<(&str, &Placement), Vec<&NodeId>> = BTreeMap::new();
        for artifact in &self.artifacts {
            let id = &artifact.node.id;
            let name = artifact.component.name.as_str();
            by_name.entry((name, &artifact.placement)).or_default().push(id);
            for output in &artifact.component.outputs {
                givers.entry((&output.name, &artifact.placement)).or_default().push(id);
            }
        }
        let mut edges = Vec::new();
        for artifact in &self.artifacts {
            let mut add = |from: Option<&Vec<&NodeId>>, reason| {
                for from in from.into_iter().flatten().filter(|from| **from != &artifact.node.id) {
                    edges.push(edge(from, &artifact.node.id, reason));
                }
            };
            for name in &artifact.component.depends_on {
                add(by_name.get(&(name.as_str(), &artifact.placement)), EdgeReason::DependsOn);
            }
            for input in &artifact.component.inputs {
                add(givers.get(&(input.from.as_str(), &artifact.placement)), EdgeReason::Data);
            }
        }
        self.edges.extend(edges);
    }

    fn step_edges(&mut self, steps: &Steps) {
        let mut by_name: BTreeMap<&str, &NodeId> = BTreeMap::new();
        let mut givers: BTreeMap<&str, &NodeId> = BTreeMap::new();
        for node in &self.steps {
            by_name.entry(name_of(node)).or_insert(&node.id);
            for output in &node.outputs {
                givers.entry(&output.name).or_insert(&node.id);
            }
        }
        let mut edges = Vec::new();
        for node in &self.steps {
            for name in &node.depends_on {
                if let Some(from) = by_name.get(name.as_str()).filter(|from| ***from != node.id) {
                    edges.push(edge(from, &node.id, EdgeReason::DependsOn));
                }
            }
            for input in &node.inputs {
                if let Some(from) = givers.get(input.from.as_str()).filter(|f| ***f != node.id) {
                    edges.push(edge(from, &node.id, EdgeReason::Data));
                }
            }
            match &node.kind {
                NodeKind::Action { applies, .. } => edges
                    .extend(applies.iter().map(|from| edge(from, &node.id, EdgeReason::Health))),
                NodeKind::Group { mode: Mode::StepByStep, steps, .. } => edges.extend(
                    steps.windows(2).map(|pair| edge(&pair[0], &pair[1], EdgeReason::Stage)),
                ),
                _ => {}
            }
        }
        if steps.mode == Mode::StepByStep {
            let top: Vec<NodeId> = steps.steps.iter().map(|s| step_id(s, None)).collect();
            edges.extend(top.windows(2).map(|pair| edge(&pair[0], &pair[1], EdgeReason::Stage)));
        }
        self.edges.extend(edges);
    }

    fn finish(mut self, steps: &Steps, policies: Vec<LifecyclePolicy>, sources: &Sources) -> Built {
        let mut warnings: Vec<Warning> = Vec::new();
        for finding in &self.warnings {
            let warning =
                Warning { code: finding.code.to_owned(), message: finding.brief(sources) };
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        self.artifacts.sort_by(|a, b| a.node.id.cmp(&b.node.id));
        let mut components = Vec::with_capacity(self.artifacts.len());
        let mut nodes: Vec<Node> = Vec::with_capacity(self.artifacts.len() + self.steps.len());
        for artifact in self.artifacts {
            components.push(artifact.component);
            nodes.push(artifact.node);
        }
        nodes.extend(self.steps);
        self.edges.sort();
        self.edges.dedup();
        let metadata = &self.app.metadata;
        let mut plan = Plan {
            version: VERSION,
            application: ApplicationRef {
                name: metadata.name.clone(),
                namespace: metadata.namespace().to_owned(),
                hash: document_hash(&self.app.document),
            },
            hash: String::new(),
            mode: steps.mode,
            sub_mode: steps.sub_mode,
            nodes,
            edges: self.edges,
            policies,
            warnings,
        };
        plan.hash = plan_hash(&plan);
        Built { plan, rendered: 0, components }
    }
}

/// The name of a step's node, or of an artifact's component.
fn name_of(node: &Node) -> &str {
    match &node.kind {
        NodeKind::Artifact { component, .. } => component,
        NodeKind::Action { name, .. }
        | NodeKind::Gate { name, .. }
        | NodeKind::Group { name, .. } => name,
    }
}

fn step_id(step: &Step, group: Option<&str>) -> NodeId {
    NodeId(match group {
        None => format!("step/{}", step.name),
        Some(group) => format!("step/{group}/{}", step.name),
    })
}

/// Keeps a group's place before its members.
fn placeholder(id: &NodeId) -> Node {
    Node {
        id: id.clone(),
        kind: NodeKind::Gate {
            name: String::new(),
            step_type: String::new(),
            properties: Json::Null,
        },
        target: None,
        hash: String::new(),
        condition: None,
        timeout: None,
        inputs: Vec::new(),
        outputs: Vec::new(),
        depends_on: Vec::new(),
    }
}

pub(super) fn edge(from: &NodeId, to: &NodeId, reason: EdgeReason) -> Edge {
    Edge { from: from.clone(), to: to.clone(), reason }
}
