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

/// An attribute.
pub(super) fn attribute(key: impl Into<String>, value: impl Into<AnyValue>) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(value.into()),
        ..KeyValue::default()
    }
}

/// An attribute that is text.
pub(super) fn text(key: impl Into<String>, value: impl Into<String>) -> KeyValue {
    attribute(key, any(Value::StringValue(value.into())))
}

/// A value that is there.
pub(super) fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}

/// The text of a value that is one.
pub(super) fn text_of(value: &AnyValue) -> Option<&str> {
    match &value.value {
        Some(Value::StringValue(text)) => Some(text),
        _ => None,
    }
}

/// A tree of JSON as a value.
pub(super) fn of_json(value: &serde_json::Value) -> AnyValue {
    // The tree is read in the same way as text.
    Json { depth: 0 }.deserialize(value).unwrap_or_default()
}

/// Reads one JSON value.
#[derive(Clone, Copy)]
pub(super) struct Json {
    /// How many lists and objects it stands in.
    pub(super) depth: usize,
}

impl<'de> DeserializeSeed<'de> for Json {
    type Value = AnyValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<AnyValue, D::Error> {
        if self.depth < DEEPEST {
            return deserializer.deserialize_any(self);
        }
        let raw: Box<RawValue> = serde::Deserialize::deserialize(deserializer)?;
        Ok(any(Value::StringValue(raw.get().to_owned())))
    }
}

impl<'de> Visitor<'de> for Json {
    type Value = AnyValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<AnyValue, E> {
        Ok(AnyValue::default())
    }

    fn visit_bool<E>(self, value: bool) -> Result<AnyValue, E> {
        Ok(any(Value::BoolValue(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<AnyValue, E> {
        Ok(any(Value::IntValue(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<AnyValue, E> {
        Ok(any(match i64::try_from(value) {
            Ok(value) => Value::IntValue(value),
            // As a number it would lose digits.
            Err(_) => Value::StringValue(value.to_string()),
        }))
    }

    fn visit_f64<E>(self, value: f64) -> Result<AnyValue, E> {
        Ok(any(Value::DoubleValue(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<AnyValue, E> {
        Ok(any(Value::StringValue(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<AnyValue, E> {
        Ok(any(Value::StringValue(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<AnyValue, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(self.deeper())? {
            values.push(value);
        }
        Ok(any(Value::ArrayValue(ArrayValue { values })))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnyValue, A::Error> {
        let mut values = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            let value = map.next_value_seed(self.deeper())?;
            values.push(attribute(key, value));
        }
        keep_last(&mut values, 0);
        Ok(any(Value::KvlistValue(KeyValueList { values })))
    }
}

impl Json {
    fn deeper(self) -> Self {
        Self {
            depth: self.depth + 1,
        }
    }
}

/// The key of an object, borrowed from the text where it is written without escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the fields of an object, each with its value, one after the other.
///
/// # Errors
/// When the text is no object.
pub(super) fn for_each_field(
    object: &str,
    field: impl FnMut(&str, AnyValue),
) -> Result<(), serde_json::Error> {
    struct Fields<F>(F);

    impl<'de, F: FnMut(&str, AnyValue)> Visitor<'de> for Fields<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some(Key(key)) = map.next_key()? {
                let value = map.next_value_seed(Json { depth: 1 })?;
                (self.0)(&key, value);
            }
            Ok(())
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(object);
    deserializer.deserialize_map(Fields(field))?;
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

    fn fields(json: &str) -> Vec<KeyValue> {
        let mut found = Vec::new();
        for_each_field(json, |key, value| found.push(attribute(key, value))).expect("an object");
        keep_last(&mut found, 0);
        found
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
        let tree: serde_json::Value = serde_json::from_str(json).expect("JSON");
        let Some(Value::KvlistValue(list)) = of_json(&tree).value else {
            panic!("no object");
        };
        assert_eq!(list.values, expected);
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
        let tree = serde_json::from_str(&deep(100)).expect("JSON");
        assert!(of_json(&tree).value.is_some());
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
