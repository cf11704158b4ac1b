//! Which errors are the same: what they say without what differs each time.
//!
//! An emitter may name the kind itself, as `fingerprint` in `data`. Otherwise it is the error's
//! name and the first line of its message, with numbers, ids, paths and quoted texts masked; and
//! where there is a stack, its top frames. Alerts know kinds by [`fingerprint`], which has no
//! frames and is stored in Redis: another text makes every kind a new one.

mod frames;
mod mask;

pub(crate) use mask::Piece;

use super::timeline::message;
use crate::digest::digest;
use crate::event::Event;

/// The longest fingerprint, in bytes.
const MAX_BYTES: usize = 200;

/// Where emitters put an error's name.
const NAMES: [&str; 3] = ["name", "error.name", "errorName"];

/// Where emitters put a stack.
const STACKS: [&str; 8] = [
    "stack",
    "error.stack",
    "stackTrace",
    "stack_trace",
    "errorStack",
    "err.stack",
    "traceback",
    "backtrace",
];

/// The kind of an error as a text that people can read: `TimeoutError: no answer after #ms`.
/// Of an event that is no error, its type and what it says.
pub(crate) fn fingerprint(event: &Event) -> String {
    match explicit(event) {
        Some(own) => own.to_owned(),
        None => text(name(event).1, &message_mask(event)),
    }
}

/// What makes an error the same as another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The kind as [`fingerprint`] says it.
    pub(crate) text: String,
    /// The error's name, or the type of the event.
    pub(crate) name: String,
    /// The masked first line of the message; empty where there is none.
    pub(crate) message: String,
    /// The top frames of the stack, innermost first; none where the emitter named the kind.
    pub(crate) frames: Vec<String>,
    /// Whether the emitter named the kind.
    pub(crate) explicit: bool,
}

impl Kind {
    /// The kind of an event.
    pub(crate) fn of(event: &Event) -> Self {
        let (name, message) = (name(event).1, message_mask(event));
        let own = explicit(event);
        Self {
            text: own.map_or_else(|| text(name, &message), str::to_owned),
            frames: match own {
                Some(_) => Vec::new(),
                None => stack(event).map(frames::top).unwrap_or_default(),
            },
            explicit: own.is_some(),
            name: cut(name, MAX_BYTES).to_owned(),
            message,
        }
    }

    /// A number for the kind, the same in every process and version.
    pub(crate) fn id(&self) -> u64 {
        let mut said = self.text.clone();
        for frame in &self.frames {
            said.push('\n');
            said.push_str(frame);
        }
        u64::try_from(digest(said.as_bytes()) >> 64).unwrap_or(0)
    }
}

/// The error's name, and where it stands: a path in `data`, or the type.
pub(crate) fn name(event: &Event) -> (Option<&'static str>, &str) {
    let mut names = NAMES.into_iter().filter_map(|path| {
        let name = event.data.text(path)?;
        (!name.is_empty()).then_some((Some(path), name))
    });
    let event_type = &event.event_type;
    match names.next() {
        // A job or a model may have a name as well.
        Some(name) if event.says_failure() => name,
        _ => (
            None,
            event_type.strip_prefix("error.").unwrap_or(event_type),
        ),
    }
}

/// The stack of an error, as its emitter wrote it.
pub(crate) fn stack(event: &Event) -> Option<&str> {
    let stacks = STACKS.into_iter().filter_map(|path| event.data.text(path));
    stacks.into_iter().find(|stack| !stack.trim().is_empty())
}

/// What is masked in the message of an event, in order.
pub(crate) fn pieces(event: &Event) -> Vec<Piece> {
    message(event).map_or_else(Vec::new, |(_, message)| mask::pieces(message))
}

/// The kind that the emitter names.
fn explicit(event: &Event) -> Option<&str> {
    let own = event.data.text("fingerprint")?;
    (!own.is_empty()).then(|| cut(own, MAX_BYTES))
}

fn message_mask(event: &Event) -> String {
    message(event).map_or_else(String::new, |(_, message)| mask::mask(message))
}

fn text(name: &str, message: &str) -> String {
    let text = match message {
        "" => name.to_owned(),
        message => format!("{name}: {message}"),
    };
    cut(&text, MAX_BYTES).to_owned()
}

/// A text's first `bytes`, cut between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Data;

    fn event(event_type: &str, data: serde_json::Value) -> Event {
        Event {
            event_type: event_type.to_owned(),
            data: Data::from_wire(&data.to_string()),
            ..Event::default()
        }
    }

    #[test]
    fn name_and_message_make_the_kind() {
        let kind = |event_type: &str, data| fingerprint(&event(event_type, data));
        let named = json!({"name": "TimeoutError", "message": "no answer in 5 s"});
        assert_eq!(kind("error.Any", named), "TimeoutError: no answer in # s");
        let nested = json!({"error": {"name": "E", "message": "m"}});
        assert_eq!(kind("job.failed", nested), "E: m");
        assert_eq!(kind("error.OutOfMemory", json!({"a": 1})), "OutOfMemory");
        assert_eq!(
            kind("job.failed", json!({"error": "m 1"})),
            "job.failed: m #"
        );
        assert_eq!(
            kind("job.created", json!({"name": "nightly"})),
            "job.created"
        );
        let own = json!({"fingerprint": "mine 1", "message": "m"});
        assert_eq!(kind("error.E", own), "mine 1");
        let long = json!({"fingerprint": "é".repeat(1000)});
        assert_eq!(kind("error.E", long).len(), MAX_BYTES);
    }
    #[test]
    fn top_frames_tell_kinds_apart_and_their_lines_do_not() {
        let at = |function: &str, line: u32| {
            let stack = format!("E: m\n    at {function} (/app/src/a.ts:{line}:7)");
            Kind::of(&event("error.E", json!({"message": "m", "stack": stack})))
        };
        assert_eq!(at("one", 5), at("one", 6));
        assert_eq!(at("one", 5).id(), at("one", 6).id());
        assert_eq!(at("one", 5).text, at("other", 5).text);
        assert_ne!(at("one", 5).id(), at("other", 5).id());
        let own = json!({"fingerprint": "mine", "stack": "at a (b.ts:1:1)"});
        assert!(Kind::of(&event("error.E", own)).frames.is_empty());
    }

    #[test]
    fn a_kind_has_the_same_id_in_every_version() {
        let stack = "E: m\n    at one (/app/src/a.ts:5:7)";
        let data = json!({"message": "no answer in 5 s", "stack": stack});
        let kind = Kind::of(&event("error.TimeoutError", data));
        // People keep these ids in notes and scripts.
        assert_eq!(format!("{:016x}", kind.id()), "d3ccb922dc5321f8");
        assert_eq!(kind.text, "TimeoutError: no answer in # s");
    }
}
