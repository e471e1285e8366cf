//! Differences of texts, line by line.

use std::fmt::Write as _;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;

/// Texts whose changed parts have more pairs of lines than this are shown as replaced as a whole.
const MAX_PAIRS: usize = 4_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Remove,
    Add,
}

/// The difference in the unified format; ends with an empty line.
pub(crate) fn unified(name: &str, before: &str, after: &str) -> String {
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let edits = edits(&old, &new);
    let mut out = format!("diff {name}.orig {name}\n--- {name}.orig\n+++ {name}\n");
    let changes: Vec<usize> = (0..edits.len()).filter(|i| edits[*i] != Edit::Keep).collect();
    let mut next = 0;
    while next < changes.len() {
        let first = changes[next].saturating_sub(CONTEXT);
        let mut last = changes[next];
        while next < changes.len() && changes[next] <= last + 2 * CONTEXT {
            last = changes[next];
            next += 1;
        }
        let last = (last + CONTEXT + 1).min(edits.len());
        hunk(&mut out, &edits, first..last, &old, &new);
    }
    out.push('\n');
    out
}

fn hunk(
    out: &mut String,
    edits: &[Edit],
    range: std::ops::Range<usize>,
    old: &[&str],
    new: &[&str],
) {
    let count = |range: std::ops::Range<usize>, not: Edit| {
        edits[range].iter().filter(|edit| **edit != not).count()
    };
    let (mut i, mut j) = (count(0..range.start, Edit::Add), count(0..range.start, Edit::Remove));
    let (olds, news) = (count(range.clone(), Edit::Add), count(range.clone(), Edit::Remove));
    let _ = writeln!(out, "@@ -{},{olds} +{},{news} @@", i + 1, j + 1);
    for edit in &edits[range] {
        let (sign, line) = match edit {
            Edit::Keep => (' ', old[i]),
            Edit::Remove => ('-', old[i]),
            Edit::Add => ('+', new[j]),
        };
        i += usize::from(*edit != Edit::Add);
        j += usize::from(*edit != Edit::Remove);
        let _ = writeln!(out, "{sign}{line}");
    }
}

/// A shortest way from the old lines to the new ones.
fn edits(old: &[&str], new: &[&str]) -> Vec<Edit> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail =
        old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let mut edits = vec![Edit::Keep; head];
    if a.len().saturating_mul(b.len()) > MAX_PAIRS {
        edits.extend(a.iter().map(|_| Edit::Remove));
        edits.extend(b.iter().map(|_| Edit::Add));
    } else {
        middle(a, b, &mut edits);
    }
    edits.extend(std::iter::repeat_n(Edit::Keep, tail));
    edits
}

/// By the longest common subsequence.
fn middle(a: &[&str], b: &[&str], edits: &mut Vec<Edit>) {
    let width = b.len() + 1;
    let mut common = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i * width + j] = if a[i] == b[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            edits.push(Edit::Keep);
            i += 1;
            j += 1;
        } else if i < a.len()
            && (j == b.len() || common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            edits.push(Edit::Remove);
            i += 1;
        } else {
            edits.push(Edit::Add);
            j += 1;
        }
    }
}
