use super::{MAX_NESTING, ast, parse, parse_expr};
use crate::source::Sources;

fn errors(text: &str) -> Vec<String> {
    let sources = Sources::default();
    let parsed = parse(&sources, "-", text);
    parsed.errors.iter().map(|d| d.brief(&sources)).collect()
}

#[test]
fn nesting_within_the_budget_neither_fails_nor_overflows() {
    let depth = MAX_NESTING as usize - 1;
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{a:", "}"),
        ("a: ", ""),
        ("-", ""),
        ("{b: [", "]}"),
        ("x[", "]"),
        ("f(", ")"),
    ] {
        let width = open.matches(['[', '(', '{', ':', '-']).count()
            + usize::from(open.len() == 2 && open != "- ");
        let n = depth / width;
        let text = format!("x: {}1{}", open.repeat(n), close.repeat(n));
        let sources = Sources::default();
        let parsed = parse(&sources, "-", text);
        assert_eq!(parsed.errors, vec![], "{open}");
    }
}

#[test]
fn nesting_beyond_the_budget_is_an_error() {
    let depth = 200_000;
    for text in [
        "[".repeat(depth),
        "a: ".repeat(depth),
        format!("a: {}", "-".repeat(depth)),
        format!("a: b{}", ".c".repeat(depth)),
        format!("a: b{}", "()".repeat(depth)),
        "\"\\(".repeat(depth),
    ] {
        let found = errors(&text);
        assert!(found.iter().any(|e| e.contains("levels deep")), "{found:?}");
    }
}

#[test]
fn long_operator_chains_are_flat() {
    let text = format!("a: 1{}", " + 1 * 2".repeat(150_000));
    assert_eq!(errors(&text), Vec::<String>::new());
}

#[test]
fn a_single_expression() {
    let sources = Sources::default();
    assert_eq!(parse_expr(&sources, "-", "a + b.c[1]\n").errors, vec![]);
    assert_eq!(parse_expr(&sources, "-", "a b").errors.len(), 1);
}

#[test]
fn a_list_behind_a_keyword_takes_clauses() {
    for text in [
        "x: [for v in [for w in l {w}] if v > 1 {v}]\nl: [1]",
        "x: [for v in [if true {1}, 2] {v}]",
        "if [for v in [1] {v}][0] == 1 {a: 1}",
    ] {
        assert_eq!(errors(text), Vec::<String>::new(), "{text}");
    }
}

/// Texts and what the reference says about them.
#[test]
fn syntax_errors_read_like_those_of_the_reference() {
    for (text, expected) in [
        ("a: 1 2", "missing ',' in struct literal:\n    -:1:6"),
        ("a b: 1", "expected label or ':', found 'IDENT' b:\n    -:1:3"),
        ("a: [1", "expected ']', found 'EOF':\n    -:1:6"),
        ("a: (1", "expected ')', found newline:\n    -:1:6"),
        ("a: f(1", "expected ')', found 'EOF':\n    -:1:7"),
        ("a: ", "expected operand, found 'EOF':\n    -:1:4"),
        ("a: 1 +", "expected operand, found 'EOF':\n    -:1:7"),
        ("a: }", "expected operand, found '}':\n    -:1:4"),
        ("}", "expected 'EOF', found '}':\n    -:1:1"),
        (")", "expected operand, found ')':\n    -:1:1"),
        ("a: \"x", "string literal not terminated:\n    -:1:4"),
        ("a: \"\"\"\nx", "string literal not terminated:\n    -:1:4"),
        ("a: %", "illegal character U+0025 '%':\n    -:1:4"),
        ("a: ;", "expected operand, found ';':\n    -:1:4"),
        ("a: 1;2", "missing ',' in struct literal:\n    -:1:5"),
        ("a: 1,,b: 2", "expected operand, found ',':\n    -:1:6"),
        ("{,}", "expected operand, found ',':\n    -:1:2"),
        ("[,]", "expected operand, found ',':\n    -:1:2"),
        ("[1,,]", "expected operand, found ',':\n    -:1:4"),
        ("f(,)", "expected operand, found ',':\n    -:1:3"),
        ("1: 2", "missing ',' in struct literal:\n    -:1:2"),
        ("a: b.1", "missing ',' in struct literal:\n    -:1:5"),
        ("a: b.(c)", "expected selector, found '(':\n    -:1:6"),
        ("a: 1\npackage p", "expected label or ':', found 'IDENT' p:\n    -:2:9"),
        ("import: 1", "expected 'STRING', found ':':\n    -:1:7"),
        ("package: 1", "expected 'IDENT', found ':':\n    -:1:8"),
        ("try: 1", "expected '{', found ':':\n    -:1:4"),
        ("...int", "missing ',' in struct literal:\n    -:1:4"),
        ("a: [..., 1]", "expected ']', found 'INT' 1:\n    -:1:10"),
        ("(X=string): 1", "expected ')', found '=':\n    -:1:3"),
        ("[a,b]: 1", "square bracket must have exactly one element:\n    -:1:1"),
        ("[]: 1", "square bracket must have exactly one element:\n    -:1:1"),
        ("f(X=1)", "missing ',' in argument list:\n    -:1:4"),
        ("a: -X=1", "missing ',' in struct literal:\n    -:1:6"),
        ("[1 @x()]", "missing ',' in list literal:\n    -:1:4"),
        ("@foo", "invalid attribute: expected '(':\n    -:1:5"),
        ("a: \"\\q\"", "unknown escape sequence:\n    -:1:6"),
        ("a: \"\\x41\"", "hexadecimal escape not allowed in string literal:\n    -:1:6"),
        ("a: 01", "illegal integer number:\n    -:1:4"),
        ("a: 0xG", "illegal hexadecimal number:\n    -:1:4"),
        ("a: 7 div 2", "missing ',' in struct literal:\n    -:1:6"),
        ("a: if x {1}", "missing ',' in struct literal:\n    -:1:7"),
        ("if x", "expected '{', found 'EOF':\n    -:1:5"),
        ("for x y {}", "expected 'in', found 'IDENT' y:\n    -:1:7"),
        ("for x in", "expected operand, found newline:\n    -:1:9"),
        ("let x", "expected '=', found newline:\n    -:1:6"),
        ("a: x[", "expected operand, found 'EOF':\n    -:1:6"),
        ("a: {b c}", "expected label or ':', found 'IDENT' c:\n    -:1:7"),
        ("a: [1 2]", "missing ',' in list literal:\n    -:1:7"),
        ("f(1 2)", "missing ',' in argument list:\n    -:1:5"),
        ("{a: 1}}", "expected 'EOF', found '}':\n    -:1:7"),
        ("if x {}\nelse {}", "expected label or ':', found '{':\n    -:2:6"),
        ("a: '\\400'", "escape sequence is invalid Unicode code point:\n    -:1:6"),
        ("a: \"\\u12\"", "illegal character U+0022 '\"' in escape sequence:\n    -:1:9"),
        ("a: x?.", "expected selector, found 'EOF':\n    -:1:7"),
        ("/* x */", "expected operand, found '/':\n    -:1:1"),
        ("a: 5 = 3", "missing ',' in struct literal:\n    -:1:6"),
        ("a == 1: 2", "missing ',' in struct literal:\n    -:1:7"),
        ("a?: b!: ", "expected operand, found 'EOF':\n    -:1:9"),
        ("a: b c: d", "missing ',' in struct literal:\n    -:1:6"),
    ] {
        assert_eq!(errors(text).join("\n"), expected, "{text}");
    }
}

#[test]
fn several_errors_of_a_file_are_found() {
    let text = "a: {\n\tb: 1 2\n\tc: [1 2]\n}\nd: \"x\ne: 7 div 2\nf: \"\\q\"\ng: 1\n";
    assert_eq!(
        errors(text),
        [
            "missing ',' in struct literal:\n    -:2:7",
            "missing ',' in list literal:\n    -:3:8",
            "string literal not terminated:\n    -:5:4",
            "missing ',' in struct literal:\n    -:6:6",
            "unknown escape sequence:\n    -:7:6",
        ],
    );
}

#[test]
fn every_syntax_error_has_a_hint() {
    for text in
        ["a: 1 2", "a b: 1", "a: [1", "a: \"x", "a: %", "a: 1__0", "a: @foo", "if x", "a: b.1.(c)"]
    {
        let sources = Sources::default();
        let parsed = parse(&sources, "-", text);
        assert!(!parsed.errors.is_empty(), "{text}");
        assert!(parsed.errors.iter().all(|e| e.help.is_some()), "{text}");
    }
}

fn fields(decls: &[ast::Decl]) -> Vec<&ast::Field> {
    decls
        .iter()
        .filter_map(|d| if let ast::Decl::Field(f) = d { Some(&**f) } else { None })
        .collect()
}

#[test]
fn comments_are_on_what_they_are_about() {
    let text =
        "// a\n\n// b\na: 1 // c\nif x {\n\t// +patchKey=name\n\tb: [...]\n\t// d\n}\n// e\n";
    let sources = Sources::default();
    let file = parse(&sources, "-", text).file;
    let lines = |groups: &[ast::CommentGroup]| -> Vec<String> {
        groups.iter().flat_map(|g| g.lines.iter().map(ToString::to_string)).collect()
    };
    let outer = fields(&file.decls);
    assert_eq!(lines(&outer[0].comments.doc), ["// a", "// b"]);
    assert!(outer[0].comments.doc[0].blank_after && !outer[0].comments.doc[1].blank_after);
    assert_eq!(lines(outer[0].comments.line.as_slice()), ["// c"]);
    let ast::Decl::Comprehension(c) = &file.decls[1] else { panic!("{:?}", file.decls[1]) };
    assert_eq!(lines(&fields(&c.body.decls)[0].comments.doc), ["// +patchKey=name"]);
    assert_eq!(lines(&c.body.trailing), ["// d"]);
    assert_eq!(lines(&file.trailing), ["// e"]);
}
