//! Whether a collector with these settings could do its work: everything that it needs is looked at
//! once, and nothing is taken, made or written.
//!
//! What makes no sense is an error; what does not work is a check that fails.

mod local;
mod outputs;
mod server;

use local::IN_USE;
pub(super) use local::can_make;

use serde_json::json;

use super::plan::{Plan, alerts};
use super::{Error, Web};
use crate::query::health::{Check, Report, Verdict};

/// Looks at everything.
///
/// # Errors
/// When the settings make no sense.
pub(crate) async fn check(plan: &Plan) -> Result<Report, Error> {
    let alerts = alerts(plan)?;
    let otlp = plan.settings.otlp()?;
    let collect = &plan.settings.collect;
    if collect.file.is_none() && otlp.logs.is_none() && otlp.traces.is_none() {
        return Err(Error::NoOutput { idle: otlp.idle });
    }
    let mut checks = server::checks(plan);
    checks.extend(collect.file.as_deref().map(local::file));
    let lanes = [
        ("file", collect.file.is_some()),
        ("otlp logs", otlp.logs.is_some()),
        ("otlp traces", otlp.traces.is_some()),
    ];
    checks.extend(local::spools(&collect.spool, &lanes));
    checks.extend(outputs::otlp(&otlp).await?);
    for rule in plan.settings.alerts.rules()? {
        let data = json!({"rule": rule.name, "condition": rule.to_string()});
        let message = format!("{}: {rule}", rule.name);
        checks.push(Check::ok("alerts", "rule", message, data));
    }
    for doubt in alerts.rules().doubts() {
        let hint = "docs/alerts.md lists what queries can ask for";
        checks.push(Check::ok("alerts", "query", doubt, json!({})).or(Verdict::Warn, hint));
    }
    checks.push(outputs::notices(&plan.settings.notify));
    if let Some(listen) = &collect.listen {
        let bound = Web::bind(listen, collect.listen_token.as_deref());
        checks.push(local::listen(listen, bound.map(drop))?);
    }
    told_once(&mut checks, &plan.consumer);
    Ok(Report::of(checks))
}

/// What a collector that runs has is one thing to know, however much of it there is.
fn told_once(checks: &mut Vec<Check>, consumer: &str) {
    let mut taken = Vec::new();
    for check in checks.iter_mut() {
        if check.hint.as_deref() != Some(IN_USE) {
            continue;
        }
        let what = match check.subject.as_str() {
            "redis" => format!("the name {consumer}"),
            "http" => "the address".to_owned(),
            other => format!("the {other}"),
        };
        if !taken.contains(&what) {
            taken.push(what);
        }
        check.message.push_str(", by a collector that runs");
        (check.verdict, check.hint) = (Verdict::Ok, None);
    }
    if !taken.is_empty() {
        let message = format!("one runs with {}", taken.join(", "));
        let hint = "another one beside it needs its own --consumer, --file, --spool and --listen";
        let check = Check::ok("collector", "running", message, json!({"taken": taken}));
        checks.push(check.or(Verdict::Warn, hint));
    }
}
