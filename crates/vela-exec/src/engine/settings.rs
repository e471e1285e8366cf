//! How a run is run: written into its first record, so that a replay follows the same rules.

use crate::duration::Millis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a run is run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// How often a step that fails is tried again.
    pub retries: u32,
    /// How many steps are gone through at the same time.
    pub parallel: u32,
    /// How long a step waits before it is gone through again.
    pub backoff: Backoff,
    /// How long waits last at most that say nothing of it themselves.
    #[serde(default)]
    pub deadlines: Deadlines,
    /// How many steps are gone through at the same time on a kind of target (`kubernetes`) or on a cluster
    /// of it (`kubernetes/east`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, u32>,
    /// Steps that go before others that are ready too: the higher first; 0 for those not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub priorities: BTreeMap<String, i32>,
    /// What happens when a step has failed as often as it may.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// Which objects may be adopted, and which deleted.
    #[serde(default, skip_serializing_if = "Objects::is_default")]
    pub objects: Objects,
    /// What the jitter of waits is drawn from: the same seed, the same waits.
    #[serde(default)]
    pub seed: u64,
}

/// How long a step waits before it is gone through again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backoff {
    /// The first wait; each later one is twice as long.
    pub base: Millis,
    /// The shortest.
    pub least: Millis,
    /// The longest while it waits for something.
    pub most_waiting: Millis,
    /// The longest after a failure.
    pub most_failed: Millis,
    /// By how many per cent a wait may be shorter than that: steps that failed together do not all come
    /// back together.
    #[serde(default)]
    pub jitter: u32,
}

/// How long waits last that have no `timeout` of their own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deadlines {
    /// A step from its first look to its end, suspensions not counted.
    pub step: Millis,
    /// A suspension that waits for an operator.
    pub suspend: Millis,
    /// One call to the outside.
    pub call: Millis,
}

/// What a run may do to objects that it does not find as its own.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Objects {
    /// Which objects it makes its own that are there already, whatever policies say.
    pub adopt: Adopt,
    /// Which of those go that the application no longer has.
    pub prune: Prune,
    /// Whether also those go that may hold data that is nowhere else.
    pub data: bool,
}

impl Objects {
    fn is_default(&self) -> bool {
        *self == Objects::default()
    }
}

/// Which objects become the application's own that are there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Adopt {
    /// Those that policies name.
    #[default]
    ByPolicy,
    /// Those that nobody owns.
    Unowned,
    /// All, whosesoever they are.
    Any,
}

/// Which objects go that the application no longer has.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Prune {
    /// All.
    #[default]
    All,
    /// Those that somebody has agreed to, by their keys in the inventory.
    Approved(BTreeSet<String>),
    /// None.
    Nothing,
}

/// What happens when a step has failed as often as it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OnFailure {
    /// It ends, and the walk goes on over the steps that run after failures.
    #[default]
    GoOn,
    /// The run is held; resumed, the step is tried again as if for the first time.
    Pause,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            retries: 10,
            parallel: 64,
            backoff: Backoff {
                base: 50,
                least: 1_000,
                most_waiting: 60_000,
                most_failed: 300_000,
                jitter: 0,
            },
            deadlines: Deadlines::default(),
            limits: BTreeMap::new(),
            priorities: BTreeMap::new(),
            on_failure: OnFailure::GoOn,
            objects: Objects::default(),
            seed: 0,
        }
    }
}

const HOUR: Millis = 3_600_000;

impl Default for Deadlines {
    fn default() -> Self {
        Deadlines { step: 24 * HOUR, suspend: 30 * 24 * HOUR, call: HOUR }
    }
}

impl Backoff {
    /// The wait after so many before it, at most so long.
    pub(super) fn delay(&self, waits: u32, most: Millis, draw: u64) -> Millis {
        let factor = 1_u64.checked_shl(waits).unwrap_or(u64::MAX);
        let least = self.least.max(1);
        let delay = self.base.saturating_mul(factor).clamp(least, most.max(least));
        let most_off = delay / 100 * u64::from(self.jitter.min(100));
        if most_off == 0 { delay } else { (delay - draw % (most_off + 1)).max(1) }
    }
}

/// A number that looks random and is the same for the same seed, step and count.
pub(super) fn draw(seed: u64, step: u32, count: u32) -> u64 {
    let mut state =
        seed ^ (u64::from(step) << 32 | u64::from(count)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The finalizer of splitmix64.
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
