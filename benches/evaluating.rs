//! Programs that are compiled once and evaluated many times, by one thread and by two.
//!
//! Prints a line per workload; `cargo bench -p vela --bench evaluating [name]`. With `cue` on the PATH it also
//! runs that on the same text, as whole processes: what a program had to do that can't embed it.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use vela::lang::ir::Program;
use vela::lang::{DataFormat, Engine, Inputs};

mod workloads;

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long a rate is measured.
const WINDOW: Duration = Duration::from_secs(3);

/// How many values each program has.
const COUNT: usize = 100;

/// Evaluations, with their results written as JSON, per second by so many threads.
fn rate(program: &Program, threads: usize) -> f64 {
    let start = Instant::now();
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let work = || {
            let mut count = 0;
            while start.elapsed() < WINDOW {
                let mut written = 0;
                let left = program.write(&Inputs::default(), DataFormat::Json, &mut |chunk| {
                    written += chunk.len();
                });
                assert!(written > 0 && matches!(left, Ok(None)), "it is data");
                count += 1;
            }
            count
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_default()).collect()
    });
    counts.iter().sum::<usize>() as f64 / start.elapsed().as_secs_f64()
}

/// Runs of `cue export` on a text per second, if there is a `cue`.
fn whole_processes(text: &str) -> Option<f64> {
    let path = std::env::temp_dir().join(format!("vela-bench-{}.cue", std::process::id()));
    std::fs::write(&path, text).ok()?;
    let start = Instant::now();
    let mut count = 0;
    let mut works = true;
    while works && start.elapsed() < WINDOW {
        let run = Command::new("cue").arg("export").arg(&path).stdout(Stdio::null()).status();
        works = run.is_ok_and(|status| status.success());
        count += 1;
    }
    let _ = std::fs::remove_file(&path);
    works.then(|| f64::from(count) / start.elapsed().as_secs_f64())
}

fn main() -> Result<(), vela::lang::Error> {
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let workloads = [
        ("flat", workloads::flat(COUNT)),
        ("schema", workloads::schema(COUNT)),
        ("oneof", workloads::oneof(COUNT)),
    ];
    for (name, text) in workloads {
        if wanted.as_deref().is_some_and(|wanted| !name.contains(wanted)) {
            continue;
        }
        let engine = Engine::new();
        let program = engine.compile(&[engine.parse("in.cue", text.as_str())?])?;
        let (one, two) = (rate(&program, 1), rate(&program, 2));
        print!("{name:8} {one:>7.0} evaluations/s, by two threads {two:.0} (x{:.2})", two / one);
        match whole_processes(&text) {
            Some(rate) => println!("; cue {rate:.1} processes/s (x{:.0})", one / rate),
            None => println!("; there is no cue"),
        }
    }
    Ok(())
}
