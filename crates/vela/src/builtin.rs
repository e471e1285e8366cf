//! The definitions that are compiled in.

use crate::error::Error;
use vela_dag::Catalog;
use vela_dag::catalog::BUILT_IN;
use vela_dag::oam::DefinitionKind;
use vela_lang::Engine;

/// File names, as in `component/webservice.cue`, and their texts.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/definitions.rs"));

/// A catalog of all of them. Their paths say what they define, so that each is read once it is needed.
pub(crate) fn catalog(engine: Engine) -> Result<Catalog, Error> {
    let mut catalog = Catalog::new(engine);
    for (path, text) in FILES {
        let file = format!("{BUILT_IN}{path}");
        match named(path) {
            Some(name) => catalog.add_unread(name, file, *text),
            None => {
                let added = catalog.add_file(&file, text).map(drop);
                added.map_err(|error| Error::application(error, catalog.sources()))?;
            }
        }
    }
    Ok(catalog)
}

/// The kind and the name of what a file defines.
fn named(path: &str) -> Option<(DefinitionKind, &str)> {
    let (directory, file) = path.split_once('/')?;
    let kind = match directory {
        "component" => DefinitionKind::Component,
        "trait" => DefinitionKind::Trait,
        "policy" => DefinitionKind::Policy,
        "workflowstep" => DefinitionKind::WorkflowStep,
        _ => return None,
    };
    Some((kind, file.strip_suffix(".cue")?))
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, FILES, named};
    use vela_dag::oam;
    use vela_lang::Engine;

    #[test]
    fn paths_say_what_files_define() {
        for (path, text) in FILES {
            let file = format!("{BUILT_IN}{path}");
            let read = oam::definitions(Engine::new().sources(), &file, text);
            let (read, warnings) = read.unwrap_or_else(|error| panic!("{path}: {error}"));
            let names: Vec<_> = read.iter().map(|d| (d.kind, d.metadata.name.as_str())).collect();
            assert_eq!(names, Vec::from_iter(named(path)), "{path}");
            assert!(warnings.is_empty(), "{path}");
        }
    }
}
