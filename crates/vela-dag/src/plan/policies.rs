//! The objects of policies: they are there before what the components make.

use super::build::{Artifact, Builder, edge, relocate};
use super::digest::{artifact_hash, step_hash};
use super::{EdgeReason, Node, NodeId, NodeKind, Object, Target};
use crate::error::Error;
use crate::oam::Component;
use crate::policy::{Placement, is_built_in};
use crate::render::{Placed, render_policy};
use std::collections::BTreeSet;
use std::sync::Arc;
use vela_lang::Span;

impl Builder<'_, '_> {
    /// Holds all objects against the policies, and adds what these make themselves: to every place of the
    /// application, where a policy looks at clusters one by one, and to its own otherwise.
    pub(super) fn policies(&mut self) -> Result<(), Error> {
        if self.app.policies.iter().all(|policy| is_built_in(&policy.policy_type)) {
            return Ok(());
        }
        let all: Vec<(Placement, Placed<'_>)> = self.artifacts.iter().flat_map(placed).collect();
        let objects: Vec<Placed<'_>> = all.iter().map(|(_, one)| *one).collect();
        self.constraints.check_all(&objects)?;
        let home = Placement {
            cluster: String::from("local"),
            namespace: self.app.metadata.namespace().to_owned(),
        };
        let everywhere: BTreeSet<&Placement> = all.iter().map(|(place, _)| place).collect();
        let mut made: Vec<(Node, Placement, bool)> = Vec::new();
        for policy in &self.app.policies {
            let each = self.constraints.is_per_cluster(&policy.name);
            let places: Vec<&Placement> =
                if each { everywhere.iter().copied().collect() } else { vec![&home] };
            for place in places {
                let there: Vec<Placed<'_>> = all
                    .iter()
                    .filter(|(other, _)| !each || other == place)
                    .map(|(_, one)| *one)
                    .collect();
                let cluster = if place.cluster == "local" { "" } else { place.cluster.as_str() };
                let given = (cluster, there.as_slice());
                let manifests =
                    render_policy(self.app, self.catalog, &self.options.render, policy, given)?;
                if manifests.is_empty() {
                    continue;
                }
                let objects = manifests.into_iter().map(|one| {
                    let mut manifest = one.object;
                    relocate(&mut manifest, self.app.metadata.namespace(), &place.namespace);
                    Object { origin: one.origin, stage: one.stage, manifest: Arc::new(manifest) }
                });
                let kind = NodeKind::Artifact {
                    component: policy.name.clone(),
                    component_type: policy.policy_type.clone(),
                    objects: objects.collect(),
                };
                made.push((self.policy_node(kind, &policy.name, place), (*place).clone(), each));
            }
        }
        for (node, place, each) in made {
            self.put_first(node, place, each);
        }
        Ok(())
    }

    fn policy_node(&self, kind: NodeKind, name: &str, place: &Placement) -> Node {
        let target = Target {
            kind: self.options.target.clone(),
            cluster: place.cluster.clone(),
            namespace: place.namespace.clone(),
        };
        Node {
            id: NodeId(format!("policy/{name}/{}/{}", place.cluster, place.namespace)),
            hash: artifact_hash(&kind, &target),
            kind,
            target: Some(target),
            condition: None,
            timeout: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            depends_on: Vec::new(),
        }
    }

    /// Takes up what a policy makes: steps that apply components of these places apply it first.
    fn put_first(&mut self, node: Node, place: Placement, each: bool) {
        let id = node.id.clone();
        let later: BTreeSet<NodeId> = self
            .artifacts
            .iter()
            .filter(|one| !one.node.id.0.starts_with("policy/"))
            .filter(|one| !each || one.placement == place)
            .map(|one| one.node.id.clone())
            .collect();
        self.edges.extend(later.iter().map(|after| edge(&id, after, EdgeReason::Policy)));
        for step in &mut self.steps {
            if let NodeKind::Action { applies, .. } = &mut step.kind
                && applies.iter().any(|one| later.contains(one))
            {
                applies.push(id.clone());
                step.hash = step_hash(step);
            }
        }
        let component = Arc::new(Component {
            name: node.id.0.clone(),
            component_type: String::new(),
            external_revision: String::new(),
            properties: None,
            depends_on: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            traits: Vec::new(),
            replica_key: None,
            span: Span::NONE,
        });
        self.keep(Artifact { node, component, placement: place });
    }
}

/// The objects of an artifact, with their places.
fn placed(artifact: &Artifact) -> impl Iterator<Item = (Placement, Placed<'_>)> {
    let objects = match &artifact.node.kind {
        NodeKind::Artifact { objects, .. } => objects.as_slice(),
        _ => &[],
    };
    objects.iter().map(|object| {
        let placed = Placed {
            component: &artifact.component,
            origin: &object.origin,
            cluster: &artifact.placement.cluster,
            object: &object.manifest,
        };
        (artifact.placement.clone(), placed)
    })
}
