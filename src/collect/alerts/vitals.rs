//! What the rules need to know about the server and the collectors. Whoever runs the collector
//! fills it; nothing here knows how.

use std::time::Duration;

use crate::event::Millis;

/// The facts of one moment. What is not known is `None` or missing, and no rule fires on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Vitals {
    /// Everything that arrived before this time, by the server's clock, has been read by some
    /// collector: its own clock now where the groups have no lag, else the time of the entry that
    /// was delivered last (of the group that is furthest behind).
    pub(crate) read_to: Option<Millis>,
    /// Consumer groups that trimming may overtake.
    pub(crate) groups: Vec<GroupVitals>,
    /// Bytes that the server uses.
    pub(crate) used_memory: Option<u64>,
    /// Bytes that it may use; 0 is no limit.
    pub(crate) max_memory: Option<u64>,
    /// Open jobs without an event for [`super::Rules::stuck_after`] or longer, those that were
    /// quiet longest first; a hundred are enough.
    pub(crate) quiet_jobs: Vec<QuietJob>,
}

/// A consumer group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GroupVitals {
    /// Key of its stream.
    pub(crate) stream: String,
    /// Its name.
    pub(crate) group: String,
    /// Entries that it has not been given yet.
    pub(crate) lag: Option<u64>,
    /// The time until trimming removes what it has not been given; `None` where that is not in
    /// sight.
    pub(crate) overtakes_in: Option<Duration>,
}

/// A job that has begun and not ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct QuietJob {
    /// Its id.
    pub(crate) job: String,
    /// Its last event.
    pub(crate) last: Millis,
}
