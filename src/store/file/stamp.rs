//! The timestamp of a line that is not decoded.

use memchr::memchr2;

use crate::event::Millis;

/// Longest value that is looked at; RFC 3339 with nanoseconds and an offset has 37 bytes.
const LONGEST: usize = 48;

/// The timestamp of a line that begins with it, as every line does that emp writes. `None` says
/// nothing: decode the line.
pub(super) fn leading(line: &[u8]) -> Option<Millis> {
    let value = line.strip_prefix(br#"{"timestamp":"#)?.trim_ascii_start();
    let value = match value {
        [b'"', text @ ..] => {
            let end = memchr2(b'"', b'\\', &text[..text.len().min(LONGEST)])?;
            (text[end] == b'"').then_some(&text[..end])?
        }
        number => {
            let end = memchr2(b',', b'}', &number[..number.len().min(LONGEST)])?;
            number[..end].trim_ascii_end()
        }
    };
    Millis::parse(std::str::from_utf8(value).ok()?)
}

/// The oldest and the newest of the timestamps of a file.
#[derive(Default)]
pub(super) struct Span {
    ends: Option<(Millis, Millis)>,
    unsure: bool,
}

impl Span {
    /// Takes one more timestamp; `None` for one that is not known.
    pub(super) fn see(&mut self, stamp: Option<Millis>) {
        let Some(stamp) = stamp else {
            self.unsure = true;
            return;
        };
        self.ends = Some(match self.ends {
            Some((oldest, newest)) => (oldest.min(stamp), newest.max(stamp)),
            None => (stamp, stamp),
        });
    }

    /// Nothing where a line was passed over whose time is not known.
    pub(super) fn ends(&self) -> (Option<Millis>, Option<Millis>) {
        self.ends.filter(|_| !self.unsure).unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::json;

    #[test]
    fn agrees_with_the_decoder_or_says_nothing() {
        let known = [
            r#"{"timestamp":"2023-11-14T22:13:20.123Z","service":"a"}"#,
            r#"{"timestamp":"2023-11-14T23:13:20.123456789+01:00"}"#,
            r#"{"timestamp": 1700000000123, "service": "a"}"#,
            r#"{"timestamp":1700000000.5 }"#,
            r#"{"timestamp":"1700000000","timestamp":5}"#,
        ];
        for line in known {
            let event = json::read(line.as_bytes()).expect(line);
            assert_eq!(leading(line.as_bytes()), Some(event.timestamp), "{line}");
        }
        let unknown = [
            r#"{"service":"a","timestamp":1}"#,
            r#"{"timestamp":"2023-11-14T22:13:20.123\u005a"}"#,
            r#"{"timestamp":"2023-13-14T22:13:20.123Z"}"#,
            r#"{"timestamp":null}"#,
            r#"{"timestamp":"#,
            r#"{"timestamp":""#,
        ];
        for line in unknown {
            assert_eq!(leading(line.as_bytes()), None, "{line}");
        }
    }
}
