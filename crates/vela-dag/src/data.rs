//! JSON and CUE values, into each other.

use serde_json::{Map, Number as JsonNumber, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_lang::ir::Presence;
use vela_lang::std::host::Kind;
use vela_lang::{Data, LabelKind, Number, Span, Value};

/// JSON as a CUE value.
pub(crate) fn value(json: &Json) -> Value {
    match json {
        Json::Array(items) => Value::from_elements(items.iter().map(value)),
        Json::Object(members) => Value::from_fields(
            members.iter().map(|(key, member)| (Arc::from(key.as_str()), value(member))),
        ),
        Json::Null => Value::from_data(&Data::Null),
        Json::Bool(b) => Value::from_data(&Data::Bool(*b)),
        Json::String(s) => text(s),
        Json::Number(n) => Value::from_data(&Data::Number(number(n))),
    }
}

/// JSON that was made of a value and another one that changed it, as a CUE value: what is as in the
/// first comes from where that comes from, all else from the places of the second.
pub(crate) fn value_from(json: &Json, before: &Value, change: &Value) -> Value {
    let mut places = Vec::new();
    leaf_origins(change, &mut places);
    changed(json, Some(&settled(before)), &places)
}

fn changed(new: &Json, before: Option<&Value>, places: &[Span]) -> Value {
    match new {
        Json::Object(members) => Value::from_fields(members.iter().map(|(key, member)| {
            let before = before.and_then(|before| before.field(key));
            (Arc::from(key.as_str()), changed(member, before, places))
        })),
        Json::Array(items) => Value::from_elements(items.iter().enumerate().map(|(i, item)| {
            changed(item, before.and_then(|before| before.elements().get(i)), places)
        })),
        scalar => {
            let now = value(scalar);
            match before {
                Some(before) if before.data() == now.data() => before.clone(),
                _ => now.with_origins(places),
            }
        }
    }
}

fn leaf_origins(value: &Value, places: &mut Vec<Span>) {
    let value = settled(value);
    if value.fields().is_empty() && value.elements().is_empty() {
        places.extend_from_slice(value.origins());
    }
    let below = value.fields().iter().map(|field| &field.value).chain(value.elements());
    below.for_each(|value| leaf_origins(value, places));
}

/// The part of a value that becomes data, with defaults taken, coming from where it came from.
pub(crate) fn settled(value: &Value) -> Value {
    let taken = value.default();
    if taken.kind() == Kind::STRUCT && taken.is_concrete() {
        let fields = taken.regular_fields().map(|(label, field)| (label.into(), settled(field)));
        return Value::from_fields(fields).with_origins(value.origins());
    }
    if taken.kind() == Kind::LIST && taken.is_concrete() {
        let elements = taken.elements().iter().map(settled);
        return Value::from_elements(elements).with_origins(value.origins());
    }
    match taken.data() {
        Ok(data) => {
            Value::from_data(&data).with_origins(taken.origins()).with_origins(value.origins())
        }
        Err(_) => taken,
    }
}

/// A text as a CUE value.
pub(crate) fn text(text: &str) -> Value {
    Value::from_data(&Data::String(Arc::from(text)))
}

/// A struct of texts as a CUE value.
pub(crate) fn texts<'t>(fields: impl IntoIterator<Item = (&'t String, &'t String)>) -> Value {
    Value::from_fields(
        fields.into_iter().map(|(key, value)| (Arc::from(key.as_str()), text(value))),
    )
}

fn number(number: &JsonNumber) -> Number {
    match number.as_i64() {
        Some(int) => Number::from(int),
        None => Number::parse(&number.to_string()).unwrap_or_else(|_| Number::from(0i64)),
    }
}

/// Data as JSON; bytes are written in base64.
pub(crate) fn json(data: &Data) -> Json {
    match data {
        Data::Null => Json::Null,
        Data::Bool(b) => Json::Bool(*b),
        Data::Number(n) => match n.to_i64() {
            Some(int) if n.is_int() => Json::from(int),
            _ => serde_json::from_str::<JsonNumber>(&n.json_text())
                .map_or_else(|_| Json::from(n.to_f64()), Json::Number),
        },
        Data::String(s) => Json::String(s.to_string()),
        Data::Bytes(bytes) => Json::String(base64(bytes)),
        Data::List(items) => Json::Array(items.iter().map(json).collect()),
        Data::Struct(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            let members: Map<String, Json> =
                sorted.into_iter().map(|(key, data)| (key.to_string(), json(data))).collect();
            Json::Object(members)
        }
    }
}

/// A value as JSON, with defaults taken; nothing where it is no data.
pub(crate) fn json_of(value: &Value) -> Option<Json> {
    let value = value.default();
    if !value.errors().is_empty() {
        return None;
    }
    if let Some(text) = value.as_str() {
        return Some(Json::from(text));
    }
    if value.kind() == Kind::STRUCT && value.is_concrete() {
        let fields = value.fields().iter().filter(|field| {
            field.kind == LabelKind::Regular && field.presence != Presence::Optional
        });
        let members = fields.map(|field| match field.presence {
            Presence::Required => None,
            _ => Some((field.label.to_string(), json_of(&field.value)?)),
        });
        let mut members: Vec<(String, Json)> = members.collect::<Option<_>>()?;
        members.sort_by(|a, b| a.0.cmp(&b.0));
        return Some(Json::Object(members.into_iter().collect()));
    }
    if value.kind() == Kind::LIST && value.is_concrete() {
        return value.elements().iter().map(json_of).collect::<Option<_>>().map(Json::Array);
    }
    value.data().ok().map(|data| json(&data))
}

/// The concrete part of a value: what is incomplete or an error is left out.
pub(crate) fn partial(value: &Value) -> Option<Json> {
    partial_at(value, 200)
}

fn partial_at(value: &Value, depth: usize) -> Option<Json> {
    let depth = depth.checked_sub(1)?;
    let value = value.default();
    if value.kind() == Kind::STRUCT {
        let members: BTreeMap<String, Json> = value
            .regular_fields()
            .filter_map(|(label, value)| Some((label.to_owned(), partial_at(value, depth)?)))
            .collect();
        return Some(Json::Object(members.into_iter().collect()));
    }
    if value.kind() == Kind::LIST && value.is_concrete() {
        let items = value.elements().iter();
        return Some(Json::Array(
            items.map(|item| partial_at(item, depth).unwrap_or_default()).collect(),
        ));
    }
    value.data().ok().map(|data| json(&data))
}

/// Standard base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().enumerate().fold(0u32, |g, (i, b)| g | u32::from(*b) << (16 - 8 * i));
        for i in 0..4 {
            if i <= chunk.len() {
                out.push(char::from(DIGITS[(group >> (18 - 6 * i) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{base64, json, value};
    use serde_json::json as js;

    #[test]
    fn there_and_back() {
        let data = js!({"a": [1, -2, 1.5, true, null, "x"], "b": {}, "c": 9007199254740993i64});
        assert_eq!(json(&value(&data).data().expect("concrete")), data);
    }

    #[test]
    fn bytes_are_base64() {
        for (bytes, wanted) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
        {
            assert_eq!(base64(bytes.as_bytes()), wanted);
        }
    }
}
