//! The command: hunts, and prints what it found.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;
use vela_differential::compare::{Aspect, differences};
use vela_differential::cue::Cue;
use vela_differential::generate::{Options, program};
use vela_differential::hunt::{Found, Plan, Report, hunt};
use vela_differential::orders::{Contradiction, contradiction, smallest};
use vela_differential::ours;
use vela_differential::peer::{Lines, Peer};

/// Orders tried of each program.
const ORDERS: u64 = 5;

const USAGE: &str = "\
vela-differential [--seed N] [--from N] [--count N] [--ignore ASPECT,…] [--shrinks N]
  --peer COMMAND    compare with a cue command (default: cue)
  --lines COMMAND   compare with a program that answers trees line by line
  --check FILE      compare on the programs of a file, divided by lines of ---
  --orders          our engine against itself on programs written in other orders
  --print           only print the programs";

struct Arguments {
    plan: Plan,
    peer: String,
    lines: Option<String>,
    print: bool,
    check: Option<String>,
    orders: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut plan = Plan {
        seed: 1,
        from: 0,
        count: 1000,
        aspects: Aspect::ALL.to_vec(),
        shrinks: 100,
        options: Options::default(),
    };
    let (mut lines, mut print, mut check) = (None, false, None);
    let mut orders = false;
    let mut peer = "cue".to_owned();
    let mut given = std::env::args().skip(1);
    while let Some(flag) = given.next() {
        if flag == "--print" {
            print = true;
            continue;
        }
        if flag == "--orders" {
            orders = true;
            continue;
        }
        let value = given.next().ok_or_else(|| format!("{flag} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{flag} needs a number"));
        match flag.as_str() {
            "--seed" => plan.seed = number()?,
            "--from" => plan.from = number()?,
            "--count" => plan.count = number()?,
            "--shrinks" => plan.shrinks = number()? as usize,
            "--peer" => peer = value,
            "--lines" => lines = Some(value),
            "--check" => check = Some(value),
            "--ignore" => {
                let ignored: Vec<&str> = value.split(',').collect();
                plan.aspects.retain(|aspect| !ignored.contains(&aspect.to_string().as_str()));
            }
            _ => return Err(format!("unknown flag {flag}\n{USAGE}")),
        }
    }
    Ok(Arguments { plan, peer, lines, print, check, orders })
}

fn main() -> ExitCode {
    let mut out = io::stdout().lock();
    match run(&mut out) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

fn run(out: &mut dyn Write) -> Result<bool, String> {
    let Arguments { plan, peer, lines, print, check, orders } = arguments()?;
    let failed = |error: io::Error| error.to_string();
    if print {
        for index in plan.from..plan.from + plan.count {
            let program = program(plan.seed, index, &plan.options);
            writeln!(out, "// {index}\n{program}").map_err(failed)?;
        }
        return Ok(true);
    }
    std::panic::set_hook(Box::new(|_| {}));
    if orders {
        return try_orders(out, &plan).map_err(failed);
    }
    let mut peer: Box<dyn Peer> = match lines {
        Some(command) => Box::new(Lines::new(&command)),
        None => Box::new(Cue::new(&peer).map_err(failed)?),
    };
    if let Some(file) = check {
        let text = std::fs::read_to_string(file).map_err(failed)?;
        return check_programs(out, &mut *peer, &text).map_err(failed);
    }
    let start = Instant::now();
    let report = hunt(&mut *peer, &plan).map_err(failed)?;
    let seconds = start.elapsed().as_secs_f64();
    write_report(out, &report, seconds).map_err(failed)?;
    Ok(report.disagreements.is_empty())
}

/// Programs of a file, divided by lines of dashes: where the engines differ on them.
fn check_programs(out: &mut dyn Write, peer: &mut dyn Peer, text: &str) -> io::Result<bool> {
    let programs: Vec<Vec<String>> =
        text.split("\n---\n").map(|program| vec![program.to_owned()]).collect();
    let theirs = peer.answers(&programs)?;
    let mut agree = true;
    for (program, theirs) in programs.iter().zip(&theirs) {
        let found = differences(&ours::answer(program, peer.form()), theirs);
        agree &= found.is_empty();
        let verdict = if found.is_empty() { "agree" } else { "differ" };
        writeln!(out, "=== {verdict}\n{}", program[0].trim_end())?;
        for difference in found {
            writeln!(out, "  {} at {}", difference.aspect, difference.path)?;
            writeln!(out, "    ours   {}", difference.ours)?;
            writeln!(out, "    theirs {}", difference.theirs)?;
        }
    }
    Ok(agree)
}

/// Our engine against itself: every program in some other orders.
fn try_orders(out: &mut dyn Write, plan: &Plan) -> io::Result<bool> {
    let mut contradictions = 0;
    for index in plan.from..plan.from + plan.count {
        let program = program(plan.seed, index, &plan.options);
        let Some(found) = contradiction(&program, ORDERS) else { continue };
        contradictions += 1;
        if contradictions <= plan.shrinks {
            let Contradiction { program, other, difference } = smallest(found, ORDERS);
            writeln!(out, "=== {} (#{index})\n{program}  or\n{other}", difference.aspect)?;
            writeln!(out, "  at     {}", difference.path)?;
            writeln!(out, "  first  {}", difference.ours)?;
            writeln!(out, "  second {}", difference.theirs)?;
        }
    }
    writeln!(out, "{} programs, {contradictions} depend on their order", plan.count)?;
    Ok(contradictions == 0)
}

fn write_report(out: &mut dyn Write, report: &Report, seconds: f64) -> io::Result<()> {
    let mut groups: BTreeMap<String, Vec<&Found>> = BTreeMap::new();
    for found in &report.found {
        let key = format!("{}\n{}", found.difference.aspect, found.program);
        groups.entry(key).or_default().push(found);
    }
    let mut groups: Vec<Vec<&Found>> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    for group in &groups {
        let first = group[0];
        let difference = &first.difference;
        let numbers: Vec<String> = group.iter().take(5).map(|f| f.index.to_string()).collect();
        writeln!(out, "=== {} × {} (#{})", group.len(), difference.aspect, numbers.join(" #"))?;
        write!(out, "{}", first.program)?;
        writeln!(out, "  at     {}", difference.path)?;
        writeln!(out, "  ours   {}", difference.ours)?;
        writeln!(out, "  theirs {}", difference.theirs)?;
    }
    let total: u64 = report.disagreements.values().sum();
    writeln!(
        out,
        "{} programs in {seconds:.1} s ({} valid, {} do not load), {} where the peer \
         contradicts itself, {total} disagreements, longest row {}, last row {}",
        report.compared,
        report.valid,
        report.unloadable,
        report.fickle,
        report.longest,
        report.last
    )?;
    for (aspect, count) in &report.disagreements {
        writeln!(out, "  {aspect}: {count}")?;
    }
    Ok(())
}
