//! Of which jobs the end cannot be missing: streams are trimmed apart from each other.
//!
//! Where the stream of events was trimmed and the one of errors was not, an error may be all that is
//! left of a job that ended long ago. Nobody can say of such a job that it runs.

use super::Course;
use crate::event::{Event, Millis};

/// Where the stream that carries the ends of jobs begins, as far as entries tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    begins: Option<Millis>,
    /// The oldest entry of any other stream.
    elsewhere: Option<Millis>,
}

impl Held {
    /// Looks at an event; `stream` is the one that carries the ends of jobs.
    pub fn push(&mut self, event: &Event, stream: &str) {
        let Some(heard) = event.heard() else {
            return;
        };
        let oldest = if event.stream() == Some(stream) {
            &mut self.begins
        } else {
            &mut self.elsewhere
        };
        *oldest = Some(oldest.map_or(heard, |oldest| oldest.min(heard)));
    }

    /// Where that stream begins; `None` where nothing of it was seen.
    pub fn begins(&self) -> Option<Millis> {
        self.begins
    }

    /// Whether other streams reach further back.
    pub fn is_cut(&self) -> bool {
        self.elsewhere
            .is_some_and(|other| self.begins.is_none_or(|begins| other < begins))
    }

    /// Whether the end of a job may have been there and be gone: all that is held of it lies before
    /// the beginning of that stream.
    pub fn may_have_lost(&self, course: &Course<'_>) -> bool {
        let Some(last) = course
            .steps
            .iter()
            .map(|step| step.heard.unwrap_or(step.at))
            .max()
        else {
            return false;
        };
        match self.begins {
            Some(begins) => last < begins,
            None => course.steps.iter().all(|step| step.heard.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EntryId, Id, Origin};
    use crate::query::jobs::Jobs;
    use crate::query::timeline::Options;

    fn event(job: &str, stream: &str, entry: Option<u64>) -> Event {
        let mut event = Event {
            timestamp: Millis::clamped(1_000),
            service: "worker".to_owned(),
            event_type: "error.TimeoutError".to_owned(),
            origin: Some(Origin {
                stream: stream.into(),
                entry: entry.map(|ms| EntryId { ms, seq: 0 }),
            }),
            ..Event::default()
        };
        event.ids.set(Id::Job, job);
        event
    }

    fn lost(events: &[Event]) -> Vec<(String, bool)> {
        let (mut jobs, mut held) = (Jobs::default(), Held::default());
        for event in events {
            jobs.push(event);
            held.push(event, "events");
        }
        let options = Options::new(Millis::clamped(2_000));
        let mut lost: Vec<_> = jobs
            .courses(&options)
            .map(|course| (course.id.to_owned(), held.may_have_lost(&course)))
            .collect();
        lost.sort();
        lost
    }

    #[test]
    fn what_lies_before_the_stream_of_ends_may_have_ended() {
        let told = lost(&[
            event("early", "errors", Some(1_000)),
            event("at", "errors", Some(1_500)),
            event("at", "events", Some(1_500)),
            event("late", "errors", Some(1_600)),
        ]);
        let wanted = [("at", false), ("early", true), ("late", false)];
        assert_eq!(told, wanted.map(|(id, lost)| (id.to_owned(), lost)));
    }

    #[test]
    fn without_that_stream_only_what_is_in_no_stream_is_known() {
        let told = lost(&[
            event("journal", "events", None),
            event("stream", "errors", Some(1_000)),
        ]);
        let wanted = [("journal", false), ("stream", true)];
        assert_eq!(told, wanted.map(|(id, lost)| (id.to_owned(), lost)));
    }
}
