//! Actions that need what only an embedder can give: until one registers them, a clear error.

use super::schema::Field;
use super::{Action, Context, Effect, error};
use crate::engine::Outcome;
use crate::executor::BoxFuture;
use serde_json::Value as Json;
use std::sync::Arc;

struct Denied {
    names: &'static [(&'static str, &'static str)],
    what: &'static str,
}

const ALL: &[Denied] = &[
    Denied {
        names: &[
            ("query", "searchEvents"),
            ("query", "collectLogsInPod"),
            ("query", "getApplicationTree"),
        ],
        what: "searching clusters",
    },
    Denied { names: &[("helm", "render")], what: "rendering Helm charts" },
];

pub(super) fn actions() -> Vec<Arc<dyn Action>> {
    ALL.iter().map(|denied| Arc::new(Denied { ..*denied }) as Arc<dyn Action>).collect()
}

impl Action for Denied {
    fn names(&self) -> Vec<(&str, &str)> {
        self.names.to_vec()
    }

    fn schema(&self) -> &[Field] {
        &[]
    }

    fn effect(&self, _params: &Json) -> Effect {
        Effect::Read
    }

    fn run<'a>(&'a self, context: &'a Context<'a>, _params: &'a Json) -> BoxFuture<'a, Outcome> {
        let message = format!(
            "{} is not granted here: the embedding program has to register an action {} of provider {:?}",
            self.what, context.call.action, context.call.provider
        );
        Box::pin(std::future::ready(error(message)))
    }
}
