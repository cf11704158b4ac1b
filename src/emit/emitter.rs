//! The ladder of one emitter: Redis, else the journal, else the caller is told.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::breaker::Breaker;
use super::ledger::Ledger;
use super::streams::Streams;
use super::{Delivery, Error};
use crate::config::Settings;
use crate::event::{Data, EntryId, Event, Level, MAX_EVENT_BYTES, Millis, Status, naming, wire};
use crate::store::redis::{Target, Writer};
use crate::store::{self, Dropped, Journal};

/// How many events one round trip drains from the journal.
const DRAIN_PAGE: usize = 256;

/// When a server that failed is tried again within one process; each further time after twice as
/// long, at most [`LONGEST_RETRY`].
const RETRY: Duration = Duration::from_secs(1);

/// The longest pause between two tries of an emitter that lives on.
const LONGEST_RETRY: Duration = Duration::from_secs(15);

/// Delivers events to one Redis, or to the journal beside it.
pub struct Emitter {
    url: String,
    ca: Option<PathBuf>,
    streams: Streams,
    breaker: Breaker,
    connect_timeout: Duration,
    /// How long the server may take to answer one batch.
    patience: Duration,
    writer: Option<Writer>,
    next_try: Option<Instant>,
    /// Failures since the server last answered.
    failures: u32,
    /// Whether it lives on and tries again by itself, whatever other processes remember.
    lasting: bool,
    /// Sent, not answered yet.
    in_flight: Vec<Event>,
    ledger: Ledger,
}

impl Emitter {
    /// An emitter as the settings describe it. Nothing is opened or connected yet.
    pub fn new(settings: &Settings) -> Self {
        Self {
            url: settings.url.clone(),
            ca: settings.ca.clone(),
            streams: Streams::new(settings),
            breaker: Breaker::beside(&settings.journal, &settings.url),
            connect_timeout: settings.timeout,
            patience: settings.timeout,
            writer: None,
            next_try: None,
            failures: 0,
            lasting: false,
            in_flight: Vec::new(),
            ledger: Ledger::new(settings, &settings.journal),
        }
    }

    /// The same emitter with more time for the answer to a batch; the time to connect stays.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = self.patience.max(patience);
        self
    }

    /// The same emitter for a process that lives on: it tries a server that failed again by itself,
    /// after pauses that grow, where others heed what was remembered of it.
    #[must_use]
    pub fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }

    /// Whether events may wait in the journal.
    pub fn has_backlog(&self) -> bool {
        self.ledger.has_backlog()
    }

    /// Where a broken journal was put that was found on the way.
    pub fn set_aside(&self) -> Option<&Path> {
        self.ledger.set_aside()
    }

    /// What the journal dropped to make room for what was kept.
    pub fn dropped(&self) -> Dropped {
        self.ledger.dropped()
    }

    /// Whether an event can be emitted at all; its size on the wire, in bytes.
    ///
    /// # Errors
    /// When its type cannot be typed back, or it is too large.
    pub fn check(event: &Event) -> Result<usize, Error> {
        if !naming::is_emittable(&event.event_type) {
            let event_type = event.event_type.clone();
            return Err(Error::EventType { event_type });
        }
        let bytes = wire::plain_bytes(event);
        if bytes > MAX_EVENT_BYTES {
            return Err(Error::TooLarge { bytes });
        }
        Ok(bytes)
    }

    /// Delivers one event within the time that the settings give it.
    pub fn deliver(&mut self, event: Event, now: Millis) -> Delivery {
        self.submit(vec![event], now) + self.settle(now)
    }

    /// Sends a batch, and takes the answers for the batch before it: one is in flight while the
    /// caller prepares the next. What cannot be sent goes to the journal.
    pub fn submit(&mut self, batch: Vec<Event>, now: Millis) -> Delivery {
        if batch.is_empty() {
            return Delivery::default();
        }
        let sent = self.send(&batch, now);
        let before = self.settle(now);
        match sent {
            // `settle` may have found the connection dead, with this batch on it.
            Ok(true) => {
                self.in_flight = batch;
                before
            }
            Ok(false) => before + self.keep(&batch, None),
            Err(error) => before + self.keep(&batch, Some(error)),
        }
    }

    /// Publishes a live status and returns how many heard it; `None` while nobody should try. A
    /// status that Redis does not take is gone: the next one says more.
    ///
    /// # Errors
    /// When Redis does not take it.
    pub fn publish(&mut self, status: &Status, now: Millis) -> Result<Option<u64>, store::Error> {
        if !self.connect(now)? {
            return Ok(None);
        }
        let Some(writer) = &mut self.writer else {
            return Ok(None);
        };
        let heard = writer
            .publish(status, now, Instant::now() + self.patience)
            .inspect_err(|error| self.failed(error, now))?;
        self.breaker.answered();
        Ok(Some(heard))
    }

    /// Takes the answers for what is in flight.
    pub fn settle(&mut self, now: Millis) -> Delivery {
        let batch = std::mem::take(&mut self.in_flight);
        if batch.is_empty() {
            return Delivery::default();
        }
        let replies = match self.replies(batch.len(), now) {
            Ok(replies) => replies,
            Err(error) => return self.keep(&batch, error),
        };
        let (mut refused, mut cause) = (Vec::new(), None);
        let count = batch.len();
        for (event, reply) in batch.into_iter().zip(replies) {
            if let Err(error) = reply {
                refused.push(event);
                cause.get_or_insert(error);
            }
        }
        let sent = Delivery {
            sent: (count - refused.len()) as u64,
            ..Delivery::default()
        };
        sent + self.keep(&refused, cause)
    }

    /// Connects before there is anything to send.
    pub(super) fn warm_up(&mut self, now: Millis) {
        // A failure is remembered, and costs no event.
        let _ = self.connect(now);
    }

    /// Sends a batch and waits for the answers; says of each event whether Redis has it. Nothing
    /// goes to the journal.
    pub(super) fn send_now(
        &mut self,
        batch: &[Event],
        now: Millis,
    ) -> Result<Vec<bool>, Option<store::Error>> {
        if !self.send(batch, now)? {
            return Err(None);
        }
        let replies = self.replies(batch.len(), now)?;
        Ok(replies.iter().map(Result::is_ok).collect())
    }

    /// Removes events from the journal that Redis has.
    pub(super) fn forget(&mut self, places: &[i64]) -> Result<(), store::Error> {
        self.ledger.forget(places)
    }

    /// The answers to what is in flight.
    fn replies(
        &mut self,
        count: usize,
        now: Millis,
    ) -> Result<Vec<Result<EntryId, store::Error>>, Option<store::Error>> {
        let deadline = Instant::now() + self.patience;
        let writer = self.writer.as_mut().ok_or(None)?;
        match writer.receive(count, deadline) {
            Ok(replies) => {
                self.failures = 0;
                self.breaker.answered();
                Ok(replies)
            }
            Err(error) => {
                self.failed(&error, now);
                Err(Some(error))
            }
        }
    }

    /// Moves what waits in the journal to Redis, oldest first, for at most `slice`; returns how
    /// many events it moved. Nothing happens while another process drains.
    ///
    /// An event leaves the journal only after Redis has it. A crash between the two leaves it in
    /// both, which readers see by its event id.
    ///
    /// # Errors
    /// When Redis or the journal fails on the way; what was moved until then stays moved.
    pub fn drain(&mut self, now: Millis, slice: Duration) -> Result<u64, store::Error> {
        if !self.has_backlog() {
            return Ok(0);
        }
        let Some(_only_one) = Journal::drain_lock(self.ledger.path()) else {
            return Ok(0);
        };
        let until = Instant::now() + slice;
        let mut drain = Drain::default();
        while Instant::now() < until && self.connect(now)? {
            if !self.drain_page(&mut drain, now)? {
                break;
            }
        }
        if drain.moved > 0 {
            self.tell_drops(now)?;
        }
        match drain.refusal {
            Some(error) => Err(error),
            None => Ok(drain.moved),
        }
    }

    /// Moves one page; `false` when there is none left. A stream that refused an event gets no
    /// more of them, and those of the other do not wait behind it.
    fn drain_page(&mut self, drain: &mut Drain, now: Millis) -> Result<bool, store::Error> {
        let page = self.ledger.open()?.events_after(drain.after, DRAIN_PAGE)?;
        let Some((last, _)) = page.last() else {
            self.ledger.open()?.settle()?;
            return Ok(false);
        };
        drain.after = *last;
        let deadline = Instant::now() + self.patience;
        let Some(writer) = &mut self.writer else {
            return Ok(false);
        };
        let mut sent = Vec::with_capacity(page.len());
        for (index, (_, event)) in page.iter().enumerate() {
            // A journal may be shared by settings that name other streams.
            let stream = event.stream().unwrap_or(&self.streams.of(event).name);
            if !drain.refused.iter().any(|refused| refused == stream) {
                writer.queue(stream, self.streams.max_len(stream), event);
                sent.push(index);
            }
        }
        if let Err(error) = writer.send(deadline) {
            self.failed(&error, now);
            return Err(error);
        }
        let replies = match self.replies(sent.len(), now) {
            Ok(replies) => replies,
            Err(Some(error)) => return Err(error),
            Err(None) => return Ok(false),
        };
        let mut taken = Vec::with_capacity(sent.len());
        for (index, reply) in sent.into_iter().zip(replies) {
            let (seq, event) = &page[index];
            match reply {
                Ok(_) => taken.push(*seq),
                Err(error) => {
                    let stream = event.stream().unwrap_or(&self.streams.of(event).name);
                    if !drain.refused.iter().any(|refused| refused == stream) {
                        drain.refused.push(stream.to_owned());
                    }
                    drain.refusal.get_or_insert(error);
                }
            }
        }
        self.ledger.forget(&taken)?;
        drain.moved += taken.len() as u64;
        Ok(true)
    }

    /// Writes a batch to the connection; `false` while nobody should try.
    fn send(&mut self, batch: &[Event], now: Millis) -> Result<bool, store::Error> {
        if !self.connect(now)? {
            return Ok(false);
        }
        let Some(writer) = &mut self.writer else {
            return Ok(false);
        };
        for event in batch {
            let stream = self.streams.of(event);
            writer.queue(&stream.name, Some(stream.max_len), event);
        }
        writer
            .send(Instant::now() + self.patience)
            .inspect_err(|error| self.failed(error, now))?;
        Ok(true)
    }

    /// Connects unless there is a connection; `false` while nobody should try.
    fn connect(&mut self, now: Millis) -> Result<bool, store::Error> {
        if self.writer.is_some() {
            return Ok(true);
        }
        let target = Target::parse(&self.url, self.ca.as_deref())?;
        let early = self.next_try.is_some_and(|at| Instant::now() < at);
        if early || !(self.lasting || self.breaker.allows(now)) {
            return Ok(false);
        }
        let writer = Writer::connect(&target, self.connect_timeout)
            .inspect_err(|error| self.failed(error, now))?;
        self.writer = Some(writer);
        Ok(true)
    }

    /// Gives the connection up, and remembers a server that let us wait.
    fn failed(&mut self, error: &store::Error, now: Millis) {
        self.writer = None;
        let pause = if self.lasting {
            let grown = RETRY
                .saturating_mul(1 << self.failures.min(10))
                .min(LONGEST_RETRY);
            // Up to a fifth less, so that processes do not come back in step.
            grown - grown / 1000 * (std::process::id() % 200)
        } else {
            RETRY
        };
        self.failures = self.failures.saturating_add(1);
        self.next_try = Some(Instant::now() + pause);
        if error.is_timeout() {
            self.breaker.timed_out(now);
        }
    }

    /// Puts events into the journal.
    fn keep(&mut self, events: &[Event], cause: Option<store::Error>) -> Delivery {
        if events.is_empty() {
            return Delivery::default();
        }
        let count = events.len() as u64;
        match self.ledger.keep(events) {
            Ok(_) => Delivery {
                kept: count,
                cause,
                ..Delivery::default()
            },
            Err(loss) => Delivery {
                lost: count,
                cause,
                loss: Some(loss),
                ..Delivery::default()
            },
        }
    }

    /// Says in Redis what the journal had to drop, so that it is not silent. The caller has the
    /// right to drain, so nobody else says it too.
    fn tell_drops(&mut self, now: Millis) -> Result<(), store::Error> {
        let untold = self.ledger.open()?.untold()?;
        if untold == Dropped::default() {
            return Ok(());
        }
        let Dropped { info, warn, error } = untold;
        let data = serde_json::json!({
            "reason": "the journal was full", "info": info, "warn": warn, "error": error,
        });
        let mut event = Event {
            event_type: "emp.events_dropped".to_owned(),
            service: "emp".to_owned(),
            level: Some(Level::Warn),
            data: Data::from_wire(&data.to_string()),
            ..Event::default()
        };
        super::Context::default().complete(&mut event, now);
        if matches!(self.send_now(&[event], now), Ok(taken) if taken == [true]) {
            self.ledger.open()?.told(untold)?;
        }
        Ok(())
    }
}

/// How far a drain came.
#[derive(Default)]
struct Drain {
    moved: u64,
    /// The last entry of the journal that was looked at.
    after: i64,
    /// Streams that refused an event.
    refused: Vec<String>,
    /// Why the first of them did.
    refusal: Option<store::Error>,
}
