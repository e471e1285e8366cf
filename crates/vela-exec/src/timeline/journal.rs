//! What the steps of a run said, line by line.

use crate::duration::Millis;
use crate::engine::{Evaluation, Event, Outcome, Phase, Reason, Record, StepIx, name};
use crate::replay::Replay;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use vela_dag::step::Call;

/// Something that a step said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    /// When.
    pub at: Millis,
    /// The step.
    pub step: String,
    /// What.
    pub text: String,
}

/// Makes lines of records, one after another.
#[derive(Default)]
pub struct Journal {
    /// The calls of each step's last evaluation.
    planned: BTreeMap<StepIx, Vec<Call>>,
    /// What each step said last.
    said: BTreeMap<(Option<String>, String), (Phase, Reason, String)>,
}

impl Journal {
    /// The lines of a record that was just followed.
    pub fn lines(&mut self, record: &Record, replay: &mut Replay) -> Vec<Line> {
        let mut lines = Vec::new();
        let graph = std::sync::Arc::clone(replay.engine().graph());
        let mut say = |step: &str, text: String| {
            lines.push(Line { at: record.at, step: step.to_owned(), text });
        };
        match &record.event {
            Event::Evaluated { step, outcome: Evaluation::Calls { calls }, .. } => {
                self.planned.insert(*step, calls.clone());
            }
            Event::Returned { step, path, outcome, .. } => {
                let call = self.planned.get(step).and_then(|c| c.iter().find(|c| c.path == *path));
                if let (Some(call), Outcome::Value { .. }) = (call, outcome)
                    && (call.provider.as_str(), call.action.as_str()) == ("util", "log")
                    && let Some(data) = call.params.get("data")
                {
                    say(name(graph.node(*step)), text(data));
                }
            }
            _ => {}
        }
        for (group, view) in replay.take_changes() {
            let now = (view.phase, view.reason, view.message.clone());
            let place = (group, view.name.clone());
            if self.said.get(&place) == Some(&now) {
                continue;
            }
            let text = match (view.reason.as_str(), view.message.as_str()) {
                ("", "") => view.phase.as_str().to_owned(),
                (reason, "") => format!("{}: {reason}", view.phase.as_str()),
                (_, message) => format!("{}: {message}", view.phase.as_str()),
            };
            say(&view.name, text);
            self.said.insert(place, now);
        }
        lines
    }
}

/// What a step logged: text as it is, all else as JSON.
fn text(data: &Json) -> String {
    match data {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
