//! The thread behind a client: takes what callers queued and delivers it.
//!
//! It alone does I/O. It takes the whole queue at once, so that a flush that was asked for before
//! is done when what was taken is delivered.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::Stats;
use super::queue::{Pending, Queue};
use crate::emit::policy::{Policy, note_rate};
use crate::emit::{Context, Delivery, Emitter, Error};
use crate::event::{Data, Event, Level, Millis};
use crate::time::Clock;

/// Events of one batch.
const BATCH: usize = 512;
/// How long one round may spend on what waits in the journal.
const DRAIN_SLICE: Duration = Duration::from_millis(200);
/// How often a journal that waits for Redis is looked at while nothing else happens.
const DRAIN_EVERY: Duration = Duration::from_secs(1);

/// What callers and the worker share. The lock is held for a push or a swap, never during I/O.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Tells the worker that there is work.
    work: Condvar,
    /// Tells those who flush that something was delivered.
    done: Condvar,
}

#[derive(Debug)]
struct State {
    queue: Queue,
    /// Flushes asked for and done, by number.
    asked: u64,
    flushed: u64,
    stopping: bool,
    stopped: bool,
    stats: Stats,
}

impl Shared {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                queue: Queue::new(capacity),
                asked: 0,
                flushed: 0,
                stopping: false,
                stopped: false,
                stats: Stats::default(),
            }),
            work: Condvar::new(),
            done: Condvar::new(),
        }
    }

    /// A panic elsewhere must not take telemetry, or its host, with it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, pending: Pending) {
        let mut state = self.lock();
        let was_empty = state.queue.len() == 0;
        state.queue.push(pending);
        drop(state);
        // The worker sleeps only while the queue is empty; waking it each time would cost more
        // than the push.
        if was_empty {
            self.work.notify_one();
        }
    }

    pub(super) fn left_out(&self) {
        self.lock().stats.sampled += 1;
    }

    pub(super) fn stats(&self) -> Stats {
        self.lock().stats
    }

    /// Waits until everything queued before is in Redis or in the journal, at most `timeout`.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        state.asked += 1;
        let ticket = state.asked;
        self.work.notify_one();
        self.wait(state, timeout, |state| {
            state.flushed >= ticket || state.stopped
        })
    }

    /// Lets the worker end, and waits for it at most `timeout`.
    pub(super) fn stop(&self, timeout: Duration) -> bool {
        let mut state = self.lock();
        state.stopping = true;
        self.work.notify_one();
        self.wait(state, timeout, |state| state.stopped)
    }

    fn wait(
        &self,
        state: MutexGuard<'_, State>,
        timeout: Duration,
        done: impl Fn(&State) -> bool,
    ) -> bool {
        let waited = self
            .done
            .wait_timeout_while(state, timeout, |state| !done(state));
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        done(&state)
    }
}

/// The worker's own things.
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) emitter: Emitter,
    pub(super) policy: Arc<Policy>,
    pub(super) context: Context,
    pub(super) interval: Duration,
}

impl Worker {
    pub(super) fn run(mut self) {
        loop {
            let (taken, dropped, ticket, stopping) = self.next();
            let mut sum = self.catch_up();
            let mut refused = 0;
            let mut batch = Vec::with_capacity(taken.len().min(BATCH));
            for pending in taken {
                match self.event(pending) {
                    Ok(event) => batch.push(event),
                    Err(event) => {
                        refused += 1;
                        batch.push(event);
                    }
                }
                if batch.len() == BATCH {
                    sum = sum + self.emitter.submit(std::mem::take(&mut batch), now());
                }
            }
            batch.extend(self.report(dropped));
            sum = sum + self.emitter.submit(batch, now()) + self.emitter.settle(now());

            let mut state = self.shared.lock();
            let stats = &mut state.stats;
            stats.sent += sum.sent;
            stats.kept += sum.kept;
            stats.lost += sum.lost;
            stats.refused += refused;
            stats.dropped += dropped.iter().sum::<u64>();
            state.flushed = state.flushed.max(ticket);
            // What came meanwhile is still to be delivered before the end.
            state.stopped = stopping && state.queue.len() == 0;
            let stopped = state.stopped;
            drop(state);
            self.shared.done.notify_all();
            if stopped {
                return;
            }
        }
    }

    /// Waits for work, gives it the interval to grow, and takes it.
    fn next(&self) -> (Vec<Pending>, [u64; 3], u64, bool) {
        let urgent = |state: &State| state.stopping || state.asked > state.flushed;
        let mut state = self.shared.lock();
        while state.queue.len() == 0 && !urgent(&state) {
            let waited = if self.emitter.has_backlog() {
                let waited = self.shared.work.wait_timeout(state, DRAIN_EVERY);
                let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                state = guard;
                timeout.timed_out()
            } else {
                state = self
                    .shared
                    .work
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                false
            };
            if waited {
                break;
            }
        }
        let until = Instant::now() + self.interval;
        while !urgent(&state) && state.queue.len() > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.shared.work.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let dropped = state.queue.take_dropped();
        (state.queue.take(), dropped, state.asked, state.stopping)
    }

    /// Moves what waits in the journal. While some is left, new events line up behind it.
    fn catch_up(&mut self) -> Delivery {
        // A failure leaves it waiting; the emitter remembers when to try again.
        let _ = self.emitter.drain(now(), DRAIN_SLICE);
        Delivery::default()
    }

    /// The finished event. One that cannot be emitted becomes an error event that says so.
    fn event(&self, pending: Pending) -> Result<Event, Event> {
        let Pending {
            at,
            event_type,
            level,
            ids,
            data,
            rate,
        } = pending;
        let mut event = Event {
            timestamp: at,
            event_type: event_type.into(),
            level,
            ids,
            data: Data::from(object(data)),
            ..Event::default()
        };
        note_rate(&mut event, rate);
        self.context.complete(&mut event, now());
        self.policy.redact(&mut event);
        match Emitter::check(&event) {
            Ok(_) => Ok(event),
            Err(error) => Err(self.refusal(event, &error)),
        }
    }

    /// Says in place of an event why it was refused.
    fn refusal(&self, refused: Event, error: &Error) -> Event {
        let mut event = Event {
            timestamp: refused.timestamp,
            event_type: "error.EventRefused".to_owned(),
            level: Some(Level::Error),
            service: refused.service,
            ids: refused.ids,
            ..Event::default()
        };
        let shown: String = refused.event_type.chars().take(200).collect();
        event.data = Data::from(object(json!({
            "name": "EventRefused",
            "message": error.to_string(),
            "refusedType": shown,
        })));
        self.context.complete(&mut event, now());
        event
    }

    /// An event that counts what the queue had to drop.
    fn report(&self, [info, warn, error]: [u64; 3]) -> Option<Event> {
        if info + warn + error == 0 {
            return None;
        }
        let mut event = Event {
            event_type: "emp.events_dropped".to_owned(),
            level: Some(Level::Warn),
            timestamp: now(),
            data: Data::from(object(json!({
                "reason": "the queue was full",
                "info": info,
                "warn": warn,
                "error": error,
            }))),
            ..Event::default()
        };
        self.context.complete(&mut event, now());
        Some(event)
    }
}

/// A payload as an object: what is none stands under `value`.
fn object(data: Value) -> Map<String, Value> {
    match data {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}

fn now() -> Millis {
    Clock::system_now()
}
