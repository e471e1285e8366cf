//! What names mean where they were written, and what they have to be called where they are printed.
//!
//! Literals that stood apart are printed as one struct: clauses of the same name meet there, and a field
//! of one literal may hide what a name in another one meant. So every literal has its own environment,
//! which leads outwards through the literals it stood in; names are resolved there, and a name that would
//! mean something else in the printed text is replaced.

use crate::source::Span;
use crate::syntax::ast::{
    Clause, Comprehension, Decl, Element, Expr, Field, File, Ident, Label, SelectorLabel, Text,
};
use crate::syntax::literal;
use crate::syntax::walk::{Visit, VisitMut, inside, inside_mut};
use std::collections::{BTreeMap, BTreeSet};

/// The number of an environment.
pub(super) type EnvId = usize;

/// The number of a struct that is printed.
pub(super) type StructId = usize;

/// What a name stands for.
#[derive(Clone, PartialEq)]
enum Binding {
    /// A field.
    Field,
    /// A `let` clause: printed under a name that is free.
    Clause,
    /// The alias of a field, whose label is known: printed under a name that is free.
    Alias(Option<Text>),
    /// An import: its path.
    Import(Text),
    /// A variable of an expression, which is printed as it was.
    Local,
}

/// The names of one literal.
struct Env {
    parent: Option<EnvId>,
    names: BTreeMap<Text, Binding>,
    /// The struct that the literal is printed as a part of.
    place: StructId,
}

/// An import that the printed text needs.
pub(super) struct Import {
    pub(super) path: Text,
    pub(super) name: Text,
}

/// All environments, and the names that were given so far.
#[derive(Default)]
pub(super) struct Scopes {
    envs: Vec<Env>,
    structs: StructId,
    /// Clauses by the environment and the name that they were written with.
    given: BTreeMap<(EnvId, Text), Text>,
    taken: BTreeSet<Text>,
    /// All names that occur in the texts.
    known: BTreeSet<Text>,
    pub(super) imports: Vec<Import>,
    /// The structs around what is being printed, with the labels in each.
    around: Vec<(StructId, BTreeSet<Text>)>,
    /// Fields that need an alias, since another field hides them from a name.
    pub(super) hidden: BTreeMap<(StructId, Text), Text>,
    /// What is printed without the text around it.
    pub(super) apart: Apart,
}

/// What a part of a text needs when it is printed alone.
#[derive(Default)]
pub(super) struct Apart {
    /// Whether only a part is printed.
    pub(super) is_part: bool,
    /// Where structs stand that are not printed themselves.
    pub(super) paths: BTreeMap<StructId, Vec<Text>>,
    /// What was referred to, and the name of the clause that has to hold it.
    pub(super) asked: Vec<(Outside, Text)>,
}

/// Something outside of the part that is printed.
#[derive(Clone, PartialEq)]
pub(super) enum Outside {
    /// A field.
    Field(Vec<Text>),
    /// A clause of an environment.
    Clause(EnvId, Text),
}

/// What stands in the printed text for a name.
enum Printed {
    Name(Text),
    /// A definition within a clause.
    Definition(Text),
}

impl Scopes {
    /// Environments for these files; the first is that of the package, one for each file follows.
    pub(super) fn of_files(files: &[&File]) -> Scopes {
        let mut scopes = Scopes::default();
        let place = scopes.new_struct();
        let mut fields = BTreeMap::new();
        for file in files {
            let mut all = Names(&mut scopes.known);
            all.decls(&file.decls);
            let declared = declared(&file.decls);
            fields.extend(declared.into_iter().filter(|(_, binding)| *binding == Binding::Field));
        }
        scopes.envs.push(Env { parent: None, names: fields, place });
        for file in files {
            let mut names = declared(&file.decls);
            names.retain(|_, binding| *binding != Binding::Field);
            scopes.envs.push(Env { parent: Some(0), names, place });
        }
        scopes
    }

    /// A struct to be printed.
    pub(super) fn new_struct(&mut self) -> StructId {
        self.structs += 1;
        self.structs
    }

    /// The struct that the declarations of an environment are printed in.
    pub(super) fn place(&self, env: EnvId) -> StructId {
        self.envs.get(env).map_or(0, |env| env.place)
    }

    /// An environment for a literal, inside another one.
    pub(super) fn open(&mut self, decls: &[Decl], parent: EnvId, place: StructId) -> EnvId {
        self.add(declared(decls), parent, place)
    }

    fn add(&mut self, names: BTreeMap<Text, Binding>, parent: EnvId, place: StructId) -> EnvId {
        self.envs.push(Env { parent: Some(parent), names, place });
        self.envs.len() - 1
    }

    fn with_locals<'n>(&mut self, names: impl Iterator<Item = &'n Text>, parent: EnvId) -> EnvId {
        let names = names.map(|name| (name.clone(), Binding::Local)).collect();
        let place = self.new_struct();
        self.add(names, parent, place)
    }

    /// Goes into a struct that has fields of these labels.
    pub(super) fn enter(&mut self, place: StructId, labels: BTreeSet<Text>) {
        self.around.push((place, labels));
    }

    /// Goes out of the innermost struct.
    pub(super) fn leave(&mut self) {
        self.around.pop();
    }

    /// Whether a name means something that the texts declare.
    pub(super) fn is_declared(&self, name: &str, env: EnvId) -> bool {
        self.find(name, env).is_some()
    }

    fn find(&self, name: &str, env: EnvId) -> Option<(EnvId, &Binding)> {
        let mut at = Some(env);
        while let Some(id) = at {
            let env = self.envs.get(id)?;
            if let Some(binding) = env.names.get(name) {
                return Some((id, binding));
            }
            at = env.parent;
        }
        None
    }

    /// What a name is called in the printed text.
    fn name(&mut self, name: &Text, env: EnvId) -> Printed {
        let Some((id, binding)) = self.find(name, env) else { return Printed::Name(name.clone()) };
        let binding = binding.clone();
        let place = self.place(id);
        let is_outside = self.apart.is_part && self.around.iter().all(|(p, _)| *p != place);
        Printed::Name(match binding {
            Binding::Local => name.clone(),
            Binding::Import(path) => self.import(name, path),
            Binding::Clause if is_outside => self.ask(Outside::Clause(id, name.clone()), name),
            Binding::Alias(Some(label)) if is_outside => return self.outside(place, &label),
            Binding::Clause | Binding::Alias(_) => self.clause(name, id),
            Binding::Field if is_outside => return self.outside(place, name),
            Binding::Field => {
                let nearest = self.around.iter().rev().find(|(_, labels)| labels.contains(name));
                if nearest.is_none_or(|(found, _)| *found == place) {
                    name.clone()
                } else if let Some(alias) = self.hidden.get(&(place, name.clone())) {
                    alias.clone()
                } else {
                    let alias = self.free(name, 9);
                    self.hidden.insert((place, name.clone()), alias.clone());
                    alias
                }
            }
        })
    }

    /// A field of a struct that is not printed itself.
    fn outside(&mut self, place: StructId, label: &Text) -> Printed {
        let mut path = self.apart.paths.get(&place).cloned().unwrap_or_default();
        path.push(label.clone());
        let name = self.ask(Outside::Field(path), label);
        if is_definition(label) { Printed::Definition(name) } else { Printed::Name(name) }
    }

    /// The name of the clause that holds something from outside.
    fn ask(&mut self, what: Outside, name: &str) -> Text {
        if let Some((_, given)) = self.apart.asked.iter().find(|(asked, _)| *asked == what) {
            return given.clone();
        }
        let name = match &what {
            Outside::Field(_) => capital(name),
            Outside::Clause(..) => name.into(),
        };
        let is_clause = matches!(what, Outside::Clause(..));
        let is_free = is_clause || !self.known.contains(&name);
        let given =
            if is_free && self.taken.insert(name.clone()) { name } else { self.free(&name, 1) };
        self.apart.asked.push((what, given.clone()));
        given
    }

    /// The environment that declares a name, if that is a field.
    pub(super) fn field_env(&self, name: &str, env: EnvId) -> Option<EnvId> {
        self.find(name, env).filter(|(_, found)| **found == Binding::Field).map(|(id, _)| id)
    }

    /// What the clause that an environment declares under a name is called.
    pub(super) fn clause(&mut self, name: &Text, env: EnvId) -> Text {
        let key = (env, name.clone());
        if let Some(given) = self.given.get(&key) {
            return given.clone();
        }
        let given = if self.taken.insert(name.clone()) { name.clone() } else { self.free(name, 1) };
        self.given.insert(key, given.clone());
        given
    }

    /// Calls a clause by the name of another one, where it has none yet.
    pub(super) fn call(&mut self, name: &Text, env: EnvId, given: Text) {
        self.given.entry((env, name.clone())).or_insert(given);
    }

    fn import(&mut self, name: &Text, path: Text) -> Text {
        if let Some(import) = self.imports.iter().find(|import| import.path == path) {
            return import.name.clone();
        }
        let is_free = self.imports.iter().all(|import| import.name != *name);
        let name = if is_free { name.clone() } else { self.free(name, 1) };
        self.imports.push(Import { path, name: name.clone() });
        name
    }

    fn free(&mut self, name: &str, from: usize) -> Text {
        let mut number = from;
        loop {
            let candidate: Text = format!("{name}_{number}").into();
            if !self.known.contains(&candidate) && self.taken.insert(candidate.clone()) {
                return candidate;
            }
            number += 1;
        }
    }

    /// An expression with the names that it has to be printed with.
    pub(super) fn renamed(&mut self, mut expr: Expr, env: EnvId) -> Expr {
        Renamer { scopes: self, env }.expr(&mut expr);
        expr
    }

    /// A declaration that is printed as it was, with the names that it has to be printed with.
    pub(super) fn renamed_decl(&mut self, mut decl: Decl, env: EnvId) -> Decl {
        Renamer { scopes: self, env }.decl(&mut decl);
        decl
    }
}

/// Whether a label is that of a definition, hidden ones included.
pub(super) fn is_definition(label: &str) -> bool {
    label.trim_start_matches('_').starts_with('#')
}

/// The name of a clause for a field of that label.
fn capital(label: &str) -> Text {
    let mut chars = label.trim_start_matches(['_', '#']).chars();
    let Some(first) = chars.next().filter(|first| first.is_alphabetic()) else { return "X".into() };
    let rest: String = chars.filter(|c| *c == '_' || c.is_alphanumeric()).collect();
    format!("{}{rest}", first.to_uppercase()).into()
}

/// The label of a field that is known without evaluation.
pub(super) fn static_label(label: &Label) -> Option<Text> {
    match label {
        Label::Ident(name) => Some(name.name.clone()),
        Label::String(text) => {
            String::from_utf8(literal::decode(text).ok()?).ok().map(|label| label.into())
        }
        Label::Interpolation(_) | Label::Dynamic { .. } | Label::Pattern { .. } => None,
    }
}

/// The labels of the fields among declarations that names can refer to.
pub(super) fn labels(decls: &[Decl]) -> BTreeSet<Text> {
    let fields = declared(decls).into_iter().filter(|(_, binding)| *binding == Binding::Field);
    fields.map(|(name, _)| name).collect()
}

/// The names that declarations bind.
fn declared(decls: &[Decl]) -> BTreeMap<Text, Binding> {
    let mut names = BTreeMap::new();
    for decl in decls {
        match decl {
            Decl::Field(field) => {
                if let Label::Ident(name) = &field.label {
                    names.insert(name.name.clone(), Binding::Field);
                }
                if let Some(alias) = &field.alias {
                    let label = static_label(&field.label);
                    names.insert(alias.name.clone(), Binding::Alias(label));
                }
                if let Some(alias) = &field.postfix_alias {
                    let both = alias.key.iter().chain([&alias.value]);
                    names.extend(both.map(|name| (name.name.clone(), Binding::Local)));
                }
            }
            Decl::Let(clause) => {
                names.insert(clause.name.name.clone(), Binding::Clause);
            }
            Decl::Import(import) => {
                for spec in &import.specs {
                    let path = literal::decode(&spec.path).unwrap_or_default();
                    let path = String::from_utf8_lossy(&path).into_owned();
                    let name = spec.name.as_ref().map(|name| name.name.clone());
                    let name = name.unwrap_or_else(|| implied_name(&path).into());
                    names.insert(name, Binding::Import(path.into()));
                }
            }
            _ => {}
        }
    }
    names
}

/// The name that an import path gives a package.
pub(super) fn implied_name(path: &str) -> &str {
    let last = path.rsplit(['/', ':']).next().unwrap_or(path);
    last.split('@').next().unwrap_or(last)
}

/// Collects every name of a text.
struct Names<'n>(&'n mut BTreeSet<Text>);

impl<'t> Visit<'t> for Names<'_> {
    fn decls(&mut self, decls: &'t [Decl]) {
        self.0.extend(declared(decls).into_keys());
        inside::decls(self, decls);
    }

    fn expr(&mut self, expr: &'t Expr) {
        if let Expr::Ident(name) = expr {
            self.0.insert(name.name.clone());
        }
        inside::expr(self, expr);
    }
}

/// The label of a definition that is held by a clause: only in a definition things stay closed.
pub(super) const HELD: &str = "#x";

fn selected(name: Text) -> Expr {
    let span = Span::NONE;
    let base = Expr::Ident(Ident { span, name }).into();
    Expr::Selector { base, label: SelectorLabel::Ident(Ident { span, name: HELD.into() }) }
}

/// Replaces names in what is printed as it was.
struct Renamer<'s> {
    scopes: &'s mut Scopes,
    env: EnvId,
}

impl Renamer<'_> {
    fn decl(&mut self, decl: &mut Decl) {
        match decl {
            Decl::Let(clause) => {
                self.expr(&mut clause.value);
                clause.name.name = self.scopes.clause(&clause.name.name, self.env);
            }
            Decl::Field(field) => self.field(field),
            Decl::Embed(embed) => self.expr(&mut embed.value),
            Decl::Comprehension(inner) => self.comprehension(inner),
            Decl::Ellipsis(rest) => {
                if let Some(value) = &mut rest.value {
                    self.expr(value);
                }
            }
            Decl::Package(_) | Decl::Import(_) | Decl::Attribute(..) | Decl::Bad(_) => {}
        }
    }

    fn comprehension(&mut self, inner: &mut Comprehension) {
        let outer = self.env;
        for clause in &mut inner.clauses {
            let names: Vec<Text> = match clause {
                Clause::For { key, value, source, .. } => {
                    self.expr(source);
                    key.iter().chain([&*value]).map(|name| name.name.clone()).collect()
                }
                Clause::If { condition, .. } => {
                    self.expr(condition);
                    Vec::new()
                }
                Clause::Let { name, value, .. }
                | Clause::Try { binding: Some((name, value)), .. } => {
                    self.expr(value);
                    vec![name.name.clone()]
                }
                Clause::Try { binding: None, .. } => Vec::new(),
            };
            self.local(&names);
        }
        self.decls(&mut inner.body.decls);
        let locals = std::mem::replace(&mut self.env, outer);
        if let Some(fallback) = &mut inner.fallback {
            self.decls(&mut fallback.body.decls);
        }
        for _ in 0..self.depth_between(locals, outer) {
            self.scopes.leave();
        }
    }

    /// Names that are variables from here on; they hide fields.
    fn local(&mut self, names: &[Text]) {
        if names.is_empty() {
            return;
        }
        self.env = self.scopes.with_locals(names.iter(), self.env);
        self.scopes.enter(self.scopes.place(self.env), names.iter().cloned().collect());
    }

    fn depth_between(&self, from: EnvId, to: EnvId) -> usize {
        let parent = |id: &EnvId| self.scopes.envs.get(*id).and_then(|env| env.parent);
        std::iter::successors(Some(from), parent).take_while(|id| *id != to).count()
    }
}

impl VisitMut for Renamer<'_> {
    fn decls(&mut self, list: &mut Vec<Decl>) {
        let outer = self.env;
        let place = self.scopes.new_struct();
        self.env = self.scopes.open(list, outer, place);
        self.scopes.enter(place, labels(list));
        list.iter_mut().for_each(|decl| self.decl(decl));
        self.scopes.leave();
        self.env = outer;
    }

    fn field(&mut self, field: &mut Field) {
        if let Some(alias) = &mut field.alias {
            alias.name = self.scopes.clause(&alias.name, self.env);
        }
        let outer = self.env;
        if let Label::Pattern { alias: Some(alias), .. } = &field.label {
            let name = alias.name.clone();
            self.local(&[name]);
            inside_mut::field(self, field);
            self.scopes.leave();
            self.env = outer;
        } else {
            inside_mut::field(self, field);
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Ident(name) => match self.scopes.name(&name.name, self.env) {
                Printed::Name(given) => name.name = given,
                Printed::Definition(given) => *expr = selected(given),
            },
            Expr::List(list) => crate::depth::grow(|| {
                for element in &mut list.elements {
                    match element {
                        Element::Comprehension(inner) => self.comprehension(inner),
                        Element::Expr(value, _) | Element::Alias(_, value) => self.expr(value),
                        Element::Ellipsis(rest) => {
                            if let Some(value) = &mut rest.value {
                                self.expr(value);
                            }
                        }
                    }
                }
            }),
            Expr::Alias(name, value) => {
                let outer = self.env;
                let name = name.name.clone();
                self.local(&[name]);
                crate::depth::grow(|| self.expr(value));
                self.scopes.leave();
                self.env = outer;
            }
            _ => inside_mut::expr(self, expr),
        }
    }
}
