//! Time that passes because a test is about it.

use std::thread;
use std::time::Duration;

/// Lets time pass, where time itself is what a test is about: the pace of an emitter, the moment of
/// a crash. Never to wait for something to happen.
pub fn let_pass(time: Duration) {
    thread::sleep(time);
}
