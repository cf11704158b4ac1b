//! Attributes, encoded one by one as they are told.
//!
//! There are a dozen of them in each record. A tree of messages would hold each text once more, and ask
//! each leaf for its length once a level.

use std::ops::Range;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;
use prost::encoding::{WireType, encode_varint, encoded_len_varint, key_len};

use super::value::last_of_each;

/// Numbers of the fields of a `KeyValue`, and of the text of an `AnyValue`.
const KEY: u32 = 1;
const VALUE: u32 = 2;
const TEXT: u32 = 1;

/// The attributes of a message, a field of it that comes as often as there are any. There is room for
/// those of the next one.
#[derive(Default)]
pub(super) struct Attributes {
    tag: u32,
    bytes: Vec<u8>,
    places: Vec<Place>,
}

/// Where an attribute lies.
struct Place {
    all: Range<usize>,
    key: Range<usize>,
}

impl Attributes {
    /// Forgets all. What is added belongs to the field with this number.
    pub(super) fn start(&mut self, tag: u32) {
        self.tag = tag;
        self.bytes.clear();
        self.places.clear();
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Their part of the message.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds a text; the parts of its key stand behind each other.
    pub(super) fn text(&mut self, key: &[&str], text: &str) {
        self.begin(key, length_of(TEXT, text.len()));
        put_head(TEXT, text.len(), &mut self.bytes);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Adds a value of any kind, or null.
    pub(super) fn value(&mut self, key: &[&str], value: &Option<Value>) {
        self.begin(key, value.as_ref().map_or(0, Value::encoded_len));
        if let Some(value) = value {
            value.encode(&mut self.bytes);
        }
    }

    /// All before a value of so many bytes, which is to follow.
    fn begin(&mut self, key: &[&str], value: usize) {
        let start = self.bytes.len();
        let length = key.iter().map(|part| part.len()).sum();
        let bytes = &mut self.bytes;
        put_head(
            self.tag,
            length_of(KEY, length) + length_of(VALUE, value),
            bytes,
        );
        put_head(KEY, length, bytes);
        let at = bytes.len();
        key.iter()
            .for_each(|part| bytes.extend_from_slice(part.as_bytes()));
        put_head(VALUE, value, bytes);
        self.places.push(Place {
            all: start..bytes.len() + value,
            key: at..at + length,
        });
    }

    /// Whether one has this key, from place `start` on.
    pub(super) fn has(&self, start: usize, key: &str) -> bool {
        let mut keys = self.places[start..].iter().map(|place| self.key(place));
        keys.any(|known| known == key.as_bytes())
    }

    fn key(&self, place: &Place) -> &[u8] {
        &self.bytes[place.key.clone()]
    }

    /// Of attributes with the same key, from place `start` on, only the last stays.
    pub(super) fn keep_last(&mut self, start: usize) {
        let count = self.places.len() - start;
        let Some(last) = last_of_each(count, |at| self.key(&self.places[start + at])) else {
            return;
        };
        let places = self.places.split_off(start);
        let first = places.first().map_or(0, |place| place.all.start);
        let bytes = self.bytes.split_off(first);
        for (place, _) in places.into_iter().zip(last).filter(|(_, is_last)| *is_last) {
            let Place { all, key } = place;
            let at = self.bytes.len();
            self.bytes
                .extend_from_slice(&bytes[all.start - first..all.end - first]);
            self.places.push(Place {
                key: key.start - all.start + at..key.end - all.start + at,
                all: at..self.bytes.len(),
            });
        }
    }
}

/// Appends a field that is a message, a part of which is encoded already.
pub(super) fn put_parts(tag: u32, message: &impl Message, rest: &[u8], buffer: &mut Vec<u8>) {
    put_head(tag, message.encoded_len() + rest.len(), buffer);
    // A vector has room for it.
    let _ = message.encode(buffer);
    buffer.extend_from_slice(rest);
}

/// Appends what comes before so many bytes of a field.
pub(super) fn put_head(tag: u32, length: usize, buffer: &mut Vec<u8>) {
    let key = tag << 3 | WireType::LengthDelimited as u32;
    // Both are a byte nearly always.
    if let (Ok(key @ ..0x80), Ok(length @ ..0x80)) = (u8::try_from(key), u8::try_from(length)) {
        buffer.extend_from_slice(&[key, length]);
        return;
    }
    encode_varint(key.into(), buffer);
    encode_varint(length as u64, buffer);
}

/// The length of a field of so many bytes.
fn length_of(tag: u32, length: usize) -> usize {
    key_len(tag) + encoded_len_varint(length as u64) + length
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
    use opentelemetry_proto::tonic::logs::v1::LogRecord;
    use proptest::prelude::*;

    use super::*;

    /// Number of the attributes in a record.
    const FIELD: u32 = 6;

    fn attribute(key: &str, value: Option<Value>) -> KeyValue {
        KeyValue {
            key: key.to_owned(),
            value: Some(AnyValue { value }),
            ..KeyValue::default()
        }
    }

    fn decoded(attributes: &Attributes) -> Vec<KeyValue> {
        let record = LogRecord::decode(attributes.bytes()).expect("a record");
        record.attributes
    }

    fn value() -> impl Strategy<Value = Option<Value>> {
        prop_oneof![
            Just(None),
            any::<bool>().prop_map(|flag| Some(Value::BoolValue(flag))),
            any::<i64>().prop_map(|number| Some(Value::IntValue(number))),
            "[a-zé]{0,200}".prop_map(|text| Some(Value::StringValue(text))),
        ]
    }

    proptest! {
        /// The same bytes as of the whole message, with the last of each key.
        #[test]
        fn attributes_are_those_of_a_message(
            pairs in prop::collection::vec(("[ab]{1,2}|[a-z]{1,150}", value()), 0..30),
            start in 0usize..4,
        ) {
            let mut attributes = Attributes::default();
            // What was there before is forgotten.
            attributes.start(1);
            attributes.text(&["before"], "x");
            attributes.start(FIELD);
            for (key, value) in &pairs {
                let parts = key.split_at(key.len() / 2);
                match value {
                    Some(Value::StringValue(text)) => attributes.text(&[parts.0, parts.1], text),
                    value => attributes.value(&[parts.0, parts.1], value),
                }
            }
            let all: Vec<_> = pairs.iter().map(|(key, value)| attribute(key, value.clone())).collect();
            let message = |attributes: Vec<KeyValue>| LogRecord { attributes, ..LogRecord::default() };
            prop_assert_eq!(attributes.bytes(), message(all.clone()).encode_to_vec());
            let start = start.min(attributes.len());
            attributes.keep_last(start);
            let is_last = |(at, one): &(usize, &KeyValue)| {
                *at < start || all[at + 1..].iter().all(|later| later.key != one.key)
            };
            let last: Vec<_> = all.iter().enumerate().filter(is_last).map(|(_, one)| one.clone()).collect();
            prop_assert_eq!(decoded(&attributes), &last[..]);
            prop_assert_eq!(attributes.len(), last.len());
            for (key, _) in &pairs {
                prop_assert_eq!(attributes.has(start, key), all[start..].iter().any(|one| one.key == *key));
            }
            // More can be added to what stayed.
            attributes.text(&["more"], "");
            prop_assert!(attributes.has(last.len(), "more"));
            let more = attribute("more", Some(Value::StringValue(String::new())));
            prop_assert_eq!(decoded(&attributes).pop(), Some(more));
        }
    }
}
