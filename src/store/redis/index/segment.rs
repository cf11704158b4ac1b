//! The part of the index that one process writes to at a time.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::keys::{BUCKETS, Place};
use crate::maps::Set;

/// Records of a segment, roughly: it is taken away as a whole when its last entry is trimmed, and
/// a reader asks once for each.
const RECORDS: usize = 32_768;
/// Values of kinds other than jobs and traces that are remembered.
const OTHERS: usize = 8192;

/// A segment, as the process that writes it knows it.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) name: String,
    since: Instant,
    records: usize,
    /// Whether the server was told of it.
    pub(super) is_known: bool,
    /// A bit for each bucket that was written to.
    begun: u64,
    /// Workers, machines and the like that it names.
    others: Set<Place>,
}

impl Segment {
    pub(super) fn new() -> Self {
        const _: () = assert!(BUCKETS as u32 == u64::BITS);
        Self {
            name: format!("{:016x}", Uuid::new_v4().as_u64_pair().0),
            since: Instant::now(),
            records: 0,
            is_known: false,
            begun: 0,
            others: Set::default(),
        }
    }

    /// Whether there should be another one: it holds enough, or was begun so long ago.
    pub(super) fn is_done(&self, longest: Duration) -> bool {
        self.records >= RECORDS || self.since.elapsed() >= longest
    }

    /// Whether the server was told of this value; the caller does that where it was not.
    pub(super) fn names(&mut self, other: Place) -> bool {
        if self.others.contains(&other) {
            return true;
        }
        if self.others.len() >= OTHERS {
            self.others.clear();
        }
        self.others.insert(other);
        false
    }

    /// Notes what is written to a bucket; whether it is the first of it.
    pub(super) fn begin(&mut self, bucket: u8, records: usize) -> bool {
        self.records += records;
        let bit = 1 << bucket;
        let is_first = self.begun & bit == 0;
        self.begun |= bit;
        is_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_by_size_and_by_age() {
        let mut segment = Segment::new();
        let age = Duration::from_secs(60);
        assert!(segment.begin(3, RECORDS - 1));
        assert!(!segment.is_done(age) && segment.is_done(Duration::ZERO));
        assert!(!segment.begin(3, 1) && segment.begin(63, 0));
        assert!(segment.is_done(age));
        assert_ne!(segment.name, Segment::new().name);
    }

    #[test]
    fn values_are_told_once_and_memory_is_bounded() {
        let mut segment = Segment::new();
        for tag in 0..100_000 {
            let place = Place { bucket: 0, tag };
            assert!(!segment.names(place) && segment.names(place));
        }
        assert!(segment.others.len() <= OTHERS);
    }
}
