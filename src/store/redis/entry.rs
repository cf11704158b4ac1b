//! Entries of a stream, as `XRANGE` and `XREAD` answer them, read where they lie.
//!
//! An [`Outline`] says where entries and their words lie in a buffer. It is drawn while they come in,
//! in one walk over what the server sends; whoever wants their words looks at no byte twice.

use std::ops::Range;
use std::sync::Arc;

use super::resp::{Malformed, Token};
use crate::event::wire::{self, Word};
use crate::event::{EntryId, Event};

/// Words that there is room for when all are forgotten: those of a large page.
const KEPT: usize = 512 * 1024;

/// Where a word lies in a buffer.
#[derive(Clone, Copy, Debug)]
struct Spot {
    start: u32,
    end: u32,
}

impl Spot {
    /// A bulk string ends with two bytes that do not belong to it, and so does a simple one.
    fn before(end: usize, text: &[u8]) -> Result<Self, Malformed> {
        let at = |place: usize| u32::try_from(place).map_err(|_| Malformed);
        let end = end - 2;
        Ok(Self {
            start: at(end - text.len())?,
            end: at(end)?,
        })
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where entries lie in a buffer, and their words: id, names and values by turns.
#[derive(Debug, Default)]
pub(super) struct Outline {
    entries: Vec<Place>,
    words: Vec<Spot>,
}

#[derive(Clone, Debug)]
struct Place {
    bytes: Range<usize>,
    words: Range<usize>,
}

impl Outline {
    /// Forgets all, and keeps its room, if that is not much.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.words.clear();
        self.words.shrink_to(KEPT);
    }

    /// Becomes that of entries which lie beside each other, and nothing else.
    pub(super) fn draw(&mut self, buffer: &[u8]) -> Result<(), Malformed> {
        self.clear();
        let mut at = 0;
        while at < buffer.len() {
            at = match Tracer::new(at, self).advance(buffer, self)? {
                Some((Traced::Entry, end)) => end,
                _ => return Err(Malformed),
            };
        }
        Ok(())
    }

    /// Leaves out entries that are older, where the oldest comes first.
    pub(super) fn drop_before(&mut self, buffer: &[u8], first: EntryId) -> Result<(), Malformed> {
        let mut older = 0;
        for entry in self.entries(buffer) {
            if entry.id()? >= first {
                break;
            }
            older += 1;
        }
        self.entries.drain(..older);
        Ok(())
    }

    /// Turns the order round.
    pub(super) fn reverse(&mut self) {
        self.entries.reverse();
    }

    /// Number of entries.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of all entries together.
    pub(super) fn bytes(&self) -> usize {
        let entries = self.entries.iter();
        entries.map(|place| place.bytes.len()).sum()
    }

    /// The entries, in the buffer that this is the outline of.
    pub(super) fn entries<'a>(&'a self, buffer: &'a [u8]) -> impl Iterator<Item = Entry<'a>> {
        self.entries.iter().map(|place| self.entry(place, buffer))
    }

    /// The last of them.
    pub(super) fn last<'a>(&'a self, buffer: &'a [u8]) -> Option<Entry<'a>> {
        Some(self.entry(self.entries.last()?, buffer))
    }

    fn entry<'a>(&'a self, place: &Place, buffer: &'a [u8]) -> Entry<'a> {
        Entry {
            buffer,
            bytes: place.bytes.clone(),
            words: &self.words[place.words.clone()],
        }
    }
}

/// Draws the outline of one entry, and keeps its place between reads.
#[derive(Debug)]
pub(super) struct Tracer {
    start: usize,
    at: usize,
    next: Next,
    words: usize,
}

/// What comes next of an entry.
#[derive(Debug)]
enum Next {
    /// The pair that it is.
    Pair,
    /// Its id.
    Id,
    /// How many names and values it has.
    Count,
    /// So many names and values.
    Words(usize),
}

/// What an entry turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Traced {
    /// An entry, which the outline has now.
    Entry,
    /// A pending entry that was trimmed or deleted: it comes with a null in place of its fields, or is
    /// a null as a whole.
    Gone(Option<EntryId>),
}

impl Tracer {
    /// For the entry that begins at `start`.
    pub(super) fn new(start: usize, outline: &Outline) -> Self {
        Self {
            start,
            at: start,
            next: Next::Pair,
            words: outline.words.len(),
        }
    }

    /// What the entry is and where it ends; `None` when it has not arrived whole. Call it again with
    /// more bytes behind the same ones.
    pub(super) fn advance(
        &mut self,
        buffer: &[u8],
        outline: &mut Outline,
    ) -> Result<Option<(Traced, usize)>, Malformed> {
        loop {
            let Some((token, end)) = Token::read(buffer, self.at)? else {
                return Ok(None);
            };
            self.at = end;
            self.next = match (&self.next, token) {
                (Next::Words(left), Token::Text(text)) => {
                    outline.words.push(Spot::before(end, text)?);
                    Next::Words(left - 1)
                }
                (Next::Pair, Token::Array(2)) => Next::Id,
                (Next::Id, Token::Text(text)) => {
                    outline.words.push(Spot::before(end, text)?);
                    Next::Count
                }
                (Next::Count, Token::Array(count)) if count % 2 == 0 => Next::Words(count),
                (Next::Pair, Token::Nil) => return Ok(Some((Traced::Gone(None), end))),
                (Next::Count, Token::Nil) => {
                    let id = outline.words.pop().ok_or(Malformed)?;
                    let id = EntryId::parse(&buffer[id.range()]);
                    return Ok(Some((Traced::Gone(id), end)));
                }
                _ => return Err(Malformed),
            };
            if let Next::Words(0) = self.next {
                outline.entries.push(Place {
                    bytes: self.start..end,
                    words: self.words..outline.words.len(),
                });
                return Ok(Some((Traced::Entry, end)));
            }
        }
    }
}

/// An entry in a buffer.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    buffer: &'a [u8],
    bytes: Range<usize>,
    words: &'a [Spot],
}

impl<'a> Entry<'a> {
    /// As the server sent it.
    pub(super) fn bytes(&self) -> &'a [u8] {
        &self.buffer[self.bytes.clone()]
    }

    /// Its id.
    pub(super) fn id(&self) -> Result<EntryId, Malformed> {
        let id = self.words.first().ok_or(Malformed)?;
        EntryId::parse(&self.buffer[id.range()]).ok_or(Malformed)
    }

    /// The event that it holds.
    pub(super) fn decode(&self, stream: &Arc<str>) -> Result<Event, Malformed> {
        let mut event = Event::default();
        self.decode_into(&mut event, stream)?;
        Ok(event)
    }

    /// The same in the place of an event that is done with.
    pub(super) fn decode_into(
        &self,
        event: &mut Event,
        stream: &Arc<str>,
    ) -> Result<(), Malformed> {
        let start = self.bytes.start;
        // Where all of it is text, what is cut out of it need not be checked again.
        let text = simdutf8::basic::from_utf8(self.bytes()).ok();
        let bytes = |spot: Spot| &self.buffer[spot.range()];
        let word = |spot: Spot| {
            let Range { start: at, end } = spot.range();
            match text.and_then(|text| text.get(at - start..end - start)) {
                Some(text) => Word::Text(text),
                None => Word::Bytes(bytes(spot)),
            }
        };
        let pairs = self.words.get(1..).unwrap_or_default().chunks_exact(2);
        let fields = pairs.map(|pair| (bytes(pair[0]), word(pair[1])));
        wire::decode_into(event, stream, self.id()?, fields);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Traces the one entry that bytes are, cut in two at a place.
    fn traced(raw: &[u8], cut: usize) -> Result<Option<(Traced, Outline)>, Malformed> {
        let mut outline = Outline::default();
        let mut tracer = Tracer::new(0, &outline);
        let first = tracer.advance(&raw[..cut], &mut outline)?;
        let found = match first {
            None => tracer.advance(raw, &mut outline)?,
            found => found,
        };
        Ok(found
            .filter(|(_, end)| *end == raw.len())
            .map(|(traced, _)| (traced, outline)))
    }

    #[test]
    fn fields_come_in_order_wherever_the_bytes_are_cut() {
        let raw = b"*2\r\n$3\r\n7-1\r\n*4\r\n$1\r\na\r\n$2\r\n\r\n\r\n$0\r\n\r\n$1\r\n\xff\r\n";
        for cut in 0..=raw.len() {
            let (what, outline) = traced(raw, cut).expect("well-formed").expect("whole");
            assert_eq!((what, outline.len()), (Traced::Entry, 1));
            assert_eq!(outline.bytes(), raw.len());
            let entry = outline.last(raw).expect("an entry");
            assert_eq!(
                (entry.id(), entry.bytes()),
                (Ok(EntryId { ms: 7, seq: 1 }), &raw[..])
            );
            let event = entry.decode(&"s".into()).expect("an event");
            let expected = [("a", "\r\n"), ("", "\\xff")];
            assert_eq!(event.extra, expected.map(|(a, b)| (a.into(), b.into())));
        }
    }

    #[test]
    fn entries_that_are_gone_are_told() {
        let (id, none) = (Some(EntryId { ms: 7, seq: 1 }), None);
        for (raw, gone) in [
            (&b"*2\r\n$3\r\n7-1\r\n*-1\r\n"[..], id),
            (b"*2\r\n$3\r\n7-1\r\n$-1\r\n", id),
            (b"*2\r\n$1\r\n7\r\n$-1\r\n", none),
            (b"*-1\r\n", none),
            (b"$-1\r\n", none),
        ] {
            for cut in 0..=raw.len() {
                let (what, outline) = traced(raw, cut).expect("well-formed").expect("whole");
                assert_eq!(what, Traced::Gone(gone));
                assert!(outline.entries.is_empty() && outline.words.is_empty());
            }
        }
    }

    #[test]
    fn nothing_else_passes() {
        for bad in [
            &b":1\r\n"[..],
            b"*3\r\n$3\r\n7-1\r\n*0\r\n*0\r\n",
            b"*2\r\n*0\r\n*0\r\n",
            b"*2\r\n$3\r\n7-1\r\n*1\r\n$1\r\na\r\n",
            b"*2\r\n$3\r\n7-1\r\n*2\r\n$1\r\na\r\n:1\r\n",
            b"*2\r\n$3\r\n7-1\r\n*2\r\n$1\r\na\r\n*0\r\n",
            b"*2\r\n$3\r\n7-1\r\n*2\r\n$1\r\na\r\n$-1\r\n",
        ] {
            assert!(traced(bad, 0).is_err(), "{}", bad.escape_ascii());
        }
        for short in [&b""[..], b"*2\r\n$3\r\n7-1\r\n*2\r\n$1\r\na\r\n"] {
            assert!(matches!(traced(short, 0), Ok(None)));
        }
        let wrong = b"*2\r\n$3\r\n7-x\r\n*0\r\n";
        let (_, outline) = traced(wrong, 0).expect("well-formed").expect("whole");
        let entry = outline.last(wrong).expect("an entry");
        assert_eq!(entry.id(), Err(Malformed));
        assert!(entry.decode(&"s".into()).is_err());
    }
}
