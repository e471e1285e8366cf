//! Evaluating a template with what it is given.

use super::context::Context;
use super::outside::{Nothing, Outside};
use super::{HttpRequest, RenderOptions};
use crate::catalog::Catalog;
use crate::data;
use crate::error::Error;
use crate::oam::Definition;
use crate::patch::skeleton;
use crate::step::calls;
use crate::template::{Report, Use, fatal};
use serde_json::Value as Json;
use std::sync::Arc;
use vela_lang::{Inputs, Path, Program, Selector, Value};

/// How many times the calls of a template are answered.
const ROUNDS: usize = 32;

/// The fields of a template that rendering looks at.
const PARTS: [&str; 5] = ["output", "outputs", "patch", "patchOutputs", "errs"];

/// How much of a template's value is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Extent {
    /// What rendering looks at.
    Parts,
    /// All of it.
    Whole,
}

/// A template at work.
pub(super) struct Evaluation<'r> {
    program: Option<Arc<Program>>,
    inputs: Inputs,
    outside: &'r dyn Outside,
    extent: Extent,
    /// The value so far.
    pub(super) root: Value,
}

fn path(labels: &[&str]) -> Path {
    Path::new(labels.iter().map(|label| Selector::Field((*label).to_owned())).collect())
}

impl<'r> Evaluation<'r> {
    /// Evaluates a definition's template.
    ///
    /// # Errors
    /// It does not compile, takes too much, or makes a call that is not answered.
    pub(super) fn new(
        catalog: &Catalog,
        options: &'r RenderOptions,
        definition: &Definition,
        parameter: Option<Value>,
        context: Context<'_>,
        extent: Extent,
    ) -> Result<Evaluation<'r>, Error> {
        let outside: &dyn Outside = options.outside.as_deref().unwrap_or(&Nothing);
        let Some(template) = &definition.template else {
            return Ok(Evaluation {
                program: None,
                inputs: Inputs::default(),
                outside,
                extent,
                root: Value::from_fields([]),
            });
        };
        let program = template
            .compiled
            .program(catalog.engine(), &template.file, Use::Render)
            .map_err(|error| Report::of(error.findings().to_vec()).into_error())?;
        let mut fill = vec![(path(&["context"]), context.read_by(definition))];
        fill.extend(parameter.map(|parameter| (path(&["parameter"]), parameter)));
        let inputs = Inputs { fill, limits: options.limits.clone() };
        // A call may stand anywhere.
        let extent = if template.reads().outside() { Extent::Whole } else { extent };
        let root = evaluated(&program, &inputs, extent)?;
        let mut evaluation = Evaluation { program: Some(program), inputs, outside, extent, root };
        if extent == Extent::Whole {
            evaluation.calls()?;
        }
        Ok(evaluation)
    }

    /// Adds to the patch what makes its open lists as long as the base's.
    ///
    /// # Errors
    /// The evaluation takes too much.
    pub(super) fn lengthen_patch(&mut self, base: &Value) -> Result<(), Error> {
        let more = self.root.field("patch").and_then(|patch| skeleton(base, patch));
        match more {
            Some(more) => self.fill(path(&["patch"]), more),
            None => Ok(()),
        }
    }

    /// Adds a value and evaluates again.
    ///
    /// # Errors
    /// The evaluation takes too much.
    pub(super) fn fill(&mut self, path: Path, value: Value) -> Result<(), Error> {
        self.inputs.fill.push((path, value));
        if let Some(program) = &self.program {
            self.root = evaluated(program, &self.inputs, self.extent)?;
        }
        Ok(())
    }

    /// Answers the calls of the template, as long as there are new ones.
    fn calls(&mut self) -> Result<(), Error> {
        let mut answered: Vec<Vec<String>> = Vec::new();
        for _ in 0..ROUNDS {
            let open = calls::find(&self.root).into_iter().find(|c| !answered.contains(&c.path));
            let Some(call) = open else { return Ok(()) };
            let name = call.path.join(".");
            let failed = |why: String| Error::new(format!("function call error for {name}: {why}"));
            let params = call.params.map_err(|findings| {
                let texts: Vec<String> =
                    findings.iter().map(|f| format!("{}: {}", f.path, f.message)).collect();
                failed(texts.join("; "))
            })?;
            let answer =
                self.outside.call(&call.provider, &call.action, &params).map_err(failed)?;
            let mut labels: Vec<&str> = call.path.iter().map(String::as_str).collect();
            if call.returns {
                labels.push("$returns");
            }
            let at = path(&labels);
            self.fill(at, data::value(&answer))?;
            answered.push(call.path);
        }
        Ok(())
    }

    /// Checks the value: what the template reports itself, and conflicts. What is merely incomplete
    /// is left for later.
    ///
    /// # Errors
    /// Something is wrong.
    pub(super) fn validate(&self) -> Result<(), Report> {
        let mut report = Report::of(fatal(&self.root));
        let reported = self.root.field("errs").map(|errs| errs.data());
        if let Some(Ok(errs)) = reported
            && let Json::Array(errs) = data::json(&errs)
            && errs.iter().all(Json::is_string)
        {
            report.user.extend(errs.iter().filter_map(Json::as_str).map(str::to_owned));
        }
        if report.is_empty() { Ok(()) } else { Err(report) }
    }

    /// Performs the `processing` of a trait.
    ///
    /// # Errors
    /// It has no request, the request fails, or the answer is no JSON object.
    pub(super) fn process(&mut self) -> Result<(), Error> {
        let Some(processing) = self.root.field("processing").cloned() else { return Ok(()) };
        let Some(http) = processing.field("http") else {
            return Err(Error::new("there is no http in processing"));
        };
        let fail = |why: String| Error::new(format!("fail to exec http task, {why}"));
        let text = |name: &str| -> Result<String, Error> {
            let value = http.field(name).map(Value::default);
            value.as_ref().and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
                let value = value.map_or_else(|| String::from("nothing"), |v| format!("{v:?}"));
                fail(format!("processing.http.{name} must be a string, is {value}"))
            })
        };
        let mut request = HttpRequest {
            method: text("method")?,
            url: text("url")?,
            header: Default::default(),
            body: String::new(),
        };
        if let Some(given) = http.field("request") {
            let given = given.data().map_err(|e| fail(e.to_string()))?;
            let given = data::json(&given);
            if let Some(body) = given.get("body").and_then(Json::as_str) {
                request.body = body.to_owned();
            }
            for (name, value) in given.get("header").and_then(Json::as_object).into_iter().flatten()
            {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                request.header.insert(name.clone(), value);
            }
        }
        let response = self.outside.http(&request).map_err(fail)?;
        let answer: Json = serde_json::from_str(&response.body)
            .map_err(|e| fail(format!("the answer is no JSON: {e}")))?;
        if !answer.is_object() {
            return Err(fail(String::from("the answer is no JSON object")));
        }
        self.fill(path(&["processing", "output"]), data::value(&answer))
    }
}

fn evaluated(program: &Program, inputs: &Inputs, extent: Extent) -> Result<Value, Error> {
    match extent {
        Extent::Whole => program.evaluate(inputs),
        Extent::Parts => program.evaluate_fields(inputs, &PARTS),
    }
    .map_err(given_up)
}

fn given_up(error: vela_lang::Error) -> Error {
    Error::of_findings(error.into_diagnostics())
}
