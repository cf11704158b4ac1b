//! The stream entry: flat fields, one per name, as `docs/events.md` sets down.
//!
//! Decoding accepts what any Redis client of the team writes and drops nothing: what cannot be
//! read is kept beside the event, under the name `invalid.<field>`.

use std::borrow::Cow;
use std::sync::Arc;

use super::packed::{self, MARK};
use super::{Data, EntryId, Event, Id, Level, Millis, Origin};

/// Names of the fields that are no ids.
pub(crate) mod field {
    pub(crate) const TIMESTAMP: &str = "timestamp";
    pub(crate) const SERVICE: &str = "service";
    pub(crate) const EVENT_TYPE: &str = "eventType";
    pub(crate) const LEVEL: &str = "level";
    pub(crate) const DATA: &str = "data";
    pub(crate) const EVENT_ID: &str = "eventId";
    pub(crate) const VERSION: &str = "v";
    /// In the JSON form only: where the event was read.
    pub(crate) const STREAM: &str = "_stream";
    pub(crate) const ENTRY: &str = "_id";

    pub(crate) const ALL: [&str; 9] = [
        TIMESTAMP, SERVICE, EVENT_TYPE, LEVEL, DATA, EVENT_ID, VERSION, STREAM, ENTRY,
    ];
}

/// Whether the wire table or the JSON form gives this name a meaning.
pub(crate) fn is_known(name: &str) -> bool {
    field::ALL.contains(&name) || Id::ALL.iter().any(|id| id.wire_name() == name)
}

/// Collects fields, in any order and from any form, into an [`Event`].
///
/// The wire and the JSON form both feed it, so that both read alike. What the event was before is
/// forgotten, but for the room that its texts took.
pub(super) struct Builder<'e> {
    event: &'e mut Event,
    /// Room for an event id.
    room: String,
    /// Room for data.
    data_room: String,
    timestamp: Option<Millis>,
    data: Option<Data>,
}

impl<'e> Builder<'e> {
    pub(super) fn new(event: &'e mut Event) -> Self {
        event.service.clear();
        event.event_type.clear();
        event.ids.clear();
        event.level = None;
        event.version = None;
        event.extra.clear();
        Self {
            room: event.event_id.take().unwrap_or_default(),
            data_room: std::mem::take(&mut event.data).into_room(),
            event,
            timestamp: None,
            data: None,
        }
    }

    /// Takes one field. A repeated or unreadable one is kept as an unknown field.
    pub(super) fn field(&mut self, name: &[u8], value: Cow<'_, str>) {
        // Bytes are told apart by their length first; texts would be compared one after another.
        const TIMESTAMP: &[u8] = field::TIMESTAMP.as_bytes();
        const SERVICE: &[u8] = field::SERVICE.as_bytes();
        const EVENT_TYPE: &[u8] = field::EVENT_TYPE.as_bytes();
        const LEVEL: &[u8] = field::LEVEL.as_bytes();
        const DATA: &[u8] = field::DATA.as_bytes();
        const EVENT_ID: &[u8] = field::EVENT_ID.as_bytes();
        const VERSION: &[u8] = field::VERSION.as_bytes();
        let event = &mut *self.event;
        let taken = match name {
            TIMESTAMP if self.timestamp.is_none() => {
                self.timestamp = Millis::parse(&value);
                self.timestamp.is_some()
            }
            SERVICE if event.service.is_empty() => {
                put(&mut event.service, value);
                return;
            }
            EVENT_TYPE if event.event_type.is_empty() => {
                put(&mut event.event_type, value);
                return;
            }
            LEVEL if event.level.is_none() => {
                event.level = Level::parse(&value);
                event.level.is_some()
            }
            DATA if self.data.is_none() => {
                let room = std::mem::take(&mut self.data_room);
                self.data = Some(Data::from_wire_in(room, &value));
                true
            }
            EVENT_ID if event.event_id.is_none() => {
                put(&mut self.room, value);
                if !self.room.is_empty() {
                    event.event_id = Some(std::mem::take(&mut self.room));
                }
                return;
            }
            VERSION if event.version.is_none() => {
                event.version = value.parse().ok();
                event.version.is_some()
            }
            _ => match Id::of_wire_name(name) {
                Some(id) if event.ids.get(id).is_none() => {
                    event.ids.set(id, value);
                    return;
                }
                Some(_) => false,
                None if field::ALL.iter().any(|known| known.as_bytes() == name) => false,
                None => {
                    event.push_extra(text(name), value);
                    return;
                }
            },
        };
        if !taken && !value.is_empty() {
            event.push_extra(format!("invalid.{}", text(name)), value);
        }
    }

    /// The event, with the ids it kept in `data` and the time of its entry where it has none.
    pub(super) fn finish(self, origin: Option<Origin>) {
        let event = self.event;
        event.data = self.data.unwrap_or_default();
        lift_ids(event);
        event.timestamp = self.timestamp.unwrap_or_else(|| {
            let entry = origin.as_ref().and_then(|origin| origin.entry);
            entry.map(EntryId::time).unwrap_or_default()
        });
        event.origin = origin;
    }
}

/// A value of an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Word<'a> {
    /// Known to be text.
    #[cfg_attr(
        not(feature = "cli"),
        expect(dead_code, reason = "only scans look at their bytes before")
    )]
    Text(&'a str),
    /// Perhaps no text.
    Bytes(&'a [u8]),
}

impl<'a> Word<'a> {
    fn bytes(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(known) => known.into(),
            Self::Bytes(bytes) => text(bytes),
        }
    }
}

/// Decodes the fields of an entry. Never fails.
pub fn decode<'a>(
    stream: &Arc<str>,
    entry: EntryId,
    fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
) -> Event {
    let mut event = Event::default();
    let word = Word::Bytes;
    let fields = fields.into_iter();
    let fields = fields.map(|(name, value)| (name, word(value)));
    decode_into(&mut event, stream, entry, fields);
    event
}

/// The same into an event that was another before: its room is used again.
pub(crate) fn decode_into<'a>(
    event: &mut Event,
    stream: &Arc<str>,
    entry: EntryId,
    fields: impl IntoIterator<Item = (&'a [u8], Word<'a>)>,
) {
    let origin = event.origin.take();
    let mut builder = Builder::new(event);
    let (mut payload, mut marked) = (None, false);
    for (name, value) in fields {
        let raw = value.bytes();
        if name == field::DATA.as_bytes() && packed::is_packed(raw) && payload.is_none() {
            payload = Some(raw);
        } else if name == MARK.0.as_bytes() && raw == MARK.1.as_bytes() && !marked {
            marked = true;
        } else {
            builder.field(name, value.text());
        }
    }
    if let Some(value) = payload {
        match packed::unpack(value).filter(|_| marked) {
            Some(held) => {
                builder.field(field::DATA.as_bytes(), text(&held));
                marked = false;
            }
            None => builder.field(field::DATA.as_bytes(), text(value)),
        }
    }
    if marked {
        builder.field(MARK.0.as_bytes(), MARK.1.into());
    }
    let known = origin.map(|origin| origin.stream);
    builder.finish(Some(Origin {
        stream: known
            .filter(|known| Arc::ptr_eq(known, stream))
            .unwrap_or_else(|| Arc::clone(stream)),
        entry: Some(entry),
    }));
}

/// Writes a text over another, in its room.
fn put(place: &mut String, value: Cow<'_, str>) {
    match value {
        Cow::Borrowed(text) => {
            place.clear();
            place.push_str(text);
        }
        Cow::Owned(text) => *place = text,
    }
}

/// Encodes an event as the fields of one entry, in the order of the table. A large payload is
/// packed, and a field says so.
pub fn encode(event: &Event) -> Vec<(&str, Cow<'_, [u8]>)> {
    fn text(text: &str) -> Cow<'_, [u8]> {
        text.as_bytes().into()
    }
    fn number(number: impl ToString) -> Cow<'static, [u8]> {
        number.to_string().into_bytes().into()
    }
    let mut fields: Vec<(&str, Cow<'_, [u8]>)> = Vec::with_capacity(10);
    fields.push((field::TIMESTAMP, number(event.timestamp.get())));
    fields.push((field::SERVICE, text(&event.service)));
    fields.push((field::EVENT_TYPE, text(&event.event_type)));
    for (id, value) in event.ids.iter() {
        fields.push((id.wire_name(), text(value)));
    }
    if let Some(level) = event.level {
        fields.push((field::LEVEL, text(level.as_str())));
    }
    if let Some(data) = event.data.to_wire() {
        // An event that carries such a mark already came with a payload that could not be opened.
        let marked = || event.extra.iter().any(|(name, _)| name == MARK.0);
        match packed::pack(data).filter(|_| !marked()) {
            Some(packed) => fields.extend([(field::DATA, packed.into()), (MARK.0, text(MARK.1))]),
            None => fields.push((field::DATA, text(data))),
        }
    }
    if let Some(event_id) = &event.event_id {
        fields.push((field::EVENT_ID, text(event_id)));
    }
    if let Some(version) = event.version {
        fields.push((field::VERSION, number(version)));
    }
    for (name, value) in &event.extra {
        fields.push((name.as_str(), text(value)));
    }
    fields
}

/// Bytes of names and values without packing: what the limit of an event means.
pub fn plain_bytes(event: &Event) -> usize {
    let optional = |name: &str, value: Option<usize>| value.map_or(0, |value| name.len() + value);
    let ids = event.ids.iter();
    let extra = event.extra.iter();
    // A time has thirteen digits in this and the next two centuries.
    [
        field::TIMESTAMP.len() + 13,
        field::SERVICE.len() + event.service.len(),
        field::EVENT_TYPE.len() + event.event_type.len(),
        ids.map(|(id, value)| id.wire_name().len() + value.len())
            .sum(),
        optional(field::LEVEL, event.level.map(|level| level.as_str().len())),
        optional(field::DATA, event.data.to_wire().map(str::len)),
        optional(field::EVENT_ID, event.event_id.as_ref().map(String::len)),
        optional(field::VERSION, event.version.map(|_| 1)),
        extra.map(|(name, value)| name.len() + value.len()).sum(),
    ]
    .into_iter()
    .sum()
}

/// Takes ids from `data` that the entry does not carry at its top, where the documents'
/// TypeScript client puts them. `data` keeps them too, for readers that look there.
fn lift_ids(event: &mut Event) {
    let Data::Object(map) = &event.data else {
        return;
    };
    if !map.name_an_id() {
        return;
    }
    for id in Id::ALL {
        if event.ids.get(id).is_some() {
            continue;
        }
        let found = map.get(id.wire_name()).or_else(|| map.get(id.snake_name()));
        match found {
            Some(serde_json::Value::String(value)) => event.ids.set(id, value.as_str()),
            Some(serde_json::Value::Number(value)) if !value.is_f64() => {
                event.ids.set(id, value.to_string())
            }
            _ => {}
        }
    }
}

/// Bytes as text. Bytes that are no UTF-8 become `\xNN`, so that nothing is lost from sight.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    text_with(bytes, "\\x")
}

/// The same with another prefix than `\x` for the bytes that are no UTF-8.
pub(super) fn text_with<'a>(bytes: &'a [u8], prefix: &str) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes
            .utf8_chunks()
            .flat_map(|chunk| {
                let broken = chunk
                    .invalid()
                    .iter()
                    .map(|byte| format!("{prefix}{byte:02x}"));
                std::iter::once(chunk.valid().to_owned()).chain(broken)
            })
            .collect::<String>()
            .into(),
    }
}

#[cfg(test)]
mod tests;
