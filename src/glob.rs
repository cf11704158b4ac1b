//! Patterns: text in which `*` stands for any run of characters and `?` for any single one.
//!
//! Matching takes time in proportion to text times pattern at worst; there is no backtracking
//! over `*`.

use std::fmt::{self, Write as _};
use std::ops::Range;

use memchr::memchr2;

/// One place of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any characters, or none.
    Many,
}

/// A pattern, ready to be matched.
#[derive(Clone, Debug)]
pub(crate) struct Glob {
    slots: Vec<Slot>,
    /// What stands between the `*`s.
    segments: Vec<Segment>,
    ignore_case: bool,
}

/// Two patterns are the same if they were written the same.
impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots && self.ignore_case == other.ignore_case
    }
}

impl Glob {
    /// A pattern; several `*` in a row are one.
    pub(crate) fn new(mut slots: Vec<Slot>, ignore_case: bool) -> Self {
        slots.dedup_by(|a, b| *a == Slot::Many && *b == Slot::Many);
        let segments = slots
            .split(|slot| *slot == Slot::Many)
            .filter(|places| !places.is_empty())
            .map(|places| Segment::new(places, ignore_case))
            .collect();
        Self {
            slots,
            segments,
            ignore_case,
        }
    }

    /// A pattern as it stands in a setting: `*` and `?`, everything else plain.
    pub(crate) fn plain(text: &str) -> Self {
        let slot = |char| match char {
            '*' => Slot::Many,
            '?' => Slot::One,
            char => Slot::Char(char),
        };
        Self::new(text.chars().map(slot).collect(), false)
    }

    /// The text of a pattern without wildcards.
    pub(crate) fn text(&self) -> Option<String> {
        text(&self.slots)
    }

    /// Whether the whole text fits.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let open = |slot: Option<&Slot>| slot == Some(&Slot::Many);
        let (open_start, open_end) = (open(self.slots.first()), open(self.slots.last()));
        let mut middle = self.segments.as_slice();
        let (mut from, mut to) = (0, text.len());
        if !open_start {
            let Some((first, rest)) = middle.split_first() else {
                return text.is_empty();
            };
            match first.end(text, 0) {
                Some(end) => from = end,
                None => return false,
            }
            middle = rest;
        }
        if !open_end {
            match middle.split_last() {
                Some((last, rest)) => {
                    match last.start_at_end(text) {
                        Some(start) if start >= from && last.end(text, start) == Some(to) => {
                            to = start;
                        }
                        _ => return false,
                    }
                    middle = rest;
                }
                // Without a `*` the first segment was the last one, too.
                None => return from == to,
            }
        }
        find_all(middle, &text[..to], from).is_some()
    }
}

/// What queries ask of a pattern.
#[cfg(feature = "cli")]
impl Glob {
    /// Whether it is `*` alone.
    pub(crate) fn is_everything(&self) -> bool {
        self.slots == [Slot::Many]
    }

    /// Whether it has a wildcard.
    pub(crate) fn is_wild(&self) -> bool {
        self.slots.iter().any(|slot| !matches!(slot, Slot::Char(_)))
    }

    /// Runs of characters that stand in every text that matches.
    pub(crate) fn runs(&self) -> Vec<String> {
        self.slots
            .split(|slot| !matches!(slot, Slot::Char(_)))
            .filter_map(text)
            .filter(|run| !run.is_empty())
            .collect()
    }

    /// The first place at or after `from` where the pattern occurs within the text.
    pub(crate) fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        find_all(&self.segments, text, from)
    }
}

/// The first place where the segments stand one after the other.
fn find_all(segments: &[Segment], text: &str, from: usize) -> Option<Range<usize>> {
    let Some((first, rest)) = segments.split_first() else {
        return Some(from..from);
    };
    let mut found = first.find(text, from)?;
    for segment in rest {
        found.end = segment.find(text, found.end)?.end;
    }
    Some(found)
}

/// As it is written in a query.
impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.text() {
            return quoted(&text, f);
        }
        for (index, slot) in self.slots.iter().enumerate() {
            match *slot {
                Slot::Many => f.write_char('*')?,
                Slot::One => f.write_char('?')?,
                Slot::Char(char) if is_safe(char) && (index > 0 || char != '-') => {
                    f.write_char(char)?;
                }
                Slot::Char(char) => write!(f, "\\{char}")?,
            }
        }
        Ok(())
    }
}

/// Writes text so that it is read back as that text: in quotes where it needs them.
pub(crate) fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let safe = !matches!(text, "" | "AND" | "OR" | "NOT")
        && !text.starts_with('-')
        && text.chars().all(is_safe);
    if safe {
        return f.write_str(text);
    }
    always_quoted(text, f)
}

/// Writes text in quotes.
pub(crate) fn always_quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for char in text.chars() {
        match char {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '"' | '\\' => write!(f, "\\{char}")?,
            _ => f.write_char(char)?,
        }
    }
    f.write_char('"')
}

/// Whether a character means nothing but itself anywhere in a query.
fn is_safe(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '/' | '@' | '+' | ',' | '%' | '#')
}

fn text(slots: &[Slot]) -> Option<String> {
    slots
        .iter()
        .map(|slot| match slot {
            Slot::Char(char) => Some(*char),
            Slot::One | Slot::Many => None,
        })
        .collect()
}

/// A part of a pattern without `*`; never empty.
#[derive(Clone, Debug)]
struct Segment {
    /// `None` is any one character.
    places: Vec<Option<char>>,
    /// The text, where all places are characters that can be searched as bytes.
    plain: Option<String>,
    ignore_case: bool,
}

impl Segment {
    fn new(slots: &[Slot], ignore_case: bool) -> Self {
        Self {
            places: slots
                .iter()
                .map(|slot| match slot {
                    Slot::Char(char) => Some(*char),
                    Slot::One | Slot::Many => None,
                })
                .collect(),
            plain: text(slots).filter(|text| !ignore_case || text.is_ascii()),
            ignore_case,
        }
    }

    /// Where the segment ends if it starts at `start`.
    fn end(&self, text: &str, start: usize) -> Option<usize> {
        if let Some(plain) = &self.plain {
            let end = start + plain.len();
            let piece = text.as_bytes().get(start..end)?;
            let same = if self.ignore_case {
                piece.eq_ignore_ascii_case(plain.as_bytes())
            } else {
                piece == plain.as_bytes()
            };
            return same.then_some(end);
        }
        let mut chars = text[start..].chars();
        for place in &self.places {
            let char = chars.next()?;
            if place.is_some_and(|wanted| !self.same(wanted, char)) {
                return None;
            }
        }
        Some(text.len() - chars.as_str().len())
    }

    /// Where the segment would start if it were to end with the text.
    fn start_at_end(&self, text: &str) -> Option<usize> {
        if let Some(plain) = &self.plain {
            let start = text.len().checked_sub(plain.len())?;
            return text.is_char_boundary(start).then_some(start);
        }
        let (start, _) = text.char_indices().rev().nth(self.places.len() - 1)?;
        Some(start)
    }

    /// The first place at or after `from`.
    fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        match &self.plain {
            Some(plain) if self.ignore_case => {
                let bytes = text.as_bytes();
                let first = *plain.as_bytes().first()?;
                let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
                let mut at = from;
                loop {
                    at += memchr2(lower, upper, bytes.get(at..)?)?;
                    if let Some(end) = self.end(text, at) {
                        return Some(at..end);
                    }
                    at += 1;
                }
            }
            Some(plain) => {
                let start = from + text.get(from..)?.find(plain.as_str())?;
                Some(start..start + plain.len())
            }
            None => text.get(from..)?.char_indices().find_map(|(offset, _)| {
                let start = from + offset;
                self.end(text, start).map(|end| start..end)
            }),
        }
    }

    /// A wanted ASCII letter never fits a letter outside ASCII (the Kelvin sign is no `k`), so
    /// that the bytes of a text can tell whether it may match.
    fn same(&self, wanted: char, char: char) -> bool {
        wanted == char
            || (self.ignore_case
                && if wanted.is_ascii() {
                    wanted.eq_ignore_ascii_case(&char)
                } else {
                    wanted.to_lowercase().eq(char.to_lowercase())
                })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slots(pattern: &str) -> Vec<Slot> {
        pattern
            .chars()
            .map(|char| match char {
                '*' => Slot::Many,
                '?' => Slot::One,
                char => Slot::Char(char),
            })
            .collect()
    }

    fn whole(pattern: &str, text: &str) -> bool {
        Glob::new(slots(pattern), false).matches(text)
    }

    #[test]
    fn whole_texts() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "é"),
            ("a", "a"),
            ("a*", "a"),
            ("*a", "ba"),
            ("a*a", "aa"),
            ("a*b*c", "axxbyyc"),
            ("*.failed", "job.failed"),
            ("websocket.*", "websocket.connected"),
            ("?", "é"),
            ("5??", "503"),
            ("*?b", "éb"),
            ("a?*", "ab"),
            ("*ab*ab", "abab"),
        ] {
            assert!(whole(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", ""),
            ("a", "ab"),
            ("a", "A"),
            ("a*a", "a"),
            ("*.failed", "job.failed2"),
            ("?", ""),
            ("?", "ab"),
            ("a*b*c", "acb"),
            ("*ab*ab", "aab"),
            ("é*", "\u{e9}".to_uppercase().as_str()),
        ] {
            assert!(!whole(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn parts_of_texts_in_any_case() {
        let find = |pattern: &str, text: &str| Glob::new(slots(pattern), true).find(text, 0);
        assert_eq!(find("OUT", "timeout out"), Some(4..7));
        assert_eq!(find("ÉTÉ", "l'été"), Some(2..7));
        assert_eq!(find("t*T", "a timeout"), Some(2..9));
        assert_eq!(find("t?m", "a TIMe"), Some(2..5));
        assert_eq!(find("k", "\u{212a}"), None);
        assert_eq!(find("k?", "\u{212a}x"), None);
        assert_eq!(find("x", "abc"), None);
    }

    proptest! {
        #[test]
        fn agrees_with_a_regular_expression(
            pattern in "[abé?*]{0,8}", text in "[abéÉ]{0,10}", ignore_case: bool,
        ) {
            let source: String = pattern
                .chars()
                .map(|char| match char {
                    '*' => ".*".to_owned(),
                    '?' => ".".to_owned(),
                    char => char.to_string(),
                })
                .collect();
            let flags = if ignore_case { "(?si)" } else { "(?s)" };
            let glob = Glob::new(slots(&pattern), ignore_case);
            let whole = regex::Regex::new(&format!("{flags}^(?:{source})$")).expect("a regex");
            prop_assert_eq!(glob.matches(&text), whole.is_match(&text));
            let part = regex::Regex::new(&format!("{flags}{source}")).expect("a regex");
            prop_assert_eq!(glob.find(&text, 0).is_some(), part.is_match(&text));
        }
    }
}
