//! An engine together with the program that evaluates its steps, and the log of what happens.

use super::event::{Command, Evaluation, Event, Reason, Record, VERSION};
use super::graph::Graph;
use super::state::{Activity, Engine};
use super::{StepIx, StepView, size};
use crate::duration::Millis;
use std::collections::VecDeque;
use std::sync::Arc;
use vela_dag::step::{Next, StepError, StepProgram};

/// Why a log can't be read back.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LogError {
    /// Written by a later version of Vela.
    #[error(
        "record {seq} has format version {version}, this Vela reads versions up to {VERSION}; use a later Vela"
    )]
    Version {
        /// Which record.
        seq: u64,
        /// Its version.
        version: u32,
    },
    /// Records are missing or doubled.
    #[error("the log is damaged: record {found} stands where {expected} belongs")]
    Gap {
        /// The number that should be there.
        expected: u64,
        /// The number that is.
        found: u64,
    },
    /// A record names a step that the Plan has not.
    #[error("the log is damaged, or of another plan: record {0} names a step that is not there")]
    Step(u64),
}

/// A run: an engine that gets its evaluations from a [`StepProgram`], and keeps a log.
pub struct Session<'p> {
    engine: Engine,
    program: &'p dyn StepProgram,
    next: u64,
    token: u64,
}

impl<'p> Session<'p> {
    /// A run that has not begun.
    #[must_use]
    pub fn new(graph: Arc<Graph>, program: &'p dyn StepProgram) -> Session<'p> {
        Session { engine: Engine::new(graph), program, next: 0, token: 0 }
    }

    /// The run whose log this is, as it was after the last record. The program is not asked.
    ///
    /// # Errors
    /// The log is damaged, of another Plan, or too new.
    pub fn replay(
        graph: Arc<Graph>,
        program: &'p dyn StepProgram,
        log: Vec<Record>,
    ) -> Result<Session<'p>, LogError> {
        let mut session = Session::new(graph, program);
        let mut ignored = Vec::new();
        for record in log {
            session.check(&record)?;
            session.engine.absorb(record.at, record.event, &mut ignored);
            session.next += 1;
            ignored.clear();
        }
        Ok(session)
    }

    /// Applies the next record of a log. The program is not asked.
    ///
    /// # Errors
    /// It is not the next one, of another Plan, or too new.
    pub fn follow(&mut self, record: &Record) -> Result<(), LogError> {
        self.check(record)?;
        self.engine.apply(record.at, &record.event, &mut Vec::new());
        self.next += 1;
        Ok(())
    }

    fn check(&self, record: &Record) -> Result<(), LogError> {
        if record.v > VERSION {
            return Err(LogError::Version { seq: record.seq, version: record.v });
        }
        if record.seq != self.next {
            return Err(LogError::Gap { expected: self.next, found: record.seq });
        }
        match record.event.step() {
            Some(step) if step.0 as usize >= self.engine.graph().len() => {
                Err(LogError::Step(record.seq))
            }
            _ => Ok(()),
        }
    }

    /// Writes the token of a lease into the records that follow.
    pub fn set_token(&mut self, token: u64) {
        self.token = token;
    }

    /// The state.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// See [`Engine::take_changes`].
    pub fn take_changes(&mut self) -> Vec<(Option<String>, StepView)> {
        self.engine.take_changes()
    }

    /// The number of the next record.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.next
    }

    /// Applies an event and all evaluations that follow from it. Appends the records that must be kept
    /// before anything else is done, and the commands that are for the outside: [`Command::Call`] and
    /// [`Command::Cancel`].
    pub fn advance(
        &mut self,
        at: Millis,
        event: Event,
        log: &mut Vec<Record>,
        outside: &mut Vec<Command>,
    ) {
        let mut commands = Vec::new();
        self.record(at, size::cut(event), log, &mut commands);
        self.answer(at, commands, log, outside);
    }

    /// What was under way when the log ended: evaluations are done now, calls are handed out.
    /// Which of them may have been made already, [`Session::was_called`] tells.
    pub fn take_up(&mut self, at: Millis, log: &mut Vec<Record>, outside: &mut Vec<Command>) {
        let open = self.engine.open_commands();
        self.answer(at, open, log, outside);
    }

    /// Whether the intent to make the call that a step waits for was recorded.
    #[must_use]
    pub fn was_called(&self, step: StepIx) -> bool {
        self.engine
            .steps
            .get(step.at())
            .and_then(|state| state.work.as_ref())
            .is_some_and(|work| work.called)
    }

    fn record(
        &mut self,
        at: Millis,
        event: Event,
        log: &mut Vec<Record>,
        commands: &mut Vec<Command>,
    ) {
        self.engine.apply(at, &event, commands);
        log.push(Record { v: VERSION, seq: self.next, at, token: self.token, event });
        self.next += 1;
    }

    fn answer(
        &mut self,
        at: Millis,
        commands: Vec<Command>,
        log: &mut Vec<Record>,
        outside: &mut Vec<Command>,
    ) {
        let mut todo = VecDeque::from(commands);
        let mut more = Vec::new();
        while let Some(command) = todo.pop_front() {
            let event = match command {
                Command::Check { step } => {
                    let state = self.engine.condition_state(step);
                    let holds = self.program.condition(self.engine.graph().node(step), &state);
                    Event::Checked { step, holds }
                }
                Command::Evaluate { step, pass } => {
                    Event::Evaluated { step, pass, outcome: self.evaluate(step) }
                }
                Command::Call { .. } | Command::Cancel { .. } => {
                    outside.push(command);
                    continue;
                }
            };
            self.record(at, event, log, &mut more);
            todo.extend(more.drain(..));
        }
    }

    fn evaluate(&self, step: StepIx) -> Evaluation {
        let node = self.engine.graph().node(step);
        let state = self.engine.evaluation_state(step);
        let (reason, message) = match self.program.next(node, &state) {
            Ok(Next::Calls(calls)) => return Evaluation::Calls { calls },
            Ok(Next::Done(task)) => {
                let (outputs, messages) = self.program.outputs(node, &task, &state);
                match outputs.iter().find(|(_, value)| size::exceeds(value, size::MOST)) {
                    None => return Evaluation::Done { outputs, messages },
                    Some((name, _)) => (
                        Reason::Rendering,
                        format!("the output {name} is too large: {}", size::ADVICE),
                    ),
                }
            }
            Err(StepError::Input(message)) => (Reason::Input, message),
            Err(StepError::Rendering(message) | StepError::Template(message)) => {
                (Reason::Rendering, message)
            }
            Err(StepError::Execute(message)) => (Reason::Execute, message),
        };
        Evaluation::Failed { reason, message }
    }
}

impl Engine {
    /// The commands that have been given and not answered.
    #[must_use]
    pub fn open_commands(&self) -> Vec<Command> {
        let mut open = Vec::new();
        for (ix, state) in self.steps.iter().enumerate() {
            let step = StepIx(ix as u32);
            match state.activity {
                Activity::Rest => {}
                Activity::Checking => open.push(Command::Check { step }),
                Activity::Evaluating => open.push(Command::Evaluate { step, pass: state.pass }),
                Activity::Calling => {
                    if let Some(call) = state.work.as_ref().and_then(|work| work.calls.front()) {
                        open.push(Command::Call { step, pass: state.pass, call: call.clone() });
                    }
                }
            }
        }
        open
    }
}
