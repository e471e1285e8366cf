//! The parameters of a definition as an OpenAPI schema, for forms and other tools.

use super::description;
use super::parameters::{Parameter, Shape, parameters};
use crate::oam::Definition;
use serde_json::{Map, Value as Json, json};

/// An OpenAPI document with a schema per definition, called `kind.name`.
pub fn open_api<'d>(definitions: impl IntoIterator<Item = &'d Definition>) -> Json {
    let mut schemas = Map::new();
    for definition in definitions {
        let name = format!("{}.{}", definition.kind, definition.metadata.name);
        schemas.insert(name, schema(definition));
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Parameters of definitions", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    })
}

/// The schema of a definition's parameters. A definition without a template has an object of anything.
pub fn schema(definition: &Definition) -> Json {
    let shape = definition.template.as_ref().and_then(|template| parameters(&template.file));
    let mut schema = match shape {
        Some(shape) => of_shape(&shape),
        None => json!({"type": "object"}),
    };
    let description = description(definition);
    if !description.is_empty() {
        schema["description"] = Json::from(description);
    }
    schema
}

fn of_shape(shape: &Shape) -> Json {
    match shape {
        Shape::Any => json!({}),
        Shape::Null => json!({"nullable": true, "enum": [null]}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Bytes => json!({"type": "string", "format": "byte"}),
        Shape::Number { whole, bounds } => {
            let mut schema = json!({"type": if *whole { "integer" } else { "number" }});
            for bound in bounds {
                add_bound(&mut schema, bound);
            }
            schema
        }
        Shape::Text(None) => json!({"type": "string"}),
        Shape::Text(Some(pattern)) => json!({"type": "string", "pattern": pattern}),
        Shape::Constant(value) => enumeration(std::slice::from_ref(value)),
        Shape::List(inner) => json!({"type": "array", "items": of_shape(inner)}),
        Shape::Map(inner) => json!({"type": "object", "additionalProperties": of_shape(inner)}),
        Shape::Object { fields, open } => object(fields, *open),
        Shape::Either(shapes) => either(shapes),
    }
}

fn object(fields: &[Parameter], open: bool) -> Json {
    let mut properties = Map::new();
    let mut required: Vec<&str> = Vec::new();
    for field in fields {
        let mut schema = of_shape(&field.shape);
        if !field.usage.is_empty() {
            schema["description"] = Json::from(field.usage.as_str());
        }
        if let Some(default) = &field.default
            && !matches!(field.shape, Shape::Constant(_))
        {
            schema["default"] = default.clone();
        }
        if field.required {
            required.push(&field.name);
        }
        // One name under several conditions may be any of them.
        match properties.get_mut(&field.name) {
            Some(there) if *there == schema => {}
            Some(there) => *there = json!({"anyOf": [there.take(), schema]}),
            None => drop(properties.insert(field.name.clone(), schema)),
        }
    }
    let mut schema = json!({"type": "object"});
    if !properties.is_empty() {
        schema["properties"] = Json::Object(properties);
    }
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if open {
        schema["additionalProperties"] = Json::Bool(true);
    }
    schema
}

fn either(shapes: &[Shape]) -> Json {
    let nullable = shapes.iter().any(is_null);
    let rest: Vec<&Shape> = shapes.iter().filter(|shape| !is_null(shape)).collect();
    let constants: Vec<Json> = rest
        .iter()
        .filter_map(|shape| match shape {
            Shape::Constant(value) => Some(value.clone()),
            _ => None,
        })
        .collect();
    let mut schema = if constants.len() == rest.len() {
        enumeration(&constants)
    } else if let [one] = rest.as_slice() {
        of_shape(one)
    } else {
        json!({"anyOf": rest.into_iter().map(of_shape).collect::<Vec<_>>()})
    };
    if nullable {
        schema["nullable"] = Json::Bool(true);
    }
    schema
}

fn is_null(shape: &Shape) -> bool {
    matches!(shape, Shape::Null | Shape::Constant(Json::Null))
}

fn enumeration(values: &[Json]) -> Json {
    let types: Vec<&str> = values
        .iter()
        .map(|value| match value {
            Json::Null => "null",
            Json::Bool(_) => "boolean",
            Json::Number(number) if number.is_f64() => "number",
            Json::Number(_) => "integer",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        })
        .collect();
    match types.first() {
        Some(first) if *first != "null" && types.iter().all(|other| other == first) => {
            json!({"type": first, "enum": values})
        }
        _ => json!({"enum": values}),
    }
}

/// `>=1` and the like.
fn add_bound(schema: &mut Json, bound: &str) {
    let operators = [
        (">=", "minimum", false),
        ("<=", "maximum", false),
        (">", "minimum", true),
        ("<", "maximum", true),
    ];
    let Some((operator, name, exclusive)) =
        operators.into_iter().find(|(operator, ..)| bound.starts_with(operator))
    else {
        return;
    };
    let Ok(number) = serde_json::from_str::<serde_json::Number>(bound[operator.len()..].trim())
    else {
        return;
    };
    schema[name] = Json::Number(number);
    if exclusive {
        let name = if name == "minimum" { "exclusiveMinimum" } else { "exclusiveMaximum" };
        schema[name] = Json::Bool(true);
    }
}

#[cfg(test)]
mod tests {
    use super::schema;
    use crate::Catalog;
    use crate::oam::DefinitionKind;
    use serde_json::json;
    use vela_lang::Engine;

    #[test]
    fn schemas() {
        let text = r#"
            t: {type: "trait", description: "Does it.", attributes: {}}
            template: {
                patch: spec: replicas: parameter.n
                parameter: {
                    // +usage=How many
                    n: *1 | int & >0 & <=9
                    image: string
                    policy: *"" | "Always" | "Never"
                    env?: [string]: string
                    args: *null | [...string]
                    size?: number | =~"^[0-9]+Mi$"
                }
            }
        "#;
        let mut catalog = Catalog::new(Engine::new());
        catalog.add_file("t.cue", text).unwrap();
        let definition = catalog.get(DefinitionKind::Trait, "t").unwrap();
        assert_eq!(
            schema(definition),
            json!({
                "type": "object",
                "description": "Does it.",
                "required": ["image"],
                "properties": {
                    "n": {
                        "type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 9,
                        "default": 1, "description": "How many",
                    },
                    "image": {"type": "string"},
                    "policy": {"type": "string", "enum": ["", "Always", "Never"], "default": ""},
                    "env": {"type": "object", "additionalProperties": {"type": "string"}},
                    "args": {
                        "type": "array", "items": {"type": "string"},
                        "nullable": true, "default": null,
                    },
                    "size": {"anyOf": [
                        {"type": "number"}, {"type": "string", "pattern": "^[0-9]+Mi$"},
                    ]},
                },
            })
        );
    }
}
