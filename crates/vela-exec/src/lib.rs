//! A durable, deterministic workflow engine and the targets it drives.
//!
//! [`engine`] is a pure state machine over a Plan's steps; [`action`] is what steps can do; [`executor`] and
//! [`store`] are the traits that targets and storage implement; [`target`] has the embedded ones;
//! [`simulate`] runs a Plan under a virtual clock; [`replay`] rebuilds any moment of a run from its log, and
//! [`timeline`] tells what it did when.

pub mod action;
#[cfg(all(unix, feature = "driver"))]
pub mod attach;
pub mod calendar;
#[cfg(feature = "driver")]
pub mod driver;
pub mod duration;
pub mod engine;
pub mod executor;
pub mod object;
#[cfg(feature = "outside")]
pub mod outside;
#[cfg(feature = "driver")]
pub mod prove;
pub mod replay;
pub mod secret;
pub mod simulate;
pub mod store;
pub mod target;
pub mod timeline;

#[cfg(test)]
mod fake;

/// Runs a future that never waits for anything but other futures of its kind: under a virtual clock, and
/// on targets that answer at once. One that does wait for the outside gives nothing.
pub(crate) fn finish<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

#[cfg(test)]
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    finish(future).expect("a future that is ready at once")
}
