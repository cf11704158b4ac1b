//! Several sources read as one: every event once, in the order in which people read.
//!
//! Of events with the same `eventId` the first by [`Event::sort_key`] counts, so that an entry of
//! a stream comes before its copy that still waits in the journal. That holds within the last
//! 450,000 ids; a repeat that comes later than that is shown again.

mod again;
mod latest;
mod newest;
mod once;
mod round;

use super::sort::Sorter;
use super::{Coverage, Error, Scan, Source};
use crate::event::{EntryId, Event, Millis, SortKey};

pub use latest::Latest;
use newest::Newest;
pub use once::Once;
use round::{Round, Take};

/// What was read, for the messages around an answer.
#[derive(Debug, Default)]
#[must_use = "`incomplete` and `warnings` have to be shown"]
pub struct Answer {
    /// What each source looked at, of those that could be read to the end.
    pub coverage: Vec<Coverage>,
    /// Why a source could not be read, where another answered in its place.
    pub warnings: Vec<String>,
    /// Why the first source was not read at all, where others answered in its place: an answer
    /// that holds nothing is none, then.
    pub unread: Option<Error>,
    /// Why a source broke off after it had given a part of its events. The part stands: show it,
    /// and end with this error.
    pub incomplete: Option<Error>,
}

impl Answer {
    /// Whether every source was read to its end.
    pub fn is_whole(&self) -> bool {
        self.unread.is_none() && self.incomplete.is_none() && self.warnings.is_empty()
    }

    /// Entries looked at in all sources.
    pub fn scanned(&self) -> u64 {
        self.coverage.iter().map(|coverage| coverage.scanned).sum()
    }

    /// Where a stream begins, where a source can tell.
    pub fn begins(&self, stream: &str) -> Option<Millis> {
        let streams = self.coverage.iter().flat_map(|coverage| &coverage.begins);
        let begins = streams.filter(|(name, _)| name == stream);
        begins.map(|(_, begins)| *begins).min()
    }

    /// Lines that are no JSON object, in all sources.
    pub fn unreadable(&self) -> u64 {
        self.coverage
            .iter()
            .map(|coverage| coverage.unreadable)
            .sum()
    }

    /// The oldest and the newest timestamp that the sources hold, where they can tell.
    pub fn span(&self) -> Option<(Millis, Millis)> {
        let oldest = self
            .coverage
            .iter()
            .filter_map(|coverage| coverage.oldest)
            .min()?;
        let newest = self
            .coverage
            .iter()
            .filter_map(|coverage| coverage.newest)
            .max()?;
        Some((oldest, newest))
    }
}

/// Reads one or more sources as one.
pub struct Reader {
    sources: Vec<Box<dyn Source>>,
}

impl Reader {
    /// A reader over `sources`; later ones stand in for earlier ones that cannot be reached.
    ///
    /// Later sources are read first: an event that moves from the journal into a stream while
    /// they are read is then met twice, and counts once, rather than never.
    pub fn new(sources: Vec<Box<dyn Source>>) -> Self {
        Self { sources }
    }

    /// How many entries of these streams there are, as far as sources can tell at once; `None` where
    /// none can.
    pub fn count(&mut self, streams: &[String]) -> Option<u64> {
        let counts = self.sources.iter_mut();
        let counts = counts.filter_map(|source| source.count(streams));
        counts.reduce(|all, more| all + more)
    }

    /// Every accepted event once, in the order of the sources and in each source's own, with
    /// bounded memory. Events are lent, see [`Sink::event`](super::Sink::event).
    ///
    /// # Errors
    /// The visitor's, and those of sources, see [`Answer`] for the ones that are not returned.
    pub fn each<E: From<Error>>(
        &mut self,
        scan: &Scan<'_>,
        visit: &mut dyn FnMut(&mut Event) -> Result<(), E>,
    ) -> Result<Answer, E> {
        /// Sorting by one key keeps the order of arrival.
        const ARRIVAL: SortKey = (Millis::MIN, EntryId::MIN, 0);
        let mut visitor = Visitor {
            visit,
            once: Once::default(),
            stopped: None,
        };
        let mut round = Round::default();
        let mut later = Sorter::new();
        let Some((first, rest)) = self.sources.split_first_mut() else {
            return Ok(Answer::default());
        };
        for (number, source) in rest.iter_mut().enumerate() {
            let mut keep = Take(|event: &mut Event| later.push(ARRIVAL, event));
            round.ask(number + 1, source.as_mut(), scan, &mut keep)?;
        }
        let asked = round.ask(
            0,
            first.as_mut(),
            scan,
            &mut Take(|event: &mut Event| visitor.see(event)),
        );
        visitor.or(asked)?;
        for event in later.finish()? {
            let seen = visitor.see(&mut event?);
            visitor.or(seen)?;
        }
        Ok(round.answer()?)
    }

    /// The newest `limit` accepted events by [`Event::sort_key`], oldest first.
    ///
    /// # Errors
    /// See [`Answer`] for the errors of sources that are not returned.
    pub fn newest(&mut self, scan: &Scan<'_>, limit: usize) -> Result<(Vec<Event>, Answer), Error> {
        let scan = Scan {
            newest_first: true,
            ..*scan
        };
        let mut newest = Newest::new(limit);
        let answer = self.ask_all(&scan, &mut newest)?;
        Ok((newest.finish(), answer))
    }

    /// What came last of the accepted events, each once and in this order, and whether anything came
    /// before it.
    ///
    /// # Errors
    /// See [`Answer`] for the errors of sources that are not returned.
    pub fn latest(&mut self, scan: &Scan<'_>, limit: usize) -> Result<(Vec<Event>, bool), Error> {
        let scan = Scan {
            newest_first: true,
            ..*scan
        };
        let mut latest = Latest::new(limit);
        let _ = self.ask_all(&scan, &mut latest)?;
        Ok(latest.finish())
    }

    /// Every accepted event once, by [`Event::sort_key`]; what does not fit in memory is sorted on
    /// disk.
    ///
    /// # Errors
    /// The visitor's, and those of sources, see [`Answer`] for the ones that are not returned.
    pub fn sorted<E: From<Error>>(
        &mut self,
        scan: &Scan<'_>,
        visit: &mut dyn FnMut(&mut Event) -> Result<(), E>,
    ) -> Result<Answer, E> {
        let scan = Scan {
            newest_first: false,
            ..*scan
        };
        let mut sorter = Sorter::new();
        let answer = self.ask_all(
            &scan,
            &mut Take(|event: &mut Event| sorter.push(event.sort_key(), event)),
        )?;
        let mut visitor = Visitor {
            visit,
            once: Once::default(),
            stopped: None,
        };
        for event in sorter.finish()? {
            let seen = visitor.see(&mut event?);
            visitor.or(seen)?;
        }
        Ok(answer)
    }

    fn ask_all(&mut self, scan: &Scan<'_>, sink: &mut dyn super::Sink) -> Result<Answer, Error> {
        let mut round = Round::default();
        for (number, source) in self.sources.iter_mut().enumerate().rev() {
            round.ask(number, source.as_mut(), scan, sink)?;
        }
        round.answer()
    }
}

/// Hands each event on once, and carries the visitor's error past the sources.
struct Visitor<'a, E> {
    visit: &'a mut dyn FnMut(&mut Event) -> Result<(), E>,
    once: Once,
    stopped: Option<E>,
}

impl<E: From<Error>> Visitor<'_, E> {
    fn see(&mut self, event: &mut Event) -> Result<(), Error> {
        if !self.once.is_first(event) {
            return Ok(());
        }
        (self.visit)(event).map_err(|error| {
            self.stopped = Some(error);
            Error::Stopped
        })
    }

    /// The result, with the visitor's own error in the place of the one that stood for it.
    fn or<T>(&mut self, result: Result<T, Error>) -> Result<T, E> {
        result.map_err(|error| self.stopped.take().unwrap_or_else(|| error.into()))
    }
}

#[cfg(test)]
mod tests;
