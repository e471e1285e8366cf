//! The `override` policy: changes to components for one deploy step.

use super::merge::merge;
use crate::error::Error;
use crate::oam::{Component, Policy, Trait};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use vela_lang::source::Span;

/// The parameters of an `override` policy.
#[derive(Clone, PartialEq, Default, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Override {
    /// Changes to components, one after another.
    pub components: Vec<ComponentPatch>,
    /// The components that remain, by name or glob; all where it is empty.
    pub selector: Vec<String>,
}

/// A change to components.
#[derive(Clone, PartialEq, Default, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ComponentPatch {
    /// Which ones: an unanchored regular expression in which `*` stands for `.*`. All where empty.
    pub name: String,
    /// Without a name: components of this type only. With a name: what the component becomes.
    #[serde(rename = "type")]
    pub component_type: String,
    /// Parameters, merged over the component's.
    pub properties: Option<Json>,
    /// Traits, by type: merged, added or removed.
    pub traits: Vec<TraitPatch>,
    /// The external revision.
    pub external_revision: String,
}

/// A change to a trait.
#[derive(Clone, PartialEq, Default, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TraitPatch {
    /// Which one.
    #[serde(rename = "type")]
    pub trait_type: String,
    /// Parameters, merged over the trait's.
    pub properties: Option<Json>,
    /// Whether it is removed.
    pub disable: bool,
}

impl Override {
    /// The parameters of a policy.
    ///
    /// # Errors
    /// There are unknown fields, or a field has the wrong type.
    pub fn of(policy: &Policy) -> Result<Override, Error> {
        super::parameters(policy)
    }
}

/// Applies overrides, in order.
///
/// # Errors
/// A name is no regular expression.
pub fn apply_overrides(
    components: &[Component],
    overrides: &[Override],
) -> Result<Vec<Component>, Error> {
    let mut components = components.to_vec();
    for one in overrides {
        for patch in &one.components {
            apply(&mut components, patch)?;
        }
        if !one.selector.is_empty() {
            let globs: Vec<Regex> =
                one.selector.iter().map(|s| glob(s)).collect::<Result<_, _>>()?;
            components.retain(|c| globs.iter().any(|glob| glob.is_match(&c.name)));
        }
    }
    Ok(components)
}

fn apply(components: &mut Vec<Component>, patch: &ComponentPatch) -> Result<(), Error> {
    if patch.name.is_empty() {
        for component in components.iter_mut() {
            if patch.component_type.is_empty() || patch.component_type == component.component_type {
                change(component, patch);
            }
        }
        return Ok(());
    }
    let names = pattern(&patch.name)?;
    let mut found = false;
    for component in components.iter_mut().filter(|c| names.is_match(&c.name)) {
        found = true;
        if patch.component_type.is_empty() || patch.component_type == component.component_type {
            change(component, patch);
        } else {
            *component = new(component.name.clone(), patch);
        }
    }
    if !found && !patch.name.contains('*') {
        components.push(new(patch.name.clone(), patch));
    }
    Ok(())
}

/// Whether a change that says this name is about a component; one without a name is about all.
pub(crate) fn names_component(said: &str, component: &str) -> bool {
    said.is_empty() || pattern(said).is_ok_and(|names| names.is_match(component))
}

/// A component's name as overrides match it.
fn pattern(name: &str) -> Result<Regex, Error> {
    Regex::new(&name.replace('*', ".*")).map_err(|e| {
        Error::new(format!("component name {name:?} in an override is no regular expression: {e}"))
    })
}

/// A glob: `*` for any text, `?` for any character, all else as it stands; the whole name.
fn glob(text: &str) -> Result<Regex, Error> {
    let pattern = regex::escape(text).replace(r"\*", ".*").replace(r"\?", ".");
    Regex::new(&format!("^{pattern}$"))
        .map_err(|e| Error::new(format!("selector {text:?} in an override is too long: {e}")))
}

fn new(name: String, patch: &ComponentPatch) -> Component {
    let traits = patch.traits.iter().filter(|t| !t.disable).map(|t| Trait {
        trait_type: t.trait_type.clone(),
        properties: t.properties.clone(),
        span: Span::NONE,
    });
    Component {
        name,
        component_type: patch.component_type.clone(),
        external_revision: patch.external_revision.clone(),
        properties: patch.properties.clone(),
        depends_on: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        traits: traits.collect(),
        replica_key: None,
        span: Span::NONE,
    }
}

fn change(component: &mut Component, patch: &ComponentPatch) {
    if !patch.external_revision.is_empty() {
        component.external_revision.clone_from(&patch.external_revision);
    }
    merge_properties(&mut component.properties, patch.properties.as_ref());
    // Traits go by type from here on: of two with one type the later remains, in the first's place.
    let mut traits: Vec<Trait> = Vec::new();
    for one in component.traits.drain(..) {
        match traits.iter_mut().find(|t| t.trait_type == one.trait_type) {
            Some(there) => *there = one,
            None => traits.push(one),
        }
    }
    for patch in &patch.traits {
        let at = traits.iter().position(|t| t.trait_type == patch.trait_type);
        match at {
            Some(at) if patch.disable => {
                traits.remove(at);
            }
            Some(at) => {
                merge_properties(&mut traits[at].properties, patch.properties.as_ref());
            }
            None if patch.disable => {}
            None => traits.push(Trait {
                trait_type: patch.trait_type.clone(),
                properties: patch.properties.clone(),
                span: Span::NONE,
            }),
        }
    }
    component.traits = traits;
}

fn merge_properties(base: &mut Option<Json>, patch: Option<&Json>) {
    if let Some(patch) = patch {
        merge(base.get_or_insert_with(|| Json::Object(Map::new())), patch);
    }
}
