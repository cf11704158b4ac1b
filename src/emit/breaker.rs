//! A circuit breaker that is remembered between processes.
//!
//! After a server let an emitter wait in vain, later emitters leave it alone for a while, so that
//! a script that emits a thousand times waits once. A server that refuses at once costs nothing
//! and trips nothing. The memory is a small file beside the journal; where it cannot be read or
//! written, there is simply no memory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::digest::digest;
use crate::event::Millis;

/// How long the first trip lasts; each further one lasts twice as long.
const FIRST_PAUSE_MS: i64 = 30_000;
/// The longest pause, so that a server that came back is found within minutes.
const LONGEST_PAUSE_MS: i64 = 300_000;

/// The memory of one address.
pub(super) struct Breaker {
    path: PathBuf,
    /// Tells addresses apart, without writing them down.
    address: u128,
}

#[derive(Debug, PartialEq, Eq)]
struct Memory {
    address: u128,
    closed_again: i64,
    trips: u32,
}

impl Breaker {
    /// The breaker for an address, remembered beside the journal.
    pub(super) fn beside(journal: &Path, address: &str) -> Self {
        let mut path = journal.as_os_str().to_owned();
        path.push(".breaker");
        Self {
            path: path.into(),
            address: digest(address.as_bytes()),
        }
    }

    /// Whether the server may be tried now. The one emitter that is let through after a pause
    /// takes the next pause's place first, so that others do not try beside it.
    pub(super) fn allows(&self, now: Millis) -> bool {
        match self.remembered() {
            None => true,
            Some(memory) if now.get() < memory.closed_again => false,
            Some(memory) => {
                self.trip_after(memory.trips, now);
                true
            }
        }
    }

    /// The server let an emitter wait in vain.
    pub(super) fn timed_out(&self, now: Millis) {
        let trips = self.remembered().map_or(0, |memory| memory.trips);
        // Whoever was let through after a pause has counted this trip already.
        let counted = self
            .remembered()
            .is_some_and(|memory| now.get() < memory.closed_again);
        if !counted {
            self.trip_after(trips, now);
        }
    }

    /// The server answered.
    pub(super) fn answered(&self) {
        if self.path.exists() {
            let _ = fs::remove_file(&self.path);
        }
    }

    fn trip_after(&self, trips: u32, now: Millis) {
        let pause = FIRST_PAUSE_MS
            .saturating_mul(1 << trips.min(10))
            .min(LONGEST_PAUSE_MS);
        // Up to a fifth of jitter, so that machines do not come back in step.
        let jitter = i64::from(std::process::id() % 200) * pause / 1000;
        let line = format!(
            "{} {} {}\n",
            self.address,
            now.get() + pause - jitter,
            trips + 1
        );
        if let Some(folder) = self.path.parent() {
            let _ = fs::create_dir_all(folder);
        }
        // A rename is atomic: a reader sees the old memory or the new one, never half of it.
        let mut fresh = self.path.clone().into_os_string();
        fresh.push(format!(".{}", std::process::id()));
        if fs::write(&fresh, line).is_ok() && fs::rename(&fresh, &self.path).is_err() {
            let _ = fs::remove_file(&fresh);
        }
    }

    fn remembered(&self) -> Option<Memory> {
        let text = fs::read_to_string(&self.path).ok()?;
        let mut parts = text.split_whitespace();
        let memory = Memory {
            address: parts.next()?.parse().ok()?,
            closed_again: parts.next()?.parse().ok()?,
            trips: parts.next()?.parse().ok()?,
        };
        (memory.address == self.address).then_some(memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_700_000_000_000;

    fn at(ms: i64) -> Millis {
        Millis::clamped(START + ms)
    }

    #[test]
    fn waits_are_remembered_by_address_and_grow() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("state/journal.db");
        let breaker = Breaker::beside(&journal, "redis://dead");
        assert!(breaker.allows(at(0)));
        breaker.timed_out(at(0));
        let again = Breaker::beside(&journal, "redis://dead");
        assert!(!again.allows(at(20_000)));
        assert!(Breaker::beside(&journal, "redis://other").allows(at(20_000)));
        // One is let through after the pause; the next one is not.
        assert!(again.allows(at(30_001)));
        again.timed_out(at(30_250));
        assert!(!again.allows(at(60_000)));
        assert!(!again.allows(at(75_000)));
        assert!(again.allows(at(95_000)));
        again.answered();
        assert!(again.allows(at(95_001)));
    }

    #[test]
    fn a_broken_memory_is_no_memory() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("journal.db");
        let breaker = Breaker::beside(&journal, "redis://dead");
        fs::write(folder.path().join("journal.db.breaker"), b"\xff 1").expect("a file");
        assert!(breaker.allows(at(0)));
    }
}
