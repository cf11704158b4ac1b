//! The way to one output: a queue in memory, a spool behind it, and a thread that delivers.
//!
//! Items stand in memory while their output keeps up; their entries stay unacknowledged, so the
//! stream is their second copy. When the output takes nothing, or when the queue is full, everything
//! goes to the spool, which acknowledges it, and comes back from there in order. Nothing here knows
//! what the output is.

mod any;
mod batch;
mod courier;
mod report;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) use any::AnyLane;
pub(super) use batch::{Batch, Parcel, Ticket};
pub(super) use courier::Courier;
use report::Tally;
pub(crate) use report::{LaneReport, Mark};

use super::output::Item;
use super::spool::Spool;
use crate::output::Log;
use crate::store::Error;

/// Items that go to the spool in one go: what it writes of each stands in memory until all of them
/// are there.
const SECURED_AT_ONCE: usize = 256;

/// What an output is given at once, and how long items may stand in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Items of a batch.
    pub(super) items: usize,
    /// Bytes of a batch, roughly.
    pub(super) bytes: usize,
    /// How long an item waits for others.
    pub(super) delay: Duration,
}

impl Limits {
    /// Items in memory: enough that the next batches are there while one is on its way.
    fn queue(&self) -> usize {
        self.items * 8
    }

    fn queue_bytes(&self) -> usize {
        self.bytes * 8
    }
}

/// Items in a spool that a working output will soon have: as long as there are any, all that comes goes
/// there too, and that takes several times the work. Of more than these others do not wait.
const HICCUP: u64 = 16 * 1024;

/// How often drops are told of that go on.
const TELL_DROPS: Duration = Duration::from_secs(60);

/// The shared side of a lane.
pub(super) struct Lane<I> {
    name: &'static str,
    limits: Limits,
    state: Mutex<State<I>>,
    news: Condvar,
    tally: Tally,
    log: Log,
}

struct State<I> {
    live: VecDeque<Parcel<I>>,
    bytes: usize,
    spool: Spool,
    /// Why nothing could be put into the spool last time.
    spool_failure: Option<String>,
    /// When it was told that events were dropped, and how many that were in all.
    told_drops: (Option<Instant>, u64),
    /// Nothing more will come.
    closed: bool,
    /// Time is up: what is there stays where it is.
    over: bool,
}

/// Whether a lane takes more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    /// It does.
    Free,
    /// More goes to the spool, though the output takes what it is given: the queue is full, or the spool
    /// has a little of what came when it was.
    Busy,
    /// The spool has hardly any room: more means that something is dropped.
    Tight,
    /// The queue is full and the spool cannot be used: more would grow without bound.
    Shut,
}

impl<I: Item> Lane<I> {
    pub(super) fn new(name: &'static str, limits: Limits, spool: Spool, log: Log) -> Arc<Self> {
        let tally = Tally::new(spool.dropped(), spool.limit());
        tally.queued(0, &spool);
        Arc::new(Self {
            name,
            limits,
            state: Mutex::new(State {
                told_drops: (None, spool.dropped().sum()),
                live: VecDeque::new(),
                bytes: 0,
                spool,
                spool_failure: None,
                closed: false,
                over: false,
            }),
            news: Condvar::new(),
            tally,
            log,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State<I>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The output's name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Whether more is welcome.
    pub(super) fn room(&self) -> Room {
        let state = self.lock();
        let full = self.is_full(&state);
        let spooled = state.spool.waiting();
        let is_behind = full || (1..=HICCUP).contains(&spooled);
        match (&state.spool_failure, full) {
            (Some(_), true) => Room::Shut,
            _ if spooled > 0 && state.spool.is_nearly_full() => Room::Tight,
            _ if is_behind && self.tally.is_working() => Room::Busy,
            _ => Room::Free,
        }
    }

    fn is_full(&self, state: &State<I>) -> bool {
        state.live.len() >= self.limits.queue() || state.bytes >= self.limits.queue_bytes()
    }

    /// Takes parcels. It never waits for the output: those that come though the queue was full go
    /// to the spool, and what stands before them as well.
    pub(super) fn push(&self, parcels: impl Iterator<Item = Parcel<I>>) {
        let mut state = self.lock();
        let was_full = self.is_full(&state);
        for parcel in parcels {
            state.bytes += parcel.size;
            state.live.push_back(parcel);
        }
        // An output that takes nothing now may do so for long: the sooner its entries are
        // acknowledged, the fewer come to the other outputs again after a crash.
        let failing = !self.tally.is_working();
        if state.spool.waiting() > 0 || failing || was_full {
            self.secure(&mut state);
        }
        self.tally.queued(state.live.len(), &state.spool);
        self.news.notify_all();
    }

    /// Moves what is in memory to the spool, and acknowledges it.
    fn secure(&self, state: &mut State<I>) {
        while !state.live.is_empty() {
            let count = state.live.len().min(SECURED_AT_ONCE);
            let items = state.live.iter().take(count).map(|parcel| &*parcel.item);
            if let Err(error) = state.spool.add(items) {
                return self.spool_failed(state, &error);
            }
            Parcel::done(state.live.range_mut(..count));
            let sizes = state.live.drain(..count).map(|parcel| parcel.size);
            state.bytes -= sizes.sum::<usize>();
            self.spool_works(state);
        }
    }

    fn spool_works(&self, state: &mut State<I>) {
        if state.spool_failure.take().is_some() {
            self.log
                .info(&format!("{}: the spool takes events again", self.name));
        }
        self.tally.dropped(state.spool.dropped());
        self.tell_drops(state, TELL_DROPS);
    }

    /// Says how many events were dropped since that was said last, once in a while.
    fn tell_drops(&self, state: &mut State<I>, pause: Duration) {
        let dropped = state.spool.dropped().sum();
        let new = dropped - state.told_drops.1;
        if new > 0 && state.told_drops.0.is_none_or(|at| at.elapsed() >= pause) {
            state.told_drops = (Some(Instant::now()), dropped);
            self.log.warn(&format!(
                "{}: the spool is full, {} dropped, {} in all",
                self.name,
                crate::quantity::number_of(new, I::NOUN),
                crate::quantity::count(dropped)
            ));
        }
    }

    fn spool_failed(&self, state: &mut State<I>, error: &Error) {
        let reason = error.to_string();
        if state.spool_failure.as_ref() != Some(&reason) {
            self.log.error(&format!(
                "{}: cannot use the spool, events stay in Redis: {reason}",
                self.name
            ));
        }
        state.spool_failure = Some(reason);
    }

    /// Makes a batch safe whose output has let it wait for too long; says whether it is.
    fn secure_batch(&self, batch: &mut Batch<I>) -> bool {
        let mut state = self.lock();
        match state.spool.add(batch.items()) {
            Ok(places) => {
                state.spool.hold(&places);
                batch.secured(places);
                self.secure(&mut state);
                self.spool_works(&mut state);
                self.tally.queued(state.live.len(), &state.spool);
                true
            }
            Err(error) => {
                self.spool_failed(&mut state, &error);
                false
            }
        }
    }

    /// Makes what stands in memory safe.
    fn secure_live(&self) {
        let mut state = self.lock();
        self.secure(&mut state);
        self.tally.queued(state.live.len(), &state.spool);
    }

    /// The output has these; says whether they are out of the spool.
    fn remove(&self, places: &[i64]) -> bool {
        let mut state = self.lock();
        let removed = state.spool.remove(places);
        if let Err(error) = &removed {
            self.spool_failed(&mut state, error);
        }
        self.tally.queued(state.live.len(), &state.spool);
        removed.is_ok()
    }

    /// Nothing more comes: deliver what is there and end.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.news.notify_all();
    }

    /// Time is up: make safe what is there and end.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.over = true;
        self.secure(&mut state);
        self.tell_drops(&mut state, Duration::ZERO);
        self.tally.queued(state.live.len(), &state.spool);
        self.news.notify_all();
    }

    /// How things stand.
    pub(super) fn report(&self) -> LaneReport {
        self.tally.report(self.name)
    }

    /// The next batch, when there is enough for one or the oldest item has waited long enough.
    /// `None` when nothing will come any more.
    fn next(&self) -> Option<Batch<I>> {
        let mut state = self.lock();
        loop {
            if state.over {
                return None;
            }
            if state.spool.waiting() > 0
                && let Some(batch) = self.spooled_batch(&mut state)
            {
                return Some(batch);
            }
            let waited = state.live.front().map(|parcel| parcel.since.elapsed());
            let enough = state.live.len() >= self.limits.items || state.bytes >= self.limits.bytes;
            match waited {
                Some(waited) if enough || state.closed || waited >= self.limits.delay => {
                    let batch = self.queued_batch(&mut state);
                    self.tally.queued(state.live.len(), &state.spool);
                    return Some(batch);
                }
                None if state.closed => return None,
                _ => {}
            }
            let pause = waited.map_or(Duration::from_secs(60), |waited| {
                self.limits.delay.saturating_sub(waited)
            });
            state = self
                .news
                .wait_timeout(state, pause.max(Duration::from_millis(1)))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn queued_batch(&self, state: &mut State<I>) -> Batch<I> {
        let mut parcels = Vec::with_capacity(self.limits.items.min(state.live.len()));
        let mut bytes = 0;
        while parcels.len() < self.limits.items
            && let Some(parcel) = state.live.front()
            && (parcels.is_empty() || bytes + parcel.size <= self.limits.bytes)
        {
            bytes += parcel.size;
            parcels.extend(state.live.pop_front());
        }
        state.bytes = state.bytes.saturating_sub(bytes);
        Batch::of_parcels(parcels)
    }

    fn spooled_batch(&self, state: &mut State<I>) -> Option<Batch<I>> {
        let page = match state.spool.page::<I>(self.limits.items) {
            Ok(page) => page,
            Err(error) => {
                self.spool_failed(state, &error);
                return None;
            }
        };
        let (mut items, mut places, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
        let mut bytes = 0;
        for (place, item) in page {
            let Some(item) = item else {
                foreign.push(place);
                continue;
            };
            bytes += item.size();
            if bytes > self.limits.bytes && !items.is_empty() {
                break;
            }
            items.push(Parcel::spooled(item));
            places.push(place);
        }
        if !foreign.is_empty() {
            self.log.warn(&format!(
                "{}: {} in the spool belong to another output and were passed over",
                self.name,
                crate::quantity::number_of(foreign.len() as u64, I::NOUN)
            ));
            let _ = state.spool.remove(&foreign);
        }
        (!items.is_empty()).then(|| Batch::of_spool(items, places))
    }

    /// Waits for news of the lane, or for a while; comes back at once when time is up.
    fn rest(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut state = self.lock();
        while !state.over {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self
                .news
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }
}
