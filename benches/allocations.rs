//! What evaluation allocates: blocks and bytes for each stage of a workload, and the peak between them.
//!
//! Prints a line per workload; `cargo bench -p vela --bench allocations [name]`.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use std::alloc::System;
use std::fmt::Write as _;
use vela::lang::{DataFormat, Engine, Inputs};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Structs of four scalars.
fn flat(count: usize) -> String {
    let mut text = String::new();
    for i in 0..count {
        let on = i % 2 == 0;
        let _ = writeln!(text, "f{i}: {{id: {i}, name: \"item {i}\", ratio: {i}.5, on: {on}}}");
    }
    text
}

/// Structs under one closed definition with bounds, defaults and patterns.
fn schema(count: usize) -> String {
    let mut text = String::from(
        r##"
#Item: {
	id!:      int & >=0
	name!:    string & =~"^[a-z][a-z0-9-]*$"
	kind:     *"standard" | "premium"
	replicas: int & >=1 & <=100 | *1
	labels: [string]: string
	ports: [...{port: uint16, proto: *"TCP" | "UDP"}]
	limits: {cpu: number | *2, memory: string | *"1Gi"}
	enabled: bool | *true
	note?:   string
}
"##,
    );
    for i in 0..count {
        let _ = writeln!(
            text,
            "\"i{i}\": #Item & {{id: {i}, name: \"item-{i}\", labels: {{app: \"a\"}}, ports: [{{port: 80}}]}}"
        );
    }
    text
}

/// Values of a disjunction of structs told apart by a literal.
fn oneof(count: usize) -> String {
    let mut text = String::new();
    for i in 0..6 {
        let _ = writeln!(
            text,
            "#K{i}: {{kind: \"k{i}\", size: *{i} | int, opts: {{a: *true | bool}}, only{i}: string}}"
        );
    }
    text.push_str("#Any: #K0 | #K1 | #K2 | #K3 | #K4 | #K5\n");
    for i in 0..count {
        let _ = writeln!(text, "v{i}: #Any & {{kind: \"k{}\", only{}: \"s{i}\"}}", i % 6, i % 6);
    }
    text
}

/// Blocks, reallocations counted too.
fn blocks(stats: &Stats) -> usize {
    stats.allocations + stats.reallocations
}

/// Bytes that are still held.
fn held(stats: &Stats) -> usize {
    stats.bytes_allocated - stats.bytes_deallocated
}

fn measured(name: &str, text: &str, fields: usize) -> Result<(), vela::lang::Error> {
    let engine = Engine::new();
    let region = Region::new(ALLOCATOR);
    let file = engine.parse("in.cue", text)?;
    let tree = region.change();
    let region = Region::new(ALLOCATOR);
    let program = engine.compile(&[file])?;
    let compiled = region.change();
    let region = Region::new(ALLOCATOR);
    let mut written = 0;
    program.write(&Inputs::default(), DataFormat::Json, &mut |chunk| written += chunk.len())?;
    let evaluated = region.change();
    let each = |count: usize| count as f64 / fields as f64;
    println!(
        "{name:8} {fields:>7} fields, for each: tree {:.2} blocks {:.0} bytes, program {:.2} blocks {:.0} bytes, \
         evaluated and written ({written} bytes) {:.3} blocks {:.0} bytes",
        each(blocks(&tree)),
        each(held(&tree)),
        each(blocks(&compiled)),
        each(held(&compiled)),
        each(blocks(&evaluated)),
        each(evaluated.bytes_allocated)
    );
    Ok(())
}

fn main() -> Result<(), vela::lang::Error> {
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let count = 2000;
    // Fields of a struct, and the struct itself.
    let workloads =
        [("flat", flat(count), 5), ("schema", schema(count), 14), ("oneof", oneof(count), 6)];
    for (name, text, fields) in workloads {
        if wanted.as_deref().is_none_or(|wanted| name.contains(wanted)) {
            measured(name, &text, fields * count)?;
        }
    }
    Ok(())
}
