//! The names of the index's keys, and where in it a value belongs.

use crate::digest::digest;
use crate::event::Id;

/// Parts of a segment, each a key.
pub(super) const BUCKETS: u8 = 64;

/// Ids that share their part of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Job,
    Trace,
    /// Workers, machines, users, requests: only that there is such a one is kept, not which
    /// entries name it.
    Other,
}

impl Kind {
    /// Of one of [`Id::SUBJECTS`]; span ids are not indexed.
    pub(super) fn of(id: Id) -> Option<Self> {
        match id {
            Id::Job => Some(Self::Job),
            Id::Trace => Some(Self::Trace),
            Id::Worker | Id::Machine | Id::User | Id::Request => Some(Self::Other),
            Id::Span | Id::ParentSpan => None,
        }
    }

    fn letter(self) -> u8 {
        match self {
            Self::Job => b'j',
            Self::Trace => b't',
            Self::Other => b'o',
        }
    }
}

/// Where a value belongs: 38 bits of its digest. Two values may share a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Below [`BUCKETS`].
    pub(super) bucket: u8,
    /// What tells it from others in the same bucket.
    pub(super) tag: u32,
}

impl Place {
    pub(super) fn of(kind: Kind, value: &str) -> Self {
        let [.., bucket, a, b, c, d] = digest(value.as_bytes()).to_be_bytes();
        // The letter shifts values of one kind against those of another.
        let bucket = (bucket ^ kind.letter()) % BUCKETS;
        let tag = u32::from_be_bytes([a, b, c, d]).wrapping_add(u32::from(kind.letter()));
        Self { bucket, tag }
    }
}

/// The keys of one stream's index.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) prefix: String,
}

impl Keys {
    /// The braces keep a stream and its index together on a cluster.
    pub(super) fn new(stream: &str) -> Self {
        // One stream's prefix must not be the beginning of another's.
        let stream = stream.replace('%', "%25").replace('}', "%7D");
        Self {
            prefix: format!("emp:index:{{{stream}}}:"),
        }
    }

    pub(super) fn segments(&self) -> String {
        format!("{}segments", self.prefix)
    }

    pub(super) fn meta(&self) -> String {
        format!("{}meta", self.prefix)
    }

    pub(super) fn off(&self, group: &str) -> String {
        format!("{}off:{group}", self.prefix)
    }

    /// A part of a segment. The scripts make the same names.
    pub(super) fn bucket(&self, segment: &str, bucket: u8) -> String {
        format!("{}{segment}:{bucket}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_apart() {
        let keys = Keys::new("emp:events");
        assert_eq!(keys.bucket("0a", 7), "emp:index:{emp:events}:0a:7");
        let names = [keys.meta(), keys.segments(), keys.off("0a:7")];
        // A segment's name has digits and letters up to `f` only.
        assert!(names.iter().all(|name| {
            let rest = &name[keys.prefix.len()..];
            rest.find(':').is_none_or(|end| &rest[..end] == "off")
        }));
    }

    /// A collector of one version and a reader of another have to agree.
    #[test]
    fn places_stay_where_they_are() {
        let place = Place::of(Kind::Job, "job_1");
        assert_eq!((place.bucket, place.tag), (52, 279_440_738));
    }

    #[test]
    fn values_spread_over_all_places_and_kinds_are_apart() {
        let values: Vec<String> = (0..10_000).map(|job| format!("job_{job:06}")).collect();
        let of = |kind| values.iter().map(move |value| Place::of(kind, value));
        let places: HashSet<Place> = of(Kind::Job)
            .chain(of(Kind::Trace))
            .chain(of(Kind::Other))
            .collect();
        assert!(places.len() > 29_990, "{}", places.len());
        let mut counts = [0; BUCKETS as usize];
        of(Kind::Job).for_each(|place| counts[usize::from(place.bucket)] += 1);
        let even = values.len() / usize::from(BUCKETS);
        assert!(
            counts
                .iter()
                .all(|count| (even / 2..even * 2).contains(count))
        );
    }

    #[test]
    fn no_stream_reaches_into_the_index_of_another() {
        let names = ["a", "a}:j", "a%7D:j", "a}", "a%", "a%25", "{a}", ""];
        for one in names {
            for other in names {
                let (one_prefix, prefix) = (Keys::new(one).prefix, Keys::new(other).prefix);
                assert_eq!(
                    one_prefix.starts_with(&prefix),
                    one == other,
                    "{one} {other}"
                );
            }
        }
    }
}
