//! The known name that was probably meant.

/// The candidate closest to `name`, if it is close enough to be a slip: swapped, missing, doubled or
/// wrong letters, or another case. Ties go to the first.
///
/// ```
/// let known = ["webservice", "worker", "task"];
/// assert_eq!(vela_lang::nearest("webservcie", known), Some("webservice"));
/// assert_eq!(vela_lang::nearest("deployment", known), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A long name would make the table large for nothing: nobody mistypes it as a short one.
    if name.is_empty() || name.chars().count() > 64 {
        return None;
    }
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let budget = (name.len() / 3).clamp(1, 3);
    let mut best = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.to_lowercase().chars().collect();
        if letters.len().abs_diff(name.len()) > budget {
            continue;
        }
        let distance = distance(&name, &letters);
        if distance <= budget && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let known = ["webservice", "worker", "task", "cron-task"];
        for (typed, meant) in [
            ("webservcie", Some("webservice")),
            ("WebService", Some("webservice")),
            ("wroker", Some("worker")),
            ("tsak", Some("task")),
            ("crontask", Some("cron-task")),
            ("deployment", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known), meant, "{typed}");
        }
    }
}
