//! Dead letters: events that an output refuses for good, kept in a stream of their own.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::event::Event;
use crate::store::Error;
use crate::store::redis::{DeadLetter, Pipe, Target, Timeouts};

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way into the stream of dead letters.
pub(super) struct Graveyard {
    target: Target,
    stream: String,
    max_len: u64,
    consumer: String,
    pipe: Mutex<Option<Pipe>>,
}

impl Graveyard {
    pub(super) fn new(target: Target, stream: String, max_len: u64, consumer: String) -> Self {
        Self {
            target,
            stream,
            max_len,
            consumer,
            pipe: Mutex::new(None),
        }
    }

    /// Puts an event away with the reason.
    ///
    /// # Errors
    /// When Redis does not take it.
    pub(super) fn bury(&self, event: &Event, output: &str, reason: &str) -> Result<(), Error> {
        let mut held = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        // Seldom used: a connection that broke meanwhile shows only now.
        let mut pipe = match held.take() {
            Some(pipe) => pipe,
            None => Pipe::connect(&self.target, Timeouts::default())?,
        };
        let letter = DeadLetter {
            event,
            output,
            reason,
            consumer: &self.consumer,
        };
        letter.queue(&mut pipe, &self.stream, self.max_len);
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        letter.settle(&pipe, &mut replies, &self.stream)?;
        *held = Some(pipe);
        Ok(())
    }
}
