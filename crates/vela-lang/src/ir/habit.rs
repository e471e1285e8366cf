//! Hints for names that other languages know and CUE doesn't.

/// What somebody means who writes a name that nothing declares; `None` where it may be anything.
pub(super) fn unknown_name(name: &str) -> Option<String> {
    let text = match name {
        "True" | "TRUE" | "yes" | "Yes" | "on" | "On" => "the bools are true and false: write true",
        "False" | "FALSE" | "no" | "No" | "off" | "Off" => {
            "the bools are true and false: write false"
        }
        "None" | "nil" | "undefined" | "Null" | "NULL" => {
            "write null; for a field that may be missing, write label?: type"
        }
        "str" | "String" | "text" => "the type of texts is string",
        "integer" | "Int" | "Integer" | "long" => "the type of whole numbers is int",
        "boolean" | "Bool" | "Boolean" => "the type of true and false is bool",
        "double" | "Float" | "decimal" => "write number, or float for numbers with a point",
        "any" | "Any" | "unknown" | "object" => "write _ for any value, {...} for any struct",
        "array" | "Array" => "write [...T] for a list of T",
        "else" | "elif" | "elseif" => "CUE has no else: write a second if with the opposite",
        _ => return imported(name),
    };
    Some(text.to_owned())
}

/// A builtin package that is used without being imported.
fn imported(name: &str) -> Option<String> {
    let of_name = |path: &&str| path.rsplit('/').next() == Some(name);
    let path = crate::std::packages().iter().map(|package| package.path).find(of_name)?;
    Some(format!("import it: import {path:?} at the top of the file"))
}

/// A dash before a name that nothing declares: a YAML list, most of the time.
pub(super) fn dash(message: &str) -> String {
    let name = message.split('"').nth(1).unwrap_or("a");
    format!("lists are written [{name:?}, …]; a dash negates a number, and texts need quotes")
}
