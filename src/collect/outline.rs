//! What a collector is about to do, in a few lines for people who see it start: where events go, how,
//! and what is watched.

use super::Error;
use super::plan::Plan;
use crate::config::{NotifySettings, OtlpSettings, OtlpTarget, Protocol};
use crate::quantity;

/// The lines.
///
/// # Errors
/// When a setting makes no sense.
pub(crate) fn outline(plan: &Plan) -> Result<Vec<String>, Error> {
    let collect = &plan.settings.collect;
    let file = collect.file.as_ref();
    let mut lines: Vec<_> = file
        .map(|path| format!("writing events to {}", path.display()))
        .into_iter()
        .collect();
    lines.extend(sent(&plan.settings.otlp()?));
    lines.push(format!(
        "keeping what an output cannot take in {}",
        collect.spool.display()
    ));
    let rules = plan.settings.alerts.rules()?.len();
    lines.push(format!(
        "watching {} of alerts, told {}",
        quantity::number_of(rules as u64, "rule"),
        told(&plan.settings.notify)
    ));
    Ok(lines)
}

/// A line for each backend, with the signals that go there.
fn sent(otlp: &OtlpSettings) -> Vec<String> {
    let signals = [
        ("logs", &otlp.logs),
        ("traces", &otlp.traces),
        ("metrics", &otlp.metrics),
    ];
    let mut backends: Vec<(String, Vec<&str>)> = Vec::new();
    for (signal, target) in signals {
        let Some(target) = target else { continue };
        let place = place(signal, target);
        match backends.iter_mut().find(|(known, _)| *known == place) {
            Some((_, signals)) => signals.push(signal),
            None => backends.push((place, vec![signal])),
        }
    }
    let lines = backends.into_iter();
    lines
        .map(|(place, signals)| format!("sending {} to {place}", signals.join(", ")))
        .collect()
}

/// The address without what is a signal's own, and what carries it.
fn place(signal: &str, target: &OtlpTarget) -> String {
    let own = format!("/v1/{signal}");
    let url = target.shown();
    let url = url.strip_suffix(&own).unwrap_or(url);
    let protocol = match target.protocol {
        Protocol::Grpc => "grpc",
        Protocol::Http => "http/protobuf",
    };
    format!("{url} by {protocol}")
}

fn told(notify: &NotifySettings) -> String {
    let ways = [
        ("webhook, ", notify.webhook.is_some()),
        ("command, ", notify.command.is_some()),
    ];
    let ways = ways.iter().filter(|(_, is_set)| *is_set);
    let ways: String = ways.map(|(way, _)| *way).collect();
    format!("by {ways}event and log")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Inputs, Settings};

    fn lines(variables: &[(&str, &str)]) -> Vec<String> {
        let settings = Settings::load(&Inputs {
            env: &|name| {
                let mut all = variables.iter();
                let found = all.find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            },
            folder: std::path::Path::new("/nowhere"),
            file: None,
            flags: &[],
        });
        let settings = settings.expect("settings");
        let mut lines = sent(&settings.otlp().expect("targets"));
        lines.push(told(&settings.notify));
        lines
    }

    #[test]
    fn what_goes_to_one_place_stands_in_one_line() {
        let endpoint = ("EMP_OTLP_ENDPOINT", "http://h:4318");
        assert_eq!(
            lines(&[endpoint]),
            [
                "sending logs, traces, metrics to http://h:4318 by http/protobuf",
                "by event and log"
            ]
        );
        let logs = ("EMP_OTLP_LOGS_ENDPOINT", "http://l:4317");
        let command = ("EMP_NOTIFY_COMMAND", "true");
        assert_eq!(
            lines(&[endpoint, logs, command]),
            [
                "sending logs to http://l:4317 by grpc",
                "sending traces, metrics to http://h:4318 by http/protobuf",
                "by command, event and log"
            ]
        );
        let secret = ("EMP_OTLP_LOGS_ENDPOINT", "http://l/v1/logs?token=x");
        assert_eq!(
            lines(&[secret])[0],
            "sending logs to http://l by http/protobuf"
        );
    }
}
