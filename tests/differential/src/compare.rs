//! What an engine answers, and where two answers differ.

use serde_json::Value as Json;
use std::fmt;

/// What an engine says of a program.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The evaluated tree, and the exported JSON text where it can be exported.
    Tree {
        /// Kinds, values, classes and fields: the conformance corpus's tree-json.
        tree: Json,
        /// JSON without blanks.
        export: Option<String>,
    },
    /// The value as CUE text, without the texts of errors; `None` where it does not load.
    Text(Option<String>),
    /// It crashed, or took too long.
    Died(String),
}

/// In what two answers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// One of the two crashed or hung.
    Died,
    /// One has an error where the other has none.
    Verdict,
    /// A kind, a scalar, a list's length, a set of fields.
    Value,
    /// Whether there is a default, and which.
    Default,
    /// Whether a struct or a list is open.
    Closed,
    /// The class of an error, and whether it is the error of a child.
    Class,
    /// The order of fields.
    Order,
    /// Whether it can be exported, and the text.
    Export,
}

impl Aspect {
    /// All of them.
    pub const ALL: [Aspect; 8] = [
        Aspect::Died,
        Aspect::Verdict,
        Aspect::Value,
        Aspect::Default,
        Aspect::Closed,
        Aspect::Class,
        Aspect::Order,
        Aspect::Export,
    ];
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Aspect::Died => "died",
            Aspect::Verdict => "verdict",
            Aspect::Value => "value",
            Aspect::Default => "default",
            Aspect::Closed => "closed",
            Aspect::Class => "class",
            Aspect::Order => "order",
            Aspect::Export => "export",
        })
    }
}

/// A difference: where, and both sides.
#[derive(Clone, Debug)]
pub struct Difference {
    /// In what.
    pub aspect: Aspect,
    /// The path.
    pub path: String,
    /// What the first answer has there.
    pub ours: String,
    /// What the second has.
    pub theirs: String,
}

/// All differences of two answers.
pub fn differences(ours: &Answer, theirs: &Answer) -> Vec<Difference> {
    let mut found = Vec::new();
    match (ours, theirs) {
        (Answer::Tree { tree: a, export: x }, Answer::Tree { tree: b, export: y }) => {
            node(a, b, String::new(), &mut found);
            if x != y {
                let text = |side: &Option<String>| side.clone().unwrap_or("none".to_owned());
                found.push(Difference {
                    aspect: Aspect::Export,
                    path: String::new(),
                    ours: text(x),
                    theirs: text(y),
                });
            }
        }
        (Answer::Text(a), Answer::Text(b)) => found.extend(text(a.as_deref(), b.as_deref())),
        (Answer::Died(a), Answer::Died(b)) if a == b => {}
        (a, b) => found.push(Difference {
            aspect: Aspect::Died,
            path: String::new(),
            ours: brief(a),
            theirs: brief(b),
        }),
    }
    found
}

/// The first line in which two texts differ.
fn text(ours: Option<&str>, theirs: Option<&str>) -> Option<Difference> {
    let lines = |side: Option<&str>| -> Vec<String> {
        side.unwrap_or("does not load").lines().map(str::to_owned).collect()
    };
    let (a, b) = (lines(ours), lines(theirs));
    let at = (0..a.len().max(b.len())).find(|i| a.get(*i) != b.get(*i))?;
    let (x, y) = (a.get(at), b.get(at));
    let failed = |line: Option<&String>| line.is_some_and(|line| line.contains("_|_"));
    let sorted = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.sort();
        lines
    };
    let aspect = if ours.is_none() || theirs.is_none() || failed(x) != failed(y) {
        Aspect::Verdict
    } else if sorted(&a) == sorted(&b) {
        Aspect::Order
    } else {
        Aspect::Value
    };
    let show = |line: Option<&String>| line.cloned().unwrap_or_default();
    Some(Difference { aspect, path: format!("line {}", at + 1), ours: show(x), theirs: show(y) })
}

fn brief(answer: &Answer) -> String {
    match answer {
        Answer::Tree { .. } | Answer::Text(_) => "an answer".to_owned(),
        Answer::Died(why) => why.clone(),
    }
}

/// A node on one line, without what is below it.
fn summary(node: &Json) -> String {
    let mut parts = Vec::new();
    for key in ["k", "v", "e", "child", "closed", "open", "msg"] {
        if let Some(value) = node.get(key) {
            parts.push(format!("{key}={value}"));
        }
    }
    if let Some(default) = node.get("d") {
        parts.push(format!("d=({})", summary(default)));
    }
    parts.join(" ")
}

fn list<'a>(node: &'a Json, key: &str) -> &'a [Json] {
    node.get(key).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn label(field: &Json) -> &str {
    field[0].as_str().unwrap_or_default()
}

fn flag(node: &Json, key: &str) -> bool {
    node.get(key).and_then(Json::as_bool).unwrap_or(false)
}

fn node(ours: &Json, theirs: &Json, path: String, found: &mut Vec<Difference>) {
    let difference = |aspect| Difference {
        aspect,
        path: path.clone(),
        ours: summary(ours),
        theirs: summary(theirs),
    };
    let (a, b) = (&ours["k"], &theirs["k"]);
    let bottom = "_|_";
    if (a == bottom) != (b == bottom) {
        // The error of a child is reported where it arises.
        let before = found.len();
        below(ours, theirs, &path, found);
        found.truncate(before + 1);
        if found.len() == before || found[before].aspect != Aspect::Verdict {
            found.truncate(before);
            found.push(difference(Aspect::Verdict));
        }
        return;
    }
    if a == bottom {
        // What fails when names are resolved is called `load` by one and `eval` by another.
        if path.is_empty() && ours["e"] == "load" && theirs["e"] == "eval" {
            return;
        }
        if ours.get("e") != theirs.get("e") || flag(ours, "child") != flag(theirs, "child") {
            found.push(difference(Aspect::Class));
        }
        if !flag(ours, "child") || !flag(theirs, "child") {
            return;
        }
    }
    if a != b || flag(ours, "nonconcrete") != flag(theirs, "nonconcrete") {
        return found.push(difference(Aspect::Value));
    }
    if ours.get("v") != theirs.get("v") {
        return found.push(difference(Aspect::Value));
    }
    if ours.get("d").is_some() != theirs.get("d").is_some() {
        return found.push(difference(Aspect::Default));
    }
    if flag(ours, "closed") != flag(theirs, "closed") || flag(ours, "open") != flag(theirs, "open")
    {
        found.push(difference(Aspect::Closed));
    }
    if let (Some(a), Some(b)) = (ours.get("d"), theirs.get("d")) {
        node(a, b, format!("{path}|default"), found);
    }
    let (a, b) = (list(ours, "f"), list(theirs, "f"));
    let sorted = |fields: &[Json]| {
        let mut labels: Vec<String> = fields.iter().map(|f| label(f).to_owned()).collect();
        labels.sort();
        labels
    };
    let labels = |fields: &[Json]| fields.iter().map(label).collect::<Vec<_>>().join(" ");
    if sorted(a) != sorted(b) {
        found.push(Difference {
            aspect: Aspect::Value,
            path: path.clone(),
            ours: format!("fields {}", labels(a)),
            theirs: format!("fields {}", labels(b)),
        });
    } else if labels(a) != labels(b) {
        found.push(Difference {
            aspect: Aspect::Order,
            path: path.clone(),
            ours: labels(a),
            theirs: labels(b),
        });
    }
    below(ours, theirs, &path, found);
    let (a, b) = (list(ours, "l").len(), list(theirs, "l").len());
    if a != b {
        found.push(Difference {
            aspect: Aspect::Value,
            path,
            ours: format!("{a} elements"),
            theirs: format!("{b} elements"),
        });
    }
}

/// Fields and elements that both have.
fn below(ours: &Json, theirs: &Json, path: &str, found: &mut Vec<Difference>) {
    let (a, b) = (list(ours, "f"), list(theirs, "f"));
    for field in a {
        if let Some(other) = b.iter().find(|f| label(f) == label(field)) {
            node(&field[1], &other[1], format!("{path}.{}", label(field)), found);
        }
    }
    for (i, (x, y)) in list(ours, "l").iter().zip(list(theirs, "l")).enumerate() {
        node(x, y, format!("{path}[{i}]"), found);
    }
}
