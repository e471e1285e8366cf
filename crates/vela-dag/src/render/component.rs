//! One component: its workload, and what its traits make of it.

use super::blame::Blame;
use super::context::{AppContext, Context};
use super::evaluate::{Evaluation, Extent};
use super::manifest::{Origin, finish};
use super::{Manifest, RenderOptions, terraform};
use crate::catalog::Catalog;
use crate::data;
use crate::error::Error;
use crate::oam::{Application, Component, Definition, DefinitionKind, label};
use crate::patch::{self, Strategy, Tags};
use crate::plan::Stage;
use crate::template::{Report, incomplete};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;
use vela_lang::syntax::ast;
use vela_lang::{Diagnostic, LabelKind, Value, ir::Presence};

/// How many traits a component has at most: each sees the work of all before it.
const TRAITS: usize = 1000;

/// What trait outputs of the component itself are labelled with.
const AUXILIARY: &str = "AuxiliaryWorkload";

/// A component with the definitions that it needs.
pub(super) struct Loaded<'a> {
    pub(super) component: &'a Component,
    pub(super) definition: &'a Arc<Definition>,
    pub(super) traits: Vec<&'a Arc<Definition>>,
}

/// Finds the definitions of a component.
///
/// # Errors
/// One is missing.
pub(super) fn load<'a>(
    catalog: &'a Catalog,
    component: &'a Component,
) -> Result<Loaded<'a>, Error> {
    if component.traits.len() > TRAITS {
        let message = format!(
            "component {} has {} traits; more than {TRAITS} are not rendered",
            component.name,
            component.traits.len()
        );
        let finding = Diagnostic::new("app/too-many", vela_lang::Class::Load, message);
        return Err(Error::of_findings(vec![finding.at(component.span)]));
    }
    let definition =
        catalog.get(DefinitionKind::Component, &component.component_type).map_err(|e| {
            e.within(format!(
                "fetch component/policy type of {}: cannot load template {:?} from cluster and \
                 provided ones",
                component.name, component.component_type
            ))
        })?;
    let traits = component
        .traits
        .iter()
        .map(|one| {
            catalog.get(DefinitionKind::Trait, &one.trait_type).map_err(|e| {
                let stage =
                    format!("component({}) parse trait({})", component.name, one.trait_type);
                e.within(stage)
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Loaded { component, definition, traits })
}

/// An object beside the workload, before it is made concrete.
struct Output {
    name: String,
    /// The type of the trait that made it, or [`AUXILIARY`].
    trait_type: String,
    value: Value,
    stage: Stage,
    workload_ref_path: String,
}

/// What a component and its traits are given as `parameter`, and what all of them see.
pub(super) struct Given<'g> {
    /// The application's part of `context`.
    pub(super) context: &'g AppContext<'g>,
    /// The parameters of the component.
    pub(super) parameter: Value,
    /// Those of its traits, in their order; nothing for one that is given none.
    pub(super) traits: Vec<Option<Value>>,
    /// How much of the templates' values is wanted.
    pub(super) extent: Extent,
}

impl<'g> Given<'g> {
    /// The parameters as the component has them.
    pub(super) fn of(component: &Component, context: &'g AppContext<'g>) -> Given<'g> {
        let empty = Json::Object(Map::new());
        let traits = component.traits.iter();
        Given {
            context,
            parameter: data::value(component.properties.as_ref().unwrap_or(&empty)),
            traits: traits.map(|one| one.properties.as_ref().map(data::value)).collect(),
            extent: Extent::Parts,
        }
    }
}

/// What a component and its traits evaluate to, before it is made concrete.
#[derive(Default)]
pub(super) struct Made {
    workload: Option<Value>,
    parameters: Option<Value>,
    outputs: Vec<Output>,
    /// The templates with their values, in the order of evaluation.
    pub(super) roots: Vec<(Arc<Definition>, Value)>,
}

impl Made {
    /// The values that the manifests come from, in their order.
    pub(super) fn objects(&self) -> impl Iterator<Item = &Value> {
        self.workload.iter().chain(self.outputs.iter().map(|output| &output.value))
    }
}

/// Renders a component.
///
/// # Errors
/// The template or a trait fails, or something is not concrete.
pub(super) fn render(
    catalog: &Catalog,
    options: &RenderOptions,
    app: &Application,
    context: &AppContext<'_>,
    loaded: &Loaded<'_>,
) -> Result<Vec<Manifest>, Error> {
    let given = Given::of(loaded.component, context);
    let made = evaluate(catalog, options, app, loaded, &given)?;
    manifests(app, loaded, &made).or_else(|_| {
        // What is missing is told together with the parameters.
        let given = Given { extent: Extent::Whole, ..given };
        manifests(app, loaded, &evaluate(catalog, options, app, loaded, &given)?)
            .map_err(|e| blamed(catalog, app, loaded, None, e))
    })
}

/// A failure of a component or, with an index, of one of its traits, with its places in the application.
fn blamed(
    catalog: &Catalog,
    app: &Application,
    loaded: &Loaded<'_>,
    of_trait: Option<usize>,
    error: Error,
) -> Error {
    let definition = of_trait.map_or(loaded.definition, |at| loaded.traits[at]);
    Blame::new(app, loaded.component, of_trait, definition, catalog.sources()).place(error)
}

/// Evaluates a component's template, and those of its traits one after the other.
///
/// # Errors
/// The template or a trait fails.
pub(super) fn evaluate(
    catalog: &Catalog,
    options: &RenderOptions,
    app: &Application,
    loaded: &Loaded<'_>,
    given: &Given<'_>,
) -> Result<Made, Error> {
    let component = loaded.component;
    let blame = |of_trait, error| blamed(catalog, app, loaded, of_trait, error);
    let mut made = Made::default();
    match &loaded.definition.terraform {
        Some(module) => {
            let config = terraform::configuration(app, component, loaded.definition, module)
                .map_err(|e| {
                    e.within(format!(
                        "failed to generate Terraform Configuration workload for workload {}",
                        component.name
                    ))
                })?;
            made.workload = Some(data::value(&config));
        }
        None => {
            let context = given.context.of_component(component, &given.parameter, []);
            let root = base_template(catalog, options, app, loaded, given, context)
                .map_err(|e| blame(None, e))?;
            collect(&root, AUXILIARY, loaded.definition, &mut made.outputs);
            made.parameters = root.field("parameter").cloned();
            made.workload = root.field("output").cloned();
            made.roots.push((Arc::clone(loaded.definition), root));
        }
    };
    let traits = component.traits.iter().zip(&loaded.traits).zip(&given.traits);
    for (at, ((one, definition), parameter)) in traits.enumerate() {
        let is_read = |field: &str| {
            definition.template.as_ref().is_some_and(|template| template.reads().has(field))
        };
        let mut more = vec![("componentType", data::text(&component.component_type))];
        if is_read("outputs") {
            let rendered = made.outputs.iter();
            let rendered = rendered.map(|o| (Arc::from(o.name.as_str()), o.value.clone()));
            more.push(("outputs", Value::from_fields(rendered)));
        }
        let stage = || format!("evaluate template trait={} app={}", one.trait_type, component.name);
        // Traits see the workload as data: it has to be concrete by now.
        let output = marshalled(made.workload.as_ref(), is_read("output"))
            .map_err(|e| blame(None, e).within(stage()))?;
        more.extend(output.map(|output| ("output", output)));
        let context = given.context.of_component(component, &given.parameter, more);
        let parameter = (parameter.clone(), given.extent);
        apply_trait(catalog, options, definition, parameter, context, &mut made)
            .map_err(|e| blame(Some(at), e).within(stage()))?;
    }
    Ok(made)
}

/// The workload as data, if somebody reads it; what is not concrete is an error anyway.
fn marshalled(base: Option<&Value>, is_read: bool) -> Result<Option<Value>, Error> {
    let failed = |findings: Vec<Diagnostic>| {
        let texts: Vec<String> =
            findings.iter().map(|f| format!("{}: {}", f.path, f.message)).collect();
        Error::new(format!("cue: marshal error: {}", texts.join("\n"))).with_findings(findings)
    };
    match base {
        None => Err(Error::new("cue: marshal error: field not found: output")),
        Some(base) if base.is_data() => Ok(is_read.then(|| data::settled(base))),
        Some(base) => {
            Err(failed(base.data().err().map(|e| e.into_diagnostics()).unwrap_or_default()))
        }
    }
}

fn base_template(
    catalog: &Catalog,
    options: &RenderOptions,
    app: &Application,
    loaded: &Loaded<'_>,
    given: &Given<'_>,
    context: Context<'_>,
) -> Result<Value, Error> {
    let name = &loaded.component.name;
    let stage = || {
        let app = &app.metadata;
        format!("evaluate base template app={} in namespace={}", app.name, app.namespace())
    };
    let parameter = Some(given.parameter.clone());
    let evaluation =
        Evaluation::new(catalog, options, loaded.definition, parameter, context, given.extent)
            .map_err(|e| {
                e.within(format!(
                    "failed to compile workload {name} after merge parameter and context"
                ))
                .within(stage())
            })?;
    evaluation.validate().map_err(|report| {
        report.into_error().within(format!("validation failed for workload {name}")).within(stage())
    })?;
    Ok(evaluation.root)
}

/// Appends the objects of `outputs`.
fn collect(root: &Value, trait_type: &str, definition: &Definition, outputs: &mut Vec<Output>) {
    let Some(fields) = root.field("outputs") else { return };
    for field in fields.fields() {
        if field.kind == LabelKind::Regular && field.presence == Presence::Regular {
            outputs.push(Output {
                name: field.label.to_string(),
                trait_type: trait_type.to_owned(),
                value: field.value.clone(),
                stage: definition.spec.stage,
                workload_ref_path: definition.spec.workload_ref_path.clone(),
            });
        }
    }
}

fn apply_trait(
    catalog: &Catalog,
    options: &RenderOptions,
    definition: &Arc<Definition>,
    (parameter, extent): (Option<Value>, Extent),
    context: Context<'_>,
    made: &mut Made,
) -> Result<(), Error> {
    let name = &definition.metadata.name;
    let mut evaluation = Evaluation::new(catalog, options, definition, parameter, context, extent)
        .map_err(|e| e.within(format!("validation failed for trait {name}")))?;
    let checked = |evaluation: &Evaluation<'_>| {
        evaluation.validate().map_err(|report| {
            report.into_error().within(format!("validation failed for trait {name}"))
        })
    };
    checked(&evaluation)?;
    if evaluation.root.field("processing").is_some() {
        evaluation.process().map_err(|e| e.within(format!("invalid process of trait {name}")))?;
        checked(&evaluation)?;
    }
    if let Some(base) = &made.workload {
        evaluation.lengthen_patch(base)?;
    }
    let root = evaluation.root;
    collect(&root, name, definition, &mut made.outputs);
    if let Some(patch) = root.field("patch") {
        let stage = || format!("invalid patch trait {name} into workload");
        let Some(before) = &made.workload else {
            return Err(Error::new("cue: marshal error: field not found: output").within(stage()));
        };
        let after = patched(before, patch, strategy(definition)).map_err(|e| e.within(stage()))?;
        made.workload = Some(after);
    }
    for field in root.field("patchOutputs").into_iter().flat_map(|patches| patches.fields()) {
        for output in made.outputs.iter_mut().filter(|output| output.name == *field.label) {
            output.value = merged(&output.value, &field.value).map_err(|e| {
                e.within(format!(
                    "invalid patch trait {name} into auxiliary workload {}",
                    field.label
                ))
            })?;
        }
    }
    made.roots.push((Arc::clone(definition), root));
    Ok(())
}

fn patched(base: &Value, patch: &Value, strategy: Strategy) -> Result<Value, Error> {
    let concrete = |value: &Value| {
        value
            .data()
            .map(|data| data::json(&data))
            .map_err(|e| Error::new(format!("cue: marshal error: {e}")))
    };
    match strategy {
        Strategy::JsonPatch => {
            let mut json = concrete(base)?;
            let given = concrete(patch)?;
            let operations =
                given.get("operations").and_then(Json::as_array).cloned().unwrap_or_default();
            patch::json_patch(&mut json, &operations)
                .map_err(|e| Error::new(format!("failed to apply json patch: {e}")))?;
            Ok(data::value_from(&json, base, patch))
        }
        Strategy::JsonMergePatch => {
            let mut json = concrete(base)?;
            patch::json_merge_patch(&mut json, &concrete(patch)?);
            Ok(data::value_from(&json, base, patch))
        }
        _ => merged(base, patch),
    }
}

fn merged(base: &Value, patch: &Value) -> Result<Value, Error> {
    patch::merge(base, patch)
        .map_err(|conflict| Error::new(format!("result check err: {conflict}")))
}

/// What the comment above the whole patch says.
fn strategy(definition: &Definition) -> Strategy {
    let mut open: Vec<&ast::Decl> =
        definition.template.iter().flat_map(|template| &template.file.decls).rev().collect();
    while let Some(decl) = open.pop() {
        match decl {
            ast::Decl::Field(field) if label(&field.label).as_deref() == Some("patch") => {
                let collapsed =
                    matches!(&field.value, ast::Expr::Struct(lit) if lit.braces.is_none());
                let lines = field.comments.doc.iter().flat_map(|group| &group.lines);
                let tags = Tags::of_lines(lines.map(|line| line.as_str()));
                if !collapsed && tags.strategy != Strategy::Unify {
                    return tags.strategy;
                }
            }
            ast::Decl::Comprehension(comprehension) => {
                open.extend(comprehension.body.decls.iter().rev());
            }
            _ => {}
        }
    }
    Strategy::Unify
}

/// Makes what was evaluated concrete and complete.
///
/// # Errors
/// Something is not concrete, or is no object.
pub(super) fn manifests(
    app: &Application,
    loaded: &Loaded<'_>,
    made: &Made,
) -> Result<Vec<Manifest>, Error> {
    let component = loaded.component;
    let workload = workload(component, made.workload.as_ref(), made.parameters.as_ref())?;
    let mut manifests = Vec::with_capacity(1 + made.outputs.len());
    let workload = finish(app, component, workload, &Origin::Workload);
    let reference = json!({
        "apiVersion": workload.get("apiVersion").cloned().unwrap_or_default(),
        "kind": workload.get("kind").cloned().unwrap_or_default(),
        "name": workload.pointer("/metadata/name").cloned().unwrap_or_default(),
    });
    manifests.push(Manifest {
        component: component.name.clone(),
        origin: String::new(),
        stage: Stage::DefaultDispatch,
        object: workload,
    });
    for output in &made.outputs {
        let mut object =
            object(&output.value, &format!("outputs.{}", output.name)).map_err(|report| {
                let texts: Vec<String> = report
                    .template
                    .iter()
                    .chain(&report.parameter)
                    .map(|f| format!("{}: {}", f.path, f.message))
                    .collect();
                Error::new(format!(
                    "failed to have the workload/trait unstructured: {}",
                    texts.join("\n")
                ))
                .with_findings(report.template)
                .within(format!(
                    "evaluate trait={} template for component={} app={}",
                    output.name, component.name, app.metadata.name
                ))
            })?;
        let auxiliary = output.trait_type == AUXILIARY;
        let origin = Origin::Trait { trait_type: &output.trait_type, output: &output.name };
        // The name depends on the object as the template makes it: the reference comes after.
        object = finish(app, component, object, &origin);
        if !output.workload_ref_path.is_empty() {
            set_path(&mut object, &output.workload_ref_path, reference.clone());
        }
        manifests.push(Manifest {
            component: component.name.clone(),
            origin: if auxiliary {
                format!("output/{}", output.name)
            } else {
                format!("trait/{}/{}", output.trait_type, output.name)
            },
            stage: output.stage,
            object,
        });
    }
    Ok(manifests)
}

fn workload(
    component: &Component,
    base: Option<&Value>,
    parameters: Option<&Value>,
) -> Result<Json, Error> {
    let stage = || format!("cannot generate manifests from component {}", component.name);
    let Some(base) = base else {
        let finding =
            Diagnostic::new("def/no-output", vela_lang::Class::Load, "field not found: output");
        return Err(Report::of(vec![finding]).into_error().within(stage()));
    };
    object(base, "").map_err(|mut report| {
        if let Some(parameters) = parameters {
            report.add(incomplete(parameters, "parameter"));
        }
        report.into_error().within(stage())
    })
}

/// A value as an object with a kind.
pub(super) fn object(value: &Value, prefix: &str) -> Result<Json, Report> {
    let object = data::json_of(value).ok_or_else(|| Report::of(incomplete(value, prefix)))?;
    match object.get("kind").and_then(Json::as_str) {
        Some(kind) if !kind.is_empty() => Ok(object),
        _ => {
            let text = format!("Object 'Kind' is missing in '{object}'");
            let finding = Diagnostic::new("def/no-kind", vela_lang::Class::Load, text);
            Err(Report::of(vec![finding.path(prefix.to_owned())]))
        }
    }
}

/// Sets the value at a dotted path, making objects on the way.
fn set_path(object: &mut Json, path: &str, value: Json) {
    let mut at = object;
    for name in path.split('.') {
        if !at.is_object() {
            *at = Json::Object(Map::new());
        }
        let Json::Object(members) = at else { return };
        at = members.entry(name.to_owned()).or_insert(Json::Null);
    }
    *at = value;
}
