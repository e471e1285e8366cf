//! Expressions of a kind.

use super::{Generator, Kind, Scope};
use crate::program::{Clause, Expr, Item};

fn atom(text: &str) -> Expr {
    Expr::Atom(text.to_owned())
}

fn same(a: &Kind, b: &Kind) -> bool {
    match (a, b) {
        (Kind::Int, Kind::Int)
        | (Kind::Float, Kind::Float)
        | (Kind::Text, Kind::Text)
        | (Kind::Bool, Kind::Bool)
        | (Kind::Struct(_), Kind::Struct(_)) => true,
        (Kind::List(a), Kind::List(b)) => same(a, b),
        _ => false,
    }
}

const INTS: [&str; 6] = ["0", "1", "2", "3", "5", "-1"];
const INT_TYPES: [&str; 10] =
    ["int", "number", "_", ">0", ">=2", "<5", "!=2", ">1 & <=3", "uint8", ">=1 & int"];
const FLOATS: [&str; 6] = ["1.5", "0.5", "1e3", "2.0", "float", ">0.5"];
const TEXTS: [&str; 5] = ["\"a\"", "\"b\"", "\"ab\"", "\"\"", "\"s\""];
const TEXT_TYPES: [&str; 7] =
    ["string", "_", "=~\"^a\"", "!~\"b\"", "!=\"a\"", ">\"a\"", "string & !=\"\""];
const ODD: [&str; 8] = ["null", "'x'", "_|_", "_", "1.5", "\"s\"", "{}", "[]"];
const COMPARISONS: [&str; 6] = ["==", "!=", "<", "<=", ">", ">="];

impl Generator<'_> {
    /// A value of this kind, mostly.
    pub(super) fn value(&mut self, kind: &Kind, depth: usize) -> Expr {
        if self.random.percent(2) {
            return atom(self.random.word(&ODD));
        }
        if self.random.percent(2) {
            let other = self.kind(1);
            return self.value(&other, depth.saturating_sub(1));
        }
        if depth == 0 {
            return self.leaf(kind);
        }
        match self.random.weighted(&[30, 14, 9, 7, 20]) {
            0 => self.own(kind, depth),
            1 => self.reference(kind).unwrap_or_else(|| self.own(kind, depth)),
            2 => self.disjunction(kind, depth - 1),
            3 => {
                let count = if self.random.percent(15) { 3 } else { 2 };
                let operands = (0..count).map(|_| self.value(kind, depth - 1)).collect();
                Expr::Binary("&", operands)
            }
            _ => self.leaf(kind),
        }
    }

    /// An operand: mostly something concrete.
    fn operand(&mut self, kind: &Kind, depth: usize) -> Expr {
        if self.random.percent(30) {
            return self.value(kind, depth);
        }
        if self.random.percent(60)
            && let Some(found) = self.reference(kind)
        {
            return found;
        }
        match kind {
            Kind::Int => atom(self.random.word(&INTS)),
            Kind::Float => atom(self.random.word(&["1.5", "0.5", "1e3", "2.0"])),
            Kind::Text => atom(self.random.word(&TEXTS)),
            Kind::Bool => atom(self.random.word(&["true", "false"])),
            Kind::List(_) | Kind::Struct(_) => self.value(kind, depth),
        }
    }

    fn disjunction(&mut self, kind: &Kind, depth: usize) -> Expr {
        let count = 2 + self.random.weighted(&[70, 25, 5]);
        let marked = self.random.percent(55);
        let which = self.random.below(count);
        let mut arms = Vec::new();
        for i in 0..count {
            let other = self.random.percent(10);
            let kind = if other { self.kind(1) } else { kind.clone() };
            let mark = marked && (i == which || self.random.percent(6));
            arms.push((mark, self.value(&kind, depth)));
        }
        Expr::Disjunction(arms)
    }

    /// A value without parts.
    fn leaf(&mut self, kind: &Kind) -> Expr {
        if self.random.percent(25)
            && let Some(found) = self.reference(kind)
        {
            return found;
        }
        match kind {
            Kind::Int if self.random.percent(55) => atom(self.random.word(&INTS)),
            Kind::Int => atom(self.random.word(&INT_TYPES)),
            Kind::Float => atom(self.random.word(&FLOATS)),
            Kind::Text if self.random.percent(55) => atom(self.random.word(&TEXTS)),
            Kind::Text => atom(self.random.word(&TEXT_TYPES)),
            Kind::Bool => atom(self.random.word(&["true", "false", "bool"])),
            Kind::List(inner) => match self.random.below(4) {
                0 => Expr::List(Vec::new()),
                1 => Expr::List(vec![Item::Rest(atom("_"))]),
                _ => {
                    let item = self.leaf(inner);
                    Expr::List(vec![Item::Value(item)])
                }
            },
            Kind::Struct(shape) => self.struct_literal(shape, 0),
        }
    }

    /// A name, or a way into a struct or list, that leads to this kind.
    pub(super) fn reference(&mut self, kind: &Kind) -> Option<Expr> {
        let names = self.names();
        let mut found = Vec::new();
        for (name, at) in &names {
            self.ways(Expr::Atom(name.clone()), at, kind, 3, &mut found);
        }
        if self.random.percent(5) && !names.is_empty() {
            return Some(Expr::Atom(self.random.pick(&names).0.clone()));
        }
        if found.is_empty() { None } else { Some(self.random.pick(&found).clone()) }
    }

    fn ways(&mut self, base: Expr, at: &Kind, wanted: &Kind, depth: usize, found: &mut Vec<Expr>) {
        if same(at, wanted) {
            found.push(base.clone());
        }
        if depth == 0 {
            return;
        }
        match at {
            Kind::Struct(shape) => {
                for (label, kind) in shape.iter() {
                    let next = Expr::Select(Box::new(base.clone()), label.clone());
                    self.ways(next, kind, wanted, depth - 1, found);
                }
            }
            Kind::List(inner) => {
                let index = atom(self.random.word(&["0", "1"]));
                let next = Expr::Index(Box::new(base.clone()), Box::new(index));
                self.ways(next, inner, wanted, depth - 1, found);
            }
            _ => {}
        }
    }

    /// A value with parts, by what the kind can do.
    fn own(&mut self, kind: &Kind, depth: usize) -> Expr {
        match kind {
            Kind::Int => self.int(depth),
            Kind::Float => {
                let operator = *self.random.pick(&["+", "-", "*", "/"]);
                let other = self.operand(&Kind::Int, depth - 1);
                Expr::Binary(operator, vec![self.operand(kind, depth - 1), other])
            }
            Kind::Text => self.text(depth),
            Kind::Bool => self.condition(depth),
            Kind::List(inner) => self.list(inner, depth),
            Kind::Struct(shape) => self.struct_value(shape, depth),
        }
    }

    fn int(&mut self, depth: usize) -> Expr {
        let calls = if self.options.calls { 1 } else { 0 };
        match self.random.weighted(&[40, 30, 6, 8, 8 * calls, 4 * calls, 4 * calls, 3 * calls]) {
            0 => self.leaf(&Kind::Int),
            1 => {
                let operator = *self.random.pick(&["+", "-", "*"]);
                let left = self.operand(&Kind::Int, depth - 1);
                Expr::Binary(operator, vec![left, self.operand(&Kind::Int, depth - 1)])
            }
            2 => Expr::Unary("-", Box::new(self.operand(&Kind::Int, depth - 1))),
            3 => {
                let bound = *self.random.pick(&[">", ">=", "<", "<=", "!="]);
                Expr::Unary(bound, Box::new(self.operand(&Kind::Int, depth - 1)))
            }
            4 => {
                let kind = self.kind(1);
                Expr::Call("len", vec![self.operand(&kind, depth - 1)])
            }
            5 => {
                let function = *self.random.pick(&["div", "mod", "quo", "rem"]);
                let left = self.operand(&Kind::Int, depth - 1);
                Expr::Call(function, vec![left, self.operand(&Kind::Int, depth - 1)])
            }
            6 => {
                let function = *self.random.pick(&["list.Sum", "list.Max", "list.Min"]);
                let list = self.list(&Kind::Int, depth - 1);
                Expr::Call(function, vec![list])
            }
            _ => {
                let function = *self.random.pick(&["and", "or"]);
                let list = self.list(&Kind::Int, depth - 1);
                Expr::Call(function, vec![list])
            }
        }
    }

    fn text(&mut self, depth: usize) -> Expr {
        let calls = if self.options.calls { 1 } else { 0 };
        match self.random.weighted(&[40, 15, 20, 8 * calls, 8 * calls]) {
            0 => self.leaf(&Kind::Text),
            1 => {
                let left = self.operand(&Kind::Text, depth - 1);
                Expr::Binary("+", vec![left, self.operand(&Kind::Text, depth - 1)])
            }
            2 => {
                let kind = if self.random.percent(40) { Kind::Int } else { Kind::Text };
                Expr::Interpolation("a", Box::new(self.operand(&kind, depth - 1)))
            }
            3 => {
                let function = *self.random.pick(&["strings.ToUpper", "strings.TrimSpace"]);
                Expr::Call(function, vec![self.operand(&Kind::Text, depth - 1)])
            }
            _ => {
                let function = *self.random.pick(&["strings.MinRunes", "strings.MaxRunes"]);
                Expr::Call(function, vec![atom(self.random.word(&["0", "1", "2"]))])
            }
        }
    }

    /// A truth value, as conditions have it.
    pub(super) fn condition(&mut self, depth: usize) -> Expr {
        let inner = depth.saturating_sub(1);
        match self.random.weighted(&[25, 30, 25, 10, 10]) {
            0 => self.operand(&Kind::Bool, 0),
            1 => {
                let kind = match self.random.below(4) {
                    0 => Kind::Text,
                    1 => self.kind(1),
                    _ => Kind::Int,
                };
                let operator = *self.random.pick(&COMPARISONS);
                let left = self.reference(&kind).unwrap_or_else(|| self.operand(&kind, 0));
                Expr::Binary(operator, vec![left, self.operand(&kind, inner)])
            }
            2 => {
                let kind = self.kind(1);
                let operator = *self.random.pick(&["==", "!="]);
                let left = self.reference(&kind).unwrap_or_else(|| self.operand(&kind, 0));
                Expr::Binary(operator, vec![left, atom("_|_")])
            }
            3 => Expr::Unary("!", Box::new(self.operand(&Kind::Bool, inner))),
            _ => {
                let operator = *self.random.pick(&["&&", "||"]);
                let left = self.operand(&Kind::Bool, inner);
                Expr::Binary(operator, vec![left, self.operand(&Kind::Bool, inner)])
            }
        }
    }

    pub(super) fn list(&mut self, inner: &Kind, depth: usize) -> Expr {
        let deeper = depth.saturating_sub(1);
        if self.options.calls && self.random.percent(8) {
            let item = Kind::List(std::rc::Rc::new(inner.clone()));
            let (function, count) = *self.random.pick(&[
                ("list.Concat", 0),
                ("list.Reverse", 1),
                ("list.FlattenN", 2),
                ("list.Take", 2),
                ("list.Drop", 2),
            ]);
            let mut arguments = Vec::new();
            if count == 0 {
                let outer = Kind::List(std::rc::Rc::new(item));
                arguments.push(self.leaf(&outer));
            } else {
                arguments.push(self.value(&item, deeper));
            }
            if count == 2 {
                arguments.push(atom("1"));
            }
            return Expr::Call(function, arguments);
        }
        if self.options.calls && self.random.percent(4) {
            let (function, bound) = *self.random.pick(&[
                ("list.MaxItems", "2"),
                ("list.MinItems", "1"),
                ("list.UniqueItems", ""),
            ]);
            let arguments = if bound.is_empty() { Vec::new() } else { vec![atom(bound)] };
            return Expr::Call(function, arguments);
        }
        let mut items = Vec::new();
        for _ in 0..self.random.below(4) {
            match self.random.weighted(&[70, 15, 15]) {
                0 => items.push(Item::Value(self.value(inner, deeper))),
                1 => {
                    let condition = self.condition(deeper);
                    let value = self.value(inner, deeper);
                    items.push(Item::Comprehension(vec![Clause::If(condition)], value));
                }
                _ => items.push(self.list_loop(inner, deeper)),
            }
        }
        if self.random.percent(25) {
            let rest = if self.random.percent(30) { atom("_") } else { self.value(inner, deeper) };
            items.push(Item::Rest(rest));
        }
        Expr::List(items)
    }

    fn list_loop(&mut self, inner: &Kind, depth: usize) -> Item {
        let (clauses, names) = self.loop_clauses(inner, depth);
        self.scopes.push(Scope::known(names));
        let value = self.value(inner, depth);
        self.scopes.pop();
        Item::Comprehension(clauses, value)
    }

    /// `for k, v in source`, often with a condition or a `let`, and the names that it gives.
    pub(super) fn loop_clauses(
        &mut self,
        inner: &Kind,
        depth: usize,
    ) -> (Vec<Clause>, Vec<(String, Kind)>) {
        let over_list = self.random.percent(50);
        let (kind, key_kind) = if over_list {
            (Kind::List(std::rc::Rc::new(inner.clone())), Kind::Int)
        } else {
            (self.shape(1), Kind::Text)
        };
        let source = self.reference(&kind).unwrap_or_else(|| self.value(&kind, depth));
        let value_kind = match &kind {
            Kind::Struct(shape) => shape[0].1.clone(),
            _ => inner.clone(),
        };
        let key = if self.random.percent(60) { self.fresh() } else { String::new() };
        let value = self.fresh();
        let mut names = vec![(value.clone(), value_kind)];
        if !key.is_empty() {
            names.push((key.clone(), key_kind));
        }
        let mut clauses = vec![Clause::For(key, value, source)];
        if self.random.percent(25) {
            self.scopes.push(Scope::known(names.clone()));
            let condition = self.condition(depth);
            self.scopes.pop();
            clauses.push(Clause::If(condition));
        }
        if self.random.percent(10) {
            self.scopes.push(Scope::known(names.clone()));
            let bound = self.value(inner, depth);
            self.scopes.pop();
            let name = self.fresh();
            names.push((name.clone(), inner.clone()));
            clauses.push(Clause::Let(name, bound));
        }
        (clauses, names)
    }
}
