//! Counters and gauges in three tables, those of the collector itself, its alerts, and events and jobs.
//! Each is read when somebody asks, whether that is Prometheus or a meter provider.

use super::Tables;
use crate::collect::alerts::AlertStatus;
use crate::collect::report::{LaneReport, Report, StreamReport};

/// Takes the values of a figure: labels and a number.
pub(super) type Take<'a> = dyn FnMut(&[(&'static str, &str)], f64) + 'a;

/// One figure, and the thing it is read from.
pub(super) struct Figure<S> {
    /// Its name without a unit, and without `_total`.
    pub(super) name: &'static str,
    /// What it says, in a sentence without its full stop.
    pub(super) help: &'static str,
    pub(super) unit: Unit,
    pub(super) kind: Kind,
    /// Where it stands.
    pub(super) read: fn(&S, &mut Take<'_>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    None,
    Seconds,
    Bytes,
}

/// The collector itself, in the order in which it is shown.
pub(super) const COLLECTOR: &[Figure<Report>] = &[
    gauge(
        "emp_collector_info",
        "Version and consumer name, as labels",
        |report, take| {
            let labels = [
                ("version", &*report.version),
                ("consumer", &report.consumer),
            ];
            take(&labels, 1.0);
        },
    ),
    Figure {
        unit: Unit::Seconds,
        ..gauge(
            "emp_collector_uptime",
            "Time since the collector started",
            |report, take| {
                take(&[], number(report.uptime_s));
            },
        )
    },
    Figure {
        unit: Unit::Bytes,
        ..gauge(
            "emp_collector_memory",
            "Resident memory of the collector",
            |report, take| {
                if let Some(memory) = report.memory {
                    take(&[], number(memory));
                }
            },
        )
    },
    gauge(
        "emp_collector_connected",
        "1 while the stream is being read",
        |report, take| {
            streams(report, take, |of| u64::from(of.connected));
        },
    ),
    gauge(
        "emp_collector_stream_length",
        "Entries in the stream",
        |report, take| {
            streams(report, take, |of| of.length);
        },
    ),
    gauge(
        "emp_collector_lag",
        "Entries of the stream that nobody in the group has read",
        |report, take| {
            streams(report, take, |of| of.lag);
        },
    ),
    gauge(
        "emp_collector_unacknowledged",
        "Entries read and not acknowledged yet",
        |report, take| {
            streams(report, take, |of| of.unacknowledged);
        },
    ),
    counter("emp_collector_read", "Entries read", |report, take| {
        streams(report, take, |of| of.read);
    }),
    counter(
        "emp_collector_resumed",
        "Entries read again that this collector had not acknowledged",
        |report, take| {
            streams(report, take, |of| of.resumed);
        },
    ),
    counter(
        "emp_collector_claimed",
        "Entries taken over from other collectors",
        |report, take| {
            streams(report, take, |of| of.claimed);
        },
    ),
    counter(
        "emp_collector_missed",
        "Entries trimmed before anybody read them: lost",
        |report, take| {
            streams(report, take, |of| of.missed);
        },
    ),
    counter(
        "emp_collector_trimmed",
        "Entries trimmed after they were read and before they were delivered: lost",
        |report, take| {
            streams(report, take, |of| of.trimmed);
        },
    ),
    gauge(
        "emp_collector_queued",
        "Items that wait in memory for the output",
        |report, take| {
            outputs(report, take, |of| of.queued);
        },
    ),
    gauge(
        "emp_collector_spooled",
        "Items that wait on disk for the output",
        |report, take| {
            outputs(report, take, |of| of.spooled);
        },
    ),
    Figure {
        unit: Unit::Bytes,
        ..gauge(
            "emp_collector_spool",
            "Size of what waits on disk for the output",
            |report, take| {
                outputs(report, take, |of| of.spool_bytes);
            },
        )
    },
    Figure {
        unit: Unit::Bytes,
        ..gauge(
            "emp_collector_spool_limit",
            "Size that the output's spool keeps to",
            |report, take| {
                outputs(report, take, |of| of.spool_limit);
            },
        )
    },
    gauge(
        "emp_collector_failing",
        "1 while nothing gets through to the output",
        |report, take| {
            outputs(report, take, |of| u64::from(of.failing_since.is_some()));
        },
    ),
    Figure {
        unit: Unit::Seconds,
        ..gauge(
            "emp_collector_last_success_timestamp",
            "When the output last took something, since 1970",
            |report, take| {
                for output in &report.outputs {
                    if let Some(at) = output.last_success {
                        take(&[("output", &output.name)], super::seconds(at));
                    }
                }
            },
        )
    },
    counter(
        "emp_collector_delivered",
        "Items that the output has taken",
        |report, take| {
            outputs(report, take, |of| of.delivered);
        },
    ),
    counter(
        "emp_collector_batches",
        "Batches that the output has taken",
        |report, take| {
            outputs(report, take, |of| of.batches);
        },
    ),
    counter(
        "emp_collector_retries",
        "Attempts to deliver that came to nothing",
        |report, take| {
            outputs(report, take, |of| of.retries);
        },
    ),
    counter(
        "emp_collector_rejected",
        "Items that the output rejected out of batches it took",
        |report, take| {
            outputs(report, take, |of| of.rejected);
        },
    ),
    counter(
        "emp_collector_dead",
        "Items refused for good, which went to the dead letters",
        |report, take| {
            outputs(report, take, |of| of.dead);
        },
    ),
    counter(
        "emp_collector_dropped",
        "Items that a full spool dropped: lost",
        |report, take| {
            for output in &report.outputs {
                let others = output.dropped.saturating_sub(output.dropped_errors);
                for (level, count) in [("error", output.dropped_errors), ("other", others)] {
                    take(&[("output", &output.name), ("level", level)], number(count));
                }
            }
        },
    ),
];

/// Alerts: what fires is the same for all collectors, what was told is of this one.
pub(super) const ALERTS: &[Figure<AlertStatus>] = &[
    gauge(
        "emp_alerts_firing",
        "Alerts that fire in all of the system",
        |alerts, take| {
            take(&[], number(alerts.summary().firing.len() as u64));
        },
    ),
    counter(
        "emp_alert_notices",
        "Notices of alerts made by this collector",
        |alerts, take| {
            let totals = alerts.totals();
            for (kind, count) in [
                ("fired", totals.fired),
                ("repeated", totals.repeated),
                ("resolved", totals.resolved),
            ] {
                take(&[("kind", kind)], number(count));
            }
        },
    ),
    counter(
        "emp_alert_deliveries",
        "Attempts to deliver notices, by how they ended",
        |alerts, take| {
            let totals = alerts.totals();
            for (result, count) in [
                ("delivered", totals.delivered),
                ("failed", totals.failed),
                ("dropped", totals.dropped),
            ] {
                take(&[("result", result)], number(count));
            }
        },
    ),
];

/// Events and jobs.
pub(super) const EVENTS: &[Figure<Tables>] = &[
    counter("emp_events", "Events read", |tables, take| {
        for (service, kind, of) in tables.events.iter() {
            take(&[("service", service), ("type", kind)], number(of.all));
        }
    }),
    counter(
        "emp_errors",
        "Events read that are of level error, or error events",
        |tables, take| {
            for (service, kind, of) in tables.events.iter().filter(|(_, _, of)| of.errors > 0) {
                take(&[("service", service), ("type", kind)], number(of.errors));
            }
        },
    ),
    counter(
        "worker_errors",
        "Error events of workers",
        |tables, take| {
            take(&[], number(tables.worker_errors));
        },
    ),
    counter("jobs_submitted", "Jobs created", |tables, take| {
        for (kind, _, count) in tables.submitted.iter() {
            take(&[("type", kind)], number(*count));
        }
    }),
    counter(
        "jobs_processed",
        "Jobs ended, by how they ended",
        |tables, take| {
            for (kind, status, count) in tables.processed.iter() {
                take(&[("type", kind), ("status", status)], number(*count));
            }
        },
    ),
];

/// Lengths of time, which are recorded as they happen.
pub(super) struct Lengths {
    /// The name without `_seconds`.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) labels: &'static [&'static str],
}

pub(super) const JOBS: Lengths = Lengths {
    name: "job_duration",
    help: "From a job's first event to its last",
    labels: &["type"],
};

pub(super) const WAITS: Lengths = Lengths {
    name: "job_queue_wait",
    help: "From a job's first event until a worker takes it",
    labels: &["type"],
};

pub(super) const STEPS: Lengths = Lengths {
    name: "job_step_duration",
    help: "Steps of jobs",
    labels: &["step", "service"],
};

const fn gauge<S>(
    name: &'static str,
    help: &'static str,
    read: fn(&S, &mut Take<'_>),
) -> Figure<S> {
    Figure {
        name,
        help,
        unit: Unit::None,
        kind: Kind::Gauge,
        read,
    }
}

const fn counter<S>(
    name: &'static str,
    help: &'static str,
    read: fn(&S, &mut Take<'_>),
) -> Figure<S> {
    Figure {
        kind: Kind::Counter,
        ..gauge(name, help, read)
    }
}

fn streams(report: &Report, take: &mut Take<'_>, value: fn(&StreamReport) -> u64) {
    for of in &report.streams {
        take(
            &[("stream", &of.stream), ("group", &of.group)],
            number(value(of)),
        );
    }
}

fn outputs(report: &Report, take: &mut Take<'_>, value: fn(&LaneReport) -> u64) {
    for of in &report.outputs {
        take(&[("output", &of.name)], number(value(of)));
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "both formats carry floating point numbers"
)]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
