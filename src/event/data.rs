//! The free part of an event, kept to the letter.

use std::borrow::Cow;
use std::sync::Arc;

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
    Object {
        /// The fields; of a repeated key the last.
        map: Fields,
        /// The text as it was written, on one line.
        raw: Arc<str>,
    },
    /// Anything else: broken JSON, or JSON that is no object.
    Text(String),
}

impl Data {
    /// Reads the wire field. Never fails: what is no JSON object is kept as text.
    pub fn from_wire(text: &str) -> Self {
        if text.is_empty() {
            return Self::Empty;
        }
        match Shape::of(text) {
            Ok(shape) if shape.empty => Self::Empty,
            Ok(shape) => {
                let raw: Arc<str> = Arc::from(&*one_line(text.trim()));
                Self::Object {
                    map: Fields::new(Arc::clone(&raw), &shape),
                    raw,
                }
            }
            Err(_) => Self::Text(text.to_owned()),
        }
    }

    /// The text for the wire field; `None` when there is nothing to say.
    pub fn to_wire(&self) -> Option<&str> {
        match self {
            Self::Empty => None,
            Self::Object { raw, .. } => Some(raw),
            Self::Text(text) => Some(text),
        }
    }

    /// The parsed fields; `None` for text.
    pub fn object(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Object { map, .. } => Some(map),
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
            Self::Object { map, .. } => map.pick(keys),
            Self::Empty | Self::Text(_) => [const { None }; N],
        }
    }

    /// Whether a key looks like the name of a length of time: it ends in `Ms` or `_ms`.
    #[cfg(feature = "cli")]
    pub(crate) fn names_a_length(&self) -> bool {
        matches!(self, Self::Object { map, .. } if map.name_a_length())
    }

    /// Whether a key looks like the name of a type: it ends in `ype`.
    #[cfg(feature = "cli")]
    pub(crate) fn names_a_type(&self) -> bool {
        matches!(self, Self::Object { map, .. } if map.name_a_type())
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
        // A map of values is always written: its keys are texts.
        let raw: Arc<str> = serde_json::to_string(&map).unwrap_or_default().into();
        Self::Object {
            map: Fields::parsed(map, Arc::clone(&raw)),
            raw,
        }
    }
}

/// Drops line breaks between tokens, the only place where valid JSON can hold them.
fn one_line(json: &str) -> Cow<'_, str> {
    if memchr2(b'\n', b'\r', json.as_bytes()).is_some() {
        json.replace(['\n', '\r'], "").into()
    } else {
        json.into()
    }
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
