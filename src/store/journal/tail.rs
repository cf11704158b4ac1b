//! A journal that grows.

use std::path::{Path, PathBuf};

use super::{Error, Journal};
use crate::event::Event;

/// Rows read at once.
const PAGE: usize = 500;

/// Follows a journal; one that is not there yet is waited for.
pub struct JournalTail {
    path: PathBuf,
    streams: Vec<String>,
    journal: Option<Journal>,
    seq: i64,
}

impl JournalTail {
    /// Follows the journal at `path` from now on, or from its beginning.
    ///
    /// # Errors
    /// When there is a journal that cannot be read.
    pub fn new(path: &Path, streams: &[String], from_beginning: bool) -> Result<Self, Error> {
        let journal = Journal::open_existing(path)?;
        let seq = match &journal {
            Some(journal) if !from_beginning => journal.last_seq()?,
            _ => 0,
        };
        Ok(Self {
            path: path.to_owned(),
            streams: streams.to_vec(),
            journal,
            seq,
        })
    }

    /// What was added since the last look, a page at most.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn poll(&mut self) -> Result<Vec<Event>, Error> {
        if self.journal.is_none() {
            self.journal = Journal::open_existing(&self.path)?;
        }
        let Some(journal) = &self.journal else {
            return Ok(Vec::new());
        };
        let page = journal.events_after(self.seq, PAGE)?;
        if let Some((seq, _)) = page.last() {
            self.seq = *seq;
        }
        let wanted = |event: &Event| {
            event
                .stream()
                .is_some_and(|stream| self.streams.iter().any(|one| one == stream))
        };
        Ok(page
            .into_iter()
            .map(|(_, event)| event)
            .filter(wanted)
            .collect())
    }
}
