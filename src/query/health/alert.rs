//! Alerts: which fire, and whether anybody watches. An alert tells of what is collected, not of the
//! event system, so that one that fires is something to look at and no failure of this.

use serde_json::json;

use super::found::{Alert, Alerts};
use super::{Check, Verdict};
use crate::quantity;

const SUBJECT: &str = "alerts";

pub(super) fn checks(alerts: &Alerts) -> Vec<Check> {
    let mut checks: Vec<_> = alerts.firing.iter().map(firing).collect();
    let facts = json!({"leader": alerts.leader, "trouble": alerts.trouble});
    let watched = |message: String| Check::ok(SUBJECT, "watched", message, facts);
    if let Some(reason) = &alerts.trouble {
        let hint = "the log of the collector that watches tells more";
        checks.push(watched(reason.clone()).or(Verdict::Warn, hint));
    } else if let (Some(leader), true) = (&alerts.leader, checks.is_empty()) {
        checks.push(watched(format!("none fires; {leader} watches")));
    }
    checks
}

fn firing(alert: &Alert) -> Check {
    let value = alert.value.as_ref();
    let about = value.map_or_else(String::new, |value| format!(" ({value})"));
    let severity = alert.severity.as_deref().unwrap_or("unknown");
    let lasted = alert.for_ms.map_or_else(String::new, |lasted| {
        format!(", for {}", quantity::round(lasted / 1000 * 1000))
    });
    let message = format!(
        "{}{about}: {} [{severity}{lasted}]",
        alert.rule, alert.message
    );
    let hint = "`emp search 'type:alert.*' --full` shows what was told of it";
    Check::ok(SUBJECT, "firing", message, json!(alert)).or(Verdict::Warn, hint)
}
