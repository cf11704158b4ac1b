//! JSON as the values of OTLP, read without a tree of JSON in between.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::event::{Fields, Plain};

/// JSON below this depth is kept as text: receivers take at most 100 messages within each other,
/// and a level of JSON makes three.
const DEEPEST: usize = 16;

/// A value.
#[derive(Debug, PartialEq)]
pub(super) enum Said<'a> {
    /// A text, borrowed where it is written without escapes.
    Text(Cow<'a, str>),
    /// Anything else.
    Other(Option<Value>),
}

impl Said<'_> {
    /// The text, where it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(_) => None,
        }
    }

    fn into_any(self) -> AnyValue {
        let value = match self {
            Self::Text(text) => Some(Value::StringValue(text.into_owned())),
            Self::Other(value) => value,
        };
        AnyValue { value }
    }
}

/// Reads one JSON value.
struct Json {
    /// How many lists and objects it stands in.
    depth: usize,
}

impl Json {
    fn deeper(&self) -> Self {
        Self {
            depth: self.depth + 1,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Json {
    type Value = Said<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Said<'de>, D::Error> {
        if self.depth < DEEPEST {
            return deserializer.deserialize_any(self);
        }
        let raw: &RawValue = serde::Deserialize::deserialize(deserializer)?;
        Ok(Said::Text(raw.get().into()))
    }
}

impl<'de> Visitor<'de> for Json {
    type Value = Said<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Said<'de>, E> {
        Ok(Said::Other(None))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Said<'de>, E> {
        Ok(Said::Other(Some(Value::BoolValue(value))))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Said<'de>, E> {
        Ok(Said::Other(Some(Value::IntValue(value))))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Said<'de>, E> {
        Ok(match i64::try_from(value) {
            Ok(value) => Said::Other(Some(Value::IntValue(value))),
            // As a number it would lose digits.
            Err(_) => Said::Text(value.to_string().into()),
        })
    }

    fn visit_f64<E>(self, value: f64) -> Result<Said<'de>, E> {
        Ok(Said::Other(Some(Value::DoubleValue(value))))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Said<'de>, E> {
        Ok(Said::Text(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Said<'de>, E> {
        Ok(Said::Text(value.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Said<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(self.deeper())? {
            values.push(value.into_any());
        }
        Ok(Said::Other(Some(Value::ArrayValue(ArrayValue { values }))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said<'de>, A::Error> {
        let mut values: Vec<KeyValue> = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            values.push(KeyValue {
                key: key.into_owned(),
                value: Some(map.next_value_seed(self.deeper())?.into_any()),
                ..KeyValue::default()
            });
        }
        if let Some(last) = last_of_each(values.len(), |at| &values[at].key) {
            let mut last = last.into_iter();
            values.retain(|_| last.next().unwrap_or(true));
        }
        Ok(Said::Other(Some(Value::KvlistValue(KeyValueList {
            values,
        }))))
    }
}

/// The key of an object, borrowed from the text where it is written without escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> From<Plain<'a>> for Said<'a> {
    fn from(value: Plain<'a>) -> Self {
        let word = match value {
            Plain::Text(text) => return Self::Text(text.into()),
            Plain::Word(word) => word,
        };
        match word.parse() {
            // JSON knows a zero below zero.
            Ok(number) if word != "-0" => Self::Other(Some(Value::IntValue(number))),
            _ => {
                let mut deserializer = serde_json::Deserializer::from_str(word);
                let said = Json { depth: 1 }.deserialize(&mut deserializer);
                said.unwrap_or(Self::Other(None))
            }
        }
    }
}

/// Reads the fields of an object, one after the other.
pub(super) fn for_each_field<'a>(fields: &'a Fields, mut field: impl FnMut(&str, Said<'a>)) {
    if !fields.each_plain(|key, value| field(key, value.into())) {
        let parsed = for_each_parsed(fields.raw(), field);
        // The text has been checked before: it is an object.
        debug_assert!(parsed.is_ok());
    }
}

/// The same with a parser.
fn for_each_parsed<'a>(
    object: &'a str,
    field: impl FnMut(&str, Said<'a>),
) -> Result<(), serde_json::Error> {
    struct Fields<F>(F);

    impl<'de, F: FnMut(&str, Said<'de>)> Visitor<'de> for Fields<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some(Key(key)) = map.next_key()? {
                (self.0)(&key, map.next_value_seed(Json { depth: 1 })?);
            }
            Ok(())
        }
    }

    let mut deserializer = serde_json::Deserializer::from_str(object);
    deserializer.deserialize_map(Fields(field))?;
    deserializer.end().map_err(Error::custom)
}

/// Which of so many attributes have a key that no later one has; `None` where all have. OTLP wants each
/// key once, and of repeated ones the last counts.
pub(super) fn last_of_each<'a, K: Eq + Hash + ?Sized + 'a>(
    count: usize,
    key: impl Fn(usize) -> &'a K,
) -> Option<Vec<bool>> {
    const FEW: usize = 16;
    let is_last = |at: usize| (at + 1..count).all(|later| key(later) != key(at));
    if count <= FEW && (0..count).all(is_last) {
        return None;
    }
    let mut seen = HashSet::new();
    let mut last: Vec<bool> = (0..count).rev().map(|at| seen.insert(key(at))).collect();
    last.reverse();
    (seen.len() < count).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Data;

    /// The fields of an object.
    fn fields(json: &str) -> Vec<(String, Said<'_>)> {
        let mut found = Vec::new();
        let read = for_each_parsed(json, |key, field| found.push((key.to_owned(), field)));
        read.expect("an object");
        found
    }

    #[test]
    fn what_needs_no_parser_reads_as_with_one() {
        let json = r#"{"n":null,"b":true,"c":false,"i":-3,"z":0,"m":-0,"f":1.50,"g":-0.1,
            "l":123456789012345678,"s":"aé","e":"","d":"1","x":0.1234567890123456}"#;
        let json: String = json.split_whitespace().collect();
        let Data::Object(plain) = Data::from_wire(&json) else {
            panic!("{json} is an object");
        };
        let mut seen = 0;
        assert!(plain.each_plain(|_, _| seen += 1) && seen == 13);
        let mut found = Vec::new();
        for_each_field(&plain, |key, field| found.push((key.to_owned(), field)));
        assert_eq!(found, fields(&json));
        let Some((_, Said::Other(Some(Value::DoubleValue(zero))))) = found.get(5) else {
            panic!("{:?} is no zero", found.get(5));
        };
        assert!(zero.is_sign_negative());
    }

    fn any(value: Value) -> AnyValue {
        AnyValue { value: Some(value) }
    }

    fn nested(key: &str, value: Value) -> KeyValue {
        KeyValue {
            key: key.to_owned(),
            value: Some(any(value)),
            ..KeyValue::default()
        }
    }

    #[test]
    fn every_kind_of_value_has_its_own() {
        let json = r#"{"n":null,"b":true,"i":-3,"u":18446744073709551615,"f":1.5,"s":"aé\n","t":"t",
            "l":[1,"x",[]],"o":{"a":{"b":1},"a":2}}"#;
        let list = vec![
            any(Value::IntValue(1)),
            any(Value::StringValue("x".into())),
            any(Value::ArrayValue(ArrayValue::default())),
        ];
        let object = vec![nested("a", Value::IntValue(2))];
        let other = |value| Said::Other(Some(value));
        let expected = [
            ("n", Said::Other(None)),
            ("b", other(Value::BoolValue(true))),
            ("i", other(Value::IntValue(-3))),
            ("u", Said::Text("18446744073709551615".into())),
            ("f", other(Value::DoubleValue(1.5))),
            ("s", Said::Text("aé\n".into())),
            ("t", Said::Text("t".into())),
            ("l", other(Value::ArrayValue(ArrayValue { values: list }))),
            (
                "o",
                other(Value::KvlistValue(KeyValueList { values: object })),
            ),
        ];
        let expected = expected.map(|(key, said)| (key.to_owned(), said));
        assert_eq!(fields(json), expected);
    }

    #[test]
    fn what_is_too_deep_is_kept_as_text() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        let json = format!("{{\"a\":{}}}", deep(100));
        let (_, said) = fields(&json).remove(0);
        let mut value = said.into_any();
        let mut levels = 1;
        while let Some(Value::ArrayValue(list)) = value.value {
            value = list.values.into_iter().next().expect("an item");
            levels += 1;
        }
        assert_eq!(levels, DEEPEST);
        let rest = deep(100 - DEEPEST + 1);
        assert_eq!(value.value, Some(Value::StringValue(rest)));
    }

    #[test]
    fn of_repeated_keys_the_last_counts() {
        let last = |keys: &[u32]| last_of_each(keys.len(), |at| &keys[at]);
        assert_eq!(last(&[]), None);
        assert_eq!(last(&[1, 2, 3]), None);
        assert_eq!(last(&[1, 2, 1]), Some(vec![false, true, true]));
        let many: Vec<u32> = (0..1_000).collect();
        assert_eq!(last(&many), None);
        let repeated: Vec<u32> = (0..1_000).map(|n| n % 700).collect();
        let expected: Vec<bool> = (0..1_000).map(|n| n >= 300).collect();
        assert_eq!(last(&repeated), Some(expected));
    }
}
