//! Random workflows: parallel branches, groups, conditions, waits, outputs and inputs, calls of all kinds.

use crate::random::Random;
use serde_json::{Value as Json, json};

/// A workflow as `fake::plan` reads it.
pub(crate) fn random(random: &mut Random) -> Json {
    let count = 2 + random.below(9) as usize;
    let mut top: Vec<Json> = Vec::new();
    for ix in 0..count {
        let one = step(random, ix);
        match top.last_mut() {
            Some(group) if group["type"] == "step-group" && random.one_in(2) => {
                if let Some(steps) = group["subSteps"].as_array_mut() {
                    steps.push(one);
                }
            }
            _ if random.one_in(5) => {
                let mut group =
                    json!({"name": format!("g{ix}"), "type": "step-group", "subSteps": [one]});
                if random.one_in(8) {
                    group["timeout"] = json!(40 + random.below(40));
                }
                top.push(group);
            }
            _ => top.push(one),
        }
    }
    let mode = |dag: bool| if dag { "DAG" } else { "StepByStep" };
    json!({"mode": mode(random.one_in(2)), "subMode": mode(random.one_in(2)), "steps": top,
           "name": format!("w{}", random.next())})
}

fn step(random: &mut Random, ix: usize) -> Json {
    let mut step = match random.below(12) {
        0 => json!({"type": "suspend"}),
        1 => {
            json!({"type": "suspend", "properties": {"duration": format!("{}s", 1 + random.below(90))}})
        }
        2 if random.one_in(2) => json!({"type": "fail"}),
        3 => json!({"type": "emit", "properties": {"v": ix}}),
        4 if random.one_in(3) => json!({"type": "break"}),
        5 if random.one_in(2) => json!({"type": "execute"}),
        _ => {
            let calls: Vec<Json> = (0..1 + random.below(3))
                .map(|_| {
                    let action = ["read", "idempotent", "once", "once"][random.below(4) as usize];
                    json!({"provider": "sim", "action": action, "params": {}})
                })
                .collect();
            json!({"type": "calls", "properties": {"calls": calls}})
        }
    };
    step["name"] = json!(format!("s{ix}"));
    if random.one_in(3) {
        step["outputs"] = json!([{"name": format!("o{ix}"), "valueFrom": "c0.value"}]);
    }
    if ix > 0 && random.one_in(3) {
        let depends: Vec<String> =
            (0..1 + random.below(2)).map(|_| format!("s{}", random.below(ix as u64))).collect();
        step["dependsOn"] = json!(depends);
    }
    if ix > 0 && random.one_in(6) {
        step["inputs"] = json!([{"from": format!("o{}", random.below(ix as u64))}]);
    }
    match random.below(10) {
        0 => step["if"] = json!("always"),
        1 => step["if"] = json!("false"),
        2 if ix > 0 => step["if"] = json!(format!("status.s{}.failed", ix - 1)),
        3 if ix > 0 => step["if"] = json!(format!("status.s{}.succeeded", ix - 1)),
        _ => {}
    }
    if random.one_in(6) {
        step["timeout"] = json!(1 + random.below(60));
    }
    step
}
