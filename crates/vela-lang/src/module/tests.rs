//! Packages of trees in memory.

use super::{MemoryFs, Packages, Selection, Tags};
use crate::{Engine, Inputs, Value, export};

fn open<'f>(engine: &Engine, fs: &'f MemoryFs, base: &str, tags: &[&str]) -> Packages<'f> {
    Packages::new(engine, fs, base, Tags::new(tags.iter().copied())).unwrap()
}

fn evaluate(fs: &MemoryFs, base: &str, directory: &str, tags: &[&str]) -> Result<Value, String> {
    let engine = Engine::new();
    let mut packages = open(&engine, fs, base, tags);
    let instance =
        packages.directory(directory, Selection::Only).map_err(|error| error.to_string())?;
    let program =
        engine.compile_with(&instance.files, &mut packages).map_err(|error| error.to_string())?;
    program.evaluate(&Inputs::default()).map_err(|error| error.to_string())
}

fn shown(result: Result<Value, String>) -> String {
    result.map_or_else(|error| format!("error: {error}"), |value| export::compact(&value))
}

const MODULE: (&str, &str) =
    ("/m/cue.mod/module.cue", "module: \"ex.com/m@v0\"\nlanguage: version: \"v0.17.0\"\n");

#[test]
fn a_directory_is_one_package() {
    let fs = MemoryFs::new([
        ("/d/a.cue", "package p\na: 1"),
        ("/d/b.cue", "package p\nb: a + 1"),
        ("/d/_skipped.cue", "package q"),
        ("/d/t_test.cue", "package q"),
        ("/d/loose.cue", "c: 1"),
        ("/d/ignored.cue", "@ignore()\npackage q"),
    ]);
    assert_eq!(shown(evaluate(&fs, "/d", ".", &[])), "{a:1,b:2}");
}

#[test]
fn two_packages_of_a_directory_are_told_apart() {
    let fs = MemoryFs::new([("/d/a.cue", "package p"), ("/d/b.cue", "package q")]);
    assert_eq!(
        shown(evaluate(&fs, "/d", ".", &[])),
        "error: found packages \"p\" (a.cue) and \"q\" (b.cue) in \".\""
    );
    let engine = Engine::new();
    let mut packages = open(&engine, &fs, "/d", &[]);
    assert_eq!(packages.directory(".", Selection::Named("q")).unwrap().name, "q");
    let none = packages.directory(".", Selection::Named("z")).unwrap_err().to_string();
    assert_eq!(
        none,
        "build constraints exclude all CUE files in .:\n    ./a.cue: package is p, want z\n    ./b.cue: package is q, want z"
    );
}

#[test]
fn parents_of_the_same_package_belong_to_it() {
    let fs = MemoryFs::new([
        MODULE,
        ("/m/a.cue", "package p\na: 1"),
        ("/m/other.cue", "package q\nz: 1"),
        ("/m/sub/b.cue", "package p\nb: a"),
    ]);
    assert_eq!(shown(evaluate(&fs, "/m", "./other/../sub", &[])), "{a:1,b:1}");
}

#[test]
fn imports_come_from_the_module_and_from_vendored_packages() {
    let fs = MemoryFs::new([
        MODULE,
        ("/m/x/x.cue", "package x\n#A: {n: int}"),
        ("/m/cue.mod/pkg/other.org/y/y.cue", "package y\nv: 1"),
        ("/m/cue.mod/usr/other.org/y/y.cue", "package y\nw: 2"),
        (
            "/m/main.cue",
            "package m\nimport (\n\"ex.com/m/x\"\n\"other.org/y\"\n)\na: x.#A & {n: 3}\nb: y",
        ),
        ("/m/bad/bad.cue", "package bad\nimport \"ex.com/m/nope\"\na: nope.b"),
    ]);
    assert_eq!(shown(evaluate(&fs, "/m", ".", &[])), "{a:{n:3},b:{v:1,w:2}}");
    assert_eq!(
        shown(evaluate(&fs, "/m", "./bad", &[])),
        "error: ex.com/m@v0: import failed: cannot find package \"ex.com/m/nope\": cannot find module providing package ex.com/m/nope"
    );
}

#[test]
fn conditions_and_tags() {
    let fs = MemoryFs::new([
        (
            "/d/a.cue",
            "package p\nenv: *\"dev\" | string @tag(env,short=prod|stage)\nn: int | *1 @tag(n,type=int)",
        ),
        ("/d/b.cue", "@if(extra && !other)\n\npackage p\nextra: true"),
    ]);
    assert_eq!(
        shown(evaluate(&fs, "/d", ".", &[]).map(|v| v.field("env").unwrap().default())),
        "\"dev\""
    );
    let all = evaluate(&fs, "/d", ".", &["prod", "n=3", "extra"]);
    assert_eq!(shown(all), "{env:\"prod\",extra:true,n:3}");
}

#[test]
fn a_module_of_a_newer_language_is_refused() {
    let fs = MemoryFs::new([
        ("/m/cue.mod/module.cue", "module: \"a.b/c\"\nlanguage: version: \"v0.99.0\"\n"),
        ("/m/a.cue", "package a"),
    ]);
    let engine = Engine::new();
    let error = Packages::new(&engine, &fs, "/m", Tags::default()).err().unwrap().to_string();
    assert!(error.contains("too new"), "{error}");
}

/// What the reference says of the same attribute, but for the place of the error.
const EMBEDDED: &[(&str, &str)] = &[
    ("a: _ @embed(file=x.json)", "{a:{x:1}}"),
    ("a: {x: int} @embed(file=\"x.json\",other=1)", "{a:{x:1}}"),
    ("a: {@embed(file=x.json), q: 2}", "{a:{q:2,x:1}}"),
    ("a: _ @embed(glob=\"sub/*.yaml\")", "{a:{\"sub/y.yaml\":{n:3},\"sub/z.yaml\":{n:4}}}"),
    ("a: _ @embed(glob=\"*/[y].yaml\")", "{a:{\"sub/y.yaml\":{n:3}}}"),
    ("a: _ @embed(glob=\"*.none\",allowEmptyGlob)", "{a:{}}"),
    ("a: _ @embed(file=x.json,type=text)", "{a:\"{\\\"x\\\": 1}\"}"),
    ("a: _ @embed(file=no.json)", "error: @embed: open no.json: no such file or directory"),
    ("a: _ @embed(file=\"../x.json\")", "error: @embed: cannot refer to parent directory"),
    ("a: _ @embed(file=\"/m/x.json\")", "error: @embed: only relative files are allowed"),
    (
        "a: _ @embed(file=\"./x.json\")",
        "error: @embed: path not normalized, use \"x.json\" instead",
    ),
    ("a: _ @embed(file=x.json,type=foo)", "error: @embed: unknown filetype foo"),
    ("a: _ @embed()", "error: @embed: attribute must have file or glob field"),
    ("a: _ @embed(glob=\"*.none\")", "error: @embed: no matches for glob pattern \"*.none\""),
    (
        "a: _ @embed(glob=\"*\")",
        "error: @embed: extension not fully specified; type argument required",
    ),
];

#[test]
fn files_are_embedded() {
    for (text, want) in EMBEDDED {
        let text = format!("@extern(embed)\n\npackage p\n\n{text}\n");
        let fs = MemoryFs::new([
            MODULE,
            ("/m/p/a.cue", text.as_str()),
            ("/m/p/x.json", "{\"x\": 1}"),
            ("/m/p/sub/y.yaml", "n: 3\n"),
            ("/m/p/sub/z.yaml", "n: 4\n"),
        ]);
        let found = shown(evaluate(&fs, "/m", "./p", &[]));
        assert!(found.starts_with(want), "{text}: {found}, not {want}");
    }
}

#[test]
fn nothing_is_embedded_unasked() {
    let fs = MemoryFs::new([
        MODULE,
        ("/m/p/a.cue", "package p\na: {x: 2} @embed(file=x.json)"),
        ("/m/p/x.json", "{\"x\": 1}"),
        ("/n/a.cue", "@extern(embed)\npackage n\na: _ @embed(file=x.json)"),
        ("/n/x.json", "1"),
    ]);
    assert_eq!(shown(evaluate(&fs, "/m", "./p", &[])), "{a:{x:2}}");
    assert!(
        shown(evaluate(&fs, "/n", ".", &[])).contains("cannot embed files when not in a module")
    );
}
