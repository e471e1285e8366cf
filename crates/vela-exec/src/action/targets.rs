//! The executors that a run has.

use crate::executor::Executor;
use std::collections::BTreeMap;
use std::sync::Arc;
use vela_dag::plan::Target;

/// Executors by the kind of their targets, and which of them is home.
#[derive(Clone)]
pub struct Targets {
    by_kind: BTreeMap<String, Arc<dyn Executor>>,
    home: String,
}

impl Targets {
    /// Targets with an executor for objects that belong nowhere else.
    #[must_use]
    pub fn new(home: Arc<dyn Executor>) -> Targets {
        let kind = home.kind().to_owned();
        Targets { by_kind: BTreeMap::from([(kind.clone(), home)]), home: kind }
    }

    /// Adds an executor, in the place of another of its kind.
    #[must_use]
    pub fn with(mut self, executor: Arc<dyn Executor>) -> Targets {
        self.by_kind.insert(executor.kind().to_owned(), executor);
        self
    }

    /// The executor of a target.
    ///
    /// # Errors
    /// There is none of its kind: which there are.
    pub fn of(&self, target: &Target) -> Result<&Arc<dyn Executor>, String> {
        self.by_kind.get(&target.kind).ok_or_else(|| {
            let known: Vec<&str> = self.by_kind.keys().map(String::as_str).collect();
            format!(
                "there is no target of kind \"{}\" here; known are: {}",
                target.kind,
                known.join(", ")
            )
        })
    }

    /// The place of objects that a step applies on its own.
    #[must_use]
    pub fn home(&self, cluster: &str, namespace: &str) -> Target {
        Target {
            kind: self.home.clone(),
            cluster: if cluster.is_empty() { "local" } else { cluster }.to_owned(),
            namespace: namespace.to_owned(),
        }
    }
}
