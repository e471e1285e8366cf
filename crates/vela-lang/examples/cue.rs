//! Evaluates CUE files: a stand-in for the command while it is being written.
#![allow(clippy::print_stdout, clippy::print_stderr)]
use std::sync::Arc;
use vela_lang::{Engine, Error, Inputs, encoding, export};
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mode = args[1].clone();
    let tree = args.iter().any(|a| a == "tree-json");
    let mut files = vec![];
    let mut skip = false;
    let mut rest: Vec<String> = args[2..].to_vec();
    if rest.iter().all(|a| a == "--out" || a == "tree-json" || a == "json") {
        rest.push(".".into());
    }
    for a in &rest {
        if skip {
            skip = false;
            continue;
        }
        if a == "--out" {
            skip = true;
            continue;
        }
        if std::path::Path::new(a).is_dir() {
            let mut v: Vec<_> = std::fs::read_dir(a)
                .unwrap()
                .filter_map(|e| e.ok())
                .map(|e| e.path().display().to_string())
                .filter(|p| p.ends_with(".cue"))
                .collect();
            v.sort();
            files.extend(v);
        } else {
            files.push(a.clone());
        }
    }
    let engine = Engine::new();
    let fail = |e: Error| -> ! {
        for d in e.diagnostics() {
            eprintln!("{}", d.brief(engine.sources()));
        }
        std::process::exit(1)
    };
    let mut parsed = vec![];
    for f in files {
        let text = std::fs::read(&f).unwrap();
        let text = String::from_utf8(text).unwrap_or_else(|_| {
            eprintln!("{f}: not UTF-8");
            std::process::exit(1)
        });
        let name =
            if f.starts_with("./") || f.starts_with('/') { f.clone() } else { format!("./{f}") };
        match engine.parse(&name, text) {
            Ok(f) => parsed.push(f),
            Err(e) => fail(e),
        }
    }
    let _: Vec<Arc<vela_lang::syntax::ast::File>> = parsed.clone();
    let program = match engine.compile(&parsed) {
        Ok(p) => p,
        Err(e) => fail(e),
    };
    let value = match program.evaluate(&Inputs::default()) {
        Ok(v) => v,
        Err(e) => fail(e),
    };
    if tree {
        println!("{}", export::tree_json(&value));
        return;
    }
    if mode == "export" {
        match value.data() {
            Ok(d) => println!("{}", encoding::json::pretty_text(&d)),
            Err(e) => fail(e),
        }
        return;
    }
    if value.is_error() {
        ::std::process::exit(1)
    }
    print!("{}", export::cue_text(&value, &Default::default(), engine.sources(), &program.imports));
}
