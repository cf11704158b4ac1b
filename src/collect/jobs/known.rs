//! What this process remembers of the jobs that it wrote about lately, so that facts which are
//! the same for all events of a job are written once and expiries are set rarely, and of its stream.

use crate::collect::spans::{Milestone, Text, stream_tag};
use crate::digest::{check, digest};
use crate::event::Millis;
use crate::maps::Map;

/// How many jobs are remembered at least; at most twice as many.
const JOBS: usize = 10_000;

/// A short name for a job.
pub(super) type JobDigest = u128;

/// What is remembered of one job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    /// The length of its log, as far as is known.
    pub(super) length: u64,
    /// When its log's expiry is to be set again.
    pub(super) refresh: Millis,
    /// Whether its log may say that it was told, and nobody was told.
    pub(super) is_untold: bool,
    /// Checks of the facts that were written: the trace, and [`Text::OF_JOB`].
    said: [u32; 1 + Text::OF_JOB.len()],
}

impl Default for Job {
    fn default() -> Self {
        Self {
            length: 0,
            refresh: Millis::MIN,
            is_untold: false,
            said: [0; 1 + Text::OF_JOB.len()],
        }
    }
}

impl Job {
    /// Takes out of a milestone what was written before, and remembers the rest.
    pub(super) fn leave_out_known(&mut self, milestone: &mut Milestone<'_>) {
        let [trace, texts @ ..] = &mut self.said;
        if is_known(trace, milestone.trace.as_ref().map(|trace| &trace[..])) {
            milestone.trace = None;
        }
        for (said, text) in texts.iter_mut().zip(Text::OF_JOB) {
            let value = &mut milestone.texts[text as usize];
            if is_known(said, value.as_ref().map(|value| value.as_bytes())) {
                *value = None;
            }
        }
    }
}

/// Whether a fact is what was said last; remembers it.
fn is_known(said: &mut u32, fact: Option<&[u8]>) -> bool {
    let Some(fact) = fact else { return false };
    // 0 stands for nothing.
    let check = check(fact).max(1);
    std::mem::replace(said, check) == check
}

/// The stream that was met last, and its short name: an intake reads one.
#[derive(Debug, Default)]
pub(super) struct Tag(String, u16);

impl Tag {
    pub(super) fn of(&mut self, stream: &str) -> u16 {
        if self.0 != stream {
            *self = Self(stream.to_owned(), stream_tag(stream));
        }
        self.1
    }
}

/// The jobs that were written about lately. Those that are asked for stay.
#[derive(Debug, Default)]
pub(super) struct Known {
    young: Map<JobDigest, Job>,
    old: Map<JobDigest, Job>,
}

impl Known {
    pub(super) fn name(job: &str) -> JobDigest {
        digest(job.as_bytes())
    }

    /// What is remembered of a job, to be changed.
    pub(super) fn job(&mut self, name: JobDigest) -> &mut Job {
        if self.young.len() >= JOBS && !self.young.contains_key(&name) {
            self.old = std::mem::take(&mut self.young);
        }
        let old = &mut self.old;
        let fetch = || old.remove(&name).unwrap_or_default();
        self.young.entry(name).or_insert_with(fetch)
    }

    /// What is remembered of a job, if anything.
    pub(super) fn get(&self, name: JobDigest) -> Option<&Job> {
        self.young.get(&name).or_else(|| self.old.get(&name))
    }

    pub(super) fn forget(&mut self, name: JobDigest) {
        self.young.remove(&name);
        self.old.remove(&name);
    }

    /// Forgets everything: nobody knows what the server has.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_written_once_and_again_when_they_change() {
        let mut known = Known::default();
        let mut write = |trace: u8, user: &'static str| {
            let mut milestone = Milestone {
                trace: Some([trace; 16]),
                ..Milestone::default()
            };
            milestone.texts[Text::User as usize] = Some(user.into());
            known.job(7).leave_out_known(&mut milestone);
            (
                milestone.trace.is_some(),
                milestone.text(Text::User).is_some(),
            )
        };
        assert_eq!(write(1, "a"), (true, true));
        assert_eq!(write(1, "a"), (false, false));
        assert_eq!(write(2, "a"), (true, false));
        assert_eq!(write(1, "b"), (true, true));
    }

    #[test]
    fn memory_is_bounded_and_keeps_who_is_asked_for() {
        let mut known = Known::default();
        known.job(0).length = 5;
        for name in 1..100_000 {
            known.job(name);
            if name % 1000 == 0 {
                assert_eq!(known.job(0).length, 5);
            }
        }
        assert!(known.young.len() + known.old.len() <= 2 * JOBS);
        assert_eq!(
            (known.get(0).map(|job| job.length), known.get(1).is_some()),
            (Some(5), false)
        );
    }
}
