//! Policies with a template: they render objects that see all that the components made.

use super::constraint::{Placed, objects_value};
use super::context::AppContext;
use super::evaluate::{Evaluation, Extent};
use super::manifest::finish_policy;
use super::pipeline::Traced;
use super::{Manifest, RenderOptions};
use crate::catalog::Catalog;
use crate::data;
use crate::error::Error;
use crate::oam::{Application, Definition, DefinitionKind, Policy};
use crate::plan::Stage;
use crate::policy;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use vela_lang::Value;

/// The definition of a policy; nothing for one that needs none.
///
/// # Errors
/// There is none of that name.
pub(super) fn load<'a>(
    catalog: &'a Catalog,
    policy: &Policy,
) -> Result<Option<&'a Arc<Definition>>, Error> {
    policy::check(policy)?;
    if policy::is_built_in(&policy.policy_type) {
        return Ok(None);
    }
    let definition = catalog.get(DefinitionKind::Policy, &policy.policy_type).map_err(|e| {
        e.within(format!(
            "fetch component/policy type of {}: cannot load template {:?} from cluster and \
             provided ones",
            policy.name, policy.policy_type
        ))
    })?;
    Ok(Some(definition))
}

/// Renders a policy.
///
/// # Errors
/// The template fails, or something is not concrete.
pub(super) fn render(
    catalog: &Catalog,
    options: &RenderOptions,
    app: &Application,
    context: &AppContext<'_>,
    (policy, definition): (&Policy, &Arc<Definition>),
    made: &[Placed<'_>],
) -> Result<Traced, Error> {
    let stage =
        || format!("evaluate base template policy={} app={}", policy.name, app.metadata.name);
    let empty = Json::Object(Map::new());
    let parameter = data::value(policy.properties.as_ref().unwrap_or(&empty));
    let context = context.with([
        ("name", data::text(&policy.name)),
        ("parameter", parameter.clone()),
        ("artifacts", data::value(&artifacts(made))),
        ("objects", objects_value(made.iter().copied())),
    ]);
    let (parameter, extent) = (Some(parameter), Extent::Whole);
    let evaluation = Evaluation::new(catalog, options, definition, parameter, context, extent)
        .map_err(|e| e.within(stage()))?;
    evaluation.validate().map_err(|report| {
        report
            .into_error()
            .within(format!("validation failed for policy {}", policy.name))
            .within(stage())
    })?;
    let root = evaluation.root;
    let failed = |what: &str, why: String| {
        Error::new(format!("failed to have the workload/trait unstructured: {what}{why}"))
            .within(stage())
    };
    let output = root.field("output");
    if output.is_none() && !super::constraint::constrains(definition) {
        return Err(failed("", String::from("field not found: output")));
    }
    let mut objects: Vec<(String, &Value)> =
        output.map(|output| (String::new(), output)).into_iter().collect();
    for (name, value) in root.field("outputs").into_iter().flat_map(Value::regular_fields) {
        objects.push((format!("output/{name}"), value));
    }
    let mut manifests = Vec::with_capacity(objects.len());
    for (origin, value) in objects {
        let object = super::component::object(value, "output")
            .map_err(|report| failed(&origin, report.to_string()))?;
        let manifest = Manifest {
            component: policy.name.clone(),
            origin,
            stage: Stage::DefaultDispatch,
            object: finish_policy(app, &policy.name, object),
        };
        manifests.push((manifest, value.clone()));
    }
    Ok(Traced { objects: manifests, roots: vec![(Arc::clone(definition), root)] })
}

/// What the components made, by component, then trait type and output.
fn artifacts(made: &[Placed<'_>]) -> Json {
    let mut artifacts = Map::new();
    for manifest in made {
        let name = manifest.component.name.clone();
        let component = artifacts.entry(name).or_insert_with(|| Json::Object(Map::new()));
        if manifest.origin.is_empty() {
            component["workload"] = manifest.object.clone();
            continue;
        }
        let mut parts = manifest.origin.splitn(3, '/');
        let (trait_type, output) = match (parts.next(), parts.next(), parts.next()) {
            (Some("trait"), Some(trait_type), Some(output)) => (trait_type, output),
            (_, Some(output), _) => ("AuxiliaryWorkload", output),
            _ => continue,
        };
        component["traits"][trait_type][output] = manifest.object.clone();
    }
    Json::Object(artifacts)
}
