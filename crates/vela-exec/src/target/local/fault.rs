//! Misbehaviour on demand: a component's `properties.simulate`.

use crate::duration::{self, Millis};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

/// How a component misbehaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Applying it always fails.
    Error,
    /// It never becomes healthy.
    Unhealthy,
    /// Applying it fails so many times, then works.
    Flaky(u32),
    /// It is healthy after it was applied more often than that.
    HealthyAfter(u32),
    /// It takes so much longer than others to become healthy.
    Slow(Millis),
    /// Applying it fails so many times in a hundred, by a number drawn from the attempt.
    Rate(u32),
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Fault, String> {
        let count = |number: &str| {
            number.trim().parse().map_err(|_| format!("\"{number}\" is no number of times"))
        };
        match text.split_once(':') {
            None if text == "error" => Ok(Fault::Error),
            None if text == "unhealthy" => Ok(Fault::Unhealthy),
            Some(("flaky", number)) => Ok(Fault::Flaky(count(number)?)),
            Some(("healthy-after", number)) => Ok(Fault::HealthyAfter(count(number)?)),
            Some(("slow", duration)) => Ok(Fault::Slow(duration::parse(duration)?)),
            Some(("rate", number)) => Ok(Fault::Rate(count(number.trim_end_matches('%'))?)),
            _ => Err(format!(
                "\"{text}\" can't be simulated: use error, unhealthy, flaky:N, healthy-after:N, slow:DURATION \
                 or rate:PERCENT"
            )),
        }
    }
}

/// The components that misbehave.
#[derive(Default, Debug)]
pub struct Faults {
    by_component: BTreeMap<String, Fault>,
    applied: Mutex<BTreeMap<String, u32>>,
}

impl Faults {
    /// Those of the components of an Application.
    ///
    /// # Errors
    /// A `simulate` is not understood: which.
    pub fn of_application(application: &Json) -> Result<Faults, String> {
        let mut faults = Faults::default();
        let components = application.pointer("/spec/components").and_then(Json::as_array);
        for component in components.into_iter().flatten() {
            let name = component.get("name").and_then(Json::as_str).unwrap_or_default();
            if let Some(text) = component.pointer("/properties/simulate").and_then(Json::as_str) {
                faults.add(name, text.parse().map_err(|why| format!("component {name}: {why}"))?);
            }
        }
        Ok(faults)
    }

    /// Adds a component.
    pub fn add(&mut self, component: &str, fault: Fault) {
        self.by_component.insert(component.to_owned(), fault);
    }

    /// Counts an attempt to apply a component, and says if it must fail.
    pub(super) fn before_apply(&self, component: Option<&str>) -> Result<(), String> {
        let Some((component, fault)) = self.of(component) else { return Ok(()) };
        let before = {
            let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
            let count = applied.entry(component.to_owned()).or_default();
            *count += 1;
            *count - 1
        };
        match fault {
            Fault::Error => Err("simulated error".to_owned()),
            Fault::Flaky(times) if before < times => Err("simulated flaky error".to_owned()),
            Fault::Rate(percent) if drawn(component, before) < percent => {
                Err("simulated error, as some attempts have".to_owned())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn is_healthy(&self, component: Option<&str>) -> bool {
        let Some((component, fault)) = self.of(component) else { return true };
        match fault {
            Fault::Unhealthy => false,
            Fault::HealthyAfter(times) => {
                let applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
                applied.get(component).is_some_and(|count| *count > times)
            }
            Fault::Error | Fault::Flaky(_) | Fault::Slow(_) | Fault::Rate(_) => true,
        }
    }

    /// How much longer than others it takes.
    pub(super) fn delay(&self, component: Option<&str>) -> Millis {
        match self.of(component) {
            Some((_, Fault::Slow(delay))) => delay,
            _ => 0,
        }
    }

    fn of<'a>(&self, component: Option<&'a str>) -> Option<(&'a str, Fault)> {
        let component = component?;
        self.by_component.get(component).map(|fault| (component, *fault))
    }
}

/// A number below 100 for an attempt at a component: the same each time.
fn drawn(component: &str, attempt: u32) -> u32 {
    let seed = component.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (seed ^ u64::from(attempt)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 40) % 100) as u32
}
