//! What programs evaluate to, held against what the reference says: closedness, defaults of defaults,
//! arms that are the same, patterns that ask for labels, validators that come back to themselves.

use serde_json::Value as Json;

mod tree;

/// A program a line, with the trees of those of its fields that the reference and we agree on (where we
/// don't, the reference depends on the order in which something is written), fields sorted.
const VALUES: &str = include_str!("values.jsonl");

#[test]
fn programs_evaluate_as_in_the_reference() -> Result<(), Box<dyn std::error::Error>> {
    for line in VALUES.lines() {
        let case: Json = serde_json::from_str(line)?;
        let program = case["program"].as_str().unwrap_or_default();
        let tree = tree::tree(program)?;
        for (label, expected) in case["values"].as_object().into_iter().flatten() {
            let fields = tree["f"].as_array().into_iter().flatten();
            let found = fields.clone().find(|f| f[0] == **label).map(|f| &f[1]);
            assert_eq!(found, Some(expected), "{label} in\n{program}");
        }
    }
    Ok(())
}
