//! What is not written yet of jobs that have begun.
//!
//! While a stream is behind, a job may well end on one of the next pages. All of it is written in one
//! go then, and it never counts as open. Its entries are held until it is written.

use smol_str::SmolStr;

use super::known::JobDigest;
use crate::event::Millis;
use crate::maps::Map;

/// With how many pages words about a job are written at the latest, the one that begins it counted.
/// Meanwhile other collectors do not see them, which may find that the job has ended.
const PAGES: u64 = 3;
/// The same as a time, in milliseconds: a good deal less than an ended job waits.
const MOST_MS: u64 = 100;
/// The most bytes about one job that are put off.
const MOST_BYTES: usize = 2048;

/// What follows a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another one, at once.
    Page,
    /// Nothing that is known of.
    Unknown,
}

/// What was put off about one job.
#[derive(Debug)]
pub(super) struct Draft<T> {
    pub(super) job: SmolStr,
    /// Packed milestones.
    pub(super) words: Vec<u8>,
    /// When it was last heard of, by the server's clock.
    pub(super) last: Millis,
    /// Of the entries that said so.
    pub(super) tokens: Vec<T>,
    /// The page that began it, and when that was.
    since: (u64, Millis),
}

/// What was put off.
#[derive(Debug)]
pub(super) struct Drafts<T> {
    jobs: Map<JobDigest, Draft<T>>,
    /// Pages so far.
    page: u64,
}

impl<T> Default for Drafts<T> {
    fn default() -> Self {
        Self {
            jobs: Map::default(),
            page: 0,
        }
    }
}

impl<T> Drafts<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// What was put off about a job, to be written or put off again.
    pub(super) fn take(&mut self, name: JobDigest) -> Option<Draft<T>> {
        self.jobs.remove(&name)
    }

    /// A draft without words.
    pub(super) fn begin(&self, job: &str, now: Millis) -> Draft<T> {
        Draft {
            job: job.into(),
            words: Vec::new(),
            last: Millis::MIN,
            tokens: Vec::new(),
            since: (self.page, now),
        }
    }

    /// Puts off what is said about a job.
    pub(super) fn put_off(&mut self, name: JobDigest, draft: Draft<T>) {
        self.jobs.insert(name, draft);
    }

    /// Takes back what was put off and could not be written; more may have been put off since.
    pub(super) fn put_back(&mut self, name: JobDigest, mut draft: Draft<T>) {
        if let Some(later) = self.jobs.remove(&name) {
            draft.words.extend(later.words);
            draft.last = draft.last.max(later.last);
            draft.tokens.extend(later.tokens);
        }
        self.jobs.insert(name, draft);
    }

    /// What is to be written with a page, after which that follows.
    pub(super) fn due(&mut self, next: Next, now: Millis) -> Vec<(JobDigest, Draft<T>)> {
        self.page += 1;
        let is_due = |draft: &Draft<T>| {
            let (page, at) = draft.since;
            next == Next::Unknown
                || self.page >= page + PAGES
                || now.since(at).unsigned_abs() >= MOST_MS
        };
        self.jobs.extract_if(|_, draft| is_due(draft)).collect()
    }
}

impl<T> Draft<T> {
    /// Whether so many bytes more can be put off.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.words.len() + bytes <= MOST_BYTES
    }
}
