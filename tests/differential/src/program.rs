//! Programs as trees: what the generator makes, the shrinker takes apart and `Display` writes.

use std::fmt;

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A literal, a type, a bound with a literal, or a name.
    Atom(String),
    /// `{…}`
    Struct(Vec<Decl>),
    /// `[…]`
    List(Vec<Item>),
    /// Operands joined by one operator, in parentheses where needed.
    Binary(&'static str, Vec<Expr>),
    /// `*a | b`; true marks a default.
    Disjunction(Vec<(bool, Expr)>),
    /// `-a`, `!a`, `>a`
    Unary(&'static str, Box<Expr>),
    /// `f(a, b)`
    Call(&'static str, Vec<Expr>),
    /// `a.b`
    Select(Box<Expr>, String),
    /// `a[b]`
    Index(Box<Expr>, Box<Expr>),
    /// `"x\(a)"`
    Interpolation(&'static str, Box<Expr>),
}

/// An element of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A value.
    Value(Expr),
    /// `...T`, or `...` for the atom `_`.
    Rest(Expr),
    /// `for x in y {z}`
    Comprehension(Vec<Clause>, Expr),
}

/// A clause of a comprehension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// `if c`
    If(Expr),
    /// `for k, v in e`; an empty key is left out.
    For(String, String, Expr),
    /// `let x = e`
    Let(String, Expr),
}

/// A declaration in a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decl {
    /// `a: v`, `a?: v`, `a!: v`: the label is text with its mark.
    Field(String, Expr),
    /// `(e): v`
    Dynamic(Expr, Expr),
    /// `[e]: v`
    Pattern(Expr, Expr),
    /// `e`
    Embed(Expr),
    /// `if c {…}`
    Comprehension(Vec<Clause>, Vec<Decl>),
    /// `let x = e`
    Let(String, Expr),
    /// `...`
    Ellipsis,
}

/// A package: its files, each a list of declarations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The files.
    pub files: Vec<Vec<Decl>>,
}

const PACKAGES: [&str; 6] = ["list", "math", "regexp", "strconv", "strings", "struct"];

impl Program {
    /// The text of each file.
    pub fn texts(&self) -> Vec<String> {
        let package = if self.files.len() > 1 { "package p\n" } else { "" };
        self.files.iter().map(|decls| format!("{package}{}", file(decls))).collect()
    }
}

fn file(decls: &[Decl]) -> String {
    let body: String = decls.iter().map(|decl| format!("{decl}\n")).collect();
    let used = |package: &&&str| body.contains(&format!("{package}."));
    let imports = PACKAGES.iter().filter(used).map(|package| format!("import {package:?}\n"));
    imports.collect::<String>() + &body
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, text) in self.texts().iter().enumerate() {
            if i > 0 {
                writeln!(f, "-- next file --")?;
            }
            f.write_str(text)?;
        }
        Ok(())
    }
}

fn separated<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        item.fmt(f)?;
    }
    Ok(())
}

/// An operand, in parentheses unless it stands for itself.
struct Operand<'a>(&'a Expr);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::Binary(..) | Expr::Disjunction(..) | Expr::Unary(..) => write!(f, "({})", self.0),
            Expr::Atom(text) if text.contains(' ') && !text.starts_with('"') => {
                write!(f, "({text})")
            }
            _ => self.0.fmt(f),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Atom(text) => f.write_str(text),
            Expr::Struct(decls) => {
                f.write_str("{")?;
                separated(f, decls)?;
                f.write_str("}")
            }
            Expr::List(items) => {
                f.write_str("[")?;
                separated(f, items)?;
                f.write_str("]")
            }
            Expr::Binary(operator, operands) => {
                for (i, operand) in operands.iter().enumerate() {
                    if i > 0 {
                        write!(f, " {operator} ")?;
                    }
                    Operand(operand).fmt(f)?;
                }
                Ok(())
            }
            Expr::Disjunction(arms) => {
                for (i, (marked, arm)) in arms.iter().enumerate() {
                    let separator = if i > 0 { " | " } else { "" };
                    write!(f, "{separator}{}{}", if *marked { "*" } else { "" }, Operand(arm))?;
                }
                Ok(())
            }
            Expr::Unary(operator, operand) => write!(f, "{operator}{}", Operand(operand)),
            Expr::Call(function, arguments) => {
                write!(f, "{function}(")?;
                separated(f, arguments)?;
                f.write_str(")")
            }
            Expr::Select(base, label) => write!(f, "{}.{label}", Operand(base)),
            Expr::Index(base, index) => write!(f, "{}[{index}]", Operand(base)),
            Expr::Interpolation(prefix, inner) => write!(f, "\"{prefix}\\({inner})\""),
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Value(value) => value.fmt(f),
            Item::Rest(Expr::Atom(top)) if top == "_" => f.write_str("..."),
            Item::Rest(rest) => write!(f, "...{}", Operand(rest)),
            Item::Comprehension(clauses, value) => write!(f, "{}{{{value}}}", Clauses(clauses)),
        }
    }
}

struct Clauses<'a>(&'a [Clause]);

impl fmt::Display for Clauses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for clause in self.0 {
            match clause {
                Clause::If(condition) => write!(f, "if {condition} ")?,
                Clause::For(key, value, source) if key.is_empty() => {
                    write!(f, "for {value} in {source} ")?;
                }
                Clause::For(key, value, source) => write!(f, "for {key}, {value} in {source} ")?,
                Clause::Let(name, value) => write!(f, "let {name} = {value} ")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Decl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Decl::Field(label, value) => write!(f, "{label}: {value}"),
            Decl::Dynamic(label, value) => write!(f, "({label}): {value}"),
            Decl::Pattern(pattern, value) => write!(f, "[{pattern}]: {value}"),
            Decl::Embed(value) => value.fmt(f),
            Decl::Comprehension(clauses, body) => {
                write!(f, "{}{{", Clauses(clauses))?;
                separated(f, body)?;
                f.write_str("}")
            }
            Decl::Let(name, value) => write!(f, "let {name} = {value}"),
            Decl::Ellipsis => f.write_str("..."),
        }
    }
}
