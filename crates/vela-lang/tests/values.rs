//! What programs evaluate to, held against what the reference says: closedness, defaults of defaults,
//! arms that are the same, patterns that ask for labels, validators that come back to themselves.

use serde_json::Value as Json;
use vela_lang::{Engine, export};

/// A program a line, with the trees of those of its fields that the reference and we agree on (where we
/// don't, the reference depends on the order in which something is written), fields sorted.
const VALUES: &str = include_str!("values.jsonl");

fn normalise(node: &mut Json) {
    let Json::Object(map) = node else { return };
    map.remove("msg");
    if let Some(Json::Array(fields)) = map.get_mut("f") {
        fields.sort_by_key(|field| field[0].as_str().unwrap_or_default().to_owned());
        fields.iter_mut().for_each(|field| normalise(&mut field[1]));
    }
    if let Some(Json::Array(items)) = map.get_mut("l") {
        items.iter_mut().for_each(normalise);
    }
    if let Some(default) = map.get_mut("d") {
        normalise(default);
    }
}

#[test]
fn programs_evaluate_as_in_the_reference() -> Result<(), Box<dyn std::error::Error>> {
    for line in VALUES.lines() {
        let case: Json = serde_json::from_str(line)?;
        let program = case["program"].as_str().unwrap_or_default();
        let value = Engine::new().eval("values.cue", program)?;
        let mut tree: Json = serde_json::from_str(&export::tree_json(&value))?;
        normalise(&mut tree);
        for (label, expected) in case["values"].as_object().into_iter().flatten() {
            let fields = tree["f"].as_array().into_iter().flatten();
            let found = fields.clone().find(|f| f[0] == **label).map(|f| &f[1]);
            assert_eq!(found, Some(expected), "{label} in\n{program}");
        }
    }
    Ok(())
}
