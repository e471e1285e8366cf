//! `terraform`: cloud resources, by a [`Terraform`] that the embedder grants.
//!
//! Vela has no target of its own for them yet. What steps ask of one stands here as a trait, so that the
//! steps work as they are once somebody gives it.

use super::schema::{Field, FieldKind, optional, required};
use super::{Action, Context, Effect, error, text};
use crate::engine::Outcome;
use crate::executor::{BoxFuture, Cancel};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// What a step wants of cloud resources.
#[derive(Clone, PartialEq, Debug)]
pub struct CloudRequest {
    /// The key of the effect: the same key is the same wish, and has its effect once.
    pub key: String,
    /// The application's namespace.
    pub namespace: String,
    /// The application, or the connection that is asked about.
    pub name: String,
    /// The environment; empty for none.
    pub env: String,
    /// The policy that has the environment; empty for the first that does.
    pub policy: String,
    /// Clusters and namespaces that the results are shared with: `{cluster, namespace}` each.
    pub placements: Vec<Json>,
}

/// How far cloud resources are.
#[derive(Clone, PartialEq, Debug)]
pub enum CloudState {
    /// They are there, with what they give.
    Ready {
        /// Their outputs.
        outputs: Json,
    },
    /// They are being made: ask again.
    Waiting {
        /// What for.
        on: String,
    },
}

/// Drives Terraform, or what does the same. Wishes are idempotent: the same one again makes nothing new.
pub trait Terraform: Send + Sync {
    /// Makes the cloud resources of an application's components in an environment.
    fn deploy<'a>(
        &'a self,
        request: &'a CloudRequest,
        cancel: &'a Cancel,
    ) -> BoxFuture<'a, Result<CloudState, String>>;

    /// Brings what they give to clusters and namespaces.
    fn share<'a>(
        &'a self,
        request: &'a CloudRequest,
        cancel: &'a Cancel,
    ) -> BoxFuture<'a, Result<CloudState, String>>;

    /// Whether a provider can be reached, by its name.
    fn connected<'a>(
        &'a self,
        request: &'a CloudRequest,
        cancel: &'a Cancel,
    ) -> BoxFuture<'a, Result<bool, String>>;
}

/// The actions of `terraform`.
#[derive(Default)]
pub struct Cloud {
    terraform: Option<Arc<dyn Terraform>>,
}

impl Cloud {
    /// Those of a Terraform; without one steps that want it fail with a reason.
    #[must_use]
    pub fn by(terraform: Arc<dyn Terraform>) -> Cloud {
        Cloud { terraform: Some(terraform) }
    }
}

const DEPLOY: &str = "deploy-cloud-resource";
const SHARE: &str = "share-cloud-resource";
const STATUS: &str = "get-connection-status";

impl Action for Cloud {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("terraform", DEPLOY), ("terraform", SHARE), ("terraform", STATUS)]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[
            required("name", FieldKind::Text, "the application, or the connection"),
            optional("namespace", FieldKind::Text, "its namespace"),
            optional("env", FieldKind::Text, "the environment"),
            optional("policy", FieldKind::Text, "the policy that has it"),
            optional("placements", FieldKind::List, "where results are shared"),
        ];
        FIELDS
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Idempotent
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Some(terraform) = &self.terraform else {
                return error(
                    "driving Terraform is not granted here: the embedding program has to give one \
                     (`action::Cloud::by`)",
                );
            };
            let request = CloudRequest {
                key: context.key().to_string(),
                namespace: text(params, "namespace").to_owned(),
                name: text(params, "name").to_owned(),
                env: text(params, "env").to_owned(),
                policy: text(params, "policy").to_owned(),
                placements: params
                    .get("placements")
                    .and_then(Json::as_array)
                    .cloned()
                    .unwrap_or_default(),
            };
            let state = match context.call.action.as_str() {
                DEPLOY => terraform.deploy(&request, context.cancel).await,
                SHARE => terraform.share(&request, context.cancel).await,
                _ => {
                    let connected = terraform.connected(&request, context.cancel).await;
                    connected
                        .map(|healthy| CloudState::Ready { outputs: json!({ "healthy": healthy }) })
                }
            };
            match state {
                Ok(CloudState::Ready { outputs: Json::Object(outputs) }) => {
                    Outcome::Value { value: Json::Object(outputs) }
                }
                Ok(CloudState::Ready { .. }) => Outcome::Value { value: Json::Object(Map::new()) },
                Ok(CloudState::Waiting { on }) => Outcome::Wait { message: on },
                Err(why) => error(why),
            }
        })
    }
}
