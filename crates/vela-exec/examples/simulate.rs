//! Simulates the workflow of an application: `simulate app.yaml DEFINITIONS [actions.json]`.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;
use vela_dag::catalog::Files;
use vela_dag::oam::Application;
use vela_dag::plan::{PlanOptions, plan};
use vela_dag::step::CueSteps;
use vela_dag::{Catalog, Engine};
use vela_exec::simulate::{Options, ScriptedAction, simulate};
use vela_exec::target::local::Faults;

struct Directory;

impl Files for Directory {
    fn entries(&self, directory: &str) -> std::io::Result<Vec<(String, bool)>> {
        std::fs::read_dir(directory)?
            .map(|entry| {
                let entry = entry?;
                Ok((entry.file_name().to_string_lossy().into_owned(), entry.file_type()?.is_dir()))
            })
            .collect()
    }

    fn read(&self, file: &str) -> std::io::Result<String> {
        std::fs::read_to_string(file)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, definitions, script @ ..] = arguments.as_slice() else {
        return Err("usage: simulate app.yaml DEFINITIONS [actions.json]".into());
    };
    let mut catalog = Catalog::new(Engine::new());
    catalog.add_directory(&Directory, definitions)?;
    let text = std::fs::read_to_string(file)?;
    let application = Application::parse(catalog.sources(), file, &text)?.application;
    let planned = PlanOptions::default();
    let made = Arc::new(plan(&application, &catalog, &planned)?);
    let script = match script.first() {
        Some(path) => ScriptedAction::script(&std::fs::read_to_string(path)?)?,
        None => Vec::new(),
    };
    let mut faults = Faults::default();
    for component in &application.components {
        let properties = component.properties.as_ref();
        let simulate = properties.and_then(|p| p.get("simulate")).and_then(|v| v.as_str());
        if let Some(fault) = simulate {
            faults.add(&component.name, fault.parse()?);
        }
    }
    let steps = CueSteps::new(Arc::new(application), Arc::new(catalog), planned.render.clone());
    let report = simulate(&made, &steps, &script, Options { faults, ..Options::default() })?;
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&report)?)?;
    Ok(())
}
