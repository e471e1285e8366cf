//! Making bottoms.

use super::node::{Bottom, Hint, Node, Val, Why};
use super::{Eval, Stop};
use crate::diagnostic::Class;
use crate::source::Span;

impl<'a> Eval<'a> {
    pub(crate) fn bottom(
        &self,
        class: Class,
        code: &'static str,
        span: Span,
        text: &str,
    ) -> &'a Bottom<'a> {
        let why = Why::Text(self.bump.alloc_str(text));
        self.bump.alloc(Bottom { class, code, why, span, spans: &[], at: None, hint: Hint::None })
    }

    pub(crate) fn bottom_why(
        &self,
        class: Class,
        code: &'static str,
        span: Span,
        why: Why<'a>,
        spans: &[Span],
    ) -> &'a Bottom<'a> {
        let spans = self.bump.alloc_slice_copy(spans);
        self.bump.alloc(Bottom { class, code, why, span, spans, at: None, hint: Hint::None })
    }

    /// An error of class eval.
    pub(crate) fn eval_error<T>(
        &self,
        code: &'static str,
        span: Span,
        text: &str,
    ) -> Result<T, Stop<'a>> {
        Err(Stop::Bottom(self.bottom(Class::Eval, code, span, text)))
    }

    /// An error of class incomplete.
    pub(crate) fn incomplete<T>(
        &self,
        code: &'static str,
        span: Span,
        text: &str,
    ) -> Result<T, Stop<'a>> {
        Err(Stop::Bottom(self.bottom(Class::Incomplete, code, span, text)))
    }

    /// The same stop, with a hint where it says that something is incomplete and has none.
    pub(crate) fn hinted(&self, stop: Stop<'a>, hint: Hint<'a>) -> Stop<'a> {
        match stop {
            Stop::Bottom(bottom)
                if bottom.class == Class::Incomplete && matches!(bottom.hint, Hint::None) =>
            {
                Stop::Bottom(self.bump.alloc(Bottom { hint, ..*bottom }))
            }
            other => other,
        }
    }

    /// Records that a node is bottom. The same bottom is recorded once; the strongest comes first.
    pub(crate) fn fail(&self, node: &'a Node<'a>, bottom: &'a Bottom<'a>) {
        let errors = &node.extra_or_new(self.bump).errors;
        if errors.any(|e| std::ptr::eq(*e, bottom)) {
            return;
        }
        let bottom = match bottom.at {
            Some(_) => bottom,
            None => self.bump.alloc(Bottom { at: Some(node), ..*bottom }),
        };
        let weaker = errors.get(0).is_some_and(|first| first.class < bottom.class);
        if weaker {
            let kept: Vec<_> = errors.iter().collect();
            errors.retain(|_| false);
            errors.push(self.bump, bottom);
            kept.into_iter().for_each(|e| errors.push(self.bump, e));
        } else {
            errors.push(self.bump, bottom);
        }
    }

    /// Records a conflict of two values at a node.
    pub(crate) fn conflict(&self, node: &'a Node<'a>, old: (Val<'a>, Span), new: (Val<'a>, Span)) {
        let same_kind = self.own_kind(old.0) == self.own_kind(new.0);
        let (first, second) = if same_kind { (new, old) } else { (old, new) };
        let why = Why::Conflict(first.0, second.0);
        let spans = [old.1, new.1];
        let bottom = self.bottom_why(Class::Eval, "cue/conflict", Span::NONE, why, &spans);
        self.fail(node, bottom);
    }
}
