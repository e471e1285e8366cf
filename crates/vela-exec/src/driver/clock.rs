//! The clocks that runs go by.

use crate::duration::Millis;
use crate::executor::BoxFuture;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970.
    fn now(&self) -> Millis;

    /// Waits until then.
    fn sleep_until(&self, at: Millis) -> BoxFuture<'static, ()>;

    /// Whether time passes only by waiting: then nobody waits while work is under way.
    fn is_virtual(&self) -> bool;
}

/// The clock of the machine. It follows when that is set forward, and goes on from where it was when it is
/// set back: what was due in a minute is never due in a day.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealClock;

/// What the machine's clock showed when the process began, less the time since then; only ever grows.
static AHEAD: AtomicU64 = AtomicU64::new(0);
static BEGUN: OnceLock<Instant> = OnceLock::new();

impl Clock for RealClock {
    fn now(&self) -> Millis {
        let millis = |time: Duration| Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX);
        let passed = millis(BEGUN.get_or_init(Instant::now).elapsed());
        let shown = millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
        let ahead = shown.saturating_sub(passed);
        ahead.max(AHEAD.fetch_max(ahead, Ordering::SeqCst)).saturating_add(passed)
    }

    fn sleep_until(&self, at: Millis) -> BoxFuture<'static, ()> {
        let wait = Duration::from_millis(at.saturating_sub(self.now()));
        Box::pin(tokio::time::sleep(wait))
    }

    fn is_virtual(&self) -> bool {
        false
    }
}

/// A clock that jumps to whatever is waited for.
#[derive(Debug, Default)]
pub struct VirtualClock(AtomicU64);

impl VirtualClock {
    /// A clock that shows this.
    #[must_use]
    pub fn at(now: Millis) -> VirtualClock {
        VirtualClock(AtomicU64::new(now))
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }

    fn sleep_until(&self, at: Millis) -> BoxFuture<'static, ()> {
        self.0.fetch_max(at, Ordering::SeqCst);
        Box::pin(std::future::ready(()))
    }

    fn is_virtual(&self) -> bool {
        true
    }
}
