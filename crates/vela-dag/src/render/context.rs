//! `context`: what templates see of the application around them.

use crate::data;
use crate::oam::{Application, Component};
use serde_json::{Value as Json, json};
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
#[derive(Clone)]
pub(super) struct AppContext {
    fields: Vec<(Arc<str>, Value)>,
}

impl AppContext {
    pub(super) fn new(
        app: &Application,
        components: &[Component],
        version: &ClusterVersion,
        cluster: &str,
    ) -> AppContext {
        let metadata = &app.metadata;
        let annotation = |name: &str| metadata.annotations.get(name).map_or("", String::as_str);
        let list: Vec<Json> = components.iter().map(Component::to_json).collect();
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
            ("components", data::value(&Json::Array(list))),
            ("cluster", data::text(cluster)),
            ("clusterVersion", data::value(&version)),
            ("publishVersion", data::text(annotation("app.oam.dev/publishVersion"))),
            ("workflowName", data::text(annotation("app.oam.dev/workflowName"))),
        ];
        AppContext {
            fields: fields.into_iter().map(|(name, value)| (Arc::from(name), value)).collect(),
        }
    }

    /// The context of a component, with more fields.
    pub(super) fn of_component(
        &self,
        component: &Component,
        parameter: &Value,
        more: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Value {
        let replica = component.replica_key.as_deref().unwrap_or_default();
        let own = [
            ("name", data::text(&component.name)),
            ("replicaKey", data::text(replica)),
            ("parameter", parameter.clone()),
        ];
        self.with(own.into_iter().chain(more))
    }

    /// The context with more fields.
    pub(super) fn with(&self, more: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let more = more.into_iter().map(|(name, value)| (Arc::from(name), value));
        Value::from_fields(self.fields.iter().cloned().chain(more))
    }
}
