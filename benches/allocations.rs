//! What evaluation allocates: blocks and bytes for each stage of a workload.
//!
//! Prints a line per workload; `cargo bench -p vela --bench allocations [name]`.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use std::alloc::System;
use vela::lang::{DataFormat, Engine, Inputs};

mod workloads;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

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
    let files = [engine.parse("in.cue", text)?];
    let tree = region.change();
    let region = Region::new(ALLOCATOR);
    let program = engine.compile(&files)?;
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
    // Fields of a struct in the output, elements of lists too, and the struct itself.
    let workloads = [
        ("flat", workloads::flat(count), 5),
        ("schema", workloads::schema(count), 20),
        ("oneof", workloads::oneof(count), 7),
    ];
    for (name, text, fields) in workloads {
        if wanted.as_deref().is_none_or(|wanted| name.contains(wanted)) {
            measured(name, &text, fields * count)?;
        }
    }
    Ok(())
}
