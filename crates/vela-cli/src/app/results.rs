//! What became of each object during a command, for programs.

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use vela::exec::driver::Notice;
use vela::exec::executor::{ChangeAction, Progress};

/// What became of objects: by step and object.
#[derive(Default)]
pub(crate) struct Results {
    by_object: BTreeMap<(String, String), Json>,
}

impl Results {
    /// Takes note of what is told.
    pub(crate) fn note(&mut self, notice: &Notice) {
        let (step, object, what) = match notice {
            Notice::Progress { step, progress } => match progress {
                Progress::Applied { object, action } => {
                    let key = (step.clone(), object.key());
                    let wrote = self.by_object.get(&key).is_some_and(|before| {
                        before.get("action").is_some_and(|action| *action != "unchanged")
                    });
                    // Steps apply again while they wait: what they wrote at first counts.
                    if *action == ChangeAction::Unchanged && wrote {
                        return;
                    }
                    (step.as_str(), object, json!({ "action": action }))
                }
                Progress::Failed { object, why } => {
                    (step.as_str(), object, json!({"action": "failed", "message": why}))
                }
                Progress::Deleted { object } => {
                    (step.as_str(), object, json!({"action": "delete"}))
                }
                Progress::Health { object, health, message } => {
                    let key = (step.clone(), object.key());
                    if let Some(fields) = self.by_object.get_mut(&key).and_then(Json::as_object_mut)
                        && fields.get("action").is_none_or(|action| *action != "failed")
                    {
                        fields.insert("health".to_owned(), json!(health));
                        fields.insert("message".to_owned(), json!(message));
                    }
                    return;
                }
            },
            Notice::Pruned { object, target } => {
                ("", object, json!({"action": "delete", "target": target}))
            }
            Notice::Kept { object, target, why } => {
                ("", object, json!({"action": "keep", "message": why, "target": target}))
            }
            Notice::Started { .. }
            | Notice::Step { .. }
            | Notice::Queued { .. }
            | Notice::Refused { .. } => return,
        };
        let mut what = what;
        what["object"] = json!(object);
        if !step.is_empty() {
            what["step"] = json!(step);
        }
        self.by_object.insert((step.to_owned(), object.key()), what);
    }

    /// All of it, in a stable order.
    pub(crate) fn data(self) -> Json {
        self.by_object.into_values().collect()
    }
}
