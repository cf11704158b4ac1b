//! Ids: the kinds that link events, the id of a stream entry, and new ones.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::digits::digits;
use crate::digest::digest;

/// The ids that link events, in the order in which they are written and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Id {
    /// All of one request; 32 hex digits.
    Trace,
    /// One operation of a trace; 16 hex digits.
    Span,
    /// The operation that caused this one; 16 hex digits.
    ParentSpan,
    /// A job.
    Job,
    /// A worker.
    Worker,
    /// A machine.
    Machine,
    /// A user.
    User,
    /// An HTTP request.
    Request,
}

impl Id {
    /// All of them, in wire order.
    pub const ALL: [Self; 8] = [
        Self::Trace,
        Self::Span,
        Self::ParentSpan,
        Self::Job,
        Self::Worker,
        Self::Machine,
        Self::User,
        Self::Request,
    ];

    /// The ids that name something a person asks about: all but the span ids.
    pub const SUBJECTS: [Self; 6] = [
        Self::Job,
        Self::Trace,
        Self::Worker,
        Self::Machine,
        Self::User,
        Self::Request,
    ];

    /// The id that has this name on the wire and in JSON.
    pub(super) fn of_wire_name(name: &[u8]) -> Option<Self> {
        // Bytes are told apart by their length first; texts would be compared one after another.
        Some(match name {
            b"traceId" => Self::Trace,
            b"spanId" => Self::Span,
            b"parentSpanId" => Self::ParentSpan,
            b"jobId" => Self::Job,
            b"workerId" => Self::Worker,
            b"machineId" => Self::Machine,
            b"userId" => Self::User,
            b"requestId" => Self::Request,
            _ => return None,
        })
    }

    /// The name on the wire and in JSON.
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::Trace => "traceId",
            Self::Span => "spanId",
            Self::ParentSpan => "parentSpanId",
            Self::Job => "jobId",
            Self::Worker => "workerId",
            Self::Machine => "machineId",
            Self::User => "userId",
            Self::Request => "requestId",
        }
    }

    /// The name that Python and log shippers give it.
    pub fn snake_name(self) -> &'static str {
        match self {
            Self::Trace => "trace_id",
            Self::Span => "span_id",
            Self::ParentSpan => "parent_span_id",
            Self::Job => "job_id",
            Self::Worker => "worker_id",
            Self::Machine => "machine_id",
            Self::User => "user_id",
            Self::Request => "request_id",
        }
    }

    /// The name in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Span => "span",
            Self::ParentSpan => "parent span",
            Self::Job => "job",
            Self::Worker => "worker",
            Self::Machine => "machine",
            Self::User => "user",
            Self::Request => "request",
        }
    }
}

/// Id of a stream entry: the server's clock in milliseconds and a sequence number within it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// Milliseconds since 1970 on the server's clock.
    pub ms: u64,
    /// Position among the entries of that millisecond.
    pub seq: u64,
}

impl EntryId {
    /// Before every entry.
    pub const MIN: Self = Self { ms: 0, seq: 0 };
    /// After every entry.
    pub const MAX: Self = Self {
        ms: u64::MAX,
        seq: u64::MAX,
    };

    /// The smallest id that lies after this one.
    pub fn next(self) -> Self {
        match self.seq.checked_add(1) {
            Some(seq) => Self { ms: self.ms, seq },
            None => Self {
                ms: self.ms.saturating_add(1),
                seq: 0,
            },
        }
    }

    /// The greatest id that lies before this one; the least has none before it.
    #[cfg(feature = "cli")]
    pub(crate) fn previous(self) -> Self {
        match (self.ms, self.seq) {
            (ms, 1..) => Self {
                ms,
                seq: self.seq - 1,
            },
            (1.., 0) => Self {
                ms: self.ms - 1,
                seq: u64::MAX,
            },
            (0, 0) => Self::MIN,
        }
    }

    /// The server's clock when the entry was added.
    pub fn time(self) -> super::Millis {
        super::Millis::clamped(i64::try_from(self.ms).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

impl EntryId {
    /// Reads `1700000000000-7`; `None` for anything else.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        // What follows it is short.
        let dash = text.iter().rposition(|byte| *byte == b'-')?;
        Some(Self {
            ms: digits(&text[..dash])?,
            seq: digits(&text[dash + 1..])?,
        })
    }
}

impl FromStr for EntryId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::parse(text.as_bytes()).ok_or(())
    }
}

/// A new event id: UUID v7 whose clock part is `at`, so that ids sort as their events do.
pub fn event_id_at(at: super::Millis) -> String {
    let ms = u64::try_from(at.get()).unwrap_or(0);
    let random = *Uuid::new_v4().as_bytes();
    let mut tail = [0; 10];
    tail.copy_from_slice(&random[6..]);
    uuid::Builder::from_unix_timestamp_millis(ms, &tail)
        .into_uuid()
        .to_string()
}

/// The event id for something that has none of its own, from what it says: the same each time.
pub fn event_id_of(at: super::Millis, said: &[u8]) -> String {
    let mut tail = [0; 10];
    tail.copy_from_slice(&digest(said).to_be_bytes()[..10]);
    let ms = u64::try_from(at.get()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(ms, &tail)
        .into_uuid()
        .to_string()
}

/// The trace of a job for which nobody opened one: the same from every emitter that knows the job,
/// so that what they say is linked.
pub fn trace_id_of(job: &str) -> String {
    // W3C: a trace id of zeros is none.
    format!("{:032x}", digest(job.as_bytes()).max(1))
}

/// A new trace id: 32 hex digits, never all zero.
pub fn trace_id() -> String {
    Uuid::new_v4().simple().to_string()
}

/// A new span id: 16 hex digits, never all zero.
pub fn span_id() -> String {
    let mut id = trace_id();
    id.truncate(16);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entry_ids_read_back_and_step() {
        let id: EntryId = "1700000000000-7".parse().expect("an id");
        assert_eq!(id.to_string(), "1700000000000-7");
        assert_eq!(id.next().to_string(), "1700000000000-8");
        assert_eq!(
            EntryId {
                ms: 1,
                seq: u64::MAX
            }
            .next(),
            EntryId { ms: 2, seq: 0 }
        );
        for bad in [
            "",
            "1",
            "-1",
            "1-",
            "+1-2",
            "1-x",
            "1-2-3",
            "99999999999999999999-0",
        ] {
            assert_eq!(bad.parse::<EntryId>(), Err(()), "{bad}");
        }
    }

    #[cfg(feature = "cli")]
    #[test]
    fn entry_ids_step_back_as_they_step_on() {
        for id in [(1, 0), (1, 1), (2, u64::MAX)] {
            let id = EntryId {
                ms: id.0,
                seq: id.1,
            };
            assert!(id.previous() < id);
            assert_eq!(id.previous().next(), id);
        }
        assert_eq!(EntryId::MIN.previous(), EntryId::MIN);
    }

    #[test]
    fn derived_ids_are_the_same_each_time_and_differ_by_text() {
        let at = super::super::Millis::clamped(5);
        assert_eq!(event_id_of(at, b"a"), event_id_of(at, b"a"));
        let ids: std::collections::HashSet<_> = (0..10_000)
            .map(|job| trace_id_of(&format!("job_{job}")))
            .collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.len() == 32));
        // Whoever changes this unlinks what emitters of two versions say of one job.
        assert_eq!(trace_id_of("job_123"), "69742230776ef52492b72f6549502de6");
    }

    #[test]
    fn event_ids_carry_their_time() {
        let at = super::super::Millis::clamped(1_700_000_000_123);
        let id = Uuid::parse_str(&event_id_at(at)).expect("a uuid");
        assert_eq!(id.get_version_num(), 7);
        let (seconds, nanos) = id.get_timestamp().expect("a time").to_unix();
        assert_eq!((seconds, nanos / 1_000_000), (1_700_000_000, 123));
    }
}
