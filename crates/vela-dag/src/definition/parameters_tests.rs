use super::{Shape, parameters};
use vela_lang::source::Sources;
use vela_lang::syntax::parse;

/// A shape in one line: name, `!` where it must be given, type, default.
fn short(shape: &Shape) -> String {
    match shape {
        Shape::Any => "any".into(),
        Shape::Null => "null".into(),
        Shape::Bool => "bool".into(),
        Shape::Bytes => "bytes".into(),
        Shape::Number { whole, bounds } => {
            format!("{}{}", if *whole { "int" } else { "number" }, bounds.concat())
        }
        Shape::Text(None) => "string".into(),
        Shape::Text(Some(pattern)) => format!("=~{pattern}"),
        Shape::Constant(value) => value.to_string(),
        Shape::List(inner) => format!("[{}]", short(inner)),
        Shape::Map(inner) => format!("{{*: {}}}", short(inner)),
        Shape::Either(all) => all.iter().map(short).collect::<Vec<_>>().join(" | "),
        Shape::Object { fields, open } => {
            let mut all: Vec<String> = fields
                .iter()
                .map(|f| {
                    let must = if f.required { "!" } else { "" };
                    let default = f.default.as_ref().map(|d| format!(" = {d}")).unwrap_or_default();
                    let when = match f.condition.as_str() {
                        "" => String::new(),
                        text => format!(" if {text}"),
                    };
                    format!("{}{must}: {}{default}{when}", f.name, short(&f.shape))
                })
                .collect();
            if *open {
                all.push("...".into());
            }
            format!("{{{}}}", all.join(", "))
        }
    }
}

#[test]
fn shapes() {
    for (text, wanted) in [
        ("parameter: {a: string, b?: int, c: *1 | int}", "{a!: string, b: int, c: int = 1}"),
        ("parameter: a: *\"x\" | \"y\"", "{a: \"x\" | \"y\" = \"x\"}"),
        ("parameter: a: *null | [...string]", "{a: null | [string] = null}"),
        ("parameter: [string]: string", "{*: string}"),
        ("parameter: {a: [...{b: int}]}", "{a: [{b!: int}]}"),
        ("parameter: {...}", "{...}"),
        ("parameter: #P\n#P: {a!: string, n?: #P}", "{a!: string, n: any}"),
        (
            "parameter: *#A | close({all: [...#A]})\n#A: {a: *\"\" | string}",
            "{a: string = \"\"} | {all: [{a: string = \"\"}]}",
        ),
        ("parameter: a: int & >=1 & <=9", "{a!: int>=1<=9}"),
        ("_m: =~\"^[0-9]+$\"\nparameter: a?: *\"1\" | _m", "{a: \"1\" | =~^[0-9]+$ = \"1\"}"),
        (
            "parameter: {t: *\"a\" | \"b\"\nif t == \"a\" {x: int}}",
            "{t: \"a\" | \"b\" = \"a\", x: int if t == \"a\"}",
        ),
        ("#B: {a: int, ...}\nparameter: {#B, c?: bool}", "{a!: int, c: bool, ...}"),
        ("parameter: a: {b: *1 | int}", "{a: {b: int = 1}}"),
        ("parameter: a: number | string", "{a!: number | string}"),
    ] {
        let parsed = parse(&Sources::default(), "t.cue", text);
        assert!(parsed.errors.is_empty(), "{text}");
        let shape = parameters(&parsed.file).expect(text);
        assert_eq!(short(&shape), wanted, "{text}");
    }
}

#[test]
fn usage_lines() {
    let text = "parameter: {\n// a comment\n// +usage=Name of it\n// +short=n\nname: string\n// only a comment\nx: int\ny: int\n}";
    let parsed = parse(&Sources::default(), "t.cue", text);
    let Some(Shape::Object { fields, .. }) = parameters(&parsed.file) else { panic!() };
    assert_eq!(fields[0].usage, "Name of it");
    assert_eq!(fields[0].tags["short"], "n");
    assert!(fields[0].has_usage && !fields[1].has_usage && !fields[2].has_usage);
    assert_eq!(fields[1].usage, "only a comment");
}
