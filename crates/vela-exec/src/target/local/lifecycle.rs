//! What controllers would make of an object, by its kind and age.

use super::Pace;
use crate::duration::Millis;
use crate::executor::Health;
use serde_json::{Value as Json, json};

/// How an object is.
pub(super) struct State {
    pub(super) health: Health,
    pub(super) message: String,
    /// Its `status`; nothing where no controller writes one.
    pub(super) status: Option<Json>,
}

/// An object's state at an age since its last change.
pub(super) fn state(live: &Json, age: Millis, pace: Pace, component: Option<&str>) -> State {
    if pace == Pace::Instant && component.is_none() {
        return State {
            health: Health::Healthy,
            message: String::new(),
            status: live.get("status").cloned(),
        };
    }
    let age = if pace == Pace::Instant { Millis::MAX } else { age };
    let kind = live.get("kind").and_then(Json::as_str).unwrap_or_default();
    let number =
        |path: &str, default: u64| live.pointer(path).and_then(Json::as_u64).unwrap_or(default);
    if let Some(why) = image_problem(live, kind)
        && age >= 2_000
    {
        return State {
            health: Health::Degraded,
            message: why.clone(),
            status: Some(json!({"message": why})),
        };
    }
    match kind {
        "Deployment" => replicas(kind, number("/spec/replicas", 1), age, 2_000, 0),
        // One after another, as they do.
        "StatefulSet" => replicas(kind, number("/spec/replicas", 1), age, 2_000, 2_000),
        "DaemonSet" => {
            let ready = u64::from(age >= 2_000);
            let status = json!({"desiredNumberScheduled": 1, "numberReady": ready, "numberAvailable": ready});
            counted(kind, ready, 1, status)
        }
        "Job" => {
            let done = u64::from(age >= 3_000) * number("/spec/completions", 1);
            let status = if done > 0 { json!({"succeeded": done}) } else { json!({"active": 1}) };
            counted(kind, done, number("/spec/completions", 1), status)
        }
        "Pod" => {
            let once = matches!(
                live.pointer("/spec/restartPolicy").and_then(Json::as_str),
                Some("Never" | "OnFailure")
            );
            let phase = match age {
                0..1_000 => "Pending",
                1_000..3_000 => "Running",
                _ if once => "Succeeded",
                _ => "Running",
            };
            let health = if phase == "Pending" { Health::Progressing } else { Health::Healthy };
            State {
                health,
                message: format!("Pod is {phase}"),
                status: Some(json!({"phase": phase})),
            }
        }
        "PersistentVolumeClaim" => {
            let phase = if age >= 1_000 { "Bound" } else { "Pending" };
            let health = if age >= 1_000 { Health::Healthy } else { Health::Progressing };
            State {
                health,
                message: format!("volume is {phase}"),
                status: Some(json!({"phase": phase})),
            }
        }
        "Service" => service(live, age),
        "Ingress" => {
            let ready = age >= 1_000;
            let ingress = if ready { json!([{"ip": "127.0.0.1"}]) } else { json!([]) };
            State {
                health: if ready { Health::Healthy } else { Health::Progressing },
                message: if ready { String::new() } else { "waiting for an address".to_owned() },
                status: Some(json!({"loadBalancer": {"ingress": ingress}})),
            }
        }
        "CronJob" => {
            State { health: Health::Healthy, message: String::new(), status: Some(json!({})) }
        }
        _ => State {
            health: Health::Healthy,
            message: String::new(),
            status: live.get("status").cloned(),
        },
    }
}

fn replicas(kind: &str, wanted: u64, age: Millis, first: Millis, each: Millis) -> State {
    let ready = match age.checked_sub(first) {
        None => 0,
        Some(_) if each == 0 => wanted,
        Some(more) => (1 + more / each).min(wanted),
    };
    let status = json!({
        "replicas": wanted, "readyReplicas": ready, "availableReplicas": ready, "updatedReplicas": wanted,
    });
    counted(kind, ready, wanted, status)
}

fn counted(kind: &str, ready: u64, wanted: u64, status: Json) -> State {
    let health = if ready >= wanted { Health::Healthy } else { Health::Progressing };
    let what = if kind == "Job" { "complete" } else { "ready" };
    State { health, message: format!("{ready} of {wanted} {what}"), status: Some(status) }
}

fn service(live: &Json, age: Millis) -> State {
    let balanced = live.pointer("/spec/type").and_then(Json::as_str) == Some("LoadBalancer");
    if !balanced {
        return State {
            health: Health::Healthy,
            message: String::new(),
            status: Some(json!({"loadBalancer": {}})),
        };
    }
    let ready = age >= 1_000;
    let ingress = if ready { json!([{"ip": "127.0.0.1"}]) } else { json!([]) };
    State {
        health: if ready { Health::Healthy } else { Health::Progressing },
        message: if ready { String::new() } else { "waiting for an address".to_owned() },
        status: Some(json!({"loadBalancer": {"ingress": ingress}})),
    }
}

/// Why a container's image can't be pulled: it has none, or its name makes no sense.
fn image_problem(live: &Json, kind: &str) -> Option<String> {
    let spec = match kind {
        "Pod" => "/spec",
        "CronJob" => "/spec/jobTemplate/spec/template/spec",
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => "/spec/template/spec",
        _ => return None,
    };
    let containers = live.pointer(spec)?.get("containers")?.as_array()?;
    containers.iter().find_map(|container| {
        let name = container.get("name").and_then(Json::as_str).unwrap_or("?");
        let image = container.get("image").and_then(Json::as_str).unwrap_or_default();
        (image.is_empty() || image.contains(char::is_whitespace))
            .then(|| format!("container {name}: the image \"{image}\" can't be pulled"))
    })
}
