//! The free part of an event, kept to the letter.

use memchr::memchr2;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::shape::Shape;

/// What an emitter put into `data`.
///
/// An object is held as it was written, to be passed on without losing a digit or a repeated key,
/// and parsed when it is queried.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
    /// No `data`, or an empty one.
    #[default]
    Empty,
    /// A JSON object.
    Object(Fields),
    /// Anything else: broken JSON, or JSON that is no object.
    Text(String),
}

impl Data {
    /// Reads the wire field. Never fails: what is no JSON object is kept as text.
    pub fn from_wire(text: &str) -> Self {
        Self::from_wire_in(String::new(), text)
    }

    /// The same in the room of a text that is done with.
    pub(super) fn from_wire_in(mut room: String, text: &str) -> Self {
        if text.is_empty() {
            return Self::Empty;
        }
        room.clear();
        match Shape::of(text) {
            Ok(shape) if shape.empty => Self::Empty,
            Ok(shape) => {
                if shape.plain {
                    room.push_str(text);
                } else {
                    push_line(&mut room, text.trim());
                }
                Self::Object(Fields::new(room, &shape))
            }
            Err(_) => {
                room.push_str(text);
                Self::Text(room)
            }
        }
    }

    /// Its text, which has room for another.
    pub(super) fn into_room(self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Object(fields) => fields.into_raw(),
            Self::Text(text) => text,
        }
    }

    /// The text for the wire field; `None` when there is nothing to say.
    pub fn to_wire(&self) -> Option<&str> {
        match self {
            Self::Empty => None,
            Self::Object(fields) => Some(fields.raw()),
            Self::Text(text) => Some(text),
        }
    }

    /// The parsed fields; `None` for text.
    pub fn object(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Object(fields) => Some(fields),
            Self::Empty | Self::Text(_) => None,
        }
    }

    /// The value at a key or at a dotted path (`error.code`, `gpus.0.temperature`). A key that
    /// itself holds dots is found too, before the path is taken apart.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let map = self.object()?;
        if let Some(value) = map.get(path) {
            return Some(value);
        }
        let (first, rest) = path.split_once('.')?;
        rest.split('.')
            .try_fold(map.get(first)?, |value, key| match value {
                Value::Object(inner) => inner.get(key),
                Value::Array(items) => items.get(key.parse::<usize>().ok()?),
                _ => None,
            })
    }

    /// The values of some fields by their keys, which are no paths: cheaper than [`Self::get`]
    /// where the other fields are of no interest.
    #[cfg(feature = "cli")]
    pub(crate) fn pick<const N: usize>(&self, keys: [&str; N]) -> [Option<Value>; N] {
        match self {
            Self::Object(fields) => fields.pick(keys),
            Self::Empty | Self::Text(_) => [const { None }; N],
        }
    }

    /// The value of the first of some names of lengths of time that is a key, no path; all of them end
    /// in `Ms` or `_ms`. Most events have none, and need not be parsed to see that.
    #[cfg(feature = "cli")]
    pub(crate) fn length<const N: usize>(&self, names: [&str; N]) -> Option<Value> {
        match self {
            Self::Object(fields) => fields.length(names),
            Self::Empty | Self::Text(_) => None,
        }
    }

    /// Whether a key looks like the name of a type: it ends in `ype`.
    #[cfg(feature = "cli")]
    pub(crate) fn names_a_type(&self) -> bool {
        matches!(self, Self::Object(fields) if fields.name_a_type())
    }

    /// A field that holds text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path).and_then(Value::as_str)
    }
}

impl From<Map<String, Value>> for Data {
    fn from(map: Map<String, Value>) -> Self {
        if map.is_empty() {
            return Self::Empty;
        }
        Self::Object(Fields::parsed(map))
    }
}

/// Appends JSON without line breaks between tokens, the only place where it can hold them.
fn push_line(line: &mut String, mut json: &str) {
    while let Some(at) = memchr2(b'\n', b'\r', json.as_bytes()) {
        line.push_str(&json[..at]);
        json = &json[at + 1..];
    }
    line.push_str(json);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_an_object_to_the_letter() {
        let text = r#"{"big":12345678901234567890123, "a":1.10,"a":2}"#;
        let data = Data::from_wire(text);
        assert_eq!(data.to_wire(), Some(text));
        assert_eq!(data.get("a"), Some(&Value::from(2)));
    }

    #[test]
    fn keeps_anything_else_as_text() {
        for text in ["{", "[1,2]", "\"text\"", "null", "12", "plain words"] {
            assert_eq!(Data::from_wire(text), Data::Text(text.to_owned()));
        }
        assert_eq!(Data::from_wire(""), Data::Empty);
        assert_eq!(Data::from_wire("{}"), Data::Empty);
    }

    #[test]
    fn finds_paths_and_dotted_keys() {
        let data = Data::from_wire(r#"{"a.b":1,"a":{"b":2,"c":[{"d":3}]}}"#);
        assert_eq!(data.get("a.b"), Some(&Value::from(1)));
        assert_eq!(data.get("a.c.0.d"), Some(&Value::from(3)));
        assert_eq!(data.get("a.c.x"), None);
    }

    #[test]
    fn is_written_on_one_line() {
        let data = Data::from_wire("{\n  \"a\": \"b\\nc\"\r\n}");
        assert_eq!(data.to_wire(), Some(r#"{  "a": "b\nc"}"#));
    }
}
