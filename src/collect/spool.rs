//! Where an output's events wait on disk while it cannot take them: a journal of its own.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::output::Item;
use crate::event::Event;
use crate::store::{DrainGuard, Dropped, Error, Journal};

/// How long SQLite waits for somebody who looks into the file.
const BUSY: Duration = Duration::from_secs(5);
/// What spans and other things without a stream are filed under.
const NO_STREAM: &str = "emp:spool";

/// The spool of one output.
pub(super) struct Spool {
    journal: Journal,
    waiting: u64,
    dropped: Dropped,
    max_bytes: u64,
    /// Nobody else may work through it meanwhile.
    _guard: DrainGuard,
}

impl Spool {
    /// The file for an output, among those in `folder`.
    pub(super) fn place(folder: &Path, output: &str) -> PathBuf {
        folder.join(format!("{}.db", output.replace(' ', "-")))
    }

    /// Opens or makes the spool at `path`.
    ///
    /// # Errors
    /// When the file cannot be made or is broken beyond setting it aside, or when another
    /// collector uses it.
    pub(super) fn open(path: &Path, max_bytes: u64) -> Result<Self, Error> {
        let failed = |reason: &str| Error::Journal {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let journal = Journal::open(path, BUSY)?
            .limited(max_bytes)
            .keeping_entries();
        let guard = Journal::drain_lock(path)
            .ok_or_else(|| failed("another collector uses it, or its folder is read-only"))?;
        let (waiting, dropped) = (journal.len()?, journal.dropped()?);
        // Most of the time it is empty.
        journal.rest();
        Ok(Self {
            waiting,
            dropped,
            journal,
            max_bytes,
            _guard: guard,
        })
    }

    /// Where a broken file was moved that was found here.
    pub(super) fn set_aside(&self) -> Option<&Path> {
        self.journal.set_aside()
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Bytes that those take.
    pub(super) fn waiting_bytes(&self) -> u64 {
        match self.waiting {
            0 => 0,
            _ => self.journal.used_bytes().unwrap_or(0),
        }
    }

    /// Bytes that it keeps to.
    pub(super) fn limit(&self) -> u64 {
        self.max_bytes
    }

    /// What had to go for want of room, ever.
    pub(super) fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// Whether little room is left.
    pub(super) fn is_nearly_full(&self) -> bool {
        let used = self.journal.used_bytes();
        used.is_ok_and(|used| used > self.max_bytes / 10 * 9)
    }

    /// Keeps items; gives back their places.
    ///
    /// # Errors
    /// When the file cannot be written: none of them is kept then.
    pub(super) fn add<'a, I: Item>(
        &mut self,
        items: impl Iterator<Item = &'a I>,
    ) -> Result<Vec<i64>, Error> {
        let events: Vec<Cow<'_, Event>> = items.map(Item::to_event).collect();
        let entries: Vec<(&str, &Event)> = events
            .iter()
            .map(|event| (event.stream().unwrap_or(NO_STREAM), &**event))
            .collect();
        let added = self.journal.append_each(&entries)?;
        self.waiting += entries.len() as u64;
        self.waiting = self.waiting.saturating_sub(added.dropped.sum());
        self.dropped = self.dropped + added.dropped;
        Ok(added.places)
    }

    /// The items that wait longest, with their places, which are kept out of the way of new ones
    /// until [`Self::remove`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn page<I: Item>(&mut self, most: usize) -> Result<Vec<(i64, Option<I>)>, Error> {
        let page = self.journal.oldest(most)?;
        if page.is_empty() {
            // Somebody emptied it, or dropped events were counted twice.
            self.waiting = 0;
        }
        let items = page.into_iter();
        let items: Vec<_> = items
            .map(|(place, event)| (place, I::from_event(event)))
            .collect();
        let places: Vec<i64> = items.iter().map(|(place, _)| *place).collect();
        self.journal.use_rows(&places);
        Ok(items)
    }

    /// These are in work: they stay whatever comes.
    pub(super) fn hold(&mut self, places: &[i64]) {
        self.journal.use_rows(places);
    }

    /// Forgets what the output has.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn remove(&mut self, places: &[i64]) -> Result<(), Error> {
        self.journal.remove(places)?;
        self.waiting = self.waiting.saturating_sub(places.len() as u64);
        if self.waiting == 0 {
            // Gives the room back to the disk, and takes the mark away.
            self.journal.settle()?;
            self.journal.rest();
        }
        Ok(())
    }
}
