//! What a page says of jobs, and how it comes into their logs: at once, or with what later pages say.

use super::JobLog;
use super::drafts::Next;
use super::flight::{Flight, Part};
use super::known::Known;
use crate::collect::spans::{Milestone, pack, pack_left_out};
use crate::event::{Event, Id, Millis};
use crate::maps::Map;
use crate::store::redis::Pipe;

/// The longest job id that is followed: no system has longer ones, and each becomes a key.
const MAX_ID: usize = 256;

/// An event of a job on a page.
struct OfJob<'e, T> {
    /// The job's place among those of the page.
    place: usize,
    job: &'e str,
    event: &'e Event,
    token: &'e T,
}

impl<T: Clone> JobLog<T> {
    /// Queues what a page says of jobs, and what was put off for long enough, for one round trip.
    pub(super) fn append<'e>(
        &mut self,
        flight: &mut Flight<T>,
        pipe: &mut Pipe,
        page: impl IntoIterator<Item = (&'e Event, &'e T)>,
        next: Next,
        now: Millis,
    ) where
        T: 'e,
    {
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
        self.scratch.clear();
        for (name, draft) in self.drafts.due(next, now) {
            let mut part = Part::new(name, &draft.job);
            part.last = draft.last;
            part.draft = Some(draft);
            self.write(&mut part, pipe, now);
            flight.parts.push(part);
        }
        flight.queue_marks(pipe, &self.keys, now);
    }

    /// Queues what a page says of one job, unless that is put off.
    fn append_job(
        &mut self,
        pipe: &mut Pipe,
        events: &[OfJob<'_, T>],
        next: Next,
        now: Millis,
    ) -> Option<Part<T>> {
        let job = events.first().map_or("", |one| one.job);
        let name = Known::name(job);
        let mut part = Part::new(name, job);
        part.draft = self.drafts.take(name);
        let known = self.known.job(name);
        let is_new = known.length == 0;
        let written =
            known.length + part.draft.as_ref().map_or(0, |draft| draft.words.len()) as u64;
        self.ends.clear();
        let mut left_out = 0;
        self.scratch.clear();
        for OfJob { event, .. } in events {
            let stream = event.stream().map_or(0, |stream| self.tag.of(stream));
            let mut milestone = Milestone::of(event, stream);
            let is_end = milestone.is_end(&self.options);
            self.ends.push(is_end);
            let heard = event.entry().map_or(event.timestamp, |entry| entry.time());
            part.last = part.last.max(heard);
            let length = written + self.scratch.len() as u64;
            if length >= self.policy.most_bytes() || (length >= self.policy.log_bytes && !is_end) {
                left_out += 1;
                continue;
            }
            known.leave_out_known(&mut milestone);
            pack(&milestone, &mut self.scratch);
            self.counts.written += 1;
        }
        self.counts.left_out += left_out;
        if left_out > 0 && written < self.policy.most_bytes() {
            pack_left_out(left_out, &mut self.scratch);
        }
        self.counts.bytes += self.scratch.len() as u64;
        part.ends_here = self.ends.contains(&true);
        // What is in the log is safe: of a job that ends here, its end brings it up again. One that
        // seems to go on here may have ended elsewhere, as the server will say.
        let waits = |is_end: bool| is_end || !part.ends_here;
        let of_events = events.iter().zip(&self.ends);
        part.tokens = of_events
            .filter(|(_, is_end)| waits(**is_end))
            .map(|(one, _)| one.token.clone())
            .collect();
        if next == Next::Page && is_new && !part.ends_here {
            let mut draft = part.draft.unwrap_or_else(|| self.drafts.begin(job, now));
            if draft.has_room(self.scratch.len()) {
                draft.words.extend_from_slice(&self.scratch);
                draft.last = draft.last.max(part.last);
                draft.tokens.append(&mut part.tokens);
                self.drafts.put_off(name, draft);
                return None;
            }
            part.draft = Some(draft);
        }
        self.write(&mut part, pipe, now);
        Some(part)
    }

    /// Queues what was put off about a job, with the words at hand.
    fn write(&mut self, part: &mut Part<T>, pipe: &mut Pipe, now: Millis) {
        let draft = part.draft.as_ref().map_or(&[][..], |draft| &draft.words);
        let length = (draft.len() + self.scratch.len()) as u64;
        let known = self.known.job(part.name);
        known.is_whole = known.length == 0 && part.ends_here;
        part.appends = length > 0;
        part.expires = part.appends && known.refresh <= now;
        if part.appends {
            self.keys.append(pipe, &part.job, &[draft, &self.scratch]);
        }
        if part.expires {
            let seconds = self.policy.open_seconds;
            let quarter = i64::try_from(seconds * 250).unwrap_or(i64::MAX);
            known.refresh = now.plus(quarter);
            self.keys.expire(pipe, &part.job, seconds);
        }
        // So much more, before the server says so: more may be queued until then.
        known.length += length;
        part.least = known.length;
    }
}
