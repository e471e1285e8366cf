//! `vela wait`: until an application, or one of its steps, is as it shall be.

use super::moment;
use super::output;
use super::state::{Name, State};
use super::up;
use crate::failure::{Failure, status};
use clap::Args;
use std::str::FromStr;
use std::time::{Duration, Instant};
use vela::exec::duration::{self, shown};
use vela::exec::engine::{Phase, RunPhase, StepView};
use vela::exec::executor::Health;

/// How often is looked.
const EVERY: Duration = Duration::from_millis(250);

/// Wait until an application is as it shall be.
#[derive(Args)]
pub(crate) struct Wait {
    #[command(flatten)]
    name: Name,
    /// What for: running, healthy, suspended, ended, deleted, or step=NAME (that step has ended).
    #[arg(long = "for", value_name = "WHAT", default_value = "healthy")]
    what: What,
    /// How long at most.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration::parse)]
    timeout: u64,
    #[command(flatten)]
    state: State,
}

/// What is waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
enum What {
    Running,
    Healthy,
    Suspended,
    Ended,
    Deleted,
    Step(String),
}

impl FromStr for What {
    type Err = String;

    fn from_str(text: &str) -> Result<What, String> {
        Ok(match text {
            "running" => What::Running,
            "healthy" => What::Healthy,
            "suspended" => What::Suspended,
            "ended" => What::Ended,
            "deleted" => What::Deleted,
            other => match other.strip_prefix("step=") {
                Some(step) if !step.is_empty() => What::Step(step.to_owned()),
                _ => {
                    return Err(
                        "wait for running, healthy, suspended, ended, deleted or step=NAME"
                            .to_owned(),
                    );
                }
            },
        })
    }
}

/// How it is now.
enum Now {
    /// As it shall be.
    There(String),
    /// It never will be.
    Never(String),
    /// Not yet: what is missing.
    Missing(String),
}

impl Wait {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let until = Instant::now() + Duration::from_millis(self.timeout);
        let deadline = moment::date(moment::now().saturating_add(self.timeout));
        let mut told = String::new();
        loop {
            let missing = match self.look()? {
                Now::There(text) => return output::text(&format!("{text}\n")),
                Now::Never(why) => {
                    let failure = Failure::coded(
                        "wait/never",
                        why,
                        "`vela status APP` and `vela logs APP` show why; `vela up` deploys it again",
                    );
                    return Err(failure.with_status(status::WORKFLOW));
                }
                Now::Missing(what) => what,
            };
            if Instant::now() >= until {
                return Err(Failure::coded(
                    "wait/timeout",
                    format!("after {}: {missing}", shown(self.timeout)),
                    "give it more time with --timeout, or look at `vela status APP`",
                )
                .with_status(status::WORKFLOW));
            }
            if missing != told {
                output::text(&format!("{missing}; waits until {deadline} at most\n"))?;
                told = missing;
            }
            std::thread::sleep(EVERY.min(until.saturating_duration_since(Instant::now())));
        }
    }

    fn look(&self) -> Result<Now, Failure> {
        let Name { name, namespace } = &self.name;
        let runtime = self.state.reader()?;
        let one = runtime.list()?.into_iter().find(|one| {
            one.run.plan.application.name == *name
                && one.run.plan.application.namespace == *namespace
        });
        let gone = one.as_ref().is_none_or(|one| one.deleted);
        if self.what == What::Deleted {
            return Ok(match gone {
                true => Now::There(format!("{name} is deleted")),
                false => Now::Missing(format!("{name} is not deleted yet")),
            });
        }
        if gone {
            return Ok(Now::Missing(format!("{namespace}/{name} is not there yet")));
        }
        let found = up::tokio()?.block_on(runtime.status(namespace, name))?;
        let phase = found.view.phase;
        let is = format!("{name} is {}", vela::phase_name(phase));
        let over = matches!(phase, RunPhase::Failed | RunPhase::Terminated);
        let doing = || match under_way(&found.view.steps) {
            Some(step) => format!("{is}: {step}"),
            None => is.clone(),
        };
        Ok(match &self.what {
            What::Running if phase == RunPhase::Succeeded => Now::There(is),
            What::Suspended if phase == RunPhase::Suspending => Now::There(is),
            What::Ended if over || phase == RunPhase::Succeeded => Now::There(is),
            What::Suspended if over || phase == RunPhase::Succeeded => Now::Never(is),
            What::Step(step) => match find(&found.view.steps, step) {
                Some(view) if matches!(view.phase, Phase::Succeeded | Phase::Skipped) => {
                    Now::There(format!("step {step} is {}", view.phase.as_str()))
                }
                Some(view) if view.phase == Phase::Failed && over => {
                    Now::Never(format!("step {step} has failed: {}", view.message))
                }
                None if over || phase == RunPhase::Succeeded => {
                    Now::Never(format!("{is} and has no step \"{step}\""))
                }
                _ => Now::Missing(doing()),
            },
            What::Healthy if phase == RunPhase::Succeeded => {
                match found.objects.iter().find(|(_, seen)| seen.health != Health::Healthy) {
                    Some((entry, seen)) => {
                        Now::Missing(format!("{}: {}", entry.object, seen.message))
                    }
                    None => Now::There(format!("{name} is running and healthy")),
                }
            }
            _ if over => Now::Never(doing()),
            _ => Now::Missing(doing()),
        })
    }
}

/// The first step that is at work, with what it waits for.
fn under_way(steps: &[StepView]) -> Option<String> {
    let at_work =
        |step: &&StepView| matches!(step.phase, Phase::Running | Phase::Suspending | Phase::Failed);
    let step = steps.iter().find(at_work)?;
    if let Some(inner) = under_way(&step.sub) {
        return Some(inner);
    }
    let message = step.message.lines().next().unwrap_or_default();
    Some(match message {
        "" => format!("step {} is {}", step.name, step.phase.as_str()),
        message => format!("step {} is {} ({message})", step.name, step.phase.as_str()),
    })
}

fn find<'s>(steps: &'s [StepView], name: &str) -> Option<&'s StepView> {
    steps.iter().find_map(|step| if step.name == name { Some(step) } else { find(&step.sub, name) })
}
