use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::event::naming;

fn run(seed: u64, plant: &str) -> (Truth, Vec<Event>) {
    let mut trial = trial(&TrialOptions {
        jobs: 2_000,
        seed,
        end: Millis::clamped(1_760_000_000_000),
        plant: Plant::parse(plant).expect("causes"),
    });
    let events = trial.by_ref().collect();
    (trial.truth().clone(), events)
}

fn types<'a>(events: &'a [Event], job: &str) -> Vec<&'a str> {
    let of_job = events.iter().filter(|event| event.id(Id::Job) == Some(job));
    of_job.map(|event| event.event_type.as_str()).collect()
}

/// How often each machine's jobs were claimed, and how often they failed.
fn failures(events: &[Event]) -> BTreeMap<&str, (i32, i32)> {
    let mut counts: BTreeMap<&str, (i32, i32)> = BTreeMap::new();
    for event in events {
        let Some(machine) = event.id(Id::Machine) else {
            continue;
        };
        let count = counts.entry(machine).or_default();
        count.0 += i32::from(event.event_type == "job.claimed");
        count.1 += i32::from(event.event_type == "job.failed");
    }
    counts
}

fn is_end(event_type: &str) -> bool {
    ["job.completed", "job.failed", "job.creation_failed"].contains(&event_type)
}

#[test]
fn quiet_trials_have_nothing_but_their_background() {
    for seed in 0..4 {
        let (truth, events) = run(seed, "none");
        assert_eq!((truth.bad_machine, truth.stuck), (None, Vec::new()));
        assert!((30_000..45_000).contains(&events.len()), "{}", events.len());
        let mut ends: BTreeMap<&str, (Millis, i32)> = BTreeMap::new();
        for event in &events {
            if let Some(job) = event.id(Id::Job) {
                let end = ends.entry(job).or_insert((event.timestamp, 0));
                end.1 += i32::from(is_end(&event.event_type));
            }
            let late = i64::try_from(event.entry().expect("an entry").ms).expect("a time")
                - event.timestamp.get();
            assert!((0..100).contains(&late), "{late}");
            assert_eq!(naming::flaws(event), []);
        }
        assert_eq!(ends.len(), 2_000);
        // Only what began lately is still on its way.
        for (job, (since, ends)) in ends {
            let is_young = truth.end.since(since) < 300_000;
            assert!(ends == 1 || (ends == 0 && is_young), "{job}: {ends}");
        }
        for (machine, (claims, failed)) in failures(&events) {
            assert!((120..300).contains(&claims), "{machine}: {claims}");
            assert!(
                failed * 100 < claims * 18,
                "{machine}: {failed} of {claims}"
            );
        }
    }
}

#[test]
fn what_is_planted_is_there() {
    for seed in 0..4 {
        let (truth, events) = run(seed, "all");
        let bad = truth.bad_machine.expect("a bad machine");
        for (machine, (claims, failed)) in failures(&events) {
            assert_eq!(failed * 100 > claims * 30, machine == bad, "{machine}");
        }

        let slow = truth.slow_step.expect("a slow step");
        let mut took = [Vec::new(), Vec::new()];
        for event in &events {
            let is_step = event.event_type == "connector.processing_completed";
            let ms = event.data.get("processingTimeMs").filter(|_| is_step);
            let after = usize::from(event.timestamp > slow.since);
            took[after].extend(ms.and_then(serde_json::Value::as_i64));
        }
        let [before, after] = took.map(|took| took.iter().sum::<i64>() / took.len() as i64);
        assert!(
            (220..380).contains(&(after * 100 / before)),
            "{before} {after}"
        );

        let twice = types(&events, &truth.claimed_twice.expect("a race")).join(" ");
        assert_eq!(twice.matches("job.claimed").count(), 2, "{twice}");
        let early = types(&events, &truth.completed_early.expect("disorder"));
        let place = |name| early.iter().position(|found| *found == name);
        assert!(
            place("job.completed") < place("job.processing_started"),
            "{early:?}"
        );

        assert_eq!(truth.stuck.len(), 3);
        for hanging in &truth.stuck {
            assert_eq!(types(&events, &hanging.job_id).last(), Some(&hanging.after));
            let of_it = |event: &&Event| event.id(Id::Job) == Some(&hanging.job_id);
            let last = events.iter().rfind(of_it).expect("an event");
            let quiet_ms = truth.end.since(last.timestamp);
            assert!(quiet_ms > 15 * 60_000, "{quiet_ms}");
        }

        let new = truth.new_error.expect("an error");
        let name = format!("error.{}", new.name);
        let of_it: Vec<_> = events
            .iter()
            .filter(|event| event.event_type == name)
            .collect();
        assert!(of_it.len() >= 5, "{}", of_it.len());
        assert!(of_it.iter().all(|event| event.timestamp >= new.since));

        let skewed = truth.skewed_clock.expect("a clock");
        for event in &events {
            let ahead = event.timestamp.get()
                - i64::try_from(event.entry().expect("an entry").ms).expect("a time");
            let is_off = event.id(Id::Machine) == Some(&skewed.machine_id);
            let expected = if is_off { skewed.ahead_ms } else { 0 };
            assert!((expected - 100..=expected).contains(&ahead), "{ahead}");
        }
        let parts: BTreeSet<_> = [bad, skewed.machine_id].into();
        assert_eq!(parts.len(), 2);
    }
}

#[test]
fn a_seed_gives_the_same_bytes_and_the_order_of_the_server() {
    let lines = |seed| -> Vec<String> {
        let (_, events) = run(seed, "all");
        assert!(events.is_sorted_by_key(Event::entry));
        events.iter().map(crate::event::json::write).collect()
    };
    assert_eq!(lines(7), lines(7));
    assert_ne!(lines(7), lines(8));
}

#[test]
fn a_long_trial_holds_only_what_is_in_flight() {
    let mut trial = trial(&TrialOptions {
        jobs: 20_000,
        seed: 1,
        end: Millis::clamped(1_760_000_000_000),
        plant: Plant::parse("all").expect("causes"),
    });
    let mut most = 0;
    while trial.next().is_some() {
        most = most.max(trial.agenda.len());
    }
    assert!(most < 5_000, "{most}");
}
