//! Settings of the collector.

use std::path::PathBuf;
use std::time::Duration;

use super::Error;
use super::keys::Key;
use super::layers::Layers;
use crate::quantity;

pub(super) const CONSUMER: &str = "collect.consumer";
pub(super) const EVENTS_GROUP: &str = "collect.events_group";
pub(super) const ERRORS_GROUP: &str = "collect.errors_group";
pub(super) const CLAIM_IDLE: &str = "collect.claim_idle";
pub(super) const FILE: &str = "collect.file";
pub(super) const FILE_SIZE: &str = "collect.file_size";
pub(super) const FILE_TOTAL: &str = "collect.file_total";
pub(super) const SPOOL: &str = "collect.spool";
pub(super) const SPOOL_SIZE: &str = "collect.spool_size";
pub(super) const BATCH_EVENTS: &str = "collect.batch_events";
pub(super) const BATCH_SIZE: &str = "collect.batch_size";
pub(super) const BATCH_DELAY: &str = "collect.batch_delay";
pub(super) const DEAD: &str = "collect.dead";
pub(super) const DEAD_MAX_LEN: &str = "collect.dead_max_len";
pub(super) const INDEX: &str = "collect.index";
pub(super) const TRIM: &str = "collect.trim";
pub(super) const MEMORY_SHARE: &str = "collect.memory_share";
pub(super) const JOB_TIMEOUT: &str = "collect.job_timeout";
pub(super) const LISTEN: &str = "collect.listen";
pub(super) const LISTEN_TOKEN: &str = "collect.listen_token";
pub(super) const SHUTDOWN_TIMEOUT: &str = "collect.shutdown_timeout";

/// The collector's keys, in the order in which they are shown.
pub(super) const KEYS: [Key; 21] = [
    Key {
        name: CONSUMER,
        env: "EMP_CONSUMER",
        generic: &["HOSTNAME"],
        default: None,
        secret: false,
        help: "Name of this collector in its consumer groups: the same after a restart, and another \
               for each collector. By default the host's name.",
    },
    Key {
        name: EVENTS_GROUP,
        env: "EMP_EVENTS_GROUP",
        generic: &[],
        default: Some("telemetry-collectors"),
        secret: false,
        help: "Consumer group on the stream of events.",
    },
    Key {
        name: ERRORS_GROUP,
        env: "EMP_ERRORS_GROUP",
        generic: &[],
        default: Some("error-collectors"),
        secret: false,
        help: "Consumer group on the stream of errors.",
    },
    Key {
        name: CLAIM_IDLE,
        env: "EMP_CLAIM_IDLE",
        generic: &[],
        default: Some("60s"),
        secret: false,
        help: "Entries that a collector has taken and left alone for so long are taken over by \
               another one.",
    },
    Key {
        name: FILE,
        env: "EMP_COLLECT_FILE",
        generic: &[],
        default: Some("./logs/telemetry/events.log"),
        secret: false,
        help: "File that gets every event as a line of JSON; `none` for no file. With \
               NODE_ENV=production there is none unless one is named.",
    },
    Key {
        name: FILE_SIZE,
        env: "EMP_COLLECT_FILE_SIZE",
        generic: &[],
        default: Some("50MB"),
        secret: false,
        help: "A file of this size is rotated to events.log.1, and so on.",
    },
    Key {
        name: FILE_TOTAL,
        env: "EMP_COLLECT_FILE_TOTAL",
        generic: &[],
        default: Some("100MB"),
        secret: false,
        help: "The size that the file and those rotated before it keep to together.",
    },
    Key {
        name: SPOOL,
        env: "EMP_SPOOL",
        generic: &[],
        default: None,
        secret: false,
        help: "Folder where events wait for an output that cannot take them, a file for each \
               output. By default emp/spool in the user's state folder ($XDG_STATE_HOME or \
               ~/.local/state), and emp/spool-HASH where another Redis than the default is named.",
    },
    Key {
        name: SPOOL_SIZE,
        env: "EMP_SPOOL_SIZE",
        generic: &[],
        default: Some("100MB"),
        secret: false,
        help: "The size that each output's spool keeps to. When it is full, the oldest debug and \
               info events are dropped first, errors last, and each drop is counted.",
    },
    Key {
        name: BATCH_EVENTS,
        env: "EMP_BATCH_EVENTS",
        generic: &[],
        default: Some("512"),
        secret: false,
        help: "A batch for OTLP holds at most so many events.",
    },
    Key {
        name: BATCH_SIZE,
        env: "EMP_BATCH_SIZE",
        generic: &[],
        default: Some("1MB"),
        secret: false,
        help: "A batch for OTLP holds at most about so many bytes, before compression.",
    },
    Key {
        name: BATCH_DELAY,
        env: "EMP_BATCH_DELAY",
        generic: &[],
        default: Some("5s"),
        secret: false,
        help: "An event waits at most so long for others before its batch is sent.",
    },
    Key {
        name: DEAD,
        env: "EMP_DEAD_STREAM",
        generic: &[],
        default: Some("emp:dead"),
        secret: false,
        help: "Key of the stream of events that an output refuses for good.",
    },
    Key {
        name: DEAD_MAX_LEN,
        env: "EMP_DEAD_MAX_LEN",
        generic: &[],
        default: Some("10000"),
        secret: false,
        help: "The stream of refused events is capped at about this many entries.",
    },
    Key {
        name: INDEX,
        env: "EMP_COLLECT_INDEX",
        generic: &[],
        default: Some("true"),
        secret: false,
        help: "Keep an index of jobs and traces in Redis, by which timelines and searches for one \
               id are fast.",
    },
    Key {
        name: TRIM,
        env: "EMP_COLLECT_TRIM",
        generic: &[],
        default: Some("true"),
        secret: false,
        help: "Remove entries from the streams that are older than streams.*_max_age, once every \
               group has them.",
    },
    Key {
        name: MEMORY_SHARE,
        env: "EMP_MEMORY_SHARE",
        generic: &[],
        default: Some("80%"),
        secret: false,
        help: "When Redis uses this share of its maxmemory, everything that all groups have is \
               removed from the streams, old or not.",
    },
    Key {
        name: JOB_TIMEOUT,
        env: "EMP_JOB_TIMEOUT",
        generic: &[],
        default: Some("1h"),
        secret: false,
        help: "A job that nobody says anything of for so long gets its spans without an end.",
    },
    Key {
        name: LISTEN,
        env: "EMP_LISTEN",
        generic: &[],
        default: Some("127.0.0.1:9464"),
        secret: false,
        help: "Address for /healthz, /readyz, /status and /metrics; `none` for no address. Beyond \
               loopback a collect.listen_token is needed.",
    },
    Key {
        name: LISTEN_TOKEN,
        env: "EMP_LISTEN_TOKEN",
        generic: &[],
        default: None,
        secret: true,
        help: "Token that /status and /metrics ask for, as `Authorization: Bearer TOKEN`.",
    },
    Key {
        name: SHUTDOWN_TIMEOUT,
        env: "EMP_SHUTDOWN_TIMEOUT",
        generic: &[],
        default: Some("10s"),
        secret: false,
        help: "How long a collector that is told to stop delivers what it has.",
    },
];

/// Settings of the collector, checked.
#[derive(Clone, Debug)]
pub struct CollectSettings {
    /// Name in the consumer groups.
    pub consumer: Option<String>,
    /// Group on the stream of events.
    pub events_group: String,
    /// Group on the stream of errors.
    pub errors_group: String,
    /// After how long entries of others are taken over.
    pub claim_idle: Duration,
    /// The file that gets every event.
    pub file: Option<PathBuf>,
    /// Bytes of one file.
    pub file_size: u64,
    /// Bytes of the file and those rotated.
    pub file_total: u64,
    /// Folder of the spools.
    pub spool: PathBuf,
    /// Bytes of one spool.
    pub spool_size: u64,
    /// Events of a batch.
    pub batch_events: usize,
    /// Bytes of a batch.
    pub batch_size: u64,
    /// How long a batch waits to be full.
    pub batch_delay: Duration,
    /// Key of the dead letters.
    pub dead: String,
    /// Entries of the dead letters.
    pub dead_max_len: u64,
    /// Whether the index is kept.
    pub index: bool,
    /// Whether the streams are trimmed by age.
    pub trim: bool,
    /// The share of Redis' memory beyond which everything read is removed.
    pub memory_share: f64,
    /// After what silence an open job is given up.
    pub job_timeout: Duration,
    /// Where HTTP is answered.
    pub listen: Option<String>,
    /// What HTTP asks for.
    pub listen_token: Option<String>,
    /// How long stopping may take.
    pub shutdown_timeout: Duration,
}

impl CollectSettings {
    pub(super) fn read(layers: &mut Layers, faults: &mut Vec<Error>) -> Self {
        let unless_none = |text: Option<String>| text.filter(|text| text != "none");
        let mut size = |key| {
            layers.parsed(key, "size (32MiB, 100MB)", faults, |text| {
                quantity::parse_bytes(text).filter(|bytes| *bytes > 0)
            })
        };
        let (file_size, file_total) = (size(FILE_SIZE), size(FILE_TOTAL));
        let (spool_size, batch_size) = (size(SPOOL_SIZE), size(BATCH_SIZE));
        let mut number = |key| {
            layers.parsed(key, "number above zero", faults, |text| {
                text.parse().ok().filter(|count: &u64| *count > 0)
            })
        };
        let (batch_events, dead_max_len) = (number(BATCH_EVENTS), number(DEAD_MAX_LEN));
        let mut switch = |key| {
            let parse = |text: &str| match text {
                "true" | "1" | "on" | "yes" => Some(true),
                "false" | "0" | "off" | "no" => Some(false),
                _ => None,
            };
            layers.parsed(key, "true or false", faults, parse)
        };
        let (index, trim) = (switch(INDEX), switch(TRIM));
        let memory_share = layers.parsed(MEMORY_SHARE, "share (80%, 0.8)", faults, share);
        let claim_idle = layers.duration(CLAIM_IDLE, faults);
        let job_timeout = layers.duration(JOB_TIMEOUT, faults);
        let batch_delay = layers.duration(BATCH_DELAY, faults);
        let shutdown_timeout = layers.duration(SHUTDOWN_TIMEOUT, faults);
        Self {
            consumer: layers.optional(CONSUMER),
            events_group: layers.text(EVENTS_GROUP),
            errors_group: layers.text(ERRORS_GROUP),
            claim_idle,
            file: unless_none(layers.optional(FILE)).map(PathBuf::from),
            file_size,
            file_total,
            spool: PathBuf::from(layers.text(SPOOL)),
            spool_size,
            batch_events: usize::try_from(batch_events).unwrap_or(usize::MAX),
            batch_size,
            batch_delay,
            dead: layers.text(DEAD),
            dead_max_len,
            index,
            trim,
            memory_share,
            job_timeout,
            listen: unless_none(layers.optional(LISTEN)),
            listen_token: layers.optional(LISTEN_TOKEN),
            shutdown_timeout,
        }
    }
}

/// `80%` or `0.8`.
fn share(text: &str) -> Option<f64> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    (share > 0.0 && share <= 1.0).then_some(share)
}

/// Whether the file is only written where somebody names it.
pub(super) fn is_production(env: &dyn Fn(&str) -> Option<String>) -> bool {
    env("NODE_ENV").as_deref() == Some("production")
}
