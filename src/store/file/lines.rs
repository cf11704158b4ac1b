//! Lines of a stream of bytes, without a copy of each and without trust in their length.

use std::io::{self, ErrorKind, Read};

use memchr::memchr;

use crate::event::MAX_LINE_BYTES;

/// Bytes asked for at once.
pub(super) const BUFFER: usize = 256 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One line, without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// All of it.
    Text(&'a [u8]),
    /// A line past the limit; it was passed over.
    TooLong,
}

/// Cuts an input into lines, holding at most one of them in memory.
pub struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// What is read but not yet handed out lies in `start..end`.
    start: usize,
    end: usize,
    longest: usize,
    first: bool,
    /// The line at hand is past the limit; what was read of it is gone.
    too_long: bool,
    /// Why no more can be read.
    over: Option<io::Result<()>>,
}

impl<R: Read> Lines<R> {
    /// Lines of an input.
    pub fn new(input: R) -> Self {
        Self::with_limits(input, BUFFER, MAX_LINE_BYTES)
    }

    fn with_limits(input: R, buffer: usize, longest: usize) -> Self {
        Self {
            input,
            buffer: vec![0; buffer],
            start: 0,
            end: 0,
            longest,
            first: true,
            too_long: false,
            over: None,
        }
    }

    /// The next line. An error comes after everything that was read before it, the piece of a
    /// line that it cut off included.
    ///
    /// # Errors
    /// What the input fails with. [`ErrorKind::WouldBlock`] only means that there is no whole line
    /// yet: a later call goes on where this one ended.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = self.start;
        let (from, to) = loop {
            if let Some(found) = memchr(b'\n', &self.buffer[searched..self.end]) {
                let from = self.start;
                self.start = searched + found + 1;
                break (from, searched + found);
            }
            if self.over.is_some() {
                let from = self.start;
                self.start = self.end;
                if from == self.end && !self.too_long {
                    return self.over.replace(Ok(())).unwrap_or(Ok(())).map(|()| None);
                }
                break (from, self.end);
            }
            if self.end - self.start > self.longest {
                self.too_long = true;
                self.start = self.end;
            }
            searched = self.fill()?;
        };
        if std::mem::take(&mut self.too_long) || to - from > self.longest {
            self.first = false;
            return Ok(Some(Line::TooLong));
        }
        let line = &self.buffer[from..to];
        let first = std::mem::replace(&mut self.first, false);
        Ok(Some(Line::Text(match line.strip_prefix(BOM) {
            Some(rest) if first => rest,
            _ => line,
        })))
    }

    /// Reads more, and says where it begins.
    fn fill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let before = self.end;
        match self.input.read(&mut self.buffer[before..]) {
            Ok(0) => self.over = Some(Ok(())),
            Ok(read) => self.end += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(error),
            Err(error) => self.over = Some(Err(error)),
        }
        Ok(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(
        input: impl Read,
        buffer: usize,
        longest: usize,
    ) -> (Vec<Option<Vec<u8>>>, io::Result<()>) {
        let mut lines = Lines::with_limits(input, buffer, longest);
        let mut found = Vec::new();
        loop {
            match lines.next_line() {
                Ok(Some(Line::Text(line))) => found.push(Some(line.to_vec())),
                Ok(Some(Line::TooLong)) => found.push(None),
                Ok(None) => return (found, Ok(())),
                Err(error) => return (found, Err(error)),
            }
        }
    }

    struct Broken<'a>(&'a [u8]);

    impl Read for Broken<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::ErrorKind::UnexpectedEof.into()),
                read => Ok(read),
            }
        }
    }

    #[test]
    fn an_error_comes_after_what_was_read() {
        let (found, end) = all(Broken(b"a\nb"), 4, 100);
        assert_eq!(found, [Some(b"a".to_vec()), Some(b"b".to_vec())]);
        assert_eq!(
            end.expect_err("broken").kind(),
            io::ErrorKind::UnexpectedEof
        );
    }

    #[test]
    fn a_mark_of_byte_order_is_no_part_of_the_first_line() {
        let (found, _) = all(&b"\xef\xbb\xbfa\n\xef\xbb\xbfb"[..], 16, 100);
        assert_eq!(
            found,
            [Some(b"a".to_vec()), Some(b"\xef\xbb\xbfb".to_vec())]
        );
    }

    #[test]
    fn a_long_line_takes_no_memory() {
        let input = io::repeat(b'x').take(10_000_000).chain(&b"\nshort"[..]);
        let mut lines = Lines::with_limits(input, 16, 1000);
        assert_eq!(lines.next_line().expect("a line"), Some(Line::TooLong));
        assert_eq!(
            lines.next_line().expect("a line"),
            Some(Line::Text(b"short"))
        );
        assert!(lines.buffer.len() <= 4096);
    }

    /// Gives one byte at a time, and in between says that there is none yet.
    struct Hesitant<'a>(&'a [u8], bool);

    impl Read for Hesitant<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::WouldBlock.into());
            }
            self.0.read(&mut into[..1])
        }
    }

    #[test]
    fn an_input_may_make_us_wait_anywhere() {
        let mut lines = Lines::with_limits(Hesitant(b"ab\nlonger\nc", false), 2, 4);
        let mut found = Vec::new();
        loop {
            match lines.next_line() {
                Ok(Some(Line::Text(line))) => found.push(line.to_vec()),
                Ok(Some(Line::TooLong)) => found.push(b"too long".to_vec()),
                Ok(None) => break,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        assert_eq!(found, [&b"ab"[..], b"too long", b"c"]);
    }

    proptest! {
        #[test]
        fn lines_are_what_splitting_gives(
            pieces in prop::collection::vec("[a-c]{0,12}", 0..20), buffer in 1usize..20, longest in 0usize..14,
        ) {
            let text = pieces.join("\n");
            let mut expected: Vec<_> = text
                .split('\n')
                .map(|line| (line.len() <= longest).then(|| line.as_bytes().to_vec()))
                .collect();
            if text.is_empty() || text.ends_with('\n') {
                expected.pop();
            }
            let (found, end) = all(text.as_bytes(), buffer, longest);
            prop_assert!(end.is_ok());
            prop_assert_eq!(found, expected);
        }
    }
}
