//! Renders an application and runs it on the local target.
//!
//!     cargo run -p vela --example deploy

#![allow(clippy::print_stdout, reason = "it shows what it does")]

use vela::exec::target::local::Pace;
use vela::{Bundle, Runtime};

const APP: &str = "
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: shop}
spec:
  components:
  - name: web
    type: webservice
    properties: {image: nginx, ports: [{port: 80, expose: true}]}
    traits: [{type: scaler, properties: {replicas: 2}}]
";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), vela::Error> {
    let bundle = Bundle::new("app.yaml", APP);
    let opened = bundle.read()?;
    for manifest in vela::render(&opened.application, &opened.definitions)? {
        println!("{} {}", manifest.object["kind"], manifest.object["metadata"]["name"]);
    }

    // State in memory, objects healthy at once; `Runtime::open` keeps it in a file.
    let runtime = Runtime::in_memory().with_pace(Pace::Instant);
    let ended = vela::run(&bundle, &runtime).await?;
    println!("{} is {}", ended.run, vela::phase_name(ended.view.phase));

    let again = vela::run(&bundle, &runtime).await?;
    println!("a second time: {}", if again.unchanged { "nothing changed" } else { "changed" });
    Ok(())
}
