use super::{MAX_NESTING, parse, parse_expr};
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
