//! How commands get at the state: as its one worker, or as one of many readers.
//!
//! A worker has the file to itself and lets others read through it. A reader takes the file only as long as
//! it reads; where a worker has it, it reads through that. So watching never stands in the way of work, and
//! what finds the state in use can say by whom.

use super::output;
use super::state::State;
use crate::failure::{Failure, status};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use vela::Runtime;
use vela::exec::engine::Operation;
use vela::exec::outside::NetworkPolicy;

/// How long readers may keep the file from a worker.
const PATIENCE: Duration = Duration::from_secs(3);

/// What operators of other processes want: the operation, and the step if it is for one.
pub(crate) type Wishes = UnboundedReceiver<(Operation, Option<String>)>;

/// A state that this process works with.
pub(crate) struct Worker {
    pub(crate) runtime: Runtime,
    /// What other processes want of the application.
    pub(crate) wishes: Option<Wishes>,
    #[cfg(unix)]
    _served: Option<vela::exec::attach::Served>,
}

impl State {
    /// Opens the state to work at an application; `doing` says what, for those who find it in use.
    pub(crate) fn worker(&self, application: &str, doing: &str) -> Result<Worker, Failure> {
        let path = self.prepare()?;
        let until = Instant::now() + PATIENCE;
        loop {
            match Runtime::open(&path) {
                Ok(runtime) => return Ok(Worker::serving(runtime, &path, application, doing)),
                Err(error) if error.code() != "state/in-use" => return Err(failure(error)),
                Err(error) => {
                    if let Some(who) = holder(&path) {
                        return Err(in_use(&path, &who));
                    }
                    wait_for_reader(until, error)?;
                }
            }
        }
    }

    /// Opens the state to read from it; what is not there is empty.
    pub(crate) fn reader(&self) -> Result<Runtime, Failure> {
        let path = self.path()?;
        if !path.exists() {
            return self.open_existing();
        }
        let until = Instant::now() + PATIENCE;
        loop {
            match Runtime::open(&path) {
                Ok(runtime) => return Ok(runtime.with_secrets(output::secrets().clone())),
                Err(error) if error.code() != "state/in-use" => return Err(failure(error)),
                Err(error) => {
                    #[cfg(unix)]
                    if let Ok(attached) = vela::exec::attach::attach(&path) {
                        let runtime = Runtime::on(std::sync::Arc::new(attached));
                        return Ok(runtime.with_secrets(output::secrets().clone()));
                    }
                    wait_for_reader(until, error)?;
                }
            }
        }
    }

    /// Passes on what an operator wants to the process that works at an application; nothing where none
    /// does.
    pub(crate) fn pass_on(
        &self,
        application: &str,
        operation: Operation,
        step: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        #[cfg(unix)]
        {
            let path = self.path()?;
            let Ok(attached) = vela::exec::attach::attach(&path) else { return Ok(None) };
            let Ok(who) = attached.who() else { return Ok(None) };
            match attached.operate(application, operation, step) {
                Ok(()) => Ok(Some(who)),
                Err(_) => Err(in_use(&path, &who)),
            }
        }
        #[cfg(not(unix))]
        {
            let _ = (application, operation, step);
            Ok(None)
        }
    }
}

impl Worker {
    fn serving(runtime: Runtime, path: &Path, application: &str, doing: &str) -> Worker {
        let network = NetworkPolicy::from_environment();
        let runtime = runtime.with_secrets(output::secrets().clone()).with_network(network);
        let (sender, wishes) = unbounded_channel();
        #[cfg(unix)]
        {
            let who = format!("{doing}, process {}", std::process::id());
            let application = application.to_owned();
            let operate = move |wanted: &str, operation: Operation, step: Option<String>| {
                if wanted != application {
                    return Err(format!("it works at {application}"));
                }
                sender.send((operation, step)).map_err(|_| "it is about to end".to_owned())
            };
            let store = std::sync::Arc::clone(runtime.store());
            let operate = std::sync::Arc::new(operate);
            // Without a socket (a file system that has none) nobody can watch, and work goes on.
            let served = vela::exec::attach::serve(path, store, who, operate).ok();
            Worker { runtime, wishes: Some(wishes), _served: served }
        }
        #[cfg(not(unix))]
        {
            let _ = (sender, path, application, doing);
            Worker { runtime, wishes: Some(wishes) }
        }
    }
}

fn failure(error: vela::Error) -> Failure {
    Failure::from(error).with_status(status::STATE)
}

/// Somebody else reads the file: that takes milliseconds, unless it is no Vela of today.
fn wait_for_reader(until: Instant, error: vela::Error) -> Result<(), Failure> {
    if Instant::now() >= until {
        return Err(failure(error));
    }
    std::thread::sleep(Duration::from_millis(20));
    Ok(())
}

/// Who has the state open, where it is a worker.
fn holder(path: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        vela::exec::attach::attach(path).ok()?.who().ok()
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

fn in_use(path: &Path, who: &str) -> Failure {
    Failure::coded(
        "state/in-use",
        format!("the state {} is in use by {who}", path.display()),
        "`vela status APP --watch` follows it from here; wait until it has ended, or name another state \
         file with --state",
    )
    .with_status(status::STATE)
}
