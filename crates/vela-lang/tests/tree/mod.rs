//! Evaluated trees, made comparable.

use serde_json::Value as Json;
use vela_lang::{Engine, Error, export};

/// The evaluated tree of a program without texts and with fields sorted: what is left has to be equal.
///
/// # Errors
/// The program does not load.
pub(crate) fn tree(program: &str) -> Result<Json, Error> {
    let value = Engine::new().eval("test.cue", program)?;
    let mut tree: Json = serde_json::from_str(&export::tree_json(&value)).expect("a tree is JSON");
    normalise(&mut tree);
    Ok(tree)
}

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
