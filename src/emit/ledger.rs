//! The journal as an emitter uses it: opened when it is first needed, and never too large.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::streams::Streams;
use crate::config::Settings;
use crate::event::Event;
use crate::store::{Dropped, Error, Journal};

/// How long an emitter waits for others that write the journal. Longer than the time for Redis:
/// what the journal refuses is lost.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeps events until Redis has them.
pub(super) struct Ledger {
    streams: Streams,
    path: PathBuf,
    max_bytes: u64,
    journal: Option<Journal>,
    dropped: Dropped,
}

impl Ledger {
    /// The journal at `path`, with the limit that the settings give it.
    pub(super) fn new(settings: &Settings, path: &Path) -> Self {
        Self {
            streams: Streams::new(settings),
            path: path.to_owned(),
            max_bytes: settings.journal_max_bytes,
            journal: None,
            dropped: Dropped::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether events may wait in it.
    pub(super) fn has_backlog(&self) -> bool {
        Journal::has_backlog(&self.path)
    }

    /// Adds events, all or none; gives their places, in order.
    pub(super) fn keep(&mut self, events: &[Event]) -> Result<Vec<i64>, Error> {
        self.open()?;
        let streams = &self.streams;
        let entries: Vec<_> = events
            .iter()
            .map(|event| (streams.of(event).name.as_str(), event))
            .collect();
        let Some(journal) = &mut self.journal else {
            return Ok(Vec::new());
        };
        let added = journal.append_each(&entries)?;
        self.dropped = self.dropped + added.dropped;
        Ok(added.places)
    }

    /// Removes events that are safe elsewhere.
    pub(super) fn forget(&mut self, places: &[i64]) -> Result<(), Error> {
        if places.is_empty() {
            return Ok(());
        }
        self.open()?.remove(places)
    }

    /// The journal, opened when it is first needed.
    pub(super) fn open(&mut self) -> Result<&mut Journal, Error> {
        match &mut self.journal {
            Some(journal) => Ok(journal),
            none => {
                let journal = Journal::open(&self.path, PATIENCE)?;
                Ok(none.insert(journal.limited(self.max_bytes)))
            }
        }
    }

    /// Where a broken journal is now that this one took the place of.
    pub(super) fn set_aside(&self) -> Option<&Path> {
        self.journal.as_ref().and_then(Journal::set_aside)
    }

    /// What had to go to make room for what was kept.
    pub(super) fn dropped(&self) -> Dropped {
        self.dropped
    }
}
