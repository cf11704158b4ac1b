//! A short name for a text, the same in every process and version.

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
