//! The parameters of a `deploy` step.

use crate::error::Error;
use crate::oam::Step;
use serde::Deserialize;

/// The parameters of a `deploy` step.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeployStep {
    /// Whether it goes ahead without being resumed by a person; it does where nothing is said.
    pub auto: Option<bool>,
    /// The policies that it uses, in order.
    pub policies: Vec<String>,
    /// How many components it applies at a time.
    pub parallelism: Option<i64>,
    /// Whether it leaves out components that are Terraform modules; it does where nothing is said.
    pub ignore_terraform_component: Option<bool>,
}

impl DeployStep {
    /// The parameters of a step.
    ///
    /// # Errors
    /// There are unknown fields, or a field has the wrong type.
    pub fn of(step: &Step) -> Result<DeployStep, Error> {
        match &step.properties {
            None => Ok(DeployStep::default()),
            Some(properties) => serde_json::from_value(properties.clone()).map_err(|e| {
                Error::new(e.to_string()).within(format!("invalid WorkflowStep {}", step.name))
            }),
        }
    }
}
