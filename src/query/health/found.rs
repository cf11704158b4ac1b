//! What the store found out. `None` is unknown, everywhere.

use serde::Serialize;

use crate::event::Millis;

/// Everything that a health check looks at, events excepted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// When it was found.
    pub now: Millis,
    /// The server.
    pub redis: Redis,
    /// The configured streams, there or not; empty where Redis could not be asked.
    pub streams: Vec<Stream>,
    /// Why events could not be read, or not all of them, from a source that is there.
    pub unread: Option<Trouble>,
    /// What waits in the journal that was looked at; `None` where it was none of the question.
    pub journal: Option<Backlog>,
    /// Services that should be heard of.
    pub expected: Vec<String>,
    /// Collectors that were heard of within a day.
    pub collectors: Vec<Collector>,
    /// The consumer groups that collectors read in, each with its stream.
    pub groups: Vec<(String, String)>,
    /// What collectors say of alerts; `None` where none that lives says anything.
    pub alerts: Option<Alerts>,
    /// Events that outputs refused for good.
    pub dead_letters: Option<DeadLetters>,
}

/// The stream of events that outputs refused for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadLetters {
    /// Its key.
    pub stream: String,
    /// Entries in it.
    pub count: u64,
}

/// What is known of alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alerts {
    /// The collector that watches the rules.
    pub leader: Option<String>,
    /// The alerts that fire, not more than a collector tells.
    pub firing: Vec<Alert>,
    /// Why they do not work as they should, where they do not.
    pub trouble: Option<String>,
}

/// An alert that fires.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// The name of its rule.
    pub rule: String,
    /// What it is about, where the rule tells things apart.
    pub value: Option<String>,
    /// `warning` or `critical`.
    pub severity: Option<String>,
    /// What it looked like last.
    pub message: String,
    /// For how long, in milliseconds; `None` is unknown.
    pub for_ms: Option<i64>,
}

/// A collector, as it told of itself last. Ages are counted from now.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Collector {
    /// Its name in the consumer groups.
    pub name: String,
    /// How long ago it told, in milliseconds.
    pub age_ms: i64,
    /// Version of emp; `None` where what it told makes no sense.
    pub version: Option<String>,
    /// How long it had run by then.
    pub uptime_ms: i64,
    /// Bytes of memory that it held.
    pub memory: Option<u64>,
    /// Events a second that it read, over a minute.
    pub events_per_second: f64,
    /// Whether it was on its way to an end.
    pub stopping: bool,
    /// The streams it reads.
    pub readings: Vec<Reading>,
    /// The outputs it feeds.
    pub outputs: Vec<Output>,
}

/// How a collector reads a stream.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// Key of the stream.
    pub stream: String,
    /// The consumer group.
    pub group: String,
    /// Whether it was being read.
    pub connected: bool,
    /// Entries a second, over a minute.
    pub events_per_second: f64,
    /// Entries read.
    pub read: u64,
    /// Entries read and not acknowledged.
    pub unacknowledged: u64,
    /// Entries that nobody in the group had read.
    pub lag: u64,
    /// Entries that were trimmed before anybody read them.
    pub missed: u64,
    /// Entries that were trimmed after they were read and before they were delivered.
    pub trimmed: u64,
    /// The last thing that went wrong.
    pub last_error: Option<Failure>,
}

/// How a collector's output stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// `file`, `otlp logs`.
    pub name: String,
    /// Items that wait in memory.
    pub queued: u64,
    /// Items that wait on disk.
    pub spooled: u64,
    /// Bytes that those take.
    pub spool_bytes: u64,
    /// Bytes that they may take.
    pub spool_limit: u64,
    /// Items that it took.
    pub delivered: u64,
    /// Attempts that came to nothing.
    pub retries: u64,
    /// Items that it rejected out of batches.
    pub rejected: u64,
    /// Items that went to the dead letters.
    pub dead: u64,
    /// Items that a full spool dropped, ever.
    pub dropped: u64,
    /// Of those, errors.
    pub dropped_errors: u64,
    /// How long ago it took something.
    pub last_success_age_ms: Option<i64>,
    /// For how long nothing has got through.
    pub failing_for_ms: Option<i64>,
    /// The last thing that went wrong.
    pub last_error: Option<Failure>,
}

impl Output {
    /// Whether it has had nothing to take: nobody knows whether it would.
    pub(super) fn is_untried(&self) -> bool {
        let taken = [self.delivered, self.rejected, self.dead, self.dropped];
        let rest = [self.queued, self.spooled, self.retries];
        taken.iter().chain(&rest).all(|count| *count == 0)
    }
}

/// Something that went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// How long ago.
    pub age_ms: i64,
    /// What was said.
    pub reason: String,
}

/// Whether there is a server to ask.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Redis {
    /// Nobody asked one: the events come from the journal or a file.
    #[default]
    NotAsked,
    /// It does not answer, or refuses access.
    Unreachable {
        /// Its address, without secrets.
        address: String,
        /// Why.
        trouble: Trouble,
    },
    /// It answers.
    Reached {
        /// Its address, without secrets.
        address: String,
        /// What it says about itself.
        server: Server,
    },
}

/// Why something cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// A sentence that names the server or the file.
    pub reason: String,
    /// What to try next.
    pub hint: String,
}

/// What a server says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Name and version: `Redis 7.0.15`, `Valkey 9.1.0`.
    pub version: Option<String>,
    /// `used_memory`, in bytes.
    pub used_memory: Option<u64>,
    /// `maxmemory`, in bytes; 0 is no limit.
    pub max_memory: Option<u64>,
    /// `maxmemory_policy`: `noeviction`, `allkeys-lru`.
    pub eviction_policy: Option<String>,
    /// How it survives a restart.
    pub persistence: Option<Persistence>,
}

impl Server {
    /// Whether it takes whole streams when memory is full: eviction takes keys, with all that is
    /// in them.
    pub(super) fn may_evict_streams(&self) -> bool {
        let policy = self.eviction_policy.as_deref();
        policy.is_some_and(|policy| policy.starts_with("allkeys-"))
    }
}

/// How a server survives a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Persistence {
    /// `aof_enabled`.
    pub append_only: bool,
    /// Whether save points are configured; `None` where the server does not tell.
    pub snapshots: Option<bool>,
    /// Whether the last write of either failed (`rdb_last_bgsave_status`,
    /// `aof_last_write_status`).
    pub failing: bool,
}

/// One stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// Its key.
    pub name: String,
    /// What the key holds.
    pub held: Held,
    /// Entries held.
    pub length: u64,
    /// Entries that emitters keep (`MAXLEN ~`).
    pub cap: Option<u64>,
    /// Age at which the collector trims, in milliseconds.
    pub max_age_ms: Option<i64>,
    /// `MEMORY USAGE`, in bytes.
    pub memory: Option<u64>,
    /// Time of the first entry, on the server's clock.
    pub oldest: Option<Millis>,
    /// Time of the last entry, on the server's clock.
    pub newest: Option<Millis>,
    /// Consumer groups.
    pub groups: Vec<Group>,
}

/// What the key of a stream holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Held {
    /// Nothing: it is not there.
    #[default]
    Nothing,
    /// A stream.
    Stream,
    /// Something else.
    Other,
}

/// A consumer group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Entries delivered and not acknowledged.
    pub pending: u64,
    /// Entries not delivered yet.
    pub lag: Option<u64>,
    /// Its consumers.
    pub consumers: Vec<Consumer>,
}

/// A consumer of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// Entries that it took and did not acknowledge.
    pub pending: u64,
    /// Milliseconds since it last asked for anything.
    pub idle_ms: i64,
}

/// Events that wait in the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many.
    pub count: u64,
    /// Timestamp of the oldest.
    pub oldest: Option<Millis>,
    /// How many the journal had to drop because it was full, since it was made.
    pub dropped: u64,
}
