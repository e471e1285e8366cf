//! Health and status: what a definition reads off the objects that it made.
//!
//! Three templates, evaluated in this order: `details` gives fields to show, `healthPolicy` says
//! whether the objects are healthy (`isHealth`), `customStatus` gives a `message`. The later ones see
//! what the earlier ones found in `context.status`.

use crate::data;
use crate::oam::StatusTemplates;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use vela_lang::{Engine, Inputs, LabelKind, Limits, Path, Selector, Value};

/// Labels of this length and longer are not shown.
const LONGEST_LABEL: usize = 32;

/// What was found.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Status {
    /// Whether the objects are healthy; they are where nothing says otherwise.
    pub healthy: bool,
    /// The message; empty where there is none.
    pub message: String,
    /// Fields to show.
    pub details: BTreeMap<String, String>,
}

/// The status of the objects of a component or trait.
///
/// `context` holds them as they are now: `output`, `outputs`, and the context of rendering.
/// A policy that fails, or does not say `isHealth`, means that they are not healthy.
///
/// ```
/// use serde_json::json;
/// use vela_dag::health::status;
/// use vela_dag::oam::StatusTemplates;
///
/// let templates = StatusTemplates {
///     health_policy: "isHealth: context.output.status.ready == context.output.spec.replicas".into(),
///     custom_status: "message: \"\\(context.output.status.ready) ready\"".into(),
///     details: String::new(),
/// };
/// let context = json!({"output": {"spec": {"replicas": 2}, "status": {"ready": 2}}});
/// let found = status(&templates, &context, &json!({}));
/// assert!(found.healthy);
/// assert_eq!(found.message, "2 ready");
/// ```
pub fn status(templates: &StatusTemplates, context: &Json, parameter: &Json) -> Status {
    let mut context = context.clone();
    if !context.is_object() {
        context = json!({});
    }
    let details = evaluate(&templates.details, &context, parameter);
    let mut shown = BTreeMap::new();
    let mut all = serde_json::Map::new();
    for field in details.iter().flat_map(Value::fields) {
        let given = matches!(&*field.label, "context" | "parameter");
        if field.kind != LabelKind::Regular || given {
            continue;
        }
        let value = field.value.data().ok().map(|found| data::json(&found));
        if let Some(value) = &value {
            all.insert(field.label.to_string(), value.clone());
        }
        if field.label.starts_with('$') || field.label.chars().count() >= LONGEST_LABEL {
            continue;
        }
        let text = match value {
            Some(Json::String(text)) => text,
            Some(value) => value.to_string(),
            None => String::from("_|_"),
        };
        shown.insert(field.label.to_string(), text);
    }
    context["status"] = json!({ "details": all });
    let healthy = templates.health_policy.trim().is_empty()
        || evaluate(&templates.health_policy, &context, parameter)
            .and_then(|root| root.field("isHealth")?.default().as_bool())
            .unwrap_or(false);
    context["status"]["healthy"] = Json::Bool(healthy);
    let message = evaluate(&templates.custom_status, &context, parameter)
        .and_then(|root| root.field("message")?.default().as_str().map(str::to_owned))
        .unwrap_or_default();
    Status { healthy, message, details: shown }
}

/// The value of a template; nothing where it is empty or does not compile.
fn evaluate(template: &str, context: &Json, parameter: &Json) -> Option<Value> {
    if template.trim().is_empty() {
        return None;
    }
    let engine = Engine::new();
    let mut file = (*engine.parse("status.cue", template).ok()?).clone();
    let given = engine.parse("given.cue", "context: _\nparameter: _\n").ok()?;
    file.decls.extend(given.decls.iter().cloned());
    let program = engine.compile(&[std::sync::Arc::new(file)]).ok()?;
    let at = |name: &str| Path::new(vec![Selector::Field(name.to_owned())]);
    let fill =
        vec![(at("context"), data::value(context)), (at("parameter"), data::value(parameter))];
    program.evaluate(&Inputs { fill, limits: Limits::default() }).ok()
}

#[cfg(test)]
mod tests {
    use super::status;
    use crate::oam::StatusTemplates;
    use serde_json::json;

    #[test]
    fn statuses() {
        let templates = |health: &str, message: &str, details: &str| StatusTemplates {
            health_policy: health.to_owned(),
            custom_status: message.to_owned(),
            details: details.to_owned(),
        };
        let context = json!({"name": "web", "output": {"status": {"ready": 1}}});
        for (templates, healthy, message, details) in [
            (templates("", "", ""), true, "", json!({})),
            (templates("isHealth: context.output.status.ready > 1", "", ""), false, "", json!({})),
            (templates("isHealth: context.nothing", "", ""), false, "", json!({})),
            (templates("isHealth: *true | bool", "", ""), true, "", json!({})),
            (templates("no: 1", "", ""), false, "", json!({})),
            (templates("{", "", ""), false, "", json!({})),
            (
                templates(
                    "",
                    "message: \"\\(parameter.p) \\(context.status.details.ready) \\(context.status.healthy)\"",
                    "ready: context.output.status.ready\n$own: 1\nlater: context.nothing",
                ),
                true,
                "x 1 true",
                json!({"ready": "1", "later": "_|_"}),
            ),
        ] {
            let found = status(&templates, &context, &json!({"p": "x"}));
            assert_eq!(found.healthy, healthy, "{templates:?}");
            assert_eq!(found.message, message, "{templates:?}");
            assert_eq!(json!(found.details), details, "{templates:?}");
        }
    }
}
