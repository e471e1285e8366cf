//! Names in scope while compiling.
//!
//! Resolution is lexical and happens once. Every scope on the stack is an environment when the
//! program is evaluated, so the distance between a name and its scope is what the reference carries.

use super::{Slot, Symbol, SymbolTable};
use crate::source::Span;
use std::sync::Arc;

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
    Text(Arc<str>),
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

impl Name {
    fn is_import(&self) -> bool {
        matches!(self.binding, Binding::Package(_) | Binding::Builtin(_))
    }
}

/// A name that should have been used.
pub(super) struct Unused {
    pub(super) name: Symbol,
    pub(super) span: Span,
    pub(super) is_import: bool,
}

/// A declaration on the stack of all of them.
#[derive(Debug)]
struct Declared {
    symbol: Symbol,
    name: Name,
    /// Which scope, counted from the outermost.
    scope: u32,
    /// The declaration of the same name that this one hides, as an index plus one.
    outer: u32,
    /// The innermost of this declaration and those that it hides that is a field, and the innermost
    /// that is an alias, as far as no import comes before it. Indices plus one.
    nearest: [u32; 2],
}

/// One scope: a struct literal, a clause, a pattern, a file.
#[derive(Debug)]
struct Scope {
    /// How many declarations there were before.
    first: usize,
    /// A `let` whose own value is being compiled is not in scope there.
    hidden: Option<Symbol>,
    /// Whether the scope is a struct or a list, which `self` refers to.
    is_value: bool,
}

/// The stack of scopes.
///
/// All declarations are one list, and those of one name are linked from the innermost outwards, so
/// that finding a name does not depend on how deep it is used, and a scope costs no allocation.
#[derive(Default, Debug)]
pub(super) struct Scopes {
    stack: Vec<Scope>,
    declared: Vec<Declared>,
    /// By symbol: its innermost declaration, as an index plus one.
    innermost: Vec<u32>,
    /// Scopes below this one belong to another file and are not seen.
    floor: usize,
}

impl Scopes {
    /// Opens a scope.
    pub(super) fn push(&mut self) {
        self.stack.push(Scope { first: self.declared.len(), hidden: None, is_value: false });
    }

    /// Opens the scope of a struct or a list.
    pub(super) fn push_value(&mut self) {
        self.stack.push(Scope { first: self.declared.len(), hidden: None, is_value: true });
    }

    /// Closes the innermost scope; gives what should have been used in it, in order of the places.
    pub(super) fn pop(&mut self) -> Vec<Unused> {
        let first = self.stack.pop().map_or(0, |scope| scope.first);
        let mut unused = Vec::new();
        for declared in self.declared.drain(first..).rev() {
            self.innermost[declared.symbol.index()] = declared.outer;
            if declared.name.must_use && !declared.name.used {
                let (name, span) = (declared.symbol, declared.name.span);
                unused.push(Unused { name, span, is_import: declared.name.is_import() });
            }
        }
        unused.sort_by_key(|name| (name.span.source, name.span.start));
        unused
    }

    /// Hides all scopes; gives what [`Scopes::leave`] needs to show them again.
    pub(super) fn enter(&mut self) -> usize {
        std::mem::replace(&mut self.floor, self.stack.len())
    }

    /// Undoes [`Scopes::enter`].
    pub(super) fn leave(&mut self, floor: usize) {
        self.floor = floor;
    }

    /// Hides a `let` of the innermost scope, or nothing.
    pub(super) fn hide(&mut self, symbol: Option<Symbol>) {
        if let Some(scope) = self.stack.last_mut() {
            scope.hidden = symbol;
        }
    }

    /// The declarations of a name that can be seen, from the inside out.
    fn of(&self, symbol: Symbol) -> impl Iterator<Item = usize> {
        let place = |link: u32| (link as usize).checked_sub(1);
        let first = self.innermost.get(symbol.index()).copied().and_then(place);
        std::iter::successors(first, move |at| place(self.declared[*at].outer))
            .take_while(|at| self.declared[*at].scope as usize >= self.floor)
    }

    /// The name as declared in the innermost scope.
    pub(super) fn here(&self, symbol: Symbol) -> Option<&Name> {
        let innermost = self.stack.len().checked_sub(1)?;
        let declared = &self.declared[self.of(symbol).next()?];
        (declared.scope as usize == innermost).then_some(&declared.name)
    }

    /// Adds a name to the innermost scope; gives back what was there before.
    pub(super) fn declare(&mut self, symbol: Symbol, name: Name) -> Option<Name> {
        let index = symbol.index();
        if index >= self.innermost.len() {
            self.innermost.resize(index + 1, 0);
        }
        let scope = self.stack.len().checked_sub(1)? as u32;
        let outer = self.innermost[index];
        if let Some(at) = (outer as usize).checked_sub(1)
            && self.declared[at].scope == scope
        {
            self.declared[at].nearest = self.nearest_to(outer, &name, self.declared[at].outer);
            return Some(std::mem::replace(&mut self.declared[at].name, name));
        }
        let own = self.declared.len() as u32 + 1;
        let nearest = self.nearest_to(own, &name, outer);
        self.declared.push(Declared { symbol, name, scope, outer, nearest });
        self.innermost[index] = own;
        None
    }

    /// What [`Declared::nearest`] is for a declaration at `own` that hides the one at `outer`.
    fn nearest_to(&self, own: u32, name: &Name, outer: u32) -> [u32; 2] {
        let outer = (outer as usize).checked_sub(1).map(|at| self.declared[at].nearest);
        let [field, alias] = outer.unwrap_or_default();
        let is_alias =
            name.must_use || matches!(name.binding, Binding::Let(_) | Binding::Dynamic(_));
        // A nested field may have the name of an import, and hides it.
        match (name.is_import(), is_alias) {
            (true, _) => [own, 0],
            (false, true) => [field, own],
            (false, false) => [own, alias],
        }
    }

    /// Adds a field label. Labels may be repeated; they never hide an alias of the same scope.
    pub(super) fn field(&mut self, symbol: Symbol, span: Span) {
        if self.here(symbol).is_none() {
            let binding = Binding::Field(symbol);
            self.declare(symbol, Name { binding, span, used: true, must_use: false });
        }
    }

    /// Finds a name from the inside out, marks it as used, and says how many environments up it is.
    pub(super) fn resolve(&mut self, symbol: Symbol) -> Option<(u32, Binding)> {
        let shown = |at: &usize| {
            let scope = self.declared[*at].scope as usize;
            self.stack.get(scope).is_some_and(|scope| scope.hidden != Some(symbol))
        };
        let at = self.of(symbol).find(shown)?;
        let found = &mut self.declared[at];
        found.name.used = true;
        let up = self.stack.len() as u32 - 1 - found.scope;
        Some((up, found.name.binding.clone()))
    }

    /// Which scope is the innermost, counted from the outermost.
    pub(super) fn innermost(&self) -> u32 {
        self.stack.len() as u32 - 1
    }

    /// How many environments up the innermost struct or list is.
    pub(super) fn innermost_value(&self) -> Option<u32> {
        let seen = self.stack.get(self.floor..).unwrap_or_default();
        seen.iter().rev().position(|s| s.is_value).map(|up| up as u32)
    }

    /// A declaration of that name in an enclosing scope that is a field or an alias, as asked for.
    pub(super) fn enclosing(&self, symbol: Symbol, alias: bool) -> Option<Span> {
        let innermost = self.stack.len() as u32 - 1;
        let first = self.of(symbol).find(|at| self.declared[*at].scope != innermost)?;
        let found = self.declared[first].nearest[usize::from(alias)];
        let found = &self.declared[(found as usize).checked_sub(1)?];
        (found.scope as usize >= self.floor).then_some(found.name.span)
    }

    /// The name in scope that is spelled most like this one, if one is close.
    pub(super) fn nearest(&self, name: &str, symbols: &SymbolTable) -> Option<String> {
        let seen = self.declared.iter().filter(|d| d.scope as usize >= self.floor);
        crate::nearest::nearest(name, seen.map(|d| &**symbols.text(d.symbol))).map(str::to_owned)
    }
}
