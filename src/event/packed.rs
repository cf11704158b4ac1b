//! Large payloads on the wire: compressed with zstd, and opened by whoever reads them.
//!
//! A frame of zstd begins with bytes that are no UTF-8 (RFC 8878, section 3.1.1), so a packed
//! payload is never taken for text, and no literal rules its entry out.

use std::io::Read;

/// Payloads of more bytes are packed.
pub(super) const THRESHOLD: usize = 8 * 1024;

/// Name and value of the field that marks an entry whose `data` is packed.
pub(super) const MARK: (&str, &str) = ("dataEncoding", "zstd");

/// The most that a packed payload may hold: 16 times what an emitter may emit.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The magic number of a frame.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// As powers of two: what a frame may ask for in memory while it is opened.
const LARGEST_WINDOW: u32 = 24;

/// The payload in fewer bytes; `None` where packing gains nothing.
pub(super) fn pack(text: &str) -> Option<Vec<u8>> {
    if text.len() <= THRESHOLD {
        return None;
    }
    let packed = zstd::bulk::compress(text.as_bytes(), zstd::DEFAULT_COMPRESSION_LEVEL).ok()?;
    (packed.len() < text.len()).then_some(packed)
}

/// Whether bytes look like a packed payload.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// What was packed; `None` for a frame that is broken or holds too much.
pub(super) fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut frame = zstd::stream::Decoder::with_buffer(bytes).ok()?;
    frame.window_log_max(LARGEST_WINDOW).ok()?;
    let mut held = Vec::new();
    frame.take(LARGEST + 1).read_to_end(&mut held).ok()?;
    (held.len() as u64 <= LARGEST).then_some(held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Literal, may_match};

    #[test]
    fn payloads_come_back_as_they_were() {
        let text = format!("{{\"log\":\"{}\"}}", "line of a log \u{e9} ".repeat(1000));
        let packed = pack(&text).expect("it gains");
        assert!(is_packed(&packed) && packed.len() * 10 < text.len());
        assert_eq!(unpack(&packed), Some(text.into_bytes()));
        assert_eq!(pack(&"x".repeat(THRESHOLD)), None, "small ones stay plain");
    }

    #[test]
    fn a_packed_payload_is_never_ruled_out() {
        let packed = pack(&"a".repeat(THRESHOLD + 1)).expect("it gains");
        assert!(std::str::from_utf8(&packed[..MAGIC.len()]).is_err());
        let literal = Literal::new("needle", false).expect("a literal");
        assert!(may_match(&[literal], &packed));
    }

    #[test]
    fn broken_and_enormous_frames_are_not_opened() {
        let packed = pack(&"a".repeat(20_000)).expect("it gains");
        assert_eq!(unpack(&packed[..packed.len() - 1]), None);
        assert_eq!(unpack(b"\x28\xb5\x2f\xfdgarbage"), None);
        let bomb = zstd::bulk::compress(&vec![b'a'; 64 << 20], 3).expect("packed");
        assert!(bomb.len() < 100_000);
        assert_eq!(unpack(&bomb), None);
        let whole = zstd::bulk::compress(&vec![b'a'; 16 << 20], 3).expect("packed");
        assert_eq!(unpack(&whole).map(|held| held.len()), Some(16 << 20));
    }
}
