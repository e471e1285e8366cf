//! `context`: what templates see of the application around them.

use crate::data;
use crate::oam::{Application, Component, Definition};
use serde_json::{Value as Json, json};
use std::cell::OnceCell;
use std::sync::Arc;
use vela_lang::Value;

/// The version of a cluster.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ClusterVersion {
    /// Such as `1`.
    pub major: String,
    /// Such as `29`.
    pub minor: i64,
    /// Such as `v1.29.3`.
    pub git_version: String,
    /// Such as `linux/amd64`.
    pub platform: String,
}

/// The part of the context that all components of an application share.
pub(super) struct AppContext<'a> {
    fields: Vec<(&'static str, Value)>,
    components: &'a [Component],
    /// The components as values, made once somebody reads them.
    list: OnceCell<Value>,
}

/// What one template is given as `context`.
#[derive(Clone)]
pub(super) struct Context<'c> {
    shared: &'c AppContext<'c>,
    own: Vec<(&'static str, Value)>,
}

impl<'a> AppContext<'a> {
    pub(super) fn new(
        app: &'a Application,
        components: &'a [Component],
        version: &ClusterVersion,
        cluster: &str,
    ) -> AppContext<'a> {
        let metadata = &app.metadata;
        let annotation = |name: &str| metadata.annotations.get(name).map_or("", String::as_str);
        let version = json!({
            "major": version.major,
            "minor": version.minor,
            "gitVersion": version.git_version,
            "platform": version.platform,
        });
        let fields = vec![
            ("appName", data::text(&metadata.name)),
            ("namespace", data::text(metadata.namespace())),
            ("appRevision", data::text(&app.revision)),
            ("appRevisionNum", data::value(&json!(0))),
            ("revision", data::text("")),
            ("appLabels", data::texts(&metadata.labels)),
            ("appAnnotations", data::texts(&metadata.annotations)),
            ("cluster", data::text(cluster)),
            ("clusterVersion", data::value(&version)),
            ("publishVersion", data::text(annotation("app.oam.dev/publishVersion"))),
            ("workflowName", data::text(annotation("app.oam.dev/workflowName"))),
        ];
        AppContext { fields, components, list: OnceCell::new() }
    }

    /// The context of a component, with more fields.
    pub(super) fn of_component<'c>(
        &'c self,
        component: &Component,
        parameter: &Value,
        more: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Context<'c> {
        let replica = component.replica_key.as_deref().unwrap_or_default();
        let own = [
            ("name", data::text(&component.name)),
            ("replicaKey", data::text(replica)),
            ("parameter", parameter.clone()),
        ];
        self.with(own.into_iter().chain(more))
    }

    /// The context with more fields.
    pub(super) fn with<'c>(
        &'c self,
        more: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Context<'c> {
        Context { shared: self, own: more.into_iter().collect() }
    }
}

impl Context<'_> {
    /// What the template of a definition reads of it.
    pub(super) fn read_by(self, definition: &Definition) -> Value {
        let reads = definition.template.as_ref().map(|template| template.reads());
        let is_read = |name: &str| reads.is_some_and(|reads| reads.has(name));
        let list = is_read("components").then(|| {
            let make = || {
                let list: Vec<Json> =
                    self.shared.components.iter().map(Component::to_json).collect();
                data::value(&Json::Array(list))
            };
            ("components", self.shared.list.get_or_init(make).clone())
        });
        let shared = self.shared.fields.iter().cloned().chain(list);
        let fields = shared.chain(self.own).filter(|(name, _)| is_read(name));
        Value::from_fields(fields.map(|(name, value)| (Arc::from(name), value)))
    }
}
