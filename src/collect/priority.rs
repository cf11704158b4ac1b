//! Which of the collector's threads come first where processors are short.

/// A sixth of the share of others: enough that an output goes on beside a busy program, and so little
/// that Redis and its reader do not wait for outputs.
#[cfg(target_os = "linux")]
const STEPS: i32 = 8;

/// Lets the calling thread give way to those that read. In a backlog they all have work; those that
/// come last would otherwise take the processors in turns with Redis and with its reader, and stand idle
/// afterwards until there is another page. Elsewhere than on Linux nothing is done: there it would
/// be about the whole process.
pub(super) fn give_way() {
    // A system that refuses leaves it as it was, and that works too.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(STEPS);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use rustix::process::getpriority_process;

    use super::*;

    #[test]
    fn one_thread_gives_way_and_no_other() {
        let own = || getpriority_process(None).expect("a priority");
        let before = own();
        let there = thread::spawn(move || {
            give_way();
            own()
        });
        let there = there.join().expect("it ends");
        assert_eq!(there, (before + STEPS).min(19));
        assert_eq!(own(), before);
    }
}
