//! Entry ids as bytes: both numbers with seven bits a byte, the lowest first, as in LEB128. That
//! makes seven bytes of an id, and a value that is appended to stays readable.

use crate::event::EntryId;

/// Bytes that no ids begin with: whoever finds them knows that the ids are not all there.
pub(super) const UNREADABLE: [u8; 10] = [0xff; 10];

/// Appends an id.
pub(super) fn pack(id: EntryId, out: &mut Vec<u8>) {
    for mut number in [id.ms, id.seq] {
        loop {
            let [low, ..] = number.to_le_bytes();
            if number < 0x80 {
                out.push(low);
                break;
            }
            out.push(low | 0x80);
            number >>= 7;
        }
    }
}

/// Takes the ids into `out`; `None` for bytes that are no ids.
pub(super) fn unpack(bytes: &[u8], out: &mut Vec<EntryId>) -> Option<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let ms = number(&mut rest)?;
        let seq = number(&mut rest)?;
        out.push(EntryId { ms, seq });
    }
    Some(())
}

fn number(rest: &mut &[u8]) -> Option<u64> {
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

    proptest! {
        #[test]
        fn ids_read_back(ids in proptest::collection::vec(id(), 0..20)) {
            let mut bytes = Vec::new();
            ids.iter().for_each(|id| pack(*id, &mut bytes));
            let mut read = Vec::new();
            prop_assert_eq!(unpack(&bytes, &mut read), Some(()));
            prop_assert_eq!(&read, &ids);
            let mut marked = UNREADABLE.to_vec();
            marked.extend(&bytes);
            prop_assert_eq!(unpack(&marked, &mut Vec::new()), None);
        }

        #[test]
        fn no_bytes_break_the_reader(bytes in any::<Vec<u8>>()) {
            let _ = unpack(&bytes, &mut Vec::new());
        }
    }

    #[test]
    fn an_id_of_today_takes_seven_bytes() {
        let mut bytes = Vec::new();
        pack(
            EntryId {
                ms: 1_790_000_000_000,
                seq: 3,
            },
            &mut bytes,
        );
        assert_eq!(bytes.len(), 7);
        assert_eq!(unpack(&bytes[..6], &mut Vec::new()), None);
    }
}
