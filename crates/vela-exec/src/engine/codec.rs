//! Records as bytes: what a store keeps of a log.
//!
//! A record begins with its version. Numbers are of variable length, values are JSON text: most records of a
//! step are some tens of bytes, and reading them back takes less time than applying them. Version 1 wrote
//! records as JSON objects; they are still read.

use super::event::{Evaluation, Event, Outcome, Reason, Record, VERSION};
use super::graph::StepIx;
use serde::Serialize;
use serde::de::DeserializeOwned;
use vela_dag::step::Call;

/// Why bytes are no record.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CodecError {
    /// Written by a later version of Vela.
    #[error(
        "it has format version {0}, this Vela reads versions up to {VERSION}; use a later Vela"
    )]
    Version(u32),
    /// The bytes end too early, go on too long, or make no sense.
    #[error("it can't be understood: {0}")]
    Damaged(String),
}

mod tag {
    pub(super) const STARTED: u8 = 0;
    pub(super) const HOLDS_NOT: u8 = 1;
    pub(super) const HOLDS: u8 = 2;
    pub(super) const HOLDS_ERROR: u8 = 3;
    pub(super) const CALLS: u8 = 4;
    pub(super) const DONE: u8 = 5;
    pub(super) const EVALUATION_FAILED: u8 = 6;
    pub(super) const CALLED: u8 = 7;
    pub(super) const VALUE: u8 = 8;
    pub(super) const WAIT: u8 = 9;
    pub(super) const ERROR: u8 = 10;
    pub(super) const FAIL: u8 = 11;
    pub(super) const UNKNOWN: u8 = 12;
    pub(super) const TICKED: u8 = 13;
    pub(super) const RESUMED: u8 = 14;
    pub(super) const SUSPENDED: u8 = 15;
    pub(super) const TERMINATED: u8 = 16;
    pub(super) const RESTARTED: u8 = 17;
}

/// Appends a record's bytes.
///
/// # Errors
/// A value has no JSON form.
pub fn encode(record: &Record, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let mut out = Writer(out);
    out.0.push(VERSION as u8);
    out.number(record.seq);
    out.number(record.at);
    out.number(record.token);
    match &record.event {
        Event::Started { settings, context } => {
            out.0.push(tag::STARTED);
            out.json(settings)?;
            out.json(context)?;
        }
        Event::Checked { step, holds } => {
            out.tagged(
                match holds {
                    Ok(false) => tag::HOLDS_NOT,
                    Ok(true) => tag::HOLDS,
                    Err(_) => tag::HOLDS_ERROR,
                },
                *step,
            );
            if let Err(why) = holds {
                out.text(why);
            }
        }
        Event::Evaluated { step, pass, outcome } => match outcome {
            Evaluation::Calls { calls } => {
                out.tagged(tag::CALLS, *step);
                out.number(u64::from(*pass));
                out.number(calls.len() as u64);
                for call in calls {
                    out.text(&call.path);
                    out.text(&call.provider);
                    out.text(&call.action);
                    out.0.push(u8::from(call.returns));
                    out.json(&call.params)?;
                }
            }
            Evaluation::Done { outputs, messages } => {
                out.tagged(tag::DONE, *step);
                out.number(u64::from(*pass));
                out.number(outputs.len() as u64);
                for (name, value) in outputs {
                    out.text(name);
                    out.json(value)?;
                }
                out.number(messages.len() as u64);
                for message in messages {
                    out.text(message);
                }
            }
            Evaluation::Failed { reason, message } => {
                out.tagged(tag::EVALUATION_FAILED, *step);
                out.number(u64::from(*pass));
                out.json(reason)?;
                out.text(message);
            }
        },
        Event::Called { step, pass, path } => {
            out.tagged(tag::CALLED, *step);
            out.number(u64::from(*pass));
            out.text(path);
        }
        Event::Returned { step, pass, path, outcome, keep } => {
            let tag = match outcome {
                Outcome::Value { .. } => tag::VALUE,
                Outcome::Wait { .. } => tag::WAIT,
                Outcome::Error { .. } => tag::ERROR,
                Outcome::Fail { .. } => tag::FAIL,
                Outcome::Unknown { .. } => tag::UNKNOWN,
            };
            out.tagged(tag, *step);
            out.number(u64::from(*pass));
            out.text(path);
            out.0.push(u8::from(*keep));
            match outcome {
                Outcome::Value { value } => out.json(value)?,
                Outcome::Wait { message }
                | Outcome::Error { message }
                | Outcome::Fail { message }
                | Outcome::Unknown { message } => out.text(message),
            }
        }
        Event::Ticked => out.0.push(tag::TICKED),
        Event::Resumed { step } => out.maybe(tag::RESUMED, *step),
        Event::Suspended => out.0.push(tag::SUSPENDED),
        Event::Terminated => out.0.push(tag::TERMINATED),
        Event::Restarted { step } => out.maybe(tag::RESTARTED, *step),
    }
    Ok(())
}

/// Reads a record.
///
/// # Errors
/// The bytes are no record, or one of a later version.
pub fn decode(bytes: &[u8]) -> Result<Record, CodecError> {
    let version = match bytes.first() {
        Some(b'{') => {
            let record: Record = serde_json::from_slice(bytes).map_err(damaged)?;
            return if record.v > VERSION {
                Err(CodecError::Version(record.v))
            } else {
                Ok(record)
            };
        }
        Some(version) => u32::from(*version),
        None => return Err(CodecError::Damaged("it is empty".to_owned())),
    };
    if version > VERSION {
        return Err(CodecError::Version(version));
    }
    let mut from = Reader(&bytes[1..]);
    let (seq, at, token) = (from.number()?, from.number()?, from.number()?);
    let event = event(&mut from)?;
    if !from.0.is_empty() {
        return Err(CodecError::Damaged(format!("{} bytes follow its end", from.0.len())));
    }
    Ok(Record { v: version, seq, at, token, event })
}

fn event(from: &mut Reader<'_>) -> Result<Event, CodecError> {
    let tag = from.byte()?;
    let pass = |from: &mut Reader<'_>| -> Result<(StepIx, u32), CodecError> {
        Ok((StepIx(from.small()?), from.small()?))
    };
    Ok(match tag {
        tag::STARTED => Event::Started { settings: from.json()?, context: from.json()? },
        tag::HOLDS_NOT => Event::Checked { step: StepIx(from.small()?), holds: Ok(false) },
        tag::HOLDS => Event::Checked { step: StepIx(from.small()?), holds: Ok(true) },
        tag::HOLDS_ERROR => {
            Event::Checked { step: StepIx(from.small()?), holds: Err(from.text()?) }
        }
        tag::CALLS => {
            let (step, pass) = pass(from)?;
            let mut calls = Vec::new();
            for _ in 0..from.number()? {
                calls.push(Call {
                    path: from.text()?,
                    provider: from.text()?,
                    action: from.text()?,
                    returns: from.byte()? != 0,
                    params: from.json()?,
                });
            }
            Event::Evaluated { step, pass, outcome: Evaluation::Calls { calls } }
        }
        tag::DONE => {
            let (step, pass) = pass(from)?;
            let mut outputs = vela_dag::plan::Values::new();
            for _ in 0..from.number()? {
                outputs.insert(from.text()?, from.json()?);
            }
            let mut messages = Vec::new();
            for _ in 0..from.number()? {
                messages.push(from.text()?);
            }
            Event::Evaluated { step, pass, outcome: Evaluation::Done { outputs, messages } }
        }
        tag::EVALUATION_FAILED => {
            let (step, pass) = pass(from)?;
            let reason: Reason = from.json()?;
            let message = from.text()?;
            Event::Evaluated { step, pass, outcome: Evaluation::Failed { reason, message } }
        }
        tag::CALLED => {
            let (step, pass) = pass(from)?;
            Event::Called { step, pass, path: from.text()? }
        }
        tag::VALUE | tag::WAIT | tag::ERROR | tag::FAIL | tag::UNKNOWN => {
            let (step, pass) = pass(from)?;
            let path = from.text()?;
            let keep = from.byte()? != 0;
            let outcome = match tag {
                tag::VALUE => Outcome::Value { value: from.json()? },
                tag::WAIT => Outcome::Wait { message: from.text()? },
                tag::ERROR => Outcome::Error { message: from.text()? },
                tag::FAIL => Outcome::Fail { message: from.text()? },
                _ => Outcome::Unknown { message: from.text()? },
            };
            Event::Returned { step, pass, path, outcome, keep }
        }
        tag::TICKED => Event::Ticked,
        tag::RESUMED => Event::Resumed { step: from.maybe()? },
        tag::SUSPENDED => Event::Suspended,
        tag::TERMINATED => Event::Terminated,
        tag::RESTARTED => Event::Restarted { step: from.maybe()? },
        other => return Err(CodecError::Damaged(format!("there is no event of kind {other}"))),
    })
}

fn damaged(error: impl ToString) -> CodecError {
    CodecError::Damaged(error.to_string())
}

struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn tagged(&mut self, tag: u8, step: StepIx) {
        self.0.push(tag);
        self.number(u64::from(step.0));
    }

    /// A step that may be absent: 0, or its number and one.
    fn maybe(&mut self, tag: u8, step: Option<StepIx>) {
        self.0.push(tag);
        self.number(step.map_or(0, |step| u64::from(step.0) + 1));
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), CodecError> {
        let text = serde_json::to_vec(value).map_err(damaged)?;
        self.number(text.len() as u64);
        self.0.extend_from_slice(&text);
        Ok(())
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8, CodecError> {
        let (first, rest) = self.0.split_first().ok_or_else(|| damaged("it ends too early"))?;
        self.0 = rest;
        Ok(*first)
    }

    fn number(&mut self) -> Result<u64, CodecError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(damaged("a number is too large"))
    }

    fn small(&mut self) -> Result<u32, CodecError> {
        u32::try_from(self.number()?).map_err(|_| damaged("a number is too large"))
    }

    fn maybe(&mut self) -> Result<Option<StepIx>, CodecError> {
        let number = self.number()?;
        let step = number.checked_sub(1).map(u32::try_from).transpose().map_err(damaged)?;
        Ok(step.map(StepIx))
    }

    fn bytes(&mut self) -> Result<&'a [u8], CodecError> {
        let length = usize::try_from(self.number()?).map_err(damaged)?;
        if length > self.0.len() {
            return Err(damaged("it ends too early"));
        }
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<String, CodecError> {
        Ok(std::str::from_utf8(self.bytes()?).map_err(damaged)?.to_owned())
    }

    fn json<T: DeserializeOwned>(&mut self) -> Result<T, CodecError> {
        serde_json::from_slice(self.bytes()?).map_err(damaged)
    }
}
