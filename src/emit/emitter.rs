//! The ladder of one emitter: Redis, else the journal, else the caller is told.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::breaker::Breaker;
use super::{Delivery, Error};
use crate::config::{Settings, StreamSettings};
use crate::event::{Event, MAX_EVENT_BYTES, Millis, Status, naming, wire};
use crate::store::redis::{Target, Writer};
use crate::store::{self, Journal};

/// How long an emitter waits for others that write the journal. Longer than the time for Redis:
/// what the journal refuses is lost.
const JOURNAL_PATIENCE: Duration = Duration::from_secs(5);

/// How many events one round trip drains from the journal.
const DRAIN_PAGE: usize = 256;

/// How often a server that refused is tried again within one process.
const RETRY: Duration = Duration::from_secs(1);

/// Delivers events to one Redis, or to the journal beside it.
pub struct Emitter {
    /// `None` for an emitter that only writes the journal.
    url: Option<String>,
    ca: Option<PathBuf>,
    streams: Streams,
    breaker: Breaker,
    connect_timeout: Duration,
    /// How long the server may take to answer one batch.
    patience: Duration,
    writer: Option<Writer>,
    next_try: Option<Instant>,
    /// Whether new events line up behind those that wait in the journal.
    in_order: bool,
    /// Sent, not answered yet.
    in_flight: Vec<Event>,
    journal_path: PathBuf,
    journal: Option<Journal>,
}

impl Emitter {
    /// An emitter as the settings describe it. Nothing is opened or connected yet.
    pub fn new(settings: &Settings) -> Self {
        Self {
            url: Some(settings.url.clone()),
            ca: settings.ca.clone(),
            streams: Streams([settings.events.clone(), settings.errors.clone()]),
            breaker: Breaker::beside(&settings.journal, &settings.url),
            connect_timeout: settings.timeout,
            patience: settings.timeout,
            writer: None,
            next_try: None,
            in_order: false,
            in_flight: Vec::new(),
            journal_path: settings.journal.clone(),
            journal: None,
        }
    }

    /// An emitter that writes a journal and knows no Redis.
    pub fn for_journal(settings: &Settings, journal: &Path) -> Self {
        Self {
            url: None,
            journal_path: journal.to_owned(),
            ..Self::new(settings)
        }
    }

    /// The same emitter with more time for the answer to a batch; the time to connect stays.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = self.patience.max(patience);
        self
    }

    /// The same emitter, whose events line up behind those that wait in the journal: they reach
    /// Redis in the order in which they were emitted.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// Whether events may wait in the journal.
    pub fn has_backlog(&self) -> bool {
        Journal::has_backlog(&self.journal_path)
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
        let fields = wire::encode(event);
        let bytes = fields
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
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
        let deadline = Instant::now() + self.patience;
        let Some(writer) = &mut self.writer else {
            return self.keep(&batch, None);
        };
        let replies = match writer.receive(batch.len(), deadline) {
            Ok(replies) => replies,
            Err(error) => {
                self.failed(&error, now);
                return self.keep(&batch, Some(error));
            }
        };
        self.breaker.answered();
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
        let Some(_only_one) = Journal::drain_lock(&self.journal_path) else {
            return Ok(0);
        };
        let until = Instant::now() + slice;
        let mut drain = Drain::default();
        while Instant::now() < until && self.connect(now)? {
            if !self.drain_page(&mut drain, now)? {
                break;
            }
        }
        match drain.refusal {
            Some(error) => Err(error),
            None => Ok(drain.moved),
        }
    }

    /// Moves one page; `false` when there is none left. A stream that refused an event gets no
    /// more of them, and those of the other do not wait behind it.
    fn drain_page(&mut self, drain: &mut Drain, now: Millis) -> Result<bool, store::Error> {
        let page = self.journal()?.events_after(drain.after, DRAIN_PAGE)?;
        let Some((last, _)) = page.last() else {
            self.journal()?.settle()?;
            return Ok(false);
        };
        drain.after = *last;
        let deadline = Instant::now() + self.patience;
        let Some(writer) = &mut self.writer else {
            return Ok(false);
        };
        let mut sent = Vec::with_capacity(page.len());
        for (seq, event) in &page {
            // A journal may be shared by settings that name other streams.
            let stream = event.stream().unwrap_or(&self.streams.of(event).name);
            if !drain.refused.iter().any(|refused| refused == stream) {
                writer.queue(stream, self.streams.max_len(stream), event);
                sent.push((*seq, stream));
            }
        }
        let replies = writer
            .send(deadline)
            .and_then(|()| writer.receive(sent.len(), deadline));
        let replies = match replies {
            Ok(replies) => replies,
            Err(error) => {
                self.failed(&error, now);
                return Err(error);
            }
        };
        let mut taken = Vec::with_capacity(sent.len());
        for ((seq, stream), reply) in sent.into_iter().zip(replies) {
            match reply {
                Ok(_) => taken.push(seq),
                Err(error) => {
                    if !drain.refused.iter().any(|refused| refused == stream) {
                        drain.refused.push(stream.to_owned());
                    }
                    drain.refusal.get_or_insert(error);
                }
            }
        }
        self.journal()?.remove(&taken)?;
        drain.moved += taken.len() as u64;
        Ok(true)
    }

    /// Writes a batch to the connection; `false` while nobody should try.
    fn send(&mut self, batch: &[Event], now: Millis) -> Result<bool, store::Error> {
        if !self.connect(now)? || (self.in_order && self.has_backlog()) {
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
        let Some(url) = &self.url else {
            return Ok(false);
        };
        let target = Target::parse(url, self.ca.as_deref())?;
        let early = self.next_try.is_some_and(|at| Instant::now() < at);
        if early || !self.breaker.allows(now) {
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
        self.next_try = Some(Instant::now() + RETRY);
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
        match self.append(events) {
            Ok(()) => Delivery {
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

    fn append(&mut self, events: &[Event]) -> Result<(), store::Error> {
        self.journal()?;
        let streams = &self.streams;
        let entries: Vec<_> = events
            .iter()
            .map(|event| (streams.of(event).name.as_str(), event))
            .collect();
        match &mut self.journal {
            Some(journal) => journal.append_each(&entries),
            None => Ok(()),
        }
    }

    /// The journal, opened when it is first needed.
    fn journal(&mut self) -> Result<&mut Journal, store::Error> {
        match &mut self.journal {
            Some(journal) => Ok(journal),
            none => Ok(none.insert(Journal::open(&self.journal_path, JOURNAL_PATIENCE)?)),
        }
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

/// The two streams: events and errors.
struct Streams([StreamSettings; 2]);

impl Streams {
    /// The stream an event belongs to: the one it was read from if that is one of ours, else the
    /// one for its type.
    fn of(&self, event: &Event) -> &StreamSettings {
        let [events, errors] = &self.0;
        match event.stream() {
            Some(stream) if stream == events.name => events,
            Some(stream) if stream == errors.name => errors,
            _ if event.is_error_event() => errors,
            _ => events,
        }
    }

    /// The cap of a stream that is one of ours.
    fn max_len(&self, name: &str) -> Option<u64> {
        let stream = self.0.iter().find(|stream| stream.name == name);
        stream.map(|stream| stream.max_len)
    }
}
