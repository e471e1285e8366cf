//! Names in scope while compiling.
//!
//! Resolution is lexical and happens once. Every scope on the stack is an environment when the
//! program is evaluated, so the distance between a name and its scope is what the reference carries.

use super::{Slot, Symbol};
use crate::source::Span;
use rustc_hash::FxHashMap;

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    /// A field with that label.
    Field(Symbol),
    /// A dynamic field of the literal.
    Dynamic(u32),
    /// A `let` of the literal.
    Let(u32),
    /// A variable of the environment.
    Slot(Slot),
    /// The label of a field, known when compiling.
    Text(String),
    /// A package of the program.
    Package(u32),
    /// A builtin package.
    Builtin(&'static str),
    /// Something that could not be loaded; an error was reported.
    Missing,
}

/// A name in a scope.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) binding: Binding,
    /// Where it was declared.
    pub(super) span: Span,
    /// Whether something refers to it.
    pub(super) used: bool,
    /// Whether it is an error if nothing does.
    pub(super) must_use: bool,
}

/// One scope: a struct literal, a clause, a pattern, a file.
#[derive(Default, Debug)]
pub(super) struct Scope {
    names: FxHashMap<String, Name>,
    /// A `let` whose own value is being compiled is not in scope there.
    pub(super) hidden: Option<String>,
    /// Whether the scope is a struct or a list, which `self` refers to.
    pub(super) is_value: bool,
}

impl Scope {
    /// The scope of a struct or a list.
    pub(super) fn value() -> Scope {
        Scope { is_value: true, ..Scope::default() }
    }

    /// Adds a field label. Labels may be repeated; they never hide an alias of the same scope.
    pub(super) fn field(&mut self, name: &str, symbol: Symbol, span: Span) {
        self.names.entry(name.to_owned()).or_insert(Name {
            binding: Binding::Field(symbol),
            span,
            used: true,
            must_use: false,
        });
    }

    /// Adds another name; gives back what was there before.
    pub(super) fn declare(&mut self, name: &str, declared: Name) -> Option<Name> {
        self.names.insert(name.to_owned(), declared)
    }

    /// The name as declared here.
    pub(super) fn get(&self, name: &str) -> Option<&Name> {
        self.names.get(name)
    }

    /// The names that should have been used, in order of their places.
    pub(super) fn unused(&self) -> Vec<(&str, Span)> {
        #[allow(clippy::iter_over_hash_type, reason = "sorted below")]
        let mut unused: Vec<(&str, Span)> = self
            .names
            .iter()
            .filter(|(_, n)| n.must_use && !n.used)
            .map(|(k, n)| (k.as_str(), n.span))
            .collect();
        unused.sort_by_key(|(_, span)| (span.source, span.start));
        unused
    }
}

/// The stack of scopes.
#[derive(Default, Debug)]
pub(super) struct Scopes {
    stack: Vec<Scope>,
}

impl Scopes {
    pub(super) fn push(&mut self, scope: Scope) {
        self.stack.push(scope);
    }

    pub(super) fn pop(&mut self) -> Scope {
        self.stack.pop().unwrap_or_default()
    }

    pub(super) fn innermost(&mut self) -> Option<&mut Scope> {
        self.stack.last_mut()
    }

    /// Finds a name from the inside out, marks it as used, and says how many environments up it is.
    pub(super) fn resolve(&mut self, name: &str) -> Option<(u32, Binding)> {
        for (up, scope) in self.stack.iter_mut().rev().enumerate() {
            if scope.hidden.as_deref() == Some(name) {
                continue;
            }
            if let Some(found) = scope.names.get_mut(name) {
                found.used = true;
                return Some((up as u32, found.binding.clone()));
            }
        }
        None
    }

    /// How many environments up the innermost struct or list is.
    pub(super) fn innermost_value(&self) -> Option<u32> {
        self.stack.iter().rev().position(|s| s.is_value).map(|up| up as u32)
    }

    /// A declaration of that name in an enclosing scope that is a field (`true`) or an alias.
    pub(super) fn enclosing(&self, name: &str, alias: bool) -> Option<Span> {
        self.stack.iter().rev().skip(1).find_map(|scope| {
            let found = scope.names.get(name)?;
            // A nested field may have the name of an import, and hides it.
            let is_import = matches!(found.binding, Binding::Package(_) | Binding::Builtin(_));
            let is_alias = !is_import
                && (found.must_use
                    || matches!(found.binding, Binding::Let(_) | Binding::Dynamic(_)));
            if is_import {
                return (!alias).then_some(found.span);
            }
            (is_alias == alias).then_some(found.span)
        })
    }

    /// The name in scope that is spelled most like this one, if one is close.
    pub(super) fn nearest(&self, name: &str) -> Option<String> {
        #[allow(clippy::iter_over_hash_type, reason = "the minimum does not depend on the order")]
        let candidates = self.stack.iter().flat_map(|scope| scope.names.keys());
        candidates
            .map(|known| (distance(known, name), known))
            .filter(|(d, _)| *d <= 1 + name.len() / 4)
            .min()
            .map(|(_, known)| known.clone())
    }
}

/// How many letters have to be changed, added, removed or swapped.
pub(crate) fn distance(a: &str, b: &str) -> usize {
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
