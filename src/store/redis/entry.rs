//! One entry of a stream, as `XRANGE` and `XREAD` answer it, read where it lies.

use std::sync::Arc;

use super::resp::{Malformed, Token};
use crate::event::wire::{self, Word};
use crate::event::{EntryId, Event};

/// An entry in a buffer: `[id, [name, value, …]]`.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) id: EntryId,
    fields: Fields<'a>,
}

impl<'a> Entry<'a> {
    /// Begins to read the one entry that `raw` is; whether its fields are well-formed shows when they
    /// are decoded.
    pub(super) fn parse(raw: &'a [u8]) -> Result<Self, Malformed> {
        let (id, at, count) = head(raw)?;
        if count % 2 != 0 {
            return Err(Malformed);
        }
        let fields = Fields {
            raw,
            text: simdutf8::basic::from_utf8(raw).ok(),
            at,
            left: count / 2,
            broken: false,
        };
        Ok(Self { id, fields })
    }

    /// Only the id, without a look at the fields.
    pub(super) fn id(raw: &[u8]) -> Result<EntryId, Malformed> {
        head(raw).map(|(id, ..)| id)
    }

    /// The event that the entry holds.
    pub(super) fn decode(self, stream: &Arc<str>) -> Result<Event, Malformed> {
        let mut event = Event::default();
        self.decode_into(&mut event, stream)?;
        Ok(event)
    }

    /// The same in the place of an event that is done with.
    pub(super) fn decode_into(self, event: &mut Event, stream: &Arc<str>) -> Result<(), Malformed> {
        let mut fields = self.fields;
        wire::decode_into(event, stream, self.id, &mut fields);
        fields.end()
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

/// Names and values.
#[derive(Debug)]
struct Fields<'a> {
    raw: &'a [u8],
    /// The same, where all of it is text: what is cut out of it need not be checked again.
    text: Option<&'a str>,
    at: usize,
    left: usize,
    broken: bool,
}

impl<'a> Fields<'a> {
    fn word(&mut self) -> Option<Word<'a>> {
        let Ok(Some((Token::Text(word), end))) = Token::read(self.raw, self.at) else {
            self.broken = true;
            return None;
        };
        self.at = end;
        // Simple and bulk strings both end with two bytes that do not belong to them.
        let cut = || self.text?.get(end - 2 - word.len()..end - 2);
        Some(cut().map_or(Word::Bytes(word), Word::Text))
    }

    /// Whether all was read, and nothing else is there.
    fn end(self) -> Result<(), Malformed> {
        let whole = !self.broken && self.left == 0 && self.at == self.raw.len();
        whole.then_some(()).ok_or(Malformed)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (Word<'a>, Word<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some((self.word()?, self.word()?))
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
        let event = entry.decode(&"s".into()).expect("an event");
        let expected = [("a", "\r\n"), ("", "\\xff")];
        assert_eq!(event.extra, expected.map(|(a, b)| (a.into(), b.into())));
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
            let decoded = Entry::parse(bad).and_then(|entry| entry.decode(&"s".into()));
            assert!(decoded.is_err(), "{}", bad.escape_ascii());
        }
    }
}
