//! Plans and a step program for tests, without CUE.

use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use vela_dag::plan::{
    ApplicationRef, Edge, EdgeReason, Input, Mode, Node, NodeId, NodeKind, Object, Output, Plan,
    Target, VERSION, Values,
};
use vela_dag::step::{Call, Next, StepError, StepProgram, StepState};

/// A plan of steps written as in an Application; `components` gives names of artifacts, with dependencies.
pub(crate) fn plan(workflow: &Json) -> Arc<Plan> {
    let mode = |value: &Json, default| match value.as_str() {
        Some("DAG") => Mode::Dag,
        Some("StepByStep") => Mode::StepByStep,
        _ => default,
    };
    let mut nodes = Vec::new();
    let mut edges = Vec::new();
    for component in list(&workflow["components"]) {
        let name = text(&component["name"]);
        let id = NodeId(format!("component/{name}/local/default"));
        for before in list(&component["dependsOn"]) {
            edges.push(Edge {
                from: NodeId(format!("component/{}/local/default", text(before))),
                to: id.clone(),
                reason: EdgeReason::DependsOn,
            });
        }
        let manifest = component.get("manifest").cloned().unwrap_or_else(|| {
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
                   "spec": {"replicas": 1, "image": component["image"]}})
        });
        nodes.push(Node {
            id,
            kind: NodeKind::Artifact {
                component: name.clone(),
                component_type: "webservice".to_owned(),
                objects: vec![Object {
                    origin: String::new(),
                    stage: Default::default(),
                    manifest: manifest.into(),
                }],
            },
            target: Some(Target {
                kind: "local".to_owned(),
                cluster: "local".to_owned(),
                namespace: "default".to_owned(),
            }),
            hash: String::new(),
            condition: None,
            timeout: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            depends_on: Vec::new(),
        });
    }
    let artifacts: Vec<NodeId> = nodes.iter().map(|n| n.id.clone()).collect();
    let sub_mode = mode(&workflow["subMode"], Mode::Dag);
    for step in list(&workflow["steps"]) {
        let name = text(&step["name"]);
        let members = list(&step["subSteps"]);
        let id = NodeId(format!("step/{name}"));
        if step["type"] == "step-group" {
            let steps: Vec<NodeId> = members
                .iter()
                .map(|m| NodeId(format!("step/{name}/{}", text(&m["name"]))))
                .collect();
            let kind = NodeKind::Group {
                name: name.clone(),
                mode: mode(&step["mode"], sub_mode),
                steps: steps.clone(),
            };
            nodes.push(node(id, kind, step));
            for (member, id) in members.iter().zip(steps) {
                nodes.push(node(id, action(member, &artifacts), member));
            }
        } else {
            nodes.push(node(id, action(step, &artifacts), step));
        }
    }
    Arc::new(Plan {
        version: VERSION,
        application: ApplicationRef {
            name: "app".to_owned(),
            namespace: "default".to_owned(),
            hash: String::new(),
        },
        hash: format!(
            "{:x}",
            serde_json::to_string(workflow)
                .unwrap()
                .bytes()
                .fold(5381_u64, |h, b| { h.wrapping_mul(33) ^ u64::from(b) })
        ),
        mode: mode(&workflow["mode"], Mode::StepByStep),
        sub_mode,
        nodes,
        edges,
        policies: Vec::new(),
        warnings: Vec::new(),
    })
}

fn action(step: &Json, artifacts: &[NodeId]) -> NodeKind {
    let component = step["properties"]["component"]
        .as_str()
        .map(|c| NodeId(format!("component/{c}/local/default")));
    NodeKind::Action {
        name: text(&step["name"]),
        step_type: text(&step["type"]),
        properties: step.get("properties").cloned().unwrap_or_else(|| json!({})),
        applies: match (component, step["type"].as_str()) {
            (Some(component), _) => vec![component],
            (None, Some("deploy")) => artifacts.to_vec(),
            _ => Vec::new(),
        },
    }
}

fn node(id: NodeId, kind: NodeKind, step: &Json) -> Node {
    Node {
        id,
        kind,
        target: None,
        hash: String::new(),
        condition: step["if"].as_str().map(str::to_owned),
        timeout: step["timeout"].as_u64(),
        inputs: list(&step["inputs"])
            .iter()
            .map(|i| Input {
                from: text(&i["from"]),
                parameter_key: i["parameterKey"].as_str().map(str::to_owned),
            })
            .collect(),
        outputs: list(&step["outputs"])
            .iter()
            .map(|o| Output { name: text(&o["name"]), value_from: text(&o["valueFrom"]) })
            .collect(),
        depends_on: list(&step["dependsOn"]).iter().map(text).collect(),
    }
}

fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Steps by type: `message`, `fail`, `break`, `suspend`, `wait`, `emit` (its properties are its result),
/// `apply-component`, `deploy`, `calls` (its `calls`, all at once), `input`, `rendering`, `execute` and
/// `template` (fail in that way).
pub(crate) struct FakeProgram;

impl StepProgram for FakeProgram {
    fn next(&self, step: &Node, state: &StepState) -> Result<Next, StepError> {
        let NodeKind::Action { step_type, properties, .. } = &step.kind else {
            return Err(StepError::Execute("a group is not evaluated".to_owned()));
        };
        let mut properties = properties.clone();
        for input in &step.inputs {
            if let Some(key) = &input.parameter_key {
                properties[key] = state.vars.get(&input.from).cloned().unwrap_or(Json::Null);
            }
        }
        let one =
            |provider: &str, action: &str| vec![call(action, provider, action, properties.clone())];
        let calls = match step_type.as_str() {
            "message" | "fail" | "break" | "suspend" => one("builtin", step_type),
            "wait" => one("builtin", "wait"),
            "emit" | "nop" => Vec::new(),
            "apply-component" => one("oam", "component-apply"),
            "deploy" => one("multicluster", "deploy"),
            "calls" => list(&properties["calls"])
                .iter()
                .enumerate()
                .map(|(ix, c)| {
                    call(
                        &format!("c{ix}"),
                        &text(&c["provider"]),
                        &text(&c["action"]),
                        c["params"].clone(),
                    )
                })
                .collect(),
            "input" => return Err(StepError::Input("input".to_owned())),
            "rendering" => return Err(StepError::Rendering("rendering".to_owned())),
            "execute" => return Err(StepError::Execute("execute".to_owned())),
            "template" => return Err(StepError::Template("template".to_owned())),
            other => return Err(StepError::Rendering(format!("no type {other}"))),
        };
        let open: Vec<Call> =
            calls.into_iter().filter(|c| !state.returns.contains_key(&c.path)).collect();
        if !open.is_empty() {
            return Ok(Next::Calls(open));
        }
        let mut task = properties.as_object().cloned().unwrap_or_default();
        for (path, value) in &state.returns {
            task.insert(path.clone(), value.clone());
        }
        Ok(Next::Done(Json::Object(task)))
    }

    fn condition(&self, step: &Node, state: &StepState) -> Result<bool, String> {
        let expression = step.condition.clone().unwrap_or_default();
        match expression.as_str() {
            "true" => return Ok(true),
            "false" => return Ok(false),
            _ => {}
        }
        let mut keys = expression.split('.');
        if keys.next() != Some("status") {
            return Err(format!("reference \"{expression}\" not found"));
        }
        let mut value = Json::Object(Map::from_iter(state.status.clone()));
        for key in keys {
            value = value.get(key).cloned().ok_or_else(|| format!("undefined field: {key}"))?;
        }
        value.as_bool().ok_or_else(|| "not a bool".to_owned())
    }

    fn outputs(&self, step: &Node, task: &Json, _state: &StepState) -> (Values, Vec<String>) {
        let mut outputs = Values::new();
        let mut messages = Vec::new();
        for output in &step.outputs {
            let value = output.value_from.split('.').try_fold(task, |value, key| value.get(key));
            if value.is_none() {
                messages.push(format!("failed to get output from {}", output.value_from));
            }
            outputs.insert(output.name.clone(), value.cloned().unwrap_or(Json::Null));
        }
        (outputs, messages)
    }
}

fn call(path: &str, provider: &str, action: &str, params: Json) -> Call {
    Call {
        path: path.to_owned(),
        provider: provider.to_owned(),
        action: action.to_owned(),
        params,
        returns: true,
    }
}

/// A Plan of many steps that each depend on two others before them.
pub(crate) fn many_steps(count: usize) -> Arc<Plan> {
    let mut plan =
        (*plan(&json!({"mode": "DAG", "steps": [{"name": "s", "type": "nop"}]}))).clone();
    let model = plan.nodes.remove(0);
    plan.nodes = (0..count)
        .map(|ix| {
            let mut node = model.clone();
            node.id.0 = format!("s{ix}");
            if let NodeKind::Action { name, .. } = &mut node.kind {
                *name = format!("s{ix}");
            }
            let depends = [ix / 2, ix.saturating_sub(7)];
            node.depends_on =
                depends.iter().filter(|d| **d < ix).map(|d| format!("s{d}")).collect();
            node
        })
        .collect();
    Arc::new(plan)
}
