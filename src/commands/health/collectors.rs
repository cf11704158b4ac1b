//! What collectors told of themselves, for `emp health`.

use std::time::Duration;

use crate::collect::{self, LaneReport, Mark, StreamReport};
use crate::commands::Context;
use crate::commands::context::consumer_name;
use crate::config::Settings;
use crate::error::Error;
use crate::query::health::{self, Collector, DeadLetters, Facts, Failure, Output, Reading, Report};
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
    facts.collectors = roll.collectors.iter().map(collector).collect();
    facts.dead_letters = roll.dead_letters.map(|count| DeadLetters {
        stream: dead.clone(),
        count,
    });
    Ok(())
}

/// Judges one collector: by its name through Redis, or the one on this machine by whether it
/// answers where it listens.
pub(super) fn one(name: &str, context: &Context) -> Result<Report, Error> {
    let settings = &context.settings;
    if let ("", Some(listen)) = (name, &settings.collect.listen) {
        let answer = collect::probe(listen, QUICK.reply);
        return Ok(health::assess_answer(listen, answer));
    }
    let name = match name {
        "" => consumer_name(settings),
        name => name.to_owned(),
    };
    let told = heartbeats(settings).read_one(&context.target()?, &name, QUICK)?;
    let told = told.as_ref().map(collector);
    Ok(health::assess_collector(&name, told.as_ref()))
}

fn heartbeats(settings: &Settings) -> Heartbeats {
    Heartbeats::of(&settings.events.name, &settings.errors.name)
}

fn ms(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Times in a report are by its collector's clock: they are counted from when it was said.
fn collector(said: &LastWords) -> Collector {
    let report: collect::Report = serde_json::from_str(&said.words).unwrap_or_default();
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
    Collector {
        name: said.consumer.clone(),
        age_ms,
        version: Some(report.version.clone()).filter(|version| !version.is_empty()),
        uptime_ms: ms(report.uptime_s.saturating_mul(1000)).saturating_add(age_ms),
        memory: report.memory,
        events_per_second: report.events_per_second,
        stopping: report.stopping,
        readings: report.streams.iter().map(reading).collect(),
        outputs: report.outputs.iter().map(output).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &str) -> Collector {
        collector(&LastWords {
            consumer: "node-a".to_owned(),
            age_ms: 4_000,
            words: words.to_owned(),
        })
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
