//! What `emit` takes for `data`: fields of the command line, and texts that may stand in a file.

use std::fs::File;
use std::io::{self, Read};

use serde_json::Value;

use crate::error::Error;
use crate::event::MAX_EVENT_BYTES;

/// `key=text` or `key:=json`, whichever sign comes first.
pub(super) fn parse_field(field: &str) -> Result<(String, Value), Error> {
    let wrong = |message: String| {
        Error::usage_hint(
            message,
            "write -d key=text or -d key:=json, such as -d durationMs:=250",
        )
    };
    let (key, value) = field
        .split_once('=')
        .filter(|(key, _)| !matches!(*key, "" | ":"))
        .ok_or_else(|| wrong(format!("`{field}` is no field of data")))?;
    match key.strip_suffix(':') {
        None => Ok((key.to_owned(), value.into())),
        Some(key) => match serde_json::from_str(value) {
            Ok(json) => Ok((key.to_owned(), json)),
            Err(error) => Err(wrong(format!("the value of `{field}` is no JSON: {error}"))),
        },
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
        for (field, key, value) in [
            ("a=b", "a", Value::from("b")),
            ("a=b=c", "a", Value::from("b=c")),
            ("a=", "a", Value::from("")),
            ("n:=5", "n", Value::from(5)),
            ("l:=[1,true]", "l", serde_json::json!([1, true])),
            ("a=x:=y", "a", Value::from("x:=y")),
        ] {
            assert_eq!(
                parse_field(field).expect(field),
                (key.to_owned(), value),
                "{field}"
            );
        }
        for wrong in ["", "a", "=x", ":=1", "n:=x"] {
            assert!(parse_field(wrong).is_err(), "{wrong}");
        }
    }
}
