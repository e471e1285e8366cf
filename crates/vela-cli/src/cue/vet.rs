//! `vela cue vet`.

use super::ErrorFormat;
use super::eval::relative;
use super::input::{Input, Loaded};
use crate::failure::Failure;
use clap::Args;
use std::sync::Arc;
use vela::lang::Inputs;
use vela::lang::syntax::ast::{BinaryOp, Expr, File, Operand};

/// Check CUE, and data against it.
#[derive(Args)]
pub(crate) struct Vet {
    #[command(flatten)]
    input: Input,
    /// Require everything to be concrete; `-c=false` allows what is not.
    #[arg(short = 'c', long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    concrete: Option<bool>,
    /// The definition that data is checked against.
    #[arg(short = 'd', long = "schema", value_name = "EXPR")]
    schemas: Vec<String>,
    /// Accepted for compatibility; all errors are always reported.
    #[arg(short = 'E', long = "all-errors")]
    all_errors: bool,
}

impl Vet {
    pub(crate) fn run(&self, format: ErrorFormat) -> Result<(), Failure> {
        let mut loaded = self.input.load(false, format)?;
        if loaded.documents.is_empty() {
            if !self.schemas.is_empty() {
                return Err(Failure::new("-d/--schema flag requires non-CUE input files"));
            }
            return self.packages(loaded);
        }
        if !loaded.has_cue {
            return Err(Failure::new("data files specified without a schema"));
        }
        let schemas = loaded.expressions(&self.schemas, "--schema")?;
        let mut files = loaded.instances.first().map(|i| i.files.clone()).unwrap_or_default();
        let concrete = self.concrete.unwrap_or(true);
        let mut documents = std::mem::take(&mut loaded.documents).into_iter();
        while let Some(document) = documents.next() {
            let evaluated = if schemas.is_empty() {
                let is_last = documents.len() == 0;
                let all = if is_last { std::mem::take(&mut files) } else { files.clone() };
                let data = loaded.data(document.expr)?;
                if concrete {
                    vet(&mut loaded, all, data, is_last)?;
                    continue;
                }
                loaded.evaluate_with(all, &[], data)?
            } else {
                loaded.evaluate(files.clone(), &[all_of(&schemas, document.expr)])?
            };
            for value in &evaluated.values {
                value.check(concrete).map_err(|error| loaded.fail(relative(error)))?;
            }
        }
        Ok(())
    }

    fn packages(&self, mut loaded: Loaded) -> Result<(), Failure> {
        for instance in std::mem::take(&mut loaded.instances) {
            for value in loaded.evaluate(instance.files, &[])?.values {
                value.check(false).map_err(|error| loaded.fail(error))?;
                let Err(error) = value.check(true) else { continue };
                match self.concrete {
                    Some(true) => return Err(loaded.fail(error)),
                    Some(false) => {}
                    None => {
                        return Err(Failure::new(
                            "some instances are incomplete; use the -c flag to show errors or \
                             -c=false to allow incomplete instances",
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Checks that what the files say together is concrete and in order.
fn vet(
    loaded: &mut Loaded,
    files: Vec<Arc<File>>,
    data: Inputs,
    is_last: bool,
) -> Result<(), Failure> {
    let program = loaded.program(&files)?;
    drop(files);
    if is_last {
        loaded.forget_files();
    }
    let wrong = program.vet(&data).map_err(|error| loaded.fail(error))?;
    match wrong {
        Some(value) => value.check(true).map_err(|error| loaded.fail(relative(error))),
        None => Ok(()),
    }
}

/// The data unified with all schemas.
fn all_of(schemas: &[Expr], data: Expr) -> Expr {
    let rest: Vec<Operand> = schemas
        .iter()
        .map(|schema| {
            let span = schema.span();
            let expr = Expr::Paren(span, schema.clone().into());
            Operand { op: BinaryOp::And, op_span: span, expr }
        })
        .collect();
    Expr::Binary { first: data.into(), rest: rest.into() }
}
