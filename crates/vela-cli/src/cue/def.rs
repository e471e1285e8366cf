//! `vela cue def`.

use super::ErrorFormat;
use super::encoding::Encoding;
use super::eval::{Check, Output, checked};
use super::input::Input;
use crate::failure::Failure;
use clap::Args;
use vela::lang::export::DefinitionOptions;

/// Print the configuration as one file that says the same, with references and constraints as written.
#[derive(Args)]
pub(crate) struct Def {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    output: Output,
    /// Accepted for compatibility; attributes are always shown.
    #[arg(short = 'A', long = "show-attributes")]
    attributes: bool,
    /// Print in spite of errors.
    #[arg(short = 'i', long)]
    ignore: bool,
}

impl Def {
    pub(crate) fn run(&self, format: ErrorFormat) -> Result<(), Failure> {
        if self.output.encoding(Encoding::Cue)? != Encoding::Cue {
            return Err(Failure::new("def prints CUE; use eval or export for other encodings"));
        }
        let mut loaded = self.input.load(true, format)?;
        let exprs = loaded.expressions(&self.output.expressions, "--expression")?;
        let check = if self.ignore { Check::Nothing } else { Check::Valid };
        let mut texts: Vec<String> = Vec::new();
        for instance in std::mem::take(&mut loaded.instances) {
            let files = instance.files;
            let evaluated = loaded.evaluate(files.clone(), &exprs)?;
            for (index, value) in evaluated.values.iter().enumerate() {
                checked(&loaded, value, check)?;
                let options = DefinitionOptions {
                    package: self.input.package(),
                    expression: exprs.get(index),
                    is_anonymous: loaded.is_merged,
                };
                texts.push(loaded.engine.definition(&files, &options));
            }
        }
        self.output.deliver(&texts.join("// ---\n"))
    }
}
