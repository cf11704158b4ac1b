//! What else happened lately, for telling whether one job is unusual.

use std::cell::RefCell;

use super::Context;
use super::context::Place;
use crate::error::Error;
use crate::query::jobs::Jobs;
use crate::store::{Answer, Latest, Scan};

/// Entries that are looked at: some hundred jobs, read in some milliseconds.
const NEWEST: usize = 3_000;

/// What came last, whatever is asked for. Who reads every entry meets it on the way.
pub(super) struct Recent {
    latest: RefCell<Latest>,
    is_met: bool,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self {
            latest: RefCell::new(Latest::new(NEWEST)),
            is_met: false,
        }
    }

    /// The question that gives it on the way, where that reads all that has to do with jobs.
    pub(super) fn on_the_way<'a>(&'a self, scan: Scan<'a>, context: &Context) -> Scan<'a> {
        let is_all = *scan.streams == streams(context);
        Scan {
            latest: is_all.then_some(&self.latest),
            ..scan
        }
    }

    /// Notes what came of the question.
    pub(super) fn asked(&mut self, answer: &Answer) {
        self.is_met = answer.is_whole() && answer.coverage.iter().all(|coverage| coverage.latest);
    }

    /// Its jobs, read now unless they were met; none where the place can be read only once.
    ///
    /// # Errors
    /// When the address of the place makes no sense.
    pub(super) fn jobs(self, from: Option<&str>, context: &Context) -> Result<Option<Jobs>, Error> {
        let (events, is_cut) = if self.is_met {
            self.latest.into_inner().finish()
        } else if Place::read_once(from).is_some() {
            return Ok(None);
        } else {
            let streams = streams(context);
            let scan = Scan {
                streams: &streams,
                ..Scan::default()
            };
            // What cannot be read was told where the job itself was read: this is only a comparison.
            let Ok(latest) = context.reader(from)?.latest(&scan, NEWEST) else {
                return Ok(None);
            };
            latest
        };
        let mut jobs = Jobs::default();
        events.iter().for_each(|event| jobs.push(event));
        if is_cut {
            jobs.cut();
        }
        Ok(Some(jobs))
    }
}

/// Where all that has to do with jobs is.
fn streams(context: &Context) -> [String; 2] {
    let settings = &context.settings;
    [settings.events.name.clone(), settings.errors.name.clone()]
}
