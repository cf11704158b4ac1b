//! Where a query stops making sense, and what would.

use std::fmt;

use unicode_width::UnicodeWidthChar;

/// Characters of a long query that are shown on each side of the place.
const AROUND: usize = 40;

/// A query that cannot be read.
///
/// Its text names the column; [`Error::hints`] draws the place and says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {subject}: {message} at column {}", .at + 1)]
pub struct Error {
    subject: String,
    text: String,
    at: usize,
    message: String,
    tips: Vec<String>,
}

impl Error {
    /// The place, counted in characters from 1.
    pub fn column(&self) -> usize {
        self.at + 1
    }

    /// The query, a caret under the place, and what to write instead.
    pub fn hints(&self) -> Vec<String> {
        // Of nothing there is no picture.
        let mut hints = match self.text.is_empty() {
            true => Vec::new(),
            false => self.drawing().to_vec(),
        };
        hints.extend(self.tips.iter().cloned());
        hints
    }

    /// Two lines: the part of the query around the place, and the caret.
    fn drawing(&self) -> [String; 2] {
        let count = self.text.chars().count();
        let from = self.at.saturating_sub(AROUND);
        let to = count.min(self.at + AROUND);
        let mut line = String::new();
        let mut indent = 0;
        if from > 0 {
            line.push('…');
            indent = 1;
        }
        for (index, char) in self.text.chars().enumerate().skip(from).take(to - from) {
            // A tab or an escape sequence would move the caret away from its place.
            let shown = if char.is_control() { ' ' } else { char };
            line.push(shown);
            if index < self.at {
                indent += shown.width().unwrap_or(0);
            }
        }
        if to < count {
            line.push('…');
        }
        [line, format!("{:indent$}^", "")]
    }
}

/// What is wrong at one place of a text that the finder of the fault need not know whole.
#[derive(Debug)]
pub(super) struct Fault {
    at: usize,
    message: String,
    tips: Vec<String>,
}

impl Fault {
    /// A fault at a place, counted in characters from 0.
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            tips: Vec::new(),
        }
    }

    /// Adds what to write instead.
    pub(super) fn tip(mut self, tip: impl Into<String>) -> Self {
        self.tips.push(tip.into());
        self
    }

    /// The error to show, once the whole text is known.
    pub(super) fn of(self, subject: impl fmt::Display, text: &str) -> Error {
        Error {
            subject: subject.to_string(),
            text: text.to_owned(),
            at: self.at,
            message: self.message,
            tips: self.tips,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        let error = Fault::new(3, "expected more")
            .tip("try")
            .of("the query", "a\t日b c");
        assert_eq!(
            error.to_string(),
            "cannot read the query: expected more at column 4"
        );
        assert_eq!(error.hints(), ["a 日b c", "    ^", "try"]);
    }

    #[test]
    fn an_empty_text_is_not_drawn() {
        let error = Fault::new(0, "expected a value").tip("try").of("x", "");
        assert_eq!(error.hints(), ["try"]);
    }

    #[test]
    fn a_long_query_is_cut_around_the_place() {
        let error = Fault::new(500, "bad").of("the query", &"x".repeat(1000));
        let hints = error.hints();
        assert_eq!(hints[0].chars().count(), 2 * AROUND + 2);
        assert_eq!(hints[1].chars().count(), AROUND + 2);
        let end = Fault::new(5, "bad").of("the query", "abcde").hints();
        assert_eq!(end, ["abcde", "     ^"]);
    }
}
