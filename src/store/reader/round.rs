//! One question put to every source, and what becomes of those that cannot answer.

use std::ops::ControlFlow;

use super::super::{Coverage, Error, Scan, Sink, Source};
use super::Answer;
use crate::event::{Event, Millis};

/// The answers and failures so far, by the source's place.
#[derive(Default)]
pub(super) struct Round {
    coverage: Vec<(usize, Coverage)>,
    failures: Vec<(usize, Error)>,
    incomplete: Option<Error>,
}

impl Round {
    /// Asks the source at place `number`.
    ///
    /// # Errors
    /// The sink's own, and those of the first source that no other can make up for.
    pub(super) fn ask(
        &mut self,
        number: usize,
        source: &mut dyn Source,
        scan: &Scan<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let mut watched = Watched {
            sink,
            taken: 0,
            failed: false,
        };
        match source.scan(scan, &mut watched) {
            Ok(coverage) => self.coverage.push((number, coverage)),
            Err(error) if watched.failed => return Err(error),
            Err(error) if watched.taken > 0 => {
                self.incomplete.get_or_insert(error);
            }
            Err(error) if number == 0 && !error.is_retryable() => return Err(error),
            Err(error) => self.failures.push((number, error)),
        }
        Ok(())
    }

    /// The answer of all sources together.
    ///
    /// # Errors
    /// When the first source could not be reached and the others had nothing to say.
    pub(super) fn answer(mut self) -> Result<Answer, Error> {
        self.coverage.sort_by_key(|(number, _)| *number);
        let stand_ins: Vec<&str> = self
            .coverage
            .iter()
            .filter(|(_, coverage)| coverage.scanned > 0)
            .map(|(_, coverage)| coverage.source.as_str())
            .collect();
        let first_failed = self.failures.iter().position(|(number, _)| *number == 0);
        if let Some(first) = first_failed
            && stand_ins.is_empty()
            && self.incomplete.is_none()
        {
            return Err(self.failures.swap_remove(first).1);
        }
        let warnings = self
            .failures
            .iter()
            .map(|(number, error)| match number {
                0 if !stand_ins.is_empty() => {
                    format!("{error}; answering from {}", stand_ins.join(" and "))
                }
                0 => error.to_string(),
                _ => format!("{error}; its events are missing here"),
            })
            .collect();
        let unread = first_failed.map(|first| self.failures.swap_remove(first).1);
        Ok(Answer {
            unread,
            coverage: self
                .coverage
                .into_iter()
                .map(|(_, coverage)| coverage)
                .collect(),
            warnings,
            incomplete: self.incomplete,
        })
    }
}

/// Tells the sink's errors from the source's, and a source that gave nothing from one that did.
struct Watched<'a> {
    sink: &'a mut dyn Sink,
    taken: u64,
    failed: bool,
}

impl Sink for Watched<'_> {
    fn event(&mut self, event: &mut Event) -> Result<(), Error> {
        self.taken += 1;
        let result = self.sink.event(event);
        self.failed |= result.is_err();
        result
    }

    fn reached(&mut self, oldest: Millis) -> ControlFlow<()> {
        self.sink.reached(oldest)
    }
}

/// A closure as a sink that wants everything.
pub(super) struct Take<F>(pub(super) F);

impl<F: FnMut(&mut Event) -> Result<(), Error>> Sink for Take<F> {
    fn event(&mut self, event: &mut Event) -> Result<(), Error> {
        (self.0)(event)
    }
}
