//! What the state knows of runs: their events, any moment of them, what they did when; and going back to
//! what an earlier one deployed.

use super::{Runtime, source_key};
use crate::bundle::Bundle;
use crate::error::Error;
use std::sync::Arc;
use vela_dag::plan::PlanOptions;
use vela_exec::driver::{Ended, Watch};
use vela_exec::engine::{Record, RunPhase};
use vela_exec::replay::{self, Moment};
use vela_exec::store::{self, RunMeta};
use vela_exec::timeline::{self, Timeline};

impl Runtime {
    /// All runs of an application, oldest first.
    ///
    /// # Errors
    /// There is no such application, or the state does not work.
    pub fn history(&self, namespace: &str, name: &str) -> Result<Vec<RunMeta>, Error> {
        let runs = store::runs(&*self.store, namespace, name)?;
        if runs.is_empty() {
            return Err(Error::unknown_application(namespace, name));
        }
        Ok(runs)
    }

    /// A run by what people call it: an application (its last run), `APP/NUMBER`, or
    /// `NAMESPACE/APP/NUMBER`.
    ///
    /// # Errors
    /// There is no such run, or the state does not work.
    pub fn find_run(&self, namespace: &str, text: &str) -> Result<RunMeta, Error> {
        let parts: Vec<&str> = text.split('/').collect();
        let (namespace, name, number) = match parts[..] {
            [name] => return self.last(namespace, name),
            [name, number] => (namespace, name, number),
            [namespace, name, number] => (namespace, name, number),
            _ => return Err(Error::unknown_run(text)),
        };
        let number: u64 = number.parse().map_err(|_| Error::unknown_run(text))?;
        let id = format!("{namespace}/{name}/{number:06}");
        store::load_run(&*self.store, &id)?.ok_or_else(|| Error::unknown_run(text))
    }

    /// A run's events from a number on.
    ///
    /// # Errors
    /// The state does not work.
    pub fn events(&self, run: &RunMeta, from: u64) -> Result<Vec<Record>, Error> {
        Ok(self.store.events(&run.id, from)?)
    }

    /// What a run did when, up to now.
    ///
    /// # Errors
    /// The state does not work, or the run's log can't be read.
    pub fn timeline(&self, run: &RunMeta) -> Result<Timeline, Error> {
        let log = self.events(run, 0)?;
        let plan = Arc::clone(&run.plan);
        timeline::timeline(&plan, &log, self.clock.now())
            .map_err(|why| Error::replay(&run.id, &why))
    }

    /// A run as it was right after one of its events; as it is, where none is named.
    ///
    /// # Errors
    /// The state does not work, or the run has no such event.
    pub fn moment(&self, run: &RunMeta, until: Option<u64>) -> Result<Moment, Error> {
        let log = self.events(run, 0)?;
        let plan = Arc::clone(&run.plan);
        replay::moment(plan, &log, until).map_err(|why| Error::replay(&run.id, &why))
    }

    /// The texts that a run was made of.
    ///
    /// # Errors
    /// The state does not work, or does not have them.
    pub fn texts(&self, run: &RunMeta) -> Result<Bundle, Error> {
        let application = &run.plan.application;
        let key = source_key(&application.namespace, &application.name, &run.plan.hash);
        self.kept(&key)?.ok_or_else(|| Error::unknown_run(&run.id))
    }

    /// The run that a rollback goes back to: the last one before the present that succeeded with another
    /// Plan.
    ///
    /// # Errors
    /// There is none, or the state does not work.
    pub fn rollback_target(&self, namespace: &str, name: &str) -> Result<RunMeta, Error> {
        let mut runs = self.history(namespace, name)?;
        let present = runs.pop().map(|run| run.plan.hash.clone()).unwrap_or_default();
        runs.into_iter()
            .rev()
            .find(|run| run.phase == RunPhase::Succeeded && run.plan.hash != present)
            .ok_or_else(|| Error::nothing_to_roll_back_to(namespace, name))
    }

    /// Deploys again what an earlier run deployed, with the definitions that it had.
    ///
    /// # Errors
    /// As [`Runtime::up`]'s.
    pub async fn rollback(&self, to: &RunMeta, watch: Watch) -> Result<Ended, Error> {
        let bundle = self.texts(to)?;
        let opened = bundle.read_with(self.secrets.clone())?;
        let plan = opened.plan(&PlanOptions::default())?;
        self.up_planned(&bundle, &opened, &plan, watch).await
    }
}
