//! Runs a template.

use super::functions;
use super::parse::{Branch, Command, Kind, Node, Operand, Pipe, Templates};
use super::print;
use super::value::Value;
use crate::std::host::{Fault, Host};
use std::ops::Range;

/// Templates may call each other this deep.
const MAX_CALLS: usize = 200;

/// How a list of nodes has ended.
#[derive(PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

struct Exec<'a> {
    host: &'a mut dyn Host,
    source: &'a str,
    templates: &'a Templates,
    name: &'a str,
    variables: Vec<(String, Value)>,
    out: String,
    calls: usize,
}

/// The output of a template for some data.
pub(super) fn run(
    host: &mut dyn Host,
    source: &str,
    templates: &Templates,
    data: Value,
) -> Result<String, Fault> {
    let variables = vec![("$".to_owned(), data.clone())];
    let mut exec =
        Exec { host, source, templates, name: "", variables, out: String::new(), calls: 0 };
    if let Some(body) = templates.get("") {
        exec.list(body, &data)?;
    }
    Ok(exec.out)
}

impl<'a> Exec<'a> {
    /// An error at a place, which shows some of the source.
    fn fail<T>(&self, at: usize, shown: &Range<usize>, message: &str) -> Result<T, Fault> {
        let text = self.source.get(shown.clone()).unwrap_or_default();
        self.fail_showing(at, text, message)
    }

    fn fail_showing<T>(&self, at: usize, text: &str, message: &str) -> Result<T, Fault> {
        let before = self.source.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |found| found + 1);
        let mut shown: String = text.chars().take(20).collect();
        if shown.len() < text.len() {
            shown.push_str("...");
        }
        let name = self.name;
        Err(Fault::Failed(format!(
            "template: :{line}:{column}: executing \"{name}\" at <{shown}>: {message}"
        )))
    }

    fn write(&mut self, text: &str) -> Result<(), Fault> {
        self.host.charge(text.len().saturating_add(1))?;
        self.out.push_str(text);
        Ok(())
    }

    fn list(&mut self, nodes: &'a [Node], dot: &Value) -> Result<Flow, Fault> {
        for node in nodes {
            let flow = self.node(node, dot)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, node: &'a Node, dot: &Value) -> Result<Flow, Fault> {
        match node {
            Node::Text(text) => self.write(text)?,
            Node::Action(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.variables.is_empty() {
                    let text = match value {
                        Value::Nil => "<no value>".to_owned(),
                        value => print::plain(&value),
                    };
                    self.write(&text)?;
                }
            }
            Node::If(branch) => return self.branch(branch, dot, false),
            Node::With(branch) => return self.branch(branch, dot, true),
            Node::Range(branch) => return self.range(branch, dot),
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
            Node::Template { name, data, at } => self.template(name, data.as_ref(), *at, dot)?,
        }
        Ok(Flow::Next)
    }

    fn branch(&mut self, branch: &'a Branch, dot: &Value, moves: bool) -> Result<Flow, Fault> {
        let scope = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        let flow = if value.is_true() {
            self.list(&branch.body, if moves { &value } else { dot })?
        } else {
            self.list(branch.otherwise.as_deref().unwrap_or_default(), dot)?
        };
        self.variables.truncate(scope);
        Ok(flow)
    }

    fn range(&mut self, branch: &'a Branch, dot: &Value) -> Result<Flow, Fault> {
        let scope = self.variables.len();
        let pipe = &branch.pipe;
        let source = self.commands(pipe, dot)?;
        let items: Vec<(Value, Value)> = match &source {
            Value::Nil => Vec::new(),
            Value::List(elements) => {
                let places = (0i64..).map(Value::Constant);
                places.zip(elements.iter().cloned()).collect()
            }
            Value::Bytes(bytes) => {
                let bytes = bytes.iter().map(|byte| Value::Constant(i64::from(*byte)));
                (0i64..).map(Value::Constant).zip(bytes).collect()
            }
            Value::Map(fields) => fields
                .iter()
                .map(|(key, value)| (Value::String(key.clone()), value.clone()))
                .collect(),
            Value::Int(_) | Value::Constant(_) => {
                let count = source.int().and_then(|int| int.to_i64()).unwrap_or(i64::MAX).max(0);
                self.host
                    .charge(usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(64))?;
                (0..count).map(|i| (Value::Constant(i), Value::Constant(i))).collect()
            }
            other => {
                let at = pipe.commands.first().map_or(0..0, |command| command.at.clone());
                let message = format!("range can't iterate over {}", print::plain(other));
                return self.fail(at.start, &at, &message);
            }
        };
        self.host.charge(items.len().saturating_mul(64))?;
        if items.is_empty() {
            let flow = self.list(branch.otherwise.as_deref().unwrap_or_default(), dot)?;
            self.variables.truncate(scope);
            return Ok(flow);
        }
        for (key, value) in items {
            let values = match pipe.variables.len() {
                2 => vec![key, value.clone()],
                _ => vec![value.clone()],
            };
            for (name, own) in pipe.variables.iter().zip(values) {
                self.assign(name, own, pipe.declares);
            }
            self.host.charge(1)?;
            let flow = self.list(&branch.body, &value)?;
            self.variables.truncate(scope);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn template(
        &mut self,
        name: &'a str,
        data: Option<&'a Pipe>,
        at: usize,
        dot: &Value,
    ) -> Result<(), Fault> {
        let Some(body) = self.templates.get(name) else {
            let shown = format!("{{{{template \"{name}\"}}}}");
            return self.fail_showing(at, &shown, &format!("template \"{name}\" not defined"));
        };
        let value = match data {
            Some(pipe) => self.pipe(pipe, dot)?,
            None => Value::Nil,
        };
        if self.calls >= MAX_CALLS {
            let shown = format!("{{{{template \"{name}\"}}}}");
            let message = format!("exceeded maximum template depth ({MAX_CALLS})");
            return self.fail_showing(at, &shown, &message);
        }
        self.calls += 1;
        let outer = std::mem::replace(&mut self.variables, vec![("$".to_owned(), value.clone())]);
        let outer_name = std::mem::replace(&mut self.name, name);
        self.list(body, &value)?;
        self.name = outer_name;
        self.variables = outer;
        self.calls -= 1;
        Ok(())
    }

    fn assign(&mut self, name: &str, value: Value, declares: bool) {
        if declares {
            self.variables.push((name.to_owned(), value));
        } else if let Some(variable) = self.variables.iter_mut().rev().find(|(own, _)| own == name)
        {
            variable.1 = value;
        }
    }

    fn pipe(&mut self, pipe: &'a Pipe, dot: &Value) -> Result<Value, Fault> {
        let value = self.commands(pipe, dot)?;
        for name in &pipe.variables {
            self.assign(name, value.clone(), pipe.declares);
        }
        Ok(value)
    }

    fn commands(&mut self, pipe: &'a Pipe, dot: &Value) -> Result<Value, Fault> {
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?);
        }
        Ok(value.unwrap_or(Value::Nil))
    }

    fn command(
        &mut self,
        command: &'a Command,
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value, Fault> {
        self.host.charge(1)?;
        let Some((first, rest)) = command.operands.split_first() else { return Ok(Value::Nil) };
        let has_arguments = !rest.is_empty() || last.is_some();
        match &first.kind {
            Kind::Function(name) => self.call(name, command, rest, dot, last),
            Kind::Nil => self.fail(first.at.start, &first.at, "nil is not a command"),
            Kind::Fields(_, names, at) if has_arguments => {
                let name = names.last().map_or("", String::as_str);
                let message = format!("{name} is not a method but has arguments");
                self.fail(*at, &first.at, &message)
            }
            _ if has_arguments => {
                let shown = self.source.get(first.at.clone()).unwrap_or_default();
                let message = format!("can't give argument to non-function {shown}");
                self.fail(first.at.start, &first.at, &message)
            }
            _ => self.operand(first, dot),
        }
    }

    fn operand(&mut self, operand: &'a Operand, dot: &Value) -> Result<Value, Fault> {
        match &operand.kind {
            Kind::Dot => Ok(dot.clone()),
            Kind::Nil => Ok(Value::Nil),
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Variable(name) => {
                let found = self.variables.iter().rev().find(|(own, _)| own == name);
                Ok(found.map_or(Value::Nil, |(_, value)| value.clone()))
            }
            Kind::Parens(pipe) => self.pipe(pipe, dot),
            Kind::Function(name) => {
                let at = operand.at.clone();
                let found = functions::call(self.host, name, Vec::new())?;
                found.or_else(|message| {
                    self.fail(at.start, &at, &format!("error calling {name}: {message}"))
                })
            }
            Kind::Fields(base, names, at) => {
                let mut value = self.operand(base, dot)?;
                for name in names {
                    value = match &value {
                        Value::Map(_) => value.key(name).unwrap_or(Value::Nil),
                        Value::Nil => Value::Nil,
                        _ => {
                            let message =
                                format!("can't evaluate field {name} in type interface {{}}");
                            return self.fail(*at, &operand.at, &message);
                        }
                    };
                }
                Ok(value)
            }
        }
    }

    fn call(
        &mut self,
        name: &str,
        command: &'a Command,
        operands: &'a [Operand],
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value, Fault> {
        if name == "and" || name == "or" {
            // Only as many arguments as are needed are evaluated.
            let mut value = None;
            for operand in operands {
                let next = self.operand(operand, dot)?;
                let decided = next.is_true() == (name == "or");
                value = Some(next);
                if decided {
                    return Ok(value.unwrap_or(Value::Nil));
                }
            }
            return match last.or(value) {
                Some(value) => Ok(value),
                None => {
                    let message = format!("wrong number of args for {name}: want at least 1 got 0");
                    self.fail(command.at.start, &command.at, &message)
                }
            };
        }
        let mut args = Vec::with_capacity(operands.len() + 1);
        for operand in operands {
            args.push(self.operand(operand, dot)?);
        }
        args.extend(last);
        if name == "call" {
            let kind = args.first().map_or("<nil>", Value::type_name);
            let shown = operands.first().and_then(|first| self.source.get(first.at.clone()));
            let message =
                format!("error calling call: non-function {} of type {kind}", shown.unwrap_or(""));
            return self.fail(command.at.start, &command.at, &message);
        }
        if let Some(message) = functions::arity(name, args.len()) {
            return self.fail(command.at.start, &command.at, &message);
        }
        match functions::call(self.host, name, args)? {
            Ok(value) => Ok(value),
            Err(message) => {
                let message = format!("error calling {name}: {message}");
                self.fail(command.at.start, &command.at, &message)
            }
        }
    }
}
