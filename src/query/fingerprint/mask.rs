//! What differs each time in a message: numbers, ids, paths, quoted texts.

use super::cut;

/// So much of a message is read.
const MAX_MESSAGE: usize = 1000;

/// A piece of a message that differs each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// What stands in its place.
    pub(crate) mask: String,
    /// What it said.
    pub(crate) text: String,
}

/// The first line of a message without what differs each time.
pub(super) fn mask(message: &str) -> String {
    masked_with(message, |_, _, _| {})
}

/// What [`mask`] leaves out, in order.
pub(super) fn pieces(message: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    masked_with(message, |mask, text, joined| {
        match (joined, pieces.last_mut()) {
            (Some(sign), Some(last)) => {
                last.text.push(sign);
                last.text.push_str(text);
                last.mask.push_str(mask.trim_start_matches('#'));
            }
            _ => pieces.push(Piece {
                mask: mask.to_owned(),
                text: text.to_owned(),
            }),
        }
    });
    pieces
}

fn masked_with(message: &str, mut left_out: impl FnMut(&str, &str, Option<char>)) -> String {
    let message = cut(message.trim_start(), MAX_MESSAGE);
    let mut rest = message.lines().next().unwrap_or_default().trim_end();
    let mut out = String::with_capacity(rest.len());
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let starts = !before.is_alphanumeric();
        let found = starts.then(|| masked(rest)).flatten();
        let length = match found {
            Some((mask, length)) => {
                let joined = push(&mut out, &mask);
                left_out(&mask, &rest[..length], joined);
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

/// Numbers with something between them are one: `10.0.0.1`, `10:30:05`, `1,024`. Then it is said what
/// stands between them.
fn push(out: &mut String, mask: &str) -> Option<char> {
    let sign = out.chars().next_back();
    let number = out.strip_suffix(['.', ':', ',', '-']);
    if let (Some(unit), Some(head)) = (mask.strip_prefix('#'), number)
        && head.ends_with('#')
    {
        let end = head.len();
        out.truncate(end);
        out.push_str(unit);
        sign
    } else {
        out.push_str(mask);
        None
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

    use super::*;

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
    fn what_is_masked_can_be_shown() {
        let pieces = pieces("job_17 took 1.5s of \"x\"");
        let shown: Vec<_> = pieces
            .iter()
            .map(|piece| (&*piece.text, &*piece.mask))
            .collect();
        let expected = [("17", "#"), ("1.5s", "#s"), ("\"x\"", "<text>")];
        assert_eq!(shown, expected);
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
