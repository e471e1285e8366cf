//! CUE text to data, with values filled in and a part picked out.

use crate::error::Error;
use vela_lang::{Class, Data, Diagnostic, Engine, Inputs, Path, Selector, Value};

/// What an evaluation is given beside its text, and what is wanted of it.
///
/// ```
/// use vela::lang::{Data, Path, Value};
///
/// let mut evaluation = vela::Evaluation::default();
/// evaluation.fill("port", &Data::Number(8080_i64.into()))?;
/// evaluation.pick("url")?;
/// let url = evaluation.data("service.cue", r#"port: int, url: "http://web:\(port)""#)?;
/// assert_eq!(url, Data::String("http://web:8080".into()));
/// # Ok::<(), vela::Error>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct Evaluation {
    /// Values that are filled in, and limits.
    pub inputs: Inputs,
    /// The part that is wanted; all where it is absent.
    pub path: Option<Path>,
}

impl Evaluation {
    /// Unifies data with the value at a path.
    ///
    /// # Errors
    /// The path can't be read.
    pub fn fill(&mut self, path: &str, data: &Data) -> Result<(), Error> {
        self.inputs.fill.push((read(path)?, Value::from_data(data)));
        Ok(())
    }

    /// Wants only the value at a path.
    ///
    /// # Errors
    /// The path can't be read.
    pub fn pick(&mut self, path: &str) -> Result<(), Error> {
        self.path = Some(read(path)?);
        Ok(())
    }

    /// Evaluates a text to concrete data.
    ///
    /// # Errors
    /// It does not load, there is an error in it, or what is wanted is not there or not concrete.
    pub fn data(&self, name: &str, text: &str) -> Result<Data, Error> {
        let engine = Engine::new();
        let value = engine
            .parse(name, text)
            .and_then(|file| engine.compile(&[file]))
            .and_then(|program| program.evaluate(&self.inputs))
            .and_then(|value| value.check(false).map(|()| value))
            .and_then(|value| match &self.path {
                Some(path) => value.lookup(path).ok_or_else(|| missing(path)),
                None => Ok(value),
            });
        value
            .and_then(|value| value.data())
            .map_err(|error| Error::language(error.sorted(engine.sources()), engine.sources()))
    }
}

fn read(path: &str) -> Result<Path, Error> {
    Path::parse(path).map_err(|offset| {
        let message = format!("the path {path:?} can't be read at its byte {offset}");
        let help = "a path is labels between dots, such as a.b[0].\"x-y\"";
        vela_lang::Error::from(Diagnostic::new("cue/path", Class::Load, message).help(help)).into()
    })
}

fn missing(path: &Path) -> vela_lang::Error {
    let steps = path.selectors().iter().map(|step| match step {
        Selector::Field(label) => vela_lang::export::label(label),
        Selector::Index(index) => index.to_string(),
    });
    let path = steps.collect::<Vec<_>>().join(".");
    Diagnostic::new("cue/path", Class::Eval, "there is no value").path(path).into()
}
