//! What every step finds under `context`, kept as text: most runs wait most of the time, and a tree of
//! values takes six times as much memory.

use serde_json::Value as Json;

#[derive(Clone, PartialEq, Debug)]
pub(super) struct RunContext(Box<str>);

impl RunContext {
    pub(super) fn new(context: &Json) -> RunContext {
        RunContext(context.to_string().into())
    }

    pub(super) fn json(&self) -> Json {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// Whether it has a field of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        // What has to be escaped looks different in the text.
        let plain = !name.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'));
        (!plain || self.0.contains(name)) && self.json().get(name).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::RunContext;
    use serde_json::json;

    #[test]
    fn fields_are_found_by_any_name() {
        let whole =
            json!({"name": "shop", "a\"b": 1, "line\nend": null, "inner": {"deep": "name"}});
        let context = RunContext::new(&whole);
        assert_eq!(context.json(), whole);
        for (name, there) in
            [("name", true), ("a\"b", true), ("line\nend", true), ("deep", false), ("shop", false)]
        {
            assert_eq!(context.has(name), there, "{name}");
        }
        assert!(!RunContext::new(&json!(null)).has("name"));
    }
}
