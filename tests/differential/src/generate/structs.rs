//! Struct literals and what stands in them.

use super::{Generator, Kind, Scope, Shape};
use crate::program::{Clause, Decl, Expr};
use std::rc::Rc;

const PATTERNS: [&str; 6] = ["string", "=~\"^a\"", "=~\"b\"", "!=\"a\"", "\"b\"", "_"];
const KEYS: [&str; 4] = ["\"a\"", "\"b\"", "\"x\"", "\"a-b\""];

impl Generator<'_> {
    /// A struct: mostly a literal.
    pub(super) fn struct_value(&mut self, shape: &Rc<Shape>, depth: usize) -> Expr {
        if self.options.calls && self.random.percent(4) {
            let literal = self.struct_literal(shape, depth - 1);
            return Expr::Call("close", vec![literal]);
        }
        if self.options.calls && self.random.percent(2) {
            let function = *self.random.pick(&["struct.MaxFields", "struct.MinFields"]);
            let bound = (*self.random.pick(&["0", "1", "2"])).to_owned();
            return Expr::Call(function, vec![Expr::Atom(bound)]);
        }
        if self.options.calls && self.random.percent(2) {
            let count = (*self.random.pick(&["1", ">=1", "0"])).to_owned();
            let arms = (0..2).map(|_| self.struct_literal(shape, 0));
            let arms = arms.map(crate::program::Item::Value).collect();
            return Expr::Call("matchN", vec![Expr::Atom(count), Expr::List(arms)]);
        }
        self.struct_literal(shape, depth)
    }

    pub(super) fn struct_literal(&mut self, shape: &Rc<Shape>, depth: usize) -> Expr {
        let mut fields: Vec<(String, Kind)> = Vec::new();
        for (label, kind) in shape.iter() {
            if self.random.percent(80) {
                fields.push((label.clone(), kind.clone()));
            }
        }
        if self.random.percent(20) {
            let label = self.label();
            let kind = shape
                .iter()
                .find(|(known, _)| *known == label)
                .map_or_else(|| self.kind(0), |(_, kind)| kind.clone());
            fields.push((label, kind));
        }
        if self.random.percent(4) {
            let label = (*self.random.pick(&["#d", "_h"])).to_owned();
            fields.push((label, self.kind(1)));
        }
        if self.random.percent(15) {
            self.random.shuffle(&mut fields);
        }
        let mut decls = Vec::new();
        let mut scope = fields.clone();
        if depth > 0 && self.random.percent(6) {
            let name = self.fresh();
            let kind = self.kind(1);
            scope.push((name, kind));
        }
        self.scopes.push(Scope::unmade(scope.clone()));
        let inner = depth.saturating_sub(1);
        for (label, kind) in &scope {
            let value = self.value(kind, inner);
            self.made();
            if label.starts_with('v') {
                decls.push(Decl::Let(label.clone(), value));
                let shown = self.label();
                decls.push(Decl::Field(shown, Expr::Atom(label.clone())));
                continue;
            }
            let mark = match self.random.weighted(&[82, 12, 6]) {
                1 => "?",
                2 => "!",
                _ => "",
            };
            decls.push(Decl::Field(format!("{label}{mark}"), value));
        }
        for _ in 0..self.random.weighted(&[70, 22, 8]) {
            let extra = self.extra(shape, inner);
            let at = self.random.below(decls.len() + 1);
            decls.insert(at, extra);
        }
        if self.random.percent(5) {
            decls.push(Decl::Ellipsis);
        }
        self.scopes.pop();
        Expr::Struct(decls)
    }

    /// What stands in a struct beside fields.
    fn extra(&mut self, shape: &Rc<Shape>, depth: usize) -> Decl {
        match self.random.weighted(&[30, 22, 32, 16]) {
            0 => {
                let kind = Kind::Struct(shape.clone());
                let value = match self.random.below(4) {
                    0 => self.value(&kind, depth),
                    1 => self.struct_literal(shape, depth),
                    _ => self.reference(&kind).unwrap_or_else(|| self.struct_literal(shape, 0)),
                };
                Decl::Embed(value)
            }
            1 => {
                let pattern = if self.random.percent(12) {
                    self.value(&Kind::Text, depth)
                } else {
                    Expr::Atom((*self.random.pick(&PATTERNS)).to_owned())
                };
                let kind = self.field_kind(shape);
                Decl::Pattern(pattern, self.value(&kind, depth))
            }
            2 => self.clause_body(shape, depth),
            _ => {
                let key = if self.random.percent(50) {
                    Expr::Atom((*self.random.pick(&KEYS)).to_owned())
                } else {
                    self.value(&Kind::Text, depth.min(1))
                };
                let kind = self.field_kind(shape);
                Decl::Dynamic(key, self.value(&kind, depth))
            }
        }
    }

    fn field_kind(&mut self, shape: &Rc<Shape>) -> Kind {
        if shape.is_empty() { Kind::Int } else { self.random.pick(shape).1.clone() }
    }

    /// `if c {…}` or `for k, v in s {…}`.
    pub(super) fn clause_body(&mut self, shape: &Rc<Shape>, depth: usize) -> Decl {
        if self.random.percent(55) {
            let condition = self.condition(depth);
            let body = self.body(shape, depth, None);
            return Decl::Comprehension(vec![Clause::If(condition)], body);
        }
        let kind = self.field_kind(shape);
        let (clauses, names) = self.loop_clauses(&kind, depth);
        let key = names.get(1).filter(|(_, kind)| matches!(kind, Kind::Text)).cloned();
        self.scopes.push(Scope::known(names));
        let body = self.body(shape, depth, key.map(|(name, _)| name));
        self.scopes.pop();
        Decl::Comprehension(clauses, body)
    }

    fn body(&mut self, shape: &Rc<Shape>, depth: usize, key: Option<String>) -> Vec<Decl> {
        if let Some(key) = key
            && self.random.percent(70)
        {
            let kind = self.field_kind(shape);
            let value = self.value(&kind, depth.saturating_sub(1));
            return vec![Decl::Dynamic(Expr::Atom(key), value)];
        }
        match self.struct_literal(shape, depth.saturating_sub(1)) {
            Expr::Struct(decls) => decls,
            other => vec![Decl::Embed(other)],
        }
    }
}
