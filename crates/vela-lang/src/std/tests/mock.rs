//! A little evaluator: literals, lists, structs, calls, constants, `value & validator`.

use crate::data::Data;
use crate::encoding::json;
use crate::number::Number;
use crate::source::Sources;
use crate::std::host::{Fault, Function, Handle, Host, Kind, Member, Val};
use crate::std::unquote::unquoted_bytes;
use crate::syntax::ast::{Decl, Element, Expr, Label, SelectorLabel, UnaryOp};
use std::sync::Arc;

/// What an expression gives.
#[derive(PartialEq, Debug)]
pub(super) enum Outcome {
    /// A value.
    Json(String),
    /// An error message.
    Error(String),
    /// Something is not concrete.
    Incomplete,
}

/// What handles stand for.
#[derive(Clone, PartialEq, Debug)]
enum Node {
    List(Vec<Val>, bool),
    Struct(Vec<(Arc<str>, Val)>),
    Kind(Kind, &'static str),
    Bound(UnaryOp, Number),
    /// `list.Ascending`, `list.Descending`, or a struct with `less: x.FIELD < y.FIELD`.
    Order {
        descending: bool,
        field: Option<String>,
    },
}

/// Holds all values of one evaluation.
#[derive(Default)]
pub(super) struct Mock {
    nodes: Vec<Node>,
    spent: usize,
}

const LIMIT: usize = 200_000_000;

enum Stop {
    Error(String),
    Incomplete,
}

pub(super) fn evaluate(expression: &str) -> Outcome {
    let sources = Sources::default();
    let parsed = crate::syntax::parse_expr(&sources, "test", expression);
    assert!(parsed.errors.is_empty(), "{expression}: {:?}", parsed.errors);
    let mut mock = Mock::default();
    let value = mock.expr(&parsed.expr);
    match value.and_then(|value| mock.plain(&value)) {
        Ok(data) => Outcome::Json(json::compact_text(&data)),
        Err(Stop::Error(message)) => Outcome::Error(message),
        Err(Stop::Incomplete) => Outcome::Incomplete,
    }
}

fn unsupported(expr: &Expr) -> Stop {
    Stop::Error(format!("the mock does not know {expr:?}"))
}

fn label_text(label: &Label) -> String {
    match label {
        Label::Ident(ident) => ident.name.to_string(),
        Label::String(literal) => {
            String::from_utf8_lossy(&unquoted_bytes(&literal.text).unwrap_or_default()).into_owned()
        }
        other => panic!("{other:?}"),
    }
}

impl Mock {
    fn add(&mut self, node: Node) -> Handle {
        self.nodes.push(node);
        Handle(self.nodes.len() as u32 - 1)
    }

    fn node(&self, handle: Handle) -> Node {
        self.nodes[handle.0 as usize].clone()
    }

    fn kind_value(&mut self, kind: Kind, name: &'static str) -> Val {
        Val::Other(self.add(Node::Kind(kind, name)))
    }

    fn expr(&mut self, expr: &Expr) -> Result<Val, Stop> {
        Ok(match expr {
            Expr::Null(_) => Val::Null,
            Expr::Bool(_, value) => Val::Bool(*value),
            Expr::Number(literal) => {
                Val::Number(Number::parse_literal(&literal.text).map_err(|_| unsupported(expr))?)
            }
            Expr::String(literal) => {
                let bytes = unquoted_bytes(&literal.text).map_err(|_| unsupported(expr))?;
                if literal.text.starts_with('\'') {
                    Val::Bytes(bytes.into())
                } else {
                    Val::String(String::from_utf8_lossy(&bytes).into())
                }
            }
            Expr::Paren(_, inner) => self.expr(inner)?,
            Expr::Unary { op: UnaryOp::Minus, expr: inner, .. } => match self.expr(inner)? {
                Val::Number(number) => Val::Number(number.neg()),
                _ => return Err(unsupported(expr)),
            },
            Expr::Unary { op, expr: inner, .. } => match self.expr(inner)? {
                Val::Number(number) => Val::Other(self.add(Node::Bound(*op, number))),
                _ => return Err(unsupported(expr)),
            },
            Expr::Ident(ident) => match ident.name.as_str() {
                "int" => self.kind_value(Kind::INT, "int"),
                "string" => self.kind_value(Kind::STRING, "string"),
                "bytes" => self.kind_value(Kind::BYTES, "bytes"),
                "bool" => self.kind_value(Kind::BOOL, "bool"),
                "number" => self.kind_value(Kind::NUMBER, "number"),
                "float" => self.kind_value(Kind::FLOAT, "float"),
                _ => self.kind_value(Kind::TOP, "_"),
            },
            Expr::List(literal) => {
                let mut elements = Vec::new();
                let mut open = false;
                for element in &literal.elements {
                    match element {
                        Element::Expr(expr, _) => elements.push(self.expr(expr)?),
                        _ => open = true,
                    }
                }
                Val::List(self.add(Node::List(elements, open)))
            }
            Expr::Struct(literal) => {
                let mut fields = Vec::new();
                for decl in &literal.decls {
                    let Decl::Field(field) = decl else { return Err(unsupported(expr)) };
                    let label = label_text(&field.label);
                    if label == "less" && matches!(field.value, Expr::Binary { .. }) {
                        let order = self.order(&field.value)?;
                        return Ok(Val::Struct(self.add(order)));
                    }
                    if field.constraint.is_some() || label.starts_with(['#', '_']) {
                        continue;
                    }
                    let value = self.expr(&field.value)?;
                    fields.push((Arc::from(label), value));
                }
                Val::Struct(self.add(Node::Struct(fields)))
            }
            Expr::Selector { base, label: SelectorLabel::Ident(name) }
                if matches!(**base, Expr::Selector { .. }) =>
            {
                match self.expr(base)? {
                    Val::Struct(of) => self.lookup(of, &name.name).ok_or(Stop::Incomplete)?,
                    _ => return Err(unsupported(expr)),
                }
            }
            Expr::Selector { base, label: SelectorLabel::Ident(name) } => {
                match self.member(base, &name.name)? {
                    Member::Constant(_, source) => {
                        let sources = Sources::default();
                        self.expr(&crate::syntax::parse_expr(&sources, "constant", *source).expr)?
                    }
                    Member::Definition(name, _) => {
                        let descending = *name == "Descending";
                        Val::Struct(self.add(Node::Order { descending, field: None }))
                    }
                    Member::Function(_) => return Err(unsupported(expr)),
                }
            }
            Expr::Call { function, args, .. } => {
                let (path, function) = self.function(function)?;
                let args: Vec<Val> =
                    args.iter().map(|arg| self.expr(arg)).collect::<Result<_, _>>()?;
                match self.call(&path, function, args) {
                    Err(Fault::Unsatisfied(_) | Fault::NotYet(_)) => Val::Bool(false),
                    other => other.map_err(|fault| self.message(&path, function.name, fault))?,
                }
            }
            Expr::Binary { first, rest } => {
                let value = self.expr(first)?;
                let (callee, args) = match &rest[0].expr {
                    Expr::Call { function, args, .. } => (&**function, args.as_slice()),
                    other => (other, &[][..]),
                };
                self.validator(value, callee, args)?
            }
            other => return Err(unsupported(other)),
        })
    }

    /// `x.a < y.a`
    fn order(&mut self, less: &Expr) -> Result<Node, Stop> {
        let Expr::Binary { first, rest } = less else { return Err(unsupported(less)) };
        let field = match &**first {
            Expr::Selector { label: SelectorLabel::Ident(name), .. } => Some(name.name.to_string()),
            _ => None,
        };
        let descending = rest[0].op == crate::syntax::ast::BinaryOp::Greater;
        Ok(Node::Order { descending, field })
    }

    fn member(&self, base: &Expr, name: &str) -> Result<&'static Member, Stop> {
        let Expr::Ident(package) = base else { return Err(unsupported(base)) };
        crate::std::packages()
            .iter()
            .filter(|found| found.path.rsplit('/').next() == Some(package.name.as_str()))
            .find_map(|found| found.member(name))
            .ok_or_else(|| unsupported(base))
    }

    fn function(&self, callee: &Expr) -> Result<(String, &'static Function), Stop> {
        let Expr::Selector { base, label: SelectorLabel::Ident(name) } = callee else {
            return Err(unsupported(callee));
        };
        let Expr::Ident(package) = &**base else { return Err(unsupported(callee)) };
        let path = crate::std::packages()
            .iter()
            .find(|found| found.path.rsplit('/').next() == Some(package.name.as_str()))
            .map_or("", |found| found.path);
        match self.member(base, &name.name)? {
            Member::Function(function) => Ok((path.to_owned(), function)),
            _ => Err(unsupported(callee)),
        }
    }

    /// Checks arguments as the evaluator does, and calls.
    fn call(&mut self, path: &str, function: &Function, mut args: Vec<Val>) -> Result<Val, Fault> {
        let name = function.name;
        for param in &function.params[args.len().min(function.params.len())..] {
            match param.default {
                Some(default) => args.push(Val::String(default.into())),
                None => {
                    let (have, want) = (args.len(), function.params.len());
                    let count = format!("(have {have}, want {want})");
                    return Err(Fault::Plain(format!(
                        "not enough arguments in call to {path}.{name} {count}"
                    )));
                }
            }
        }
        for (i, (arg, param)) in args.iter().zip(function.params).enumerate() {
            let kind = self.kind(arg);
            if kind.and(param.kind).is_bottom() {
                return Err(self.argument(path, name, &args, i, param.kind));
            }
            if matches!(arg, Val::Other(_)) && !param.lax {
                return Err(Fault::Incomplete(String::new()));
            }
        }
        let result = (function.body)(self, &args);
        match result {
            Err(Fault::Argument(i, wanted)) => Err(self.argument(path, name, &args, i, wanted)),
            other => other,
        }
    }

    fn argument(&mut self, path: &str, name: &str, args: &[Val], i: usize, kind: Kind) -> Fault {
        let shown = self.show(&args[i]);
        let own = kind_text(self.kind(&args[i]));
        let wanted = kind_text(kind);
        Fault::Plain(format!(
            "cannot use {shown} (type {own}) as {wanted} in argument {} to {path}.{name}",
            i + 1
        ))
    }

    fn message(&mut self, path: &str, name: &str, fault: Fault) -> Stop {
        match fault {
            Fault::Failed(text) => Stop::Error(format!("error in call to {path}.{name}: {text}")),
            Fault::Plain(text) => Stop::Error(text),
            Fault::Incomplete(_) | Fault::NotYet(_) => Stop::Incomplete,
            Fault::Host(_) => Stop::Error("limit".to_owned()),
            other => Stop::Error(format!("{other:?}")),
        }
    }

    fn validator(&mut self, value: Val, callee: &Expr, args: &[Expr]) -> Result<Val, Stop> {
        let (path, function) = self.function(callee)?;
        let given: Vec<Val> = args.iter().map(|arg| self.expr(arg)).collect::<Result<_, _>>()?;
        let shown: Vec<String> = given.iter().map(|arg| self.show(arg)).collect();
        let call = if shown.is_empty() { String::new() } else { format!("({})", shown.join(", ")) };
        let all = std::iter::once(value.clone()).chain(given).collect();
        let detail = match self.call(&path, function, all) {
            Ok(Val::Bool(false)) | Err(Fault::Unsatisfied(None)) => String::new(),
            Ok(_) => return Ok(value),
            Err(Fault::Unsatisfied(Some(text)) | Fault::Failed(text)) => format!(": {text}"),
            Err(fault) => return Err(self.message(&path, function.name, fault)),
        };
        let shown = self.show(&value);
        let name = function.name;
        let message =
            format!("invalid value {shown} (does not satisfy {path}.{name}{call}){detail}");
        Err(Stop::Error(message))
    }

    fn plain(&mut self, value: &Val) -> Result<Data, Stop> {
        self.data(value).map_err(|fault| match fault {
            Fault::Failed(text) => Stop::Error(text),
            _ => Stop::Incomplete,
        })
    }
}

fn kind_text(kind: Kind) -> String {
    let names = [
        (Kind::NULL, "null"),
        (Kind::BOOL, "bool"),
        (Kind::NUMBER, "number"),
        (Kind::INT, "int"),
        (Kind::FLOAT, "float"),
        (Kind::STRING, "string"),
        (Kind::BYTES, "bytes"),
        (Kind::LIST, "list"),
        (Kind::STRUCT, "struct"),
    ];
    if kind == Kind::TOP {
        return "_".to_owned();
    }
    let mut left = kind;
    let mut found = Vec::new();
    for (part, name) in names {
        if part.within(left) {
            found.push(name);
            left = left.without(part);
        }
    }
    match found.as_slice() {
        [one] => (*one).to_owned(),
        all => format!("({})", all.join("|")),
    }
}

impl Host for Mock {
    fn charge(&mut self, amount: usize) -> Result<(), Fault> {
        self.spent = self.spent.saturating_add(amount);
        if self.spent > LIMIT { Err(Fault::Host(Handle(0))) } else { Ok(()) }
    }

    fn kind(&self, value: &Val) -> Kind {
        match value {
            Val::Null => Kind::NULL,
            Val::Bool(_) => Kind::BOOL,
            Val::Number(number) if number.is_int() => Kind::INT,
            Val::Number(_) => Kind::FLOAT,
            Val::String(_) => Kind::STRING,
            Val::Bytes(_) => Kind::BYTES,
            Val::List(_) => Kind::LIST,
            Val::Struct(_) => Kind::STRUCT,
            Val::Other(handle) => match self.node(*handle) {
                Node::Kind(kind, _) => kind,
                _ => Kind::NUMBER,
            },
        }
    }

    fn show(&mut self, value: &Val) -> String {
        match value {
            Val::Null => "null".to_owned(),
            Val::Bool(value) => value.to_string(),
            Val::Number(number) => number.cue_text(),
            Val::String(text) => json::escaped(text),
            Val::Bytes(bytes) => format!("'{}'", String::from_utf8_lossy(bytes)),
            Val::List(handle) | Val::Struct(handle) | Val::Other(handle) => {
                match self.node(*handle) {
                    Node::List(elements, _) => {
                        let shown: Vec<_> = elements.iter().map(|e| self.show(e)).collect();
                        format!("[{}]", shown.join(","))
                    }
                    Node::Struct(fields) => {
                        let shown: Vec<_> =
                            fields.iter().map(|(l, v)| format!("{l}:{}", self.show(v))).collect();
                        format!("{{{}}}", shown.join(","))
                    }
                    Node::Kind(_, name) => name.to_owned(),
                    Node::Bound(op, number) => format!("{}{}", op.text(), number.cue_text()),
                    Node::Order { .. } => "{}".to_owned(),
                }
            }
        }
    }

    fn elements(&mut self, list: Handle) -> Result<Vec<Val>, Fault> {
        match self.node(list) {
            Node::List(elements, _) => Ok(elements),
            other => Err(Fault::Failed(format!("{other:?}"))),
        }
    }

    fn is_open_list(&mut self, list: Handle) -> bool {
        matches!(self.node(list), Node::List(_, true))
    }

    fn fields(&mut self, of: Handle) -> Result<Vec<(Arc<str>, Val)>, Fault> {
        match self.node(of) {
            Node::Struct(fields) => Ok(fields),
            other => Err(Fault::Failed(format!("{other:?}"))),
        }
    }

    fn is_open_struct(&mut self, _: Handle) -> bool {
        true
    }

    fn lookup(&mut self, of: Handle, name: &str) -> Option<Val> {
        match self.node(of) {
            Node::Struct(fields) => {
                fields.into_iter().find(|(label, _)| label.as_ref() == name).map(|(_, v)| v)
            }
            Node::Order { .. } => Some(Val::Bool(true)),
            _ => None,
        }
    }

    fn list(&mut self, elements: Vec<Val>) -> Val {
        Val::List(self.add(Node::List(elements, false)))
    }

    fn make_struct(&mut self, fields: Vec<(Arc<str>, Val)>) -> Val {
        Val::Struct(self.add(Node::Struct(fields)))
    }

    fn equal(&mut self, a: &Val, b: &Val) -> bool {
        match (a, b) {
            (Val::Number(a), Val::Number(b)) => a.same(b),
            (Val::List(_) | Val::Struct(_), Val::List(_) | Val::Struct(_)) => {
                match (self.data(a), self.data(b)) {
                    (Ok(a), Ok(b)) => a == b,
                    _ => false,
                }
            }
            (a, b) => a == b,
        }
    }

    fn unify(&mut self, a: &Val, b: &Val) -> Option<Val> {
        match (a, b) {
            (Val::Other(handle), other) | (other, Val::Other(handle)) => match self.node(*handle) {
                Node::Kind(kind, _) => {
                    (!self.kind(other).and(kind).is_bottom()).then(|| other.clone())
                }
                Node::Bound(op, bound) => {
                    let Val::Number(number) = other else { return None };
                    let order = number.compare(&bound);
                    let good = match op {
                        UnaryOp::Less => order.is_lt(),
                        UnaryOp::LessEqual => order.is_le(),
                        UnaryOp::Greater => order.is_gt(),
                        UnaryOp::GreaterEqual => order.is_ge(),
                        _ => order.is_ne(),
                    };
                    good.then(|| other.clone())
                }
                _ => None,
            },
            (a, b) => self.equal(a, b).then(|| a.clone()),
        }
    }

    fn validate(&mut self, value: &Val, schema: &Val, concrete: bool) -> Result<(), Fault> {
        if let (Val::Struct(value), Val::Struct(schema)) = (value, schema) {
            for (label, wanted) in self.fields(*schema)? {
                match self.lookup(*value, &label) {
                    Some(own) => self.validate(&own, &wanted, concrete)?,
                    None if concrete => {
                        let shown = self.show(&wanted);
                        return Err(Fault::NotYet(Some(format!(
                            "{label}: incomplete value {shown}"
                        ))));
                    }
                    None => {}
                }
            }
            return Ok(());
        }
        if self.unify(value, schema).is_some() {
            return Ok(());
        }
        let (a, b) = (self.show(value), self.show(schema));
        Err(Fault::Unsatisfied(Some(format!("conflicting values {a} and {b}"))))
    }

    fn less(&mut self, comparator: &Val, x: &Val, y: &Val) -> Result<bool, Fault> {
        let Val::Struct(handle) = comparator else { return Ok(false) };
        let Node::Order { descending, field } = self.node(*handle) else {
            return Ok(false);
        };
        let pick = |mock: &mut Mock, value: &Val| match (&field, value) {
            (Some(field), Val::Struct(handle)) => mock.lookup(*handle, field),
            _ => Some(value.clone()),
        };
        let (x, y) = (pick(self, x), pick(self, y));
        let order = match (&x, &y) {
            (Some(Val::Number(x)), Some(Val::Number(y))) => x.compare(y),
            (Some(Val::String(x)), Some(Val::String(y))) => x.cmp(y),
            (Some(x), Some(y)) => {
                let (shown_x, shown_y) = (self.show(x), self.show(y));
                let (kind_x, kind_y) = (kind_text(self.kind(x)), kind_text(self.kind(y)));
                return Err(Fault::Failed(format!(
                    "Ascending.less: invalid operands {shown_x} and {shown_y} to '<' (type {kind_x} and {kind_y})"
                )));
            }
            _ => return Ok(false),
        };
        Ok(if descending { order.is_gt() } else { order.is_lt() })
    }

    fn data(&mut self, value: &Val) -> Result<Data, Fault> {
        Ok(match value {
            Val::Null => Data::Null,
            Val::Bool(value) => Data::Bool(*value),
            Val::Number(number) => Data::Number(number.clone()),
            Val::String(text) => Data::String(text.clone()),
            Val::Bytes(bytes) => Data::Bytes(bytes.clone()),
            Val::List(handle) => {
                let elements = self.elements(*handle)?;
                Data::List(elements.iter().map(|e| self.data(e)).collect::<Result<_, _>>()?)
            }
            Val::Struct(handle) => {
                let fields = self.fields(*handle)?;
                Data::Struct(
                    fields
                        .iter()
                        .map(|(label, value)| Ok((label.clone(), self.data(value)?)))
                        .collect::<Result<_, Fault>>()?,
                )
            }
            Val::Other(_) => {
                let shown = self.show(value);
                return Err(Fault::Incomplete(shown));
            }
        })
    }

    fn from_data(&mut self, data: &Data) -> Val {
        match data {
            Data::Null => Val::Null,
            Data::Bool(value) => Val::Bool(*value),
            Data::Number(number) => Val::Number(number.clone()),
            Data::String(text) => Val::String(text.clone()),
            Data::Bytes(bytes) => Val::Bytes(bytes.clone()),
            Data::List(elements) => {
                let elements = elements.iter().map(|element| self.from_data(element)).collect();
                self.list(elements)
            }
            Data::Struct(fields) => {
                let fields = fields
                    .iter()
                    .map(|(label, value)| (label.clone(), self.from_data(value)))
                    .collect();
                self.make_struct(fields)
            }
        }
    }

    fn of_kind(&mut self, kind: Kind) -> Val {
        self.kind_value(kind, "_")
    }
}
