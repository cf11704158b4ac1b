//! What `emit` takes for `data`: fields of the command line, and texts that may stand in a file.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::Error;
use crate::event::{Data, MAX_EVENT_BYTES};

/// The members of `data`, each as the JSON text that was given: a long number keeps its digits.
#[derive(Debug, Default)]
pub(super) struct Payload(Vec<(String, Box<RawValue>)>);

impl Payload {
    /// Sets a member to a text.
    pub(super) fn text(&mut self, key: &str, text: &str) -> Result<(), Error> {
        let json = Value::from(text).to_string();
        self.set(key, RawValue::from_string(json), || "no text".to_owned())
    }

    /// Sets the member that `key=text` or `key:=json` describes, whichever sign comes first.
    pub(super) fn field(&mut self, field: &str) -> Result<(), Error> {
        let (key, value) = field
            .split_once('=')
            .filter(|(key, _)| !matches!(*key, "" | ":"))
            .ok_or_else(|| wrong_field(format!("`{field}` is no field of data")))?;
        match key.strip_suffix(':') {
            None => self.text(key, value),
            Some(key) => self.set(key, serde_json::from_str(value), || {
                format!("the value of `{field}` is no JSON")
            }),
        }
    }

    fn set(
        &mut self,
        key: &str,
        json: serde_json::Result<Box<RawValue>>,
        wrong: impl Fn() -> String,
    ) -> Result<(), Error> {
        let json = json.map_err(|error| wrong_field(format!("{}: {error}", wrong())))?;
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, value)) => *value = json,
            None => self.0.push((key.to_owned(), json)),
        }
        Ok(())
    }

    /// The members as `data`.
    pub(super) fn into_data(self) -> Data {
        let members: Vec<String> = self
            .0
            .iter()
            .map(|(key, json)| format!("{}:{json}", Value::from(key.as_str())))
            .collect();
        Data::from_wire(&format!("{{{}}}", members.join(",")))
    }
}

fn wrong_field(message: String) -> Error {
    Error::usage_hint(
        message,
        "write -d key=text or -d key:=json, such as -d durationMs:=250",
    )
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Payload;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Payload, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Payload(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The text itself, or what `@file` or `@-` holds. No more is read than an event can hold.
pub(super) fn content(text: &str, flag: &str) -> Result<String, Error> {
    let Some(path) = text.strip_prefix('@') else {
        return Ok(text.to_owned());
    };
    let read = match path {
        "-" => read_text(io::stdin().lock()),
        path => File::open(path).and_then(read_text),
    };
    let read = read.map_err(|error| {
        Error::usage_hint(
            format!("cannot read {flag} {text}: {error}"),
            "@file names a file of text in UTF-8, @- is standard input",
        )
    })?;
    read.ok_or_else(|| {
        Error::usage_hint(
            format!(
                "{flag} {text} has more than the {MAX_EVENT_BYTES} bytes that an event may have"
            ),
            "store the payload elsewhere and emit where it is",
        )
    })
}

/// All of an input; `None` for one that no event can hold.
fn read_text(input: impl Read) -> io::Result<Option<String>> {
    let limit = MAX_EVENT_BYTES as u64;
    let mut bytes = Vec::new();
    input.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_EVENT_BYTES {
        return Ok(None);
    }
    let text = String::from_utf8(bytes);
    text.map(Some)
        .map_err(|_| io::Error::other("it is no text in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_text_or_json() {
        for (field, data) in [
            ("a=b", r#"{"a":"b"}"#),
            ("a=b=c", r#"{"a":"b=c"}"#),
            ("a=", r#"{"a":""}"#),
            ("n:=5.10", r#"{"n":5.10}"#),
            ("l:= [1, true]", r#"{"l":[1, true]}"#),
            ("a=x:=y", r#"{"a":"x:=y"}"#),
            ("a\"=\n", r#"{"a\"":"\n"}"#),
        ] {
            let mut payload = Payload::default();
            payload.field(field).expect(field);
            assert_eq!(payload.into_data().to_wire(), Some(data), "{field}");
        }
        for wrong in ["", "a", "=x", ":=1", "n:=x", "n:=1 2"] {
            assert!(Payload::default().field(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_field_takes_the_place_of_a_member() {
        let text = r#"{"big":12345678901234567890123,"a":{"x":1.10},"a":2}"#;
        let mut payload: Payload = serde_json::from_str(text).expect("an object");
        payload.field("big:=1").expect("a field");
        payload.field("b=2").expect("a field");
        let data = payload.into_data();
        assert_eq!(
            data.to_wire(),
            Some(r#"{"big":1,"a":{"x":1.10},"a":2,"b":"2"}"#)
        );
    }
}
