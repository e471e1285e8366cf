//! Rendering and planning as services do it: definitions compiled once, applications that come and go.
//!
//! Prints a line per figure; `cargo bench -p vela --bench rendering [name]`.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};
use vela::dag::plan::{PlanOptions, Session};
use vela::{Application, Catalog};

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long a rate is measured.
const WINDOW: Duration = Duration::from_secs(3);

/// An application that renders to six manifests.
fn shop(index: usize) -> String {
    format!(
        r#"apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {{name: shop-{index}}}
spec:
  components:
  - name: web-{index}
    type: webservice
    properties:
      image: registry.example.com/web:{index}
      ports: [{{port: 8080, expose: true}}]
      env: [{{name: A, value: "1"}}, {{name: B, value: "2"}}]
      cpu: 500m
      memory: 512Mi
    traits:
    - {{type: scaler, properties: {{replicas: 3}}}}
    - type: gateway
      properties: {{domain: web-{index}.example.com, http: {{"/": 8080}}, class: nginx}}
    - type: storage
      properties:
        pvc: [{{name: data, mountPath: /data, resources: {{requests: {{storage: 1Gi}}}}}}]
        configMap: [{{name: conf-{index}, mountPath: /etc/conf, data: {{a: b}}}}]
"#
    )
}

/// An application of many components, ten clusters each.
fn fleet(components: usize, clusters: usize, changed: Option<usize>) -> String {
    let mut text = String::from(
        "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: fleet}\nspec:\n  components:\n",
    );
    for i in 0..components {
        let replicas = if changed == Some(i) { 7 } else { 2 };
        let _ = writeln!(
            text,
            "  - name: c{i}\n    type: webservice\n    properties: {{image: \"registry.example.com/c{i}:1\", ports: [{{port: 80, expose: true}}]}}\n    traits: [{{type: scaler, properties: {{replicas: {replicas}}}}}]"
        );
    }
    let names: Vec<String> = (0..clusters).map(|i| format!("c{i}")).collect();
    let _ = writeln!(
        text,
        "  policies:\n  - {{name: all, type: topology, properties: {{clusters: [{}]}}}}",
        names.join(", ")
    );
    text
}

fn read(catalog: &Catalog, text: &str) -> Result<Application, vela::Error> {
    vela::application(catalog, "app.yaml", text)
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Applications rendered per second by so many threads.
fn rate(threads: usize) -> Result<f64, vela::Error> {
    let session = vela::Session::new(Vec::new())?;
    session.render("app.yaml", &shop(0))?;
    let start = Instant::now();
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let session = &session;
                scope.spawn(move || {
                    let mut count = 0;
                    while start.elapsed() < WINDOW {
                        let text = shop(thread * 1_000_000 + count);
                        match session.render("app.yaml", &text) {
                            Ok(manifests) => assert_eq!(manifests.len(), 6),
                            Err(error) => panic!("{error}"),
                        }
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or_default()).collect()
    });
    Ok(counts.iter().sum::<usize>() as f64 / start.elapsed().as_secs_f64())
}

fn main() -> Result<(), vela::Error> {
    let wanted = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| name.contains(wanted));
    if is_wanted("one-thread") {
        println!("one-thread   {:>9.0} apps/s  (peak {} KiB)", rate(1)?, resident());
    }
    if is_wanted("two-threads") {
        println!("two-threads  {:>9.0} apps/s  (peak {} KiB)", rate(2)?, resident());
    }
    if is_wanted("streamed") {
        let session = vela::Session::new(Vec::new())?;
        let start = Instant::now();
        for i in 0..10_000 {
            session.render("app.yaml", &shop(i))?;
        }
        println!(
            "streamed     {:>9.2?} for 10,000 apps (peak {} KiB)",
            start.elapsed(),
            resident()
        );
    }
    for (name, components) in [("fleet-250", 250), ("fleet-500", 500), ("fleet-1000", 1000)] {
        if is_wanted(name) {
            fleet_planned(name, components)?;
        }
    }
    Ok(())
}

/// A fleet's plan from scratch, and after an edit of one component.
fn fleet_planned(name: &str, components: usize) -> Result<(), vela::Error> {
    let catalog = vela::definitions()?;
    let failed = |error| vela::Error::application(error, catalog.sources());
    let app = read(&catalog, &fleet(components, 10, None))?;
    let mut session = Session::new(catalog.clone(), PlanOptions::default());
    let start = Instant::now();
    let nodes = session.plan(&app).map_err(failed)?.nodes.len();
    let first = start.elapsed();
    let mut edits = Vec::new();
    for i in 0..10 {
        let app = read(&catalog, &fleet(components, 10, Some(i * components / 10)))?;
        let start = Instant::now();
        session.plan(&app).map_err(failed)?;
        edits.push(start.elapsed());
    }
    edits.sort();
    println!(
        "{name:<12} {first:>9.2?} plan of {nodes} nodes; after one edit {:.2?} (peak {} KiB)",
        edits[edits.len() / 2],
        resident()
    );
    Ok(())
}
