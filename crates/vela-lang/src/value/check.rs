//! Whether a value is in order.

use super::{Content, Value};
use crate::diagnostic::{Class, Diagnostic, Error};
use crate::ir::Presence;

impl Value {
    /// Whether there is no error anywhere, definitions and hidden fields included; with `concrete`
    /// also whether everything that would be exported is concrete.
    ///
    /// # Errors
    /// What no information can mend, or else what is not concrete.
    pub fn check(&self, concrete: bool) -> Result<(), Error> {
        let mut errors = Vec::new();
        self.fatal(&mut errors);
        if !errors.is_empty() {
            return Err(Error::new(errors));
        }
        if concrete { self.data().map(|_| ()) } else { Ok(()) }
    }

    fn fatal(&self, errors: &mut Vec<Diagnostic>) {
        if !self.is_error() {
            return;
        }
        let own = self.0.errors().iter().filter(|error| error.class > Class::Incomplete);
        errors.extend(own.cloned());
        for field in self.fields().iter().filter(|f| f.presence != Presence::Optional) {
            crate::depth::grow(|| field.value.fatal(errors));
        }
        if let Content::List { elements, .. } = &self.0.content {
            for element in elements {
                crate::depth::grow(|| element.fatal(errors));
            }
        }
    }
}
