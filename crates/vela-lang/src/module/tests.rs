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
