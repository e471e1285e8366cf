//! Components of type `ref-objects`: they refer to objects of a cluster, which are not to be had here.

use crate::error::Error;
use crate::oam::Component;
use serde_json::Value as Json;

/// The type of components that refer to objects.
pub(super) const TYPE: &str = "ref-objects";

/// Why the objects of a component can't be had.
///
/// # Errors
/// Always, unless it refers to nothing.
pub(super) fn check(component: &Component) -> Result<(), Error> {
    if component.component_type != TYPE {
        return Ok(());
    }
    let properties = component.properties.as_ref();
    let list = |name: &str| properties.and_then(|p| p.get(name)).and_then(Json::as_array);
    if list("urls").is_some_and(|urls| !urls.is_empty()) {
        return Err(Error::new("referring objects from url is disabled"));
    }
    let Some(first) = list("objects").and_then(|objects| objects.first()) else { return Ok(()) };
    let text = |name: &str| first.get(name).and_then(Json::as_str).unwrap_or("");
    let what = if text("kind").is_empty() {
        format!("Resource={}", text("resource"))
    } else {
        format!("kind {:?} in version {:?}", text("kind"), text("apiVersion"))
    };
    Err(Error::new(format!(
        "no matches for {what}: component {} refers to objects of a cluster, and there is none here",
        component.name
    )))
}
