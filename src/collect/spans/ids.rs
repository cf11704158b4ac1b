//! Ids of traces and spans: as bytes, and derived from names, so that every collector and every
//! redelivery makes the same ones.

use std::fmt;
use std::io::Write;

use crate::digest::digest;
use crate::event::trace_id_of;

/// The bytes of hex digits, in any case; `None` for zeros, which W3C calls no id, and for anything
/// that is no id of this length.
pub(in crate::collect) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut id = [0; N];
    let mut seen = 0;
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        let (high, low) = (NIBBLES[usize::from(pair[0])], NIBBLES[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | low & 0xf;
    }
    // Zeros leave nothing, and what is no digit leaves too much.
    (1..16).contains(&seen).then_some(id)
}

/// What a digit stands for; [`NONE`] for what is none.
static NIBBLES: [u8; 256] = {
    let mut nibbles = [NONE; 256];
    let mut value = 0;
    while value < 16 {
        nibbles[b"0123456789abcdef"[value as usize] as usize] = value;
        nibbles[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    nibbles
};

const NONE: u8 = 0xff;

/// The trace of a job whose events name none.
pub(super) fn trace_of(job: &str) -> [u8; 16] {
    hex(&trace_id_of(job)).unwrap_or([1; 16])
}

/// Bytes that say what a span is, usually.
const USUAL: usize = 64;

/// The id of a span of a job, by what it is.
pub(super) fn span_of(job: &str, what: fmt::Arguments<'_>) -> [u8; 8] {
    let mut text = Vec::with_capacity(job.len() + USUAL);
    // No text of either holds the zero by accident: ids are shown on one line. Writing to memory does
    // not fail.
    let _ = write!(text, "{job}\0{what}");
    let mut id = [0; 8];
    id.copy_from_slice(&digest(&text).to_be_bytes()[..8]);
    if id == [0; 8] { [1; 8] } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hex_digits_and_never_zero() {
        assert_eq!(hex::<2>("0aF1"), Some([0x0a, 0xf1]));
        for bad in ["", "0000", "0a", "0af1f", "0ag1", "é1a"] {
            assert_eq!(hex::<2>(bad), None, "{bad}");
        }
        assert_eq!(
            hex("00f067aa0ba902B7"),
            Some([0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 2, 0xb7])
        );
        for bad in [
            "",
            "0000000000000000",
            "00f067aa0ba902b",
            "00f067aa0ba902bg",
            "é0f067aa0ba902b",
        ] {
            assert_eq!(hex::<8>(bad), None, "{bad}");
        }
    }

    #[test]
    fn derived_ids_never_change() {
        // Whoever changes this makes a second span of each that was sent before.
        assert_eq!(
            hex("69742230776ef52492b72f6549502de6"),
            Some(trace_of("job_123"))
        );
        let of = |job, what: &str| span_of(job, format_args!("{what}"));
        assert_eq!(
            of("job_123", "root"),
            hex("66c7c356f4f9322a").expect("an id")
        );
        assert_ne!(of("job_123", "root"), of("job_123", "wait 1"));
        assert_ne!(of("a", "bc"), of("ab", "c"));
    }
}
