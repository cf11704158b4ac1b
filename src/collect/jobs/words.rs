//! What a page says of jobs, and how it comes into their logs: at once, or with what later pages say.

use super::drafts::{Draft, Next};
use super::flight::{Flight, Part, Way};
use super::known::{JobDigest, Known};
use super::{JobLog, told_record};
use crate::collect::spans::{Log, Milestone, Standing, pack, pack_left_out};
use crate::event::{Event, Id, Level, Millis};
use crate::maps::Map;
use crate::store::redis::Pipe;

/// The longest job id that is followed: no system has longer ones, and each becomes a key.
const MAX_ID: usize = 256;

/// An event of a job on a page.
struct OfJob<'e, K> {
    /// The job's place among those of the page.
    place: usize,
    job: &'e str,
    event: &'e Event,
    token: K,
}

impl<T> JobLog<T> {
    /// Queues what a page says of jobs, but for what is put off.
    pub(super) fn append<'e>(
        &mut self,
        flight: &mut Flight<T>,
        pipe: &mut Pipe,
        page: impl IntoIterator<Item = (&'e Event, impl Clone + Into<T>)>,
        next: Next,
        now: Millis,
    ) {
        // Jobs in the order in which the page names them first.
        let mut places: Map<&str, usize> = Map::default();
        let mut events = Vec::new();
        for (event, token) in page {
            let Some(job) = event.id(Id::Job) else {
                continue;
            };
            if job.len() > MAX_ID {
                self.counts.unfollowed += 1;
                continue;
            }
            let new = places.len();
            let place = *places.entry(job).or_insert(new);
            events.push(OfJob {
                place,
                job,
                event,
                token,
            });
        }
        events.sort_by_key(|one| one.place);
        for of_job in events.chunk_by(|one, other| one.place == other.place) {
            flight
                .parts
                .extend(self.append_job(pipe, of_job, next, now));
        }
    }

    /// Queues what was put off for long enough; that completes what a round trip writes about jobs.
    pub(super) fn write_due(
        &mut self,
        flight: &mut Flight<T>,
        pipe: &mut Pipe,
        next: Next,
        now: Millis,
    ) {
        for (name, draft) in self.drafts.due(next, now) {
            flight.parts.push(self.write(pipe, name, draft, next, now));
        }
        flight.queue_marks(pipe, &self.keys, now);
    }

    /// Queues what a page says of one job, unless that is put off.
    fn append_job(
        &mut self,
        pipe: &mut Pipe,
        events: &[OfJob<'_, impl Clone + Into<T>>],
        next: Next,
        now: Millis,
    ) -> Option<Part<T>> {
        let job = events.first().map_or("", |one| one.job);
        let name = Known::name(job);
        let mut draft = self.drafts.take(name, job, now);
        let known = self.known.job(name);
        let mut left_out = 0;
        let (before, most) = (draft.words.len(), self.policy.most_bytes());
        for OfJob { event, token, .. } in events {
            let stream = event.stream().map_or(0, |stream| self.tag.of(stream));
            let mut milestone = Milestone::of(event, stream);
            let is_end = milestone.is_end(&self.options);
            let tokens = if is_end {
                &mut draft.ends
            } else {
                &mut draft.tokens
            };
            tokens.push(token.clone().into());
            // Errors have a stream of their own, which may still have to say something.
            draft.is_shared |= milestone.level >= Level::Error;
            let heard = event.entry().map_or(event.timestamp, |entry| entry.time());
            draft.last = draft.last.max(heard);
            let length = known.length + draft.words.len() as u64;
            if length >= most || (length >= self.policy.log_bytes && !is_end) {
                left_out += 1;
                continue;
            }
            known.leave_out_known(&mut milestone);
            pack(&milestone, &mut draft.words);
            self.counts.written += 1;
        }
        self.counts.left_out += left_out;
        if left_out > 0 && known.length + (before as u64) < most {
            pack_left_out(left_out, &mut draft.words);
        }
        self.counts.bytes += (draft.words.len() - before) as u64;
        let may_wait = match next {
            Next::Page { is_alone } => is_alone || !draft.ends_here(),
            Next::Unknown => false,
        };
        if self.policy.may_put_off && may_wait && draft.may_be_all(known.length) {
            self.drafts.put_off(name, draft);
            return None;
        }
        Some(self.write(pipe, name, draft, next, now))
    }

    /// Queues what is said of a job.
    fn write(
        &mut self,
        pipe: &mut Pipe,
        name: JobDigest,
        mut draft: Draft<T>,
        next: Next,
        now: Millis,
    ) -> Part<T> {
        let known = self.known.job(name);
        let is_alone = next == (Next::Page { is_alone: true });
        if is_alone && draft.ends_here() && draft.may_be_all(known.length) {
            let log = Log::new(std::mem::take(&mut draft.words));
            let standing = Standing::of(&log, &self.options);
            draft.words = log.into_bytes();
            if standing.begins && standing.has_ended {
                let whole = [&draft.words[..], &told_record(draft.words.len())];
                self.keys
                    .create(pipe, &draft.job, &whole, self.keep_seconds);
                return Part::new(name, draft, Way::Whole);
            }
        }
        let mut part = Part::new(name, draft, Way::Appended);
        let draft = &part.draft;
        known.is_untold |= draft.is_untold;
        if part.appends() {
            self.keys.append(pipe, &draft.job, &draft.words);
            part.expires = known.refresh <= now;
        }
        if part.expires {
            let seconds = self.policy.open_seconds;
            let quarter = i64::try_from(seconds * 250).unwrap_or(i64::MAX);
            known.refresh = now.plus(quarter);
            self.keys.expire(pipe, &draft.job, seconds);
        }
        // So much more, before the server says so: more may be queued until then.
        known.length += draft.words.len() as u64;
        part.least = known.length;
        part
    }
}
