//! The definitions that are compiled in.

use crate::error::Error;
use vela_dag::Catalog;
use vela_dag::catalog::BUILT_IN;
use vela_lang::Engine;

/// File names, as in `component/webservice.cue`, and their texts.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/definitions.rs"));

/// A catalog of all of them.
pub(crate) fn catalog(engine: Engine) -> Result<Catalog, Error> {
    let mut catalog = Catalog::new(engine);
    for (name, text) in FILES {
        let added = catalog.add_file(&format!("{BUILT_IN}{name}"), text).map(drop);
        added.map_err(|error| Error::application(error, catalog.sources()))?;
    }
    Ok(catalog)
}
