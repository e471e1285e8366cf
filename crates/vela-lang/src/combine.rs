//! Values put together and compared.
//!
//! Costs: [`Value::unify`] and [`Value::fill`] are evaluations, linear in both values as a rule;
//! [`Value::equals`] is linear, `n log n` for structs; [`Value::subsumes`] is one of each.

use crate::diagnostic::Error;
use crate::engine::Inputs;
use crate::ir::{self, NoImports, Presence};
use crate::value::{self, Content, Field, LabelKind, Path, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Value {
    /// This value and the other one: what `a & b` gives. A conflict is in the value, not an error.
    ///
    /// What is still incomplete (`a: b + 1` without `b`) is not evaluated again: fill a program with
    /// [`Inputs`] for that.
    ///
    /// ```
    /// let engine = vela_lang::Engine::new();
    /// let schema = engine.eval("schema.cue", "port: int | *80, name: string")?;
    /// let data = engine.eval("data.cue", "name: \"web\"")?;
    /// let both = schema.unify(&data)?;
    /// assert_eq!(both.data()?, engine.eval("x.cue", "port: 80, name: \"web\"")?.data()?);
    /// let wrong = schema.unify(&engine.eval("wrong.cue", "name: 1")?)?;
    /// assert!(wrong.is_error());
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    ///
    /// # Errors
    /// A limit was reached.
    pub fn unify(&self, other: &Value) -> Result<Value, Error> {
        let inputs = Inputs {
            fill: vec![(Path::default(), self.clone()), (Path::default(), other.clone())],
            ..Inputs::default()
        };
        ir::compile(&[], &mut NoImports)?.evaluate(&inputs)
    }

    /// This value with another one unified at a path.
    ///
    /// ```
    /// use vela_lang::{Data, Engine, Path, Value};
    /// let schema = Engine::new().eval("schema.cue", "spec: {image: string, replicas: *1 | int}")?;
    /// let image = Value::from_data(&Data::string("nginx"));
    /// let filled = schema.fill(&Path::parse("spec.image").unwrap(), &image)?;
    /// assert_eq!(format!("{:?}", Value::from_data(&filled.data()?)), r#"{spec:{image:"nginx",replicas:1}}"#);
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    ///
    /// # Errors
    /// A limit was reached.
    pub fn fill(&self, path: &Path, value: &Value) -> Result<Value, Error> {
        self.unify(&value.clone().at(path))
    }

    /// Whether the other value is an instance of this one: whether `a & b` is `b`.
    ///
    /// ```
    /// let engine = vela_lang::Engine::new();
    /// let value = |text: &str| engine.eval("value.cue", text);
    /// assert!(value("x: int")?.subsumes(&value("x: 1")?)?);
    /// assert!(!value("x: 1")?.subsumes(&value("x: int")?)?);
    /// assert!(!value("close({x: int})")?.subsumes(&value("x: 1, y: 2")?)?);
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    ///
    /// # Errors
    /// A limit was reached.
    pub fn subsumes(&self, other: &Value) -> Result<bool, Error> {
        let both = self.unify(other)?;
        Ok(!both.is_error() && both.same(other, Grade::Instance))
    }

    /// Whether the two are the same value. The order of fields, comments and places don't count.
    ///
    /// ```
    /// let engine = vela_lang::Engine::new();
    /// let value = |text: &str| engine.eval("value.cue", text);
    /// assert!(value("a: 1, b: 1 + 1")?.equals(&value("b: 2, a: 1")?));
    /// assert!(!value("a: 1")?.equals(&value("a?: 1")?));
    /// assert!(!value("a: 1")?.equals(&value("a: 1.0")?));
    /// # Ok::<(), vela_lang::Error>(())
    /// ```
    pub fn equals(&self, other: &Value) -> bool {
        self.same(other, Grade::Everything)
    }

    fn same(&self, other: &Value, grade: Grade) -> bool {
        if Arc::ptr_eq(&self.0, &other.0) {
            return true;
        }
        crate::depth::grow(|| self.same_here(other, grade))
    }

    fn same_here(&self, other: &Value, grade: Grade) -> bool {
        let (a, b) = (&*self.0, &*other.0);
        a.kind == b.kind
            && same_fields(&a.fields, &b.fields, grade)
            && (grade == Grade::Instance || a.closed == b.closed)
            && match (&a.content, &b.content) {
                (Content::Bottom, Content::Bottom) => {
                    let message = |value: &Value| {
                        value.errors().first().map(|error| (error.code, error.message.clone()))
                    };
                    message(self) == message(other)
                }
                (Content::Null, Content::Null) | (Content::Struct, Content::Struct) => true,
                (Content::Bool(x), Content::Bool(y)) => x == y,
                (Content::Number(x), Content::Number(y)) => x == y,
                (Content::String(x), Content::String(y))
                | (Content::Function(x), Content::Function(y)) => x == y,
                (Content::Bytes(x), Content::Bytes(y)) => x == y,
                (
                    Content::List { elements: x, open: first },
                    Content::List { elements: y, open: second },
                ) => {
                    (grade == Grade::Instance || first == second)
                        && x.len() == y.len()
                        && x.iter().zip(y).all(|(x, y)| x.same(y, grade))
                }
                (Content::Disjunction(x), Content::Disjunction(y)) => {
                    let among = |arms: &[value::Arm], arm: &value::Arm| {
                        arms.iter().any(|other| {
                            other.default == arm.default && other.value.same(&arm.value, grade)
                        })
                    };
                    x.len() == y.len() && x.iter().all(|arm| among(y, arm))
                }
                (Content::Constraint(a), Content::Constraint(b)) => {
                    let (x, checks) = (&a.bounds, &a.validators);
                    let (y, others) = (&b.bounds, &b.validators);
                    let bound = |(op, limit): &(_, Value)| {
                        y.iter().any(|(other, value)| other == op && value.same(limit, grade))
                    };
                    let check = |check: &value::Check| {
                        others.iter().any(|other| {
                            (other.package, other.name) == (check.package, check.name)
                                && other.args.len() == check.args.len()
                                && other.args.iter().zip(&check.args).all(|(x, y)| x.same(y, grade))
                        })
                    };
                    x.len() == y.len()
                        && checks.len() == others.len()
                        && x.iter().all(bound)
                        && checks.iter().all(check)
                }
                _ => false,
            }
    }
}

/// What of two values is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grade {
    Everything,
    /// What an instance has; not what it takes beside.
    Instance,
}

fn same_fields(a: &[Field], b: &[Field], grade: Grade) -> bool {
    let counts = |field: &&Field| match grade {
        Grade::Everything => true,
        Grade::Instance => field.presence == Presence::Regular && field.kind == LabelKind::Regular,
    };
    let index: BTreeMap<&str, &Field> =
        b.iter().filter(counts).map(|field| (&*field.label, field)).collect();
    a.iter().filter(counts).count() == index.len()
        && a.iter().filter(counts).all(|field| {
            index.get(&*field.label).is_some_and(|other| {
                other.presence == field.presence && field.value.same(&other.value, grade)
            })
        })
}
