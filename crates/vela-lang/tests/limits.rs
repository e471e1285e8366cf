//! Every limit ends an evaluation with a finding that has the limit's code, and input made to exhaust
//! an evaluator ends in a value or in a finding, on a small stack too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use vela_lang::{Engine, Error, Inputs, Limits, Value};

const LOOPS: &str = "import \"list\"\n\
    x: [for a in list.Range(0, 3000, 1) for b in list.Range(0, 3000, 1) {a * b}]\n";

fn evaluate(text: &str, limits: Limits) -> Result<Value, Error> {
    let engine = Engine::new();
    let file = engine.parse("limits.cue", text)?;
    engine.compile(&[file])?.evaluate(&Inputs { limits, ..Inputs::default() })
}

/// The code of the first finding.
fn code(text: &str, limits: Limits) -> String {
    match evaluate(text, limits) {
        Ok(_) => "a value".to_owned(),
        Err(error) => error.diagnostics()[0].code.to_string(),
    }
}

#[test]
fn steps_run_out() {
    assert_eq!(code(LOOPS, Limits { steps: 10_000, ..Limits::default() }), "limit/steps");
}

#[test]
fn memory_runs_out() {
    assert_eq!(code(LOOPS, Limits { memory: 1 << 20, ..Limits::default() }), "limit/memory");
}

#[test]
fn depth_runs_out() {
    let text = format!("x: {}1{}", "{a: ".repeat(200), "}".repeat(200));
    assert_eq!(code(&text, Limits { depth: 50, ..Limits::default() }), "limit/depth");
}

#[test]
fn a_deadline_passes() {
    let limits = Limits { deadline: Some(Instant::now()), ..Limits::default() };
    assert_eq!(code(LOOPS, limits), "limit/deadline");
}

#[test]
fn another_thread_cancels() {
    let cancelled = Arc::new(AtomicBool::new(false));
    let flag = cancelled.clone();
    let limits = Limits { cancelled: Some(cancelled), ..Limits::default() };
    let evaluation = std::thread::spawn(move || code(LOOPS, limits));
    flag.store(true, Ordering::Relaxed);
    assert_eq!(evaluation.join().ok().as_deref(), Some("limit/cancelled"));
}

fn modest() -> Limits {
    Limits {
        steps: 2_000_000,
        memory: 256 << 20,
        deadline: Some(Instant::now() + Duration::from_secs(60)),
        ..Limits::default()
    }
}

/// A name, how the evaluation may end (beginnings of codes, or a value), and the program.
fn bombs() -> Vec<(&'static str, &'static [&'static str], String)> {
    let doubled = |n: usize, first: &str, next: &dyn Fn(usize) -> String| {
        let mut text = format!("a0: {first}\n");
        (1..=n).for_each(|i| text.push_str(&format!("a{i}: {}\n", next(i - 1))));
        text
    };
    vec![
        (
            "laughs",
            &["limit/"],
            doubled(12, "[1,1,1,1,1,1,1,1]", &|i| {
                format!("[{}]", vec![format!("a{i}"); 8].join(","))
            }),
        ),
        ("range", &["limit/"], "import \"list\"\nx: list.Range(0, 1e9, 1)".to_owned()),
        ("loops", &["limit/"], LOOPS.to_owned()),
        (
            "interpolation",
            &["limit/"],
            doubled(27, "\"xxxxxxxx\"", &|i| format!("\"\\(a{i})\\(a{i})\"")),
        ),
        (
            "repeat",
            &["limit/"],
            "import \"strings\"\nx: strings.Repeat(strings.Repeat(\"x\", 100000), 100000)"
                .to_owned(),
        ),
        (
            "shift",
            &["limit/", "a value"],
            "import \"math/bits\"\nx: bits.Lsh(1, 100000000000)".to_owned(),
        ),
        (
            "disjunctions",
            &["limit/"],
            format!(
                "x: {}",
                (0..24)
                    .map(|i| format!("({{a{i}: 1}} | {{a{i}: 2}})"))
                    .collect::<Vec<_>>()
                    .join(" & ")
            ),
        ),
        ("structs", &["limit/"], doubled(25, "{v: 1}", &|i| format!("{{l: a{i}, r: a{i}}}"))),
        ("exponent", &["a value"], "x: 1e1000000000 + 1".to_owned()),
        ("brackets", &["cue/nesting"], "x: ".to_owned() + &"[".repeat(1_000_000)),
        ("levels", &["cue/nesting"], "a: ".repeat(100_000) + "1"),
        ("terms", &["a value"], format!("x: {}1", "1 + ".repeat(300_000))),
        ("chain", &["a value", "limit/deadline"], doubled(200_000, "1", &|i| format!("a{i}"))),
        (
            "ways",
            &["a value", "limit/deadline"],
            format!("x: {}0", (1..200_000).map(|i| format!("{i} | ")).collect::<String>()),
        ),
    ]
}

#[test]
fn bombs_end_on_a_small_stack() {
    for (name, ends, text) in bombs() {
        let start = Instant::now();
        let run = std::thread::Builder::new()
            .stack_size(2 << 20)
            .spawn(move || code(&text, modest()))
            .expect("a thread starts")
            .join();
        let end = run.unwrap_or_else(|_| panic!("{name} panics"));
        assert!(ends.iter().any(|e| end.starts_with(e)), "{name} ends in {end}");
        let took = start.elapsed();
        assert!(took < Duration::from_secs(120), "{name} takes {took:?}");
    }
}

#[test]
fn the_deepest_nesting_that_is_read_is_exported_on_a_small_stack() {
    let text = format!("x: {}1{}", "[".repeat(990), "]".repeat(990));
    let run = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || evaluate(&text, modest()).map(|value| vela_lang::export::tree_json(&value)))
        .expect("a thread starts")
        .join();
    let tree = run.expect("no panic").expect("a value");
    assert_eq!(tree.matches("\"k\":\"list\"").count(), 990);
}

/// Ends without a limit at this figure and not below it.
fn edge(fits: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, 1 << 24);
    assert!(fits(high) && !fits(low));
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if fits(middle) { high = middle } else { low = middle }
    }
    high
}

const PROGRAM: &str = "import (\"list\", \"strings\")\n\
    xs: [for i in list.Range(0, 300, 1) {name: \"n\\(i)\", up: strings.ToUpper(name), deep: a: b: i}]\n\
    sum: list.Sum([for x in xs {x.deep.a.b}])\n";

#[test]
fn steps_have_an_edge_that_stays() {
    let fits = |steps| code(PROGRAM, Limits { steps, ..Limits::default() }) == "a value";
    let least = edge(fits);
    for _ in 0..3 {
        assert!(fits(least));
        let below = Limits { steps: least - 1, ..Limits::default() };
        assert_eq!(code(PROGRAM, below), "limit/steps");
    }
    let elsewhere = std::thread::spawn(move || fits(least) && !fits(least - 1));
    assert_eq!(elsewhere.join().ok(), Some(true));
}

#[test]
fn depth_has_an_edge() {
    let text = format!("x: {}1{}", "{a: ".repeat(200), "}".repeat(200));
    let with = |depth: u64| {
        let depth = u32::try_from(depth).unwrap_or(u32::MAX);
        code(&text, Limits { depth, ..Limits::default() })
    };
    let least = edge(|depth| with(depth) == "a value");
    assert!(least >= 200, "{least}");
    assert_eq!(with(least - 1), "limit/depth");
}

#[test]
fn memory_has_an_edge_and_is_refused_before_it_is_taken() {
    let range = "import \"list\"\nx: list.Range(0, 1000000, 1)\n";
    let with = |memory: usize| code(range, Limits { memory, ..Limits::default() });
    assert_eq!(with(1 << 20), "limit/memory");
    let start = Instant::now();
    let huge = "import \"list\"\nx: list.Range(0, 1e15, 1)\n";
    assert_eq!(code(huge, Limits::default()), "limit/memory");
    assert!(start.elapsed() < Duration::from_secs(5), "nothing is made first");
}

#[test]
fn limits_are_reported_at_a_place() {
    for limits in [
        Limits { steps: 10_000, ..Limits::default() },
        Limits { memory: 1 << 20, ..Limits::default() },
        Limits { deadline: Some(Instant::now()), ..Limits::default() },
    ] {
        let error = evaluate(LOOPS, limits).expect_err("a limit is reached");
        assert!(error.diagnostics()[0].span.is_some(), "{:?}", error.diagnostics());
    }
}
