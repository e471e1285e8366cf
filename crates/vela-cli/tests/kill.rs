//! SIGKILL of the real binary at every durable boundary: before and after each write to the state, and so
//! before and after each effect.
//!
//! An application is deployed by commands that are killed (`--crash-at`), and by further ones, some of
//! them killed too, until its workflow has ended. Then steps and objects, with how often each was
//! written, must be those of a deployment that nobody killed. What steps send out is counted by a server
//! outside: nothing may arrive twice, and what may have been lost must be said to be unknown, with the
//! command that goes on.
//!
//! The long form: `VELA_KILLS=2000`, with `VELA_BIN` the path of an optimised binary.

#![cfg(unix)]

mod command;

use command::{Home, example};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The table of the local target's objects in an exported state.
const OBJECTS: u8 = 4;

/// A server that counts what arrives, by path.
#[derive(Clone)]
struct Journal {
    address: String,
    arrived: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Journal {
    fn open() -> Journal {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let journal = Journal { address, arrived: Arc::default() };
        let arrived = Arc::clone(&journal.arrived);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let arrived = Arc::clone(&arrived);
                std::thread::spawn(move || answer(stream, &arrived));
            }
        });
        journal
    }

    /// What arrived below a path, and how often.
    fn below(&self, prefix: &str) -> BTreeMap<String, u32> {
        let arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let below = arrived
            .iter()
            .filter_map(|(path, count)| Some((path.strip_prefix(prefix)?.to_owned(), *count)));
        below.collect()
    }
}

fn answer(stream: TcpStream, arrived: &Mutex<BTreeMap<String, u32>>) {
    let mut reader = BufReader::new(&stream);
    let mut path = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if path.is_empty() {
            path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        } else if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    if path.is_empty() || reader.read_exact(&mut body).is_err() {
        return;
    }
    *arrived.lock().unwrap_or_else(PoisonError::into_inner).entry(path).or_default() += 1;
    let mut out = &stream;
    let _ = out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}

/// What is deployed.
#[derive(Clone)]
struct Case {
    name: String,
    /// The application's file; where nothing, one is generated of the number.
    file: Option<String>,
    number: u64,
}

/// Numbers that look random and are the same for the same seed.
fn draw(state: &mut u64, below: u64) -> u64 {
    *state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
    (*state >> 33) % below.max(1)
}

impl Case {
    /// An application of its number: parallel branches, groups, waits, conditions, retries, requests.
    fn generated(&self, journal: &str) -> String {
        let mut state = self.number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut components = String::new();
        for part in ["a", "b"] {
            let flaky = if draw(&mut state, 4) == 0 { "\n        simulate: flaky:1" } else { "" };
            let _ = write!(
                components,
                "\n    - name: {part}\n      type: k8s-objects\n      properties:{flaky}\n        objects:\n          \
                 - apiVersion: v1\n            kind: ConfigMap\n            metadata: {{name: {part}}}\n            \
                 data: {{n: \"{}\"}}",
                self.number
            );
        }
        let mut steps = String::new();
        let request = |name: &str| {
            format!("type: request, properties: {{url: '{journal}/{name}', method: POST}}")
        };
        for ix in 0..3 + draw(&mut state, 3) {
            let name = format!("s{ix}");
            let what = match draw(&mut state, 6) {
                0 => "type: suspend, properties: {duration: 1s}".to_owned(),
                1 => "type: apply-component, properties: {component: a}".to_owned(),
                2 => "type: apply-component, properties: {component: b}".to_owned(),
                3 => format!(
                    "type: step-group, subSteps: [{{name: {name}a, {}}}, {{name: {name}b, {}}}]",
                    request(&format!("{name}a")),
                    request(&format!("{name}b"))
                ),
                _ => request(&name),
            };
            let depends = match draw(&mut state, 3) {
                0 if ix > 0 => format!(", dependsOn: [s{}]", draw(&mut state, ix)),
                _ => String::new(),
            };
            let (depends, condition) = match draw(&mut state, 5) {
                // What it asks about must be over, or the answer depends on who is faster.
                0 if ix > 0 => (
                    format!(", dependsOn: [s{}]", ix - 1),
                    format!(", if: status.s{}.succeeded", ix - 1),
                ),
                1 => (depends, ", if: always".to_owned()),
                _ => (depends, String::new()),
            };
            let _ = write!(steps, "\n      - {{name: {name}, {what}{depends}{condition}}}");
        }
        let mode = if draw(&mut state, 2) == 0 { "DAG" } else { "StepByStep" };
        format!(
            "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {{name: {}}}\nspec:\n  \
             components:{components}\n  workflow:\n    mode: {{steps: {mode}}}\n    steps:{steps}\n",
            self.name
        )
    }
}

/// How a deployment ended.
#[derive(PartialEq, Debug)]
struct End {
    phase: String,
    steps: BTreeMap<String, String>,
    /// Objects, each with the number of times that it was changed.
    objects: BTreeMap<String, Json>,
    arrived: BTreeMap<String, u32>,
    unknown: Vec<String>,
}

/// A deployment in a directory of its own.
struct Deployment<'j> {
    home: Home,
    case: Case,
    file: String,
    journal: &'j Journal,
    /// Where its requests go below the journal's address.
    prefix: String,
    kills: u64,
}

impl<'j> Deployment<'j> {
    fn new(case: &Case, journal: &'j Journal) -> Deployment<'j> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let home = Home::new();
        let prefix = format!("/{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let file = case.file.clone().unwrap_or_else(|| {
            home.write("app.yaml", case.generated(&format!("{}{prefix}", journal.address)));
            "app.yaml".to_owned()
        });
        Deployment { home, case: case.clone(), file, journal, prefix, kills: 0 }
    }

    /// Runs a command; gives whether it was killed, and what it said.
    fn vela(&self, args: &[&str]) -> Result<(bool, String), String> {
        let mut command = self.home.command(args);
        command.env("VELA_HTTP_ALLOW", "private").env("NO_PROXY", "*");
        let output = command.output().map_err(|why| why.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        match (output.status.signal(), output.status.code()) {
            (Some(9), _) => Ok((true, said)),
            // A workflow that failed is an end like others.
            (_, Some(0 | 3 | 4)) => Ok((false, said)),
            _ => Err(format!(
                "vela {}: {}: {said}{}",
                args.join(" "),
                output.status,
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }

    fn phase(&self) -> Result<Option<Json>, String> {
        if self.vela(&["ls"])?.1.contains(&format!("default/{}", self.case.name)) {
            let said = self.vela(&["status", &self.case.name, "--out", "json"])?.1;
            return serde_json::from_str(&said).map(Some).map_err(|why| format!("{why}: {said}"));
        }
        Ok(None)
    }

    /// Works until the workflow has ended. The command of that number is killed at a boundary, those after
    /// it at the boundaries that are drawn; gives whether the first was.
    fn work(&mut self, command: usize, boundary: u64, draws: &mut u64) -> Result<bool, String> {
        let mut first = None;
        for turn in 0..12 {
            let phase = self.phase()?;
            let phase =
                phase.as_ref().and_then(|status| status["phase"].as_str()).unwrap_or("none");
            if matches!(phase, "running" | "workflowFailed" | "workflowTerminated") {
                return Ok(first.unwrap_or(false));
            }
            let mut args = match phase {
                "workflowSuspending" => vec!["workflow", "resume", &self.case.name],
                _ => vec!["up", "-f", &self.file],
            };
            let crash = match turn.cmp(&command) {
                std::cmp::Ordering::Less => 0,
                std::cmp::Ordering::Equal => boundary,
                std::cmp::Ordering::Greater if turn < 6 && draw(draws, 3) == 0 => {
                    1 + draw(draws, 12)
                }
                std::cmp::Ordering::Greater => 0,
            };
            let crash = crash.to_string();
            if crash != "0" {
                args.extend(["--crash-at", &crash]);
            }
            let (killed, _) = self.vela(&args)?;
            self.kills += u64::from(killed);
            if turn == command {
                first = Some(killed);
            }
        }
        Err(format!("it does not end: {:?}", self.phase()?))
    }

    fn end(&self) -> Result<End, String> {
        let status = self.phase()?.ok_or("it is gone")?;
        let mut steps = BTreeMap::new();
        let mut unknown = Vec::new();
        let empty = Vec::new();
        let top = status["steps"].as_array().unwrap_or(&empty);
        let all = top.iter().flat_map(|step| {
            std::iter::once(step).chain(step["sub"].as_array().into_iter().flatten())
        });
        for step in all {
            let name = step["name"].as_str().unwrap_or_default().to_owned();
            steps.insert(name.clone(), format!("{} {}", step["phase"], step["reason"]));
            if step["reason"] == "Unknown" && step["sub"].as_array().is_none_or(Vec::is_empty) {
                let says = step["message"].as_str().is_some_and(|message| {
                    message.contains(&format!("vela workflow restart {}", self.case.name))
                });
                unknown.push(format!("{name}{}", if says { "" } else { " without a way out" }));
            }
        }
        if !self.vela(&["state", "verify"])?.1.contains("the state is whole") {
            return Err("the state is damaged".to_owned());
        }
        let mut objects = BTreeMap::new();
        for line in self.vela(&["state", "export"])?.1.lines() {
            let line: Json = serde_json::from_str(line).map_err(|why| why.to_string())?;
            if line["table"] == OBJECTS {
                let text = line["text"].as_str().unwrap_or_default();
                let kept: Json = serde_json::from_str(text).map_err(|why| why.to_string())?;
                let key = line["key"].as_str().unwrap_or_default().to_owned();
                objects.insert(key, json!([kept["generation"], kept["live"]]));
            }
        }
        // A generated workflow may have no step that applies anything.
        if objects.is_empty() && self.case.file.is_some() {
            return Err("there are no objects".to_owned());
        }
        Ok(End {
            phase: status["phase"].as_str().unwrap_or_default().to_owned(),
            steps,
            objects,
            arrived: self.journal.below(&format!("{}/", self.prefix)),
            unknown,
        })
    }
}

/// What is wrong with an end, beside that of a deployment that nobody killed.
fn compare(end: &End, whole: &End) -> Result<(), String> {
    if let Some((path, count)) = end.arrived.iter().find(|(_, count)| **count > 1) {
        return Err(format!("{path} arrived {count} times"));
    }
    if let Some(silent) = end.unknown.iter().find(|step| step.contains("without")) {
        return Err(format!("unknown: {silent}"));
    }
    if end.unknown.is_empty() && end != whole {
        return Err(format!("it ended as {end:?}, and without a crash as {whole:?}"));
    }
    Ok(())
}

#[derive(Default)]
struct Count {
    kills: AtomicU64,
    ends: AtomicU64,
    unknown: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

/// Kills a case at every boundary of its commands, or at as many as are still wanted.
fn every_boundary(case: &Case, journal: &Journal, stride: u64, wanted: u64, count: &Count) {
    let note = |why: String| {
        count.wrong.lock().unwrap_or_else(PoisonError::into_inner).push(why);
    };
    let mut whole = Deployment::new(case, journal);
    let whole = match whole.work(usize::MAX, 0, &mut 0).and_then(|_| whole.end()) {
        Ok(end) => end,
        Err(why) => return note(format!("{}: {why}", case.name)),
    };
    let mut draws = case.number + 7;
    // The second command is there where somebody has to approve.
    for command in 0..if case.file.is_some() { 2 } else { 1 } {
        let mut boundary = 1 + case.number % stride;
        loop {
            if count.kills.load(Ordering::Relaxed) >= wanted {
                return;
            }
            let mut killed = Deployment::new(case, journal);
            let result = killed.work(command, boundary, &mut draws);
            count.kills.fetch_add(killed.kills, Ordering::Relaxed);
            let result = match result {
                Ok(false) => break,
                Ok(true) => killed.end().and_then(|end| {
                    count.unknown.fetch_add(u64::from(!end.unknown.is_empty()), Ordering::Relaxed);
                    compare(&end, &whole)
                }),
                Err(why) => Err(why),
            };
            count.ends.fetch_add(1, Ordering::Relaxed);
            if let Err(why) = result {
                note(format!("{} killed at {boundary} of command {command}: {why}", case.name));
            }
            boundary += stride;
        }
    }
}

#[test]
fn killed_at_every_boundary() {
    let wanted = setting("VELA_KILLS", 40);
    let generated = setting("VELA_KILL_WORKFLOWS", 200);
    let journal = Journal::open();
    let examples = ["first-app", "multi-env", "voting-app"].map(|name| Case {
        name: name.to_owned(),
        file: Some(example(&format!("{name}/app.yaml"))),
        number: 0,
    });
    let mut cases: Vec<Case> = examples.to_vec();
    cases.extend((0..generated).map(|number| Case {
        name: format!("g{number}"),
        file: None,
        number,
    }));
    // Few kills are spread over many workflows; many go through every boundary of each.
    let stride = (cases.len() as u64 * 40 / wanted.max(1)).clamp(1, 20);
    let begun = std::time::Instant::now();
    let (count, next) = (Count::default(), AtomicU64::new(0));
    std::thread::scope(|scope| {
        // Deployments wait most of the time, for objects that become healthy.
        for _ in 0..setting("VELA_KILL_JOBS", 16) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                    if count.kills.load(Ordering::Relaxed) >= wanted {
                        return;
                    }
                    every_boundary(case, &journal, stride, wanted, &count);
                }
            });
        }
    });
    let wrong = count.wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    let _ = writeln!(
        std::io::stderr(),
        "kill: {} kills of the binary in {} deployments, {} ended as unknown, {} wrong, {:?}",
        count.kills.into_inner(),
        count.ends.into_inner(),
        count.unknown.into_inner(),
        wrong.len(),
        begun.elapsed()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
