//! Expressions: names to references, literals to values.

use super::compile::Compiler;
use super::scope::{Binding, Name};
use super::{Arm, Core, Element, Expr, ExprKind, List, NamedRange, Piece, Slot};
use crate::depth;
use crate::diagnostic::{Class, Diagnostic};
use crate::number::Number;
use crate::source::Span;
use crate::std::host::Kind;
use crate::syntax::ast::{self, BinaryOp, SelectorLabel, UnaryOp};
use crate::syntax::literal::{self, LiteralError, Text};
use std::sync::Arc;

impl Compiler<'_> {
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Expr {
        let kind = self.deeper(|compiler| compiler.kind(expr));
        Expr { span: expr.span(), kind }
    }

    /// Compiles what is one level further inside.
    pub(super) fn deeper<T>(&mut self, then: impl FnOnce(&mut Self) -> T) -> T {
        self.levels += 1;
        self.deepest = self.deepest.max(self.levels);
        let compiled = depth::grow(|| then(self));
        self.levels -= 1;
        compiled
    }

    fn boxed(&mut self, expr: &ast::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    /// Reports an error and stands in for the expression that has it.
    pub(super) fn failed(&mut self, error: Diagnostic) -> ExprKind {
        let error = if error.path.is_empty() { error.path(self.path.join(".")) } else { error };
        self.errors.push(error);
        ExprKind::Bottom
    }

    fn kind(&mut self, expr: &ast::Expr) -> ExprKind {
        match expr {
            ast::Expr::Bottom(_) | ast::Expr::Bad(_) => ExprKind::Bottom,
            ast::Expr::Null(_) => ExprKind::Null,
            ast::Expr::Bool(_, value) => ExprKind::Bool(*value),
            ast::Expr::Number(l) => match literal::number(l) {
                Ok(number) => ExprKind::Number(number),
                Err(error) => self.failed(error.diagnostic()),
            },
            ast::Expr::String(l) => match literal::plain(l) {
                Some(text) => ExprKind::String(text.into()),
                None => self.string(l),
            },
            ast::Expr::Interpolation(i) => self.interpolation(i).kind,
            ast::Expr::Ident(ident) => self.identifier(ident),
            ast::Expr::Struct(lit) => ExprKind::Struct(self.struct_lit(lit)),
            ast::Expr::List(list) => self.list(list),
            ast::Expr::Paren(_, inner) => self.expr(inner).kind,
            ast::Expr::Unary { op, op_span, expr, .. } => self.unary(*op, *op_span, expr),
            ast::Expr::Binary { first, rest } => self.binary(first, rest),
            ast::Expr::Selector { base, label } => self.selector(base, label),
            ast::Expr::Index { base, index, .. } => {
                ExprKind::Index(self.boxed(base), self.boxed(index))
            }
            ast::Expr::Slice { base, low, high, .. } => {
                let base = self.boxed(base);
                let low = low.as_ref().map(|e| self.boxed(e));
                let high = high.as_ref().map(|e| self.boxed(e));
                ExprKind::Slice(base, low, high)
            }
            ast::Expr::Call { function, args, .. } => {
                let function = self.boxed(function);
                let mut args: Vec<Expr> = args.iter().map(|a| self.expr(a)).collect();
                let literal = |e: &Expr| matches!(e.kind, ExprKind::Struct(_) | ExprKind::List(_));
                match function.kind {
                    ExprKind::Core(core @ (Core::CloseAll | Core::Reclose))
                        if args.len() == 1
                            && literal(&args[0])
                            && self.has_experiment("explicitopen") =>
                    {
                        ExprKind::CloseAll(core == Core::CloseAll, Box::new(args.remove(0)))
                    }
                    _ => ExprKind::Call(function, args.into()),
                }
            }
            ast::Expr::Alias(name, value) => self.alias(name, value),
            ast::Expr::Open(span, inner) => {
                if !self.has_experiment("explicitopen") {
                    let message = "postfix ... requires @experiment(explicitopen)";
                    return self.failed(Diagnostic::load("cue/experiment", *span, message));
                }
                ExprKind::Open(self.boxed(inner))
            }
            ast::Expr::Maybe(_, inner) => ExprKind::Maybe(self.boxed(inner)),
        }
    }

    fn string(&mut self, l: &ast::Literal) -> ExprKind {
        match literal::string(l) {
            Ok(Text::String(text)) => ExprKind::String(text.into()),
            Ok(Text::Bytes(bytes)) => ExprKind::Bytes(bytes.into()),
            Err(error) => self.failed(error.diagnostic()),
        }
    }

    pub(super) fn has_experiment(&self, name: &str) -> bool {
        self.experiments.iter().any(|e| e == name)
    }

    pub(super) fn interpolation(&mut self, i: &ast::Interpolation) -> Expr {
        let mut pieces = Vec::with_capacity(i.exprs.len() * 2 + 1);
        match literal::interpolation(&i.pieces) {
            Ok(texts) => {
                let bytes = matches!(texts.first(), Some(Text::Bytes(_)));
                let mut exprs = i.exprs.iter();
                for text in texts {
                    let text: Arc<[u8]> = match text {
                        Text::String(text) => text.into_bytes().into(),
                        Text::Bytes(bytes) => bytes.into(),
                    };
                    if !text.is_empty() {
                        pieces.push(Piece::Text(text));
                    }
                    if let Some(expr) = exprs.next() {
                        pieces.push(Piece::Expr(self.expr(expr)));
                    }
                }
                Expr { span: i.span, kind: ExprKind::Interpolation(bytes, pieces.into()) }
            }
            Err(error) => {
                let kind = self.failed(error.diagnostic());
                Expr { span: i.span, kind }
            }
        }
    }

    /// The text of a label, path or selector. Bytes count as their text.
    pub(super) fn text(&mut self, l: &ast::Literal) -> Option<String> {
        match label_text(l) {
            Ok(text) => Some(text),
            Err(error) => {
                self.errors.push(error.diagnostic().path(self.path.join(".")));
                None
            }
        }
    }

    fn identifier(&mut self, ident: &ast::Ident) -> ExprKind {
        let name = ident.name.as_str();
        if name == "_" {
            return ExprKind::Top;
        }
        let symbol = self.symbols.identifier(name, self.package);
        if let Some((up, binding)) = self.scopes.resolve(symbol) {
            if self.matched == Some(self.scopes.innermost() - up) {
                let message = format!(
                    "reference {name:?} in label expression refers to field against which it would be matched"
                );
                let error = Diagnostic::load("cue/label-expression", ident.span, message)
                    .help("a pattern can't depend on the fields of its own struct: declare the name outside");
                self.errors.push(error);
                return ExprKind::Bottom;
            }
            return match binding {
                Binding::Field(label) => ExprKind::Field { up, label },
                Binding::Dynamic(index) => ExprKind::DynamicField { up, index },
                Binding::Let(index) => ExprKind::Let { up, index },
                Binding::Slot(slot) => ExprKind::Variable { up, slot },
                Binding::Text(text) => ExprKind::String(text),
                Binding::Package(index) => ExprKind::Import(index),
                Binding::Builtin(path) => ExprKind::BuiltinPackage(path),
                Binding::Missing => ExprKind::Bottom,
            };
        }
        if name == "self"
            && self.has_experiment("aliasv2")
            && let Some(up) = self.scopes.innermost_value()
        {
            return ExprKind::Variable { up, slot: Slot::Value };
        }
        if let Some(kind) = predeclared(name.strip_prefix("__").unwrap_or(name)) {
            return kind;
        }
        match name {
            // Whether structure is shared cannot be seen here.
            "__no_sharing" => return ExprKind::Top,
            "__closeAll" => return ExprKind::Core(Core::CloseAll),
            "__reclose" => return ExprKind::Core(Core::Reclose),
            _ => {}
        }
        let message = format!("reference {name:?} not found");
        let mut error = Diagnostic::load("cue/reference", ident.span, message);
        let near = || self.scopes.nearest(name, &self.symbols);
        error.help = super::habit::unknown_name(name)
            .or_else(|| Some(format!("did you mean {:?}?", near()?)));
        self.failed(error)
    }

    fn list(&mut self, list: &ast::ListLit) -> ExprKind {
        // A list is an environment of its own only for `self`; it binds no names.
        self.scopes.push_value();
        let mut out = List { elements: Vec::with_capacity(list.elements.len()), rest: None };
        for element in &list.elements {
            match element {
                ast::Element::Expr(expr, _) => out.elements.push(Element::Expr(self.expr(expr))),
                ast::Element::Comprehension(c) => {
                    let compiled = self.comprehension(c);
                    out.elements.push(Element::Comprehension(compiled));
                }
                ast::Element::Ellipsis(e) => {
                    out.rest = Some(e.value.as_ref().map(|v| self.boxed(v)));
                }
                ast::Element::Alias(name, _) => {
                    let message = "alias values not allowed in this position";
                    self.failed(Diagnostic::load("cue/alias", name.span, message));
                }
            }
        }
        self.scopes.pop();
        ExprKind::List(Box::new(out))
    }

    fn unary(&mut self, op: UnaryOp, op_span: Span, operand: &ast::Expr) -> ExprKind {
        match op {
            UnaryOp::Default => {
                let message = "preference mark not allowed at this position";
                let error = Diagnostic::load("cue/default-mark", op_span, message)
                    .help("a default is an arm of a disjunction: *x | y");
                self.failed(error)
            }
            UnaryOp::Plus | UnaryOp::Minus | UnaryOp::Not => {
                let known = self.errors.len();
                let inner = self.expr(operand);
                if let (UnaryOp::Minus, [error], ast::Expr::Ident(_)) =
                    (op, self.errors.get_mut(known..).unwrap_or_default(), operand)
                {
                    error.help.get_or_insert_with(|| super::habit::dash(&error.message));
                }
                match (op, inner.kind) {
                    (UnaryOp::Minus, ExprKind::Number(n)) => ExprKind::Number(n.neg()),
                    (UnaryOp::Plus, ExprKind::Number(n)) => ExprKind::Number(n),
                    (_, kind) => ExprKind::Unary(op, Box::new(Expr { span: inner.span, kind })),
                }
            }
            _ => ExprKind::Bound(op, self.boxed(operand)),
        }
    }

    fn binary(&mut self, first: &ast::Expr, rest: &[ast::Operand]) -> ExprKind {
        let Some(op) = rest.first().map(|operand| operand.op) else {
            return self.expr(first).kind;
        };
        let operands = std::iter::once(first).chain(rest.iter().map(|o| &o.expr));
        match op {
            BinaryOp::And => return ExprKind::And(operands.map(|e| self.expr(e)).collect()),
            BinaryOp::Or => {
                let arms: Vec<Arm> = operands.map(|e| self.arm(e)).collect();
                return ExprKind::Or(flattened(arms));
            }
            _ => {}
        }
        if let ([operand], BinaryOp::Equal | BinaryOp::NotEqual) = (rest, op) {
            let equal = op == BinaryOp::Equal;
            let tested = if matches!(operand.expr, ast::Expr::Bottom(_)) {
                Some(first)
            } else if matches!(first, ast::Expr::Bottom(_)) {
                Some(&operand.expr)
            } else {
                None
            };
            if let Some(tested) = tested {
                let tested = self.expr(tested);
                self.check_operand(op, &tested);
                return ExprKind::IsBottom(equal, Box::new(tested));
            }
        }
        let compiled_first = self.expr(first);
        self.check_operand(op, &compiled_first);
        let compiled: Box<[(BinaryOp, Expr)]> = rest
            .iter()
            .map(|operand| {
                let expr = self.expr(&operand.expr);
                self.check_operand(operand.op, &expr);
                (operand.op, expr)
            })
            .collect();
        ExprKind::Binary(Box::new(compiled_first), compiled)
    }

    /// Types and bounds written directly as operands can never have a value.
    fn check_operand(&mut self, op: BinaryOp, operand: &Expr) {
        let text = match &operand.kind {
            ExprKind::Top => "_".to_owned(),
            ExprKind::Kind(kind) => kind.to_string(),
            ExprKind::Range(range) => range.name.to_owned(),
            ExprKind::Bound(op, _) => op.text().to_owned(),
            _ => return,
        };
        let message = format!("invalid operand {text} ('{}' requires concrete value)", op.text());
        let mut error = Diagnostic::load("cue/operand", operand.span, message);
        error.class = Class::Eval;
        self.failed(error);
    }

    fn arm(&mut self, expr: &ast::Expr) -> Arm {
        let mut inner = expr;
        let mut default = false;
        while let ast::Expr::Unary { op: UnaryOp::Default, expr, .. } = inner {
            default = true;
            inner = expr;
        }
        Arm { default, expr: self.expr(inner) }
    }

    fn selector(&mut self, base: &ast::Expr, label: &SelectorLabel) -> ExprKind {
        let base = self.expr(base);
        if let (ExprKind::BuiltinPackage(path), SelectorLabel::Ident(ident)) = (&base.kind, label)
            && let Some(member) = crate::std::member(path, &ident.name)
        {
            match member {
                crate::std::host::Member::Function(function) => {
                    return ExprKind::Builtin(path, function);
                }
                crate::std::host::Member::Constant(_, source)
                | crate::std::host::Member::Definition(_, source) => {
                    return self.builtin_source(source);
                }
            }
        }
        let symbol = match label {
            SelectorLabel::Ident(ident) => self.symbols.identifier(&ident.name, self.package),
            SelectorLabel::String(l) => match self.text(l) {
                Some(text) => self.symbols.regular(&text),
                None => return ExprKind::Bottom,
            },
        };
        ExprKind::Select(Box::new(base), symbol, label.span())
    }

    /// A constant or definition of a builtin package, from its CUE source.
    fn builtin_source(&mut self, source: &str) -> ExprKind {
        let parsed = crate::syntax::parse_builtin(source);
        let outer = self.scopes.enter();
        let compiled = parsed.map(|expr| self.expr(&expr));
        self.scopes.leave(outer);
        compiled.map_or(ExprKind::Bottom, |e| e.kind)
    }

    fn alias(&mut self, name: &ast::Ident, value: &ast::Expr) -> ExprKind {
        self.scopes.push();
        let binding = Binding::Slot(Slot::Value);
        let declared = Name { binding, span: name.span, used: false, must_use: true };
        let symbol = self.symbols.identifier(&name.name, self.package);
        self.scopes.declare(symbol, declared);
        let value = self.boxed(value);
        self.close_scope();
        ExprKind::Alias(value)
    }
}

/// The arms of a disjunction, those of disjunctions directly inside in place of these. A mark around
/// an inner disjunction leaves its own marks standing, or marks all of it; where an outer disjunction
/// has marks, those inside of its unmarked arms don't count, and neither do those of `1 | *1`, which is
/// the scalar.
fn flattened(arms: Vec<Arm>) -> Vec<Arm> {
    if !arms.iter().any(|arm| matches!(arm.expr.kind, ExprKind::Or(_))) {
        return arms;
    }
    let marked = arms.iter().any(|arm| arm.default);
    let mut out = Vec::with_capacity(arms.len() + 2);
    for arm in arms {
        let outer = arm.default;
        match arm.expr.kind {
            ExprKind::Or(mut inner) => {
                if let Some((first, rest)) = inner.split_first()
                    && rest.iter().all(|other| same_literal(&first.expr, &other.expr))
                {
                    inner.truncate(1);
                    inner.iter_mut().for_each(|arm| arm.default = false);
                }
                let own = inner.iter().any(|arm| arm.default);
                out.extend(inner.into_iter().map(|arm| Arm {
                    default: match (marked, outer) {
                        (true, false) => false,
                        (true, true) => arm.default || !own,
                        (false, _) => arm.default,
                    },
                    expr: arm.expr,
                }));
            }
            kind => out.push(Arm { default: outer, expr: Expr { span: arm.expr.span, kind } }),
        }
    }
    out
}

fn same_literal(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Null, ExprKind::Null) => true,
        (ExprKind::Bool(a), ExprKind::Bool(b)) => a == b,
        (ExprKind::String(a), ExprKind::String(b)) => a == b,
        (ExprKind::Number(Number::Small(a)), ExprKind::Number(Number::Small(b))) => a == b,
        _ => false,
    }
}

/// The text of a literal used as a label.
pub(super) fn label_text(l: &ast::Literal) -> Result<String, LiteralError> {
    match literal::string(l) {
        Ok(Text::String(text)) => Ok(text),
        Ok(Text::Bytes(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(error),
    }
}

/// The names that every file knows.
fn predeclared(name: &str) -> Option<ExprKind> {
    Some(match name {
        "bool" => ExprKind::Kind(Kind::BOOL),
        "int" => ExprKind::Kind(Kind::INT),
        "float" => ExprKind::Kind(Kind::FLOAT),
        "number" => ExprKind::Kind(Kind::NUMBER),
        "string" => ExprKind::Kind(Kind::STRING),
        "bytes" => ExprKind::Kind(Kind::BYTES),
        "len" => ExprKind::Core(Core::Len),
        "close" => ExprKind::Core(Core::Close),
        "and" => ExprKind::Core(Core::And),
        "or" => ExprKind::Core(Core::Or),
        "div" => ExprKind::Core(Core::Div),
        "mod" => ExprKind::Core(Core::Mod),
        "quo" => ExprKind::Core(Core::Quo),
        "rem" => ExprKind::Core(Core::Rem),
        "error" => ExprKind::Core(Core::Error),
        "matchN" => ExprKind::Core(Core::MatchN),
        "matchIf" => ExprKind::Core(Core::MatchIf),
        "uint" => range("uint", Kind::INT, Some("0"), None),
        "uint8" => range("uint8", Kind::INT, Some("0"), Some("255")),
        "uint16" => range("uint16", Kind::INT, Some("0"), Some("65535")),
        "uint32" => range("uint32", Kind::INT, Some("0"), Some("4294967295")),
        "uint64" => range("uint64", Kind::INT, Some("0"), Some("18446744073709551615")),
        "uint128" => {
            range("uint128", Kind::INT, Some("0"), Some("340282366920938463463374607431768211455"))
        }
        "int8" => range("int8", Kind::INT, Some("-128"), Some("127")),
        "int16" => range("int16", Kind::INT, Some("-32768"), Some("32767")),
        "int32" => range("int32", Kind::INT, Some("-2147483648"), Some("2147483647")),
        "int64" => {
            range("int64", Kind::INT, Some("-9223372036854775808"), Some("9223372036854775807"))
        }
        "int128" => range(
            "int128",
            Kind::INT,
            Some("-170141183460469231731687303715884105728"),
            Some("170141183460469231731687303715884105727"),
        ),
        "rune" => range("rune", Kind::INT, Some("0"), Some("1114111")),
        "float32" => range(
            "float32",
            Kind::NUMBER,
            Some("-340282346638528859811704183484516925440.0"),
            Some("340282346638528859811704183484516925440.0"),
        ),
        "float64" => range(
            "float64",
            Kind::NUMBER,
            Some("-1.797693134862315708145274237317043567981e+308"),
            Some("1.797693134862315708145274237317043567981e+308"),
        ),
        _ => return None,
    })
}

fn range(name: &'static str, kind: Kind, low: Option<&str>, high: Option<&str>) -> ExprKind {
    let number = |text: Option<&str>| text.and_then(|t| Number::parse(t).ok());
    ExprKind::Range(Box::new(NamedRange { name, kind, low: number(low), high: number(high) }))
}
