//! Random programs. Values are made for a kind that is decided first, so that most of what refers to
//! them makes sense; now and then another kind is taken on purpose.

mod structs;
mod values;

use crate::program::{Decl, Program};
use crate::random::Random;
use std::rc::Rc;

/// What a value is meant to be.
#[derive(Clone, Debug)]
enum Kind {
    Int,
    Float,
    Text,
    Bool,
    List(Rc<Kind>),
    /// Labels and what they hold.
    Struct(Rc<Shape>),
}

/// The fields that a struct is meant to have.
type Shape = Vec<(String, Kind)>;

/// How large programs are, and what they may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most declarations of the package.
    pub declarations: usize,
    /// Levels of expressions.
    pub depth: usize,
    /// How many of a hundred programs have several files.
    pub files: usize,
    /// Builtin functions may be called.
    pub calls: bool,
    /// In how many of a hundred programs names may refer to what comes later, and to themselves.
    pub tangled: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { declarations: 6, depth: 3, files: 10, calls: true, tangled: 12 }
    }
}

/// The program of this number in this series.
pub fn program(seed: u64, index: u64, options: &Options) -> Program {
    let mut generator = Generator {
        random: Random::new(seed, index),
        scopes: Vec::new(),
        options,
        lets: 0,
        tangled: false,
    };
    generator.tangled = generator.random.percent(options.tangled);
    generator.program()
}

struct Generator<'a> {
    random: Random,
    /// Names that can be referred to, the outermost struct first.
    scopes: Vec<Scope>,
    options: &'a Options,
    /// Names may refer to what comes later, and to themselves.
    tangled: bool,
    /// Names of lets and loop variables are never given twice: they must not clash with fields.
    lets: usize,
}

/// The names that a struct or a clause gives.
#[derive(Clone, Debug)]
struct Scope {
    names: Vec<(String, Kind)>,
    /// How many of them have their value; the next one is being made.
    made: usize,
}

impl Scope {
    /// Names that are all known.
    fn known(names: Vec<(String, Kind)>) -> Scope {
        let made = names.len();
        Scope { names, made }
    }

    /// Names whose values are still to be made.
    fn unmade(names: Vec<(String, Kind)>) -> Scope {
        Scope { names, made: 0 }
    }
}

const LABELS: [&str; 6] = ["a", "b", "c", "d", "x", "y"];

impl Generator<'_> {
    fn program(&mut self) -> Program {
        let count = 2 + self.random.below(self.options.declarations.saturating_sub(1));
        let mut names: Vec<(String, Kind)> = Vec::new();
        for _ in 0..count {
            let again = !names.is_empty() && self.random.percent(15);
            let entry: (String, Kind) =
                if again { self.random.pick(&names).clone() } else { self.top_level() };
            names.push(entry);
        }
        self.scopes.push(Scope::unmade(names.clone()));
        let mut decls = Vec::new();
        for (name, kind) in names {
            let value = self.value(&kind, self.options.depth);
            decls.push(Decl::Field(name, value));
            self.made();
        }
        if self.random.percent(30) {
            self.random.shuffle(&mut decls);
        }
        if self.random.percent(8) {
            let extra = self.clause_body(&Rc::new(Vec::new()), 2);
            decls.push(extra);
        }
        let parts = if self.random.percent(self.options.files) { 2 } else { 1 };
        let mut files = vec![Vec::new(); parts];
        for decl in decls {
            files[self.random.below(parts)].push(decl);
        }
        files.retain(|file: &Vec<Decl>| !file.is_empty());
        Program { files }
    }

    fn top_level(&mut self) -> (String, Kind) {
        match self.random.weighted(&[30, 60, 6, 4]) {
            0 => {
                let name = *self.random.pick(&["#A", "#B", "#C"]);
                let kind = if self.random.percent(85) { self.shape(2) } else { self.kind(1) };
                (name.to_owned(), kind)
            }
            1 => (self.label(), self.kind(2)),
            2 => ("_h".to_owned(), self.kind(2)),
            _ => ("_#D".to_owned(), self.shape(2)),
        }
    }

    fn label(&mut self) -> String {
        (*self.random.pick(&LABELS)).to_owned()
    }

    fn fresh(&mut self) -> String {
        self.lets += 1;
        format!("v{}", self.lets)
    }

    fn kind(&mut self, depth: usize) -> Kind {
        let nested = if depth == 0 { 0 } else { 1 };
        match self.random.weighted(&[30, 4, 15, 8, 12 * nested, 40 * nested]) {
            0 => Kind::Int,
            1 => Kind::Float,
            2 => Kind::Text,
            3 => Kind::Bool,
            4 => Kind::List(Rc::new(self.kind(depth - 1))),
            _ => self.shape(depth - 1),
        }
    }

    fn shape(&mut self, depth: usize) -> Kind {
        let mut shape = Shape::new();
        for _ in 0..1 + self.random.below(3) {
            let label = self.label();
            if shape.iter().all(|(name, _)| *name != label) {
                let kind = self.kind(depth);
                shape.push((label, kind));
            }
        }
        Kind::Struct(Rc::new(shape))
    }

    /// The value of the next name of the innermost struct has been made.
    fn made(&mut self) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.made += 1;
        }
    }

    /// The names that may be referred to with their kinds, inner ones hiding outer ones.
    fn names(&self) -> Vec<(String, Kind)> {
        let mut found: Vec<(String, Kind)> = Vec::new();
        let mut hidden: Vec<&String> = Vec::new();
        for scope in self.scopes.iter().rev() {
            let making = scope.names.get(scope.made).map(|(name, _)| name);
            for (i, (name, kind)) in scope.names.iter().enumerate() {
                let usable = self.tangled || (i < scope.made && making != Some(name));
                if usable && !hidden.contains(&name) {
                    found.push((name.clone(), kind.clone()));
                }
            }
            hidden.extend(scope.names.iter().map(|(name, _)| name));
        }
        found
    }
}
