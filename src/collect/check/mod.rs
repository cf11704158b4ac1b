//! Whether a collector with these settings could do its work: everything that it needs is looked at
//! once, and nothing is taken, made or written.
//!
//! What makes no sense is an error; what does not work is a check that fails.

mod local;
mod outputs;
mod server;

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
        return Err(Error::NoOutput);
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
    Ok(Report::of(checks))
}
