//! Jobs that nothing more is expected of: they have ended, or are given up.

use std::time::Instant;

use smol_str::SmolStr;

use super::Policy;
use crate::collect::spans::{JobRun, Log, Trace, assemble, job_run};
use crate::query::timeline::Options;
use crate::store::Error;
use crate::store::redis::Pipe;
use crate::store::redis::joblog::{self, JobKeys};

/// A job that has ended, or had ended when more was said of it.
#[derive(Debug)]
pub(crate) struct Ended<T> {
    /// Its id.
    pub(crate) job: SmolStr,
    /// What is known of it.
    pub(crate) log: Log,
    /// Of the entries that wait for its spans.
    pub(crate) tokens: Vec<T>,
    /// Whether it was told before: metrics must not count it twice.
    pub(crate) again: bool,
}

/// What came of a round trip.
#[derive(Debug)]
pub(crate) struct Settled<T> {
    /// Jobs that have ended.
    pub(crate) ended: Vec<Ended<T>>,
    /// Of entries that wait for nothing more here.
    pub(crate) free: Vec<T>,
}

impl<T> Default for Settled<T> {
    fn default() -> Self {
        Self {
            ended: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Ended<T> {
    /// Its spans.
    pub(crate) fn tell(&self, options: &Options) -> Option<Trace> {
        assemble(&self.job, self.log.read(), options)
    }

    /// What metrics want to know of it.
    pub(crate) fn run(&self, options: &Options) -> Option<JobRun> {
        job_run(&self.job, self.log.read(), options)
    }
}

/// Gives up on an open job: of several collectors one gets its log, to tell what is known of it.
/// A later event opens it again. The pipe must be idle.
///
/// # Errors
/// When the server does not answer until `deadline`, or with an error.
pub(crate) fn give_up(
    keys: &JobKeys,
    pipe: &mut Pipe,
    job: &str,
    deadline: Instant,
) -> Result<Option<Log>, Error> {
    keys.close(pipe, [job].into_iter());
    keys.fetch(pipe, job, Policy::default().most_bytes());
    let mut replies = pipe.run(deadline)?;
    let was_open = joblog::count(&mut replies, pipe)? == Some(1);
    let bytes = joblog::bytes(&mut replies, pipe)?;
    Ok((was_open && !bytes.is_empty()).then(|| Log::new(bytes)))
}
