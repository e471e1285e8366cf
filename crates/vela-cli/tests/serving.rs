//! `vela serve`, and settings of runs.

mod command;

use command::{Home, example};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn metrics_for_prometheus() {
    let home = Home::new();
    home.vela(&["up", "-f", &example("multi-env/app.yaml")]).succeeded();
    let mut serving = home.start(&["serve", "--listen", "127.0.0.1:0"]);
    let mut line = String::new();
    BufReader::new(serving.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
    let metrics = ask(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let health = ask(address, "GET /healthz HTTP/1.1\r\n\r\n");
    let (nothing, post) =
        (ask(address, "GET / HTTP/1.1\r\n\r\n"), ask(address, "POST /metrics HTTP/1.1\r\n\r\n"));
    serving.kill().unwrap();
    serving.wait().unwrap();
    for part in [
        "HTTP/1.1 200 OK",
        "# TYPE vela_application_phase gauge",
        "vela_application_phase{namespace=\"default\",application=\"multi-env\",phase=\"workflowSuspending\"} 1",
        "# TYPE vela_runs_total counter",
        "health=\"healthy\"",
        "vela_step_deadline_seconds{",
        "vela_step_waiting_seconds{",
    ] {
        assert!(metrics.contains(part), "no {part:?} in {metrics}");
    }
    assert!(health.starts_with("HTTP/1.1 200") && nothing.starts_with("HTTP/1.1 404"));
    assert!(post.starts_with("HTTP/1.1 405"), "{post}");
}

#[test]
fn every_wait_has_a_deadline_that_can_be_set() {
    let home = Home::new();
    let app = "kind: Application\nmetadata: {name: slow}\nspec:\n  components: []\n  workflow:\n    steps:\n    - {name: hold, type: suspend}\n";
    home.write("app.yaml", app);
    let up = home.vela(&["up", "-f", "app.yaml", "--deadline", "suspend=1s", "--out", "json"]);
    up.succeeded();
    let result: serde_json::Value = serde_json::from_str(&up.out).unwrap();
    let step = &result["steps"][0];
    let (last, deadline) = (step["last"].as_u64().unwrap(), step["deadline"].as_u64().unwrap());
    assert!(deadline <= last + 1_000, "{step}");
    for args in [["--deadline", "lunch=1h"], ["--deadline", "step"], ["--limit", "local=0"]] {
        let ran = home.vela(&[&["up", "-f", "app.yaml"][..], &args[..]].concat());
        assert!(ran.failed(1).err.contains("run/settings"), "{}", ran.err);
    }
}
