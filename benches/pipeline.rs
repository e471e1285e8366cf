//! The way through the house, one stage after the other: text, tree, program, value, manifests, Plan, run.

#![allow(missing_docs, reason = "criterion's macros make items without docs")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use vela::Bundle;
use vela::dag::plan::PlanOptions;
use vela::dag::render::RenderOptions;
use vela::exec::simulate::{Options, simulate};
use vela::lang::encoding::{json, yaml};
use vela::lang::{Engine, Inputs, format};

const SCHEMA: &str = r##"
#Service: {
	name:     =~"^[a-z0-9-]+$"
	port:     *80 | int & >0 & <65536
	replicas: *1 | int
	url:      "http://\(name):\(port)"
}
ports: [for s in [s0, s1, s2] {s.port}]
"##;

/// Services that are checked against a schema, with defaults, interpolations and a comprehension.
fn services(count: usize) -> String {
    let mut text = String::from(SCHEMA);
    for index in 0..count {
        let port = 1000 + index;
        let _ = writeln!(text, "s{index}: #Service & {{name: \"s-{index}\", port: {port}}}");
    }
    text
}

fn language(c: &mut Criterion) {
    let text = services(500);
    let mut group = c.benchmark_group("language");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("lex and parse", |b| {
        b.iter(|| Engine::new().parse("bench.cue", black_box(text.as_str())).map(drop));
    });
    let engine = Engine::new();
    let Ok(file) = engine.parse("bench.cue", text.as_str()) else { return };
    if let Some(source) = engine.sources().get(file.span.source) {
        group.bench_function("format", |b| b.iter(|| format::format(black_box(&file), &source)));
    }
    let files = [file];
    group.bench_function("compile", |b| b.iter(|| engine.compile(black_box(&files)).map(drop)));
    let Ok(program) = engine.compile(&files) else { return };
    group.bench_function("evaluate", |b| {
        b.iter(|| black_box(&program).evaluate(&Inputs::default()).map(drop));
    });
    let value = program.evaluate(&Inputs::default());
    let Ok(data) = value.and_then(|value| value.data()) else { return };
    group.bench_function("to json", |b| b.iter(|| json::pretty_text(black_box(&data))));
    let written = yaml::text(&data);
    group.bench_function("from yaml", |b| {
        b.iter(|| yaml::parse_all(black_box(&written), yaml::Dialect::Cue).map(drop));
    });
    group.finish();
}

fn applications(c: &mut Criterion) {
    let first = include_str!("../examples/first-app/app.yaml");
    let voting = include_str!("../examples/voting-app/app.yaml");
    c.bench_function("read definitions", |b| b.iter(|| vela::definitions().map(drop)));
    for (name, text) in [("first-app", first), ("voting-app", voting)] {
        let Ok(app) = Bundle::new("app.yaml", text).read() else { return };
        c.bench_function(&format!("render {name}"), |b| {
            b.iter(|| vela::render(black_box(&app.application), &app.definitions).map(drop));
        });
        c.bench_function(&format!("plan {name}"), |b| {
            b.iter(|| black_box(&app).plan(&PlanOptions::default()).map(drop));
        });
        let Ok(plan) = app.plan(&PlanOptions::default()).map(Arc::new) else { return };
        let steps = app.steps(RenderOptions::default());
        c.bench_function(&format!("engine {name}"), |b| {
            b.iter(|| simulate(black_box(&plan), &steps, &[], Options::default()).map(drop));
        });
    }
}

criterion_group!(benches, language, applications);
criterion_main!(benches);
