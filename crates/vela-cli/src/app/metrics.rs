//! What the state knows, in the text format of Prometheus.

use super::moment;
use super::up;
use crate::failure::Failure;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use vela::Runtime;
use vela::exec::engine::{Phase, StepView};
use vela::exec::executor::Health;

/// Metrics: by name and labels.
#[derive(Default)]
struct Metrics(BTreeMap<&'static str, (&'static str, BTreeMap<String, f64>)>);

impl Metrics {
    fn add(&mut self, name: &'static str, help: &'static str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let (_, values) = self.0.entry(name).or_insert((help, BTreeMap::new()));
        *values.entry(labels.join(",")).or_default() += value;
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (name, (help, values)) in &self.0 {
            let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, value) in values {
                let _ = writeln!(text, "{name}{{{labels}}} {value}");
            }
        }
        text
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The metrics of a state.
pub(super) fn text(runtime: &Runtime) -> Result<String, Failure> {
    let mut metrics = Metrics::default();
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    metrics.add("vela_build_info", "The version of vela.", &version, 1.0);
    let executor = up::tokio()?;
    let now = moment::now();
    for one in runtime.list()?.iter().filter(|one| !one.deleted) {
        let application = &one.run.plan.application;
        let (namespace, name) = (application.namespace.as_str(), application.name.as_str());
        let of = [("namespace", namespace), ("application", name)];
        let with = |more: &[(&'static str, &str)]| -> Vec<(&str, String)> { labels(&of, more) };
        let mut add = |metric, help, more: &[(&'static str, &str)], value| {
            let all = with(more);
            let all: Vec<(&str, &str)> = all.iter().map(|(n, v)| (*n, v.as_str())).collect();
            metrics.add(metric, help, &all, value);
        };
        for run in runtime.history(namespace, name)? {
            let phase = [("phase", run.phase.as_str())];
            add("vela_runs_total", "Runs of an application, by how they ended.", &phase, 1.0);
        }
        let found = executor.block_on(runtime.status(namespace, name))?;
        let phase = [("phase", vela::phase_name(found.view.phase))];
        add("vela_application_phase", "1 for the phase that an application is in.", &phase, 1.0);
        add(
            "vela_run_start_time_seconds",
            "When the last run of an application began.",
            &[],
            found.run.created as f64 / 1000.0,
        );
        for step in steps(&found.view.steps) {
            add(
                "vela_steps",
                "Steps of the last run, by phase.",
                &[("phase", step.phase.as_str())],
                1.0,
            );
            let waits = matches!(step.phase, Phase::Running | Phase::Suspending);
            if !waits || !step.sub.is_empty() {
                continue;
            }
            let of_step = [("step", step.name.as_str())];
            let since = now.saturating_sub(step.last) as f64 / 1000.0;
            add("vela_step_waiting_seconds", "How long a step has said the same.", &of_step, since);
            if let Some(at) = step.deadline {
                let at = at as f64 / 1000.0;
                add("vela_step_deadline_seconds", "When a step fails at last.", &of_step, at);
            }
        }
        for (entry, seen) in &found.objects {
            let health = match seen.health {
                Health::Healthy => "healthy",
                Health::Progressing => "progressing",
                Health::Degraded => "degraded",
                Health::Missing => "missing",
            };
            let more = [("cluster", entry.target.cluster.as_str()), ("health", health)];
            add("vela_objects", "Objects of an application, by health.", &more, 1.0);
        }
    }
    Ok(metrics.text())
}

fn labels<'l>(of: &[(&'l str, &str)], more: &[(&'l str, &str)]) -> Vec<(&'l str, String)> {
    of.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// All steps, those of groups after them.
fn steps(views: &[StepView]) -> Vec<&StepView> {
    views.iter().flat_map(|step| std::iter::once(step).chain(steps(&step.sub))).collect()
}
