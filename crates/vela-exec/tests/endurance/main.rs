//! What the engine endures: faults, crashes, failing disks and damaged files, and how fast it is meanwhile.
//!
//! Each harness has a short form, which runs with the other tests, and a long one: set `VELA_SEEDS`,
//! `VELA_IMAGES` or `VELA_MUTATIONS` to a number and `VELA_FIRST_SEED` to where to begin. A failure names one
//! seed, and that seed gives it again. The figures of `speed` are taken with
//! `cargo test --release --test endurance speed -- --ignored --nocapture --test-threads 1`.

#[path = "../../src/fake.rs"]
mod fake;

#[cfg(feature = "redb")]
mod corruption;
#[cfg(feature = "redb")]
mod disk;
#[cfg(all(feature = "redb", unix))]
mod kill;
mod random;
mod simulation;
#[cfg(all(feature = "redb", target_os = "linux"))]
mod speed;
mod workflow;
mod world;

/// A number from the environment.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Says something to whoever watches a long run.
fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
