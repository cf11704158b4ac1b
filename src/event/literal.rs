//! Pieces of text that let a source skip an entry before it is decoded.

use memchr::memmem::Finder;
use memchr::{memchr, memchr2};

/// A piece of text that must occur, byte for byte, in the raw form of every event that matches a
/// query. Raw forms are the fields of a stream entry and a line of JSON.
#[derive(Clone, Debug)]
pub struct Literal {
    finder: Finder<'static>,
    ignore_case: bool,
}

impl Literal {
    /// A literal for `text`, or `None` where its absence from the raw form would prove nothing:
    /// for empty text; for a backslash, which decoding puts in place of bytes that are no text;
    /// and, where case is ignored, for letters outside ASCII.
    pub fn new(text: &str, ignore_case: bool) -> Option<Self> {
        let useless = text.is_empty() || text.contains('\\') || (ignore_case && !text.is_ascii());
        (!useless).then(|| Self {
            finder: Finder::new(text.as_bytes()).into_owned(),
            ignore_case,
        })
    }

    /// The text that must occur.
    pub fn as_bytes(&self) -> &[u8] {
        self.finder.needle()
    }

    fn occurs_in(&self, raw: &[u8]) -> bool {
        if !self.ignore_case {
            return self.finder.find(raw).is_some();
        }
        let needle = self.finder.needle();
        let (lower, upper) = (
            needle[0].to_ascii_lowercase(),
            needle[0].to_ascii_uppercase(),
        );
        let mut from = 0;
        while let Some(found) = memchr2(lower, upper, &raw[from..]) {
            let start = from + found;
            match raw.get(start..start + needle.len()) {
                Some(piece) if piece.eq_ignore_ascii_case(needle) => return true,
                Some(_) => from = start + 1,
                None => return false,
            }
        }
        false
    }
}

/// Whether an event with this raw form can match a query that needs all of `literals`.
///
/// JSON may spell any character as an escape, so a raw form with a backslash in it is never
/// ruled out. Nor are bytes that are no text: decoding spells them out, and with what stands beside
/// them they can look like anything (`\xff` followed by `ee` holds `ffee`).
pub fn may_match(literals: &[Literal], raw: &[u8]) -> bool {
    literals.iter().all(|literal| literal.occurs_in(raw))
        || memchr(b'\\', raw).is_some()
        || std::str::from_utf8(raw).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(text: &str, ignore_case: bool) -> Vec<Literal> {
        Literal::new(text, ignore_case).into_iter().collect()
    }

    #[test]
    fn absence_rules_out_unless_something_is_escaped() {
        assert!(may_match(&literals("job_1", false), b"..job_12.."));
        assert!(!may_match(&literals("job_1", false), b"..JOB_12.."));
        assert!(may_match(&literals("job_1", true), b"jjob..JOB_12"));
        assert!(!may_match(&literals("job_1", true), b"job_"));
        assert!(may_match(
            &literals("job_1", false),
            br#"{"jobId":"\u006aob_1"}"#
        ));
        assert!(may_match(&literals("ffee", false), b"\xffee"));
        assert!(may_match(&[], b""));
    }

    #[test]
    fn some_texts_prove_nothing() {
        assert!(literals("", false).is_empty());
        assert!(literals("a\\xff", false).is_empty());
        assert!(literals("É", true).is_empty());
        assert!(!literals("É", false).is_empty());
    }
}
