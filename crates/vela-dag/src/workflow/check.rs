//! Finding workflows that can never end.

use super::generate::Steps;
use crate::error::Error;
use crate::oam::{Component, Step};
use crate::plan::Mode;
use std::collections::BTreeMap;
use vela_lang::diagnostic::{Class, Diagnostic, Severity};
use vela_lang::nearest;

/// What is wrong with the steps: names that are used twice (an error: status and `dependsOn` go by
/// name), steps that wait for each other (an error that shows the circle), and names in `dependsOn`
/// that no step has (a warning: such a step waits forever).
pub fn check(steps: &Steps) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let all: Vec<(&Step, Option<usize>)> = steps
        .steps
        .iter()
        .enumerate()
        .flat_map(|(i, step)| {
            std::iter::once((step, None)).chain(step.sub_steps.iter().map(move |s| (s, Some(i))))
        })
        .collect();
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, (step, _)) in all.iter().enumerate() {
        let Some(first) = by_name.get(step.name.as_str()) else {
            by_name.insert(&step.name, i);
            continue;
        };
        findings.push(
            Diagnostic::new(
                "workflow/duplicate-step",
                Class::Load,
                format!("two steps are named {:?}", step.name),
            )
            .at(step.span)
            .label(all[*first].0.span, "the other one")
            .help("give each step a name of its own, sub-steps too"),
        );
    }
    let mut givers: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, (step, _)) in all.iter().enumerate() {
        for output in &step.outputs {
            givers.entry(output.name.as_str()).or_insert(i);
        }
    }
    let mut waits: Vec<Vec<usize>> = vec![Vec::new(); all.len()];
    for (i, (step, group)) in all.iter().enumerate() {
        for name in &step.depends_on {
            match by_name.get(name.as_str()) {
                Some(other) => waits[i].push(*other),
                None => findings.push(unknown(step, name, by_name.keys().copied())),
            }
        }
        for input in &step.inputs {
            let giver = givers.get(input.from.as_str()).copied();
            waits[i].extend(giver.filter(|giver| *giver != i));
        }
        // A sub-step runs when its group runs.
        if let Some(group) = group {
            let group = &steps.steps[*group];
            waits[i].extend(
                group.depends_on.iter().filter_map(|name| by_name.get(name.as_str()).copied()),
            );
        }
    }
    in_order(steps, &all, &mut waits);
    let names: Vec<&str> = all.iter().map(|(step, _)| step.name.as_str()).collect();
    if let Some(circle) = circle(&waits) {
        let text: Vec<&str> = circle.iter().map(|i| names[*i]).collect();
        findings.push(
            Diagnostic::new(
                "workflow/cycle",
                Class::Load,
                format!("steps wait for each other: {}", text.join(" → ")),
            )
            .at(all[circle[0]].0.span)
            .help("take one of these out of dependsOn or inputs, or change the order of the steps"),
        );
    }
    findings
}

/// In step-by-step mode a step waits for the one before it.
fn in_order(steps: &Steps, all: &[(&Step, Option<usize>)], waits: &mut [Vec<usize>]) {
    let mut previous_top = None;
    let mut previous_sub: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, (_, group)) in all.iter().enumerate() {
        match group {
            None => {
                if steps.mode == Mode::StepByStep {
                    waits[i].extend(previous_top);
                }
                previous_top = Some(i);
            }
            Some(group) => {
                let mode = steps.steps[*group].mode.unwrap_or(steps.sub_mode);
                if mode == Mode::StepByStep {
                    waits[i].extend(previous_sub.get(group).copied());
                }
                previous_sub.insert(*group, i);
            }
        }
    }
}

/// An order of components in which each comes after what it depends on, by index.
///
/// # Errors
/// Components wait for each other: the finding shows the circle.
pub fn component_order(components: &[Component]) -> Result<Vec<usize>, Error> {
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    let mut givers: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, component) in components.iter().enumerate() {
        by_name.entry(&component.name).or_insert(i);
        for output in &component.outputs {
            givers.entry(&output.name).or_insert(i);
        }
    }
    let waits: Vec<Vec<usize>> = components
        .iter()
        .map(|component| {
            let named = component.depends_on.iter().filter_map(|n| by_name.get(n.as_str()));
            let taken = component.inputs.iter().filter_map(|i| givers.get(i.from.as_str()));
            named.chain(taken).copied().collect()
        })
        .collect();
    if let Some(circle) = circle(&waits) {
        let text: Vec<&str> = circle.iter().map(|i| components[*i].name.as_str()).collect();
        let finding = Diagnostic::new(
            "app/component-cycle",
            Class::Load,
            format!("components wait for each other: {}", text.join(" → ")),
        )
        .at(components[circle[0]].span)
        .help("take one of these out of dependsOn or inputs");
        return Err(Error::of_findings(vec![finding]));
    }
    let mut order = Vec::with_capacity(waits.len());
    let mut placed = vec![false; waits.len()];
    let mut stack: Vec<usize> = (0..waits.len()).rev().collect();
    while let Some(next) = stack.pop() {
        if placed[next] {
            continue;
        }
        let missing: Vec<usize> = waits[next].iter().copied().filter(|w| !placed[*w]).collect();
        if missing.is_empty() {
            placed[next] = true;
            order.push(next);
        } else {
            stack.push(next);
            stack.extend(missing.into_iter().rev());
        }
    }
    Ok(order)
}

fn unknown<'a>(step: &Step, name: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let mut finding = Diagnostic::new(
        "workflow/unknown-dependency",
        Class::Load,
        format!(
            "step {:?} depends on {name:?}, which no step is named: it waits forever",
            step.name
        ),
    )
    .at(step.span);
    finding.severity = Severity::Warning;
    match nearest(name, known) {
        Some(near) => finding.help(format!("did you mean {near}?")),
        None => finding,
    }
}

/// A circle in a graph, if it has one: the nodes in the order in which they wait, the first again at
/// the end. Explicit stack: the input may be a chain of any length.
fn circle(waits: &[Vec<usize>]) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; waits.len()];
    for start in 0..waits.len() {
        if marks[start] != Mark::New {
            continue;
        }
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        marks[start] = Mark::Open;
        while let Some((node, next)) = path.last_mut() {
            let Some(target) = waits[*node].get(*next).copied() else {
                marks[*node] = Mark::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match marks[target] {
                Mark::Done => {}
                Mark::New => {
                    marks[target] = Mark::Open;
                    path.push((target, 0));
                }
                Mark::Open => {
                    let from = path.iter().position(|(node, _)| *node == target)?;
                    let mut circle: Vec<usize> = path[from..].iter().map(|(n, _)| *n).collect();
                    circle.push(target);
                    return Some(circle);
                }
            }
        }
    }
    None
}
