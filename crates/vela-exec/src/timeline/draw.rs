//! A timeline as SVG, and as a page that says more where the pointer rests.
//!
//! The picture needs nothing besides itself: no script, no font, no other file. Texts come from outside,
//! so each of them is escaped.

use super::{PartKind, Span, Timeline};
use crate::duration::{Millis, shown};
use crate::engine::{Phase, RunPhase};
use std::fmt::Write as _;

const WIDTH: f64 = 1120.0;
const LABELS: f64 = 300.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 78.0;
const ROW: f64 = 30.0;
const BAR: f64 = 16.0;

/// The picture.
#[must_use]
pub fn svg(timeline: &Timeline) -> String {
    let height = TOP + ROW * timeline.steps.len().max(1) as f64 + 46.0;
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\">\n\
         <title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        title = escape(&format!("{} {}", timeline.application, timeline.phase.as_str())),
    );
    heading(timeline, &mut out);
    axis(timeline, height, &mut out);
    for (number, step) in timeline.steps.iter().enumerate() {
        row(timeline, step, TOP + ROW * number as f64, &mut out);
    }
    legend(height - 16.0, &mut out);
    out.push_str("</svg>\n");
    out
}

/// A page with the picture and a table of the calls.
#[must_use]
pub fn html(timeline: &Timeline) -> String {
    let mut rows = String::new();
    for step in &timeline.steps {
        let _ = writeln!(
            rows,
            "<tr class=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            if step.critical { "critical" } else { "" },
            escape(&full_name(step)),
            escape(&step.step_type),
            step.phase.as_str(),
            step.from.map_or_else(String::new, |_| shown(step.took())),
            escape(&step.message),
        );
        for call in &step.calls {
            let said = match &call.result {
                None => "under way",
                Some(super::CallResult::Value) => "",
                Some(
                    super::CallResult::Wait(message)
                    | super::CallResult::Error(message)
                    | super::CallResult::Fail(message)
                    | super::CallResult::Unknown(message),
                ) => message,
            };
            let _ = writeln!(
                rows,
                "<tr class=\"call\"><td></td><td>{}</td><td>+{}</td><td>{}</td><td>{}</td></tr>",
                escape(&call.call),
                shown(call.from.saturating_sub(timeline.from)),
                shown(call.until.saturating_sub(call.from)),
                escape(said),
            );
        }
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\n<style>\n\
         body {{ font: 14px system-ui, sans-serif; margin: 24px; color: #1f2328 }}\n\
         svg {{ max-width: 100%; height: auto; border: 1px solid #d0d7de; border-radius: 6px }}\n\
         table {{ border-collapse: collapse; margin-top: 16px }}\n\
         td, th {{ padding: 3px 12px 3px 0; text-align: left; vertical-align: top }}\n\
         tr.critical td:first-child {{ font-weight: 600 }}\n\
         tr.call td {{ color: #57606a; font-size: 12px }}\n\
         </style></head><body>\n{picture}\
         <table><thead><tr><th>step</th><th>type, call</th><th>phase, from</th><th>took</th><th>says</th></tr></thead>\n\
         <tbody>\n{rows}</tbody></table>\n</body></html>\n",
        title = escape(&timeline.application),
        picture = svg(timeline),
    )
}

fn heading(timeline: &Timeline, out: &mut String) {
    let took = shown(timeline.until.saturating_sub(timeline.from));
    let _ = write!(
        out,
        "<text x=\"16\" y=\"28\" font-size=\"18\" font-weight=\"600\" fill=\"#1f2328\">{}</text>\n\
         <text x=\"16\" y=\"48\" fill=\"{}\">{} · {took}</text>\n",
        escape(&timeline.application),
        run_colour(timeline.phase),
        timeline.phase.as_str(),
    );
    if !timeline.critical.is_empty() {
        let path = clip(&format!("critical path: {}", timeline.critical.join(" → ")), 120);
        let _ = writeln!(
            out,
            "<text x=\"{LABELS}\" y=\"48\" fill=\"#9a3412\">{}</text>",
            escape(&path)
        );
    }
}

/// Round numbers of seconds, five to ten of them.
fn axis(timeline: &Timeline, height: f64, out: &mut String) {
    let total = timeline.until.saturating_sub(timeline.from).max(1);
    const STEPS: [Millis; 22] = [
        1,
        2,
        5,
        10,
        20,
        50,
        100,
        200,
        500,
        1_000,
        2_000,
        5_000,
        10_000,
        30_000,
        60_000,
        120_000,
        300_000,
        900_000,
        3_600_000,
        21_600_000,
        86_400_000,
        604_800_000,
    ];
    let every = STEPS.into_iter().find(|every| total / every <= 8).unwrap_or(total / 8).max(1);
    let mut at = 0;
    while at <= total {
        let x = place(timeline, timeline.from.saturating_add(at));
        let _ = write!(
            out,
            "<line x1=\"{x:.1}\" y1=\"{}\" x2=\"{x:.1}\" y2=\"{:.1}\" stroke=\"#eaeef2\"/>\n\
             <text x=\"{x:.1}\" y=\"{}\" fill=\"#57606a\" font-size=\"11\" text-anchor=\"middle\">{}</text>\n",
            TOP - 8.0,
            height - 40.0,
            TOP - 12.0,
            if at == 0 { "0".to_owned() } else { shown(at) },
        );
        at += every;
    }
}

fn row(timeline: &Timeline, step: &Span, y: f64, out: &mut String) {
    let indent = if step.group.is_some() { 36.0 } else { 16.0 };
    let middle = y + ROW / 2.0;
    let name = clip(&step.name, if step.group.is_some() { 22 } else { 25 });
    let weight = if step.critical { "600" } else { "400" };
    let _ = write!(
        out,
        "<g><title>{}</title>\n<circle cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"4\" fill=\"{}\"/>\n\
         <text x=\"{:.1}\" y=\"{:.1}\" font-weight=\"{weight}\" fill=\"#1f2328\">{}</text>\n\
         <text x=\"{}\" y=\"{:.1}\" fill=\"#8c959f\" font-size=\"11\" text-anchor=\"end\">{}</text>\n",
        escape(&about(timeline, step)),
        indent + 4.0,
        colour(step.phase),
        indent + 14.0,
        middle + 4.5,
        escape(&name),
        LABELS - 10.0,
        middle + 4.0,
        escape(&clip(&step.step_type, 15)),
    );
    let Some(from) = step.from else {
        out.push_str("</g>\n");
        return;
    };
    let top = middle - BAR / 2.0;
    if step.parts.is_empty() {
        bar(timeline, from, step.until, top, colour(step.phase), out);
    }
    for part in &step.parts {
        let fill = match part.kind {
            PartKind::Pending => "#d0d7de",
            PartKind::Working => colour_of_work(step.phase),
            PartKind::Waiting => "#93c5fd",
            PartKind::Suspended => "#fcd34d",
            PartKind::Retrying => "#fca5a5",
        };
        bar(timeline, part.from, part.until, top, fill, out);
    }
    let (left, right) = (place(timeline, from), place(timeline, step.until));
    if step.critical {
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{}\" rx=\"3\" fill=\"none\" \
             stroke=\"#ea580c\" stroke-width=\"1.6\"/>",
            left - 1.0,
            top - 2.0,
            (right - left).max(3.0) + 2.0,
            BAR + 4.0,
        );
    }
    let _ = write!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"#57606a\" font-size=\"11\">{}</text>\n</g>\n",
        right.max(left + 3.0) + 7.0,
        middle + 4.0,
        shown(step.took()),
    );
}

fn bar(timeline: &Timeline, from: Millis, until: Millis, top: f64, fill: &str, out: &mut String) {
    let left = place(timeline, from);
    let width = (place(timeline, until) - left).max(2.0);
    let _ = writeln!(
        out,
        "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\" fill=\"{fill}\"/>"
    );
}

fn legend(y: f64, out: &mut String) {
    let marks = [
        ("#4ade80", "worked"),
        ("#93c5fd", "waited until healthy or true"),
        ("#fcd34d", "suspended"),
        ("#fca5a5", "waited to try again"),
        ("#d0d7de", "waited for other steps"),
    ];
    let mut x = 16.0;
    for (fill, text) in marks {
        let _ = write!(
            out,
            "<rect x=\"{x}\" y=\"{}\" width=\"11\" height=\"11\" rx=\"2\" fill=\"{fill}\"/>\n\
             <text x=\"{}\" y=\"{y}\" fill=\"#57606a\" font-size=\"11\">{text}</text>\n",
            y - 10.0,
            x + 16.0,
        );
        x += 34.0 + 6.2 * text.len() as f64;
    }
    let _ = write!(
        out,
        "<rect x=\"{x}\" y=\"{}\" width=\"11\" height=\"11\" rx=\"2\" fill=\"none\" stroke=\"#ea580c\" \
         stroke-width=\"1.6\"/>\n<text x=\"{}\" y=\"{y}\" fill=\"#57606a\" font-size=\"11\">critical path</text>\n",
        y - 10.0,
        x + 16.0,
    );
}

/// What is told of a step where the pointer rests.
fn about(timeline: &Timeline, step: &Span) -> String {
    let mut text = format!("{} ({}): {}", full_name(step), step.step_type, step.phase.as_str());
    if let Some(from) = step.from {
        let after = shown(from.saturating_sub(timeline.from));
        let _ = write!(text, "\nbegan after {after}, took {}", shown(step.took()));
    }
    if !step.message.is_empty() {
        let _ = write!(text, "\n{}", step.message);
    }
    for call in &step.calls {
        let took = shown(call.until.saturating_sub(call.from));
        let _ = write!(text, "\n{}: {took}", call.call);
    }
    text
}

fn full_name(step: &Span) -> String {
    match &step.group {
        Some(group) => format!("{group}/{}", step.name),
        None => step.name.clone(),
    }
}

fn place(timeline: &Timeline, at: Millis) -> f64 {
    let total = timeline.until.saturating_sub(timeline.from).max(1) as f64;
    let since = at.clamp(timeline.from, timeline.until.max(timeline.from)) - timeline.from;
    LABELS + (WIDTH - LABELS - RIGHT) * since as f64 / total
}

fn colour(phase: Phase) -> &'static str {
    match phase {
        Phase::Succeeded => "#16a34a",
        Phase::Failed => "#dc2626",
        Phase::Running => "#2563eb",
        Phase::Suspending => "#d97706",
        Phase::Pending | Phase::Skipped => "#afb8c1",
    }
}

fn colour_of_work(phase: Phase) -> &'static str {
    match phase {
        Phase::Failed => "#f87171",
        _ => "#4ade80",
    }
}

fn run_colour(phase: RunPhase) -> &'static str {
    match phase {
        RunPhase::Succeeded => "#16a34a",
        RunPhase::Failed | RunPhase::Terminated => "#dc2626",
        RunPhase::Initializing | RunPhase::Executing | RunPhase::Suspending => "#b45309",
    }
}

fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// Text for XML; what XML can't hold becomes a blank.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
