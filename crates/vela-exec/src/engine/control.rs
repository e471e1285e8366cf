//! Calls that steer the workflow itself: they happen inside the engine.

use crate::duration::{self, Millis};
use serde_json::Value as Json;
use vela_dag::plan::Values;
use vela_dag::step::Call;

/// A call that the engine handles itself.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Control {
    /// Nothing is to be done (`steps`, a `wait` whose condition holds).
    Go,
    Wait {
        message: String,
    },
    Suspend {
        duration: Option<Millis>,
    },
    Break {
        message: String,
    },
    Fail {
        message: String,
    },
    Message {
        message: String,
    },
    Set {
        path: String,
        value: Json,
    },
    Get {
        path: String,
    },
    /// Its parameters make no sense.
    Wrong {
        message: String,
    },
}

/// The control call that this is; nothing for calls to the outside.
pub(super) fn parse(call: &Call) -> Option<Control> {
    if !matches!(call.provider.as_str(), "builtin" | "") {
        return None;
    }
    let text =
        |key: &str| call.params.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    Some(match call.action.as_str() {
        "steps" => Control::Go,
        "wait" => match call.params.get("continue") {
            Some(Json::Bool(true)) => Control::Go,
            _ => Control::Wait { message: text("message") },
        },
        "suspend" => match call.params.get("duration") {
            None | Some(Json::Null) => Control::Suspend { duration: None },
            Some(Json::String(given)) if given.is_empty() => Control::Suspend { duration: None },
            Some(Json::String(given)) => match duration::parse(given) {
                Ok(duration) => Control::Suspend { duration: Some(duration) },
                Err(why) => Control::Wrong { message: format!("failed to parse duration: {why}") },
            },
            Some(_) => Control::Wrong {
                message: "a suspend's duration must be text, such as \"30s\"".to_owned(),
            },
        },
        "break" => Control::Break { message: text("message") },
        "fail" => Control::Fail { message: text("message") },
        "message" => Control::Message { message: text("message") },
        "var" => {
            let path = text("path");
            if path.is_empty() {
                return Some(Control::Wrong { message: "a var call needs a path".to_owned() });
            }
            match call.params.get("method").map_or("Get", |m| m.as_str().unwrap_or_default()) {
                "Put" => Control::Set {
                    path,
                    value: call.params.get("value").cloned().unwrap_or(Json::Null),
                },
                "Get" => Control::Get { path },
                other => Control::Wrong {
                    message: format!("a var call's method is Get or Put, not \"{other}\""),
                },
            }
        }
        _ => return None,
    })
}

/// The value at a dotted path.
pub(super) fn lookup<'a>(vars: &'a Values, path: &str) -> Option<&'a Json> {
    let mut keys = path.split('.');
    let mut value = vars.get(keys.next()?)?;
    for key in keys {
        value = value.get(key)?;
    }
    Some(value)
}
