//! One report for each cause.
//!
//! A mistake in a definition shows wherever the definition is used, what is not known makes all that
//! needs it unknown, and a disjunction fails by its arms. [`Error::folded`] keeps the first finding of
//! each cause, with the paths of the others. Cost: a sort of the findings.

use super::{Diagnostic, Error};
use crate::source::Span;
use std::collections::BTreeMap;

/// What makes two findings one: where and what, though not the path.
type Cause = (&'static str, String, Option<Span>, Vec<Span>);

fn cause(of: &Diagnostic) -> Cause {
    let labels = of.labels.iter().map(|label| label.span).collect();
    (of.code, of.message.clone(), of.span, labels)
}

impl Error {
    /// The same findings, each cause once: what shows at several paths is one finding that names the
    /// others in [`Diagnostic::also`], what fails the arms of a disjunction stands in
    /// [`Diagnostic::arms`] only, and what lacks a value that is reported itself is named there.
    #[must_use]
    pub fn folded(self) -> Error {
        let found = self.into_diagnostics();
        let mut arms: BTreeMap<(String, Cause), ()> = BTreeMap::new();
        for arm in found.iter().flat_map(|finding| &finding.arms) {
            arms.insert((arm.path.clone(), cause(arm)), ());
        }
        let mut kept: Vec<Diagnostic> = Vec::new();
        let mut seen: BTreeMap<Cause, usize> = BTreeMap::new();
        for finding in found {
            let cause = cause(&finding);
            if finding.arms.is_empty() && arms.contains_key(&(finding.path.clone(), cause.clone()))
            {
                continue;
            }
            let placed = finding.span.is_some() || !finding.labels.is_empty();
            match seen.get(&cause).filter(|_| placed) {
                Some(first) => add(&mut kept[*first], finding.path),
                None => {
                    seen.insert(cause, kept.len());
                    kept.push(finding);
                }
            }
        }
        Error::new(without_consequences(kept))
    }
}

/// Leaves out what only lacks a value that another finding reports as not known.
fn without_consequences(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in found.iter().filter(|finding| finding.code == "cue/incomplete") {
        missing.entry(finding.path.clone()).or_default();
    }
    let mut kept = Vec::with_capacity(found.len());
    for finding in found {
        let lacked = finding.needs.as_ref().filter(|path| **path != finding.path);
        match lacked.and_then(|path| missing.get_mut(path)) {
            Some(needing) => {
                needing.push(finding.path);
                needing.extend(finding.also);
            }
            None => kept.push(finding),
        }
    }
    for finding in kept.iter_mut().filter(|finding| finding.code == "cue/incomplete") {
        for path in missing.remove(&finding.path).unwrap_or_default() {
            add(finding, path);
        }
    }
    kept
}

fn add(finding: &mut Diagnostic, path: String) {
    if !path.is_empty() && path != finding.path && !finding.also.contains(&path) {
        finding.also.push(path);
    }
}
