//! Merging a patch into its base, as the module's page explains.

use super::tags::{Strategy, Tags};
use crate::template;
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_lang::ir::Presence;
use vela_lang::std::host::Kind;
use vela_lang::{Field, LabelKind, Value};

/// How deep values may nest.
const DEPTH: usize = 200;

/// Why a patch does not fit its base.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}{message}", prefix(path))]
pub struct Conflict {
    /// The field, such as `spec.containers.0.image`.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

/// Merges a patch into its base.
///
/// # Errors
/// They have different scalars at one place, a list of the patch is too short, or a struct of the
/// patch is incomplete.
pub fn merge(base: &Value, patch: &Value) -> Result<Value, Conflict> {
    Merger { path: Vec::new() }.value(base, patch, None, Strategy::Unify)
}

struct Merger {
    path: Vec<String>,
}

/// Fields of a struct that is being made.
type Fields = Vec<(Arc<str>, Value)>;

impl Merger {
    fn conflict<T>(&self, message: impl Into<String>) -> Result<T, Conflict> {
        Err(Conflict { path: self.path.join("."), message: message.into() })
    }

    fn within<T>(
        &mut self,
        step: &str,
        merge: impl FnOnce(&mut Self) -> Result<T, Conflict>,
    ) -> Result<T, Conflict> {
        self.path.push(step.to_owned());
        let result = merge(self)?;
        self.path.pop();
        Ok(result)
    }

    fn value(
        &mut self,
        base: &Value,
        patch: &Value,
        key: Option<&str>,
        strategy: Strategy,
    ) -> Result<Value, Conflict> {
        if self.path.len() > DEPTH {
            return self.conflict("the value is nested too deep to be patched");
        }
        let kinds = (shape(base), shape(patch));
        match kinds {
            (Shape::Struct, Shape::Struct) => self.structs(base, patch, key),
            (Shape::List, Shape::List) => self.lists(base, patch, key, strategy),
            (Shape::Top, _) => self.alone(patch),
            (_, Shape::Top) => Ok(base.clone()),
            (Shape::Incomplete, _) => Ok(base.clone()),
            (_, Shape::Incomplete) => Ok(patch.clone()),
            _ => self.leaf(base, patch),
        }
    }

    fn leaf(&mut self, base: &Value, patch: &Value) -> Result<Value, Conflict> {
        if shape(base) != Shape::Open && shape(patch) != Shape::Open {
            if same(base, patch) {
                return Ok(base.clone().with_origins(patch.origins()));
            }
            let both_numbers = base.as_number().is_some() && patch.as_number().is_some();
            if !both_numbers {
                let (b, p) = (kind_name(base), kind_name(patch));
                let kinds =
                    if b == p { String::new() } else { format!(" (mismatched types {p} and {b})") };
                return self.conflict(format!("conflicting values {patch:?} and {base:?}{kinds}"));
            }
        }
        let unified = match template::unify(base, patch) {
            Ok(unified) => unified,
            Err(error) => return self.conflict(error.to_string()),
        };
        match unified.errors().iter().find(|e| e.class > vela_lang::Class::Incomplete) {
            Some(error) => self.conflict(error.message.clone()),
            None if unified.is_error() => {
                self.conflict(format!("conflicting values {patch:?} and {base:?}"))
            }
            None => Ok(unified.with_origins(base.origins()).with_origins(patch.origins())),
        }
    }

    fn structs(
        &mut self,
        base: &Value,
        patch: &Value,
        inherited: Option<&str>,
    ) -> Result<Value, Conflict> {
        if !self.complete(patch)? {
            return Ok(patch.clone());
        }
        let mut fields: Fields =
            base.regular_fields().map(|(label, value)| (label.into(), value.clone())).collect();
        let by_name: BTreeMap<Arc<str>, usize> =
            fields.iter().enumerate().map(|(i, (label, _))| (Arc::clone(label), i)).collect();
        for field in patch.fields().iter().filter(|field| takes_part(field)) {
            let Some(at) = by_name.get(&field.label) else {
                let value = self.within(&field.label, |merger| merger.alone(&field.value))?;
                fields.push((Arc::clone(&field.label), value));
                continue;
            };
            let tags = Tags::of(field);
            let key = tags.key.as_deref().or(inherited);
            let list = shape(&field.value) == Shape::List;
            let replaced = match tags.strategy {
                Strategy::RetainKeys => !list || tags.key.is_none(),
                Strategy::Replace => list,
                _ => false,
            };
            let base = fields[*at].1.clone();
            fields[*at].1 = self.within(&field.label, |merger| {
                if replaced {
                    merger.alone(&field.value)
                } else {
                    merger.value(&base, &field.value, key, tags.strategy)
                }
            })?;
        }
        Ok(Value::from_fields(fields))
    }

    fn lists(
        &mut self,
        base: &Value,
        patch: &Value,
        key: Option<&str>,
        strategy: Strategy,
    ) -> Result<Value, Conflict> {
        if !self.complete(patch)? {
            return Ok(patch.clone());
        }
        let mut elements = base.elements().to_vec();
        let patches = patch.elements();
        let count = elements.len();
        let places = match key.map(|key| places(&elements, patches, key)) {
            None => None,
            Some(Ok(places)) => places,
            Some(Err(message)) => return self.conflict(message),
        };
        if places.is_none() && patches.len() < count && patch.is_closed() {
            let lengths = format!("incompatible list lengths ({} and {count})", patches.len());
            return self.conflict(lengths);
        }
        for (i, patch) in patches.iter().enumerate() {
            let place = match &places {
                Some(places) => places[i],
                None => (i < count).then_some(i),
            };
            match place {
                None => {
                    let at = elements.len().to_string();
                    elements.push(self.within(&at, |merger| merger.alone(patch))?);
                }
                Some(at) => {
                    let base = elements[at].clone();
                    elements[at] = self.within(&at.to_string(), |merger| {
                        if places.is_some() && strategy == Strategy::RetainKeys {
                            merger.alone(patch)
                        } else {
                            merger.value(&base, patch, key, Strategy::Unify)
                        }
                    })?;
                }
            }
        }
        Ok(Value::from_elements(elements))
    }

    /// A value of the patch that has no counterpart: itself, without what takes no part.
    fn alone(&mut self, patch: &Value) -> Result<Value, Conflict> {
        if self.path.len() > DEPTH {
            return self.conflict("the value is nested too deep to be patched");
        }
        match shape(patch) {
            Shape::Struct if self.complete(patch)? => {
                let mut fields: Fields = Vec::new();
                for field in patch.fields().iter().filter(|field| takes_part(field)) {
                    let value = self.within(&field.label, |merger| merger.alone(&field.value))?;
                    fields.push((Arc::clone(&field.label), value));
                }
                Ok(Value::from_fields(fields))
            }
            Shape::List if self.complete(patch)? => {
                let mut elements = Vec::with_capacity(patch.elements().len());
                for (i, element) in patch.elements().iter().enumerate() {
                    elements.push(self.within(&i.to_string(), |merger| merger.alone(element))?);
                }
                Ok(Value::from_elements(elements))
            }
            _ => Ok(patch.clone()),
        }
    }

    /// Whether a struct or list of the patch is all there. What waits for fields that are hidden can't
    /// be told outside of the patch: that is a conflict.
    fn complete(&self, patch: &Value) -> Result<bool, Conflict> {
        let hidden = || patch.fields().iter().any(|field| field.kind == LabelKind::Hidden);
        match patch.errors().first() {
            None => Ok(true),
            Some(error) if hidden() => {
                self.conflict(format!("the patch is incomplete: {}", error.message))
            }
            Some(_) => Ok(false),
        }
    }
}

/// What has to be added to a patch so that its open lists say something about all elements of the
/// base's lists (`[...{x: 1}]`): a list of as many unknowns at each of them. Nothing where there is
/// no such list.
pub fn skeleton(base: &Value, patch: &Value) -> Option<Value> {
    lengthened(base, patch, DEPTH)
}

fn lengthened(base: &Value, patch: &Value, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    match (shape(base), shape(patch)) {
        (Shape::Struct, Shape::Struct) => {
            let fields: Fields = patch
                .fields()
                .iter()
                .filter(|field| takes_part(field))
                .filter_map(|field| {
                    let base = base.field(&field.label)?;
                    let value = lengthened(base, &field.value, depth)?;
                    Some((Arc::clone(&field.label), value))
                })
                .collect();
            (!fields.is_empty()).then(|| Value::from_fields(fields))
        }
        (Shape::List, Shape::List) => {
            let (count, given) = (base.elements().len(), patch.elements().len());
            let inner = |i: usize| {
                let (base, patch) = (base.elements().get(i)?, patch.elements().get(i)?);
                lengthened(base, patch, depth)
            };
            let found: Vec<Option<Value>> = (0..count.max(given)).map(inner).collect();
            let longer = !patch.is_closed() && given < count;
            if !longer && found.iter().all(Option::is_none) {
                return None;
            }
            let length = if patch.is_closed() { given } else { count.max(given) };
            let elements = found.into_iter().take(length);
            Some(Value::from_elements(elements.map(|e| e.unwrap_or_else(template::top))))
        }
        _ => None,
    }
}

/// What a value is, as far as merging is concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Struct,
    List,
    Scalar,
    /// `_`
    Top,
    /// A constraint or a disjunction.
    Open,
    /// An error: more information could mend it.
    Incomplete,
}

fn shape(value: &Value) -> Shape {
    if value.kind() == Kind::STRUCT && (value.is_concrete() || !value.fields().is_empty()) {
        Shape::Struct
    } else if value.kind() == Kind::LIST && value.is_concrete() {
        Shape::List
    } else if !value.errors().is_empty() {
        Shape::Incomplete
    } else if value.is_concrete() {
        Shape::Scalar
    } else if value.kind() == Kind::TOP {
        Shape::Top
    } else {
        Shape::Open
    }
}

fn takes_part(field: &Field) -> bool {
    field.kind == LabelKind::Regular && field.presence == Presence::Regular
}

/// Whether two scalars are written the same; numbers that differ here may still be equal.
fn same(a: &Value, b: &Value) -> bool {
    if a.kind() != b.kind() {
        return false;
    }
    if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
        return a == b;
    }
    if let (Some(a), Some(b)) = (a.as_bool(), b.as_bool()) {
        return a == b;
    }
    if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
        return a == b;
    }
    format!("{a:?}") == format!("{b:?}")
}

/// The name of the kind of a concrete value.
fn kind_name(value: &Value) -> &'static str {
    match value.kind() {
        Kind::NULL => "null",
        Kind::BOOL => "bool",
        Kind::INT => "int",
        Kind::FLOAT => "float",
        Kind::STRING => "string",
        Kind::BYTES => "bytes",
        Kind::LIST => "list",
        Kind::STRUCT => "struct",
        _ => "value",
    }
}

/// Where the elements of a patch go; nothing if one of them has no concrete key.
///
/// # Errors
/// Several elements of the base have the key of one: which of them is meant can't be told.
fn places(
    base: &[Value],
    patches: &[Value],
    key: &str,
) -> Result<Option<Vec<Option<usize>>>, String> {
    let mut places: Vec<Option<usize>> = vec![None; patches.len()];
    let mut keyed = vec![false; patches.len()];
    for key in key.split(',').map(str::trim).filter(|key| !key.is_empty()) {
        let mut at: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, element) in base.iter().enumerate() {
            if let Some(text) = key_text(element, key) {
                at.entry(text).or_default().push(i);
            }
        }
        for (i, patch) in patches.iter().enumerate() {
            let Some(text) = key_text(patch, key) else { continue };
            keyed[i] = true;
            if places[i].is_some() {
                continue;
            }
            match at.get(&text).map(Vec::as_slice) {
                None | Some([]) => {}
                Some([only]) => places[i] = Some(*only),
                Some([first, second, ..]) => {
                    return Err(format!(
                        "the patch is for the element whose {key} is {text}, but there are several: \
                         elements {first} and {second}; give each a {key} of its own"
                    ));
                }
            }
        }
    }
    Ok(keyed.into_iter().all(|keyed| keyed).then_some(places))
}

/// The scalar at a dotted path in structs, as text. A default is no scalar yet.
fn key_text(element: &Value, path: &str) -> Option<String> {
    let mut value = element;
    for name in path.split('.') {
        value = value.field(name)?;
    }
    (shape(value) == Shape::Scalar).then(|| format!("{value:?}"))
}
