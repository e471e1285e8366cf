//! The comments that steer a patch.

use vela_lang::Field;

/// What a patch does with the base's value.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Strategy {
    /// It is unified with it.
    #[default]
    Unify,
    /// It takes its place.
    RetainKeys,
    /// It takes its place, if it is a list.
    Replace,
    /// It is a list of operations on it (RFC 6902).
    JsonPatch,
    /// It is merged over it (RFC 7386).
    JsonMergePatch,
}

/// What the comments of a field say about patching.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tags {
    /// `+patchKey=…`
    pub key: Option<String>,
    /// `+patchStrategy=…`
    pub strategy: Strategy,
}

impl Tags {
    /// Reads the comments above a field.
    pub fn of(field: &Field) -> Tags {
        let groups = field.info.iter().flat_map(|info| &info.docs);
        Tags::of_lines(groups.flat_map(|group| group.lines()))
    }

    /// Reads comment lines. Of several tags of one name the last counts.
    pub fn of_lines<'l>(lines: impl IntoIterator<Item = &'l str>) -> Tags {
        let mut tags = Tags::default();
        for line in lines {
            let Some((name, value)) = tag(line) else { continue };
            match name {
                "patchKey" => tags.key = Some(value.to_owned()),
                "patchStrategy" => {
                    tags.strategy = match value {
                        "retainKeys" => Strategy::RetainKeys,
                        "replace" => Strategy::Replace,
                        "jsonPatch" => Strategy::JsonPatch,
                        "jsonMergePatch" => Strategy::JsonMergePatch,
                        _ => Strategy::Unify,
                    }
                }
                _ => {}
            }
        }
        tags
    }
}

/// The name and value of a tag: `// +name=value`, the value one word.
fn tag(line: &str) -> Option<(&str, &str)> {
    let text = line.strip_prefix("//")?.trim().strip_prefix('+')?;
    let (name, value) = text.split_once('=')?;
    let value = value.trim();
    (!value.is_empty() && !value.contains(char::is_whitespace)).then_some((name.trim(), value))
}
