//! The text of `data` as a person reads it: JSON with the escapes taken out.

use std::borrow::Cow;

use memchr::memchr;

use crate::event::Data;

/// All of `data` as it was written, but with the characters that JSON escapes stand for.
pub(super) fn of(data: &Data) -> Cow<'_, str> {
    match data {
        Data::Empty => "".into(),
        Data::Object(fields) => plain(fields.raw()),
        Data::Text(text) => text.into(),
    }
}

/// The same text with every JSON escape replaced by the character it stands for. What is no valid
/// escape stays as it is.
fn plain(json: &str) -> Cow<'_, str> {
    let Some(mut backslash) = memchr(b'\\', json.as_bytes()) else {
        return json.into();
    };
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    loop {
        text.push_str(&rest[..backslash]);
        rest = &rest[backslash..];
        let (char, length) = escape(rest).unwrap_or(('\\', 1));
        text.push(char);
        rest = &rest[length..];
        match memchr(b'\\', rest.as_bytes()) {
            Some(next) => backslash = next,
            None => break,
        }
    }
    text.push_str(rest);
    text.into()
}

/// The escape that a text starts with, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let char = match text.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(text),
        _ => return None,
    };
    Some((char, 2))
}

/// `\uXXXX`, or two of them that are the halves of one character.
fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    if let Some(char) = char::from_u32(first) {
        return Some((char, 6));
    }
    let second = unit(6).filter(|low| (0xDC00..0xE000).contains(low))?;
    let code = 0x1_0000 + (first.checked_sub(0xD800)? << 10) + (second - 0xDC00);
    char::from_u32(code).map(|char| (char, 12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_escape_stays() {
        for text in ["", "plain", "C:\\dir\\", "\\u12", "\\udc00é", "\\ud800\\u1"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("\\ud800\\u0041"), "\\ud800A");
        assert_eq!(plain("\\ud83d\\ude00 \\u00e9"), "😀 é");
        assert!(matches!(plain("{\"a\":1}"), Cow::Borrowed(_)));
    }

    #[test]
    fn text_that_is_no_json_is_left_alone() {
        assert_eq!(of(&Data::from_wire("C:\\new")), "C:\\new");
        assert_eq!(
            of(&Data::from_wire("{\"a\":\"x\\ny\"}")),
            "{\"a\":\"x\ny\"}"
        );
    }

    proptest! {
        #[test]
        fn agrees_with_the_json_parser(text in any::<String>()) {
            let json = serde_json::Value::from(text.as_str()).to_string();
            let read = plain(&json);
            prop_assert_eq!(&read[1..read.len() - 1], text);
        }

        #[test]
        fn takes_any_text(text in any::<String>()) {
            plain(&text);
        }
    }
}
