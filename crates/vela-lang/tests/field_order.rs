//! The order of fields, held against what the reference prints.

use vela_lang::Engine;
use vela_lang::encoding::json;

/// Programs, declarations divided by `; `, and the labels of `d` in order, those of structs in it in
/// braces behind theirs.
const ORDERS: &str = include_str!("field_order.txt");

/// The labels of compact JSON text whose scalars are numbers.
fn labels(json: &str) -> String {
    let kept = json.chars().filter(|c| !matches!(c, '"' | ':') && !c.is_ascii_digit());
    kept.map(|c| if c == ',' { ' ' } else { c }).collect()
}

#[test]
fn fields_come_in_the_order_of_the_reference() -> Result<(), vela_lang::Error> {
    for line in ORDERS.lines() {
        let (program, expected) = line.split_once(" => ").unwrap_or((line, ""));
        let value = Engine::new().eval("order.cue", program.replace("; ", "\n"))?;
        let d = value.fields().iter().find(|field| &*field.label == "d");
        let d = d.map_or(&value, |field| &field.value);
        assert_eq!(labels(&json::compact_text(&d.data()?)), format!("{{{expected}}}"), "{line}");
    }
    Ok(())
}
