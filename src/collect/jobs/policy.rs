//! How jobs are followed, and what came of it in figures.

/// How jobs are followed.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// How long an ended job waits for late events, in milliseconds.
    pub(crate) linger_ms: i64,
    /// How many ended jobs wait at most.
    pub(crate) most_waiting: usize,
    /// How long the log of an open job is kept, in seconds.
    pub(crate) open_seconds: u64,
    /// How long the log of an ended job is kept at most, in seconds.
    pub(crate) ended_seconds: u64,
    /// How many logs of ended jobs are kept, about: where many end, they are kept for less long,
    /// but for half a minute.
    pub(crate) ended_logs: u64,
    /// Bytes of a log from which on only ends are kept; a quarter more is the most.
    pub(crate) log_bytes: u64,
    /// Whether words about jobs that begin may be put off. Where jobs become no spans, every output may
    /// have an entry before its job is written, and whatever acknowledges would be told of it twice.
    pub(crate) may_put_off: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            linger_ms: 500,
            most_waiting: 2_000,
            open_seconds: 24 * 3600,
            ended_seconds: 600,
            ended_logs: 20_000,
            log_bytes: 256 * 1024,
            may_put_off: true,
        }
    }
}

impl Policy {
    /// The most bytes of a log.
    pub(super) fn most_bytes(&self) -> u64 {
        self.log_bytes + self.log_bytes / 4
    }
}

/// What went past the logs, for whoever shows figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Milestones that were written.
    pub(crate) written: u64,
    /// Bytes that they took.
    pub(crate) bytes: u64,
    /// Milestones for which a log had no room.
    pub(crate) left_out: u64,
    /// Events whose job id is too long to be followed.
    pub(crate) unfollowed: u64,
    /// Ended jobs whose log was gone: they have no spans.
    pub(crate) lost: u64,
}
