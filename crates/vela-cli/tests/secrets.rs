//! A hundred canaries, searched for in all that the command writes and keeps, in every usual encoding.

mod command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use command::Home;
use std::fmt::Write as _;
use std::path::Path;

/// Canaries by where they are put; each is made such that its encodings differ.
struct Canaries {
    data: Vec<String>,
    text: Vec<String>,
    environment: Vec<String>,
    marked: Vec<String>,
    failing: Vec<String>,
    granted: Vec<String>,
}

fn canary(place: &str, number: usize) -> String {
    format!("cnry-{place}-{number:02}/\"<&>'+é{}", number * 7919 + 104_729)
}

impl Canaries {
    fn new() -> Canaries {
        let make = |place: &str, count: usize| (0..count).map(|n| canary(place, n)).collect();
        Canaries {
            data: make("data", 20),
            text: make("text", 20),
            environment: make("env", 20),
            marked: make("marked", 20),
            failing: make("failing", 10),
            granted: make("granted", 10),
        }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        [&self.data, &self.text, &self.environment, &self.marked, &self.failing, &self.granted]
            .into_iter()
            .flatten()
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

const DEFINITIONS: &str = r#"
"guarded": {
	type: "component"
	attributes: workload: definition: {apiVersion: "v1", kind: "ConfigMap"}
}
template: {
	output: {
		apiVersion: "v1"
		kind:       "ConfigMap"
		data: {for i, one in parameter.keys {"k\(i)": one.value}}
	}
	parameter: {
		keys: [...{
			// +usage=Nobody else may see it
			// +secret
			value: string
		}]
	}
}
"#;

const READ: &str = r#"
import ("vela/kube", "encoding/base64")

"read-secret": {type: "workflow-step"}
template: {
	read: kube.#Read & {
		$params: value: {apiVersion: "v1", kind: "Secret", metadata: {name: parameter.name, namespace: "default"}}
	}
	token: base64.Decode(null, read.$returns.value.data.k0)
	parameter: name: string
}
"#;

const SAY: &str = r#"
import ("vela/builtin", "vela/util")

"say-and-fail": {type: "workflow-step"}
template: {
	log: util.#Log & {$params: data: "using \(parameter.with)"}
	say: builtin.#Message & {$params: message: "sent Authorization: \(parameter.with)"}
	fail: builtin.#Fail & {$params: message: "refused \(parameter.with) and \(parameter.password)"}
	parameter: {with: string, password: string}
}
"#;

fn application(canaries: &Canaries) -> String {
    let pairs = |list: &[String], encode: &dyn Fn(&str) -> String| {
        let pairs = list.iter().enumerate().map(|(n, c)| format!("k{n}: {}", quoted(&encode(c))));
        pairs.collect::<Vec<_>>().join(", ")
    };
    let environment: Vec<String> = canaries
        .environment
        .iter()
        .enumerate()
        .map(|(n, c)| format!("{{name: PART_{n}_PASSWORD, value: {}}}", quoted(c)))
        .collect();
    let marked: Vec<String> =
        canaries.marked.iter().map(|c| format!("{{value: {}}}", quoted(c))).collect();
    let mut steps = String::new();
    for (n, c) in canaries.failing.iter().enumerate() {
        let _ = writeln!(
            steps,
            "    - {{name: fail-{n}, type: say-and-fail, if: always, inputs: [{{from: token, parameterKey: with}}], properties: {{password: {}}}}}",
            quoted(c)
        );
    }
    format!(
        "kind: Application
metadata: {{name: canaries}}
spec:
  components:
  - name: objects
    type: k8s-objects
    properties:
      objects:
      - {{apiVersion: v1, kind: Secret, metadata: {{name: one}}, data: {{{data}}}}}
      - {{apiVersion: v1, kind: Secret, metadata: {{name: two}}, stringData: {{{text}}}}}
  - name: web
    type: webservice
    properties: {{image: nginx, env: [{environment}]}}
  - name: guarded
    type: guarded
    properties: {{keys: [{marked}]}}
  workflow:
    steps:
    - {{name: deploy, type: deploy, properties: {{policies: []}}}}
    - {{name: read, type: read-secret, properties: {{name: one}}, outputs: [{{name: token, valueFrom: token}}]}}
{steps}",
        data = pairs(&canaries.data, &|c| STANDARD.encode(c)),
        text = pairs(&canaries.text, &str::to_owned),
        environment = environment.join(", "),
        marked = marked.join(", "),
    )
}

/// The shapes that a canary is searched in.
fn shapes(canary: &str) -> Vec<String> {
    let url: String = canary.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    });
    let hex = canary.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    });
    let json = quoted(canary);
    let twice = quoted(&json);
    vec![
        canary.to_owned(),
        STANDARD.encode(canary),
        URL_SAFE.encode(canary),
        hex.to_uppercase(),
        hex,
        url,
        json.trim_matches('"').to_owned(),
        twice[3..twice.len() - 3].to_owned(),
        // The readable beginning alone is as good as all of it.
        canary.split('/').next().unwrap_or_default().to_owned(),
    ]
}

fn search(place: &str, text: &[u8], canaries: &Canaries, hits: &mut Vec<String>) {
    let text = String::from_utf8_lossy(text);
    for canary in canaries.all() {
        for shape in shapes(canary) {
            if text.contains(&shape) {
                hits.push(format!("{place}: {shape}"));
            }
        }
    }
}

fn files(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn no_canary_gets_out() {
    let canaries = Canaries::new();
    let home = Home::new();
    home.write("app.yaml", application(&canaries));
    for (name, text) in [("guarded", DEFINITIONS), ("read", READ), ("say", SAY)] {
        home.write(&format!("defs/{name}.cue"), text);
    }
    let source = ["-f", "app.yaml", "-d", "defs"];
    let mut hits = Vec::new();
    let mut run = |args: &[&str]| {
        let mut command = home.command(args);
        for (n, canary) in canaries.granted.iter().enumerate() {
            command.env(format!("VELA_SECRET_{n}"), canary);
        }
        let output = command.output().unwrap();
        let whole = [output.stdout, output.stderr].concat();
        search(&args.join(" "), &whole, &canaries, &mut hits);
        String::from_utf8_lossy(&whole).into_owned()
    };
    for out in ["tree", "json", "yaml", "dot", "mermaid"] {
        run(&[&["plan", "--out", out][..], &source].concat());
    }
    run(&[&["plan", "--save", "saved.json"][..], &source].concat());
    run(&[&["workflow", "simulate"][..], &source].concat());
    run(&[&["workflow", "simulate", "--out", "json"][..], &source].concat());
    let up = run(&["up", "--plan", "saved.json", "-d", "defs"]);
    assert!(up.contains("canaries is workflowFailed"), "{up}");
    assert!(up.contains("******"), "the steps speak of secrets: {up}");
    for args in [
        &["status", "canaries"][..],
        &["status", "canaries", "--out", "json"],
        &["events", "canaries"],
        &["events", "canaries", "--out", "json"],
        &["logs", "canaries"],
        &["history", "canaries", "--out", "json"],
        &["replay", "canaries"],
        &["replay", "canaries", "--out", "json"],
        &["replay", "canaries", "--until", "3", "--out", "yaml"],
        &["workflow", "graph", "canaries", "--out", "svg"],
        &["workflow", "graph", "canaries", "--out", "html"],
        &["workflow", "graph", "canaries", "--out", "json"],
        &["wait", "canaries", "--timeout", "1s"],
    ] {
        run(args);
    }
    let out = run(&[&["up", "--out", "json"][..], &source].concat());
    assert!(out.contains("workflowFailed"), "{out}");

    let mut kept = Vec::new();
    files(&home.path().join("vela"), &mut kept);
    kept.push(home.path().join("saved.json"));
    assert!(kept.iter().any(|path| path.ends_with("state.redb")), "{kept:?}");
    for path in kept {
        search(&path.display().to_string(), &std::fs::read(&path).unwrap(), &canaries, &mut hits);
    }
    assert_eq!(canaries.all().count(), 100);
    assert!(hits.is_empty(), "{} hits:\n{}", hits.len(), hits[..hits.len().min(40)].join("\n"));
    // What is meant to be applied is whole.
    let manifests = home.vela(&[&["dry-run", "--out", "json"][..], &source].concat());
    assert!(manifests.succeeded().out.contains(&STANDARD.encode(&canaries.data[3])));
}

#[test]
fn a_state_is_not_read_without_its_key() {
    let home = Home::new();
    home.vela(&["up", "-f", &command::example("first-app/app.yaml")]).succeeded();
    std::fs::rename(home.path().join("vela/state.redb.key"), home.path().join("key")).unwrap();
    let lost = home.vela(&["status", "first-app"]);
    assert!(lost.failed(4).err.contains("state/key"), "{}", lost.err);
    let given = |name: &str, value: &str| {
        let mut command = home.command(&["status", "first-app"]);
        command.env(name, value).output().unwrap()
    };
    let key = std::fs::read_to_string(home.path().join("key")).unwrap();
    assert!(given("VELA_KEY", key.trim()).status.success());
    assert!(given("VELA_KEY_FILE", home.path().join("key").to_str().unwrap()).status.success());
    let other = given("VELA_KEY", &"ab".repeat(32));
    assert_eq!(other.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&other.stderr).contains("another key"));
}
