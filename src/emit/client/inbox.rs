//! What callers and the worker share: the queue, and who waits for what.
//!
//! The lock is held for a push or a swap, never during I/O. The worker looks at the queue by
//! itself while events come, so that a push wakes nobody; only after a while without events does
//! it sleep until it is called.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Stats;
use super::queue::{Pending, Queue, Taken};

/// How long the worker goes on looking by itself after the last event.
const WAKEFUL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Inbox {
    state: Mutex<State>,
    /// Tells the worker that there is work.
    work: Condvar,
    /// Tells those who flush that something was delivered.
    done: Condvar,
    /// Left out by level or sampling; counted without the lock.
    sampled: AtomicU64,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    /// The worker sleeps until it is called.
    asleep: bool,
    /// Somebody waits for all events with a smaller number.
    wanted: u64,
    /// What became of all events with a smaller number is known.
    settled: u64,
    /// The events up to here were flushed, and the answer was given.
    flushed: u64,
    /// The number after that of the newest event that is neither in Redis nor in the journal.
    lost_upto: u64,
    stopping: bool,
    stopped: bool,
    stats: Stats,
}

impl State {
    fn is_urgent(&self) -> bool {
        self.stopping || self.wanted > self.settled
    }
}

impl Inbox {
    pub(super) fn new(capacity: usize, max_bytes: usize) -> Self {
        Self {
            state: Mutex::new(State {
                queue: Queue::new(capacity, max_bytes),
                asleep: false,
                wanted: 0,
                settled: 0,
                flushed: 0,
                lost_upto: 0,
                stopping: false,
                stopped: false,
                stats: Stats::default(),
            }),
            work: Condvar::new(),
            done: Condvar::new(),
            sampled: AtomicU64::new(0),
        }
    }

    /// A panic elsewhere must not take telemetry, or its host, with it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, pending: Pending) {
        let mut state = self.lock();
        state.queue.push(pending);
        if state.stopped {
            // Nobody will come for it.
            state.stats.lost += 1;
            state.lost_upto = state.queue.pushed();
            state.queue.swap(&mut Taken::default());
            return;
        }
        let wake = state.asleep || state.queue.presses();
        state.asleep = false;
        drop(state);
        if wake {
            self.work.notify_one();
        }
    }

    pub(super) fn left_out(&self) {
        self.sampled.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            sampled: self.sampled.load(Ordering::Relaxed),
            ..self.lock().stats
        }
    }

    /// Waits until what became of everything queued before is known, at most `timeout`; says
    /// whether all of it since the flush before is in Redis or in the journal.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        let (from, upto) = (state.flushed, state.queue.pushed());
        state.wanted = state.wanted.max(upto);
        self.work.notify_one();
        let mut state = self.wait(state, timeout, |state| {
            state.settled >= upto || state.stopped
        });
        if state.settled < upto {
            return false;
        }
        state.flushed = state.flushed.max(upto);
        state.lost_upto <= from
    }

    /// Lets the worker end, and waits for it at most `timeout`.
    pub(super) fn stop(&self, timeout: Duration) {
        let mut state = self.lock();
        state.stopping = true;
        self.work.notify_one();
        drop(self.wait(state, timeout, |state| state.stopped));
    }

    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        timeout: Duration,
        done: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let waited = self
            .done
            .wait_timeout_while(state, timeout, |state| !done(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits for work, lets it gather for `gather` at most, and takes all of it.
    pub(super) fn take(&self, taken: &mut Taken, gather: Duration) {
        let start = Instant::now();
        let mut state = self.lock();
        while !state.is_urgent() && state.queue.len() == 0 {
            state = if start.elapsed() < WAKEFUL {
                let waited = self.work.wait_timeout(state, gather);
                waited.unwrap_or_else(PoisonError::into_inner).0
            } else {
                state.asleep = true;
                let woken = self.work.wait(state);
                let mut state = woken.unwrap_or_else(PoisonError::into_inner);
                if state.asleep || state.is_urgent() {
                    state.asleep = false;
                    state
                } else {
                    // The first event after a pause: others may follow it.
                    let waited = self.work.wait_timeout(state, gather);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        state.queue.swap(taken);
    }

    /// Everything numbered below `upto` is delivered, but for what `round` counts as lost. Says
    /// whether the worker is to end.
    pub(super) fn settle(&self, upto: u64, round: Stats, lost_upto: u64) -> bool {
        let mut state = self.lock();
        let stats = &mut state.stats;
        stats.sent += round.sent;
        stats.kept += round.kept;
        stats.lost += round.lost;
        stats.refused += round.refused;
        stats.dropped += round.dropped;
        state.settled = state.settled.max(upto);
        state.lost_upto = state.lost_upto.max(lost_upto);
        // What came meanwhile is still to be delivered before the end.
        let ended = state.stopping && state.queue.len() == 0;
        drop(state);
        self.done.notify_all();
        ended
    }

    /// The worker has ended, however it did.
    pub(super) fn ended(&self) {
        self.lock().stopped = true;
        self.done.notify_all();
    }
}
