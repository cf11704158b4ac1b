//! How a collector stands, for `/status`, its heartbeat and whoever asks for its health.

use serde::{Deserialize, Serialize};

pub(crate) use super::intake::StreamReport;
pub(crate) use super::lane::LaneReport;

/// A collector at one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Its name in the consumer groups.
    pub(crate) consumer: String,
    /// Version of emp.
    pub(crate) version: String,
    /// Its process on its host.
    pub(crate) pid: u32,
    /// When this was said, in ms since 1970.
    pub(crate) at: i64,
    /// Seconds since it started.
    pub(crate) uptime_s: u64,
    /// Bytes of memory that it holds.
    pub(crate) memory: Option<u64>,
    /// Events of the last minute or so, a second.
    pub(crate) events_per_second: f64,
    /// Whether it is on its way to an end.
    pub(crate) stopping: bool,
    /// The streams it reads.
    pub(crate) streams: Vec<StreamReport>,
    /// The outputs it feeds.
    pub(crate) outputs: Vec<LaneReport>,
}
