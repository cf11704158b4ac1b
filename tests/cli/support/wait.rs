//! Waiting for a condition, never for a time.

use std::thread;
use std::time::{Duration, Instant};

/// How long anything in a test may take before it counts as stuck.
const DEADLINE: Duration = Duration::from_secs(30);

/// Looks until there is an answer.
///
/// # Panics
/// With what was waited for, after [`DEADLINE`].
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_within(DEADLINE, what, look)
}

/// The same for what may take longer by design, such as a pause between two attempts.
///
/// # Panics
/// With what was waited for, after `deadline`.
pub fn wait_within<T>(deadline: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = look() {
            return answer;
        }
        assert!(start.elapsed() < deadline, "waited {deadline:?} for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
