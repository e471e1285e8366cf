//! A plan as a picture, laid out, that needs nothing else to be shown.

use super::layout::{BOX, Route, layout};
use super::title;
use crate::plan::{EdgeReason, Node, NodeKind, Plan};
use std::fmt::Write;

/// The room for the heading.
const HEADING: f64 = 56.0;
/// The room for the legend.
const LEGEND: f64 = 34.0;
/// How many characters a box takes.
const LETTERS: usize = 26;
/// The least width: heading and legend must fit.
const LEAST: f64 = 640.0;

/// Colours that can be told apart by people who see colours differently, too: border and ground.
fn colours(node: &Node) -> (&'static str, &'static str, &'static str) {
    match node.kind {
        NodeKind::Artifact { .. } => ("#0b5394", "#e8f1fb", "artifact"),
        NodeKind::Action { .. } => ("#3d6b21", "#edf6e6", "action"),
        NodeKind::Gate { .. } => ("#9a4f00", "#fdf1e3", "gate"),
        NodeKind::Group { .. } => ("#55486d", "#f1eef6", "group"),
    }
}

fn stroke(reason: Option<EdgeReason>) -> (&'static str, &'static str, &'static str) {
    match reason {
        None => ("#8a8a8a", "2 4", "group"),
        Some(EdgeReason::DependsOn) => ("#333333", "", "dependsOn"),
        Some(EdgeReason::Data) => ("#b45f06", "", "data"),
        Some(EdgeReason::Health) => ("#3d6b21", "6 4", "health"),
        Some(EdgeReason::Stage) => ("#777777", "", "order"),
        Some(EdgeReason::Policy) => ("#8e1b5b", "8 3 2 3", "policy"),
    }
}

/// The plan as SVG.
pub fn svg(plan: &Plan) -> String {
    let picture = layout(plan);
    let (width, height) = (picture.size.0.max(LEAST), picture.size.1 + HEADING + LEGEND);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\">\n"
    );
    let app = &plan.application;
    let shape = plan.shape();
    let widest = shape.widths.iter().max().copied().unwrap_or(0);
    let _ = writeln!(out, "<title>Plan of {}</title>", escaped(&app.name));
    let _ = writeln!(out, "<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
    let _ = writeln!(
        out,
        "<text x=\"22\" y=\"28\" font-size=\"16\" font-weight=\"bold\" fill=\"#222222\">{}/{}</text>",
        escaped(&app.namespace),
        escaped(&app.name)
    );
    let _ = writeln!(
        out,
        "<text x=\"22\" y=\"46\" font-size=\"11\" fill=\"#555555\">{} nodes, {} levels, at most {widest} at once</text>",
        plan.nodes.len(),
        shape.widths.len()
    );
    let _ = writeln!(out, "<g transform=\"translate(0 {HEADING})\">");
    for route in &picture.edges {
        edge(route, &mut out);
    }
    for (node, corner) in plan.nodes.iter().zip(&picture.corners) {
        let critical = shape.critical_path.contains(&node.id);
        draw(node, *corner, critical, &mut out);
    }
    out.push_str("</g>\n");
    legend(plan, &picture.edges, height - LEGEND / 2.0, &mut out);
    out.push_str("</svg>\n");
    out
}

fn draw(node: &Node, (x, y): (f64, f64), critical: bool, out: &mut String) {
    let (border, ground, _) = colours(node);
    let (name, what) = title(node);
    let place = node.target.as_ref().map(|t| format!(" → {}/{}", t.cluster, t.namespace));
    let what = format!("{what}{}", place.unwrap_or_default());
    let thick = if critical { "2.5" } else { "1.2" };
    let round = if matches!(node.kind, NodeKind::Artifact { .. }) { 3 } else { 12 };
    let _ = writeln!(
        out,
        "<g><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{}\" height=\"{}\" rx=\"{round}\" \
         fill=\"{ground}\" stroke=\"{border}\" stroke-width=\"{thick}\"/>",
        escaped(&node.id.0),
        BOX.0,
        BOX.1
    );
    let middle = x + BOX.0 / 2.0;
    let _ = writeln!(
        out,
        "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"12\" fill=\"#111111\">{}</text>",
        y + 20.0,
        escaped(&short(&name))
    );
    let _ = writeln!(
        out,
        "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"10\" fill=\"#555555\">{}</text></g>",
        y + 36.0,
        escaped(&short(&what))
    );
}

fn edge(route: &Route, out: &mut String) {
    let (colour, dashes, _) = stroke(route.reason);
    let [first, rest @ ..] = route.points.as_slice() else { return };
    let mut path = format!("M{:.1} {:.1}", first.0, first.1);
    let mut from = *first;
    for (i, (x, y)) in rest.iter().enumerate() {
        // Through a column straight on, from one to the next in a bend.
        if i % 2 == 1 {
            let _ = write!(path, " L{x:.1} {y:.1}");
        } else {
            let bend = (x - from.0) / 2.0;
            let _ = write!(
                path,
                " C{:.1} {:.1} {:.1} {y:.1} {x:.1} {y:.1}",
                from.0 + bend,
                from.1,
                x - bend
            );
        }
        from = (*x, *y);
    }
    let dashes =
        if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
    let _ = writeln!(
        out,
        "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.2\"{dashes}/>"
    );
    if route.reason.is_some() {
        let (x, y) = from;
        let _ = writeln!(out, "<path d=\"M{x:.1} {y:.1} l-8 -4 l0 8 z\" fill=\"{colour}\"/>");
    }
}

/// What colours and lines mean; only those that are there.
fn legend(plan: &Plan, routes: &[Route], y: f64, out: &mut String) {
    let mut x = 22.0;
    let mut entries: Vec<(&str, String)> = Vec::new();
    for node in &plan.nodes {
        let (border, ground, name) = colours(node);
        if !entries.iter().any(|(known, _)| *known == name) {
            entries.push((
                name,
                format!(
                    "width=\"18\" height=\"12\" rx=\"3\" fill=\"{ground}\" stroke=\"{border}\""
                ),
            ));
        }
    }
    let boxes = entries.len();
    let mut reasons: Vec<Option<EdgeReason>> = routes.iter().map(|route| route.reason).collect();
    reasons.sort();
    reasons.dedup();
    for reason in reasons {
        let (colour, dashes, name) = stroke(reason);
        entries.push((name, format!("stroke=\"{colour}\" stroke-dasharray=\"{dashes}\"")));
    }
    for (i, (name, style)) in entries.iter().enumerate() {
        let _ = if i < boxes {
            writeln!(out, "<rect x=\"{x:.1}\" y=\"{:.1}\" {style}/>", y - 6.0)
        } else {
            writeln!(
                out,
                "<path d=\"M{x:.1} {y:.1} h18\" fill=\"none\" stroke-width=\"1.5\" {style}/>"
            )
        };
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" fill=\"#333333\">{name}</text>",
            x + 23.0,
            y + 3.5
        );
        x += 40.0 + 6.2 * name.len() as f64;
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= LETTERS {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LETTERS - 1).collect();
    format!("{kept}…")
}

fn escaped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).fold(
        String::with_capacity(text.len()),
        |mut out, c| {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                c => out.push(c),
            }
            out
        },
    )
}
