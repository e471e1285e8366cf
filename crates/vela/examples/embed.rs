//! Evaluates CUE: a schema, data that is checked against it, and a look at the result.
//!
//!     cargo run -p vela --example embed

#![allow(clippy::print_stdout, reason = "it shows what it does")]

use vela::lang::encoding::{json, yaml};

fn main() -> Result<(), vela::Error> {
    let value = vela::eval(
        "services.cue",
        r#"
        #Service: {
            name:     =~"^[a-z-]+$"
            port:     *80 | >0 & <65536
            replicas: *1 | int
            url:      "http://\(name):\(port)"
        }
        services: [#Service & {name: "web", replicas: 2}, #Service & {name: "api", port: 8080}]
        ports: [for s in services {s.port}]
        "#,
    )?;
    let first =
        &value.field("services").map(|list| list.elements().to_vec()).unwrap_or_default()[0];
    println!("{}", first.field("url").and_then(|url| url.as_str()).unwrap_or("?"));
    println!("{}", json::pretty_text(&value.data()?));
    println!("{}", yaml::text(&value.data()?));

    // Errors have codes and places.
    let wrong = vela::eval("wrong.cue", "port: >0 & <65536\nport: 70000");
    if let Err(error) = wrong {
        println!("{}", error.findings()[0].render(error.sources(), false));
    }
    Ok(())
}
