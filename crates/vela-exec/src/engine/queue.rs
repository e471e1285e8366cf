//! What is to be looked at next: by priority, then in the order of arrival; and what a limit holds back.

use super::graph::{ScopeIx, StepIx};
use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

/// What is to be looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Item {
    /// A step, for the first time.
    Visit(StepIx),
    /// A step, again.
    Pass(StepIx),
    /// The end of a round over a scope.
    Mark(ScopeIx),
}

/// Items by priority, the highest first.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Queue {
    /// Those without a priority: all of them, in most runs.
    plain: VecDeque<Item>,
    /// Those with one, before (above 0) or after the others.
    special: BTreeMap<Reverse<i32>, VecDeque<Item>>,
}

impl Queue {
    fn of(&mut self, priority: i32) -> &mut VecDeque<Item> {
        match priority {
            0 => &mut self.plain,
            _ => self.special.entry(Reverse(priority)).or_default(),
        }
    }

    pub(super) fn push_back(&mut self, priority: i32, item: Item) {
        self.of(priority).push_back(item);
    }

    pub(super) fn push_front(&mut self, priority: i32, item: Item) {
        self.of(priority).push_front(item);
    }

    pub(super) fn pop(&mut self) -> Option<Item> {
        let urgent = self.special.first_key_value().is_some_and(|(Reverse(p), _)| *p > 0);
        if !urgent && let Some(item) = self.plain.pop_front() {
            if self.plain.is_empty() {
                // A run that waits has nothing here, and may wait for months.
                self.plain = VecDeque::new();
            }
            return Some(item);
        }
        let mut first = self.special.first_entry()?;
        let item = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        item
    }

    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.special.is_empty()
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&Item) -> bool) {
        self.plain.retain(&keep);
        self.special.retain(|_, items| {
            items.retain(&keep);
            !items.is_empty()
        });
    }
}

/// Steps at work by target and cluster, and those that wait for their turn there.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Lanes {
    pub(super) busy: BTreeMap<String, u32>,
    pub(super) parked: BTreeMap<String, VecDeque<Item>>,
}

impl Lanes {
    /// The first lane of these that is full.
    pub(super) fn full<'a>(
        &self,
        lanes: &'a [String],
        limits: &BTreeMap<String, u32>,
    ) -> Option<&'a String> {
        lanes.iter().find(|lane| {
            // A limit of nothing would hold a run for ever.
            let most = limits.get(*lane).map_or(u32::MAX, |limit| (*limit).max(1));
            self.busy.get(*lane).copied().unwrap_or_default() >= most
        })
    }

    pub(super) fn park(&mut self, lane: &str, item: Item) {
        self.parked.entry(lane.to_owned()).or_default().push_back(item);
    }

    pub(super) fn unpark(&mut self, lane: &str) -> Option<Item> {
        let parked = self.parked.get_mut(lane)?;
        let item = parked.pop_front();
        if parked.is_empty() {
            self.parked.remove(lane);
        }
        item
    }
}
