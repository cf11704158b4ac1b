//! The logs of jobs: milestones in, and, when a job has ended, all of them back.
//!
//! A job's events may be read by several collectors and come through two streams, so the
//! milestones are kept in Redis, in one log a job, until the job ends. While a stream is behind, what
//! is said of a job that begins waits for the next pages, which may end it. An event that ends a job
//! lingers for half a second before the log is read, unless that was long ago and all is read; until
//! then its entry is not acknowledged, so that another collector takes over where this one dies. What
//! comes later still makes the job's spans once more, unless another collector has read the log since.
//!
//! It knows nothing of spans but how milestones are packed, and nothing of who acknowledges: it
//! holds a token for as long as the entry must wait.

mod drafts;
mod ended;
mod flight;
mod known;
mod policy;
mod waiting;
mod words;

use std::collections::VecDeque;

use smol_str::SmolStr;

use self::drafts::Drafts;
pub(crate) use self::drafts::Next;
pub(crate) use self::ended::{Ended, Settled, give_up};
use self::flight::{Flight, Owed, Part, Way};
use self::known::{Known, Tag};
pub(crate) use self::policy::{Counts, Policy};
use self::waiting::Waiting;
use super::spans::{Log, Marks, Standing, pack_told};
use crate::event::{Event, Millis};
use crate::query::timeline::Options;
use crate::store::Error;
use crate::store::redis::joblog::JobKeys;
use crate::store::redis::{Pipe, Replies};

/// The most jobs whose logs are fetched in one round trip.
const FETCH_JOBS: usize = 1024;
/// The most bytes of logs that are fetched in one round trip, roughly.
const FETCH_BYTES: u64 = 2 * 1024 * 1024;
/// How often what is old is cleared away.
const PRUNE_MS: i64 = 60_000;
/// How long the log of an ended job is kept at least, in seconds.
const SHORTEST_KEEP: u64 = 30;

/// The jobs that one intake follows. Each intake has its own; they meet in Redis.
#[derive(Debug)]
pub(crate) struct JobLog<T> {
    keys: JobKeys,
    options: Options,
    policy: Policy,
    known: Known,
    waiting: Waiting<T>,
    /// What is put off.
    drafts: Drafts<T>,
    /// What is to be written about jobs that were told.
    owed: Vec<Owed>,
    /// Round trips that are under way.
    flights: VecDeque<Flight<T>>,
    pruned: Option<Millis>,
    /// Jobs that were told since then.
    told: u64,
    /// For how many seconds the logs of ended jobs are kept for now.
    keep_seconds: u64,
    counts: Counts,
    tag: Tag,
}

impl<T> JobLog<T> {
    /// Follows jobs under these keys. Of the options only the types that end a job count.
    pub(crate) fn new(keys: JobKeys, options: Options, policy: Policy) -> Self {
        Self {
            keys,
            options,
            known: Known::default(),
            waiting: Waiting::new(policy.linger_ms, policy.most_waiting),
            keep_seconds: policy.ended_seconds,
            policy,
            drafts: Drafts::default(),
            owed: Vec::new(),
            flights: VecDeque::new(),
            pruned: None,
            told: 0,
            counts: Counts::default(),
            tag: Tag::default(),
        }
    }

    /// Queues what a page says of jobs, and asks for the logs of jobs that have waited long
    /// enough. Events without a job cost nothing; a page may be empty. Where another one follows at
    /// once, words about jobs that have begun may be put off; jobs that end soon are told with them.
    ///
    /// More may be queued before it is settled. Where it cannot be, [`Self::lose`] it.
    pub(crate) fn queue<'e>(
        &mut self,
        pipe: &mut Pipe,
        page: impl IntoIterator<Item = (&'e Event, impl Clone + Into<T>)>,
        next: Next,
        now: Millis,
    ) {
        let mut flight = self.start(pipe, now);
        self.append(&mut flight, pipe, page, next, now);
        self.write_due(&mut flight, pipe, next, now);
        self.fetch(flight, pipe, |waiting| waiting.pop(now));
    }

    /// Queues the fetches of all ended jobs, however long they have waited, as far as one round
    /// trip may go: run, [`Self::settle`] and repeat while [`Self::is_busy`].
    pub(crate) fn flush(&mut self, pipe: &mut Pipe, now: Millis) {
        let mut flight = self.start(pipe, now);
        self.write_due(&mut flight, pipe, Next::Unknown, now);
        self.fetch(flight, pipe, Waiting::pop_any);
    }

    /// Whether there are jobs that wait, or words that are owed or put off.
    pub(crate) fn is_busy(&self) -> bool {
        self.waiting.len() > 0 || !self.owed.is_empty() || self.puts_off()
    }

    /// Whether there are words that were put off.
    pub(crate) fn puts_off(&self) -> bool {
        !self.drafts.is_empty()
    }

    /// Whether so many jobs wait that no page should be read before empty ones have been queued.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() > 2 * self.policy.most_waiting
    }

    /// In how many milliseconds an empty page should be queued, if no other comes.
    pub(crate) fn due_in(&self, now: Millis) -> Option<i64> {
        match self.owed.is_empty() && !self.puts_off() {
            true => self.waiting.due_in(now),
            false => Some(0),
        }
    }

    /// To be called where nothing is left to be read, and nobody else has read anything: jobs that
    /// ended long ago have nothing to wait for.
    pub(crate) fn hurry(&mut self, now: Millis) {
        self.waiting.hurry(now);
    }

    /// What went past so far.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes the replies to what was queued first, all of them even if one is an error: the jobs that
    /// ended, and the tokens that nothing waits for any more.
    ///
    /// # Errors
    /// When the server refuses something: what the page said of jobs is not kept, and all that was
    /// queued is lost.
    pub(crate) fn settle(
        &mut self,
        pipe: &Pipe,
        replies: &mut Replies,
        now: Millis,
    ) -> Result<Settled<T>, Error> {
        let mut flight = self.flights.pop_front().unwrap_or_default();
        let logs = match flight.read(replies, pipe) {
            Ok(logs) => logs,
            Err(error) => {
                self.flights.push_front(flight);
                self.lose();
                return Err(error);
            }
        };
        let mut settled = Settled::default();
        for part in flight.parts {
            self.note(part, now, &mut settled);
        }
        for ((job, tokens), bytes) in flight.fetched.into_iter().zip(logs) {
            self.ended(job, tokens, bytes, &mut settled);
        }
        Ok(settled)
    }

    /// Takes back what was queued and cannot be settled: its pages are to be queued again, its ended
    /// jobs are fetched again by themselves.
    pub(crate) fn lose(&mut self) {
        if self.flights.is_empty() {
            return;
        }
        let mut fetched = Vec::new();
        for flight in self.flights.drain(..) {
            self.owed.extend(flight.owed);
            for part in flight.parts {
                let mut draft = part.draft;
                draft.is_untold |= part.way == Way::Whole;
                self.drafts.put_back_earlier(part.name, draft);
            }
            fetched.extend(flight.fetched);
        }
        for (job, tokens) in fetched.into_iter().rev() {
            self.waiting.put_back(job, tokens);
        }
        self.known.clear();
    }

    /// Begins a round trip.
    fn start(&mut self, pipe: &mut Pipe, now: Millis) -> Flight<T> {
        let mut flight = Flight::default();
        let due = self
            .pruned
            .is_none_or(|at| (now.since(at)).abs() >= PRUNE_MS);
        if due {
            self.prune(&mut flight, pipe, now);
        }
        flight.pay(std::mem::take(&mut self.owed), pipe, &self.keys);
        flight
    }

    /// Clears away what is old, and looks how long the logs of ended jobs can be kept.
    fn prune(&mut self, flight: &mut Flight<T>, pipe: &mut Pipe, now: Millis) {
        let ago = |seconds: u64| now.plus(-i64::try_from(seconds * 1000).unwrap_or(i64::MAX));
        let (open, ended) = (self.policy.open_seconds, self.policy.ended_seconds);
        self.keys.prune(pipe, ago(open), ago(ended));
        flight.done += 2;
        let since = self
            .pruned
            .replace(now)
            .map_or(0, |before| now.since(before).unsigned_abs());
        let told = std::mem::take(&mut self.told);
        if let Some(fit) = (self.policy.ended_logs * since / 1000).checked_div(told) {
            self.keep_seconds = fit.clamp(SHORTEST_KEEP.min(ended), ended);
        }
    }

    /// Whether a round trip may ask for one more log. Not while another asks for some: a job must
    /// not be looked at twice before it is noted that it was told.
    fn has_room(&self, flight: &Flight<T>) -> bool {
        let next = self.waiting.front().map_or(0, |job| self.fetch_size(job));
        let fetched = flight.fetched.len();
        let fits = fetched < FETCH_JOBS && flight.fetch_bytes + next <= FETCH_BYTES;
        (fetched == 0 || fits) && self.flights.iter().all(|other| other.fetched.is_empty())
    }

    /// How many bytes a log will be, as far as is known.
    fn fetch_size(&self, job: &str) -> u64 {
        let most = self.policy.most_bytes();
        self.known
            .get(Known::name(job))
            .map_or(most, |known| known.length.min(most))
    }

    /// Asks for the logs of jobs that are let go, as many as there is room for; that completes what a
    /// round trip carries.
    fn fetch(
        &mut self,
        mut flight: Flight<T>,
        pipe: &mut Pipe,
        next: impl Fn(&mut Waiting<T>) -> Option<(SmolStr, Vec<T>)>,
    ) {
        while self.has_room(&flight)
            && let Some((job, tokens)) = next(&mut self.waiting)
        {
            flight.fetch_bytes += self.fetch_size(&job);
            self.keys.fetch(pipe, &job, self.policy.most_bytes());
            flight.fetched.push((job, tokens));
        }
        self.flights.push_back(flight);
    }

    /// Takes in what the server said of what was written about one job.
    fn note(&mut self, part: Part<T>, now: Millis, settled: &mut Settled<T>) {
        let Part { name, draft, .. } = part;
        if part.way == Way::Whole {
            if !part.is_created {
                self.drafts.put_back(name, draft);
                return;
            }
            self.told += 1;
            // What may still come is written with all facts, and with an expiry.
            self.known.forget(name);
            settled.ended.push(Ended {
                job: draft.job,
                log: Log::new(draft.words),
                tokens: draft.ends,
                again: false,
            });
            settled.free.extend(draft.tokens);
            return;
        }
        if let Some(length) = part.length {
            if length < part.least {
                // The log was lost meanwhile: nothing that was said before is there.
                self.known.forget(name);
                self.known.job(name).length = length;
                if !part.expires {
                    let seconds = self.policy.open_seconds;
                    self.owed.push(Owed::Expire(draft.job.clone(), seconds));
                }
            } else {
                let known = self.known.job(name);
                known.length = known.length.max(length);
            }
        }
        // What is in the log is safe: of a job that ends here, its end brings it up again. One that
        // seems to go on here may have ended elsewhere, as the server says.
        if draft.ends_here() {
            self.waiting.add(draft.job, draft.ends, draft.last, now);
        } else if part.had_ended {
            self.waiting.add(draft.job, draft.tokens, draft.last, now);
            return;
        }
        settled.free.extend(draft.tokens);
    }

    /// What is to be said of a job whose log was fetched.
    fn ended(&mut self, job: SmolStr, tokens: Vec<T>, bytes: Vec<u8>, settled: &mut Settled<T>) {
        let log = Log::new(bytes);
        let standing = Standing::of(&log, &self.options);
        let Marks { told, fresh, .. } = standing.marks;
        let name = Known::name(&job);
        let is_untold = self.known.get(name).is_some_and(|known| known.is_untold);
        if !standing.has_ended {
            self.owed.push(if standing.begins {
                // It was begun anew: this attempt may still be long.
                Owed::Expire(job, self.policy.open_seconds)
            } else {
                // A late event of a job whose log is gone.
                self.counts.lost += 1;
                Owed::Closed(job, None, self.keep_seconds)
            });
            settled.free.extend(tokens);
            return;
        }
        self.told += u64::from(fresh);
        // What may still come is written with all facts, and with an expiry.
        self.known.forget(name);
        let has_room = (log.len() as u64) < self.policy.most_bytes();
        let said = (fresh && has_room).then(|| told_record(log.len()));
        self.owed
            .push(Owed::Closed(job.clone(), said, self.keep_seconds));
        if !fresh {
            settled.free.extend(tokens);
            return;
        }
        settled.ended.push(Ended {
            job,
            log,
            tokens,
            again: told && !is_untold,
        });
    }
}

/// A record that so many bytes of a log were told.
fn told_record(bytes: usize) -> Vec<u8> {
    let mut record = Vec::new();
    pack_told(bytes as u64, &mut record);
    record
}
