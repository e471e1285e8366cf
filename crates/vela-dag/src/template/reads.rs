//! What a template reads of `context`.
//!
//! `context` holds the whole application. A template gets only the fields of it that its text names, so
//! that rendering a component costs the same however many others there are.

/// The fields of `context` that a template reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reads {
    /// The names; nothing where the text says too little to tell.
    fields: Option<Vec<String>>,
    /// Whether the template may ask something of the outside.
    outside: bool,
}

impl Reads {
    /// What a text reads. It may say more than is evaluated, never less.
    pub fn of(text: &str) -> Reads {
        let outside = ["\"vela/", "#do", "processing"].iter().any(|part| text.contains(part));
        let mut fields: Vec<String> = Vec::new();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for (at, _) in line.match_indices("context") {
                let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | '$');
                let before = line[..at].chars().next_back();
                let rest = &line[at + "context".len()..];
                if before.is_some_and(|c| part(c) || c == '.') || rest.starts_with(part) {
                    continue;
                }
                let name: String = match rest.strip_prefix('.') {
                    Some(rest) => rest.chars().take_while(|c| part(*c)).collect(),
                    None => String::new(),
                };
                if name.is_empty() {
                    return Reads { fields: None, outside };
                }
                if !fields.contains(&name) {
                    fields.push(name);
                }
            }
        }
        Reads { fields: Some(fields), outside }
    }

    /// Whether it may read that field.
    pub fn has(&self, field: &str) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.iter().any(|name| name == field))
    }

    /// Whether it may ask something of the outside.
    pub fn outside(&self) -> bool {
        self.outside
    }
}

#[cfg(test)]
mod tests {
    use super::Reads;

    #[test]
    fn fields_are_found_and_doubt_means_all() {
        let reads =
            Reads::of("name: context.name\n// of the context\nx: \"\\(context.output.kind)\"");
        assert!(reads.has("name") && reads.has("output") && !reads.has("components"));
        for text in
            ["x: context", "x: context[\"name\"]", "for k, v in context {}", "x: context . name"]
        {
            assert!(Reads::of(text).has("components"), "{text}");
        }
        assert!(!Reads::of("mycontext: 1, a: securityContext: x.context.name").has("name"));
        assert!(Reads::of("import \"vela/http\"").outside());
    }
}
