//! What is not written yet of jobs that have begun.
//!
//! While a stream is behind, a job may well end on one of the next pages. All of it is written in one
//! go then, and it never counts as open. Where nobody else reads the stream, it waits for two more pages
//! even then, and is written with the note that it was told. Its entries are held until it is written.

use smol_str::SmolStr;

use super::known::JobDigest;
use crate::event::Millis;
use crate::maps::Map;

/// With how many pages words about a job are written at the latest, that which begins or ends it
/// counted. Meanwhile other collectors do not see them, which may find that the job has ended.
const PAGES: u64 = 3;
/// The same as a time since the job was begun, in milliseconds: a good deal less than an ended job waits.
const MOST_MS: u64 = 100;
/// The most bytes about one job that are put off.
const MOST_BYTES: usize = 2048;

/// What follows a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another one, at once.
    Page {
        /// Whether nobody else reads the stream.
        is_alone: bool,
    },
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
    /// Of the entries that said so, but for those that end it.
    pub(super) tokens: Vec<T>,
    /// Of the entries that end it.
    pub(super) ends: Vec<T>,
    /// Whether something of it may be written elsewhere: before, by another collector, or from another
    /// stream.
    pub(super) is_shared: bool,
    /// Whether it may have been written that it was told, and nobody was.
    pub(super) is_untold: bool,
    /// How much of the words, the tokens and the ends earlier pages have said.
    earlier: [usize; 3],
    /// The page from which on it waits, and when that began.
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

    /// What was put off about a job, or nothing yet, for what a page says; to be written or put off
    /// again.
    pub(super) fn take(&mut self, name: JobDigest, job: &str, now: Millis) -> Draft<T> {
        if let Some(mut draft) = self.jobs.remove(&name) {
            draft.earlier = draft.lengths();
            return draft;
        }
        Draft {
            job: job.into(),
            words: Vec::new(),
            last: Millis::MIN,
            tokens: Vec::new(),
            ends: Vec::new(),
            is_shared: false,
            is_untold: false,
            earlier: [0; 3],
            since: (self.page, now),
        }
    }

    /// Puts off what is said about a job. One that ends here waits for as many pages once more.
    pub(super) fn put_off(&mut self, name: JobDigest, mut draft: Draft<T>) {
        let [.., ends] = draft.earlier;
        if draft.ends.len() > ends {
            draft.since.0 = self.page;
        }
        self.jobs.insert(name, draft);
    }

    /// Takes back what could not be written; more may have been put off since.
    pub(super) fn put_back(&mut self, name: JobDigest, mut draft: Draft<T>) {
        if let Some(later) = self.jobs.remove(&name) {
            draft.words.extend(later.words);
            draft.last = draft.last.max(later.last);
            draft.tokens.extend(later.tokens);
            draft.ends.extend(later.ends);
            draft.is_untold |= later.is_untold;
        }
        draft.is_shared = true;
        self.jobs.insert(name, draft);
    }

    /// The same of a draft whose page is lost too, and will be read again.
    pub(super) fn put_back_earlier(&mut self, name: JobDigest, mut draft: Draft<T>) {
        let [words, tokens, ends] = draft.earlier;
        if words == 0 {
            return;
        }
        draft.words.truncate(words);
        draft.tokens.truncate(tokens);
        draft.ends.truncate(ends);
        self.put_back(name, draft);
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
        let mut due: Vec<_> = self.jobs.extract_if(|_, draft| is_due(draft)).collect();
        for (_, draft) in &mut due {
            draft.earlier = draft.lengths();
        }
        due
    }
}

impl<T> Draft<T> {
    /// Whether the job ends here.
    pub(super) fn ends_here(&self) -> bool {
        !self.ends.is_empty()
    }

    /// Whether it may be all that there is of a job of which so many bytes are written, and is little
    /// enough to be put off.
    pub(super) fn may_be_all(&self, written: u64) -> bool {
        written == 0 && !self.is_shared && self.words.len() <= MOST_BYTES
    }

    fn lengths(&self) -> [usize; 3] {
        [self.words.len(), self.tokens.len(), self.ends.len()]
    }
}
