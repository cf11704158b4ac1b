//! Many events over one connection: NDJSON in, one batch in flight while the next is read.

use std::io::{self, ErrorKind, Read};
use std::time::{Duration, Instant};

use super::{Context, Delivery, Emitter, Error, Policy};
use crate::event::{Event, Millis, event_id_of, json};
use crate::store::{Line, Lines, ReadAhead};

/// Events of one batch.
const BATCH: usize = 512;
/// Encoded size at which a batch is sent before it is full.
const BATCH_BYTES: usize = 256 * 1024;
/// How often what waits in the journal is looked at.
const DRAIN_EVERY: Duration = Duration::from_secs(1);
/// How long one look may take.
const DRAIN_SLICE: Duration = Duration::from_millis(500);
/// How long the last one may take.
const LAST_DRAIN: Duration = Duration::from_secs(5);
/// How long an input that never pauses is still read after a stop.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What became of a stream of events.
#[derive(Debug, Default)]
pub struct Tally {
    /// What was delivered, kept and lost.
    pub delivery: Delivery,
    /// Lines that are no events.
    pub refused: u64,
    /// Events that level or sampling left out.
    pub left_out: u64,
    /// Events moved from the journal to Redis on the way.
    pub drained: u64,
    /// Why the input could not be read to its end.
    pub broken_off: Option<io::Error>,
}

/// Emits every line of an input.
pub struct Bulk<'a> {
    emitter: &'a mut Emitter,
    context: &'a Context,
    policy: &'a Policy,
    now: &'a dyn Fn() -> Millis,
    refuse: &'a mut dyn FnMut(u64, &Error),
    stop: &'a dyn Fn() -> bool,
    tally: Tally,
    queued: Vec<Event>,
    queued_bytes: usize,
    next_drain: Instant,
}

impl<'a> Bulk<'a> {
    /// A bulk emission. `refuse` is told the line number, from 1, and the reason of each line
    /// that is no event.
    pub fn new(
        emitter: &'a mut Emitter,
        context: &'a Context,
        policy: &'a Policy,
        now: &'a dyn Fn() -> Millis,
        refuse: &'a mut dyn FnMut(u64, &Error),
    ) -> Self {
        Self {
            emitter,
            context,
            policy,
            now,
            refuse,
            stop: &|| false,
            tally: Tally::default(),
            queued: Vec::new(),
            queued_bytes: 0,
            next_drain: Instant::now(),
        }
    }

    /// The same emission, which ends once `stop` says so and nothing more comes for a moment: what
    /// was written to it until then is delivered.
    #[must_use]
    pub fn until(mut self, stop: &'a dyn Fn() -> bool) -> Self {
        self.stop = stop;
        self
    }

    /// Reads the input to its end and delivers everything, to Redis or to the journal.
    ///
    /// The input is read ahead on a thread of its own, and what was read is sent as soon as
    /// nothing more comes for a moment: a producer that pauses never holds back what it wrote.
    pub fn run(mut self, input: impl Read + Send + 'static) -> Tally {
        let mut lines = Lines::new(ReadAhead::new(input));
        let mut number = 0;
        let mut stopped: Option<Instant> = None;
        while stopped.is_none_or(|at| at.elapsed() < LAST_WORDS) {
            if stopped.is_none() && (self.stop)() {
                stopped = Some(Instant::now());
            }
            match lines.next_line() {
                Ok(Some(line)) => {
                    number += 1;
                    self.line(number, line);
                }
                Ok(None) => break,
                Err(error) if error.kind() == ErrorKind::WouldBlock && stopped.is_some() => break,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.flush();
                    self.drain(DRAIN_SLICE);
                }
                Err(error) => {
                    // What came before it counts.
                    self.tally.broken_off = Some(error);
                    break;
                }
            }
        }
        self.flush();
        self.next_drain = Instant::now();
        self.drain(LAST_DRAIN);
        self.tally
    }

    fn line(&mut self, number: u64, line: Line<'_>) {
        match self.event(line) {
            Ok(Some((event, bytes))) => {
                self.queued.push(event);
                self.queued_bytes += bytes;
                if self.queued.len() >= BATCH || self.queued_bytes >= BATCH_BYTES {
                    self.submit();
                }
            }
            Ok(None) => {}
            Err(error) => {
                self.tally.refused += 1;
                (self.refuse)(number, &error);
            }
        }
    }

    /// The event of a line with its size; `None` for an empty line, and for an event that is left
    /// out.
    fn event(&mut self, line: Line<'_>) -> Result<Option<(Event, usize)>, Error> {
        let bytes = match line {
            Line::Text(bytes) => bytes,
            Line::TooLong => return Err(Error::LongLine),
        };
        if bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        let mut event = json::read(bytes).map_err(|error| Error::NotAnObject {
            reason: error.to_string(),
        })?;
        // What was read from a stream elsewhere is passed on as it is, and has the same id each
        // time, so that passing it on twice shows it once.
        if event.entry().is_some() && event.event_id.is_none() {
            event.event_id = Some(event_id_of(event.timestamp, bytes));
        }
        // An event with an id was made elsewhere, and went by the rules that hold there.
        let is_new = event.event_id.is_none();
        self.context.complete(&mut event, (self.now)());
        if is_new && !self.policy.apply(&mut event) {
            self.tally.left_out += 1;
            return Ok(None);
        }
        let bytes = Emitter::check(&event)?;
        Ok(Some((event, bytes)))
    }

    fn submit(&mut self) {
        let batch = std::mem::take(&mut self.queued);
        self.queued_bytes = 0;
        if !batch.is_empty() {
            let delivery = self.emitter.submit(batch, (self.now)());
            self.count(delivery);
        }
    }

    /// Sends what is queued and waits for every answer.
    fn flush(&mut self) {
        self.submit();
        let delivery = self.emitter.settle((self.now)());
        self.count(delivery);
    }

    /// Moves what waits in the journal, now and then. A failure leaves it waiting.
    fn drain(&mut self, slice: Duration) {
        if Instant::now() >= self.next_drain {
            self.tally.drained += self.emitter.drain((self.now)(), slice).unwrap_or(0);
            self.next_drain = Instant::now() + DRAIN_EVERY;
        }
    }

    fn count(&mut self, delivery: Delivery) {
        let sum = std::mem::take(&mut self.tally.delivery);
        self.tally.delivery = sum + delivery;
    }
}
