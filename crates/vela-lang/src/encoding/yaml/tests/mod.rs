//! Results of the reference.

mod strings;

use super::{Dialect, parse, parse_all, parse_exprs, stream_text, text};
use crate::data::Data;
use crate::encoding::json::{compact_text, parse as json};
use crate::source::SourceId;
use proptest::prelude::*;

fn read(yaml: &str, dialect: Dialect) -> String {
    match parse(yaml, dialect) {
        Ok(data) => compact_text(&data),
        Err(error) => error.message,
    }
}

#[test]
fn strings_are_quoted_as_by_the_reference() {
    let wrong: Vec<_> = strings::STRINGS
        .iter()
        .filter_map(|(string, expected)| {
            let data = Data::Struct(vec![("v".into(), Data::string(*string))].into());
            let written = text(&data);
            (written != format!("v: {expected}\n")).then_some((string, written, expected))
        })
        .collect();
    assert!(wrong.is_empty(), "{} {wrong:#?}", wrong.len());
}

#[test]
fn structures_are_written_as_by_the_reference() {
    for (data, expected) in [
        (
            r#"{"e":{},"l":[],"ll":[[1,[2,3],[]],{"a":1,"b":[1]},{},[{"x":1}],[{}]],"n":null}"#,
            "e: {}\nl: []\nll:\n  - - 1\n    - - 2\n      - 3\n    - []\n  - a: 1\n    b:\n      - 1\n  - {}\n  - - x: 1\n  - - {}\n\"n\": null\n",
        ),
        (
            r#"{"s":{"t":{"u":"a\nb","v":"x\n\n"},"w":["a\nb",{"y":"a\nb"},["a\n  b","  a\nb\n"]]}}"#,
            "s:\n  \"t\":\n    u: |-\n      a\n      b\n    v: |+\n      x\n\n  w:\n    - |-\n      a\n      b\n    - \"y\": |-\n        a\n        b\n    - - |-\n        a\n          b\n      - |2\n          a\n        b\n",
        ),
        (
            r#"{"a\nb":{"c":1,"d":[1]},"a\nc":[1],"a\nd":[]}"#,
            "? |-\n  a\n  b\n: c: 1\n  d:\n    - 1\n? |-\n  a\n  c\n: - 1\n? |-\n  a\n  d\n: []\n",
        ),
        (r#""x\ny\n""#, "|\n  x\n  y\n"),
        ("{}", "{}\n"),
        (r#""abc""#, "abc\n"),
        ("[1.0,-1.5,10,1E2]", "- 1.0\n- -1.5\n- 10\n- 1E+2\n"),
    ] {
        let value = json(data).unwrap_or(Data::Null);
        assert_eq!(text(&value), expected, "{data}");
    }
    assert_eq!(text(&Data::Bytes((*b"ab").into())), "!!binary YWI=\n");
    assert_eq!(text(&Data::Bytes((*b"a\nb").into())), "!!binary |-\n  YQpi\n");
    assert_eq!(stream_text(&[]), "");
    let documents =
        [Data::string("x"), Data::List(vec![Data::Null].into()), Data::string("a\nb\n")];
    assert_eq!(stream_text(&documents), "x\n---\n- null\n---\n|\n  a\n  b\n");
}

#[test]
fn plain_scalars() {
    for (scalar, cue, kubernetes) in [
        ("y", "\"y\"", "true"),
        ("yes", "\"yes\"", "true"),
        ("off", "\"off\"", "false"),
        ("NO", "\"NO\"", "false"),
        ("True", "true", "true"),
        ("tRUE", "\"tRUE\"", "\"tRUE\""),
        ("~", "null", "null"),
        ("", "null", "null"),
        ("nULL", "\"nULL\"", "\"nULL\""),
        ("010", "8", "8"),
        ("0o10", "8", "8"),
        ("0x1F", "31", "31"),
        ("-0x1", "-1", "-1"),
        ("0b11", "3", "3"),
        ("1_000", "1000", "1000"),
        ("1e3", "1E+3", "1000"),
        (".5", "0.5", "0.5"),
        ("5.", "5", "5"),
        ("+1", "1", "1"),
        ("1:20", "\"1:20\"", "\"1:20\""),
        ("08", "\"08\"", "8"),
        ("1_0.5", "10.5", "10.5"),
        ("1e400", "\"1e400\"", "\"1e400\""),
        ("0o8", "\"0o8\"", "\"0o8\""),
        ("1e", "\"1e\"", "\"1e\""),
        ("_1", "\"_1\"", "\"_1\""),
        ("-_1", "-1", "-1"),
        ("+.5", "0.5", "0.5"),
        ("00", "0", "0"),
        ("1.0.0", "\"1.0.0\"", "\"1.0.0\""),
        ("1.0", "1.0", "1"),
        ("1.50", "1.50", "1.5"),
        ("18446744073709551615", "18446744073709551615", "18446744073709551615"),
        ("0xFFFFFFFFFFFFFFFF", "18446744073709551615", "18446744073709551615"),
        ("1._5", "1.5", "1.5"),
        (".e3", "\".e3\"", "\".e3\""),
        ("12e03", "1.2E+4", "12000"),
        ("2020-01-01", "\"2020-01-01\"", "\"2020-01-01\""),
        ("\"1\"", "\"1\"", "\"1\""),
        ("! y", "\"y\"", "true"),
        ("=", "\"=\"", "\"=\""),
        ("<<", "cannot unmarshal tag \"!!merge\"", "cannot unmarshal tag \"!!merge\""),
        (
            ".inf",
            ".inf is not a number that CUE can represent",
            ".inf is not a number that CUE can represent",
        ),
    ] {
        assert_eq!(
            read(&format!("- {scalar}"), Dialect::Cue).trim_matches(['[', ']']),
            cue,
            "{scalar}"
        );
        let read = read(&format!("- {scalar}"), Dialect::Kubernetes);
        assert_eq!(read.trim_matches(['[', ']']), kubernetes, "{scalar}");
    }
}

#[test]
fn documents() {
    for (yaml, expected) in [
        (
            "a: !!str 1\nb: !!int \"1\"\nd: !!null x\nf: !!binary YWI=",
            r#"{"a":"1","b":1,"d":null,"f":"YWI="}"#,
        ),
        ("a: !foo 1", "cannot unmarshal tag \"!foo\""),
        ("a: !foo {b: 1}", r#"{"a":{"b":1}}"#),
        ("a: !!set {a, b}", r#"{"a":{"a":null,"b":null}}"#),
        ("a: !!omap [a: 1]", r#"{"a":[{"a":1}]}"#),
        ("a: !!binary \"%%\"", "!!binary value contains invalid base64 data"),
        ("a: !!str\nb: !!map {}", r#"{"a":"","b":{}}"#),
        ("a: &x 1\nb: *x", r#"{"a":1,"b":1}"#),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", r#"{"a":{"b":1},"c":{"b":1,"d":2}}"#),
        ("a: &x {b: 1}\nc: {<<: *x, b: 2}", r#"{"a":{"b":1},"c":{"b":2}}"#),
        (
            "a: &x {b: 1, c: 3}\ny: &y {b: 5, e: 6}\nc: {<<: [*x, *y], b: 2}",
            r#"{"a":{"b":1,"c":3},"y":{"b":5,"e":6},"c":{"b":2,"e":6,"c":3}}"#,
        ),
        ("c: {b: 2, <<: {b: 1, q: 3}}", r#"{"c":{"b":1,"q":3}}"#),
        ("c: {<<: 1}", "map merge requires map or sequence of maps as the value"),
        ("a: &x [*x]", "anchor \"x\" value contains itself"),
        ("a: 1\na: 1", r#"{"a":1}"#),
        ("a: 1\na: 2", "conflicting values 2 and 1"),
        ("? [a]\n: 1", "invalid map key: !!seq"),
        (
            "1: a\n1.5: b\ntrue: c\n~: d\n010: e",
            r#"{"1":"a","1.5":"b","true":"c","null":"d","0o10":"e"}"#,
        ),
        ("", "null"),
        ("# c", "null"),
        ("---", "null"),
        ("abc", "\"abc\""),
        ("[a, b: c]", r#"["a",{"b":"c"}]"#),
        ("\"a\\x41\\u263a\\n\"", r#""aA☺\n""#),
        ("a: |\n  x\n  y\nb: >\n  x\n  y\n\n  z\n", r#"{"a":"x\ny\n","b":"x y\nz\n"}"#),
        ("\"<<\": {a: 1}", r#"{"<<":{"a":1}}"#),
        ("a: x # y", r#"{"a":"x"}"#),
        ("é: ü", r#"{"é":"ü"}"#),
        ("a: 1\n---\nb: 2", "expected a single YAML document"),
    ] {
        assert_eq!(read(yaml, Dialect::Cue), expected, "{yaml}");
    }
    for bad in ["a: b: c", "a: [1,", "a: 1\n b: 2", "a: *x", "a: @x", "a: `x"] {
        assert!(parse(bad, Dialect::Cue).is_err(), "{bad}");
    }
    assert_eq!(parse_all("a: 1\n---\nb: 2\n---\n", Dialect::Cue).map(|all| all.len()), Ok(3));
    assert_eq!(read("a: 1\na: 2", Dialect::Kubernetes), r#"{"a":2}"#);
}

#[test]
fn bombs_are_refused() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for i in 1..10 {
        let items = vec![format!("*a{}", i - 1); 10].join(",");
        bomb.push_str(&format!("a{i}: &a{i} [{items}]\n"));
    }
    assert_eq!(read(&bomb, Dialect::Cue), "document contains excessive aliasing");
    assert!(parse_exprs(SourceId(0), &bomb, Dialect::Cue).is_err());
    assert!(parse(&"[".repeat(50_000), Dialect::Cue).is_err());
    let deep: String = (0..5_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    assert!(parse(&deep, Dialect::Cue).is_err());
}

#[test]
fn expressions_have_places() {
    let exprs = parse_exprs(SourceId(1), "é: [1, -2]\n", Dialect::Cue);
    let shown = format!("{exprs:?}");
    for place in ["1:0..2", "1:4..11", "1:5..6", "1:8..10"] {
        assert!(shown.contains(place), "{place} {shown}");
    }
}

fn data() -> impl Strategy<Value = Data> {
    let leaf = prop_oneof![
        Just(Data::Null),
        any::<bool>().prop_map(Data::Bool),
        any::<i64>().prop_map(|int| Data::Number(int.into())),
        "[-a-c:#\\n\\t '\"0-9.~é{}|>]{0,8}".prop_map(Data::string),
        any::<String>().prop_map(Data::string),
    ];
    leaf.prop_recursive(4, 30, 5, |inner| {
        let label = "[-a-c:#\\n '\"0-9.~y?]{0,6}".prop_map(std::sync::Arc::from);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| Data::List(items.into())),
            prop::collection::vec((label, inner), 0..5).prop_map(|fields| {
                let mut unique: Vec<(std::sync::Arc<str>, Data)> = Vec::new();
                for field in fields {
                    if !unique.iter().any(|(label, _)| *label == field.0) {
                        unique.push(field);
                    }
                }
                Data::Struct(unique.into())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(data in data()) {
        let written = text(&data);
        prop_assert_eq!(parse(&written, Dialect::Cue), Ok(data), "{}", written);
    }

    #[test]
    fn any_text_is_read_or_refused(yaml in "[-a-c:#\\n &*!|>?'\"0-9\\[\\]{},]{0,40}") {
        let _ = parse_all(&yaml, Dialect::Kubernetes);
        let _ = parse_exprs(SourceId(0), &yaml, Dialect::Cue);
    }
}

#[test]
fn quoted_texts_may_be_indented_too_little() {
    for (yaml, expected) in [
        ("a:\n  b: \"x\n  y\"\nc: 1\n", r#"{"a":{"b":"x y"},"c":1}"#),
        ("a:\n  b: 'x\n  y''s\n\n  z'\nc: 1\n", r#"{"a":{"b":"x y's\nz"},"c":1}"#),
        ("a:\n  b: \"x\ny\"\n", r#"{"a":{"b":"x y"}}"#),
        ("a:\n  b: \"x\n  \\\"y\"\n  d: 'z\n  w'\n", r#"{"a":{"b":"x \"y","d":"z w"}}"#),
    ] {
        assert_eq!(read(yaml, Dialect::Kubernetes), expected, "{yaml}");
    }
    let source = SourceId(0);
    let exprs =
        parse_exprs(source, "a:\n  b: \"x\n  y\"\nc: {d: 1}\n", Dialect::Cue).expect("YAML");
    let crate::syntax::ast::Expr::Struct(lit) = &exprs[0] else { panic!("a struct") };
    let crate::syntax::ast::Decl::Field(field) = &lit.decls[1] else { panic!("a field") };
    assert_eq!(field.value.span(), crate::source::Span::new(source, 19, 25));
}

#[test]
fn leading_zeros_that_are_no_octals() {
    assert_eq!(read("[010, 09, -08, 09.50, 0a9]", Dialect::Kubernetes), r#"[8,9,-8,9.5,"0a9"]"#);
}
