//! Backends of OTLP, each asked once without anything in it; and where notices go.

use serde_json::json;

use super::super::alerts::command_trouble;
use super::super::export::{self, Error};
use super::super::output::Verdict as Answer;
use crate::config::{NotifySettings, OtlpSettings};
use crate::query::health::{Check, Verdict};

/// Sends an empty request of each signal.
pub(super) async fn otlp(settings: &OtlpSettings) -> Result<Vec<Check>, Error> {
    if settings.logs.is_none() && settings.traces.is_none() && settings.metrics.is_none() {
        let off = Check::ok(
            "otlp",
            "off",
            "nothing is sent as OTLP".to_owned(),
            json!({}),
        );
        return Ok(vec![match &settings.idle {
            Some(idle) => off.or(Verdict::Warn, idle.clone()),
            None => off,
        }]);
    }
    let reached = export::check(settings).await?;
    let checks = reached.into_iter().map(|reached| {
        let (signal, url) = (reached.signal.name(), reached.url);
        let data = json!({"signal": signal, "url": url});
        let check = |message: String| Check::ok("otlp", signal, message, data);
        match reached.verdict {
            Answer::Delivered => check(format!("{url} takes them")),
            Answer::Partial { reason, .. } => check(format!("{url} takes them and says: {reason}")),
            Answer::Retry { reason, .. } => check(reason).or(
                Verdict::Fail,
                "otlp.endpoint names the address; events would wait in the spool",
            ),
            Answer::Denied { reason } => check(reason).or(
                Verdict::Fail,
                "look at otlp.headers in `emp config show`; events would wait in the spool",
            ),
            Answer::Unsupported { reason } => check(reason).or(
                Verdict::Fail,
                "--otlp-signals names the signals that it takes; else look at otlp.endpoint and \
                 otlp.protocol",
            ),
            Answer::Refused { reason } => check(reason).or(
                Verdict::Warn,
                "it refuses a request without content, as a few backends do; is it one for OTLP?",
            ),
        }
    });
    Ok(checks.collect())
}

/// Who is told of alerts. Nothing is sent: somebody would be woken.
pub(super) fn notices(notify: &NotifySettings) -> Check {
    let ways = [
        ("a webhook", notify.webhook.is_some()),
        ("a command", notify.command.is_some()),
    ];
    let ways: Vec<_> = ways
        .iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(way, _)| *way)
        .collect();
    let data = json!({"webhook": notify.webhook.is_some(), "command": notify.command.is_some()});
    let message = match ways.is_empty() {
        true => "events alert.fired and alert.resolved only".to_owned(),
        false => format!("by {}, and as events", ways.join(" and ")),
    };
    let check = Check::ok("alerts", "notices", message, data);
    match notify.command.as_deref().and_then(command_trouble) {
        Some(reason) => check.or(
            Verdict::Fail,
            format!("{reason}: notify.command names a program that this user can run"),
        ),
        None => check,
    }
}
