//! When trimming overtakes the readers of a stream.
//!
//! Emitters cut a stream to its cap whatever has been read; by age the collector removes nothing that
//! a group still needs. So a group loses entries once more than the cap wait for it, and how soon that
//! is follows from how fast entries are added and how fast they are read.

/// What a group of readers has before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Load {
    /// Entries added to the stream a second.
    pub(crate) added_per_second: f64,
    /// Entries that the group reads a second.
    pub(crate) read_per_second: f64,
    /// Entries that it has not read.
    pub(crate) unread: u64,
    /// Entries that emitters keep.
    pub(crate) cap: u64,
}

/// Fewer unread entries than this share of the cap, in per cent, are no trend: rates are figures of
/// the last minute, and a page that is about to be read would foretell a loss.
const TREND_PERCENT: u64 = 2;

/// Milliseconds until the first entry is lost; 0 where that begins now, `None` where the group keeps
/// up.
pub(crate) fn overtaken_in_ms(load: &Load) -> Option<i64> {
    let growth = load.added_per_second - load.read_per_second;
    if load.unread * 100 < load.cap * TREND_PERCENT || growth <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let room = load.cap.saturating_sub(load.unread) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is too long is cut to the longest"
    )]
    let ms = (room / growth * 1000.0) as i64;
    Some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overtaken(added_per_second: f64, read_per_second: f64, unread: u64) -> Option<i64> {
        overtaken_in_ms(&Load {
            added_per_second,
            read_per_second,
            unread,
            cap: 10_000,
        })
    }

    #[test]
    fn room_shrinks_by_what_is_added_and_not_read() {
        for (added, read, unread, in_ms) in [
            (100.0, 0.0, 4_000, Some(60_000)),
            (150.0, 50.0, 4_000, Some(60_000)),
            (100.0, 0.0, 10_000, Some(0)),
            (100.0, 0.0, 12_000, Some(0)),
            (0.001, 0.0, 9_000, Some(1_000_000_000)),
            // It keeps up, catches up, or nothing is added.
            (100.0, 100.0, 9_000, None),
            (100.0, 400.0, 9_000, None),
            (0.0, 0.0, 9_000, None),
            // A page is about to be read.
            (100.0, 0.0, 199, None),
            (100.0, 0.0, 200, Some(98_000)),
        ] {
            assert_eq!(
                overtaken(added, read, unread),
                in_ms,
                "{added} {read} {unread}"
            );
        }
        assert_eq!(overtaken(f64::MIN_POSITIVE, 0.0, 500), Some(i64::MAX));
    }
}
