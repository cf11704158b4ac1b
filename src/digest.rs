//! Short names and checks of texts, the same in every process and version.

/// FNV-1a, 128 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>), and a last round that spreads
/// short texts over all bits: the same in every process and version.
pub(crate) fn digest(bytes: &[u8]) -> u128 {
    let hash = bytes.iter().fold(
        0x6c62_272e_07bb_0142_62b8_2175_6295_c58d,
        |hash: u128, byte| {
            (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        },
    );
    let spread = (hash ^ (hash >> 67)).wrapping_mul(0xff51_afd7_ed55_8ccd_c4ce_b9fe_1a85_ec53);
    spread ^ (spread >> 64)
}

/// A check of bytes, eight at a time: a [`digest`] waits for each byte, and takes ten times as long.
/// Whoever wants two texts with the same check can make them.
#[cfg(feature = "cli")]
pub(crate) fn check(bytes: &[u8]) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "all parts are used")]
    let mix = |hash: u64, word: &[u8; 8]| {
        // Every bit of a word reaches both halves of the product.
        let product = u128::from(hash ^ u64::from_le_bytes(*word)) * 0x9e37_79b9_7f4a_7c15;
        product as u64 ^ (product >> 64) as u64
    };
    let (words, rest) = bytes.as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let hash = words.iter().fold(bytes.len() as u64 + 1, mix);
    #[expect(clippy::cast_possible_truncation, reason = "half of it is enough")]
    let check = (mix(hash, &last) >> 16) as u32;
    check
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Logs of jobs are written by one version and read by another.
    #[test]
    fn checks_stay_what_they_are() {
        let checks = [&b""[..], b"job", b"job_0001", b"job_00001"].map(check);
        assert_eq!(
            checks,
            [2_042_199_882, 1_986_624_996, 328_594_135, 884_417_659]
        );
    }

    #[test]
    fn whatever_changes_changes_the_check() {
        let text: Vec<u8> = (0..43).collect();
        let mut seen = HashSet::from([check(&text)]);
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut other = text.clone();
                other[at] ^= 1 << bit;
                assert!(seen.insert(check(&other)), "bit {bit} of byte {at}");
            }
            assert!(seen.insert(check(&text[..at])), "the first {at} bytes");
        }
        let zeros = (0..64).map(|count| check(&vec![0; count]));
        assert_eq!(zeros.collect::<HashSet<_>>().len(), 64);
    }
}
