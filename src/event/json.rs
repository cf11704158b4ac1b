//! The JSON form: one object on one line, the keys of the wire table in its order.
//!
//! It is what `-o jsonl` prints, what the collector logs, and what `emit --stdin` and `--from`
//! read back. Differences from the wire: `timestamp` is RFC 3339, `data` is an object where it is
//! one, and `_stream` and `_id` say where the event was read.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use memchr::memchr;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::wire::{Builder, field, text_with};
use super::{Data, Event, Origin};

/// Writes an event as one line, without the line break.
pub fn write(event: &Event) -> String {
    let mut line = String::with_capacity(512);
    append(event, &mut line);
    line
}

/// The same at the end of a text.
pub(crate) fn append(event: &Event, line: &mut String) {
    line.push('{');
    let _ = write!(line, "\"{}\":\"{}\"", field::TIMESTAMP, event.timestamp);
    push_text(line, field::SERVICE, &event.service);
    push_text(line, field::EVENT_TYPE, &event.event_type);
    for (id, value) in event.ids.iter() {
        push_text(line, id.wire_name(), value);
    }
    if let Some(level) = event.level {
        push_text(line, field::LEVEL, level.as_str());
    }
    match &event.data {
        Data::Empty => {}
        Data::Object(fields) => {
            push_name(line, field::DATA);
            line.push_str(fields.raw());
        }
        Data::Text(text) => push_text(line, field::DATA, text),
    }
    if let Some(event_id) = &event.event_id {
        push_text(line, field::EVENT_ID, event_id);
    }
    if let Some(version) = event.version {
        push_name(line, field::VERSION);
        let _ = write!(line, "{version}");
    }
    for (name, value) in &event.extra {
        push_text(line, name, value);
    }
    if let Some(origin) = &event.origin {
        push_text(line, field::STREAM, &origin.stream);
        if let Some(entry) = origin.entry {
            push_name(line, field::ENTRY);
            let _ = write!(line, "\"{entry}\"");
        }
    }
    line.push('}');
}

/// Reads one line. Values of unknown fields that are no text are kept as their JSON text.
///
/// # Errors
/// Only when the line is no JSON object; every object is an event.
pub fn read(line: &[u8]) -> Result<Event, serde_json::Error> {
    // A backslash in a JSON string is written as two.
    let text = text_with(line, r"\\x");
    let mut event = Event::default();
    let mut fields = Fields {
        builder: Builder::new(&mut event),
        stream: None,
        entry: None,
    };
    let mut parser = serde_json::Deserializer::from_str(&text);
    parser.deserialize_map(&mut fields)?;
    parser.end()?;
    let Fields {
        builder,
        stream,
        entry,
    } = fields;
    let origin = stream.map(|stream| Origin {
        stream: Arc::from(stream),
        entry: entry.and_then(|entry| entry.parse().ok()),
    });
    builder.finish(origin);
    Ok(event)
}

fn push_name(line: &mut String, name: &str) {
    line.push(',');
    push_string(line, name);
    line.push(':');
}

fn push_text(line: &mut String, name: &str, value: &str) {
    push_name(line, name);
    push_string(line, value);
}

fn push_string(line: &mut String, value: &str) {
    // A plain string, the usual case, needs no pass through a serializer.
    let plain = |byte: &u8| *byte >= 0x20 && !matches!(byte, b'"' | b'\\' | 0x7f);
    if value.as_bytes().iter().all(plain) {
        line.push('"');
        line.push_str(value);
        line.push('"');
    } else {
        line.push_str(&serde_json::Value::from(value).to_string());
    }
}

/// The text of a string; other values, and strings that spell no text, stay as they are.
fn text_of(value: &str) -> Cow<'_, str> {
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        None => value.into(),
        Some(plain) if memchr(b'\\', plain.as_bytes()).is_none() => plain.into(),
        Some(_) => serde_json::from_str::<String>(value).map_or_else(|_| value.into(), Cow::Owned),
    }
}

/// A key, borrowed from the line where it is written without escapes.
#[derive(serde::Deserialize)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

struct Fields<'e> {
    builder: Builder<'e>,
    stream: Option<String>,
    entry: Option<String>,
}

impl<'de> Visitor<'de> for &mut Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            let value = map.next_value::<&'de RawValue>()?.get();
            if value == "null" {
                continue;
            }
            let text = text_of(value);
            match &*name {
                field::STREAM => self.stream = Some(text.into_owned()),
                field::ENTRY => self.entry = Some(text.into_owned()),
                name => self.builder.field(name.as_bytes(), text),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EntryId, Id};

    #[test]
    fn keys_stand_in_the_order_of_the_table() {
        let stream = Arc::from("emp:events");
        let fields: [(&[u8], &[u8]); 6] = [
            (b"tenant", b"acme"),
            (b"data", br#"{"b":1,"a":"x"}"#),
            (b"jobId", b"job_1"),
            (b"eventType", b"job.created"),
            (b"service", b"api-server"),
            (b"timestamp", b"1700000000123"),
        ];
        let event = crate::event::wire::decode(&stream, EntryId { ms: 5, seq: 0 }, fields);
        let line = write(&event);
        assert_eq!(
            line,
            concat!(
                r#"{"timestamp":"2023-11-14T22:13:20.123Z","service":"api-server","#,
                r#""eventType":"job.created","jobId":"job_1","data":{"b":1,"a":"x"},"#,
                r#""tenant":"acme","_stream":"emp:events","_id":"5-0"}"#
            )
        );
        assert_eq!(read(line.as_bytes()).expect("an event"), event);
    }

    #[test]
    fn escapes_are_read_in_names_and_values() {
        let line = br#"{"job\u0049d":"a\"b","n\"":"\u00e9","half":"\ud800","none":null}"#;
        let event = read(line).expect("an event");
        assert_eq!(event.id(Id::Job), Some("a\"b"));
        let kept: Vec<_> = event
            .extra
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(kept, [("n\"", "é"), ("half", r#""\ud800""#)]);
    }

    #[test]
    fn text_data_reads_back_as_text() {
        let mut event = Event {
            data: Data::from_wire("[1, 2"),
            ..Event::default()
        };
        event.push_extra("note", "two\nlines \u{1b}[31m");
        assert_eq!(read(write(&event).as_bytes()).expect("an event"), event);
    }

    #[test]
    fn bytes_that_are_no_text_stay_visible() {
        let event = read(b"{\"service\":\"a\xff\",\"data\":{\"b\":\"\xfe\"}}").expect("an event");
        assert_eq!(event.service, "a\\xff");
        assert_eq!(event.data.text("b"), Some("\\xfe"));
    }

    #[test]
    fn other_peoples_lines_are_read() {
        let line =
            br#"{"timestamp":1700000000.5,"level":"WARNING","jobId":7,"n":{"a":[1]},"z":null}"#;
        let event = read(line).expect("an event");
        assert_eq!(event.timestamp.get(), 1_700_000_000_500);
        assert_eq!(event.level(), crate::event::Level::Warn);
        assert_eq!(event.id(Id::Job), Some("7"));
        assert_eq!(event.extra, [("n".into(), r#"{"a":[1]}"#.into())]);
        for bad in ["", "[]", "1", "{", "{}x", "\"a\""] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
