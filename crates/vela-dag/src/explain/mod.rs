//! Why every field of every manifest is what it is.
//!
//! An application is rendered with parameters that know where they are written. A value that comes out
//! knows the expressions that made it ([`vela_lang::Value::origins`]); what these refer to is followed
//! through the template to parameters, defaults and the application's own lines. What rendering adds by
//! itself (names, namespaces, labels) is told as a rule, with the line that it goes by.

mod leaf;
mod parameter;
mod places;
mod reference;

use crate::catalog::Catalog;
use crate::error::Error;
use crate::oam::{Application, Component, Definition, Policy};
use crate::render::{RenderOptions, Traced, traced, traced_policies};
use places::Places;
pub(crate) use places::joined;
use serde::Serialize;
use serde_json::Value as Json;
use std::sync::Arc;
use vela_lang::{Path, Sources, Span, Value};

/// A rendered object with the origins of all that is in it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Explained {
    /// The component or policy that made it.
    pub component: String,
    /// Which part of it: empty for the workload, `trait/<type>/<output>` or `output/<name>` else.
    pub origin: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Every scalar, empty list and empty object in it, in their order.
    pub leaves: Vec<Leaf>,
}

impl Explained {
    /// The leaves at or below a path, in their order.
    pub fn below(&self, path: &Path) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(move |leaf| starts_with(&leaf.path, path))
    }

    /// The first leaf at or below a path; where there is none, at or below what stands around it.
    pub fn nearest(&self, path: &str) -> Option<&Leaf> {
        let mut selectors = Path::parse(path).ok()?.selectors().to_vec();
        loop {
            let found = self.below(&Path::new(selectors.clone())).next();
            if found.is_some() || selectors.pop().is_none() {
                return found;
            }
        }
    }

    /// The leaves that a value of the application, or one below it, reaches.
    pub fn reached(&self, parameter: &Path) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(move |leaf| {
            leaf.chain.iter().any(|link| match &link.cause {
                Cause::Application { path } | Cause::Override { path, .. } => {
                    starts_with(path, parameter)
                }
                _ => false,
            })
        })
    }
}

fn starts_with(path: &str, start: &Path) -> bool {
    Path::parse(path).is_ok_and(|path| path.selectors().starts_with(start.selectors()))
}

/// A value in an object, and why it is what it is.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Leaf {
    /// Where it stands: `spec.template.spec.containers[0].image`.
    pub path: String,
    /// The value.
    pub value: Json,
    /// From the application's line to what made a field of it; never empty.
    pub chain: Vec<Origin>,
}

/// A link of a chain.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Origin {
    /// What it is.
    #[serde(flatten)]
    pub cause: Cause,
    /// Where it is written; nothing for a rule that goes by no text.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    #[serde(skip)]
    span: Span,
}

impl Origin {
    /// The text that it is written in.
    pub fn span(&self) -> Option<Span> {
        Some(self.span).filter(|span| !span.is_none())
    }
}

/// What a link of a chain is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(tag = "cause", rename_all = "camelCase")]
pub enum Cause {
    /// A value in the application.
    Application {
        /// Its path: `spec.components[0].properties.image`.
        path: String,
    },
    /// A value in a policy that changes components.
    Override {
        /// The policy.
        policy: String,
        /// The path of the value, in the application; empty for a policy beside it.
        path: String,
    },
    /// An expression, a default or a type in a definition.
    Definition {
        /// What it defines: `component`, `trait`, `policy`.
        kind: String,
        /// Its name.
        definition: String,
    },
    /// What rendering does by itself.
    Rule {
        /// Which rule.
        rule: String,
    },
}

/// A place in a text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from one.
    pub line: u32,
    /// The column in bytes, from one.
    pub column: u32,
    /// The line itself, without the space around it.
    pub text: String,
}

impl Place {
    /// The start of a span.
    pub fn of(span: Span, sources: &Sources) -> Option<Place> {
        let source = sources.get(span.source)?;
        let at = source.line_column(span.start);
        let text = source.line(at.line).trim().to_owned();
        Some(Place { file: source.name.clone(), line: at.line, column: at.column, text })
    }
}

/// Explains every object that an application renders to; what several deploy steps render alike is
/// there once. The texts are those of the application and of the definitions.
///
/// ```
/// use vela_dag::oam::Application;
/// use vela_dag::explain::explain;
/// use vela_dag::{Catalog, Engine};
///
/// let mut catalog = Catalog::new(Engine::new());
/// catalog.add_file("note.cue", r#"
/// note: type: "component"
/// template: {
///     output: {apiVersion: "v1", kind: "ConfigMap", data: text: parameter.text}
///     parameter: text: *"hello" | string
/// }
/// "#)?;
/// let app = Application::parse(catalog.sources(), "app.yaml", "
/// kind: Application
/// metadata: {name: notes}
/// spec: {components: [{name: first, type: note, properties: {text: hi}}]}
/// ")?.application;
/// let objects = explain(&app, &catalog, catalog.sources(), &Default::default())?;
/// let text = objects[0].leaves.iter().find(|leaf| leaf.path == "data.text").unwrap();
/// let files: Vec<&str> =
///     text.chain.iter().filter_map(|o| Some(o.place.as_ref()?.file.as_str())).collect();
/// assert_eq!(files, ["app.yaml", "note.cue", "note.cue"]);
/// # Ok::<(), vela_dag::Error>(())
/// ```
///
/// # Errors
/// As [`crate::render::render`].
pub fn explain(
    app: &Application,
    catalog: &Catalog,
    sources: &Sources,
    options: &RenderOptions,
) -> Result<Vec<Explained>, Error> {
    let places = Places::of(app);
    let mut all: Vec<Explained> = Vec::new();
    for rendering in crate::render::renderings(app)? {
        for one in &rendering.components {
            let made = trace(app, catalog, options, one, &rendering.overrides)?;
            for object in explained(app, sources, &places, Some(one), &made) {
                if !all.contains(&object) {
                    all.push(object);
                }
            }
        }
    }
    for made in traced_policies(app, catalog, options)? {
        all.extend(explained(app, sources, &places, None, &made));
    }
    Ok(all)
}

/// Explains the objects of one component in the form that it has after these overrides.
///
/// # Errors
/// As [`crate::render::render_component`].
pub fn explain_component(
    app: &Application,
    catalog: &Catalog,
    options: &RenderOptions,
    component: &Component,
    overrides: &[&Policy],
) -> Result<Vec<Explained>, Error> {
    let made = trace(app, catalog, options, component, overrides)?;
    Ok(explained(app, catalog.sources(), &Places::of(app), Some(component), &made))
}

fn trace(
    app: &Application,
    catalog: &Catalog,
    options: &RenderOptions,
    component: &Component,
    overrides: &[&Policy],
) -> Result<Traced, Error> {
    let parameter = parameter::of_component(app, component, overrides);
    let traits = parameter::of_traits(app, component, overrides);
    traced(app, catalog, options, component, (parameter, traits))
}

fn explained(
    app: &Application,
    sources: &Sources,
    places: &Places,
    component: Option<&Component>,
    made: &Traced,
) -> Vec<Explained> {
    let tracer = Tracer { app, sources, places, component, roots: &made.roots };
    made.objects
        .iter()
        .map(|(manifest, value)| {
            let text = |pointer: &str| {
                manifest.object.pointer(pointer).and_then(Json::as_str).unwrap_or("").to_owned()
            };
            Explained {
                component: manifest.component.clone(),
                origin: manifest.origin.clone(),
                kind: text("/kind"),
                name: text("/metadata/name"),
                leaves: tracer.leaves(&manifest.origin, &manifest.object, value),
            }
        })
        .collect()
}

/// What chains are made from.
struct Tracer<'a> {
    app: &'a Application,
    sources: &'a Sources,
    places: &'a Places,
    component: Option<&'a Component>,
    /// The templates with their values.
    roots: &'a [(Arc<Definition>, Value)],
}

#[cfg(test)]
mod tests;
