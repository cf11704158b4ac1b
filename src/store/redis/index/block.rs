//! What a page of entries adds to one key, as bytes.
//!
//! A block is the least time of its entries, how many records follow, and the records: four bytes
//! that tell a value from others, the entry's time less the block's, and its sequence number.
//! Numbers have seven bits a byte, the lowest first, as in LEB128. That makes six to eight bytes a
//! record, and a key that is appended to stays readable.

use super::keys::Place;
use crate::event::EntryId;

/// The records of one block.
#[derive(Debug, Default)]
pub(super) struct Block(Vec<(u32, EntryId)>);

impl Block {
    /// An entry names what belongs at this place.
    pub(super) fn push(&mut self, place: Place, entry: EntryId) {
        self.0.push((place.tag, entry));
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes the records out, as bytes; none where there are none.
    pub(super) fn take(&mut self, out: &mut Vec<u8>) {
        let Some(base) = self.0.iter().map(|(_, entry)| entry.ms).min() else {
            return;
        };
        write(base, out);
        write(self.0.len() as u64, out);
        for (tag, entry) in self.0.drain(..) {
            out.extend_from_slice(&tag.to_le_bytes());
            write(entry.ms - base, out);
            write(entry.seq, out);
        }
    }
}

/// Puts the entries into `out` that name what belongs at this place; `None` for bytes that are no
/// blocks.
pub(super) fn find(blocks: &[u8], place: Place, out: &mut Vec<EntryId>) -> Option<()> {
    let mut rest = blocks;
    while !rest.is_empty() {
        let base = read(&mut rest)?;
        let count = read(&mut rest)?;
        for _ in 0..count {
            let (tag, tail) = rest.split_first_chunk()?;
            rest = tail;
            let ms = base.checked_add(read(&mut rest)?)?;
            let seq = read(&mut rest)?;
            if u32::from_le_bytes(*tag) == place.tag {
                out.push(EntryId { ms, seq });
            }
        }
    }
    Some(())
}

fn write(mut number: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        if number < 0x80 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
        number >>= 7;
    }
}

fn read(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        let bits = u64::from(byte & 0x7f);
        // Of the tenth byte only one bit has room.
        if bits << shift >> shift != bits {
            return None;
        }
        number |= bits << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id() -> impl Strategy<Value = EntryId> {
        let number = || {
            prop_oneof![
                0..300u64,
                1_700_000_000_000..1_700_000_100_000u64,
                any::<u64>(),
                Just(u64::MAX)
            ]
        };
        (number(), number()).prop_map(|(ms, seq)| EntryId { ms, seq })
    }

    fn at(tag: u32) -> Place {
        Place { bucket: 0, tag }
    }

    fn bytes(records: &[(u32, EntryId)]) -> Vec<u8> {
        let (mut block, mut bytes) = (Block::default(), Vec::new());
        for (tag, entry) in records {
            block.push(at(*tag), *entry);
        }
        block.take(&mut bytes);
        assert_eq!(block.len(), 0);
        bytes
    }

    proptest! {
        #[test]
        fn entries_are_found_again(
            pages in proptest::collection::vec(
                proptest::collection::vec((0..4u32, id()), 0..20), 0..5)
        ) {
            let blocks: Vec<u8> = pages.iter().flat_map(|page| bytes(page)).collect();
            for tag in 0..4 {
                let of_tag = |(held, entry): &(u32, EntryId)| (*held == tag).then_some(*entry);
                let expected: Vec<_> = pages.iter().flatten().filter_map(of_tag).collect();
                let mut found = Vec::new();
                prop_assert_eq!(find(&blocks, at(tag), &mut found), Some(()));
                prop_assert_eq!(found, expected);
            }
        }

        #[test]
        fn no_bytes_break_the_reader(bytes in any::<Vec<u8>>()) {
            let _ = find(&bytes, at(0), &mut Vec::new());
        }
    }

    #[test]
    fn a_record_of_a_page_takes_few_bytes() {
        let page: Vec<_> = (0..100)
            .map(|index| {
                let ms = 1_790_000_000_000 + u64::from(index) * 20;
                (index, EntryId { ms, seq: 3 })
            })
            .collect();
        let bytes = bytes(&page);
        assert!(bytes.len() <= 7 + 100 * 7, "{}", bytes.len());
        let cut = &bytes[..bytes.len() - 1];
        assert_eq!(find(cut, at(0), &mut Vec::new()), None);
    }
}
