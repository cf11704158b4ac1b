//! JSON as the values of OTLP, read without a tree of JSON in between.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// JSON below this depth is kept as text: receivers take at most 100 messages within each other,
/// and a level of JSON makes three.
const DEEPEST: usize = 16;

/// An attribute that is text.
pub(super) fn text(key: &str, value: &str) -> KeyValue {
    Spare::default().text(key, value)
}

/// Attributes that are written over: their texts keep their room.
#[derive(Default)]
pub(super) struct Spare(Vec<KeyValue>);

impl Spare {
    /// Takes back attributes, to be given out again in the order in which they stood: what is written
    /// next is often of the same kind.
    pub(super) fn take_back(&mut self, attributes: &mut Vec<KeyValue>) {
        self.0.extend(attributes.drain(..).rev());
    }

    /// Some attribute.
    pub(super) fn any(&mut self) -> KeyValue {
        self.0.pop().unwrap_or_default()
    }

    /// An attribute that is text.
    pub(super) fn text(&mut self, key: &str, value: &str) -> KeyValue {
        let mut attribute = self.any();
        write(&mut attribute.key, &[key]);
        write_text(attribute.value.get_or_insert_default(), value);
        attribute
    }
}

/// Writes over a text.
pub(super) fn write(room: &mut String, parts: &[&str]) {
    room.clear();
    parts.iter().for_each(|part| room.push_str(part));
}

/// Writes a text over a value.
pub(super) fn write_text(room: &mut AnyValue, text: &str) {
    match &mut room.value {
        Some(Value::StringValue(room)) => write(room, &[text]),
        value => *value = Some(Value::StringValue(text.to_owned())),
    }
}

/// The text of a value that is one.
pub(super) fn text_of(value: &AnyValue) -> Option<&str> {
    match &value.value {
        Some(Value::StringValue(text)) => Some(text),
        _ => None,
    }
}

/// Reads one JSON value, and writes it over another.
struct Json<'a> {
    room: &'a mut AnyValue,
    /// How many lists and objects it stands in.
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Json<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth < DEEPEST {
            return deserializer.deserialize_any(self);
        }
        let raw: Box<RawValue> = serde::Deserialize::deserialize(deserializer)?;
        write_text(self.room, raw.get());
        Ok(())
    }
}

impl<'de> Visitor<'de> for Json<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.room.value = None;
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.set(Value::BoolValue(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.set(Value::IntValue(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.set(match i64::try_from(value) {
            Ok(value) => Value::IntValue(value),
            // As a number it would lose digits.
            Err(_) => Value::StringValue(value.to_string()),
        })
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.set(Value::DoubleValue(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        write_text(self.room, value);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut values = Vec::new();
        let mut value = AnyValue::default();
        while items
            .next_element_seed(deeper(&mut value, self.depth))?
            .is_some()
        {
            values.push(std::mem::take(&mut value));
        }
        self.set(Value::ArrayValue(ArrayValue { values }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut values = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            let mut value = AnyValue::default();
            map.next_value_seed(deeper(&mut value, self.depth))?;
            values.push(KeyValue {
                key: key.into_owned(),
                value: Some(value),
                ..KeyValue::default()
            });
        }
        keep_last(&mut values, 0);
        self.set(Value::KvlistValue(KeyValueList { values }))
    }
}

impl Json<'_> {
    fn set<E>(self, value: Value) -> Result<(), E> {
        self.room.value = Some(value);
        Ok(())
    }
}

fn deeper(room: &mut AnyValue, depth: usize) -> Json<'_> {
    Json {
        room,
        depth: depth + 1,
    }
}

/// The key of an object, borrowed from the text where it is written without escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the fields of an object, each an attribute that has no key yet, one after the other.
///
/// # Errors
/// When the text is no object.
pub(super) fn for_each_field(
    object: &str,
    spare: &mut Spare,
    field: impl FnMut(&str, KeyValue),
) -> Result<(), serde_json::Error> {
    struct Fields<'a, F>(&'a mut Spare, F);

    impl<'de, F: FnMut(&str, KeyValue)> Visitor<'de> for Fields<'_, F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some(Key(key)) = map.next_key()? {
                let mut attribute = self.0.any();
                let room = attribute.value.get_or_insert_default();
                map.next_value_seed(deeper(room, 0))?;
                (self.1)(&key, attribute);
            }
            Ok(())
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(object);
    deserializer.deserialize_map(Fields(spare, field))?;
    deserializer.end().map_err(Error::custom)
}

/// Of attributes with the same key, from `start` on, only the last stays: OTLP wants each once.
pub(super) fn keep_last(attributes: &mut Vec<KeyValue>, start: usize) {
    const FEW: usize = 16;
    let own = &attributes[start..];
    let is_last = |at: usize| own[at + 1..].iter().all(|later| later.key != own[at].key);
    if own.len() <= FEW && (0..own.len()).all(is_last) {
        return;
    }
    let mut tail = attributes.split_off(start);
    let mut seen = HashSet::new();
    let last: Vec<bool> = tail
        .iter()
        .rev()
        .map(|one| seen.insert(one.key.as_str()))
        .collect();
    if seen.len() < tail.len() {
        drop(seen);
        let mut last = last.into_iter().rev();
        tail.retain(|_| last.next().unwrap_or(true));
    }
    attributes.append(&mut tail);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields_over(spare: &mut Spare, json: &str) -> Vec<KeyValue> {
        let mut found = Vec::new();
        for_each_field(json, spare, |key, mut field| {
            write(&mut field.key, &[key]);
            found.push(field);
        })
        .expect("an object");
        keep_last(&mut found, 0);
        found
    }

    fn fields(json: &str) -> Vec<KeyValue> {
        fields_over(&mut Spare::default(), json)
    }

    fn any(value: Value) -> AnyValue {
        AnyValue { value: Some(value) }
    }

    fn attribute(key: &str, value: AnyValue) -> KeyValue {
        KeyValue {
            key: key.to_owned(),
            value: Some(value),
            ..KeyValue::default()
        }
    }

    #[test]
    fn every_kind_of_value_has_its_own() {
        let json = r#"{"n":null,"b":true,"i":-3,"u":18446744073709551615,"f":1.5,"s":"aé\n",
            "l":[1,"x",[]],"o":{"a":{"b":1},"a":2}}"#;
        let expected = [
            KeyValue {
                key: "n".into(),
                value: Some(AnyValue::default()),
                ..KeyValue::default()
            },
            attribute("b", any(Value::BoolValue(true))),
            attribute("i", any(Value::IntValue(-3))),
            text("u", "18446744073709551615"),
            attribute("f", any(Value::DoubleValue(1.5))),
            text("s", "aé\n"),
            attribute(
                "l",
                any(Value::ArrayValue(ArrayValue {
                    values: vec![
                        any(Value::IntValue(1)),
                        any(Value::StringValue("x".into())),
                        any(Value::ArrayValue(ArrayValue::default())),
                    ],
                })),
            ),
            attribute(
                "o",
                any(Value::KvlistValue(KeyValueList {
                    values: vec![attribute("a", any(Value::IntValue(2)))],
                })),
            ),
        ];
        assert_eq!(fields(json), expected);
        // Over values of other kinds, each in turn, the same is written.
        let mut spare = Spare::default();
        for turn in 0..expected.len() {
            let mut before = expected.to_vec();
            before.rotate_left(turn);
            spare.take_back(&mut before);
            assert_eq!(fields_over(&mut spare, json), expected);
        }
    }

    #[test]
    fn what_is_too_deep_is_kept_as_text() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        let mut value = fields(&format!("{{\"a\":{}}}", deep(100)))
            .remove(0)
            .value
            .expect("a value");
        let mut levels = 1;
        while let Some(Value::ArrayValue(list)) = value.value {
            value = list.values.into_iter().next().expect("an item");
            levels += 1;
        }
        assert_eq!(levels, DEEPEST);
        assert_eq!(text_of(&value), Some(deep(100 - DEEPEST + 1).as_str()));
    }

    #[test]
    fn of_repeated_keys_the_last_stays() {
        let many = (0..1000)
            .map(|n| format!("\"k{}\":{n}", n % 700))
            .collect::<Vec<_>>()
            .join(",");
        let found = fields(&format!("{{{many}}}"));
        assert_eq!(found.len(), 700);
        assert_eq!(found[0], attribute("k300", any(Value::IntValue(300))));
        assert_eq!(found[699], attribute("k299", any(Value::IntValue(999))));
        assert_eq!(fields(r#"{"a":1,"b":2,"a":3}"#).len(), 2);
    }
}
