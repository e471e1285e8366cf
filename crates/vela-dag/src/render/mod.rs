//! Rendering: from an application and definitions to manifests.
//!
//! Per component: its template is evaluated, then its traits in order, each of which sees the
//! workload as patched so far and may add objects, patch the workload and patch earlier objects.
//! The result is made concrete and gets names, namespaces, labels and annotations. All of it is a
//! pure function; what needs the outside is asked of [`Outside`], which denies everything unless an
//! embedder grants it.

mod blame;
mod component;
mod constraint;
mod context;
mod evaluate;
mod generated_name;
mod manifest;
mod outside;
mod pipeline;
mod policies;
mod referred;
mod renderer;
mod terraform;

pub(crate) use constraint::{Constraints, Placed};
pub use context::ClusterVersion;
pub use outside::{HttpRequest, HttpResponse, Outside};
pub(crate) use pipeline::{Traced, render_policy, renderings, traced, traced_policies};
pub use pipeline::{render, render_component};
pub(crate) use renderer::{Dependence, Renderer};

use serde_json::Value as Json;
use std::sync::Arc;
use vela_lang::Limits;

use crate::plan::Stage;

/// What rendering depends on beside application and definitions.
#[derive(Clone, Default)]
pub struct RenderOptions {
    /// The version of the cluster, as templates see it.
    pub cluster_version: ClusterVersion,
    /// What templates may ask of the outside; nothing where this is absent.
    pub outside: Option<Arc<dyn Outside>>,
    /// What one evaluation may use.
    pub limits: Limits,
}

impl std::fmt::Debug for RenderOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RenderOptions")
            .field("cluster_version", &self.cluster_version)
            .field("outside", &self.outside.is_some())
            .field("limits", &self.limits)
            .finish()
    }
}

/// A rendered object.
#[derive(Clone, PartialEq, Debug)]
pub struct Manifest {
    /// The component or policy that made it.
    pub component: String,
    /// Which part of it: empty for the workload, `trait/<type>/<output>` or `output/<name>` else.
    pub origin: String,
    /// When it is applied relative to the workload.
    pub stage: Stage,
    /// The object.
    pub object: Json,
}

#[cfg(test)]
mod tests;
