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
    let days = (at / 86_400_000) as i64;
    let seconds = at / 1000;
    // Years counted from March, so that the leap day comes last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (h, m, s) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z")
}

#[cfg(test)]
mod tests {
    use super::{clock, date};

    #[test]
    fn as_the_calendar_says() {
        for (at, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_709_251_199_000, "2024-02-29T23:59:59Z"),
            (1_764_056_627_000, "2025-11-25T07:43:47Z"),
        ] {
            assert_eq!(date(at), text);
        }
        assert_eq!(clock(50_589_120), "14:03:09.120");
    }
}
