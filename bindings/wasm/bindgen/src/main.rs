//! Makes the JavaScript side of a compiled module: `bindgen MODULE.wasm DIRECTORY`.

use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, directory] = arguments.as_slice() else {
        return Err("usage: bindgen MODULE.wasm DIRECTORY".into());
    };
    Bindgen::new().input_path(module).web(true)?.typescript(true).generate(Path::new(directory))?;
    Ok(())
}
