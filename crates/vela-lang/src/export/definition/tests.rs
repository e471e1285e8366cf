use super::DefinitionOptions;
use crate::engine::Engine;
use crate::syntax;

fn text(files: &[&str], options: &DefinitionOptions<'_>) -> String {
    let engine = Engine::new();
    let names = ["one.cue", "two.cue"];
    let parsed: Vec<_> = files
        .iter()
        .zip(names)
        .map(|(text, name)| engine.parse(name, *text).expect("the text is CUE"))
        .collect();
    engine.definition(&parsed, options)
}

/// What `cue def` prints, in its words.
const SAME: &[(&str, &str)] = &[
    ("x: #Def & 5\n#Def: int", "x: #Def & {\n\t5\n}\n#Def: int\n"),
    ("a: int & >5\na: <10", "a: uint & >5 & <10\n"),
    ("a: 1\na: int", "a: 1\n"),
    ("a: b: 1\na: {c: 2}\na: d\nd: {...}", "a: d & {\n\tb: 1\n\tc: 2\n}\nd: {\n\t...\n}\n"),
    ("a: {b}\na: {c: 1}\nb: {x: 1}", "a: {\n\tb\n\tc: 1\n}\nb: x: 1\n"),
    ("a: {x: 1} | {y: 2}\na: {x: int}", "a: ({\n\tx: 1\n} | {\n\ty: 2\n}) & {\n\tx: int\n}\n"),
    ("a: [...int]\na: [1, 2]", "a: [...int] & [1, 2]\n"),
    ("a!: int\na: 3\nb?: 3\nb?: int", "a:  3\nb?: 3\n"),
    ("a: {x: int, [string]: _, ...}", "a: {\n\tx: int\n\t...\n}\n"),
    ("a: {#b: {c: int}}", "a: #b: {\n\tc: int\n}\n"),
    (
        "a: {let X = 3, b: X}\na: {let X = 4, c: X}",
        "a: {\n\tlet X = 3\n\tlet X_1 = 4\n\tb: X\n\tc: X_1\n}\n",
    ),
    (
        "a: {x: 1, y: {z: x}}\na: {y: {x: 5}}",
        "a: {\n\tx_9=x: 1\n\ty: {\n\t\tz: x_9\n\t\tx: 5\n\t}\n}\n",
    ),
    (
        "b: {...}\na: b & {if true {c: 1}}",
        "b: {\n\t...\n}\na: b & {\n\t{\n\t\tif true {\n\t\t\tc: 1\n\t\t}\n\t}\n}\n",
    ),
    (
        "import \"list\"\nimport s \"strings\"\na: s.ToUpper(\"x\")\nb: list.Max([1])",
        "import (\n\ts \"strings\"\n\t\"list\"\n)\n\na: s.ToUpper(\"x\")\nb: list.Max([1])\n",
    ),
    (
        "// one\n\n// two\npackage p // three\n\n// four\na: 1",
        "// one\n\n// two\npackage p // three\n\n// four\na: 1\n",
    ),
    ("a: {\n\t// x\n\tx: 1\n\n\t// y\n\ty: 2\n}", "a: {\n\t// x\n\tx: 1\n\n\t// y\n\ty: 2\n}\n"),
    ("a: 1 + 2 * 3\nb: \"a\" + c\nc: \"x\"", "a: 7\nb: \"a\" + c\nc: \"x\"\n"),
    (
        "x: {a1: 1, a2: 1, a3: 1}\nx: {b1: 1, b2: 1, b3: 1}",
        "x: {\n\ta1: 1\n\ta2: 1\n\tb1: 1\n\tb2: 1\n\ta3: 1\n\tb3: 1\n}\n",
    ),
];

#[test]
fn a_text_says_what_the_files_say() {
    for (input, want) in SAME {
        assert_eq!(text(&[input], &DefinitionOptions::default()), *want, "of {input}");
    }
}

#[test]
fn files_become_one() {
    let files = ["package p\na: int", "package p\nimport \"list\"\na: 1\nb: list.Max([a])"];
    let options = DefinitionOptions::default();
    let want = "package p\n\nimport \"list\"\n\na: 1\nb: list.Max([a])\n";
    assert_eq!(text(&files, &options), want);
    let anonymous = DefinitionOptions { is_anonymous: true, ..options };
    assert!(text(&files, &anonymous).starts_with("import"));
    let named = DefinitionOptions { package: Some("q"), ..options };
    assert_eq!(text(&["a: 1"], &named), "package q\n\na: 1\n");
}

#[test]
fn a_part_stands_for_itself() {
    let engine = Engine::new();
    let of = |expression: &str| {
        let expr = syntax::parse_expr(engine.sources(), "expression", expression).expr;
        let files = ["#D: {n: int}\nx: 5 & #I\n#I: int\na: {b: #D & {n: 3}, c: b.n}\nd: e: a"];
        text(&files, &DefinitionOptions { expression: Some(&expr), ..Default::default() })
    };
    assert_eq!(of("x"), "int & {\n\t5\n}\n");
    assert_eq!(of("a.b"), "\n_#def\n_#def: {\n\tn: int\n} & {\n\tn: 3\n}\n");
    let held = "\n\n//cue:path: #D\nlet D = {\n\t#x: {\n\t\tn: int\n\t}\n}\n";
    assert_eq!(of("a"), format!("b: D.#x & {{\n\tn: 3\n}}\nc: b.n{held}"));
}
