//! Components that are Terraform modules: they become `Configuration` objects.

use crate::error::Error;
use crate::oam::{Application, Component, Definition, Terraform};
use serde_json::{Map, Value as Json, json};

/// Parameters that are not variables of the module.
const RESERVED: [&str; 5] = [
    "writeConnectionSecretToRef",
    "providerRef",
    "gitCredentialsSecretReference",
    "forceDelete",
    "customRegion",
];

/// The object of a component.
///
/// # Errors
/// The definition has no module.
pub(super) fn configuration(
    app: &Application,
    component: &Component,
    definition: &Definition,
    module: &Terraform,
) -> Result<Json, Error> {
    if module.configuration.is_empty() {
        return Err(Error::new("terraform configuration is not set"));
    }
    let given = component.properties.as_ref().and_then(Json::as_object);
    let given = |name: &str| given.and_then(|properties| properties.get(name)).cloned();
    let mut spec = Map::new();
    spec.insert(String::from("gitRef"), json!({}));
    match module.module_type.as_str() {
        "hcl" => {
            spec.insert(String::from("hcl"), json!(module.configuration));
        }
        "remote" => {
            spec.insert(String::from("remote"), json!(module.configuration));
            if !module.path.is_empty() {
                spec.insert(String::from("path"), json!(module.path));
            }
        }
        _ => {}
    }
    let mut secret = given("writeConnectionSecretToRef").or(module.connection_secret.clone());
    if let Some(Json::Object(secret)) = &mut secret {
        let namespace = secret.get("namespace").and_then(Json::as_str).unwrap_or("");
        if namespace.is_empty() {
            secret.insert(String::from("namespace"), json!(app.metadata.namespace()));
        }
    }
    let region = (!module.region.is_empty()).then(|| json!(module.region));
    for (name, value) in [
        ("writeConnectionSecretToRef", secret),
        ("providerRef", given("providerRef").or(module.provider_ref.clone())),
        (
            "gitCredentialsSecretReference",
            given("gitCredentialsSecretReference").or(module.git_credentials.clone()),
        ),
        ("forceDelete", given("forceDelete")),
        ("customRegion", given("customRegion").or(region)),
        ("deleteResource", module.delete_resource.map(Json::Bool)),
    ] {
        if let Some(value) = value {
            spec.insert(name.to_owned(), value);
        }
    }
    if let Some(Json::Object(properties)) = &component.properties {
        let variables: Map<String, Json> = properties
            .iter()
            .filter(|(name, _)| !RESERVED.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        spec.insert(String::from("variable"), Json::Object(variables));
    }
    Ok(json!({
        "apiVersion": "terraform.core.oam.dev/v1beta2",
        "kind": "Configuration",
        "metadata": {
            "name": component.name,
            "creationTimestamp": null,
            "annotations": definition.metadata.annotations,
        },
        "spec": spec,
        "status": {"apply": {}, "destroy": {}},
    }))
}
