//! One entry of a stream, as `XRANGE` and `XREAD` answer it, read where it lies.

use std::sync::Arc;

use super::resp::{Malformed, Token};
use crate::event::{EntryId, Event, wire};

/// An entry in a buffer: `[id, [name, value, …]]`.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) id: EntryId,
    fields: Fields<'a>,
}

impl<'a> Entry<'a> {
    /// Reads the one entry that `raw` is.
    pub(super) fn parse(raw: &'a [u8]) -> Result<Self, Malformed> {
        let (id, start, count) = head(raw)?;
        let fields = Fields {
            raw,
            at: start,
            left: count / 2,
        };
        let mut at = start;
        for _ in 0..count {
            at = match Token::read(raw, at)? {
                Some((Token::Text(_), end)) => end,
                _ => return Err(Malformed),
            };
        }
        if at != raw.len() || count % 2 != 0 {
            return Err(Malformed);
        }
        Ok(Self { id, fields })
    }

    /// Only the id, without a look at the fields.
    pub(super) fn id(raw: &[u8]) -> Result<EntryId, Malformed> {
        head(raw).map(|(id, ..)| id)
    }

    /// The event that the entry holds.
    pub(super) fn decode(self, stream: &Arc<str>) -> Event {
        wire::decode(stream, self.id, self.fields)
    }
}

/// The id, where the fields start, and how many names and values there are.
fn head(raw: &[u8]) -> Result<(EntryId, usize, usize), Malformed> {
    let Some((Token::Array(2), at)) = Token::read(raw, 0)? else {
        return Err(Malformed);
    };
    let Some((Token::Text(id), at)) = Token::read(raw, at)? else {
        return Err(Malformed);
    };
    let Some((Token::Array(count), at)) = Token::read(raw, at)? else {
        return Err(Malformed);
    };
    let id = std::str::from_utf8(id).map_err(|_| Malformed)?;
    let id = id.parse().map_err(|()| Malformed)?;
    Ok((id, at, count))
}

/// Names and values. [`Entry::parse`] has walked them once, so none is missed here.
#[derive(Debug)]
struct Fields<'a> {
    raw: &'a [u8],
    at: usize,
    left: usize,
}

impl<'a> Fields<'a> {
    fn text(&mut self) -> Option<&'a [u8]> {
        match Token::read(self.raw, self.at) {
            Ok(Some((Token::Text(text), end))) => {
                self.at = end;
                Some(text)
            }
            _ => None,
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some((self.text()?, self.text()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_order_and_nothing_else_passes() {
        let raw = b"*2\r\n$3\r\n7-1\r\n*4\r\n$1\r\na\r\n$2\r\n\r\n\r\n$0\r\n\r\n$1\r\n\xff\r\n";
        let entry = Entry::parse(raw).expect("an entry");
        assert_eq!(entry.id, EntryId { ms: 7, seq: 1 });
        let fields: Vec<_> = entry.fields.collect();
        let expected: [(&[u8], &[u8]); 2] = [(b"a", b"\r\n"), (b"", b"\xff")];
        assert_eq!(fields, expected);
        for bad in [
            &b""[..],
            b":1\r\n",
            b"*2\r\n$3\r\n7-1\r\n$-1\r\n",
            b"*2\r\n$3\r\n7-1\r\n*1\r\n$1\r\na\r\n",
            b"*2\r\n$3\r\n7-x\r\n*0\r\n",
            b"*2\r\n$3\r\n7-1\r\n*2\r\n$1\r\na\r\n:1\r\n",
            b"*2\r\n$3\r\n7-1\r\n*2\r\n$1\r\na\r\n",
            b"*2\r\n$3\r\n7-1\r\n*0\r\n*0\r\n",
        ] {
            assert!(Entry::parse(bad).is_err(), "{}", bad.escape_ascii());
        }
    }
}
