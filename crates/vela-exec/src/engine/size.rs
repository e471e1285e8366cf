//! How large a result may be: what goes into the log is read back each time a run is taken up.

use super::event::{Event, Outcome};
use serde_json::Value as Json;

/// The most bytes that a result may have, as JSON.
pub(super) const MOST: usize = 16 << 20;

pub(super) const ADVICE: &str =
    "a result of up to 16 MiB is kept; let the step store it elsewhere, and give its place";

/// Whether a value has more bytes than that, as JSON; looks at no more of it than that.
pub(super) fn exceeds(value: &Json, most: usize) -> bool {
    let mut left = most;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        let size = match value {
            Json::Null | Json::Bool(_) => 4,
            Json::Number(_) => 8,
            Json::String(text) => text.len() + 2,
            Json::Array(items) => {
                open.extend(items);
                items.len() + 2
            }
            Json::Object(fields) => {
                open.extend(fields.values());
                fields.keys().map(|key| key.len() + 4).sum::<usize>() + 2
            }
        };
        match left.checked_sub(size) {
            Some(rest) => left = rest,
            None => return true,
        }
    }
    false
}

/// The event as it is, or with a failure in the place of a result that is too large. What the call did is
/// done: it is not made again.
pub(super) fn cut(mut event: Event) -> Event {
    if let Event::Returned { path, outcome, .. } = &mut event
        && let Outcome::Value { value } = &*outcome
        && exceeds(value, MOST)
    {
        let message = format!("the result of {path} is too large: {ADVICE}");
        *outcome = Outcome::Fail { message };
    }
    event
}
