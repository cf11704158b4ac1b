//! What readers of entries need of a connection.

use super::{Connection, FIRST_BUFFER, KEPT_BUFFER, MAX_VALUE};
use crate::store::Error;
use crate::store::redis::entry::{Outline, Traced, Tracer};
use crate::store::redis::resp::Malformed;

impl Connection {
    /// The next value, which is an entry: its outline holds until [`Self::done`] or
    /// [`Self::hand_over`].
    pub(in crate::store::redis) fn entry(&mut self, outline: &mut Outline) -> Result<(), Error> {
        self.greet()?;
        let start = self.at;
        match self.pending_entry(outline)? {
            Traced::Entry => Ok(()),
            Traced::Gone(_) => {
                self.at = start;
                Err(self.malformed())
            }
        }
    }

    /// The same for an entry that was trimmed or deleted since somebody got it, perhaps.
    pub(in crate::store::redis) fn pending_entry(
        &mut self,
        outline: &mut Outline,
    ) -> Result<Traced, Error> {
        self.greet()?;
        let start = self.at;
        let mut tracer = Tracer::new(start, outline);
        loop {
            match tracer.advance(&self.input[..self.filled], outline) {
                Ok(Some((traced, end))) => {
                    self.at = end;
                    return Ok(traced);
                }
                Ok(None) if self.filled - start > MAX_VALUE => return Err(self.too_large()),
                Ok(None) => self.fill()?,
                Err(Malformed) => return Err(self.malformed()),
            }
        }
    }

    /// What an outline lies in.
    pub(in crate::store::redis) fn buffer(&self) -> &[u8] {
        &self.input
    }

    /// How many bytes the values since the last [`Self::done`] take.
    pub(in crate::store::redis) fn held(&self) -> usize {
        self.at
    }

    /// Gives the buffer away with all values that were handed out, and goes on with another, whose
    /// room is used.
    pub(in crate::store::redis) fn hand_over(&mut self, mut spare: Vec<u8>) -> Vec<u8> {
        let rest = self.at..self.filled;
        let room = rest.len().max(FIRST_BUFFER);
        if spare.len() < room || spare.len() > KEPT_BUFFER {
            spare = vec![0; room];
        }
        spare[..rest.len()].copy_from_slice(&self.input[rest.clone()]);
        (self.filled, self.at) = (rest.len(), 0);
        std::mem::replace(&mut self.input, spare)
    }
}
