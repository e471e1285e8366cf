//! The order in which the fields of several literals are printed.
//!
//! Fields of one literal keep their order where all literals agree. The literals come one after the other,
//! but for the last field of each: these follow when all literals had their turn. Where literals disagree,
//! or a literal names a field twice, the circle is opened at the field that is first.

use super::parts::Parts;
use crate::syntax::ast::Text;
use std::collections::{BTreeMap, BTreeSet};

/// Brings the fields of a struct into the order in which they are printed.
pub(super) fn sort(parts: &mut Parts<'_>) {
    if parts.orders.len() < 2 {
        return;
    }
    let order = merged(&parts.orders);
    let places: BTreeMap<&Text, usize> =
        order.iter().enumerate().map(|(at, label)| (*label, at)).collect();
    parts.groups.sort_by_key(|group| places.get(&group.label).copied().unwrap_or(usize::MAX));
}

/// The labels of these lists, each once.
fn merged(lists: &[Vec<Text>]) -> Vec<&Text> {
    let mut after: BTreeMap<&Text, BTreeSet<&Text>> = BTreeMap::new();
    let mut waits: BTreeMap<&Text, usize> = BTreeMap::new();
    for list in lists {
        for pair in list.windows(2) {
            let [before, next] = pair else { continue };
            if after.entry(before).or_default().insert(next) {
                *waits.entry(next).or_default() += 1;
            }
        }
    }
    let is_last = |label: &Text| !after.contains_key(label);
    let late: BTreeSet<&Text> = waits.keys().filter(|label| is_last(label)).copied().collect();
    let mut left: Vec<Vec<&Text>> = lists.iter().map(|list| list.iter().collect()).collect();
    let mut found: Vec<&Text> = Vec::new();
    let mut known: BTreeSet<&Text> = BTreeSet::new();
    let mut takes_late = false;
    loop {
        let before = found.len();
        for list in &mut left {
            list.retain(|label| {
                if known.contains(label) {
                    return false;
                }
                let is_ready = waits.get(label).is_none_or(|count| *count == 0);
                if !is_ready || !takes_late && late.contains(label) {
                    return true;
                }
                take(label, &mut found, &mut known, &after, &mut waits);
                false
            });
        }
        if found.len() == before && takes_late {
            let Some(first) = left.iter().flatten().find(|label| !known.contains(*label)) else {
                return found;
            };
            take(first, &mut found, &mut known, &after, &mut waits);
        }
        takes_late = true;
    }
}

fn take<'t>(
    label: &'t Text,
    found: &mut Vec<&'t Text>,
    known: &mut BTreeSet<&'t Text>,
    after: &BTreeMap<&'t Text, BTreeSet<&'t Text>>,
    waits: &mut BTreeMap<&'t Text, usize>,
) {
    found.push(label);
    known.insert(label);
    for next in after.get(label).into_iter().flatten() {
        if let Some(count) = waits.get_mut(next) {
            *count = count.saturating_sub(1);
        }
    }
}
