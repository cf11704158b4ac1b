//! What people are told about an alert, in every form in which it is told.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::rules::Rule;
use super::state::{Status, Telling};
use super::{Channel, FIRED, RESOLVED, SERVICE};
use crate::config::Severity;
use crate::digest::digest;
use crate::event::{Data, Event, Id, Ids, Level, Millis, event_id_of};
use crate::quantity;
use crate::query::fingerprint::cut;

/// The longest message, in bytes.
const MAX_MESSAGE: usize = 1000;

/// A notice, as `docs/alerts.md` sets it down and a webhook gets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notice {
    /// The same for every copy of this notice.
    pub(super) id: String,
    pub(super) rule: String,
    pub(super) status: Status,
    pub(super) severity: String,
    /// One sentence.
    pub(super) message: String,
    /// What it is about, where the rule tells things apart.
    pub(super) value: Option<String>,
    /// How many since it began, and since the last notice; 0 where nothing is counted.
    pub(super) count: u64,
    pub(super) more: u64,
    /// When it began, and when this was said: RFC 3339.
    pub(super) since: String,
    pub(super) at: String,
    /// Events that say more.
    pub(super) examples: Vec<Value>,
}

/// A notice that has not been delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) to: Channel,
    pub(super) notice: Notice,
}

impl Notice {
    pub(super) fn new(rule: &Rule, telling: Telling, now: Millis) -> Self {
        let about = match &telling.value {
            Some(value) => format!("{} ({value})", rule.name),
            None => rule.name.clone(),
        };
        let (after, lasted) = (
            quantity::round(telling.after_ms),
            quantity::round(now.since(telling.since)),
        );
        let text = &telling.text;
        let message = match (telling.status, telling.more) {
            (Status::Fired, _) => format!("{about}: {text}"),
            (Status::Repeated, 0) => format!("{about}: still so after {lasted}: {text}"),
            (Status::Repeated, more) => format!("{about}: {more} more in {after}: {text}"),
            (Status::Resolved, _) if telling.total == 0 => {
                format!("{about}: resolved after {lasted}")
            }
            (Status::Resolved, _) => {
                format!("{about}: resolved after {lasted}, {} in all", telling.total)
            }
        };
        let status = telling.status;
        let named = format!("{}\n{:?}\n{status:?}", rule.name, telling.value);
        Self {
            id: event_id_of(now, named.as_bytes()),
            rule: rule.name.clone(),
            status,
            severity: rule.severity.as_str().to_owned(),
            message: cut(&plain(&message), MAX_MESSAGE).to_owned(),
            value: telling.value,
            count: telling.total,
            more: telling.more,
            since: telling.since.to_string(),
            at: now.to_string(),
            examples: telling.examples,
        }
    }

    /// The event that says the same.
    pub(super) fn event(&self, now: Millis) -> Event {
        let event_type = match self.status {
            Status::Resolved => RESOLVED,
            Status::Fired | Status::Repeated => FIRED,
        };
        let data: Map<_, _> = match json!(self) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let mut ids = Ids::default();
        ids.set(Id::Trace, self.trace());
        Event {
            ids,
            timestamp: now,
            service: SERVICE.to_owned(),
            event_type: event_type.to_owned(),
            level: Some(self.level()),
            data: Data::from(data),
            event_id: Some(self.id.clone()),
            ..Event::default()
        }
    }

    /// One trace for all notices of an alert, from its beginning to its end.
    fn trace(&self) -> String {
        let named = format!("{}\n{:?}\n{}", self.rule, self.value, self.since);
        format!("{:032x}", digest(named.as_bytes()).max(1))
    }

    fn level(&self) -> Level {
        match (self.status, &*self.severity) {
            (Status::Resolved, _) => Level::Info,
            (_, severity) if severity == Severity::Critical.as_str() => Level::Error,
            _ => Level::Warn,
        }
    }

    /// As a line of the collector's log: when it begins, and when it is over.
    pub(super) fn line(&self) -> Option<(Level, String)> {
        let what = match self.status {
            Status::Fired => "fired",
            Status::Repeated => return None,
            Status::Resolved => "resolved",
        };
        Some((self.level(), format!("alert {what}: {}", self.message)))
    }

    /// As JSON.
    pub(super) fn json(&self) -> String {
        json!(self).to_string()
    }

    /// As a message of Slack: <https://api.slack.com/reference/surfaces/formatting>.
    pub(super) fn slack(&self) -> String {
        let sign = match (self.status, &*self.severity) {
            (Status::Resolved, _) => ":large_green_circle:",
            (_, severity) if severity == Severity::Critical.as_str() => ":red_circle:",
            _ => ":large_yellow_circle:",
        };
        let mut text = format!("{sign} {}", slack_text(&self.message));
        for example in &self.examples {
            let word = |name: &str| example.get(name).and_then(Value::as_str).unwrap_or("");
            let words = ["service", "eventType", "message", "jobId", "traceId"].map(word);
            let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
            text.push_str(&format!("\n• {}", slack_text(&plain(&words.join(" ")))));
        }
        json!({ "text": text }).to_string()
    }

    /// As variables for a command.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        let status = match self.status {
            Status::Fired => "fired",
            Status::Repeated => "repeated",
            Status::Resolved => "resolved",
        };
        vec![
            ("EMP_ALERT_ID", self.id.clone()),
            ("EMP_ALERT_RULE", self.rule.clone()),
            ("EMP_ALERT_STATUS", status.to_owned()),
            ("EMP_ALERT_SEVERITY", self.severity.clone()),
            ("EMP_ALERT_MESSAGE", self.message.clone()),
            (
                "EMP_ALERT_VALUE",
                plain(self.value.as_deref().unwrap_or("")),
            ),
            ("EMP_ALERT_COUNT", self.count.to_string()),
            ("EMP_ALERT_MORE", self.more.to_string()),
            ("EMP_ALERT_SINCE", self.since.clone()),
            ("EMP_ALERT_AT", self.at.clone()),
        ]
    }
}

/// A short name for what jitter is made of.
pub(super) fn lot(notice: &Notice, attempt: u32) -> u128 {
    digest(format!("{}{attempt}", notice.id).as_bytes())
}

/// Text of events without what moves a terminal or ends a variable.
fn plain(text: &str) -> String {
    text.replace(|char: char| char.is_control(), " ")
}

/// Slack reads these three signs as its own.
fn slack_text(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::rules::Kind;
    use super::*;

    fn notice(status: Status, more: u64, total: u64, value: Option<&str>) -> Notice {
        let rule = Rule {
            name: "errors".to_owned(),
            severity: Severity::Critical,
            cooldown_ms: 0,
            resolve_after_ms: 0,
            kind: Kind::Memory { percent: 80 },
        };
        let now = Millis::clamped(1_700_000_000_000);
        let telling = Telling {
            status,
            value: value.map(str::to_owned),
            since: now.plus(-25 * 60_000),
            total,
            more,
            after_ms: 15 * 60_000,
            text: "12 in 1m, the last: <!channel> \u{1b}[2J\u{0}".to_owned(),
            examples: vec![json!({"service": "a&b", "message": "x\ny", "n": 1})],
        };
        Notice::new(&rule, telling, now)
    }

    #[test]
    fn a_sentence_says_what_happened() {
        for (status, more, total, start) in [
            (Status::Fired, 12, 12, "errors: 12 in 1m"),
            (Status::Repeated, 47, 59, "errors: 47 more in 15m: 12 in 1m"),
            (
                Status::Repeated,
                0,
                0,
                "errors: still so after 25m: 12 in 1m",
            ),
            (
                Status::Resolved,
                1,
                60,
                "errors: resolved after 25m, 60 in all",
            ),
            (Status::Resolved, 0, 0, "errors: resolved after 25m"),
        ] {
            let message = notice(status, more, total, None).message;
            assert!(message.starts_with(start), "{message}");
        }
        let about = notice(Status::Fired, 1, 1, Some("worker")).message;
        assert!(about.starts_with("errors (worker): 12"), "{about}");
    }

    #[test]
    fn a_log_has_the_beginning_and_the_end() {
        let line = |status| notice(status, 0, 0, None).line();
        let (level, text) = line(Status::Fired).expect("a line");
        assert_eq!(level, Level::Error);
        assert!(text.starts_with("alert fired: errors: 12 in 1m"), "{text}");
        assert_eq!(line(Status::Repeated), None);
        let resolved = "alert resolved: errors: resolved after 25m".to_owned();
        assert_eq!(line(Status::Resolved), Some((Level::Info, resolved)));
    }

    #[test]
    fn text_of_events_commands_nobody() {
        let notice = notice(Status::Fired, 1, 1, Some("v\u{1b}"));
        assert!(!notice.message.contains(char::is_control));
        let slack = notice.slack();
        assert!(
            slack.contains("&lt;!channel&gt;") && slack.contains("a&amp;b x y"),
            "{slack}"
        );
        let variables = notice.variables();
        assert!(
            variables
                .iter()
                .all(|(_, value)| !value.contains(char::is_control))
        );
    }

    #[test]
    fn the_event_says_the_same_and_repeats_are_known_by_its_id() {
        let notice = notice(Status::Fired, 12, 12, Some("worker"));
        let event = notice.event(Millis::clamped(5));
        assert_eq!((&*event.service, &*event.event_type), (SERVICE, FIRED));
        assert_eq!(event.level, Some(Level::Error));
        assert_eq!(event.event_id.as_deref(), Some(&*notice.id));
        let data = event.data.to_wire().expect("data");
        assert_eq!(
            serde_json::from_str::<Notice>(data).ok(),
            Some(notice.clone())
        );
        assert_eq!(data, notice.json());
        let resolved =
            super::tests::notice(Status::Resolved, 0, 0, Some("worker")).event(Millis::clamped(9));
        let trace = |event: &Event| event.ids.get(Id::Trace).map(str::to_owned);
        assert_eq!(trace(&event), trace(&resolved));
        assert_eq!(trace(&event).map(|trace| trace.len()), Some(32));
        let other = super::tests::notice(Status::Fired, 1, 1, None).event(Millis::clamped(5));
        assert_ne!(trace(&event), trace(&other));
        assert_eq!(
            (&*resolved.event_type, resolved.level),
            (RESOLVED, Some(Level::Info))
        );
    }
}
