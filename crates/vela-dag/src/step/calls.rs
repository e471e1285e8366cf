//! Finding the calls in an evaluated template.

use crate::data;
use serde_json::Value as Json;
use vela_lang::ir::Presence;
use vela_lang::{Diagnostic, Value};

/// A call as it stands in a template.
#[derive(Clone, Debug)]
pub(crate) struct FoundCall {
    /// Its path: labels joined by dots; list elements by their index.
    pub(crate) path: Vec<String>,
    /// `#provider`
    pub(crate) provider: String,
    /// `#do`
    pub(crate) action: String,
    /// Its parameters, or why they are not known yet.
    pub(crate) params: Result<Json, Vec<Diagnostic>>,
    /// Whether its result goes into `$returns`.
    pub(crate) returns: bool,
}

/// The calls in a value, in the order of the template.
pub(crate) fn find(root: &Value) -> Vec<FoundCall> {
    let mut found = Vec::new();
    let mut open: Vec<(Vec<String>, &Value)> = vec![(Vec::new(), root)];
    while let Some((path, value)) = open.pop() {
        if let Some(call) = call(&path, value) {
            found.push(call);
            continue;
        }
        let mut below = Vec::new();
        for field in value.fields() {
            // Parameters and context are given from outside: what looks like a call there is data.
            let given = path.is_empty() && matches!(&*field.label, "parameter" | "context");
            let definition = field.label.starts_with('#') || field.label.starts_with("_#");
            if field.presence == Presence::Regular && !given && !definition {
                let mut path = path.clone();
                path.push(field.label.to_string());
                below.push((path, &field.value));
            }
        }
        for (i, element) in value.elements().iter().enumerate() {
            let mut path = path.clone();
            path.push(i.to_string());
            below.push((path, element));
        }
        open.extend(below.into_iter().rev());
    }
    found
}

fn call(path: &[String], value: &Value) -> Option<FoundCall> {
    let text = |label: &str| {
        let value = value.field(label)?.default();
        value.as_str().map(str::to_owned)
    };
    let action = text("#do")?;
    let provider = text("#provider")?;
    let own = value.fields().iter().find(|field| &*field.label == "$params");
    let params = match own {
        Some(field) => field.value.data().map(|data| data::json(&data)),
        // The first version: parameters are the fields of the call itself.
        None => value.data().map(|data| data::json(&data)),
    };
    let returns = own.is_some() || value.fields().iter().any(|f| &*f.label == "$returns");
    let params = params.map_err(|error| error.into_diagnostics());
    Some(FoundCall { path: path.to_vec(), provider, action, params, returns })
}
