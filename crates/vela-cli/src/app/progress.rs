//! What a run does while it does it: a tree that is redrawn on a terminal, lines elsewhere.

use super::moment;
use super::output;
use super::tree::{self, Known};
use crate::terminal::Paint;
use std::collections::BTreeMap;
use std::io::Write;
use vela::Plan;
use vela::dag::plan::{NodeId, NodeKind};
use vela::exec::driver::Notice;
use vela::exec::engine::{Phase, Reason};
use vela::exec::executor::{ChangeAction, Health, Progress as Told};
use vela::exec::object::ObjectRef;

/// Shows a run.
pub(crate) struct Progress<'p> {
    plan: &'p Plan,
    paint: Paint,
    known: Known,
    /// Clusters by step, where a step has one only.
    clusters: BTreeMap<String, String>,
    /// The tree on the terminal; nothing where lines are written.
    screen: Option<Screen>,
    /// What was told last of each object and step, so that it is told once.
    told: BTreeMap<String, String>,
}

impl<'p> Progress<'p> {
    /// Nothing is drawn with `quiet`; with `live` the tree is.
    pub(crate) fn new(plan: &'p Plan, live: bool) -> Progress<'p> {
        let mut clusters = BTreeMap::new();
        let place: BTreeMap<&NodeId, &str> = plan
            .nodes
            .iter()
            .filter_map(|node| Some((&node.id, node.target.as_ref()?.cluster.as_str())))
            .collect();
        for node in &plan.nodes {
            if let NodeKind::Action { name, applies, .. } = &node.kind
                && let Some(cluster) = applies.iter().find_map(|id| place.get(id))
            {
                clusters.insert(name.clone(), (*cluster).to_owned());
            }
        }
        let screen = live.then(Screen::default);
        let (known, told) = (Known::default(), BTreeMap::new());
        Progress { plan, paint: Paint(live), known, clusters, screen, told }
    }

    /// Takes note of something and shows it.
    pub(crate) fn tell(&mut self, notice: &Notice) -> std::io::Result<()> {
        let line = match notice {
            Notice::Started { .. } => None,
            Notice::Step { group, step } => {
                self.known.step(group.as_deref(), step);
                let name = group
                    .as_ref()
                    .map_or_else(|| step.name.clone(), |group| format!("{group}/{}", step.name));
                let waits = step.phase == Phase::Running && step.reason == Reason::Wait
                    || step.phase == Phase::Suspending;
                let until = match (waits, step.wake.filter(|_| step.phase == Phase::Suspending)) {
                    (false, _) => String::new(),
                    (true, Some(at)) => format!("  until {}", moment::date(at)),
                    (true, None) => match step.deadline {
                        Some(at) => format!("  fails at {}", moment::date(at)),
                        None => "  no deadline".to_owned(),
                    },
                };
                let line = format!("{name}  {}{until}", tree::step(step, self.paint));
                Some((name, line))
            }
            Notice::Queued { step, at } => {
                let line = format!("{step}  waits for its turn at {at}");
                Some((format!("{step} queued"), line))
            }
            Notice::Progress { step, progress } => self.progress(step, progress),
            Notice::Refused { why } => Some((String::new(), format!("refused: {why}"))),
            Notice::Pruned { target, object } => {
                Some((String::new(), format!("  {object}  deleted from {}", target.cluster)))
            }
            Notice::Kept { target, object, why } => {
                Some((String::new(), format!("  {object}  kept in {}: {why}", target.cluster)))
            }
        };
        if self.screen.is_some() {
            return self.tick();
        }
        let Some((about, line)) = line else { return Ok(()) };
        if self.told.get(&about) == Some(&line) {
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", output::masked(&line))?;
        out.flush()?;
        self.told.insert(about, line);
        Ok(())
    }

    fn progress(&mut self, step: &str, progress: &Told) -> Option<(String, String)> {
        let cluster = self.clusters.get(step).map_or("local", String::as_str).to_owned();
        let about = |object: &ObjectRef, what: &str| format!("{step} {object} {what}");
        match progress {
            Told::Applied { object, action } => {
                let done = match action {
                    ChangeAction::Create => "created",
                    ChangeAction::Update => "updated",
                    ChangeAction::Delete => "deleted",
                    ChangeAction::Unchanged => "unchanged",
                };
                let about = about(object, "applied");
                // Steps apply again while they wait: that nothing changes is told of others only.
                if *action == ChangeAction::Unchanged && self.told.contains_key(&about) {
                    return None;
                }
                self.known.object(&cluster, object, Health::Progressing, done);
                Some((about, format!("  {object}  {done}")))
            }
            Told::Health { object, health, message } => {
                self.known.object(&cluster, object, *health, message);
                let state = tree::health(*health, message, self.paint);
                Some((about(object, "health"), format!("  {object}  {state}")))
            }
            Told::Failed { object, why } => {
                self.known.object(&cluster, object, Health::Degraded, why);
                let failed = self.paint.red("failed");
                Some((about(object, "failed"), format!("  {object}  {failed}  {why}")))
            }
            Told::Deleted { object } => {
                Some((about(object, "deleted"), format!("  {object}  deleted")))
            }
        }
    }

    /// Draws the tree anew, where it is drawn: time has passed.
    pub(crate) fn tick(&mut self) -> std::io::Result<()> {
        if self.screen.is_none() {
            return Ok(());
        }
        self.known.at(moment::now());
        self.draw()
    }

    fn draw(&mut self) -> std::io::Result<()> {
        let tree = self.known.tree(self.plan, self.paint);
        match &mut self.screen {
            Some(screen) => screen.draw(&tree),
            None => Ok(()),
        }
    }

    /// Takes the live tree away, to make room for the final one.
    pub(crate) fn finish(&mut self) -> std::io::Result<()> {
        self.screen.take().map_or(Ok(()), |mut screen| screen.clear())
    }
}

/// A text on the terminal that is written over by the next one.
#[derive(Default)]
pub(crate) struct Screen {
    /// Lines of the text.
    drawn: usize,
}

impl Screen {
    /// Draws a text over the one before, as far as the terminal has lines.
    pub(crate) fn draw(&mut self, text: &str) -> std::io::Result<()> {
        let (width, height) = terminal_size::terminal_size()
            .map_or((80, 24), |(w, h)| (usize::from(w.0), usize::from(h.0)));
        let text = output::masked(text);
        let most = height.saturating_sub(2);
        let mut lines: Vec<&str> = text.lines().take(most).collect();
        let more = text.lines().count().saturating_sub(most);
        let rest = format!("… {more} more lines; `vela status` shows all");
        if let (true, Some(last)) = (more > 0, lines.last_mut()) {
            *last = &rest;
        }
        let mut out = std::io::stdout().lock();
        let before = std::mem::replace(&mut self.drawn, lines.len());
        if before > 0 {
            write!(out, "\u{1b}[{before}A")?;
        }
        write!(out, "\u{1b}[J")?;
        for line in lines {
            writeln!(out, "{}", cut(line, width))?;
        }
        out.flush()
    }

    /// Takes it away.
    pub(crate) fn clear(&mut self) -> std::io::Result<()> {
        let before = std::mem::take(&mut self.drawn);
        if before > 0 {
            let mut out = std::io::stdout().lock();
            write!(out, "\u{1b}[{before}A\u{1b}[J")?;
            out.flush()?;
        }
        Ok(())
    }
}

/// The line as far as it fits; colours take no room.
fn cut(line: &str, width: usize) -> String {
    let mut out = String::new();
    let mut room = width;
    let mut colour = false;
    for character in line.chars() {
        colour |= character == '\u{1b}';
        if !colour {
            if room == 0 {
                break;
            }
            room -= 1;
        }
        out.push(character);
        colour &= character != 'm';
    }
    out.push_str("\u{1b}[0m");
    out
}
