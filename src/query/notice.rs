//! What is told about alerts, and what that comes to: when each began and ended.

use serde::Serialize;

use super::timeline::{rfc3339, rfc3339_or_null};
use crate::event::{Event, Millis};

/// Who says that an alert fires or is resolved.
pub(crate) const SERVICE: &str = "emp-collector";
/// An alert fires, or goes on.
pub(crate) const FIRED: &str = "alert.fired";
/// An alert is over.
pub(crate) const RESOLVED: &str = "alert.resolved";

/// How a notice says that a kind is new. Such a notice stands for itself: that no other new kind comes
/// is never told.
pub(crate) const NEVER_SEEN: &str = "never seen before";

/// Alerts that are listed.
const MOST: usize = 1_000;

/// Whether an event tells about an alert. It is no failure of the system itself.
pub(crate) fn is_notice(event: &Event) -> bool {
    event.service == SERVICE && [FIRED, RESOLVED].contains(&event.event_type.as_str())
}

/// One notice, in few words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// The name of the rule.
    pub rule: String,
    /// What it is about, where its rule tells things apart.
    pub value: Option<String>,
    /// `critical` or `warning`.
    pub severity: String,
    /// `fired`, `repeated` or `resolved`.
    pub status: String,
    /// One sentence.
    pub message: String,
    /// How many since it began; 0 where nothing is counted.
    pub count: u64,
    /// When it was said.
    pub at: Millis,
    /// A job of an event that it shows.
    pub job: Option<String>,
}

/// One alert from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// The name of the rule.
    pub rule: String,
    /// What it is about, where its rule tells things apart.
    pub value: Option<String>,
    /// `critical` or `warning`.
    pub severity: String,
    /// What was said at its beginning.
    pub message: String,
    /// When it was told first.
    #[serde(serialize_with = "rfc3339")]
    pub fired_at: Millis,
    /// When it was told last.
    #[serde(serialize_with = "rfc3339")]
    pub last_told_at: Millis,
    /// When it was over; `None` where that was not told.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub resolved_at: Option<Millis>,
    /// How often it was told.
    pub notices: u64,
    /// How many events it counted; 0 where nothing is counted.
    pub count: u64,
    /// A job of an event that it shows.
    pub job: Option<String>,
}

/// Puts notices together.
#[derive(Debug, Default)]
pub struct Log {
    alerts: Vec<Alert>,
    left_out: u64,
}

impl Told {
    /// Reads an event that tells about an alert; `None` for any other.
    pub fn read(event: &Event) -> Option<Self> {
        if !is_notice(event) {
            return None;
        }
        let text = |path: &str| event.data.text(path).map(str::to_owned);
        let status = text("status").unwrap_or_else(|| match event.event_type.as_str() {
            RESOLVED => "resolved".to_owned(),
            _ => "fired".to_owned(),
        });
        Some(Self {
            rule: text("rule")?,
            value: text("value"),
            severity: text("severity").unwrap_or_default(),
            message: text("message").unwrap_or_default(),
            count: event
                .data
                .get("count")
                .and_then(serde_json::Value::as_u64)
                .unwrap_or(0),
            job: text("examples.0.jobId"),
            at: event.timestamp,
            status,
        })
    }
}

impl Told {
    fn is_of_new_kind(&self) -> bool {
        self.message.contains(NEVER_SEEN)
    }
}

impl Alert {
    /// Whether it is about a kind that was new, which is never over.
    pub fn is_of_new_kind(&self) -> bool {
        self.message.contains(NEVER_SEEN)
    }
}

impl Log {
    /// Takes a notice, in the order of time.
    pub fn push(&mut self, told: Told) {
        let is_full = self.alerts.len() >= MOST;
        let open = self.alerts.iter_mut().rev().find(|alert| {
            (&alert.rule, &alert.value) == (&told.rule, &told.value) && alert.resolved_at.is_none()
        });
        let open = open.filter(|_| !told.is_of_new_kind());
        match (open, told.status.as_str()) {
            (Some(alert), "resolved") => {
                alert.resolved_at = Some(told.at);
                alert.count = alert.count.max(told.count);
            }
            (Some(alert), "repeated") => {
                alert.last_told_at = told.at;
                alert.notices += 1;
                alert.count = alert.count.max(told.count);
            }
            // What it ends began before.
            (None, "resolved") => {}
            _ if is_full => self.left_out += 1,
            _ => self.alerts.push(Alert {
                rule: told.rule,
                value: told.value,
                severity: told.severity,
                message: told.message,
                fired_at: told.at,
                last_told_at: told.at,
                resolved_at: None,
                notices: 1,
                count: told.count,
                job: told.job,
            }),
        }
    }

    /// The alerts in the order in which they began, and how many there was no room for.
    pub fn finish(self) -> (Vec<Alert>, u64) {
        (self.alerts, self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::event::Data;

    fn told(at: i64, status: &str, value: Option<&str>, count: u64) -> Told {
        let data = json!({"rule": "errors", "value": value, "severity": "critical",
            "status": status, "message": "12 in 1m", "count": count,
            "examples": [{"jobId": "j1"}]});
        let event = Event {
            timestamp: Millis::clamped(at),
            service: SERVICE.to_owned(),
            event_type: if status == "resolved" {
                RESOLVED
            } else {
                FIRED
            }
            .to_owned(),
            data: Data::from_wire(&data.to_string()),
            ..Event::default()
        };
        Told::read(&event).expect("a notice")
    }

    #[test]
    fn notices_are_put_together() {
        let mut log = Log::default();
        for told in [
            told(1, "resolved", None, 5),
            told(10, "fired", None, 12),
            told(11, "fired", Some("worker"), 3),
            told(20, "repeated", None, 40),
            told(30, "resolved", None, 44),
            told(50, "fired", None, 10),
        ] {
            log.push(told);
        }
        let (alerts, more) = log.finish();
        assert_eq!((alerts.len(), more), (3, 0));
        let first = &alerts[0];
        let times = (
            first.fired_at.get(),
            first.last_told_at.get(),
            first.resolved_at,
        );
        assert_eq!(times, (10, 20, Some(Millis::clamped(30))));
        assert_eq!(
            (first.notices, first.count, first.job.as_deref()),
            (2, 44, Some("j1"))
        );
        assert_eq!(alerts[1].value.as_deref(), Some("worker"));
        assert_eq!((alerts[2].resolved_at, alerts[2].count), (None, 10));
    }

    #[test]
    fn only_notices_are_read() {
        assert_eq!(
            Told::read(&Event {
                event_type: FIRED.to_owned(),
                ..Event::default()
            }),
            None
        );
    }
}
