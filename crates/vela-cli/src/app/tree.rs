//! A run as a tree: steps, components, objects, and how each is.

use super::moment;
use crate::terminal::Paint;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use vela::Plan;
use vela::dag::plan::{Node, NodeId, NodeKind, Target};
use vela::exec::duration::{Millis, shown};
use vela::exec::engine::{Phase, Reason, StepView};
use vela::exec::executor::Health;
use vela::exec::object::ObjectRef;

/// What is known of a run.
#[derive(Default)]
pub(crate) struct Known {
    /// Steps by their group's name (empty at the top) and their own.
    steps: BTreeMap<(String, String), StepView>,
    /// Since when each says what it says.
    since: BTreeMap<(String, String), Millis>,
    /// The time, where it is told how long things take.
    now: Option<Millis>,
    /// Objects by cluster and key.
    objects: BTreeMap<(String, String), (Health, String)>,
}

impl Known {
    /// Takes note of a step.
    pub(crate) fn step(&mut self, group: Option<&str>, step: &StepView) {
        for sub in &step.sub {
            self.step(Some(&step.name), sub);
        }
        let key = (group.unwrap_or("").to_owned(), step.name.clone());
        let same = |before: &StepView| {
            (before.phase, before.reason, &before.message)
                == (step.phase, step.reason, &step.message)
        };
        if !self.steps.get(&key).is_some_and(same) {
            self.since.insert(key.clone(), self.now.unwrap_or(step.last));
        }
        self.steps.insert(key, step.clone());
    }

    /// Sets the time: from now on it is told how long things take.
    pub(crate) fn at(&mut self, now: Millis) {
        self.now = Some(now);
    }

    /// Takes note of an object.
    pub(crate) fn object(
        &mut self,
        cluster: &str,
        object: &ObjectRef,
        health: Health,
        message: &str,
    ) {
        self.objects.insert((cluster.to_owned(), object.key()), (health, message.to_owned()));
    }

    /// The run as a tree, without a heading.
    pub(crate) fn tree(&self, plan: &Plan, paint: Paint) -> String {
        let nodes: BTreeMap<&NodeId, &Node> = plan.nodes.iter().map(|n| (&n.id, n)).collect();
        let mut inner: Vec<&NodeId> = Vec::new();
        for node in &plan.nodes {
            match &node.kind {
                NodeKind::Group { steps, .. } => inner.extend(steps),
                NodeKind::Action { applies, .. } => inner.extend(applies),
                _ => {}
            }
        }
        inner.sort();
        let top: Vec<&Node> =
            plan.nodes.iter().filter(|n| inner.binary_search(&&n.id).is_err()).collect();
        let mut out = String::new();
        let mut writer = Writer { known: self, nodes: &nodes, paint, out: &mut out };
        for (i, node) in top.iter().enumerate() {
            writer.branch(node, "", "", i + 1 == top.len());
        }
        out
    }
}

struct Writer<'w> {
    known: &'w Known,
    nodes: &'w BTreeMap<&'w NodeId, &'w Node>,
    paint: Paint,
    out: &'w mut String,
}

impl Writer<'_> {
    fn branch(&mut self, node: &Node, group: &str, indent: &str, last: bool) {
        let mark = if last { "└─" } else { "├─" };
        let below = format!("{indent}{}", if last { "   " } else { "│  " });
        match &node.kind {
            NodeKind::Artifact { component, component_type, objects } => {
                let place = node.target.as_ref().map_or_else(String::new, place);
                let what = self.paint.faint(&format!("{component_type}{place}"));
                let _ = writeln!(self.out, "{indent}{mark} {component}  {what}");
                for (i, one) in objects.iter().enumerate() {
                    let mark = if i + 1 == objects.len() { "└─" } else { "├─" };
                    let state = self.object(node.target.as_ref(), &one.manifest);
                    let _ = writeln!(self.out, "{below}{mark} {state}");
                }
            }
            NodeKind::Action { name, step_type, applies, .. } => {
                self.step(group, name, step_type, &format!("{indent}{mark}"));
                self.all(applies, "", &below);
            }
            NodeKind::Gate { name, step_type, .. } => {
                self.step(group, name, step_type, &format!("{indent}{mark}"));
            }
            NodeKind::Group { name, steps, .. } => {
                self.step(group, name, "step-group", &format!("{indent}{mark}"));
                self.all(steps, name, &below);
            }
        }
    }

    fn all(&mut self, ids: &[NodeId], group: &str, indent: &str) {
        let below: Vec<&Node> = ids.iter().filter_map(|id| self.nodes.get(id).copied()).collect();
        for (i, node) in below.iter().enumerate() {
            self.branch(node, group, indent, i + 1 == below.len());
        }
    }

    fn step(&mut self, group: &str, name: &str, step_type: &str, start: &str) {
        let key = (group.to_owned(), name.to_owned());
        let known = self.known.steps.get(&key);
        let state = known.map_or_else(|| self.paint.faint("waiting"), |s| step(s, self.paint));
        let what = self.paint.faint(step_type);
        let timing = match (known, self.known.now) {
            (Some(step), Some(now)) => timing(step, self.known.since.get(&key).copied(), now),
            _ => String::new(),
        };
        let timing = self.paint.faint(&timing);
        let _ = writeln!(self.out, "{start} {name}  {what}  {state}{timing}");
    }

    fn object(&self, target: Option<&Target>, manifest: &serde_json::Value) -> String {
        let (cluster, namespace) =
            target.map_or(("local", ""), |t| (t.cluster.as_str(), t.namespace.as_str()));
        let Ok(object) = ObjectRef::of(manifest, namespace) else { return String::from("?") };
        let name = format!("{} {}", object.kind, object.name);
        match self.known.objects.get(&(cluster.to_owned(), object.key())) {
            Some((state, message)) => {
                format!("{name}  {}", health(*state, message, self.paint))
            }
            None => name,
        }
    }
}

fn place(target: &Target) -> String {
    format!(" → {}/{}", target.cluster, target.namespace)
}

/// How long a step took; of one under way also since when it waits, when it is looked at again, and when it
/// fails if it has not ended.
pub(crate) fn timing(step: &StepView, since: Option<Millis>, now: Millis) -> String {
    let Some(first) = step.first else { return String::new() };
    let over = step.phase.is_over(step.reason);
    if over {
        return match step.last.saturating_sub(first) {
            0 => String::new(),
            took => format!("  {}", shown(took)),
        };
    }
    let mut text = format!("  {}", shown(round(now.saturating_sub(first))));
    let waits = step.reason != Reason::None || step.phase == Phase::Suspending;
    if let (Some(since), true) = (since.filter(|since| *since > first), waits) {
        let _ = write!(text, ", so for {}", shown(round(now.saturating_sub(since))));
    }
    if let Some(wake) = step.wake.filter(|wake| *wake > now) {
        let next = match step.phase {
            Phase::Failed => "tries again",
            Phase::Suspending => "goes on",
            _ => "looks again",
        };
        let _ = write!(text, ", {next} in {}", shown(round(wake - now)));
    }
    match step.deadline {
        Some(at) => {
            let _ = write!(text, ", fails at {}", moment::date(at));
        }
        None if waits => text.push_str(", no deadline"),
        None => {}
    }
    text
}

/// Whole seconds, so that a picture that is drawn again does not flicker.
fn round(millis: Millis) -> Millis {
    if millis < 1000 { 0 } else { millis / 1000 * 1000 }
}

/// A step's phase, reason and message in one line.
pub(crate) fn step(step: &StepView, paint: Paint) -> String {
    state(step.phase, step.reason, &step.message, paint)
}

/// A phase, its reason and a message in one line.
pub(crate) fn state(phase: Phase, reason: Reason, message: &str, paint: Paint) -> String {
    let text = phase.as_str();
    let painted = match phase {
        Phase::Succeeded => paint.green(text),
        Phase::Failed => paint.red(text),
        Phase::Running | Phase::Suspending => paint.yellow(text),
        Phase::Pending | Phase::Skipped => paint.faint(text),
    };
    match (reason.as_str(), message.lines().next().unwrap_or("")) {
        // What a step waited for says nothing once it is over.
        ("", _) if phase == Phase::Succeeded => painted,
        ("", "") => painted,
        (reason, "") => format!("{painted}  {}", paint.faint(reason)),
        (_, message) => format!("{painted}  {}", paint.faint(message)),
    }
}

/// An object's health and message in one line.
pub(crate) fn health(health: Health, message: &str, paint: Paint) -> String {
    let painted = match health {
        Health::Healthy => paint.green("healthy"),
        Health::Progressing => paint.yellow("progressing"),
        Health::Degraded => paint.red("degraded"),
        Health::Missing => paint.red("missing"),
    };
    match message.lines().next().unwrap_or("") {
        "" => painted,
        message => format!("{painted}  {}", paint.faint(message)),
    }
}
