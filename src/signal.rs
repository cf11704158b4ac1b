//! Signals of this process: which it ignores, how it ends by one, how it puts one off.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::process::{Resource, Rlimit, setrlimit};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// Signals that whoever started this process made it ignore, as `nohup` and `&` do. A handler
/// would take that from it and from its children.
#[derive(Clone, Copy, Debug)]
pub struct Ignored(u64);

impl Ignored {
    /// As the system tells; none where it does not.
    pub fn here() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        Self(mask.unwrap_or(0))
    }

    /// Whether a signal is ignored.
    pub fn contains(self, signal: i32) -> bool {
        self.0 & (1 << (signal - 1)) != 0
    }
}

/// Ends this process by a signal, so that whoever started it sees which. Returns where the signal
/// cannot end a process.
pub fn end_by(signal: i32) {
    // A command that we wrapped left its core already; ours would only take its place.
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    let _ = low_level::emulate_default_handler(signal);
}

/// The first INT, TERM or HUP, put off so that work can be brought to an end. The second ends the
/// process at once.
#[derive(Clone, Debug)]
pub struct Stop(Arc<AtomicUsize>);

impl Stop {
    /// Puts signals off from now on.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn install() -> io::Result<Self> {
        let (caught, again) = (
            Arc::new(AtomicUsize::new(0)),
            Arc::new(AtomicBool::new(false)),
        );
        let ignored = Ignored::here();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if ignored.contains(signal) {
                continue;
            }
            flag::register_conditional_default(signal, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            let number = usize::try_from(signal).unwrap_or(0);
            flag::register_usize(signal, Arc::clone(&caught), number)?;
        }
        Ok(Self(caught))
    }

    /// The signal that came, if one did.
    pub fn signal(&self) -> Option<i32> {
        i32::try_from(self.0.load(Ordering::Relaxed))
            .ok()
            .filter(|signal| *signal != 0)
    }
}
