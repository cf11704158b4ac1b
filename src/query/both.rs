//! Two things at once.

use std::panic::resume_unwind;
use std::thread;

/// Does one thing here and the other in a thread beside it; where there can be none, one after the
/// other.
pub(super) fn both<A, B: Send>(here: impl FnOnce() -> A, beside: impl Fn() -> B + Sync) -> (A, B) {
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, &beside);
        let done = here();
        match thread.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(other)) => (done, other),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => (done, beside()),
        }
    })
}
