//! Durations as Go writes them: `1m30s`, `1.5h`, `300ms`.

/// The whole seconds of a duration, rounded up; nothing if the text is no duration.
///
/// ```
/// use vela_dag::workflow::seconds;
/// assert_eq!(seconds("1m30s"), Some(90));
/// assert_eq!(seconds("100ms"), Some(1));
/// assert_eq!(seconds("soon"), None);
/// ```
pub fn seconds(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut nanoseconds: u128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit: u128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60 * 1_000_000_000,
            "h" => 3600 * 1_000_000_000,
            _ => return None,
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && part.is_empty() || part.contains('.') {
            return None;
        }
        let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        nanoseconds = nanoseconds.checked_add(whole.checked_mul(unit)?)?;
        let mut scale = unit;
        for digit in part.bytes() {
            scale /= 10;
            nanoseconds = nanoseconds.checked_add(u128::from(digit - b'0') * scale)?;
        }
        rest = after;
    }
    u64::try_from(nanoseconds.div_ceil(1_000_000_000)).ok()
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn reads_go_durations() {
        for (text, wanted) in [
            ("30s", Some(30)),
            ("2m15s", Some(135)),
            ("1.5h", Some(5400)),
            ("1h0m0.5s", Some(3601)),
            ("0", Some(0)),
            ("", None),
            ("5", None),
            ("1min", None),
            (".s", None),
            ("-1s", None),
            ("99999999999999999999999999h", None),
        ] {
            assert_eq!(seconds(text), wanted, "{text}");
        }
    }
}
