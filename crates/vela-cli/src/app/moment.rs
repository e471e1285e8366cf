//! Times as people read them.

use std::time::{SystemTime, UNIX_EPOCH};
use vela::exec::duration::Millis;

/// The time, in milliseconds since 1970.
pub(crate) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// A time of day in UTC: `14:03:09.120`.
pub(crate) fn clock(at: Millis) -> String {
    let seconds = at / 1000;
    let (h, m, s) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{h:02}:{m:02}:{s:02}.{:03}", at % 1000)
}

/// A date and time in UTC: `2026-11-25T14:03:09Z`.
pub(crate) fn date(at: Millis) -> String {
    vela::exec::calendar::utc(i64::try_from(at / 1000).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{clock, date};

    #[test]
    fn as_the_calendar_says() {
        assert_eq!(date(951_782_400_000), "2000-02-29T00:00:00Z");
        assert_eq!(clock(50_589_120), "14:03:09.120");
    }
}
