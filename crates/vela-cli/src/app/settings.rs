//! How a run is run: deadlines, retries, and how much is done at the same time.

use crate::failure::Failure;
use clap::Args;
use vela::exec::driver::usual_settings;
use vela::exec::duration;
use vela::exec::engine::{Objects, OnFailure, Settings};

/// How a run is run that begins with this command.
#[derive(Args)]
pub(crate) struct Pace {
    /// How long waits last at most that say nothing of it themselves: step=24h, suspend=720h, call=1h.
    #[arg(long = "deadline", value_name = "WAIT=DURATION")]
    deadlines: Vec<String>,
    /// How many steps are at work at the same time on a kind of target (local) or a cluster of it
    /// (local/east).
    #[arg(long = "limit", value_name = "TARGET=NUMBER")]
    limits: Vec<String>,
    /// How many steps are at work at the same time.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    parallel: Option<u32>,
    /// How often a step that fails is tried again.
    #[arg(long, value_name = "NUMBER")]
    retries: Option<u32>,
    /// Hold the workflow where a step has failed as often as it may, instead of ending it.
    #[arg(long)]
    pause_on_failure: bool,
}

impl Pace {
    /// The settings of the run.
    pub(crate) fn settings(&self, objects: Objects) -> Result<Settings, Failure> {
        let mut settings = Settings { objects, ..usual_settings() };
        for given in &self.deadlines {
            let (wait, time) = halves("--deadline", given, "step=2h")?;
            let time = duration::parse(time).map_err(|why| wrong("--deadline", given, &why))?;
            match wait {
                "step" => settings.deadlines.step = time,
                "suspend" => settings.deadlines.suspend = time,
                "call" => settings.deadlines.call = time,
                _ => return Err(wrong("--deadline", given, "waits are step, suspend and call")),
            }
        }
        for given in &self.limits {
            let (target, number) = halves("--limit", given, "local/east=5")?;
            let number = number.parse().ok().filter(|number| *number > 0);
            let number =
                number.ok_or_else(|| wrong("--limit", given, "the limit is a number from 1"))?;
            settings.limits.insert(target.to_owned(), number);
        }
        settings.parallel = self.parallel.unwrap_or(settings.parallel);
        settings.retries = self.retries.unwrap_or(settings.retries);
        if self.pause_on_failure {
            settings.on_failure = OnFailure::Pause;
        }
        Ok(settings)
    }
}

fn halves<'g>(option: &str, given: &'g str, like: &str) -> Result<(&'g str, &'g str), Failure> {
    given.split_once('=').ok_or_else(|| wrong(option, given, &format!("write it as {like}")))
}

fn wrong(option: &str, given: &str, why: &str) -> Failure {
    let text = format!("{option} {given}: {why}");
    Failure::coded("run/settings", text, "`vela up --help` explains the option")
}
