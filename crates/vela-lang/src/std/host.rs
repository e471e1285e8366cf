//! What a builtin sees of the evaluator.
//!
//! Scalars are passed as they are; lists, structs and values that are not concrete are [`Handle`]s
//! that the host can look into. A builtin charges the host for what it is about to allocate
//! ([`Host::charge`]) before it does so.

use crate::number::Number;

/// Names a list, a struct or a value that is not concrete; valid during one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handle(pub u32);

/// An argument, with its default taken where it has one, or a result.
#[derive(Clone, PartialEq, Debug)]
pub enum Val {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// An int or a float.
    Number(Number),
    /// A string.
    String(std::sync::Arc<str>),
    /// Bytes.
    Bytes(std::sync::Arc<[u8]>),
    /// A list, open or closed.
    List(Handle),
    /// A struct.
    Struct(Handle),
    /// A value that is not concrete, of the kinds in the text (`int`, `string|bytes`, `_`).
    Other(Handle),
}

/// Kinds as a set: the type of a parameter or a result.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind(pub u16);

impl Kind {
    /// No kind: the kind of bottom.
    pub const BOTTOM: Kind = Kind(0);
    /// `null`
    pub const NULL: Kind = Kind(1);
    /// `bool`
    pub const BOOL: Kind = Kind(2);
    /// `int`
    pub const INT: Kind = Kind(4);
    /// `float`
    pub const FLOAT: Kind = Kind(8);
    /// `string`
    pub const STRING: Kind = Kind(16);
    /// `bytes`
    pub const BYTES: Kind = Kind(32);
    /// functions
    pub const FUNC: Kind = Kind(64);
    /// `[...]`
    pub const LIST: Kind = Kind(128);
    /// `{...}`
    pub const STRUCT: Kind = Kind(256);
    /// `number`
    pub const NUMBER: Kind = Kind(4 | 8);
    /// `bytes|string`
    pub const BYTES_OR_STRING: Kind = Kind(16 | 32);
    /// All but functions.
    pub const TOP: Kind = Kind(1 | 2 | 4 | 8 | 16 | 32 | 128 | 256);

    /// The kinds of both.
    #[must_use]
    pub const fn and(self, other: Kind) -> Kind {
        Kind(self.0 & other.0)
    }

    /// The kinds of either.
    #[must_use]
    pub const fn or(self, other: Kind) -> Kind {
        Kind(self.0 | other.0)
    }

    /// The kinds of this but not of the other.
    #[must_use]
    pub const fn without(self, other: Kind) -> Kind {
        Kind(self.0 & !other.0)
    }

    /// Whether there is none.
    pub const fn is_bottom(self) -> bool {
        self.0 == 0
    }

    /// Whether all kinds of this are kinds of the other.
    pub const fn within(self, other: Kind) -> bool {
        self.0 & !other.0 == 0
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const NAMES: [(Kind, &str); 10] = [
            (Kind::NULL, "null"),
            (Kind::BOOL, "bool"),
            (Kind::STRING, "string"),
            (Kind::BYTES, "bytes"),
            (Kind::FUNC, "func"),
            (Kind::LIST, "list"),
            (Kind::STRUCT, "struct"),
            (Kind::NUMBER, "number"),
            (Kind::INT, "int"),
            (Kind::FLOAT, "float"),
        ];
        if self.is_bottom() {
            return f.write_str("_|_");
        }
        if Kind::TOP.within(*self) {
            return f.write_str("_");
        }
        let mut left = *self;
        let mut names = Vec::new();
        for (kind, name) in NAMES {
            if kind.within(left) {
                names.push(name);
                left = left.without(kind);
            }
        }
        match names.as_slice() {
            [only] => f.write_str(only),
            several => write!(f, "({})", several.join("|")),
        }
    }
}

/// Why a builtin has no result.
#[derive(Clone, PartialEq, Debug)]
pub enum Fault {
    /// A failure: the text after `error in call to pkg.Name: `.
    Failed(String),
    /// The whole message, without `error in call to …`.
    Plain(String),
    /// An argument is of the wrong kind: its place (from 0) and the kinds that are taken.
    Argument(usize, Kind),
    /// More information is needed: the text after `error in call to pkg.Name: `.
    Incomplete(String),
    /// As a validator: the value does not satisfy it; a detail, or nothing. A call gives `false`.
    ///
    /// [`Fault::Failed`] of a validator means the same with its text as the detail, but fails a call.
    Unsatisfied(Option<String>),
    /// As a validator: not satisfied yet, more fields or elements could come. A call gives `false`.
    NotYet(Option<String>),
    /// The host has given up (a limit, a cancellation) or an argument is an error; passed on as it is.
    Host(Handle),
}

/// What the evaluator does for builtins.
pub trait Host {
    /// Charges the cost of about so many bytes or steps of work before it is done.
    ///
    /// # Errors
    /// The limit is reached; pass the fault on.
    fn charge(&mut self, amount: usize) -> Result<(), Fault>;

    /// The kinds a value has or may have.
    fn kind(&self, value: &Val) -> Kind;

    /// The value as CUE prints it in one line in messages: `"a"`, `[1,2]`, `{a:1}`, `int`.
    fn show(&mut self, value: &Val) -> String;

    /// The elements of a list, evaluated, defaults taken.
    ///
    /// # Errors
    /// An element is an error.
    fn elements(&mut self, list: Handle) -> Result<Vec<Val>, Fault>;

    /// The elements of a list, evaluated, as they are: disjunctions stay, with their defaults. For what
    /// goes into another list unread.
    ///
    /// # Errors
    /// An element is an error.
    fn members(&mut self, list: Handle) -> Result<Vec<Val>, Fault>;

    /// Whether a list may have more elements than [`Host::elements`] gives.
    fn is_open_list(&mut self, list: Handle) -> bool;

    /// The regular fields of a struct in output order, defaults taken.
    ///
    /// # Errors
    /// A field is an error.
    fn fields(&mut self, of: Handle) -> Result<Vec<(std::sync::Arc<str>, Val)>, Fault>;

    /// Whether a struct takes fields that it does not have yet.
    fn is_open_struct(&mut self, of: Handle) -> bool;

    /// How many regular fields a struct may still get; nothing where there is no bound.
    fn room(&mut self, of: Handle) -> Option<usize>;

    /// Whether a value may still become more specific, and so differ from what it equals now.
    fn may_change(&mut self, value: &Val) -> bool;

    /// A number that is equal for values that are equal.
    fn fingerprint(&mut self, value: &Val) -> u64;

    /// The field of that name, regular only.
    fn lookup(&mut self, of: Handle, name: &str) -> Option<Val>;

    /// A closed list.
    fn list(&mut self, elements: Vec<Val>) -> Val;

    /// An open struct with these regular fields, in this order.
    fn make_struct(&mut self, fields: Vec<(std::sync::Arc<str>, Val)>) -> Val;

    /// Equality as `==` has it inside lists: kinds must be equal.
    fn equal(&mut self, a: &Val, b: &Val) -> bool;

    /// `a & b`, or `None` where it is an error.
    fn unify(&mut self, a: &Val, b: &Val) -> Option<Val>;

    /// Whether `value` unified with `schema` is valid (and, where asked, concrete); the reason if not.
    ///
    /// # Errors
    /// The reason as text: `Unsatisfied` for a conflict, `NotYet` for what is missing.
    fn validate(&mut self, value: &Val, schema: &Val, concrete: bool) -> Result<(), Fault>;

    /// How many elements of a list are valid when unified with a schema.
    ///
    /// # Errors
    /// The host has given up.
    fn count_matches(&mut self, list: Handle, schema: &Val) -> Result<usize, Fault>;

    /// The elements of a list in the order of a comparator `{x: _, y: _, less: bool}`, stable.
    ///
    /// # Errors
    /// The comparator has no field `less`, or it fails.
    fn sort(&mut self, list: Handle, comparator: &Val) -> Result<Val, Fault>;

    /// Whether no element of a list is less than the one before it; a comparator that fails says no.
    ///
    /// # Errors
    /// The comparator has no field `less`.
    fn is_sorted(&mut self, list: Handle, comparator: &Val) -> Result<bool, Fault>;

    /// The value as plain data, for encoders: concrete, defaults taken.
    ///
    /// # Errors
    /// Something below is not concrete or is an error.
    fn data(&mut self, value: &Val) -> Result<crate::data::Data, Fault>;

    /// Plain data as a value.
    #[allow(clippy::wrong_self_convention, reason = "the host makes the value")]
    fn from_data(&mut self, data: &crate::data::Data) -> Val;

    /// `*null | _`: what an empty document is.
    fn null_or_any(&mut self) -> Val;

    /// A value that is not concrete: any value of these kinds.
    fn of_kind(&mut self, kind: Kind) -> Val;
}

/// A parameter of a builtin.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its name in documentation.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether values that are not concrete are passed on to the function.
    pub lax: bool,
    /// The string that stands in for an argument that is not given; such parameters come last, and
    /// a function with one is no validator.
    pub default: Option<&'static str>,
}

impl Param {
    /// A parameter that takes concrete values of these kinds.
    pub const fn new(name: &'static str, kind: Kind) -> Param {
        Param { name, kind, lax: false, default: None }
    }

    /// A parameter that also takes what is not concrete.
    pub const fn lax(name: &'static str, kind: Kind) -> Param {
        Param { name, kind, lax: true, default: None }
    }

    /// A string that may be left out.
    pub const fn optional(name: &'static str, default: &'static str) -> Param {
        Param { name, kind: Kind::STRING, lax: false, default: Some(default) }
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kind({:#b})", self.0)
    }
}

/// The body of a builtin; the evaluator has checked number and kinds of the arguments and has put in
/// the defaults of those that are not given.
pub type Body = fn(&mut dyn Host, &[Val]) -> Result<Val, Fault>;

/// A builtin function.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name in its package.
    pub name: &'static str,
    /// What it takes.
    pub params: &'static [Param],
    /// What it gives; functions that give a bool are validators when called with one argument less.
    pub result: Kind,
    /// What it does.
    pub body: Body,
}

/// A member of a package.
#[derive(Clone, Copy, Debug)]
pub enum Member {
    /// A function.
    Function(Function),
    /// A constant: its name and its value in CUE syntax.
    Constant(&'static str, &'static str),
    /// A definition written in CUE: its name (`#Config`) and its source.
    Definition(&'static str, &'static str),
}

impl Member {
    /// The name by which the package has it.
    pub const fn name(&self) -> &'static str {
        match self {
            Member::Function(function) => function.name,
            Member::Constant(name, _) | Member::Definition(name, _) => name,
        }
    }
}

/// A builtin package.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Its import path.
    pub path: &'static str,
    /// Its members.
    pub members: &'static [Member],
}

impl Package {
    /// The member of that name.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.members.iter().find(|member| member.name() == name)
    }
}
