//! An action of one's own: a step calls it as `greet say`, with parameters that are checked before.

use std::sync::Arc;
use vela::exec::action::{Action, Context, Effect, Field, FieldKind};
use vela::exec::{engine::Outcome, executor::BoxFuture, target::local::Pace};
use vela::{Bundle, Runtime};

struct Greet;

impl Action for Greet {
    fn names(&self) -> Vec<(&str, &str)> {
        vec![("greet", "say")]
    }

    fn schema(&self) -> &[Field] {
        const FIELDS: &[Field] = &[Field {
            name: "whom",
            kind: FieldKind::Text,
            required: true,
            about: "who is greeted",
        }];
        FIELDS
    }

    fn effect(&self, _: &serde_json::Value) -> Effect {
        Effect::Once
    }

    fn run<'a>(&'a self, _: &'a Context<'a>, p: &'a serde_json::Value) -> BoxFuture<'a, Outcome> {
        let text = format!("hello {}", p["whom"].as_str().unwrap_or_default());
        Box::pin(async move { Outcome::Value { value: serde_json::json!({ "text": text }) } })
    }
}

const STEP: &str = r#"
greet: {type: "workflow-step"}
template: {
	say: {#do: "say", #provider: "greet", $params: whom: parameter.whom, $returns?: {...}}
	tell: {#do: "message", #provider: "builtin", $params: message: say.$returns.text}
	parameter: whom: string
}
"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), vela::Error> {
    let mut app = Bundle::new(
        "app.yaml",
        r#"
kind: Application
metadata: {name: shop}
spec:
  components: []
  workflow: {steps: [{name: hi, type: greet, properties: {whom: world}}]}
"#,
    );
    app.definitions = vec![("greet.cue".to_owned(), STEP.to_owned())];
    let runtime = Runtime::in_memory().with_pace(Pace::Instant).with_action(Arc::new(Greet));
    let ended = vela::run(&app, &runtime).await?;
    let step = &ended.view.steps[0];
    assert_eq!((step.phase.as_str(), step.message.as_str()), ("succeeded", "hello world"));
    Ok(())
}
