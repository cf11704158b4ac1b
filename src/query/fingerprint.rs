//! Which errors are the same: what they say without what differs each time.
//!
//! An emitter may name the kind itself, as `fingerprint` in `data`. Otherwise it is the error's
//! name and the first line of its message, with numbers, ids, paths and quoted texts masked.

use super::timeline::message;
use crate::event::Event;

/// The longest fingerprint, in bytes.
const MAX_BYTES: usize = 200;

/// So much of a message is read.
const MAX_MESSAGE: usize = 1000;

/// Where emitters put an error's name.
const NAMES: [&str; 3] = ["name", "error.name", "errorName"];

/// The kind of an error as a text that people can read: `TimeoutError: no answer after #ms`.
/// Of an event that is no error, its type and what it says.
pub(crate) fn fingerprint(event: &Event) -> String {
    if let Some(own) = event.data.text("fingerprint").filter(|own| !own.is_empty()) {
        return cut(own, MAX_BYTES).to_owned();
    }
    let name = name(event);
    let text = match message(event).map(|(_, message)| mask(message)) {
        Some(message) if !message.is_empty() => format!("{name}: {message}"),
        _ => name.to_owned(),
    };
    cut(&text, MAX_BYTES).to_owned()
}

fn name(event: &Event) -> &str {
    let mut names = NAMES.iter().filter_map(|path| event.data.text(path));
    let event_type = &event.event_type;
    match names.find(|name| !name.is_empty()) {
        // A job or a model may have a name as well.
        Some(name) if event.says_failure() => name,
        _ => event_type.strip_prefix("error.").unwrap_or(event_type),
    }
}

/// A text's first `bytes`, cut between characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The first line of a message without what differs each time.
fn mask(message: &str) -> String {
    let message = cut(message.trim_start(), MAX_MESSAGE);
    let mut rest = message.lines().next().unwrap_or_default().trim_end();
    let mut out = String::with_capacity(rest.len());
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let starts = !before.is_alphanumeric();
        let found = starts.then(|| masked(rest)).flatten();
        let length = match found {
            Some((mask, length)) => {
                push(&mut out, &mask);
                length
            }
            None if first.is_whitespace() && before.is_whitespace() => first.len_utf8(),
            None => {
                out.push(if first.is_whitespace() { ' ' } else { first });
                first.len_utf8()
            }
        };
        before = rest[..length].chars().next_back().unwrap_or(first);
        rest = &rest[length..];
    }
    out
}

/// Numbers with something between them are one: `10.0.0.1`, `10:30:05`, `1,024`.
fn push(out: &mut String, mask: &str) {
    let number = out.strip_suffix(['.', ':', ',', '-']);
    if let (Some(unit), Some(head)) = (mask.strip_prefix('#'), number)
        && head.ends_with('#')
    {
        let end = head.len();
        out.truncate(end);
        out.push_str(unit);
    } else {
        out.push_str(mask);
    }
}

/// What stands for the beginning of a text, and its length; `None` where it says something.
fn masked(text: &str) -> Option<(String, usize)> {
    let fixed = |mask: &str, length| Some((mask.to_owned(), length));
    if let Some(length) = quoted(text) {
        return fixed("<text>", length);
    }
    if let Some(length) = path(text) {
        return fixed("<path>", length);
    }
    if is_uuid(text) {
        return fixed("<id>", 36);
    }
    let end = |char: char| !char.is_alphanumeric();
    let word = &text[..text.find(end).unwrap_or(text.len())];
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    let unit = word.trim_start_matches(|char: char| char.is_ascii_digit());
    if unit.len() + digits == word.len() && unit.len() <= 3 && !word.starts_with("0x") {
        return Some((format!("#{unit}"), word.len()));
    }
    let letters = word.chars().count();
    let random = (letters >= 6 && digits >= 2) || letters >= 8 || word.starts_with("0x");
    match random {
        true => fixed("<id>", word.len()),
        // `H264`, `step2`.
        false => {
            let mut mask = String::new();
            for char in word.chars() {
                match char.is_ascii_digit() {
                    true if mask.ends_with('#') => {}
                    true => mask.push('#'),
                    false => mask.push(char),
                }
            }
            Some((mask, word.len()))
        }
    }
}

/// The length of a quoted text with its quotes. An apostrophe within a word is none.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|char| "\"'`".contains(*char))?;
    let inner = &text[1..];
    let mut ends = inner.match_indices(quote).map(|(at, _)| at + 2);
    ends.find(|end| {
        let after = text[*end..].chars().next();
        !after.is_some_and(char::is_alphanumeric)
    })
}

/// The length of a path or an address.
fn path(text: &str) -> Option<usize> {
    let named = |char: char| char.is_alphanumeric() || "._-~%".contains(char);
    let after = |prefix: &str| {
        let rest = text.strip_prefix(prefix)?;
        rest.starts_with(named).then_some(())
    };
    let scheme = text.find(|char: char| !char.is_ascii_alphanumeric() && !"+.-".contains(char));
    let is_url = scheme.is_some_and(|at| at > 1 && text[at..].starts_with("://"));
    let is_drive = text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.get(1..3).is_some_and(|sign| sign == ":\\");
    let is_path = ["/", "./", "../", "~/"]
        .into_iter()
        .find_map(after)
        .is_some();
    if !is_url && !is_drive && !is_path {
        return None;
    }
    let end = |char: char| char.is_whitespace() || "\"'`()[]<>,;".contains(char);
    let whole = &text[..text.find(end).unwrap_or(text.len())];
    Some(whole.trim_end_matches(['.', ':', '!', '?']).len())
}

fn is_uuid(text: &str) -> bool {
    let Some(bytes) = text.as_bytes().get(..36) else {
        return false;
    };
    let fits = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    bytes.iter().enumerate().all(fits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::event::Data;

    fn event(event_type: &str, data: serde_json::Value) -> Event {
        Event {
            event_type: event_type.to_owned(),
            data: Data::from_wire(&data.to_string()),
            ..Event::default()
        }
    }

    #[test]
    fn what_differs_each_time_is_masked() {
        for (message, masked) in [
            ("no answer after 30s", "no answer after #s"),
            ("no answer after 30000 ms", "no answer after # ms"),
            ("took 1.5s of 2,048MB", "took #s of #MB"),
            ("connect 10.0.0.12:6379 failed", "connect # failed"),
            ("job_123 of worker-7", "job_# of worker-#"),
            ("job_8f3kd92a is gone", "job_<id> is gone"),
            ("at 0x7fff2a: H264 step2", "at <id>: H# step#"),
            ("commit deadbeef1 gone", "commit <id> gone"),
            ("550e8400-e29b-41d4-a716-446655440000!", "<id>!"),
            (
                "no such model 'a/b' or \"c d\".",
                "no such model <text> or <text>.",
            ),
            ("can't read it, won't try", "can't read it, won't try"),
            ("open /tmp/a-b/c.txt: denied", "open <path>: denied"),
            ("get https://x.y/z?q=1 (404)", "get <path> (#)"),
            (r"open C:\a\b.txt, denied", "open <path>, denied"),
            ("and/or   2026-01-02 10:30:05", "and/or # #"),
            ("first\nsecond 2", "first"),
            ("", ""),
        ] {
            assert_eq!(mask(message), masked, "{message}");
        }
    }

    #[test]
    fn name_and_message_make_the_kind() {
        let kind = |event_type: &str, data| fingerprint(&event(event_type, data));
        let named = json!({"name": "TimeoutError", "message": "no answer in 5 s"});
        assert_eq!(kind("error.Any", named), "TimeoutError: no answer in # s");
        let nested = json!({"error": {"name": "E", "message": "m"}});
        assert_eq!(kind("job.failed", nested), "E: m");
        assert_eq!(kind("error.OutOfMemory", json!({"a": 1})), "OutOfMemory");
        assert_eq!(
            kind("job.failed", json!({"error": "m 1"})),
            "job.failed: m #"
        );
        assert_eq!(
            kind("job.created", json!({"name": "nightly"})),
            "job.created"
        );
        let own = json!({"fingerprint": "mine 1", "message": "m"});
        assert_eq!(kind("error.E", own), "mine 1");
        let long = json!({"fingerprint": "é".repeat(1000)});
        assert_eq!(kind("error.E", long).len(), MAX_BYTES);
    }

    proptest! {
        #[test]
        fn any_message_is_masked(message in any::<String>()) {
            mask(&message);
        }

        #[test]
        fn numbers_never_tell_errors_apart(one in any::<u32>(), other in any::<u32>()) {
            let text = |number| format!("job_{number} took {number} ms of 10.0.0.{number}");
            prop_assert_eq!(mask(&text(one)), mask(&text(other)));
        }
    }
}
