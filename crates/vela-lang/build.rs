//! Generates the parser from `src/syntax/cue.lalrpop`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=src/syntax/cue.lalrpop");
    lalrpop::Configuration::new()
        .set_out_dir(std::env::var("OUT_DIR")?)
        .process_file("src/syntax/cue.lalrpop")
}
