//! From a definition's template to a program.
//!
//! A template is compiled once, with placeholders for what it is given (`context`, `parameter`); each
//! evaluation then fills these in.

use super::docs::push_down;
use super::packages::{Packages, Use};
use super::reads::Reads;
use super::upgrade::upgrade;
use crate::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};
use vela_lang::syntax::ast;
use vela_lang::syntax::walk::{Visit, inside};
use vela_lang::{Diagnostic, Engine, Program};

/// The values that every template is given.
pub const PLACEHOLDERS: &str = "context: _\nparameter: _\n";

/// A program that is compiled when it is first needed, and then shared.
#[derive(Clone, Default)]
pub struct Compiled(Arc<Inner>);

#[derive(Default)]
struct Inner {
    program: OnceLock<Result<Arc<Program>, Vec<Diagnostic>>>,
    reads: OnceLock<Reads>,
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.program.get().is_some() {
            "Compiled(yes)"
        } else {
            "Compiled(not yet)"
        })
    }
}

/// What a program is compiled from decides whether definitions are equal, not the program.
impl PartialEq for Compiled {
    fn eq(&self, _: &Compiled) -> bool {
        true
    }
}

impl Compiled {
    /// The program of a template.
    ///
    /// # Errors
    /// The template does not compile.
    pub fn program(
        &self,
        engine: &Engine,
        file: &ast::File,
        purpose: Use,
    ) -> Result<Arc<Program>, Error> {
        self.0
            .program
            .get_or_init(|| compile(engine, file.clone(), PLACEHOLDERS, purpose).map(Arc::new))
            .clone()
            .map_err(Error::of_findings)
    }

    /// What the template of this text reads of its context.
    pub(crate) fn reads(&self, text: &str) -> &Reads {
        self.0.reads.get_or_init(|| Reads::of(text))
    }
}

/// Compiles a template together with a text of placeholders.
///
/// # Errors
/// Names that are not found or not used, unknown imports, files to embed.
pub fn compile(
    engine: &Engine,
    mut file: ast::File,
    placeholders: &str,
    purpose: Use,
) -> Result<Program, Vec<Diagnostic>> {
    let mut embeds = Embeds(Vec::new());
    embeds.decls(&file.decls);
    if !embeds.0.is_empty() {
        return Err(embeds.0);
    }
    upgrade(&mut file);
    push_down(&mut file);
    let given =
        engine.parse("placeholders.cue", placeholders).map_err(|error| error.into_diagnostics())?;
    // One file: names of other files are only seen within a package, which templates have none of.
    file.decls.extend(given.decls.iter().cloned());
    let mut packages = Packages { engine, purpose };
    engine.compile_with(&[Arc::new(file)], &mut packages).map_err(|error| error.into_diagnostics())
}

/// Finds the attributes that would read a file. A template is the same wherever its definition lies, so
/// there is none that it could read.
struct Embeds(Vec<Diagnostic>);

impl Embeds {
    fn look_at(&mut self, attribute: &ast::Attribute) {
        if attribute.name() == "embed" {
            let message = "a template reads no files";
            let finding = Diagnostic::load("def/embed", attribute.span, message);
            self.0
                .push(finding.help("write the text into the template, or take it as a parameter"));
        }
    }
}

impl<'t> Visit<'t> for Embeds {
    fn decls(&mut self, decls: &'t [ast::Decl]) {
        for decl in decls {
            match decl {
                ast::Decl::Attribute(attribute, _) => self.look_at(attribute),
                ast::Decl::Embed(embed) => embed.attributes.iter().for_each(|a| self.look_at(a)),
                _ => {}
            }
        }
        inside::decls(self, decls);
    }

    fn field(&mut self, field: &'t ast::Field) {
        field.attributes.iter().for_each(|attribute| self.look_at(attribute));
        inside::field(self, field);
    }
}
