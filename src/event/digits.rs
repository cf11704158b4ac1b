//! Numbers that are written in digits and nothing else, as ids of entries and times are.

/// The number; `None` where a text is another, or one that is too large.
pub(super) fn digits(text: &[u8]) -> Option<u64> {
    if text.len() > 19 {
        let add = |value: u64, byte: &u8| value.checked_mul(10)?.checked_add(digit(*byte)?);
        return text.iter().try_fold(0, add);
    }
    // None of so many is too large.
    let (eights, rest) = text.as_chunks();
    let add = |value: u64, byte: &u8| Some(value * 10 + digit(*byte)?);
    let value = eights.iter().try_fold(0, |value, digits| {
        Some(value * 100_000_000 + eight(*digits)?)
    })?;
    let value = rest.iter().try_fold(value, add)?;
    (!text.is_empty()).then_some(value)
}

fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte - b'0'))
}

/// The number of eight digits, all of which are looked at together: as two of one digit, two of two
/// digits and so on they lie beside each other in one register.
fn eight(text: [u8; 8]) -> Option<u64> {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    let bytes = u64::from_le_bytes(text);
    let high = |bytes: u64| bytes & (EACH * 0xf0);
    // What lies six above a digit still begins as digits do; above what follows them it does not.
    if high(bytes) != EACH * 0x30 || high(bytes + EACH * 6) != EACH * 0x30 {
        return None;
    }
    let ones = bytes - EACH * 0x30;
    let twos = (ones * 10 + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos * 100 + (twos >> 16)) & 0x0000_ffff_0000_ffff;
    Some((fours * 10_000 + (fours >> 32)) & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_are_read() {
        let mut number = 0_u64;
        for length in 1..=20 {
            number = number.wrapping_mul(10).wrapping_add(length * 7 % 10);
            let text = format!(
                "{number:0width$}",
                width = usize::try_from(length).unwrap_or(0)
            );
            assert_eq!(digits(text.as_bytes()), text.parse().ok(), "{text}");
        }
        assert_eq!(digits(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(digits(b"18446744073709551616"), None);
        assert_eq!(digits(b"00000000000000000000001"), Some(1));
    }

    #[test]
    fn nothing_else_is_a_number() {
        assert_eq!(digits(b""), None);
        for byte in 0..=u8::MAX {
            for (length, at) in [(1, 0), (8, 0), (8, 7), (13, 3), (13, 12), (20, 19)] {
                let mut text = vec![b'9'; length];
                text[at] = byte;
                let number = std::str::from_utf8(&text).ok();
                let number = number.filter(|text| !text.starts_with('+'));
                let number = number.and_then(|text| text.parse().ok());
                assert_eq!(digits(&text), number, "{}", text.escape_ascii());
            }
        }
    }
}
