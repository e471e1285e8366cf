//! Evaluating everything below a node, and finding what is wrong there.

use super::closed::{Scope, is_member};
use super::node::{Bottom, Entry, Hint, Label, Node, State, flag};
use super::{Eval, Outcome};
use crate::diagnostic::Class;
use crate::ir::Presence;
use crate::source::Span;

impl<'a> Eval<'a> {
    /// Evaluates a node and all fields and elements below it, except those that are only optional.
    pub(crate) fn deep(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        if node.has(flag::FINAL | flag::VISITING) {
            return Ok(());
        }
        self.shallow(node)?;
        if self.is_structural(node) {
            return Ok(());
        }
        if node.state.get() == State::Stuck && self.may_be_only_itself(node) {
            // There would be another level like this one, and another.
            return Ok(());
        }
        if node.has(flag::SHARED) && self.is_on_trail(node.shared()) {
            self.fail_structural(node);
            return Ok(());
        }
        if node.has(flag::ARM) && self.fatal_error(node).is_some() {
            node.set(flag::FINAL);
            return Ok(());
        }
        if !node.arms().is_empty() {
            node.set(flag::FINAL);
            return Ok(());
        }
        let target = node.target();
        if !std::ptr::eq(target, node) {
            self.deeper(|| self.deep(target))?;
            if target.has(flag::FINAL) {
                node.set(flag::FINAL);
            }
            return Ok(());
        }
        if self.visit(node)? && node.state.get() == State::Done {
            node.set(flag::FINAL);
            self.check_closed(node);
        }
        Ok(())
    }

    /// Evaluates the fields of a node with the node on the trail; whether all are final.
    fn visit(&self, node: &'a Node<'a>) -> Outcome<'a, bool> {
        node.set(flag::VISITING);
        self.trail.borrow_mut().push(node);
        let result = self.deep_fields(node);
        self.trail.borrow_mut().pop();
        node.unset(flag::VISITING);
        result
    }

    fn deep_fields(&self, node: &'a Node<'a>) -> Outcome<'a, bool> {
        let Some(fields) = node.fields.get() else { return Ok(true) };
        let mut all = true;
        let mut next = 0;
        while let Some(entry) = fields.entries.get(next) {
            next += 1;
            if entry.node.presence.get() == Presence::Optional {
                continue;
            }
            self.deeper(|| self.deep(entry.node))?;
            all &= entry.node.has(flag::FINAL) || self.is_structural(entry.node);
        }
        Ok(all)
    }

    /// Whether the way down to where we are goes through a node.
    fn is_on_trail(&self, node: &'a Node<'a>) -> bool {
        let start = self.trail_start.get();
        node.has(flag::VISITING)
            && self.trail.borrow().iter().skip(start).any(|above| std::ptr::eq(*above, node))
    }

    /// Whether a node contains itself: then nothing below it is looked at.
    fn is_structural(&self, node: &'a Node<'a>) -> bool {
        let is = |node: &Node<'a>| {
            let extra = node.extra.get();
            extra.is_some_and(|e| e.errors.any(|bottom| bottom.class == Class::Structural))
        };
        is(node) || (node.has(flag::SHARED) && is(node.shared()))
    }

    /// Records fields that are not allowed, unless the struct has a worse error.
    fn check_closed(&self, node: &'a Node<'a>) {
        let closers = self.closers(node);
        let closers: Vec<_> =
            closers.into_iter().filter(|closer| !self.is_partial(node, closer)).collect();
        let refused = self.not_allowed(node, &closers);
        if refused.is_empty() || self.fatal_error(node).is_some() {
            return;
        }
        if self.child_error(node).is_some() {
            return;
        }
        node.unset(flag::CHILD_KNOWN);
        for field in refused {
            let refuses = |closer: &&&Scope<'a>| {
                !field.conjuncts.any(|conjunct| is_member(conjunct.scope, closer))
            };
            let hint = closers.iter().find(refuses).map_or(Hint::None, |c| Hint::Closed(c));
            self.refuse(field, hint);
        }
    }

    /// Records that a field is not allowed, and nothing below it either.
    fn refuse(&self, field: &'a Node<'a>, hint: Hint<'a>) {
        let spans: Vec<Span> = field.conjuncts.iter().map(|c| c.declared_span()).collect();
        let bottom =
            self.bottom(Class::Eval, "cue/field-not-allowed", Span::NONE, "field not allowed");
        let bottom = self.bump.alloc(Bottom {
            spans: self.bump.alloc_slice_copy(&spans),
            at: Some(field),
            hint,
            ..*bottom
        });
        let Some(fields) = field.fields.get() else { return self.fail(field, bottom) };
        self.fail(field, bottom);
        for entry in fields.entries.iter() {
            if !matches!(entry.label, Label::Field(s) if !s.is_regular()) {
                crate::depth::grow(|| self.refuse(entry.node, hint));
            }
        }
    }

    /// Evaluates a root, forcing what waits for itself.
    pub(crate) fn run(&self, root: &'a Node<'a>) -> Outcome<'a, ()> {
        loop {
            self.deep(root)?;
            let before = self.progress.get();
            let waiting: Vec<&'a Node<'a>> = std::mem::take(&mut *self.stuck.borrow_mut());
            if waiting.is_empty() {
                match self.check_assumed()? {
                    true => return Ok(()),
                    false => continue,
                }
            }
            waiting.iter().for_each(|node| node.unset(flag::QUEUED));
            let mut left = Vec::new();
            for node in &waiting {
                if node.state.get() == State::Stuck {
                    self.shallow(node)?;
                    if node.state.get() == State::Stuck {
                        left.push(*node);
                    }
                }
            }
            if self.progress.get() != before {
                continue;
            }
            for node in left {
                self.force_node(node)?;
            }
        }
    }

    /// Lets a node that waits take what it sees for final, unless it can go on by now. What it would
    /// see that waits as well is forced before it.
    fn force_node(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        self.shallow(node)?;
        let before = self.progress.get();
        self.forced.borrow_mut().push(node);
        let mut result = Ok(());
        while node.state.get() == State::Stuck && result.is_ok() {
            result = self.force_once(node);
            match self.wanted.take() {
                Some(first) if result.is_ok() => {
                    result =
                        self.deeper(|| self.force_node(first)).and_then(|()| self.shallow(node));
                }
                _ => break,
            }
        }
        self.forced.borrow_mut().pop();
        result?;
        if node.state.get() == State::Stuck && self.progress.get() == before {
            // Nothing at all can be done with it: it stays as it is.
            node.state.set(State::Done);
            self.progress.set(before + 1);
        }
        Ok(())
    }

    fn force_once(&self, node: &'a Node<'a>) -> Outcome<'a, ()> {
        self.force.set(true);
        let result = self.shallow(node);
        self.force.set(false);
        result
    }

    /// Whether a node that waits can be forced before the one that is being forced.
    pub(crate) fn may_go_first(&self, node: &'a Node<'a>) -> bool {
        let forced = self.forced.borrow();
        let again = forced.iter().any(|f| std::ptr::eq(*f, node));
        let around = forced.last().is_some_and(|last| last.is_within(node));
        !again && !around && !node.has(flag::TEMPORARY)
    }

    /// Whether the node that is forced has disjunctions itself: defaults of others in its cycle are
    /// then no better than its own.
    pub(crate) fn forced_chooses(&self) -> bool {
        let forced = self.forced.borrow().last().and_then(|node| node.extra.get());
        forced.is_some_and(|extra| self.undecided(extra))
    }

    /// Whether a node is the one that is being forced.
    pub(crate) fn is_forced(&self, node: &'a Node<'a>) -> bool {
        self.forced.borrow().last().is_some_and(|forced| std::ptr::eq(*forced, node))
    }

    /// The fatal error of something below a node: the strongest, and of those the first.
    pub(crate) fn child_error(&self, node: &'a Node<'a>) -> Option<&'a Bottom<'a>> {
        let node = node.target();
        let fields = node.fields.get()?;
        if !node.has(flag::FINAL) {
            return None;
        }
        if node.has(flag::CHILD_KNOWN) {
            return fields.child.get();
        }
        let mut strongest: Option<&'a Bottom<'a>> = None;
        for entry in fields.entries.iter() {
            if !counts(&entry) {
                continue;
            }
            let found = self.entry_error(&entry);
            if let Some(bottom) = found
                && strongest.is_none_or(|s| rank(s.class) < rank(bottom.class))
            {
                strongest = Some(bottom);
            }
        }
        node.set(flag::CHILD_KNOWN);
        fields.child.set(strongest);
        strongest
    }

    /// Whether a field or element of a node that is being evaluated fails.
    pub(crate) fn fails_below(&self, node: &'a Node<'a>) -> Outcome<'a, bool> {
        if node.has(flag::VISITING) {
            return Ok(false);
        }
        let Some(fields) = node.fields.get() else { return Ok(false) };
        self.visit(node)?;
        Ok(fields.entries.any(|entry| counts(entry) && self.entry_error(entry).is_some()))
    }

    /// The fatal error of a field or element, or of what is below it.
    fn entry_error(&self, entry: &Entry<'a>) -> Option<&'a Bottom<'a>> {
        let child = entry.node.target();
        self.fatal_error(entry.node)
            .or_else(|| self.fatal_error(child))
            .or_else(|| crate::depth::grow(|| self.child_error(child)))
    }

    /// Whether something below a node still waits.
    pub(crate) fn has_stuck(&self, node: &'a Node<'a>) -> bool {
        let node = node.target();
        if node.has(flag::FINAL) {
            return false;
        }
        if node.state.get() == State::Stuck {
            return true;
        }
        node.fields.get().is_some_and(|fields| {
            fields
                .entries
                .iter()
                .any(|e| counts(&e) && crate::depth::grow(|| self.has_stuck(e.node)))
        })
    }
}

fn rank(class: Class) -> u8 {
    match class {
        Class::Eval | Class::Load => 3,
        Class::User => 2,
        Class::Structural => 1,
        Class::Incomplete | Class::Cycle => 0,
    }
}

/// Whether a field's errors are errors of its struct.
fn counts(entry: &Entry<'_>) -> bool {
    entry.node.presence.get() != Presence::Optional || matches!(entry.label, Label::Index(_))
}
