//! The few facts of one event of a job that spans and metrics need.

use std::borrow::Cow;

use super::{ids, pick};
use crate::digest::digest;
use crate::event::{EntryId, Event, Id, Level, Millis, is_error_type, says_failure};
use crate::query::timeline::{Options, Step};

/// One event of a job, as far as spans and metrics need it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Milestone<'a> {
    /// Which stream it was read from, see [`stream_tag`].
    pub(crate) stream: u16,
    /// Its entry there: with the stream, its name.
    pub(crate) entry: EntryId,
    /// The emitter's clock.
    pub(crate) at: Millis,
    /// What was said.
    pub(crate) event_type: Cow<'a, str>,
    /// Who said it.
    pub(crate) service: Cow<'a, str>,
    /// How serious it is.
    pub(crate) level: Level,
    /// The span that it was said in.
    pub(crate) span: Option<[u8; 8]>,
    /// The span that caused that one.
    pub(crate) parent: Option<[u8; 8]>,
    /// The trace.
    pub(crate) trace: Option<[u8; 16]>,
    /// Numbers, see [`Number`].
    pub(crate) numbers: [Option<u64>; Number::COUNT],
    /// Texts, see [`Text`].
    pub(crate) texts: [Option<Cow<'a, str>>; Text::COUNT],
}

/// A number that an event can carry. The order is that of the packed form: new ones at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// How long what has ended took, in milliseconds.
    Took,
    /// How long the job waited before, in milliseconds.
    Waited,
    /// The attempt that the emitter counts, from 1.
    Attempt,
}

impl Number {
    pub(super) const COUNT: usize = 3;
}

/// A text that an event can carry. The order is that of the packed form: new ones at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// The worker.
    Worker,
    /// The machine.
    Machine,
    /// What the event is about beside the job: a connector, a function, a step.
    Subject,
    /// Class of an error.
    Error,
    /// What it says.
    Message,
    /// Where it happened.
    Stack,
    /// The job's type.
    JobType,
    /// The user.
    User,
    /// The request.
    Request,
}

impl Text {
    pub(super) const COUNT: usize = 9;

    /// Those that are the same for all events of a job: said once, they are known.
    pub(crate) const OF_JOB: [Self; 3] = [Self::JobType, Self::User, Self::Request];

    /// The most bytes that are kept of it.
    pub(super) fn limit(self) -> usize {
        match self {
            Self::Message => 256,
            Self::Stack => 2048,
            _ => 128,
        }
    }
}

/// The most bytes that are kept of a type or a service.
const NAME_LIMIT: usize = 200;

/// A short name for a stream: two streams of one collector have different ones.
pub(crate) fn stream_tag(stream: &str) -> u16 {
    let [.., high, low] = digest(stream.as_bytes()).to_be_bytes();
    u16::from_be_bytes([high, low])
}

impl<'a> Milestone<'a> {
    /// The facts of an event that was read from the stream with this tag.
    pub(crate) fn of(event: &'a Event, stream: u16) -> Self {
        let id = |id| event.id(id);
        let level = event.level();
        let mut milestone = Self {
            stream,
            entry: event.entry().unwrap_or_default(),
            at: event.timestamp,
            event_type: cut(event.event_type.as_str().into(), NAME_LIMIT),
            service: cut(event.service.as_str().into(), NAME_LIMIT),
            level,
            span: id(Id::Span).and_then(ids::hex),
            parent: id(Id::ParentSpan).and_then(ids::hex),
            trace: id(Id::Trace).and_then(ids::hex),
            ..Self::default()
        };
        for (text, kind) in [
            (Text::Worker, Id::Worker),
            (Text::Machine, Id::Machine),
            (Text::User, Id::User),
            (Text::Request, Id::Request),
        ] {
            milestone.set(text, id(kind).map(Cow::Borrowed));
        }
        let failing = level >= Level::Warn || event.says_failure();
        let wanted = pick::Wanted {
            failing,
            error_event: event.is_error_event(),
            event_type: &event.event_type,
        };
        pick::pick(&event.data, wanted, &mut milestone);
        if let Some(name) = event.event_type.strip_prefix("error.") {
            milestone.set(Text::Error, Some(name.into()));
        }
        milestone
    }

    /// A text.
    pub(crate) fn text(&self, text: Text) -> Option<&str> {
        self.texts[text as usize].as_deref()
    }

    /// A number.
    pub(crate) fn number(&self, number: Number) -> Option<u64> {
        self.numbers[number as usize]
    }

    /// Sets a text, cut to what is kept of it; an empty one is none.
    pub(super) fn set(&mut self, text: Text, value: Option<Cow<'a, str>>) {
        let value = value.filter(|value| !value.is_empty());
        self.texts[text as usize] = value.map(|value| cut(value, text.limit()));
    }

    /// Whether it says that something failed.
    pub(super) fn says_failure(&self) -> bool {
        says_failure(&self.event_type, self.level)
    }

    /// Whether it is an error event.
    pub(super) fn is_error_event(&self) -> bool {
        is_error_type(&self.event_type)
    }

    /// Whether it ends a job.
    pub(crate) fn is_end(&self, options: &Options) -> bool {
        options.ends(&self.event_type)
    }

    /// What tells where the job stands.
    pub(super) fn step(&self) -> Step<'_> {
        Step {
            service: &self.service,
            event_type: &self.event_type,
            at: self.at,
            entry: Some(self.entry),
            failure: self.says_failure(),
        }
    }

    /// Takes in what another record of the same entry knows: the facts that are the same for all
    /// events of a job are not in each of them.
    pub(super) fn merge(&mut self, other: Self) {
        self.trace = self.trace.or(other.trace);
        for (own, other) in self.texts.iter_mut().zip(other.texts) {
            if own.is_none() {
                *own = other;
            }
        }
    }

    /// The order in which it counts, and its name within that.
    pub(super) fn key(&self) -> (Millis, EntryId, u16) {
        (self.at, self.entry, self.stream)
    }
}

/// Sorts milestones, and makes one of those that were delivered several times.
pub(super) fn in_order(mut milestones: Vec<Milestone<'_>>) -> Vec<Milestone<'_>> {
    milestones.sort_by_key(Milestone::key);
    milestones.dedup_by(|later, first| {
        let is_same = later.key() == first.key();
        if is_same {
            first.merge(std::mem::take(later));
        }
        is_same
    });
    milestones
}

/// The first bytes of a text, whole characters only.
fn cut(text: Cow<'_, str>, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Data;

    #[test]
    fn facts_are_found_and_cut() {
        let mut event = Event {
            service: "worker".into(),
            event_type: "error.TimeoutError".into(),
            data: Data::from_wire(&format!(
                r#"{{"deep":{{"durationMs":7,"a":[1,{{}}]}},"name":"x","processingTimeMs":"12.6",
                "attempt":2,"connectorType":"comfyui","stack":"{}","message":"caf\u00e9 {}","ok":null}}"#,
                "s".repeat(5000),
                "é".repeat(300)
            )),
            ..Event::default()
        };
        event.ids.set(Id::Worker, "w1");
        event.ids.set(Id::Span, "00f067aa0ba902b7");
        event.ids.set(Id::Trace, "not hex");
        let milestone = Milestone::of(&event, 3);
        assert_eq!(milestone.text(Text::Error), Some("TimeoutError"));
        assert_eq!(milestone.number(Number::Took), Some(13));
        assert_eq!(milestone.number(Number::Attempt), Some(2));
        assert_eq!(milestone.text(Text::Subject), Some("comfyui"));
        assert_eq!(milestone.text(Text::Stack).map(str::len), Some(2048));
        let message = milestone.text(Text::Message).expect("a message");
        assert!(message.starts_with("café é") && message.len() >= 254);
        assert_eq!((milestone.trace, milestone.span.is_some()), (None, true));
        assert!(milestone.is_error_event() && milestone.says_failure());
    }

    #[test]
    fn only_failures_carry_messages_and_only_starts_a_type() {
        let of = |event_type: &str, data: &str| {
            let event = Event {
                event_type: event_type.into(),
                data: Data::from_wire(data),
                ..Event::default()
            };
            let milestone = Milestone::of(&event, 0);
            let text = |text| milestone.text(text).map(str::to_owned);
            (text(Text::Message), text(Text::JobType), text(Text::Error))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            of("job.noted", r#"{"message":"hi","type":"x"}"#),
            (None, None, None)
        );
        assert_eq!(
            of("job.created", r#"{"type":"image"}"#),
            (None, some("image"), None)
        );
        assert_eq!(
            of("job.created", r#"{"type":"image","jobType":"video"}"#).1,
            some("video")
        );
        assert_eq!(
            of(
                "job.failed",
                r#"{"reason":"r","error":{"name":"E","message":"m","stack":5}}"#
            ),
            (some("m"), None, some("E"))
        );
        assert_eq!(
            of("job.failed", r#"{"error":"gone","message":" "}"#).0,
            some("gone")
        );
        assert_eq!(of("job.failed", "[1]"), (None, None, None));
        assert_eq!(
            of("job.failed", r#"{"error":["a"],"durationMs":-4}"#).0,
            None
        );
    }
}
