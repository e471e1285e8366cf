//! Templates written for old CUE, made to work in today's.
//!
//! Lists used to be added and multiplied: `a + b`, `2 * l`. That is `list.Concat([a, b])` and
//! `list.Repeat(l, 2)` today. Which names are lists is inferred from the syntax: a name is a list if
//! what stands behind it is written as one, in all the places that the names lead to.

use crate::oam::label;
use std::collections::BTreeSet;
use vela_lang::source::Span;
use vela_lang::syntax::ast::{
    BinaryOp, Decl, Element, Expr, File, Ident, Import, ImportSpec, ListLit, Literal, Nested,
    Operand, SelectorLabel, StructLit, UnaryOp,
};
use vela_lang::syntax::walk::{Visit, VisitMut, inside, inside_mut};

/// How many names one inference follows.
const STEPS: u32 = 64;

/// The name that the list package is imported under where the template does not import it.
const PACKAGE: &str = "velaList";

/// The operators of arithmetic on lists, in order.
pub fn list_arithmetic(file: &File) -> Vec<Span> {
    let span = |(start, end)| Span { start, end, ..file.span };
    found(file).into_iter().map(span).collect()
}

fn found(file: &File) -> BTreeSet<(u32, u32)> {
    let mut finder = Finder { scopes: Vec::new(), found: BTreeSet::new() };
    finder.decls(&file.decls);
    finder.found
}

/// Rewrites arithmetic on lists; whether there was any.
pub fn upgrade(file: &mut File) -> bool {
    let found = found(file);
    if found.is_empty() {
        return false;
    }
    let name = imported(file).unwrap_or_else(|| {
        file.decls.insert(0, Decl::Import(Box::new(import())));
        PACKAGE.to_owned()
    });
    let mut rewriter = Rewriter { found, package: name };
    rewriter.decls(&mut file.decls);
    true
}

/// The name under which the file imports the list package.
fn imported(file: &File) -> Option<String> {
    let specs = file.decls.iter().filter_map(|decl| match decl {
        Decl::Import(import) => Some(&import.specs),
        _ => None,
    });
    let spec = specs.flatten().find(|spec| spec.path.text == "\"list\"")?;
    Some(spec.name.as_ref().map_or_else(|| String::from("list"), |name| name.name.to_string()))
}

fn import() -> Import {
    Import {
        span: Span::NONE,
        parens: None,
        specs: vec![ImportSpec {
            name: Some(Ident { span: Span::NONE, name: PACKAGE.into() }),
            path: Literal { span: Span::NONE, text: "\"list\"".into() },
            comments: Default::default(),
        }],
        comments: Default::default(),
        trailing: Vec::new(),
    }
}

/// Finds arithmetic on lists: by the places of its operators.
struct Finder<'t> {
    scopes: Vec<&'t [Decl]>,
    found: BTreeSet<(u32, u32)>,
}

fn place(span: Span) -> (u32, u32) {
    (span.start, span.end)
}

impl<'t> Visit<'t> for Finder<'t> {
    fn decls(&mut self, decls: &'t [Decl]) {
        self.scopes.push(decls);
        inside::decls(self, decls);
        self.scopes.pop();
    }

    fn expr(&mut self, expr: &'t Expr) {
        if let Expr::Binary { first, rest } = expr
            && arithmetic(rest)
            && (self.is_list(first, STEPS) || rest.iter().any(|o| self.is_list(&o.expr, STEPS)))
            && let Some(operand) = rest.first()
        {
            self.found.insert(place(operand.op_span));
        }
        inside::expr(self, expr);
    }
}

impl<'t> Finder<'t> {
    fn is_list(&self, expr: &'t Expr, steps: u32) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return false };
        match expr {
            Expr::List(_) => true,
            Expr::Paren(_, inner) | Expr::Alias(_, inner) => self.is_list(inner, steps),
            Expr::Unary { op: UnaryOp::Default, expr, .. } => self.is_list(expr, steps),
            Expr::Slice { base, .. } => self.is_list(base, steps),
            Expr::Binary { first, rest } => {
                let kind = rest.first().map(|operand| operand.op);
                let lists = matches!(
                    kind,
                    Some(BinaryOp::Add | BinaryOp::Multiply | BinaryOp::Or | BinaryOp::And)
                );
                lists
                    && (self.is_list(first, steps)
                        || rest.iter().any(|operand| self.is_list(&operand.expr, steps)))
            }
            Expr::Call { function, .. } => makes_list(function),
            Expr::Ident(_) | Expr::Selector { .. } => {
                self.values(expr, steps).into_iter().any(|value| self.is_list(value, steps))
            }
            _ => false,
        }
    }

    /// What stands behind a name or a path of names.
    fn values(&self, expr: &'t Expr, steps: u32) -> Vec<&'t Expr> {
        let Some(steps) = steps.checked_sub(1) else { return Vec::new() };
        match expr {
            Expr::Ident(name) => {
                for decls in self.scopes.iter().rev() {
                    let found = named(decls, &name.name);
                    if !found.is_empty() {
                        return found;
                    }
                }
                Vec::new()
            }
            Expr::Selector { base, label: selector } => {
                let name = match selector {
                    SelectorLabel::Ident(name) => Some(name.name.to_string()),
                    SelectorLabel::String(text) => crate::oam::string_value(&text.text),
                };
                let Some(name) = name else { return Vec::new() };
                let mut found = Vec::new();
                for value in self.values(base, steps) {
                    let mut structs = Vec::new();
                    self.structs(value, steps, &mut structs);
                    for lit in structs {
                        found.extend(named(&lit.decls, &name));
                    }
                }
                found
            }
            _ => Vec::new(),
        }
    }

    /// The struct literals that a value is made of.
    fn structs(&self, expr: &'t Expr, steps: u32, out: &mut Vec<&'t StructLit>) {
        let Some(steps) = steps.checked_sub(1) else { return };
        match expr {
            Expr::Struct(lit) => out.push(lit),
            Expr::Paren(_, inner) | Expr::Alias(_, inner) => self.structs(inner, steps, out),
            Expr::Unary { op: UnaryOp::Default, expr, .. } => self.structs(expr, steps, out),
            Expr::Binary { first, rest } => {
                self.structs(first, steps, out);
                rest.iter().for_each(|operand| self.structs(&operand.expr, steps, out));
            }
            Expr::Call { args, .. } => args.iter().for_each(|arg| self.structs(arg, steps, out)),
            Expr::Ident(_) | Expr::Selector { .. } => {
                for value in self.values(expr, steps) {
                    self.structs(value, steps, out);
                }
            }
            _ => {}
        }
    }
}

/// The values of the fields and lets of that name, also of those inside of comprehensions.
fn named<'t>(decls: &'t [Decl], name: &str) -> Vec<&'t Expr> {
    let mut found = Vec::new();
    for decl in decls {
        match decl {
            Decl::Field(field) if label(&field.label).as_deref() == Some(name) => {
                found.push(&field.value);
            }
            Decl::Let(binding) if binding.name.name == name => found.push(&binding.value),
            Decl::Comprehension(comprehension) => {
                found.extend(named(&comprehension.body.decls, name));
            }
            _ => {}
        }
    }
    found
}

/// Whether this is the arithmetic that lists had.
fn arithmetic(rest: &[Operand]) -> bool {
    !rest.is_empty()
        && (rest.iter().all(|operand| operand.op == BinaryOp::Add)
            || rest.len() == 1 && rest[0].op == BinaryOp::Multiply)
}

/// Whether a function gives lists.
fn makes_list(function: &Expr) -> bool {
    let Expr::Selector { base, label: SelectorLabel::Ident(name) } = function else {
        return false;
    };
    let Expr::Ident(package) = &**base else { return false };
    matches!(
        (package.name.as_str(), name.name.as_str()),
        ("list", "Concat" | "Repeat" | "Sort" | "SortStrings" | "FlattenN" | "Slice" | "Take")
            | ("list", "Drop" | "Range" | "Reverse")
            | ("strings", "Split" | "SplitN" | "Fields")
    )
}

/// Rewrites what was found.
struct Rewriter {
    found: BTreeSet<(u32, u32)>,
    package: String,
}

impl VisitMut for Rewriter {
    fn expr(&mut self, expr: &mut Expr) {
        inside_mut::expr(self, expr);
        let here = match expr {
            Expr::Binary { rest, .. } => rest.first().map(|operand| place(operand.op_span)),
            _ => None,
        };
        if here.is_some_and(|here| self.found.contains(&here)) {
            let span = expr.span();
            if let Expr::Binary { first, rest } = std::mem::replace(expr, Expr::Bad(Span::NONE)) {
                *expr = self.call(first.into_inner(), rest.into_inner(), span);
            }
        }
    }
}

impl Rewriter {
    fn call(&self, first: Expr, rest: Vec<Operand>, span: Span) -> Expr {
        let multiply = rest.first().is_some_and(|operand| operand.op == BinaryOp::Multiply);
        let mut operands: Vec<Expr> =
            std::iter::once(first).chain(rest.into_iter().map(|operand| operand.expr)).collect();
        let (name, args) = if multiply {
            // `n * l` and `l * n` are the same; the list goes first.
            if !matches!(operands.first(), Some(Expr::List(_))) {
                let numeric = matches!(operands.first(), Some(Expr::Number(_)))
                    || matches!(operands.get(1), Some(Expr::List(_)));
                if numeric {
                    operands.reverse();
                }
            }
            ("Repeat", operands)
        } else {
            let elements =
                operands.into_iter().map(|expr| Element::Expr(expr, Default::default())).collect();
            (
                "Concat",
                vec![Expr::List(Nested::new(ListLit { span, elements, trailing: Vec::new() }))],
            )
        };
        Expr::Call {
            span,
            function: Nested::new(Expr::Selector {
                base: Nested::new(Expr::Ident(Ident { span, name: self.package.as_str().into() })),
                label: SelectorLabel::Ident(Ident { span, name: name.into() }),
            }),
            args: Nested::new(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::upgrade;
    use vela_lang::source::Sources;
    use vela_lang::syntax::ast::{Decl, Expr};
    use vela_lang::syntax::parse;

    /// What became of the value of field `x`: the function that is called, if one is.
    fn rewritten(text: &str) -> Option<String> {
        let mut parsed = parse(&Sources::default(), "t.cue", text);
        assert!(parsed.errors.is_empty(), "{text}: {:?}", parsed.errors);
        upgrade(&mut parsed.file);
        parsed.file.decls.iter().find_map(|decl| match decl {
            Decl::Field(field) if crate::oam::label(&field.label)? == "x" => match &field.value {
                Expr::Call { function, .. } => match &**function {
                    Expr::Selector { label: super::SelectorLabel::Ident(name), .. } => {
                        Some(name.name.to_string())
                    }
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
    }

    #[test]
    fn list_arithmetic() {
        for (text, wanted) in [
            ("x: [1] + [2]", Some("Concat")),
            ("x: a + b + c\na: [1]\nb: a\nc: b", Some("Concat")),
            ("x: 2 * [1]", Some("Repeat")),
            ("x: a * 3\na: [...int]", Some("Repeat")),
            ("x: parameter.args + [\"a\"]\nparameter: args: *[] | [...string]", Some("Concat")),
            (
                "x: parameter.a + parameter.b\nparameter: {a?: [...string]\nb?: [...string]}",
                Some("Concat"),
            ),
            ("x: #P.a + y\n#P: {a: [for v in [1] {v}]}\ny: _", Some("Concat")),
            ("x: a + \"s\"\na: \"t\"", None),
            ("x: a + b\na: 1\nb: 2", None),
            ("x: a + b\na: b\nb: a", None),
            ("x: a - [1]\na: [2]", None),
            ("import \"strings\"\nx: strings.Split(\"a\", \"b\") + a\na: _", Some("Concat")),
        ] {
            assert_eq!(rewritten(text).as_deref(), wanted, "{text}");
        }
    }
}
