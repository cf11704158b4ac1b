//! The fields of `data`, parsed when somebody asks for one.
//!
//! Most events are passed on, or passed over, without a look into their data. To check that a text
//! is a JSON object takes a third of the time of building its fields.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::json::Name;
#[cfg(feature = "cli")]
use super::shape::plain;
use super::shape::{Names, Shape};

/// The fields of a JSON object. Of a repeated key the last counts.
#[derive(Clone)]
pub struct Fields {
    text: String,
    parsed: OnceLock<Map<String, Value>>,
    /// Whether [`plain`] can tell what it holds.
    #[cfg(feature = "cli")]
    is_plain: bool,
    names: Names,
}

/// A value that needs no parser.
#[cfg(feature = "cli")]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plain<'a> {
    /// A text.
    Text(&'a str),
    /// A number, `true`, `false` or `null`, as it is written.
    Word(&'a str),
}

#[cfg(feature = "cli")]
impl From<Plain<'_>> for Value {
    fn from(value: Plain<'_>) -> Self {
        match value {
            Plain::Text(text) => text.into(),
            // The text has been checked: each of them is JSON.
            Plain::Word(word) => serde_json::from_str(word).unwrap_or_default(),
        }
    }
}

impl Fields {
    /// The fields of a text on one line that has this shape.
    pub(super) fn new(text: String, shape: &Shape) -> Self {
        Self {
            text,
            parsed: OnceLock::new(),
            #[cfg(feature = "cli")]
            is_plain: shape.plain,
            names: shape.names,
        }
    }

    /// Fields that are there already.
    pub(super) fn parsed(map: Map<String, Value>) -> Self {
        let mut names = Names::default();
        map.keys().for_each(|key| names.see(key.as_bytes(), 0));
        Self {
            // A map of values is always written: its keys are texts.
            text: serde_json::to_string(&map).unwrap_or_default(),
            #[cfg(feature = "cli")]
            is_plain: false,
            names,
            parsed: map.into(),
        }
    }

    /// The object as it was written, on one line.
    pub fn raw(&self) -> &str {
        &self.text
    }

    /// Its text, which has room for another.
    pub(super) fn into_raw(self) -> String {
        self.text
    }

    /// Whether a key looks like the name of an id; without one there is no need to look for ids.
    pub(super) fn name_an_id(&self) -> bool {
        self.names.id
    }

    /// The value of the first of some names of lengths of time that is a key; all of them end in `Ms` or
    /// `_ms`.
    #[cfg(feature = "cli")]
    pub(super) fn length<const N: usize>(&self, names: [&str; N]) -> Option<Value> {
        let from = usize::try_from(self.names.length?).ok()?;
        match first_plain(&self.text, from, names) {
            Some(value) => serde_json::from_str(value?).ok(),
            None => self.pick(names).into_iter().flatten().next(),
        }
    }

    /// Shows the keys and values of an object without spaces, escapes and nested values; `false` where it
    /// may be another, of which nothing is shown.
    #[cfg(feature = "cli")]
    pub(crate) fn each_plain<'a>(&'a self, mut see: impl FnMut(&'a str, Plain<'a>)) -> bool {
        let see = |_, key, value: &'a str| {
            let text = value
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            see(key, text.map_or(Plain::Word(value), Plain::Text));
        };
        self.is_plain && plain(&self.text, 0, see).is_some()
    }

    /// Whether a key looks like the name of a type: it ends in `ype`.
    #[cfg(feature = "cli")]
    pub(super) fn name_a_type(&self) -> bool {
        self.names.kind
    }

    /// The values of some fields. Where nobody has asked for others before, only these are made.
    #[cfg(feature = "cli")]
    pub(super) fn pick<const N: usize>(&self, names: [&str; N]) -> [Option<Value>; N] {
        if let Some(map) = self.parsed.get() {
            return names.map(|name| map.get(name).cloned());
        }
        let mut plain = [const { None }; N];
        let find = |key, value| {
            if let Some(place) = names.iter().position(|name| *name == key) {
                plain[place] = Some(value);
            }
        };
        if self.each_plain(find) {
            return plain.map(|value| value.map(Value::from));
        }
        let mut pick = Pick {
            names,
            values: [const { None }; N],
        };
        // The text has been checked: it is an object.
        let mut text = serde_json::Deserializer::from_str(&self.text);
        let _ = serde::Deserializer::deserialize_map(&mut text, &mut pick);
        pick.values
    }
}

impl Deref for Fields {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        // The text has been checked: it is an object.
        let parse = || serde_json::from_str(&self.text).unwrap_or_default();
        self.parsed.get_or_init(parse)
    }
}

impl<'a> IntoIterator for &'a Fields {
    type Item = (&'a String, &'a Value);
    type IntoIter = serde_json::map::Iter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The value of the first of some names that is a key of a plain object, none of which is one before
/// `from`; `None` where it is no plain object.
#[cfg(feature = "cli")]
fn first_plain<'a, const N: usize>(
    text: &'a str,
    from: usize,
    names: [&str; N],
) -> Option<Option<&'a str>> {
    let mut first: Option<(usize, &str)> = None;
    plain(text, from, |_, key, value| {
        let place = names.iter().position(|name| *name == key);
        // Of a repeated key the last counts.
        if let Some(place) = place.filter(|place| first.is_none_or(|(known, _)| *place <= known)) {
            first = Some((place, value));
        }
    })?;
    Some(first.map(|(_, value)| value))
}

/// Takes values out of an object that has been checked.
struct Pick<'n, const N: usize> {
    names: [&'n str; N],
    values: [Option<Value>; N],
}

impl<'de, const N: usize> Visitor<'de> for &mut Pick<'_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(key)) = map.next_key()? {
            match self.names.iter().position(|name| *name == key) {
                Some(place) => self.values[place] = Some(map.next_value()?),
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::event::Data;

    /// Texts that are JSON objects, or nearly.
    fn nearly_json() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "1",
            "-0",
            "1.50",
            "-12.5",
            "123456789012345678",
            "1234567890.1234567890",
            "1.",
            "-",
            "falsey",
            "1e999",
            "01",
            "12345678901234567890123",
            "true",
            "null",
            "nul",
            "\"a\"",
            "\"\\n\"",
            "\"\\ud800\"",
            "\"\\ud83d\\ude00\"",
            "\"\t\"",
            "\"é\"",
            "\"",
            "",
        ])
        .prop_map(str::to_owned);
        let value = leaf.prop_recursive(4, 24, 4, |inner| {
            let key = prop::sample::select(vec![
                "\"a\"",
                "\"jobId\"",
                "\"user_id\"",
                "\"durationMs\"",
                "\"x_ms\"",
                "\"jobType\"",
                "\"\\u0061\"",
                "\"\"",
                "a",
                "\"\\ud800\"",
            ]);
            let field = (key, inner.clone()).prop_map(|(key, value)| format!("{key}:{value}"));
            let list = |items: Vec<String>| items.join(",");
            prop_oneof![
                prop::collection::vec(inner, 0..4)
                    .prop_map(move |items| format!("[{}]", list(items))),
                prop::collection::vec(field, 0..4)
                    .prop_map(move |items| format!("{{{}}}", list(items))),
            ]
        });
        (value, prop::sample::select(vec!["", " ", "\n", "x", "}"]))
            .prop_map(|(value, tail)| value + tail)
    }

    proptest! {
        #[test]
        fn a_text_is_an_object_where_it_can_be_parsed(text in nearly_json()) {
            let parsed = serde_json::from_str::<Map<String, Value>>(&text);
            match (Data::from_wire(&text), parsed) {
                (Data::Empty, parsed) => prop_assert!(text.is_empty() || parsed.is_ok_and(|map| map.is_empty())),
                (Data::Object(map), parsed) => {
                    let parsed = parsed.expect("an object");
                    let named = |ends: [&str; 2]| {
                        parsed.keys().any(|key| ends.iter().any(|end| key.ends_with(end)))
                    };
                    prop_assert_eq!(map.name_an_id(), named(["Id", "_id"]));
                    let lengths = ["x_ms", "durationMs"];
                    let length = lengths.iter().find_map(|name| parsed.get(*name));
                    prop_assert_eq!(map.length(lengths), length.cloned());
                    prop_assert_eq!(map.name_a_type(), named(["ype", "ype"]));
                    let picked = map.pick(["durationMs", "a", "", "none"]);
                    let expected = ["durationMs", "a", "", "none"];
                    prop_assert_eq!(picked, expected.map(|name| parsed.get(name).cloned()));
                    prop_assert_eq!(&*map, &parsed);
                }
                (Data::Text(kept), parsed) => {
                    prop_assert!(parsed.is_err(), "{}", kept);
                    prop_assert_eq!(kept, text);
                }
            }
        }
    }

    #[test]
    fn lengths_are_found_where_they_are() {
        for (text, expected) in [
            (r#"{"durationMs":1}"#, Some(1)),
            (r#"{"a":0,"waitMs":0,"durationMs":1}"#, Some(1)),
            // The order of the names counts, not that of the keys.
            (r#"{"durationMs":2,"b":0,"x_ms":1,"c":0}"#, Some(1)),
            // Of a repeated key the last counts.
            (r#"{"x_ms":2,"durationMs":0,"x_ms":1}"#, Some(1)),
            (r#"{"durationMs":2,"durationMs":1}"#, Some(1)),
            (r#"{"a":"\"","durationMs":1}"#, Some(1)),
            (r#"{"a": 0, "durationMs": 1}"#, Some(1)),
            (r#"{"waitMs":1}"#, None),
            (r#"{"a":{"durationMs":1}}"#, None),
        ] {
            let Data::Object(map) = Data::from_wire(text) else {
                panic!("{text} is an object");
            };
            let length = map.length(["x_ms", "durationMs"]);
            assert_eq!(length, expected.map(Value::from), "{text}");
        }
    }

    #[test]
    fn deep_data_is_refused_alike() {
        for depth in [120, 126, 127, 128, 129] {
            let text = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
            let parsed = serde_json::from_str::<Map<String, Value>>(&text);
            let held = Data::from_wire(&text);
            assert_eq!(held.object(), parsed.as_ref().ok(), "{depth}");
        }
    }
}
