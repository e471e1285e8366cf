//! `--crash-at`: a crash of this very process, rehearsed.

use clap::Args;
use vela::Runtime;

/// Where this process ends.
#[derive(Args, Clone)]
pub(crate) struct Crash {
    /// Rehearse a crash: end this process with SIGKILL at its Nth durable boundary, which is before or
    /// after a write to the state; the same command then goes on from there.
    #[arg(long = "crash-at", value_name = "N")]
    boundary: Option<u64>,
}

impl Crash {
    pub(crate) fn rehearsed_by(&self, runtime: Runtime) -> Runtime {
        match self.boundary {
            Some(boundary) => runtime.with_crash_at(boundary, end),
            None => runtime,
        }
    }
}

/// Ends the process with nothing written, dropped or said any more.
fn end() {
    #[cfg(unix)]
    {
        use rustix::process::{Signal, getpid, kill_process};
        // Where even that is refused, what follows ends it.
        let _ = kill_process(getpid(), Signal::KILL);
    }
    std::process::abort();
}
