//! Durations as applications write them: `30s`, `2m15s`, `1.5h`.

/// Milliseconds since the Unix epoch, or a number of them.
pub type Millis = u64;

/// Reads a duration in the notation of Go: numbers with units `ns us µs ms s m h`, one after another.
///
/// # Errors
/// The text is no duration, or is negative or longer than some millennia: why.
pub fn parse(text: &str) -> Result<Millis, String> {
    let wrong =
        |why: &str| format!("\"{text}\" is no duration ({why}); write it as in 30s, 2m15s or 1.5h");
    let mut rest = text.trim().strip_prefix('+').unwrap_or(text.trim());
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(wrong("it is empty"));
    }
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(|| wrong("a unit is missing"))?;
        let number: f64 = rest[..digits].parse().map_err(|_| wrong("a number is missing"))?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1e-6,
            "us" | "µs" | "μs" => 1e-3,
            "ms" => 1.0,
            "s" => 1e3,
            "m" => 60e3,
            "h" => 3600e3,
            _ => return Err(wrong("its unit is not one of ns, us, ms, s, m, h")),
        };
        total += number * unit;
        rest = &rest[end..];
    }
    if total > 1e15 {
        return Err(wrong("it is too long"));
    }
    // Rounded up: a wait is never shorter than what was asked for.
    Ok(total.ceil() as Millis)
}

/// A number of milliseconds for people: `340 ms`, `12.5 s`, `4m05s`, `3h20m`, `2d04h`.
#[must_use]
pub fn shown(millis: Millis) -> String {
    let seconds = millis / 1000;
    match seconds {
        0 => format!("{millis} ms"),
        1..60 if millis % 1000 < 50 => format!("{seconds} s"),
        1..60 => format!("{:.1} s", (millis / 100) as f64 / 10.0),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, shown};

    #[test]
    fn shows_what_people_read() {
        for (ms, text) in [
            (0, "0 ms"),
            (340, "340 ms"),
            (2_000, "2 s"),
            (12_570, "12.5 s"),
            (60_000, "1m00s"),
            (245_900, "4m05s"),
            (12_000_000, "3h20m"),
            (187_200_000, "2d04h"),
        ] {
            assert_eq!(shown(ms), text);
        }
    }

    #[test]
    fn reads_what_go_reads() {
        for (text, ms) in [
            ("2s", 2_000),
            ("1m", 60_000),
            ("2m30s", 150_000),
            ("1.5h", 5_400_000),
            ("100ms", 100),
            ("1ns", 1),
            ("0", 0),
            (".5s", 500),
        ] {
            assert_eq!(parse(text), Ok(ms), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "1", "1min", "s", "-1s", "1 s", "1e3s", "1..2s", "99999999999999h"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
