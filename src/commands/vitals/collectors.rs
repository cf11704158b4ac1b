//! What collectors told of themselves, for `emp health`.

use std::time::Duration;

use crate::collect::{self, LaneReport, Mark, StreamReport};
use crate::commands::Context;
use crate::commands::context::consumer_name;
use crate::config::Settings;
use crate::error::Error;
use crate::event::Millis;
use crate::query::health::{
    self, Alert, Alerts, Collector, DeadLetters, Facts, Failure, Output, Reading, Report,
};
use crate::store;
use crate::store::redis::{Heartbeats, LastWords, Target, Timeouts};

/// What a health check of a container may wait for.
const QUICK: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    reply: Duration::from_secs(2),
};

/// Fills in the collectors of the streams, and what lies among the dead letters.
pub(super) fn ask(
    target: &Target,
    settings: &Settings,
    facts: &mut Facts,
) -> Result<(), store::Error> {
    let dead = &settings.collect.dead;
    let roll = heartbeats(settings).read(target, dead, Timeouts::default())?;
    let told: Vec<_> = roll.collectors.iter().map(told).collect();
    facts.alerts = alerts(&told);
    facts.collectors = told.into_iter().map(|(collector, _)| collector).collect();
    let collect = &settings.collect;
    facts.groups = vec![
        (settings.events.name.clone(), collect.events_group.clone()),
        (settings.errors.name.clone(), collect.errors_group.clone()),
    ];
    facts.dead_letters = roll.dead_letters.map(|count| DeadLetters {
        stream: dead.clone(),
        count,
    });
    Ok(())
}

/// Judges one collector: by its name through Redis, or the one on this machine by whether it
/// answers where it listens.
pub(in crate::commands) fn one(
    name: &str,
    ready: bool,
    context: &Context,
) -> Result<Report, Error> {
    let settings = &context.settings;
    if let ("", Some(listen)) = (name, &settings.collect.listen) {
        let answer = collect::probe(listen, QUICK.reply);
        return Ok(health::assess_answer(listen, answer, ready));
    }
    let name = match name {
        "" => consumer_name(settings),
        name => name.to_owned(),
    };
    let told = heartbeats(settings).read_one(&context.target()?, &name, QUICK)?;
    let told = told.as_ref().map(|said| self::told(said).0);
    Ok(health::assess_collector(&name, told.as_ref(), ready))
}

/// The outputs of a collector, as it told last; none where nothing is known.
pub(in crate::commands) fn outputs(name: &str, context: &Context) -> Vec<String> {
    let asked = || -> Result<_, Error> {
        let target = context.target()?;
        Ok(heartbeats(&context.settings).read_one(&target, name, QUICK)?)
    };
    let said = asked().ok().flatten();
    let outputs = said.map_or_else(Vec::new, |said| told(&said).0.outputs);
    outputs.into_iter().map(|output| output.name).collect()
}

fn heartbeats(settings: &Settings) -> Heartbeats {
    Heartbeats::of(&settings.events.name, &settings.errors.name)
}

fn ms(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// What is known of alerts, from whoever watches them, else from whoever spoke last.
fn alerts(told: &[(Collector, Alerts)]) -> Option<Alerts> {
    let alive = told.iter().filter(|(collector, _)| collector.is_alive());
    let best = alive.min_by_key(|(collector, alerts)| {
        (
            alerts.leader.as_ref() != Some(&collector.name),
            collector.age_ms,
        )
    });
    best.map(|(_, alerts)| alerts.clone())
}

/// A collector, and what it says of alerts. Times in a report are by its collector's clock: they are
/// counted from when it was said.
fn told(said: &LastWords) -> (Collector, Alerts) {
    let told: collect::Told = serde_json::from_str(&said.words).unwrap_or_default();
    let (report, alerts) = (told.report, told.alerts);
    let age_ms = ms(said.age_ms);
    let age = |at: i64| report.at.saturating_sub(at).max(0).saturating_add(age_ms);
    let failure = |mark: &Mark| Failure {
        age_ms: age(mark.at),
        reason: mark.reason.clone(),
    };
    let reading = |of: &StreamReport| Reading {
        stream: of.stream.clone(),
        group: of.group.clone(),
        connected: of.connected,
        events_per_second: of.events_per_second,
        read: of.read,
        unacknowledged: of.unacknowledged,
        lag: of.lag,
        missed: of.missed,
        trimmed: of.trimmed,
        last_error: of.last_error.as_ref().map(failure),
    };
    let output = |of: &LaneReport| Output {
        name: of.name.clone(),
        queued: of.queued,
        spooled: of.spooled,
        spool_bytes: of.spool_bytes,
        spool_limit: of.spool_limit,
        delivered: of.delivered,
        retries: of.retries,
        rejected: of.rejected,
        dead: of.dead,
        dropped: of.dropped,
        dropped_errors: of.dropped_errors,
        last_success_age_ms: of.last_success.map(age),
        failing_for_ms: of.failing_since.map(age),
        last_error: of.last_error.as_ref().map(failure),
    };
    let firing = alerts.firing.into_iter().map(|firing| Alert {
        for_ms: Millis::parse(&firing.since).map(|since| age(since.get())),
        rule: firing.rule,
        value: firing.value,
        severity: firing.severity,
        message: firing.message,
    });
    let alerts = Alerts {
        leader: alerts.leader,
        firing: firing.collect(),
        trouble: alerts.trouble,
    };
    let collector = Collector {
        name: said.consumer.clone(),
        age_ms,
        version: Some(report.version.clone()).filter(|version| !version.is_empty()),
        uptime_ms: ms(report.uptime_s.saturating_mul(1000)).saturating_add(age_ms),
        memory: report.memory,
        events_per_second: report.events_per_second,
        stopping: report.stopping,
        readings: report.streams.iter().map(reading).collect(),
        outputs: report.outputs.iter().map(output).collect(),
    };
    (collector, alerts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &str) -> Collector {
        said("node-a", 4_000, words).0
    }

    fn said(consumer: &str, age_ms: u64, words: &str) -> (Collector, Alerts) {
        super::told(&LastWords {
            consumer: consumer.to_owned(),
            age_ms,
            words: words.to_owned(),
        })
    }

    #[test]
    fn alerts_are_told_by_whoever_watches_them() {
        let words = |rule: &str| {
            format!(
                r#"{{"at":1000000,"alerts":{{"leader":"b","firing":[
                    {{"rule":"{rule}","since":"1970-01-01T00:16:30.000Z"}}]}}}}"#
            )
        };
        let all = [
            said("a", 1_000, &words("old")),
            said("b", 4_000, &words("new")),
            said("c", 0, "{}"),
            said("d", 40_000, &words("dead")),
        ];
        let alerts = super::alerts(&all).expect("alerts");
        assert_eq!(alerts.firing[0].rule, "new");
        assert_eq!(alerts.firing[0].for_ms, Some(14_000));
        assert_eq!(super::alerts(&all[3..]), None, "nobody alive knows");
    }

    #[test]
    fn words_of_other_versions_and_no_words_at_all() {
        for words in ["", "[]", "{}", "\u{1b}", "{\"version\":7}"] {
            let told = told(words);
            assert_eq!(
                (&*told.name, told.age_ms, told.version),
                ("node-a", 4_000, None)
            );
        }
        let newer = told(r#"{"version":"9.0.0","news":[1],"outputs":[{"name":"file"}]}"#);
        assert_eq!(newer.version.as_deref(), Some("9.0.0"));
        assert_eq!(newer.outputs[0].name, "file");
    }

    #[test]
    fn ages_are_counted_by_the_collectors_own_clock() {
        let words = r#"{"version":"1","at":1000000,"uptimeS":60,
            "outputs":[{"name":"file","lastSuccess":999000,"failingSince":1009999999}]}"#;
        let told = told(words);
        assert_eq!(told.uptime_ms, 64_000);
        let output = &told.outputs[0];
        assert_eq!(output.last_success_age_ms, Some(5_000));
        assert_eq!(output.failing_for_ms, Some(4_000), "never in the future");
    }
}
