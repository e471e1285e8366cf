use super::{format, format_expr, format_tree};
use crate::source::Sources;
use crate::syntax::{parse, parse_expr};
use proptest::prelude::*;

fn formatted(text: &str) -> String {
    let sources = Sources::default();
    let parsed = parse(&sources, "-", text);
    assert_eq!(parsed.errors, vec![], "{text}");
    let source = sources.get(parsed.source).expect("just added");
    format(&parsed.file, &source)
}

#[test]
fn operators() {
    for (text, printed) in [
        ("1-(2*3)", "1 - (2 * 3)"),
        ("2*3==4", "2*3 == 4"),
        ("2*3*4", "2 * 3 * 4"),
        ("2*3/4+1", "2*3/4 + 1"),
        ("a|b+c", "a | b+c"),
        ("a&b+c*d", "a & b+c*d"),
        ("a == b&&c", "a == b && c"),
        ("g(2*3)", "g(2 * 3)"),
        ("g(2*3,1)", "g(2*3, 1)"),
        ("x[1+2*3]", "x[1+2*3]"),
        ("x[a+b:c]", "x[a+b : c]"),
        ("x[a.b:c.d]", "x[a.b:c.d]"),
        ("- -a", "- -a"),
        ("1+-1", "1 + -1"),
        ("((a))", "(a)"),
        ("*1|int", "*1 | int"),
    ] {
        let sources = Sources::default();
        let parsed = parse_expr(&sources, "-", text);
        let source = sources.get(parsed.source);
        assert_eq!(format_expr(&parsed.expr, source.as_deref()), printed);
    }
}

#[test]
fn columns() {
    assert_eq!(
        formatted("a: 1 @x()\nbbbb: 22 @yy() // c\ncc: 333 // d\nddddd: 4444\ne: {}\nff: 1\n"),
        "a:     1   @x()\nbbbb:  22  @yy() // c\ncc:    333 // d\nddddd: 4444\ne: {}\nff: 1\n",
    );
}

/// Text of the language put together from small parts, with odd white space and comments.
fn any_text() -> impl Strategy<Value = String> {
    let space = prop_oneof![
        Just(" "),
        Just(""),
        Just("\t"),
        Just(" // note\n"),
        Just("\n"),
        Just("\n\n// doc\n")
    ];
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("x.y".to_owned()),
        Just("\"s\\(a)\"".to_owned()),
        Just("\"\"\"\n\t  a\n\t  \"\"\"".to_owned()),
        Just("null".to_owned()),
        Just(">=1".to_owned()),
    ];
    let gap = space.clone();
    let expr = leaf.prop_recursive(4, 24, 4, move |inner| {
        let space = gap.clone();
        let op = prop_oneof![Just("+"), Just("*"), Just("&"), Just("|"), Just("=="), Just("&&")];
        let label = prop_oneof![
            Just("a"),
            Just("bbb?"),
            Just("\"c d\""),
            Just("[string]"),
            Just("(x)"),
            Just("e: f"),
            Just("#D")
        ];
        let field = (
            label,
            space.clone(),
            inner.clone(),
            space.clone(),
            prop_oneof![Just("\n"), Just(",")],
        )
            .prop_map(|(label, a, value, b, end)| {
                let b = if b.contains("//") || b.contains('\n') { " " } else { b };
                format!("{label}:{a}{value}{b}{end}")
            });
        prop_oneof![
            (inner.clone(), op, inner.clone()).prop_map(|(l, op, r)| format!("{l} {op} {r}")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l} |\n {r})")),
            proptest::collection::vec((inner.clone(), space.clone()), 0..4).prop_map(|items| {
                let items: Vec<String> = items
                    .into_iter()
                    .map(|(item, s)| format!("{item},{}", if s.is_empty() { " " } else { s }))
                    .collect();
                format!("[{}]", items.concat())
            }),
            (space.clone(), proptest::collection::vec(field, 0..4))
                .prop_map(|(s, fields)| format!("{{{s}{}}}", fields.concat())),
            proptest::collection::vec(inner, 0..3)
                .prop_map(|args| format!("f({})", args.join(", "))),
        ]
    });
    proptest::collection::vec((expr, space), 1..5).prop_map(|decls| {
        let decls = decls.into_iter().enumerate();
        decls.map(|(i, (e, s))| format!("{s}v{i}: {e}\n")).collect()
    })
}

/// A text without what the formatter may change or move.
fn essence(text: &str) -> (String, usize) {
    let bare = text.replace("// note", "").replace("// doc", "");
    let kept = bare.chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
    (kept, text.matches("// ").count())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn formatting_is_stable_and_loses_nothing(text in any_text()) {
        let once = formatted(&text);
        prop_assert_eq!(&formatted(&once), &once, "{}", text);
        prop_assert_eq!(essence(&once), essence(&text));
    }
}

#[test]
fn trees_without_places() {
    let sources = Sources::default();
    let text = "a: {b: 1, cc: [1, 2], d: \"x\"}\n// doc\ne: f: 1 & {g: int}\n";
    let file = parse(&sources, "-", text).file;
    let expr = parse_expr(&sources, "-", "{b: 1, cc: {}}").expr;
    assert_eq!(
        format_tree(&file),
        "a: {\n\tb: 1\n\tcc: [1, 2]\n\td: \"x\"\n}\n// doc\ne: f: 1 & {\n\tg: int\n}\n",
    );
    assert_eq!(format_expr(&expr, None), "{\n\tb: 1\n\tcc: {}\n}");
}
