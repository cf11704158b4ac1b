//! Signals that the wrapper gets and the command is meant to get.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, getpgrp, kill_process};
use rustix::termios::tcgetpgrp;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::{Handle, Signals};

/// Signals that are forwarded.
const FORWARDED: [i32; 6] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2];

/// Forwards signals until it is stopped.
pub(super) struct Forwarder {
    handle: Handle,
    target: Arc<Mutex<Target>>,
}

enum Target {
    /// The command is not there yet: signals wait for it.
    Coming(Vec<i32>),
    Running(Pid),
    /// It ended; its number may belong to another process soon.
    Gone,
}

impl Forwarder {
    pub(super) fn install() -> io::Result<Self> {
        let mut signals = Signals::new(FORWARDED)?;
        let handle = signals.handle();
        let target = Arc::new(Mutex::new(Target::Coming(Vec::new())));
        let shared = Arc::clone(&target);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for signal in signals.forever() {
                    match &mut *shared.lock().unwrap_or_else(PoisonError::into_inner) {
                        Target::Coming(waiting) => waiting.push(signal),
                        Target::Running(pid) => forward(*pid, signal),
                        Target::Gone => {}
                    }
                }
            })?;
        Ok(Self { handle, target })
    }

    pub(super) fn forward_to(&self, pid: Pid) {
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        if let Target::Coming(waiting) = &*target {
            waiting.iter().for_each(|signal| forward(pid, *signal));
        }
        *target = Target::Running(pid);
    }

    pub(super) fn stop(self) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = Target::Gone;
        self.handle.close();
    }
}

fn forward(pid: Pid, number: i32) {
    // What is typed on the terminal reaches the command by itself: the terminal sends it to the
    // whole group in the foreground.
    let typed = matches!(number, SIGINT | SIGQUIT) && is_in_foreground();
    if let Some(signal) = Signal::from_named_raw(number).filter(|_| !typed) {
        let _ = kill_process(pid, signal);
    }
}

fn is_in_foreground() -> bool {
    tcgetpgrp(rustix::stdio::stdin()).is_ok_and(|group| group == getpgrp())
}
