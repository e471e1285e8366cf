//! Runs Plans on tokio.
