//! The table of settings: everything that can be configured, said once.

use super::otlp;

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The name in `emp.toml`: `redis.url` is `url` under `[redis]`.
    pub name: &'static str,
    /// Its own environment variable.
    pub env: &'static str,
    /// Variables that other programs use for the same thing, in order of precedence.
    pub generic: &'static [&'static str],
    /// The value where nobody sets one.
    pub default: Option<&'static str>,
    /// Whether the value may hold a password.
    pub secret: bool,
    /// What it does, in a sentence.
    pub help: &'static str,
}

pub(super) const URL: &str = "redis.url";
pub(super) const CA: &str = "redis.ca";
pub(super) const EVENTS: &str = "streams.events";
pub(super) const EVENTS_MAX_LEN: &str = "streams.events_max_len";
pub(super) const EVENTS_MAX_AGE: &str = "streams.events_max_age";
pub(super) const ERRORS: &str = "streams.errors";
pub(super) const ERRORS_MAX_LEN: &str = "streams.errors_max_len";
pub(super) const ERRORS_MAX_AGE: &str = "streams.errors_max_age";
pub(super) const JOURNAL: &str = "journal.path";
pub(super) const JOURNAL_MAX_SIZE: &str = "journal.max_size";
pub(super) const CACHE: &str = "cache.path";
pub(super) const CACHE_MAX_SIZE: &str = "cache.max_size";
pub(super) const SERVICE: &str = "emit.service";
pub(super) const TIMEOUT: &str = "emit.timeout";
pub(super) const LEVEL: &str = "emit.level";
pub(super) const SAMPLE: &str = "emit.sample";
pub(super) const RATE_LIMIT: &str = "emit.rate_limit";
pub(super) const REDACT: &str = "emit.redact";
pub(super) const QUEUE: &str = "emit.queue";
pub(super) const QUEUE_SIZE: &str = "emit.queue_size";
pub(super) const FLUSH_INTERVAL: &str = "emit.flush_interval";
pub(super) const DROP_TIMEOUT: &str = "emit.drop_timeout";
pub(super) const GAP: &str = "timeline.gap";
pub(super) const END_EVENTS: &str = "timeline.end_events";
pub(super) const SERVICES: &str = "health.services";
pub(super) const NOTIFY_WEBHOOK: &str = "notify.webhook";
pub(super) const NOTIFY_SHAPE: &str = "notify.shape";
pub(super) const NOTIFY_SECRET: &str = "notify.secret";
pub(super) const NOTIFY_COMMAND: &str = "notify.command";
pub(super) const NOTIFY_TIMEOUT: &str = "notify.timeout";

/// Every setting that is always shown, in that order.
pub fn shown() -> impl Iterator<Item = &'static Key> {
    let ours = KEYS.iter().chain(&super::collect::KEYS);
    ours.chain(otlp::SHARED)
}

/// Those, and settings for single signals, which are shown where they are set.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    shown().chain(otlp::OF_SIGNALS.iter().flatten())
}

/// The settings of rooms without a table of their own.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: URL,
        env: "EMP_URL",
        generic: &["REDIS_URL", "REDIS_HOST"],
        default: Some("redis://127.0.0.1:6379"),
        secret: true,
        help: "Address of Redis: redis://, rediss:// (TLS) or redis+unix://, with user, password \
               and database number. REDIS_HOST is joined by REDIS_PORT and REDIS_PASSWORD.",
    },
    Key {
        name: CA,
        env: "EMP_REDIS_CA",
        generic: &[],
        default: None,
        secret: false,
        help: "PEM file of the authority that signed the server's certificate, for rediss://. \
               Without it the system's authorities count.",
    },
    Key {
        name: EVENTS,
        env: "EMP_EVENTS_STREAM",
        generic: &[],
        default: Some("emp:events"),
        secret: false,
        help: "Key of the stream of events.",
    },
    Key {
        name: EVENTS_MAX_LEN,
        env: "EMP_EVENTS_MAX_LEN",
        generic: &[],
        default: Some("10000"),
        secret: false,
        help: "Emitters cap the stream of events at about this many entries.",
    },
    Key {
        name: EVENTS_MAX_AGE,
        env: "EMP_EVENTS_MAX_AGE",
        generic: &[],
        default: Some("24h"),
        secret: false,
        help: "How long events are meant to be kept.",
    },
    Key {
        name: ERRORS,
        env: "EMP_ERRORS_STREAM",
        generic: &[],
        default: Some("emp:errors"),
        secret: false,
        help: "Key of the stream of errors.",
    },
    Key {
        name: ERRORS_MAX_LEN,
        env: "EMP_ERRORS_MAX_LEN",
        generic: &[],
        default: Some("50000"),
        secret: false,
        help: "Emitters cap the stream of errors at about this many entries.",
    },
    Key {
        name: ERRORS_MAX_AGE,
        env: "EMP_ERRORS_MAX_AGE",
        generic: &[],
        default: Some("7d"),
        secret: false,
        help: "How long errors are meant to be kept.",
    },
    Key {
        name: JOURNAL,
        env: "EMP_JOURNAL",
        generic: &[],
        default: None,
        secret: false,
        help: "The local journal, where events wait while Redis cannot be reached. By default \
               emp/journal.db in the user's state folder ($XDG_STATE_HOME or ~/.local/state), and \
               emp/journal-HASH.db, one for each, where another Redis than the default is named.",
    },
    Key {
        name: JOURNAL_MAX_SIZE,
        env: "EMP_JOURNAL_MAX_SIZE",
        generic: &[],
        default: Some("100MB"),
        secret: false,
        help: "The size that the journal keeps to. When it is full, the oldest debug and info \
               events are dropped first, errors last, and each drop is counted.",
    },
    Key {
        name: CACHE,
        env: "EMP_CACHE",
        generic: &[],
        default: None,
        secret: false,
        help: "The folder of the cache: what commands read of streams of more than 10,000 entries, so \
               that the next one asks Redis only for what came since (docs/answers.md). An absolute \
               path, by default emp in the user's cache folder ($XDG_CACHE_HOME or ~/.cache); none \
               keeps nothing.",
    },
    Key {
        name: CACHE_MAX_SIZE,
        env: "EMP_CACHE_MAX_SIZE",
        generic: &[],
        default: Some("256MB"),
        secret: false,
        help: "The size that the cache of one stream keeps to, compressed, within a few MB: 256 MB \
               are several million entries. What is beyond is read from Redis each time.",
    },
    Key {
        name: SERVICE,
        env: "EMP_SERVICE",
        generic: &["OTEL_SERVICE_NAME"],
        default: None,
        secret: false,
        help: "The service that `emp emit` speaks for where --service is not given.",
    },
    Key {
        name: TIMEOUT,
        env: "EMP_TIMEOUT",
        generic: &[],
        default: Some("250ms"),
        secret: false,
        help: "How long one `emp emit` may try to reach Redis before the event goes to the \
               journal.",
    },
    Key {
        name: LEVEL,
        env: "EMP_LEVEL",
        generic: &[],
        default: Some("debug"),
        secret: false,
        help: "Emitters leave out events below this level: debug, info, warn or error.",
    },
    Key {
        name: SAMPLE,
        env: "EMP_SAMPLE",
        generic: &[],
        default: Some(""),
        secret: false,
        help: "The share of events that is kept, by pattern of the event type: \
               job.progress_updated=0.1, separated by commas or as a table. The first pattern that \
               matches counts, a trace is kept whole or not at all, and errors are always kept.",
    },
    Key {
        name: RATE_LIMIT,
        env: "EMP_RATE_LIMIT",
        generic: &[],
        default: Some("0"),
        secret: false,
        help: "Events a second of one process above which a smaller share is kept, so that about \
               this many are; 0 is no limit. Kept events carry the share as sampleRate.",
    },
    Key {
        name: REDACT,
        env: "EMP_REDACT",
        generic: &[],
        default: Some(
            "password,passwd,secret,token,authorization,api_key,access_key,private_key,cookie,credential",
        ),
        secret: false,
        help: "Values under keys that contain one of these words are masked before an event leaves \
               the process. Case, dashes and underscores do not matter.",
    },
    Key {
        name: QUEUE,
        env: "EMP_QUEUE",
        generic: &[],
        default: Some("10000"),
        secret: false,
        help: "Events that an EventClient holds in memory at most. When it is full, the newest \
               debug and info events are dropped first, errors last.",
    },
    Key {
        name: QUEUE_SIZE,
        env: "EMP_QUEUE_SIZE",
        generic: &[],
        default: Some("32MiB"),
        secret: false,
        help: "The memory that those events may take, roughly.",
    },
    Key {
        name: FLUSH_INTERVAL,
        env: "EMP_FLUSH_INTERVAL",
        generic: &[],
        default: Some("50ms"),
        secret: false,
        help: "The time within which an EventClient makes an event safe, in Redis or in the \
               journal: what a process that is killed can lose. Half of it is for gathering, half \
               for the answer of Redis.",
    },
    Key {
        name: DROP_TIMEOUT,
        env: "EMP_DROP_TIMEOUT",
        generic: &[],
        default: Some("1s"),
        secret: false,
        help: "How long the end of an EventClient may take until the last events are safe.",
    },
    Key {
        name: GAP,
        env: "EMP_GAP",
        generic: &[],
        default: Some("1s"),
        secret: false,
        help: "The silence between two events that `emp timeline` calls a gap.",
    },
    Key {
        name: END_EVENTS,
        env: "EMP_END_EVENTS",
        generic: &[],
        default: Some("job.completed,job.failed,job.cancelled,job.timeout,job.creation_failed"),
        secret: false,
        help: "The event types that end a job, separated by commas or as a list.",
    },
    Key {
        name: SERVICES,
        env: "EMP_SERVICES",
        generic: &[],
        default: Some(""),
        secret: false,
        help: "The services that `emp health` expects to hear from, separated by commas or as a \
               list.",
    },
    Key {
        name: NOTIFY_WEBHOOK,
        env: "EMP_NOTIFY_WEBHOOK",
        generic: &[],
        default: None,
        secret: true,
        help: "Where the collector posts notices of alerts: http:// or https://. Everything after \
               the host is taken for a secret.",
    },
    Key {
        name: NOTIFY_SHAPE,
        env: "EMP_NOTIFY_SHAPE",
        generic: &[],
        default: Some("json"),
        secret: false,
        help: "The shape of what is posted: json, or slack for an incoming webhook of Slack or \
               whatever takes the same.",
    },
    Key {
        name: NOTIFY_SECRET,
        env: "EMP_NOTIFY_SECRET",
        generic: &[],
        default: None,
        secret: true,
        help: "Signs what is posted: the header X-Emp-Signature is sha256= and the HMAC-SHA256 of \
               the body in hex.",
    },
    Key {
        name: NOTIFY_COMMAND,
        env: "EMP_NOTIFY_COMMAND",
        generic: &[],
        default: None,
        secret: false,
        help: "A command that is run by `sh -c` for each notice of an alert, with the notice as \
               JSON on standard input and in EMP_ALERT_* variables. One runs at a time.",
    },
    Key {
        name: NOTIFY_TIMEOUT,
        env: "EMP_NOTIFY_TIMEOUT",
        generic: &[],
        default: Some("10s"),
        secret: false,
        help: "How long one post or one run of the command may take.",
    },
];
