//! Smaller programs: all that differ from one by a single step towards less.

use crate::program::{Clause, Decl, Expr, Item, Program};

impl Program {
    /// How much there is of it, for choosing between smaller programs.
    pub fn size(&self) -> usize {
        self.to_string().len()
    }

    /// Programs that are one step smaller, the greatest steps first.
    pub fn smaller(&self) -> Vec<Program> {
        let mut found = Vec::new();
        if self.files.len() > 1 {
            found.push(Program { files: vec![self.files.concat()] });
        }
        for (i, file) in self.files.iter().enumerate() {
            for decls in smaller_decls(file) {
                let mut files = self.files.clone();
                files[i] = decls;
                files.retain(|file| !file.is_empty());
                if !files.is_empty() {
                    found.push(Program { files });
                }
            }
        }
        let size = self.size();
        found.retain(|program| program.size() < size || program.files.len() < self.files.len());
        found.sort_by_key(Program::size);
        found.dedup();
        found
    }
}

/// Lists with one element removed or changed; `change` may give several in its place.
fn smaller_list<T: Clone>(items: &[T], change: impl Fn(&T) -> Vec<Vec<T>>) -> Vec<Vec<T>> {
    let mut found = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let with = |middle: Vec<T>| [&items[..i], &middle, &items[i + 1..]].concat();
        found.push(with(Vec::new()));
        found.extend(change(item).into_iter().map(with));
    }
    found
}

fn smaller_decls(decls: &[Decl]) -> Vec<Vec<Decl>> {
    smaller_list(decls, smaller_decl)
}

fn smaller_decl(decl: &Decl) -> Vec<Vec<Decl>> {
    let one = |decl: Decl| vec![decl];
    match decl {
        Decl::Field(label, value) => {
            let mut found: Vec<_> = smaller(value)
                .into_iter()
                .map(|value| one(Decl::Field(label.clone(), value)))
                .collect();
            let plain = label.trim_end_matches(['?', '!']);
            if plain != label {
                found.push(one(Decl::Field(plain.to_owned(), value.clone())));
            }
            found
        }
        Decl::Dynamic(key, value) => {
            let mut found = vec![one(Decl::Field("a".to_owned(), value.clone()))];
            if let Expr::Atom(text) = key {
                let label = text.trim_matches('"');
                if label != text && label.chars().all(|c| c.is_ascii_lowercase()) {
                    found.push(one(Decl::Field(label.to_owned(), value.clone())));
                }
            }
            found.extend(smaller(key).into_iter().map(|k| one(Decl::Dynamic(k, value.clone()))));
            found.extend(smaller(value).into_iter().map(|v| one(Decl::Dynamic(key.clone(), v))));
            found
        }
        Decl::Pattern(key, value) => {
            let mut found: Vec<_> = smaller(value)
                .into_iter()
                .map(|value| one(Decl::Pattern(key.clone(), value)))
                .collect();
            found.extend(smaller(key).into_iter().map(|k| one(Decl::Pattern(k, value.clone()))));
            found
        }
        Decl::Embed(value) => {
            let mut found: Vec<_> =
                smaller(value).into_iter().map(|value| one(Decl::Embed(value))).collect();
            if let Expr::Struct(inner) = value {
                found.push(inner.clone());
            }
            found
        }
        Decl::Comprehension(clauses, body) => {
            let mut found = vec![body.clone()];
            found.extend(
                smaller_clauses(clauses)
                    .into_iter()
                    .map(|clauses| one(Decl::Comprehension(clauses, body.clone()))),
            );
            found.extend(
                smaller_decls(body)
                    .into_iter()
                    .map(|body| one(Decl::Comprehension(clauses.clone(), body))),
            );
            found
        }
        Decl::Let(name, value) => {
            smaller(value).into_iter().map(|value| one(Decl::Let(name.clone(), value))).collect()
        }
        Decl::Ellipsis => Vec::new(),
    }
}

fn smaller_clauses(clauses: &[Clause]) -> Vec<Vec<Clause>> {
    let mut found = smaller_list(clauses, |clause| match clause {
        Clause::If(condition) => {
            smaller(condition).into_iter().map(|c| vec![Clause::If(c)]).collect()
        }
        Clause::For(key, value, source) => {
            let mut found: Vec<_> = smaller(source)
                .into_iter()
                .map(|source| vec![Clause::For(key.clone(), value.clone(), source)])
                .collect();
            if !key.is_empty() {
                found.push(vec![Clause::For(String::new(), value.clone(), source.clone())]);
            }
            found
        }
        Clause::Let(name, value) => {
            smaller(value).into_iter().map(|v| vec![Clause::Let(name.clone(), v)]).collect()
        }
    });
    found.retain(|clauses| !clauses.is_empty());
    found
}

fn smaller_items(items: &[Item]) -> Vec<Vec<Item>> {
    smaller_list(items, |item| match item {
        Item::Value(value) => smaller(value).into_iter().map(|v| vec![Item::Value(v)]).collect(),
        Item::Rest(rest) => smaller(rest).into_iter().map(|v| vec![Item::Rest(v)]).collect(),
        Item::Comprehension(clauses, value) => {
            let mut found = vec![vec![Item::Value(value.clone())]];
            found.extend(
                smaller_clauses(clauses)
                    .into_iter()
                    .map(|clauses| vec![Item::Comprehension(clauses, value.clone())]),
            );
            found.extend(
                smaller(value).into_iter().map(|v| vec![Item::Comprehension(clauses.clone(), v)]),
            );
            found
        }
    })
}

/// Expressions that are one step smaller.
fn smaller(expr: &Expr) -> Vec<Expr> {
    let mut found: Vec<Expr> = Vec::new();
    if !matches!(expr, Expr::Atom(_)) {
        found.extend(["1", "int", "{}"].map(|text| Expr::Atom(text.to_owned())));
    }
    match expr {
        Expr::Atom(text) => {
            let simple = ["1", "int", "{}"];
            if !simple.contains(&text.as_str()) {
                found.extend(simple.map(|text| Expr::Atom(text.to_owned())));
            }
        }
        Expr::Struct(decls) => found.extend(smaller_decls(decls).into_iter().map(Expr::Struct)),
        Expr::List(items) => found.extend(smaller_items(items).into_iter().map(Expr::List)),
        Expr::Binary(operator, operands) => {
            found.extend(operands.iter().cloned());
            let lists =
                smaller_list(operands, |e| smaller(e).into_iter().map(|e| vec![e]).collect());
            let lists = lists.into_iter().filter(|list| list.len() > 1);
            found.extend(lists.map(|list| Expr::Binary(operator, list)));
        }
        Expr::Disjunction(arms) => {
            found.extend(arms.iter().map(|(_, arm)| arm.clone()));
            let lists = smaller_list(arms, |(marked, arm)| {
                let mut found: Vec<_> =
                    smaller(arm).into_iter().map(|arm| vec![(*marked, arm)]).collect();
                if *marked {
                    found.push(vec![(false, arm.clone())]);
                }
                if let Expr::Disjunction(inner) = arm {
                    found.push(inner.clone());
                }
                found
            });
            let lists = lists.into_iter().filter(|list| list.len() > 1);
            found.extend(lists.map(Expr::Disjunction));
        }
        Expr::Unary(operator, inner) => {
            found.push((**inner).clone());
            let inner = smaller(inner).into_iter();
            found.extend(inner.map(|inner| Expr::Unary(operator, Box::new(inner))));
        }
        Expr::Call(function, arguments) => {
            found.extend(arguments.iter().cloned());
            for (i, argument) in arguments.iter().enumerate() {
                for changed in smaller(argument) {
                    let mut arguments = arguments.clone();
                    arguments[i] = changed;
                    found.push(Expr::Call(function, arguments));
                }
            }
        }
        Expr::Select(base, label) => {
            found.push((**base).clone());
            let bases = smaller(base).into_iter();
            found.extend(bases.map(|base| Expr::Select(Box::new(base), label.clone())));
        }
        Expr::Index(base, index) => {
            found.push((**base).clone());
            let bases = smaller(base).into_iter();
            found.extend(bases.map(|base| Expr::Index(Box::new(base), index.clone())));
        }
        Expr::Interpolation(prefix, inner) => {
            found.push((**inner).clone());
            let inner = smaller(inner).into_iter();
            found.extend(inner.map(|inner| Expr::Interpolation(prefix, Box::new(inner))));
        }
    }
    found
}
