//! The bodies of the fuzz targets, over the corpus and over mutations that a fixed seed makes.

#[path = "../../../fuzz/bodies.rs"]
mod bodies;

use std::path::Path;

fn corpus(kind: &str) -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(kind);
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .expect("the corpus is there")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("it is text")).collect()
}

/// A small generator: the same mutations on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// A text with a few characters removed, doubled, swapped or replaced by what grammars care about.
fn mutated(text: &str, random: &mut Random) -> String {
    const MARKS: [char; 20] = [
        '{', '}', '[', ']', '(', ')', '"', '\'', '\\', ':', ',', '|', '&', '*', '\n', '#', '.',
        '?', '0', '\u{e9}',
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(chars.len());
        match random.below(4) {
            0 if !chars.is_empty() => {
                chars.remove(at);
            }
            1 if !chars.is_empty() => {
                let end = (at + random.below(20)).min(chars.len());
                let piece: Vec<char> = chars[at..end].to_vec();
                chars.splice(at..at, piece);
            }
            2 if !chars.is_empty() => chars.truncate(at),
            _ => chars.insert(at.min(chars.len()), MARKS[random.below(MARKS.len())]),
        }
    }
    chars.into_iter().collect()
}

fn run(kind: &str, count: usize, body: fn(&str)) {
    let mut random = Random(20_261_125);
    for text in corpus(kind) {
        body(&text);
        for _ in 0..count {
            body(&mutated(&text, &mut random));
        }
    }
}

#[test]
fn lex_parse() {
    run("cue", 400, bodies::lex_parse);
}

#[test]
fn format_roundtrip() {
    run("cue", 300, bodies::format_roundtrip);
}

#[test]
fn eval_limits() {
    run("cue", 150, bodies::eval_limits);
}

#[test]
fn yaml() {
    run("yaml", 500, bodies::yaml_text);
}

#[test]
fn json() {
    run("json", 500, bodies::json_text);
}
