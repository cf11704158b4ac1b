//! How a collector stands, for `/status`, its heartbeat and whoever asks for its health.

use serde::{Deserialize, Serialize};

use super::alerts::Summary;
pub(crate) use super::intake::StreamReport;
pub(crate) use super::lane::LaneReport;

/// A collector at one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Report {
    /// Its name in the consumer groups.
    pub(crate) consumer: String,
    /// Version of emp.
    pub(crate) version: String,
    /// Its process on its host.
    pub(crate) pid: u32,
    /// When this was said, in ms since 1970.
    pub(crate) at: i64,
    /// When it started, in ms since 1970.
    pub(crate) started: i64,
    /// Seconds since it started.
    pub(crate) uptime_s: u64,
    /// Bytes of memory that it holds.
    pub(crate) memory: Option<u64>,
    /// Events a second, over the last minute.
    pub(crate) events_per_second: f64,
    /// Whether it is on its way to an end.
    pub(crate) stopping: bool,
    /// The streams it reads.
    pub(crate) streams: Vec<StreamReport>,
    /// The outputs it feeds.
    pub(crate) outputs: Vec<LaneReport>,
}

/// Everything that a collector tells of itself: `/status`, and its heartbeat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Told {
    /// How it stands.
    #[serde(flatten)]
    pub(crate) report: Report,
    /// The alerts of the whole system, as far as it knows.
    #[serde(default)]
    pub(crate) alerts: Summary,
}

impl Report {
    /// Why no work can be counted on just now; empty where all is well.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let mut troubles = Vec::new();
        if self.stopping {
            troubles.push("stopping".to_owned());
        }
        for stream in self.streams.iter().filter(|stream| !stream.connected) {
            let reason = stream.last_error.as_ref();
            let reason = reason.map_or("not joined yet", |mark| &mark.reason);
            troubles.push(format!("{}: {reason}", stream.stream));
        }
        for output in &self.outputs {
            if output.failing_since.is_some() {
                let reason = output.last_error.as_ref();
                let reason = reason.map_or("nothing gets through", |mark| &mark.reason);
                troubles.push(format!("{}: {reason}", output.name));
            }
        }
        troubles
    }
}

/// Bytes of memory that this process holds, where the system tells as Linux does.
pub(super) fn resident_memory() -> Option<u64> {
    resident(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident(status: &str) -> Option<u64> {
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes = line.trim().strip_suffix("kB")?.trim();
    kibibytes.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::lane::Mark;

    #[test]
    fn memory_stands_in_a_line_of_its_own() {
        let status = "VmHWM:\t 9 kB\nVmRSS:\t   21340 kB\nRssAnon:\t 1 kB\n";
        assert_eq!(resident(status), Some(21_340 * 1024));
        for other in ["", "VmRSS: much kB", "VmRSS: 12 MB"] {
            assert_eq!(resident(other), None);
        }
        if cfg!(target_os = "linux") {
            assert!(resident_memory().is_some_and(|bytes| bytes > 100_000));
        }
    }

    #[test]
    fn troubles_are_told_with_their_reason() {
        let mut report = Report {
            streams: vec![StreamReport {
                stream: "emp:events".to_owned(),
                ..StreamReport::default()
            }],
            outputs: vec![LaneReport {
                name: "file".to_owned(),
                ..LaneReport::default()
            }],
            ..Report::default()
        };
        assert_eq!(report.troubles(), ["emp:events: not joined yet"]);
        report.streams[0].connected = true;
        assert!(report.troubles().is_empty());
        report.outputs[0].last_error = Some(Mark {
            at: 1,
            reason: "disk full".to_owned(),
        });
        assert!(report.troubles().is_empty(), "it works again");
        report.outputs[0].failing_since = Some(1);
        report.stopping = true;
        assert_eq!(report.troubles(), ["stopping", "file: disk full"]);
    }
}
