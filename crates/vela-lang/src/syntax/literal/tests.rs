use super::{
    Text, decode, number, quote_bytes, quote_multiline, quote_string, scan_number, string,
};
use crate::source::{SourceId, Span};
use crate::syntax::ast::Literal;

fn literal(text: &str) -> Literal {
    Literal { span: Span::new(SourceId(0), 0, text.len()), text: text.into() }
}

#[test]
fn strings() {
    for (text, value) in [
        (r#""a\tb""#, "a\tb"),
        (r#""\ud83d\ude00\u00e9\U0001F600\/\"""#, "😀é😀/\""),
        (r##"#"a\nb\#nc"#"##, "a\\nb\nc"),
        (r##"#"""#"##, "\""),
        ("\"\"\"\n  a\n   b\n  \"\"\"", "a\n b"),
        ("\"\"\"\n  a\n\n  b\n  \"\"\"", "a\n\nb"),
        ("\"\"\"\r\n  a\r\n  b\r\n  \"\"\"", "a\nb"),
        ("\"\"\"\n  \"\"\"", ""),
        ("\"\"\"\n\"\"\"", ""),
        ("\"\"\"\n\n\"\"\"", ""),
        ("\"\"\"\n\n\n\"\"\"", "\n"),
        ("#\"\"\"\n  a\\nb\\#nc\n  \"\"\"#", "a\\nb\nc"),
    ] {
        assert_eq!(string(&literal(text)), Ok(Text::String(value.to_owned())), "{text}");
    }
}

#[test]
fn byte_strings() {
    for (text, value) in [
        (r"'\x41\101\u00e9\''", &b"AA\xc3\xa9'"[..]),
        (r"'\xff\377'", &b"\xff\xff"[..]),
        ("'''\n\ta\n\t'''", &b"a"[..]),
    ] {
        assert_eq!(string(&literal(text)), Ok(Text::Bytes(value.to_vec())), "{text}");
    }
}

#[test]
fn wrong_strings() {
    for (text, at, message) in [
        (r#""x\q""#, 3, "unknown escape sequence"),
        (r#""\u12""#, 5, "illegal character U+0022 '\"' in escape sequence"),
        (r#""\x41""#, 2, "hexadecimal escape not allowed in string literal"),
        (r#""\101""#, 2, "octal escape not allowed in string literal"),
        (r#""\U00110000""#, 2, "escape sequence is invalid Unicode code point"),
        (r"'\x4'", 4, "illegal character U+0027 ''' in escape sequence"),
        (r"'\400'", 2, "escape sequence is invalid Unicode code point"),
        (r"'\18'", 3, "illegal character U+0038 '8' in escape sequence"),
        (r#"'\"'"#, 2, "unknown escape sequence"),
        (r#""\ud83d\u0041""#, 0, "invalid string: unmatched surrogate pair"),
        (r#""\ude00""#, 0, "invalid string: unmatched surrogate pair"),
        ("\"\"\"\n  a\n \n  \"\"\"", 8, "non-matching whitespace for multiline strings"),
    ] {
        let error = decode(&literal(text)).expect_err(text);
        assert_eq!((error.span.start, error.message.as_str()), (at, message), "{text}");
    }
}

#[test]
fn numbers() {
    for (text, value) in [
        ("1Ki", "1024"),
        ("1.5Mi", "1572864"),
        (".5K", "500"),
        ("0x_FF", "255"),
        ("0b1_0", "2"),
        ("1_000", "1000"),
        (".5e-3", "0.0005"),
    ] {
        assert_eq!(number(&literal(text)).map(|n| n.cue_text()), Ok(value.to_owned()), "{text}");
    }
    let error = number(&literal("1.3Ki")).expect_err("not whole");
    assert_eq!(error.message, "parse error: number cannot be represented as int");
}

#[test]
fn extents_of_numbers() {
    for (text, length, error) in [
        ("1.5e3Ki", 5, None),
        ("1k", 1, None),
        ("0b12", 3, None),
        ("0x1.5", 3, None),
        ("0B1", 1, None),
        ("08.5", 4, None),
        ("1.", 2, None),
        ("1._5", 4, None),
        ("01", 2, Some("illegal integer number")),
        ("007K", 4, Some("illegal integer number")),
        ("1__0", 4, Some("illegal '_' in number")),
        ("1_", 2, Some("illegal '_' in number")),
        ("0b2", 3, Some("illegal binary number")),
        ("0o8", 3, Some("illegal octal number")),
        ("0xG", 3, Some("illegal hexadecimal number")),
        ("1e", 2, Some("illegal exponent in number")),
        ("1Ei", 2, Some("illegal exponent in number")),
    ] {
        assert_eq!(scan_number(text), (length, error), "{text}");
    }
}

#[test]
fn quoting() {
    for (text, quoted) in [
        (
            "\u{0}\u{1b}\u{7f}\u{80}é\u{200b}😀\u{feff}\u{2028}",
            r#""\u0000\u001b\u007f\u0080é\u200b😀\ufeff\u2028""#,
        ),
        ("\u{7}\u{8}\u{c}\u{b}\r\n\t", r#""\a\b\f\v\r\n\t""#),
        ("\"\\'", r#""\"\\'""#),
        ("a\u{a0}b\u{e000}\u{e0001}", r#""a\u00a0b\ue000\U000e0001""#),
    ] {
        assert_eq!(quote_string(text), quoted);
    }
    assert_eq!(quote_bytes(b"ab\x00\xff\nz'\xc3\xa9"), r"'ab\x00\xff\nz\'é'");
    assert_eq!(
        quote_multiline("x\ny\tz\\\"", "    "),
        "\"\"\"\n    x\n    y\\tz\\\\\"\n    \"\"\""
    );
    assert_eq!(quote_multiline("x\n", ""), "\"\"\"\nx\n\n\"\"\"");
    assert_eq!(quote_multiline("a\n\"\"\"c", "\t"), "#\"\"\"\n\ta\n\t\"\"\"c\n\t\"\"\"#");
}
