//! The name that was meant, for one that is not there.

/// The candidate closest to `name`, if it is close enough to be a slip: swapped, missing, doubled or
/// wrong letters, or another case. Ties go to the first.
pub(crate) fn nearest<'n>(
    name: &str,
    candidates: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    // A long name would make the table large for nothing: nobody mistypes it as a short one.
    if name.is_empty() || name.chars().count() > 64 {
        return None;
    }
    let lower = name.to_lowercase();
    let close = 1 + name.len() / 4;
    candidates
        .into_iter()
        .filter(|known| known.len().abs_diff(name.len()) <= close)
        .map(|known| (distance(&known.to_lowercase(), &lower), known))
        .filter(|(d, known)| *d <= close && *d < known.chars().count())
        .min_by_key(|(d, _)| *d)
        .map(|(_, known)| known)
}

/// How many letters have to be changed, added, removed or swapped.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
