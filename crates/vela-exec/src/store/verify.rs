//! Looking through a whole state, and giving back what nobody needs any more.

use super::{StateStore, StoreError, Table, Transaction, load_run, run_ids};
use crate::engine::{Graph, RunPhase, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vela_dag::plan::{Node, Values};
use vela_dag::step::{Next, StepError, StepProgram, StepState};

/// What was looked at, and what was found wrong.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Verified {
    /// Values of all tables.
    pub values: u64,
    /// Runs.
    pub runs: u64,
    /// Records of runs.
    pub records: u64,
    /// What is wrong, one sentence each.
    pub findings: Vec<String>,
}

/// Reads everything in a state, follows the log of every run, and holds the results against what is written
/// beside them.
///
/// # Errors
/// The medium does not work. That something is damaged is a finding.
pub fn verify(store: &dyn StateStore) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    for table in Table::ALL {
        match store.scan(table, "") {
            Ok(values) => verified.values += values.len() as u64,
            Err(StoreError::Damaged(why)) => verified.findings.push(why),
            Err(other) => return Err(other),
        }
    }
    let runs = match run_ids(store) {
        Ok(runs) => runs,
        Err(StoreError::Damaged(_)) => return Ok(verified),
        Err(other) => return Err(other),
    };
    for run in runs {
        verified.runs += 1;
        match follow(store, &run) {
            Ok(records) => verified.records += records,
            Err(StoreError::Damaged(why)) => verified.findings.push(why),
            Err(other) => return Err(other),
        }
    }
    Ok(verified)
}

fn follow(store: &dyn StateStore, run: &str) -> Result<u64, StoreError> {
    let damaged = |why: String| StoreError::Damaged(format!("run {run}: {why}"));
    let meta = load_run(store, run)?.ok_or_else(|| damaged("it is gone".to_owned()))?;
    let graph = Graph::new(Arc::clone(&meta.plan)).map_err(|why| damaged(why.to_string()))?;
    let records = store.events(run, 0)?;
    let many = records.len() as u64;
    let session = Session::replay(Arc::new(graph), &NoProgram, records)
        .map_err(|why| damaged(why.to_string()))?;
    let phase = session.engine().phase();
    if phase != meta.phase && many > 0 && meta.phase != RunPhase::Terminated {
        return Err(damaged(format!(
            "it is said to be {}, and its log says {}",
            meta.phase.as_str(),
            phase.as_str()
        )));
    }
    Ok(many)
}

/// A log is followed without evaluating anything.
struct NoProgram;

impl StepProgram for NoProgram {
    fn next(&self, _step: &Node, _state: &StepState) -> Result<Next, StepError> {
        Err(StepError::Execute("nothing is evaluated here".to_owned()))
    }

    fn condition(&self, _step: &Node, _state: &StepState) -> Result<bool, String> {
        Err("nothing is evaluated here".to_owned())
    }

    fn outputs(
        &self,
        _step: &Node,
        _task: &serde_json::Value,
        _state: &StepState,
    ) -> (Values, Vec<String>) {
        (Values::new(), Vec::new())
    }
}

/// Forgets the runs that have ended, of each application all but the last ones and the last one that
/// succeeded: what can be gone back to stays. Gives how many went.
///
/// # Errors
/// The store does not work.
pub fn forget_runs(store: &dyn StateStore, keep: usize) -> Result<usize, StoreError> {
    let mut by_application: BTreeMap<String, Vec<(String, RunPhase, String)>> = BTreeMap::new();
    for run in run_ids(store)? {
        let Some(meta) = load_run(store, &run)? else { continue };
        let application = run.rsplit_once('/').map_or("", |(application, _)| application);
        let plan = super::run::plan_key(&meta.plan);
        by_application.entry(application.to_owned()).or_default().push((run, meta.phase, plan));
    }
    let mut transaction = Transaction::default();
    let mut wanted = BTreeSet::new();
    for runs in by_application.values() {
        let good = runs.iter().rposition(|(_, phase, _)| *phase == RunPhase::Succeeded);
        for (ix, (run, phase, plan)) in runs.iter().enumerate() {
            let ended =
                matches!(phase, RunPhase::Succeeded | RunPhase::Failed | RunPhase::Terminated);
            if !ended || ix + keep >= runs.len() || Some(ix) == good {
                wanted.insert(plan.clone());
                continue;
            }
            transaction.forget.push(run.clone());
            transaction.delete(Table::Runs, run.clone());
            transaction.delete(Table::Runs, format!("phase:{run}"));
            transaction.delete(Table::Leases, run.clone());
            transaction.delete(Table::Leases, format!("{run}/until"));
        }
    }
    for (plan, _) in store.scan(Table::Plans, "")? {
        if !wanted.contains(&plan) {
            transaction.delete(Table::Plans, plan);
        }
    }
    if !transaction.is_empty() {
        store.commit(&transaction)?;
    }
    Ok(transaction.forget.len())
}
