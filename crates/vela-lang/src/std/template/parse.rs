//! The tree of a template.

use super::functions;
use super::lex::{Problem, Spanned, Token, tokens};
use super::value::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// Blocks and parentheses may be nested this deep.
const MAX_DEPTH: usize = 200;

/// A piece of a template.
#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Branch),
    Range(Branch),
    With(Branch),
    /// A named template with its data, and where its name stands.
    Template {
        name: String,
        data: Option<Pipe>,
        at: usize,
    },
    Break,
    Continue,
}

/// A condition or source with both branches.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Option<Vec<Node>>,
}

/// Commands, the result of each being the last argument of the next.
#[derive(Debug)]
pub(super) struct Pipe {
    /// Variables that take the result.
    pub(super) variables: Vec<String>,
    /// Whether they are declared or exist.
    pub(super) declares: bool,
    pub(super) commands: Vec<Command>,
}

/// An operand alone, or a function with arguments.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) operands: Vec<Operand>,
    pub(super) at: Range<usize>,
}

/// An operand with its place.
#[derive(Debug)]
pub(super) struct Operand {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

/// What an operand is.
#[derive(Debug)]
pub(super) enum Kind {
    Dot,
    Nil,
    Literal(Value),
    Function(String),
    Variable(String),
    Parens(Box<Pipe>),
    /// Fields of an operand: their names, and where the last one stands.
    Fields(Box<Operand>, Vec<String>, usize),
}

/// Named templates; the main one has the empty name.
pub(super) type Templates = BTreeMap<String, Vec<Node>>;

/// Parses a template with those that it defines.
pub(super) fn parse(source: &str) -> Result<Templates, String> {
    let describe = |(at, message): Problem| {
        let line = source[..at.min(source.len())].matches('\n').count() + 1;
        format!("template: :{line}: {message}")
    };
    let tokens = tokens(source).map_err(describe)?;
    let mut parser = Parser {
        tokens,
        at: 0,
        variables: vec!["$".to_owned()],
        templates: Templates::new(),
        depth: 0,
        loops: 0,
        end: source.len(),
    };
    let (body, stop) = parser.list().map_err(describe)?;
    match stop {
        Stop::End => {}
        Stop::Keyword(word, at) => {
            return Err(describe((at, format!("unexpected {{{{{word}}}}}"))));
        }
    }
    parser.templates.insert(String::new(), body);
    Ok(parser.templates)
}

/// Why a list ends.
enum Stop {
    /// The text is over.
    End,
    /// `end` or `else`, whose action is open.
    Keyword(String, usize),
}

struct Parser {
    tokens: Vec<Spanned>,
    at: usize,
    variables: Vec<String>,
    templates: Templates,
    depth: usize,
    loops: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|spanned| &spanned.token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |spanned| spanned.start)
    }

    fn next(&mut self) -> Option<Spanned> {
        let next = self.tokens.get(self.at).cloned();
        self.at += 1;
        next
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(Token::Space)) {
            self.at += 1;
        }
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T, Problem> {
        Err((self.place(), message.into()))
    }

    fn deeper(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { self.fail("nested too deeply") } else { Ok(()) }
    }

    fn close(&mut self, context: &str) -> Result<(), Problem> {
        self.space();
        match self.peek() {
            Some(Token::Close) => {
                self.at += 1;
                Ok(())
            }
            Some(token) => {
                let shown = shown(token);
                self.fail(format!("unexpected {shown} in {context}"))
            }
            None => self.fail("unclosed action"),
        }
    }

    /// Nodes up to `end`, `else` or the end of the text.
    fn list(&mut self) -> Result<(Vec<Node>, Stop), Problem> {
        self.deeper()?;
        let mut nodes = Vec::new();
        loop {
            let Some(spanned) = self.next() else {
                self.depth -= 1;
                return Ok((nodes, Stop::End));
            };
            if let Token::Text(text) = spanned.token {
                nodes.push(Node::Text(text));
                continue;
            }
            self.space();
            let at = self.place();
            let word = match self.peek() {
                Some(Token::Word(word)) => word.clone(),
                _ => String::new(),
            };
            match word.as_str() {
                "end" | "else" => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok((nodes, Stop::Keyword(word, at)));
                }
                "if" | "with" | "range" => {
                    self.at += 1;
                    nodes.push(self.control(&word)?);
                }
                "define" => {
                    self.at += 1;
                    self.define()?;
                }
                "template" => {
                    self.at += 1;
                    let (name, at) = self.name("template clause")?;
                    let data = self.optional_pipe("template clause")?;
                    nodes.push(Node::Template { name, data, at });
                }
                "block" => {
                    self.at += 1;
                    let (name, at) = self.name("block clause")?;
                    let data = Some(self.pipe("block clause")?);
                    self.close("block clause")?;
                    let body = self.definition_body()?;
                    self.templates.entry(name.clone()).or_insert(body);
                    nodes.push(Node::Template { name, data, at });
                }
                "break" | "continue" => {
                    if self.loops == 0 {
                        return self.fail(format!("{{{{{word}}}}} outside {{{{range}}}}"));
                    }
                    self.at += 1;
                    self.close(&word)?;
                    nodes.push(if word == "break" { Node::Break } else { Node::Continue });
                }
                _ => {
                    let pipe = self.pipe("command")?;
                    self.close("command")?;
                    nodes.push(Node::Action(pipe));
                }
            }
        }
    }

    fn control(&mut self, word: &str) -> Result<Node, Problem> {
        let scope = self.variables.len();
        let pipe = self.pipe(word)?;
        self.close(word)?;
        let in_loop = usize::from(word == "range");
        self.loops += in_loop;
        let (body, stop) = self.list()?;
        self.loops -= in_loop;
        let otherwise = match stop {
            Stop::End => return self.fail("unexpected EOF"),
            Stop::Keyword(keyword, _) if keyword == "end" => {
                self.close("end")?;
                None
            }
            Stop::Keyword(..) => Some(self.otherwise(word)?),
        };
        self.variables.truncate(scope);
        let branch = Branch { pipe, body, otherwise };
        Ok(match word {
            "if" => Node::If(branch),
            "with" => Node::With(branch),
            _ => Node::Range(branch),
        })
    }

    /// What stands behind `else`, which may be the next condition.
    fn otherwise(&mut self, word: &str) -> Result<Vec<Node>, Problem> {
        self.space();
        if matches!(self.peek(), Some(Token::Word(next)) if next == word && word != "range") {
            self.at += 1;
            self.deeper()?;
            let node = self.control(word)?;
            self.depth -= 1;
            return Ok(vec![node]);
        }
        self.close("else")?;
        let (body, stop) = self.list()?;
        match stop {
            Stop::End => self.fail("unexpected EOF"),
            Stop::Keyword(keyword, _) if keyword == "end" => {
                self.close("end")?;
                Ok(body)
            }
            Stop::Keyword(keyword, at) => {
                Err((at, format!("expected end; found {{{{{keyword}}}}}")))
            }
        }
    }

    fn name(&mut self, context: &str) -> Result<(String, usize), Problem> {
        self.space();
        let at = self.place();
        match self.peek() {
            Some(Token::Literal(Value::String(name))) => {
                let name = name.to_string();
                self.at += 1;
                Ok((name, at))
            }
            Some(token) => {
                let shown = shown(token);
                self.fail(format!("unexpected {shown} in {context}"))
            }
            None => self.fail("unexpected EOF"),
        }
    }

    fn define(&mut self) -> Result<(), Problem> {
        let (name, _) = self.name("define clause")?;
        self.close("define clause")?;
        let body = self.definition_body()?;
        self.templates.insert(name, body);
        Ok(())
    }

    fn definition_body(&mut self) -> Result<Vec<Node>, Problem> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let loops = std::mem::take(&mut self.loops);
        let (body, stop) = self.list()?;
        self.variables = variables;
        self.loops = loops;
        match stop {
            Stop::End => self.fail("unexpected EOF"),
            Stop::Keyword(word, _) if word == "end" => {
                self.close("end")?;
                Ok(body)
            }
            Stop::Keyword(word, at) => Err((at, format!("unexpected {{{{{word}}}}}"))),
        }
    }

    fn optional_pipe(&mut self, context: &str) -> Result<Option<Pipe>, Problem> {
        self.space();
        if matches!(self.peek(), Some(Token::Close)) {
            self.at += 1;
            return Ok(None);
        }
        let pipe = self.pipe(context)?;
        self.close(context)?;
        Ok(Some(pipe))
    }

    /// `$x :=`, `$x =`, `$i, $x :=` where such stands here.
    fn variables_of(&mut self, context: &str) -> Result<(Vec<String>, bool), Problem> {
        let start = self.at;
        let mut names = Vec::new();
        loop {
            self.space();
            let Some(Token::Variable(name)) = self.peek().cloned() else { break };
            self.at += 1;
            names.push(name);
            self.space();
            match self.peek() {
                Some(Token::Comma) if context == "range" && names.len() == 1 => self.at += 1,
                Some(Token::Comma) => {
                    return self.fail(format!("too many declarations in {context}"));
                }
                Some(Token::Declare) => {
                    self.at += 1;
                    return Ok((names, true));
                }
                Some(Token::Assign) => {
                    self.at += 1;
                    return Ok((names, false));
                }
                _ => break,
            }
        }
        self.at = start;
        Ok((Vec::new(), false))
    }

    fn pipe(&mut self, context: &str) -> Result<Pipe, Problem> {
        self.deeper()?;
        let (variables, declares) = self.variables_of(context)?;
        let mut commands = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(Token::Close | Token::RightParen | Token::Pipe) | None => {
                    return self.fail(format!("missing value for {context}"));
                }
                _ => {}
            }
            let command = self.command()?;
            if !commands.is_empty()
                && !matches!(
                    command.operands[0].kind,
                    Kind::Function(_)
                        | Kind::Fields(..)
                        | Kind::Variable(_)
                        | Kind::Dot
                        | Kind::Parens(_)
                )
            {
                let stage = commands.len() + 1;
                return self.fail(format!("non executable command in pipeline stage {stage}"));
            }
            commands.push(command);
            self.space();
            if matches!(self.peek(), Some(Token::Pipe)) {
                self.at += 1;
                continue;
            }
            break;
        }
        for name in &variables {
            if declares {
                self.variables.push(name.clone());
            } else if !self.variables.contains(name) {
                return self.fail(format!("undefined variable \"{name}\""));
            }
        }
        self.depth -= 1;
        Ok(Pipe { variables, declares, commands })
    }

    fn command(&mut self) -> Result<Command, Problem> {
        let start = self.place();
        let mut operands = Vec::new();
        let mut end = start;
        loop {
            self.space();
            match self.peek() {
                Some(Token::Close | Token::RightParen | Token::Pipe) | None => break,
                _ => {}
            }
            let operand = self.operand()?;
            end = operand.at.end;
            operands.push(operand);
            match self.peek() {
                Some(Token::Space | Token::Close | Token::RightParen | Token::Pipe) | None => {}
                Some(token) => {
                    let shown = shown(token);
                    return self.fail(format!("unexpected {shown} in operand"));
                }
            }
        }
        if operands.is_empty() {
            return self.fail("empty command");
        }
        Ok(Command { operands, at: start..end })
    }

    fn operand(&mut self) -> Result<Operand, Problem> {
        let Some(Spanned { token, start, end }) = self.next() else {
            return self.fail("unexpected EOF");
        };
        let mut fields = Vec::new();
        let mut last = start;
        let kind = match token {
            Token::Dot => Kind::Dot,
            Token::Nil => Kind::Nil,
            Token::Literal(value) => Kind::Literal(value),
            Token::Word(name) if functions::exists(&name) => Kind::Function(name),
            Token::Word(name) => {
                return Err((start, format!("function \"{name}\" not defined")));
            }
            Token::Variable(name) if self.variables.contains(&name) => Kind::Variable(name),
            Token::Variable(name) => return Err((start, format!("undefined variable \"{name}\""))),
            Token::Field(name) => {
                fields.push(name);
                Kind::Dot
            }
            Token::LeftParen => {
                let pipe = self.pipe("parenthesized pipeline")?;
                self.space();
                match self.next().map(|spanned| spanned.token) {
                    Some(Token::RightParen) => Kind::Parens(Box::new(pipe)),
                    _ => return self.fail("unclosed left paren"),
                }
            }
            other => return Err((start, format!("unexpected {} in operand", shown(&other)))),
        };
        let mut end = if matches!(kind, Kind::Parens(_)) { self.place() } else { end };
        while let Some(Token::Field(name)) = self.peek().cloned() {
            fields.push(name);
            last = self.place();
            end = self.tokens.get(self.at).map_or(end, |spanned| spanned.end);
            self.at += 1;
        }
        let operand = Operand { kind, at: start..end };
        if fields.is_empty() {
            return Ok(operand);
        }
        Ok(Operand { kind: Kind::Fields(Box::new(operand), fields, last), at: start..end })
    }
}

/// A token as messages show it.
fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) => format!("<{word}>"),
        Token::Field(name) => format!("<.{name}>"),
        Token::Variable(name) => format!("<{name}>"),
        Token::Dot => "<.>".to_owned(),
        Token::Nil => "<nil>".to_owned(),
        Token::Pipe => "\"|\"".to_owned(),
        Token::LeftParen => "\"(\"".to_owned(),
        Token::RightParen => "\")\"".to_owned(),
        Token::Declare => "\":=\"".to_owned(),
        Token::Assign => "\"=\"".to_owned(),
        Token::Comma => "\",\"".to_owned(),
        Token::Close => "\"}}\"".to_owned(),
        Token::Open => "\"{{\"".to_owned(),
        Token::Space => "\" \"".to_owned(),
        Token::Literal(value) => super::print::plain(value),
        Token::Text(text) => text.clone(),
    }
}
