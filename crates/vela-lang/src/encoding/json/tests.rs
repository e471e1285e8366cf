//! Results and error texts of the reference.

use super::{check, compact, indent, parse, parse_expr, parse_stream, pretty_text};
use crate::source::SourceId;
use crate::syntax::ast::{Decl, Expr};
use proptest::prelude::*;

#[test]
fn syntax_errors_with_their_places() {
    for (text, column, message) in [
        (r#"{"a":1"#, 6, "unexpected end of JSON input"),
        (r#"{"a":01}"#, 7, "invalid character '1' after object key:value pair"),
        ("[1,]", 4, "invalid character ']' looking for beginning of value"),
        (r#"{"a":1}{"b":2}"#, 8, "invalid character '{' after top-level value"),
        ("", 1, "unexpected end of JSON input"),
        ("nul", 3, "invalid character ' ' in literal null (expecting 'l')"),
        ("[1 2]", 4, "invalid character '2' after array element"),
        (r#"{"a" 1}"#, 6, "invalid character '1' after object key"),
        ("{a:1}", 2, "invalid character 'a' looking for beginning of object key string"),
        ("\"a\nb\"", 3, r"invalid character '\n' in string literal"),
        ("\"a\tb\"", 3, r"invalid character '\t' in string literal"),
        (r#""\x""#, 3, "invalid character 'x' in string escape code"),
        ("1.", 2, "invalid character ' ' after decimal point in numeric literal"),
        (".5", 1, "invalid character '.' looking for beginning of value"),
        ("'a'", 1, r"invalid character '\'' looking for beginning of value"),
        ("// c\n1", 1, "invalid character '/' looking for beginning of value"),
        (r#"{"a":1,}"#, 8, "invalid character '}' looking for beginning of object key string"),
        ("tru", 3, "invalid character ' ' in literal true (expecting 'e')"),
        ("[1", 2, "unexpected end of JSON input"),
        ("-", 1, "invalid character ' ' in numeric literal"),
        ("1e", 2, "invalid character ' ' in exponent of numeric literal"),
    ] {
        let error = check(text).expect_err(text);
        assert_eq!((error.message.as_str(), error.offset + 1), (message, column), "{text}");
        let error = parse_expr(SourceId(0), "f.json", text).expect_err(text);
        let expected = format!("invalid JSON for file \"f.json\": {message}");
        assert_eq!(error.diagnostics()[0].message, expected, "{text}");
    }
    assert_eq!(
        parse(r#""\ud800""#).expect_err("").message,
        "invalid string: unmatched surrogate pair"
    );
    assert!(parse(&"[".repeat(100_000)).is_err());
}

#[test]
fn writes_as_export_does() {
    for (text, expected) in [
        ("[[],{},[{}]]", "[\n    [],\n    {},\n    [\n        {}\n    ]\n]"),
        (
            r#"{"a":"<&>\u2028\u0000\u007f\u001f\/\"\\\t\b\f"}"#,
            "{\n    \"a\": \"<&>\\u2028\\u0000\u{7f}\\u001f/\\\"\\\\\\t\\b\\f\"\n}",
        ),
        (r#"{"a":1,"a":1}"#, "{\n    \"a\": 1\n}"),
        (
            r#"{"a":{"b":1},"a":{"c":2}}"#,
            "{\n    \"a\": {\n        \"b\": 1,\n        \"c\": 2\n    }\n}",
        ),
        (r#""\uD83D\uDE00""#, "\"😀\""),
        ("1e400", "1E+400"),
        ("-0", "0"),
        ("-0.0", "0.0"),
        ("1E5", "1E+5"),
    ] {
        assert_eq!(parse(text).as_ref().map(pretty_text).as_deref(), Ok(expected), "{text}");
    }
    let conflict = parse(r#"{"a":1,"a":2}"#).expect_err("conflict");
    assert_eq!(conflict.message, "conflicting values 2 and 1");
}

#[test]
fn white_space_only() {
    assert_eq!(compact(r#"{ "a" : [ 1, 2 ] }"#).as_deref(), Ok(r#"{"a":[1,2]}"#));
    assert_eq!(
        indent(r#"{"a":[1,2,{}],"b":{},"c":[]}"#, ">", "  ").as_deref(),
        Ok("{\n>  \"a\": [\n>    1,\n>    2,\n>    {}\n>  ],\n>  \"b\": {},\n>  \"c\": []\n>}")
    );
    assert_eq!(indent(" {\"a\" : 1}\n\n", "", "\t").as_deref(), Ok("{\n\t\"a\": 1\n}\n\n"));
}

#[test]
fn streams() {
    assert_eq!(parse_stream("{\"a\":1}\n2 3").map(|values| values.len()), Ok(3));
    assert_eq!(
        parse_stream("2 x").expect_err("x").message,
        "invalid character 'x' looking for beginning of value"
    );
}

#[test]
fn expressions_have_places() {
    let expr = parse_expr(SourceId(3), "f.json", "\u{feff}{\"a\\/\\ud83d\\ude00\": -1.5}");
    let Ok(Expr::Struct(literal)) = expr else { panic!("{expr:?}") };
    let Decl::Field(field) = &literal.decls[0] else { panic!("{literal:?}") };
    assert_eq!(format!("{:?}", literal.span), "3:3..28");
    assert_eq!(format!("{:?}", field.label.span()), "3:4..21");
    assert_eq!(format!("{:?}", field.value.span()), "3:23..27");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}:,\"\\\\ntrue0-9.eE+ ]{0,40}") {
        if check(&text).is_ok() {
            let compacted = compact(&text)?;
            prop_assert_eq!(&compact(&indent(&text, "", "  ")?)?, &compacted);
        }
    }

    #[test]
    fn strings_survive(text in any::<String>()) {
        prop_assert_eq!(parse(&super::escaped(&text))?, crate::data::Data::string(text));
    }
}
