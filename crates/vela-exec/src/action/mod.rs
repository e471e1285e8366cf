//! What steps can do: the [`Action`]s behind the calls of their templates.
//!
//! A call names a provider and an action (`kube` `apply`); a [`Registry`] finds the [`Action`] of that
//! name. The old package `op` calls the same ones; where its results have another shape, the call says so
//! ([`Call::returns`]). Embedders add their own. Calls that steer the workflow itself (`wait`, `suspend`, …) never come here:
//! the engine handles them.
//!
//! What an action needs from outside it gets by its [`Context`]; what the embedder has not granted (an
//! HTTP client, mail, metrics) is an error that says so.

mod config;
mod convert;
mod denied;
mod email;
mod http;
mod kube;
mod metrics;
mod oam;
mod query;
pub(crate) mod rights;
mod schema;
mod targets;
mod terraform;

pub use email::{Mail, Mailer, SendEmail};
pub use http::{HttpClient, HttpError, HttpRequest, HttpResponse};
pub use schema::{Field, FieldKind};
pub use targets::Targets;
pub use terraform::{Cloud, CloudRequest, CloudState, Terraform};

use crate::duration::Millis;
use crate::engine::{Adopt, Graph, Outcome};
use crate::executor::{BoxFuture, Cancel, EffectKey, Progress};
use crate::store::StateStore;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_dag::plan::{Node, Plan};
use vela_dag::step::Call;

/// What making a call means for the world.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing changes: it can be made again at will.
    Read,
    /// It makes something as it shall be: made again, it looks first and changes nothing.
    Idempotent,
    /// Each time it is made, something happens: its result is kept, and it is never repeated unless it is
    /// known not to have worked.
    Once,
}

/// A behaviour that steps can call.
pub trait Action: Send + Sync {
    /// The names it has: providers and actions.
    fn names(&self) -> Vec<(&str, &str)>;

    /// Its parameters.
    fn schema(&self) -> &[Field];

    /// What making a call with these parameters means.
    fn effect(&self, params: &Json) -> Effect;

    /// Makes a call. The parameters fit the schema.
    fn run<'a>(&'a self, context: &'a Context<'a>, params: &'a Json) -> BoxFuture<'a, Outcome>;
}

/// What a call is made with.
pub struct Context<'a> {
    /// The run.
    pub run: &'a str,
    /// What is run.
    pub graph: &'a Graph,
    /// The step that calls.
    pub step: &'a Node,
    /// The call.
    pub call: &'a Call,
    /// Which pass of the step it is.
    pub pass: u32,
    /// The time.
    pub now: Millis,
    /// Which objects that are there already may become the application's.
    pub adopt: Adopt,
    /// What the step finds under `context`.
    pub context: &'a Json,
    /// Where things are applied.
    pub targets: &'a Targets,
    /// Where state is kept.
    pub store: &'a dyn StateStore,
    /// How requests are sent, where the embedder grants it.
    pub http: Option<&'a dyn HttpClient>,
    /// Set when the result does not matter any more.
    pub cancel: &'a Cancel,
    /// Where progress is told.
    pub progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl<'a> Context<'a> {
    /// The Plan that is run.
    #[must_use]
    pub fn plan(&self) -> &'a Plan {
        self.graph.plan()
    }

    /// The key of the effect: the same for the same call of the same pass, on every resumption.
    #[must_use]
    pub fn key(&self) -> EffectKey {
        EffectKey {
            run: self.run.to_owned(),
            node: format!("{}#{}", self.step.id.0, self.call.path),
            attempt: self.pass,
        }
    }

    /// The application's namespace and name: `default/shop`.
    #[must_use]
    pub fn application(&self) -> String {
        let application = &self.plan().application;
        format!("{}/{}", application.namespace, application.name)
    }
}

/// The actions that steps can call.
#[derive(Clone, Default)]
pub struct Registry {
    by_name: BTreeMap<String, Arc<dyn Action>>,
}

impl Registry {
    /// No actions at all.
    #[must_use]
    pub fn empty() -> Registry {
        Registry::default()
    }

    /// The built-in ones.
    #[must_use]
    pub fn built_in() -> Registry {
        let mut registry = Registry::empty();
        for action in kube::actions()
            .into_iter()
            .chain(oam::actions())
            .chain(query::actions())
            .chain(config::actions())
            .chain(convert::actions())
            .chain(denied::actions())
        {
            registry.add(action);
        }
        registry.add(Arc::new(http::Request));
        registry.add(Arc::new(email::SendEmail::denied()));
        registry.add(Arc::new(Cloud::default()));
        registry.add(Arc::new(metrics::PromCheck));
        registry
    }

    /// Adds an action, in the place of others of the same names.
    pub fn add(&mut self, action: Arc<dyn Action>) {
        let names: Vec<String> =
            action.names().iter().map(|(provider, name)| format!("{provider}/{name}")).collect();
        for name in names {
            self.by_name.insert(name, Arc::clone(&action));
        }
    }

    /// The same actions, each of them inside another one.
    #[must_use]
    pub fn wrapped(self, wrap: impl Fn(Arc<dyn Action>) -> Arc<dyn Action>) -> Registry {
        let wrapped = self.by_name.into_iter().map(|(name, action)| (name, wrap(action)));
        Registry { by_name: wrapped.collect() }
    }

    /// The action that a call means.
    #[must_use]
    pub fn find(&self, call: &Call) -> Option<&Arc<dyn Action>> {
        self.by_name.get(&format!("{}/{}", call.provider, call.action))
    }

    /// What making a call means; calls that nobody knows change nothing.
    #[must_use]
    pub fn effect(&self, call: &Call) -> Effect {
        self.find(call).map_or(Effect::Read, |action| action.effect(&call.params))
    }

    /// The names of all actions, with their parameters, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Field])> {
        self.by_name.iter().map(|(name, action)| (name.as_str(), action.schema()))
    }

    /// Makes a call.
    pub async fn run(&self, context: &Context<'_>) -> Outcome {
        let call = context.call;
        let Some(action) = self.find(call) else {
            return Outcome::Error {
                message: format!(
                    "there is no action {} of provider {:?}; update the definition, or register the action",
                    call.action, call.provider
                ),
            };
        };
        if let Err(message) = schema::check(action.schema(), &call.params) {
            return Outcome::Error {
                message: format!("{} {}: {message}", call.provider, call.action),
            };
        }
        action.run(context, &call.params).await
    }
}

/// An error that may go away.
fn error(message: impl ToString) -> Outcome {
    Outcome::Error { message: message.to_string() }
}

fn text<'a>(params: &'a Json, key: &str) -> &'a str {
    params.get(key).and_then(Json::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
