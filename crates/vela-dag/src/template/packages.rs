//! The packages that templates import beside CUE's own: definitions of calls.
//!
//! A call is a struct with `#do` and `#provider`; the packages say which parameters it takes and what
//! it gives back. They are CUE texts of ours, in the directory `packages` beside this file.

use std::sync::Arc;
use vela_lang::ir::Loader;
use vela_lang::syntax::ast;
use vela_lang::{Diagnostic, Engine, Error, Span};

/// What a template is compiled for: it decides which packages there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Rendering components, traits and policies.
    Render,
    /// Running steps of a workflow.
    Step,
}

/// The packages: path, text, and whether rendering may use it.
const PACKAGES: &[(&str, &str, bool)] = &[
    ("vela/base64", include_str!("packages/base64.cue"), true),
    ("vela/builtin", include_str!("packages/builtin.cue"), false),
    ("vela/config", include_str!("packages/config.cue"), false),
    ("vela/cue", include_str!("packages/cue.cue"), true),
    ("vela/email", include_str!("packages/email.cue"), false),
    ("vela/helm", include_str!("packages/helm.cue"), true),
    ("vela/http", include_str!("packages/http.cue"), true),
    ("vela/kube", include_str!("packages/kube.cue"), true),
    ("vela/metrics", include_str!("packages/metrics.cue"), false),
    ("vela/multicluster", include_str!("packages/multicluster.cue"), false),
    ("vela/oam", include_str!("packages/oam.cue"), false),
    ("vela/op", include_str!("packages/op.cue"), false),
    ("vela/ql", include_str!("packages/ql.cue"), false),
    ("vela/query", include_str!("packages/query.cue"), false),
    ("vela/terraform", include_str!("packages/terraform.cue"), false),
    ("vela/time", include_str!("packages/time.cue"), false),
    ("vela/util", include_str!("packages/util.cue"), false),
];

/// Gives the packages to the compiler.
pub(super) struct Packages<'e> {
    pub(super) engine: &'e Engine,
    pub(super) purpose: Use,
}

impl Loader for Packages<'_> {
    fn load(&mut self, path: &str, at: Span) -> Result<Vec<Arc<ast::File>>, Error> {
        let found = PACKAGES
            .iter()
            .find(|(name, _, render)| *name == path && (*render || self.purpose == Use::Step));
        let Some((name, text, _)) = found else {
            let mut finding = Diagnostic::load(
                "cue/import",
                at,
                format!("builtin package {path:?} undefined; package {path:?} not found"),
            );
            if PACKAGES.iter().any(|(name, ..)| *name == path) {
                finding = finding.help("only workflow steps can import it");
            } else if path.starts_with("tool/") {
                finding = finding.help("a template reads no files and runs no commands");
            }
            return Err(finding.into());
        };
        Ok(vec![self.engine.parse(&format!("{name}.cue"), *text)?])
    }
}

#[cfg(test)]
mod tests {
    use super::{PACKAGES, Use};
    use crate::template::compile;
    use vela_lang::Engine;

    #[test]
    fn packages_compile() {
        let engine = Engine::new();
        for (path, _, render) in PACKAGES {
            let text = format!("import p \"{path}\"\nx: p");
            let file = engine.parse("t.cue", text).expect("it parses");
            let program = compile(&engine, (*file).clone(), "", Use::Step);
            let program = program.unwrap_or_else(|e| panic!("{path}: {e:?}"));
            let value = program.evaluate(&Default::default()).expect("it evaluates");
            assert!(!value.is_error(), "{path}: {value:?}");
            let rendered = compile(&engine, (*file).clone(), "", Use::Render);
            assert_eq!(rendered.is_ok(), *render, "{path}");
        }
    }
}
