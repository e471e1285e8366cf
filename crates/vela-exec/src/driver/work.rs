//! The loop that works at one run.

use super::{DriveError, Driver, Ended, LEASE, Notice, Watch};
use crate::action::{Context, Effect};
use crate::duration::Millis;
use crate::engine::{Command, Event, Outcome, Phase, Reason, Record, RunPhase, Session, StepIx};
use crate::executor::{Cancel, Progress};
use crate::store::{Lease, RunMeta, Transaction, release};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::{AbortHandle, JoinSet};
use vela_dag::plan::NodeKind;
use vela_dag::step::Call;

/// How long calls under way are waited for when the work is stopped.
const GRACE: Millis = 10_000;

/// What a call came to.
struct Result {
    step: StepIx,
    pass: u32,
    path: String,
    keep: bool,
    outcome: Outcome,
}

/// A call under way.
struct Task {
    step: StepIx,
    pass: u32,
    path: String,
    effect: Effect,
    /// When it is given up.
    until: Millis,
    handle: AbortHandle,
}

/// What work at a run begins with.
pub(super) struct Begin<'p> {
    pub(super) meta: RunMeta,
    pub(super) session: Session<'p>,
    pub(super) lease: Lease,
    /// What is kept together with the first records.
    pub(super) opening: Transaction,
    /// What happens first.
    pub(super) first: Option<Event>,
}

/// One run that is being worked at.
struct Work<'d, 'p> {
    driver: &'d Driver,
    meta: RunMeta,
    session: Session<'p>,
    lease: Lease,
    lease_until: Millis,
    released: bool,
    opening: Option<Transaction>,
    /// By how much the log is ahead of the clock: a clock that was set back does not hold a run up.
    skew: Millis,
    watch: Watch,
    /// Calls under way.
    calls: JoinSet<Result>,
    /// How to stop them, by step; and what they are, by task.
    cancels: BTreeMap<StepIx, Cancel>,
    tasks: BTreeMap<tokio::task::Id, Task>,
    /// Records that are not kept yet.
    log: Vec<Record>,
    /// Commands that are not carried out yet.
    commands: Vec<Command>,
    phase: Option<RunPhase>,
    /// What was told last of each step.
    shown: BTreeMap<(Option<String>, String), (Phase, Reason, String)>,
}

/// Why the loop was woken.
enum Woken {
    Returned(Vec<Event>),
    Due,
    Operation(Option<(crate::engine::Operation, Option<String>)>),
    Stopped,
}

impl Driver {
    pub(super) async fn work(
        &self,
        begin: Begin<'_>,
        watch: Watch,
    ) -> std::result::Result<Ended, DriveError> {
        let Begin { meta, mut session, lease, opening, first } = begin;
        session.set_token(lease.token());
        let now = self.clock.now();
        let mut work = Work {
            driver: self,
            meta,
            skew: session.engine().now().saturating_sub(now),
            session,
            lease,
            lease_until: now.saturating_add(LEASE),
            released: false,
            opening: (!opening.is_empty()).then_some(opening),
            watch,
            calls: JoinSet::new(),
            cancels: BTreeMap::new(),
            tasks: BTreeMap::new(),
            log: Vec::new(),
            commands: Vec::new(),
            phase: None,
            shown: BTreeMap::new(),
        };
        let stopped = work.run(first).await?;
        let view = work.session.engine().view();
        if view.phase == RunPhase::Succeeded && !work.released {
            let objects = &work.session.engine().settings().objects;
            self.prune(&work.meta, objects, &work.watch).await?;
        }
        if !work.released {
            release(&*self.store, &work.lease)?;
        }
        Ok(Ended { run: work.meta.id, view, unchanged: false, stopped })
    }
}

impl Work<'_, '_> {
    fn now(&self) -> Millis {
        self.driver.clock.now().saturating_add(self.skew)
    }

    /// Works until the run has ended or nothing is due; gives whether it was stopped before.
    async fn run(&mut self, first: Option<Event>) -> std::result::Result<bool, DriveError> {
        self.tell(Notice::Started { run: self.meta.id.clone() });
        if self.watch.notices.is_some() {
            self.session.take_changes();
        }
        let now = self.now();
        // What was under way when somebody else stopped or died: before the new event, as it came first.
        self.session.take_up(now, &mut self.log, &mut self.commands);
        self.settle_unknown(now);
        match first {
            Some(event) => self.advance(event),
            None if self.session.engine().patience().is_some_and(|at| at <= now) => {
                self.advance(Event::Ticked);
            }
            None => {}
        }
        loop {
            let mut calls = Vec::new();
            while !self.commands.is_empty() {
                self.intend(&mut calls);
            }
            let engine = self.session.engine();
            // Calls that were cancelled and do not come back are nobody's matter any more.
            let rests = calls.is_empty()
                && self.cancels.is_empty()
                && (engine.is_finished() || engine.next_wake().is_none());
            let prunes = rests
                && engine.phase() == RunPhase::Succeeded
                && !self.driver.leftovers(&self.meta, &engine.settings().objects)?.is_empty();
            self.commit(rests && !prunes).await?;
            for (step, pass, call) in calls {
                self.spawn(step, pass, call);
            }
            if rests {
                self.calls.abort_all();
                return Ok(false);
            }
            match self.wait().await {
                Woken::Returned(events) => {
                    for event in events {
                        self.advance(event);
                    }
                }
                Woken::Due => {
                    if self.session.engine().next_wake().is_some_and(|at| at <= self.now()) {
                        self.advance(Event::Ticked);
                    }
                    for event in self.overdue() {
                        self.advance(event);
                    }
                }
                Woken::Operation(Some((operation, step))) => {
                    match self.session.engine().operation(operation, step.as_deref()) {
                        Ok(event) => self.advance(event),
                        Err(why) => self.tell(Notice::Refused { why }),
                    }
                }
                Woken::Operation(None) => self.watch.operations = None,
                Woken::Stopped => {
                    self.stop().await?;
                    return Ok(true);
                }
            }
        }
    }

    fn advance(&mut self, event: Event) {
        self.session.advance(self.now(), event, &mut self.log, &mut self.commands);
    }

    /// Calls that may have had their effect before a crash and can't be repeated.
    fn settle_unknown(&mut self, now: Millis) {
        let mut index = 0;
        while let Some(command) = self.commands.get(index) {
            let Command::Call { step, pass, call } = command else {
                index += 1;
                continue;
            };
            let repeats = match self.driver.registry.effect(call) {
                Effect::Read => true,
                Effect::Idempotent => !self.is_blind(*step),
                Effect::Once => false,
            };
            if !self.session.was_called(*step) || repeats {
                index += 1;
                continue;
            }
            let graph = self.session.engine().graph();
            let application = &graph.plan().application;
            let namespace = match application.namespace.as_str() {
                "default" => String::new(),
                other => format!(" -n {other}"),
            };
            let message = format!(
                "{} {} was under way when the process ended: whether it took place is not known. Look at its \
                 target; if it did not, `vela workflow restart {} --step {}{namespace}` makes it again",
                call.provider,
                call.action,
                application.name,
                crate::engine::name(graph.node(*step)),
            );
            let event = Event::Returned {
                step: *step,
                pass: *pass,
                path: call.path.clone(),
                outcome: Outcome::Unknown { message },
                keep: true,
            };
            self.commands.remove(index);
            self.session.advance(now, event, &mut self.log, &mut self.commands);
        }
    }

    /// Whether a step applies something where nobody can find out what became of it.
    fn is_blind(&self, step: StepIx) -> bool {
        let graph = self.session.engine().graph();
        let NodeKind::Action { applies, .. } = &graph.node(step).kind else { return false };
        applies
            .iter()
            .filter_map(|id| graph.artifact(id)?.target.as_ref())
            .filter_map(|target| self.driver.targets.of(target).ok())
            .any(|executor| !executor.capabilities().can_repeat())
    }

    /// Takes the calls to make out of the commands, and records the intent of those that change something.
    fn intend(&mut self, calls: &mut Vec<(StepIx, u32, Call)>) {
        for command in std::mem::take(&mut self.commands) {
            match command {
                Command::Call { step, pass, call } => {
                    if self.driver.registry.effect(&call) != Effect::Read
                        && !self.session.was_called(step)
                    {
                        self.advance(Event::Called { step, pass, path: call.path.clone() });
                    }
                    calls.push((step, pass, call));
                }
                Command::Cancel { step } => {
                    if let Some(cancel) = self.cancels.remove(&step) {
                        cancel.cancel();
                    }
                    calls.retain(|(other, ..)| *other != step);
                }
                Command::Check { .. } | Command::Evaluate { .. } => {}
            }
        }
    }

    async fn commit(&mut self, closing: bool) -> std::result::Result<(), DriveError> {
        let now = self.driver.clock.now();
        let opening = self.opening.take();
        let opens = opening.is_some();
        let mut transaction = opening.unwrap_or_default();
        let run = &self.meta.id;
        transaction.append.extend(self.log.drain(..).map(|record| (run.clone(), record)));
        let phase = self.session.engine().phase();
        if self.phase != Some(phase) && (!transaction.append.is_empty() || self.meta.phase != phase)
        {
            RunMeta::put_phase(run, phase, &mut transaction)?;
        }
        let renew = self.lease_until.saturating_sub(now) <= LEASE / 2;
        if transaction.is_empty() && !renew && !closing {
            return Ok(());
        }
        if !opens {
            self.lease.fence(&mut transaction);
        }
        if closing {
            self.lease.extend(0, &mut transaction);
        } else if renew {
            self.lease_until = now.saturating_add(LEASE);
            self.lease.extend(self.lease_until, &mut transaction);
        }
        self.driver.group.commit(transaction).await?;
        self.released = closing;
        self.phase = Some(phase);
        self.show();
        Ok(())
    }

    fn spawn(&mut self, step: StepIx, pass: u32, call: Call) {
        let driver = self.driver.clone();
        let cancel = Cancel::default();
        self.cancels.insert(step, cancel.clone());
        let graph = Arc::clone(self.session.engine().graph());
        let run = self.meta.id.clone();
        let context = self.session.engine().context();
        let notices = self.watch.notices.clone();
        let now = self.now();
        let effect = driver.registry.effect(&call);
        let path = call.path.clone();
        let patience = self.session.engine().settings().deadlines.call;
        let adopt = self.session.engine().settings().objects.adopt;
        let handle = self.calls.spawn(async move {
            let node = graph.node(step);
            let name = crate::engine::name(node).to_owned();
            let lanes = if driver.slots.is_empty() { Vec::new() } else { graph.lanes(step) };
            let queued = |at: &str| {
                if let Some(notices) = &notices {
                    let _ = notices.send(Notice::Queued { step: name.clone(), at: at.to_owned() });
                }
            };
            let _places = driver.slots.take(&lanes, queued).await;
            let progress = move |progress: Progress| {
                if let Some(notices) = &notices {
                    // Nobody listening is no reason to stop.
                    let _ = notices.send(Notice::Progress { step: name.clone(), progress });
                }
            };
            let outcome = driver
                .registry
                .run(&Context {
                    run: &run,
                    graph: &graph,
                    step: node,
                    call: &call,
                    pass,
                    now,
                    adopt,
                    context: &context,
                    targets: &driver.targets,
                    store: &*driver.store,
                    http: driver.http.as_deref(),
                    cancel: &cancel,
                    progress: &progress,
                })
                .await;
            Result { step, pass, path: call.path, keep: effect == Effect::Once, outcome }
        });
        let until = now.saturating_add(patience);
        self.tasks.insert(handle.id(), Task { step, pass, path, effect, until, handle });
    }

    async fn wait(&mut self) -> Woken {
        let clock = Arc::clone(&self.driver.clock);
        let busy = !self.calls.is_empty();
        // Under a virtual clock time stands still while calls are under way.
        let sleeping = !(busy && clock.is_virtual());
        let renew = self.lease_until.saturating_sub(LEASE / 2);
        let late = self.tasks.values().map(|task| task.until).min();
        let due = [self.session.engine().next_wake(), late].into_iter().flatten().min();
        let due = due.map(|at| at.saturating_sub(self.skew));
        let due = match due {
            Some(at) if clock.is_virtual() => at,
            Some(at) => at.min(renew),
            None => renew,
        };
        let cancel = self.watch.cancel.clone();
        let operations = async {
            match &mut self.watch.operations {
                Some(operations) => operations.recv().await,
                None => std::future::pending().await,
            }
        };
        let sleep = async {
            if sleeping {
                clock.sleep_until(due).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        let first = tokio::select! {
            biased;
            () = cancel.cancelled() => return Woken::Stopped,
            operation = operations => return Woken::Operation(operation),
            Some(joined) = self.calls.join_next_with_id(), if busy => joined,
            () = sleep => return Woken::Due,
        };
        let mut events = vec![self.event(first)];
        while let Some(joined) = self.calls.try_join_next_with_id() {
            events.push(self.event(joined));
        }
        Woken::Returned(events)
    }

    /// Gives up the calls that have not come back in their time.
    fn overdue(&mut self) -> Vec<Event> {
        let now = self.now();
        let late: Vec<tokio::task::Id> =
            self.tasks.iter().filter(|(_, task)| task.until <= now).map(|(id, _)| *id).collect();
        let late: Vec<Task> = late.iter().filter_map(|id| self.tasks.remove(id)).collect();
        late.into_iter()
            .map(|task| {
                if let Some(cancel) = self.cancels.remove(&task.step) {
                    cancel.cancel();
                }
                task.handle.abort();
                let seconds = self.session.engine().settings().deadlines.call / 1000;
                let message = format!("the call {} did not return within {seconds} s", task.path);
                broken(task, message)
            })
            .collect()
    }

    /// The event of a call that came back, or whose task broke.
    fn event(
        &mut self,
        joined: std::result::Result<(tokio::task::Id, Result), tokio::task::JoinError>,
    ) -> Event {
        let result = match joined {
            Ok((id, result)) => {
                self.tasks.remove(&id);
                result
            }
            Err(broken) => {
                let message =
                    "the action broke off (it panicked): this is a defect of the action".to_owned();
                let Some(task) = self.tasks.remove(&broken.id()) else { return Event::Ticked };
                if !self.tasks.values().any(|other| other.step == task.step) {
                    self.cancels.remove(&task.step);
                }
                return self::broken(task, message);
            }
        };
        if !self.tasks.values().any(|task| task.step == result.step) {
            self.cancels.remove(&result.step);
        }
        Event::Returned {
            step: result.step,
            pass: result.pass,
            path: result.path,
            outcome: result.outcome,
            keep: result.keep,
        }
    }

    /// Waits for what is under way and keeps the results; nothing new is begun.
    async fn stop(&mut self) -> std::result::Result<(), DriveError> {
        let until = tokio::time::Instant::now() + std::time::Duration::from_millis(GRACE);
        while let Ok(Some(joined)) =
            tokio::time::timeout_at(until, self.calls.join_next_with_id()).await
        {
            let event = self.event(joined);
            self.advance(event);
            self.commands.clear();
            self.commit(false).await?;
        }
        Ok(())
    }

    fn tell(&self, notice: Notice) {
        if let Some(notices) = &self.watch.notices {
            let _ = notices.send(notice);
        }
    }

    /// Tells which steps have changed, where somebody listens.
    fn show(&mut self) {
        if self.watch.notices.is_none() {
            return;
        }
        for (group, step) in self.session.take_changes() {
            let now = (step.phase, step.reason, step.message.clone());
            let place = (group, step.name.clone());
            if self.shown.get(&place) != Some(&now) {
                self.tell(Notice::Step { group: place.0.clone(), step });
                self.shown.insert(place, now);
            }
        }
    }
}

/// The event of a call that gave no result.
fn broken(task: Task, message: String) -> Event {
    Event::Returned {
        step: task.step,
        pass: task.pass,
        path: task.path,
        keep: task.effect == Effect::Once,
        outcome: match task.effect {
            Effect::Once => Outcome::Unknown { message },
            Effect::Read | Effect::Idempotent => Outcome::Error { message },
        },
    }
}
