//! Generates the parser from `src/syntax/cue.lalrpop`.

fn main() {
    println!("cargo:rerun-if-changed=src/syntax/cue.lalrpop");
}
