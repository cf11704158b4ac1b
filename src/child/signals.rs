//! Signals that the wrapper gets and the command is meant to get.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::exfiltrator::origin::Origin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::siginfo::Cause;

use crate::signal::Ignored;

/// Signals that are forwarded.
const FORWARDED: [i32; 6] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2];

/// Forwards signals until it is stopped.
pub(super) struct Forwarder {
    handle: Handle,
    target: Arc<Mutex<Target>>,
}

enum Target {
    /// The command is not there yet: signals wait for it.
    Coming(Vec<Origin>),
    Running(Pid),
    /// It ended; its number may belong to another process soon.
    Gone,
}

impl Forwarder {
    pub(super) fn install() -> io::Result<Self> {
        // What we ignore the command ignores too, unless a handler takes its place.
        let ignored = Ignored::here();
        let mut caught = FORWARDED.to_vec();
        caught.retain(|signal| !ignored.contains(*signal));
        // Where it is ignored the system keeps no exit codes of children.
        caught.push(SIGCHLD);
        let mut signals = SignalsInfo::<WithOrigin>::new(caught)?;
        let handle = signals.handle();
        let target = Arc::new(Mutex::new(Target::Coming(Vec::new())));
        let shared = Arc::clone(&target);
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for origin in signals.forever() {
                    match &mut *shared.lock().unwrap_or_else(PoisonError::into_inner) {
                        Target::Coming(waiting) => waiting.push(origin),
                        Target::Running(pid) => forward(*pid, &origin),
                        Target::Gone => {}
                    }
                }
            })?;
        Ok(Self { handle, target })
    }

    pub(super) fn forward_to(&self, pid: Pid) {
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        if let Target::Coming(waiting) = &*target {
            waiting.iter().for_each(|origin| forward(pid, origin));
        }
        *target = Target::Running(pid);
    }

    pub(super) fn stop(self) {
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = Target::Gone;
        self.handle.close();
    }
}

/// Passes on what a process sent. What the terminal sends, typed or at its end, goes to the whole
/// group in the foreground and so reaches the command by itself; and the command knows what it sent
/// to its own group.
fn forward(pid: Pid, origin: &Origin) {
    let sent = matches!(origin.cause, Cause::Sent(_));
    let sender = origin.process.as_ref().map(|process| process.pid);
    if !sent || origin.signal == SIGCHLD || sender == Some(pid.as_raw_nonzero().get()) {
        return;
    }
    if let Some(signal) = Signal::from_named_raw(origin.signal) {
        // It may have ended just now.
        let _ = kill_process(pid, signal);
    }
}
