//! CUE expressions over JSON: the `if` of steps, and where their outputs come from.

use crate::data;
use serde_json::Value as Json;
use std::fmt::Write;
use vela_lang::{Engine, Inputs, Limits, Path, Selector};

/// The field that the expression is put into.
const RESULT: &str = "velaResult";

/// The value of an expression in which these names mean these values.
///
/// # Errors
/// It does not parse, or has no concrete value.
pub(super) fn evaluate(
    expression: &str,
    given: &[(&str, Json)],
    limits: &Limits,
) -> Result<Json, String> {
    // The texts of expressions are not kept: an engine for each.
    let engine = Engine::new();
    let mut text = format!("{RESULT}: {expression}\n");
    let used = given.iter().filter(|(name, _)| expression.contains(name));
    let used: Vec<&(&str, Json)> = used.filter(|(name, _)| is_name(name)).collect();
    for (name, _) in &used {
        let _ = writeln!(text, "{name}: _");
    }
    let file = engine.parse("expression", text).map_err(|e| e.to_string())?;
    let program = engine.compile(&[file]).map_err(|e| e.to_string())?;
    let at = |name: &str| Path::new(vec![Selector::Field(name.to_owned())]);
    let fill = used.iter().map(|(name, value)| (at(name), data::value(value))).collect();
    let root =
        program.evaluate(&Inputs { fill, limits: limits.clone() }).map_err(|e| e.to_string())?;
    let value = root.field(RESULT).ok_or("it has no value")?;
    value.data().map(|data| data::json(&data)).map_err(|e| {
        e.diagnostics().iter().map(|d| d.message.clone()).collect::<Vec<_>>().join("; ")
    })
}

/// The value of an output: the expression itself or, where that has none, what a call at its place
/// has returned.
///
/// # Errors
/// There is no such value.
pub(super) fn output(
    expression: &str,
    given: &[(&str, Json)],
    limits: &Limits,
) -> Result<Json, String> {
    let first = match evaluate(expression, given, limits) {
        Ok(value) => return Ok(value),
        Err(why) => why,
    };
    let mut others = vec![format!("{expression}.$returns")];
    if let Some(rest) = expression.strip_prefix("output.") {
        others.insert(0, format!("output.$returns.{rest}"));
    }
    others.iter().find_map(|other| evaluate(other, given, limits).ok()).ok_or(first)
}

/// Whether a name can stand in an expression as it is.
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$')
        && characters.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
        && name != RESULT
}

#[cfg(test)]
mod tests {
    use super::{evaluate, output};
    use serde_json::json;
    use vela_lang::Limits;

    #[test]
    fn expressions_over_json() {
        let given = [
            ("status", json!({"a-b": {"failed": true}, "c": {"phase": "succeeded"}})),
            ("output", json!({"$returns": {"value": {"data": {"k": "v"}}}})),
            ("n", json!(3)),
        ];
        for (expression, wanted) in [
            ("status[\"a-b\"].failed", Some(json!(true))),
            ("status.c.phase == \"succeeded\" && n > 2", Some(json!(true))),
            ("\"n is \\(n)\"", Some(json!("n is 3"))),
            ("status.d.failed", None),
            ("nobody", None),
            ("1 +", None),
        ] {
            assert_eq!(
                evaluate(expression, &given, &Limits::default()).ok(),
                wanted,
                "{expression}"
            );
        }
        let got = output("output.value.data.k", &given, &Limits::default());
        assert_eq!(got, Ok(json!("v")));
    }
}
