use super::{format, format_expr};
use crate::source::Sources;
use crate::syntax::{parse, parse_expr};

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
