//! By what right objects are written that may be there already, and when they go: what the policies of the
//! Plan say, and what the operator allows for this run.

use crate::engine::Adopt;
use crate::executor::Claim;
use crate::store::Fate;
use serde_json::Value as Json;
use vela_dag::plan::Plan;
use vela_dag::policy::{
    CollectStrategy, Lifecycle, LifecyclePolicy, Propagation, Selected, Selections,
};

/// What made an object.
#[derive(Clone, Copy, Default)]
pub(crate) struct Maker<'m> {
    /// The component; empty where a step applies an object of its own.
    pub(crate) component: &'m str,
    /// Its type, perhaps with a version.
    pub(crate) component_type: &'m str,
    /// The origin that the Plan gives the object.
    pub(crate) origin: &'m str,
}

fn selected<'o>(maker: Maker<'o>, manifest: &'o Json) -> Selected<'o> {
    let text = |at: &str| manifest.pointer(at).and_then(Json::as_str).unwrap_or_default();
    let of_trait = maker.origin.strip_prefix("trait/");
    let without_version = |name: &'o str| name.split('@').next().unwrap_or(name);
    Selected {
        component: maker.component,
        component_type: without_version(maker.component_type),
        trait_type: of_trait.and_then(|rest| rest.split('/').next()).map(without_version),
        kind: text("/kind"),
        name: text("/metadata/name"),
    }
}

/// By what right an object is written.
pub(crate) fn claim(plan: &Plan, adopt: Adopt, maker: Maker<'_>, manifest: &Json) -> Claim {
    if plan.policies.is_empty() {
        return by_operator(adopt);
    }
    let object = selected(maker, manifest);
    let named = |rules: &Selections| rules.rules.iter().any(|rule| rule.selector.selects(&object));
    let says = |wanted: fn(&Lifecycle) -> Option<&Selections>| {
        plan.policies.iter().filter_map(|policy| wanted(&policy.kind)).any(named)
    };
    let read_only = says(|kind| match kind {
        Lifecycle::ReadOnly(rules) => Some(rules),
        _ => None,
    });
    let shared = says(|kind| match kind {
        Lifecycle::SharedResource(rules) => Some(rules),
        _ => None,
    });
    let take_over = says(|kind| match kind {
        Lifecycle::TakeOver(rules) => Some(rules),
        _ => None,
    });
    match by_operator(adopt) {
        _ if read_only => Claim::ReadOnly,
        _ if shared => Claim::Share,
        Claim::Own if take_over => Claim::TakeOver,
        claim => claim,
    }
}

fn by_operator(adopt: Adopt) -> Claim {
    match adopt {
        Adopt::ByPolicy => Claim::Own,
        Adopt::Unowned => Claim::TakeOver,
        Adopt::Any => Claim::Seize,
    }
}

/// What becomes of an object once the application no longer has it.
pub(crate) fn fate(plan: &Plan, maker: Maker<'_>, manifest: &Json) -> Fate {
    let object = selected(maker, manifest);
    let rules = plan.policies.iter().filter_map(|policy| match &policy.kind {
        Lifecycle::GarbageCollect(collect) => Some(&collect.rules),
        _ => None,
    });
    match rules.flatten().find(|rule| rule.selector.selects(&object)) {
        Some(rule) => {
            Fate { goes: rule.strategy, orphan: rule.propagation == Some(Propagation::Orphan) }
        }
        None => Fate { goes: CollectStrategy::OnAppUpdate, orphan: false },
    }
}

/// Whether objects stay that only an older revision of the application has.
pub(crate) fn keeps_legacy(policies: &[LifecyclePolicy]) -> bool {
    policies.iter().any(|policy| match &policy.kind {
        Lifecycle::GarbageCollect(collect) => collect.keep_legacy_resource,
        _ => false,
    })
}
