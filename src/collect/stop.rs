//! How the collector's threads learn that it is time to end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How far an end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Everything runs.
    Running,
    /// Nothing new is read; what is on its way is delivered.
    Draining,
    /// Time is up: what is not delivered is made safe and left.
    Over,
}

/// Shared by all threads.
#[derive(Clone, Debug)]
pub(super) struct Stop(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    phase: Mutex<Phase>,
    changed: Condvar,
    over: tokio::sync::Notify,
}

impl Stop {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            phase: Mutex::new(Phase::Running),
            changed: Condvar::new(),
            over: tokio::sync::Notify::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.0.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn phase(&self) -> Phase {
        *self.lock()
    }

    /// Goes on to a later phase; never back.
    pub(super) fn advance(&self, to: Phase) {
        let mut phase = self.lock();
        *phase = (*phase).max(to);
        self.0.changed.notify_all();
        if *phase == Phase::Over {
            self.0.over.notify_waiters();
        }
    }

    /// Waits, at most until the end begins; says whether it has.
    pub(super) fn wait(&self, time: Duration) -> bool {
        self.wait_for(Phase::Draining, time)
    }

    /// Waits, at most until time is up; says whether it is.
    pub(super) fn wait_hard(&self, time: Duration) -> bool {
        self.wait_for(Phase::Over, time)
    }

    fn wait_for(&self, phase: Phase, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut now = self.lock();
        while *now < phase {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            now = self
                .0
                .changed
                .wait_timeout(now, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    /// Comes back once time is up.
    pub(super) async fn over(&self) {
        let notified = self.0.over.notified();
        if self.phase() < Phase::Over {
            notified.await;
        }
    }
}
