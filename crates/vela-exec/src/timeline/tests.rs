use super::{PartKind, html, svg, timeline};
use crate::engine::{Phase, RunPhase};
use crate::fake::{FakeProgram, plan};
use crate::simulate::{Options, simulate};
use serde_json::{Value as Json, json};
use vela_dag::plan::{Edge, EdgeReason, NodeId, Plan};

fn of(workflow: &Json, edges: &[(&str, &str)]) -> super::Timeline {
    let mut plan = Plan::clone(&plan(workflow));
    for (from, to) in edges {
        plan.edges.push(Edge {
            from: NodeId(format!("step/{from}")),
            to: NodeId(format!("step/{to}")),
            reason: EdgeReason::DependsOn,
        });
    }
    let plan = std::sync::Arc::new(plan);
    let options = Options { horizon: 10_000_000, ..Options::default() };
    let report = simulate(&plan, &FakeProgram, &[], options).unwrap();
    timeline(&plan, &report.log, report.log.last().unwrap().at).unwrap()
}

fn nap(name: &str, seconds: u32, after: &[&str]) -> Json {
    json!({"name": name, "type": "suspend", "dependsOn": after,
           "properties": {"duration": format!("{seconds}s")}})
}

#[test]
fn the_longest_way_is_critical() {
    let workflow = json!({"mode": "DAG", "steps": [
        nap("a", 10, &[]), nap("b", 60, &[]), nap("c", 30, &["a"]), nap("d", 5, &["b", "c"])]});
    let timeline = of(&workflow, &[("a", "c"), ("b", "d"), ("c", "d")]);
    assert_eq!(timeline.phase, RunPhase::Succeeded);
    assert_eq!(timeline.critical, ["b", "d"]);
    assert_eq!(timeline.until - timeline.from, 65_000);
    let b = timeline.steps.iter().find(|step| step.name == "b").unwrap();
    assert_eq!((b.took(), b.critical, b.phase), (60_000, true, Phase::Succeeded));
    assert!(
        b.parts
            .iter()
            .any(|part| part.kind == PartKind::Suspended && part.until - part.from == 60_000)
    );
}

#[test]
fn a_group_stands_for_its_last_step() {
    let workflow = json!({"steps": [
        {"name": "g", "type": "step-group", "subSteps": [nap("quick", 1, &[]), nap("slow", 20, &[])]},
        nap("last", 2, &[])]});
    let timeline = of(&workflow, &[("g", "last")]);
    assert_eq!(timeline.critical, ["slow", "last"]);
    let names: Vec<&str> = timeline.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["g", "quick", "slow", "last"]);
    assert_eq!(timeline.steps[1].group.as_deref(), Some("g"));
}

#[test]
fn pictures_escape_what_steps_say() {
    let workflow = json!({"steps": [
        {"name": "say", "type": "message", "properties": {"message": "<script>\u{1b}&\"x\""}},
        {"name": "fail", "type": "fail", "properties": {"message": "</svg>"}}]});
    let timeline = of(&workflow, &[]);
    for picture in [svg(&timeline), html(&timeline)] {
        assert!(!picture.contains("<script>") && !picture.contains('\u{1b}'), "{picture}");
        assert_eq!(picture.matches("</svg>").count(), 1);
        assert!(picture.contains("&lt;script&gt;") && picture.contains("&amp;"));
    }
}

#[test]
fn calls_have_their_times() {
    let workflow = json!({"components": [{"name": "web"}],
        "steps": [{"name": "web", "type": "apply-component", "properties": {"component": "web"}}]});
    let timeline = of(&workflow, &[]);
    let calls = &timeline.steps[0].calls;
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].call, "oam component-apply");
    assert!(serde_json::to_value(&timeline).unwrap()["steps"][0]["calls"].is_array());
}
