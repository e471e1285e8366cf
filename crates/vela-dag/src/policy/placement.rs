//! The `topology` policy: where components go.

use crate::error::Error;
use crate::oam::Policy;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The parameters of a `topology` policy.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Topology {
    /// Clusters by name.
    pub clusters: Vec<String>,
    /// Clusters by their labels.
    pub cluster_label_selector: BTreeMap<String, String>,
    /// An older name of `clusterLabelSelector`.
    pub cluster_selector: BTreeMap<String, String>,
    /// Whether a selector may match no cluster.
    pub allow_empty: bool,
    /// The namespace, where it is not the application's.
    pub namespace: String,
}

/// A place for components.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Placement {
    /// The cluster; `local` is the one that Vela itself runs on.
    pub cluster: String,
    /// The namespace.
    pub namespace: String,
}

/// A cluster that can be selected.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl Topology {
    /// The parameters of a policy.
    ///
    /// # Errors
    /// There are unknown fields, or a field has the wrong type.
    pub fn of(policy: &Policy) -> Result<Topology, Error> {
        super::parameters(policy)
    }
}

/// The places that topologies name, in order, each once; without topologies the application's
/// namespace on `local`. Where `clusters` is not known, clusters by name are taken as they are.
///
/// # Errors
/// A named cluster is not there, or a selector matches none.
pub fn placements(
    topologies: &[(&str, Topology)],
    namespace: &str,
    clusters: Option<&[Cluster]>,
) -> Result<Vec<Placement>, Error> {
    let mut placements: Vec<Placement> = Vec::new();
    let mut add = |cluster: &str, topology: &Topology| {
        let namespace = if topology.namespace.is_empty() { namespace } else { &topology.namespace };
        let placement = Placement { cluster: cluster.to_owned(), namespace: namespace.to_owned() };
        if !placements.contains(&placement) {
            placements.push(placement);
        }
    };
    for (name, topology) in topologies {
        let selector = if topology.cluster_label_selector.is_empty() {
            &topology.cluster_selector
        } else {
            &topology.cluster_label_selector
        };
        if !topology.clusters.is_empty() {
            for cluster in &topology.clusters {
                let known = clusters.is_none_or(|all| all.iter().any(|c| c.name == *cluster));
                if !known && cluster != "local" {
                    return Err(Error::new(format!(
                        "topology policy {name}: there is no cluster {cluster}"
                    )));
                }
                add(cluster, topology);
            }
        } else if selector.is_empty() {
            add("local", topology);
        } else {
            let before = clusters.unwrap_or_default().iter().filter(|cluster| {
                selector.iter().all(|(key, value)| cluster.labels.get(key) == Some(value))
            });
            let mut found = false;
            for cluster in before {
                found = true;
                add(&cluster.name, topology);
            }
            if !found && !topology.allow_empty {
                return Err(Error::new(format!(
                    "topology policy {name}: no cluster has the labels that it selects; set \
                     allowEmpty if that is fine"
                )));
            }
        }
    }
    if topologies.is_empty() {
        add("local", &Topology::default());
    }
    Ok(placements)
}
