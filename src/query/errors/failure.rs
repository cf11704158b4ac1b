//! One failure in few words: what an event that says failure tells, and which others tell the same.

use serde::{Serialize, Serializer};

use crate::event::{Event, Id, Ids, Millis};
use crate::query::fingerprint::{self, Kind, Piece, cut};
use crate::query::notice::is_notice;
use crate::query::timeline::{message, rfc3339};

/// The longest message that is kept, in bytes, and the longest stack.
const MAX_MESSAGE: usize = 2_000;
const MAX_STACK: usize = 16_000;

/// The longest id, name or type that is kept, in bytes.
const MAX_WORD: usize = 256;

/// Where `data` says which version of a service ran.
const VERSIONS: [&str; 4] = ["version", "serviceVersion", "appVersion", "service.version"];

/// Something that failed, told by one event or by several.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// When, by the emitter's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: Millis,
    /// Who tells.
    pub service: String,
    /// The type of the event.
    pub event_type: String,
    /// What it says in words.
    pub message: Option<String>,
    /// Its ids; those that it lacks are taken from the others that tell the same.
    #[serde(flatten, serialize_with = "ids")]
    pub ids: Ids,
    /// Version of the service, where it is told.
    pub version: Option<String>,
    /// Type of the job, where it is told.
    pub job_type: Option<String>,
    /// Key of its stream and id of its entry, where it has them.
    #[serde(rename = "_stream")]
    pub stream: Option<String>,
    /// Id of its entry.
    #[serde(rename = "_id")]
    pub entry: Option<String>,
    /// The id of the event itself.
    pub event_id: Option<String>,
    /// The stack; only where somebody asked for it.
    pub stack: Option<String>,
    /// Other events that tell of the same failure.
    pub also: Vec<Also>,
    /// Its kind; in JSON the number of it.
    #[serde(serialize_with = "kind")]
    pub(crate) kind: Kind,
    /// What was masked in its message; only with the stack.
    #[serde(skip)]
    pub(crate) pieces: Vec<Piece>,
    /// Whether an error event tells of it.
    #[serde(skip)]
    pub(super) is_error: bool,
    /// When the last event tells of it.
    #[serde(skip)]
    pub(super) last: Millis,
}

/// Another event that tells of the same failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Also {
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub at: Millis,
    /// Who tells.
    pub service: String,
    /// The type of the event.
    pub event_type: String,
}

impl Failure {
    /// Whether an event says that something failed. What alerts say about failures is none.
    pub fn is_told_by(event: &Event) -> bool {
        event.says_failure() && !is_notice(event)
    }

    /// Reads an event that says so.
    pub fn read(event: &Event, with_stack: bool) -> Self {
        let word = |text: &str| cut(text, MAX_WORD).to_owned();
        let text = |paths: &[&str]| {
            let mut found = paths.iter().filter_map(|path| event.data.text(path));
            found.find(|text| !text.is_empty()).map(word)
        };
        let mut ids = Ids::default();
        for (id, value) in event.ids.iter() {
            ids.set(id, cut(value, MAX_WORD));
        }
        let stack = with_stack.then(|| fingerprint::stack(event)).flatten();
        Self {
            at: event.timestamp,
            last: event.timestamp,
            service: word(&event.service),
            event_type: word(&event.event_type),
            message: message(event).map(|(_, text)| cut(text, MAX_MESSAGE).to_owned()),
            ids,
            version: text(&VERSIONS),
            job_type: text(&["jobType", "job_type"]),
            stream: event.stream().map(word),
            entry: event.entry().map(|entry| entry.to_string()),
            event_id: event.event_id.as_deref().map(word),
            stack: stack.map(|stack| cut(stack, MAX_STACK).to_owned()),
            also: Vec::new(),
            kind: Kind::of(event),
            pieces: match with_stack {
                true => fingerprint::pieces(event),
                false => Vec::new(),
            },
            is_error: event.is_error_event(),
        }
    }

    /// The number of its kind, as people type it.
    pub fn kind_id(&self) -> String {
        id_text(self.kind.id())
    }

    /// The kind in words.
    pub fn kind_text(&self) -> &str {
        &self.kind.text
    }

    /// One of its ids.
    pub fn id(&self, id: Id) -> Option<&str> {
        self.ids.get(id)
    }

    /// Whether the event with this entry id, event id or job told it.
    pub(super) fn is_called(&self, name: &str) -> bool {
        [
            self.entry.as_deref(),
            self.event_id.as_deref(),
            self.id(Id::Job),
        ]
        .contains(&Some(name))
    }
}

/// A kind's number as text: 16 hex digits.
pub(super) fn id_text(id: u64) -> String {
    format!("{id:016x}")
}

fn ids<S: Serializer>(ids: &Ids, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(ids.iter().map(|(id, value)| (id.wire_name(), value)))
}

fn kind<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&id_text(kind.id()))
}
