//! The names of the index's keys.

use crate::digest::digest;
use crate::event::Id;

/// The longest value that is part of a key's name as it is, in bytes.
const LONGEST: usize = 64;

/// Ids that share their part of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Job,
    Trace,
    /// Workers, machines, users, requests: only their values are kept, not their entries.
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

    pub(super) fn known(&self) -> String {
        format!("{}known", self.prefix)
    }

    pub(super) fn meta(&self) -> String {
        format!("{}meta", self.prefix)
    }

    pub(super) fn off(&self, group: &str) -> String {
        format!("{}off:{group}", self.prefix)
    }

    /// The key of a value, which ends in its [`member`].
    pub(super) fn value(&self, kind: Kind, value: &str) -> Vec<u8> {
        let mut key = Vec::with_capacity(self.prefix.len() + 1 + value.len().min(LONGEST));
        key.extend_from_slice(self.prefix.as_bytes());
        push_member(kind, value, &mut key);
        key
    }
}

/// The name of a value among those that are known.
pub(super) fn member(kind: Kind, value: &str) -> Vec<u8> {
    let mut name = Vec::new();
    push_member(kind, value, &mut name);
    name
}

fn push_member(kind: Kind, value: &str, out: &mut Vec<u8>) {
    out.push(kind.letter());
    if value.len() <= LONGEST {
        out.extend_from_slice(value.as_bytes());
    } else {
        out.extend_from_slice(format!("#{:032x}", digest(value.as_bytes())).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_apart() {
        let keys = Keys::new("emp:events");
        assert_eq!(
            keys.value(Kind::Job, "job_1"),
            b"emp:index:{emp:events}:jjob_1"
        );
        let long = "x".repeat(1_000_000);
        assert!(keys.value(Kind::Trace, &long).len() < 100);
        assert_ne!(
            member(Kind::Trace, &long),
            member(Kind::Trace, &format!("{long}x"))
        );
        // `meta` and `known` are no values of any kind.
        assert!(
            [keys.meta(), keys.known(), keys.off("g")]
                .iter()
                .all(|key| {
                    let rest = &key[keys.prefix.len()..];
                    !rest.starts_with(['j', 't'])
                        && (!rest.starts_with('o') || rest.starts_with("off:"))
                })
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
