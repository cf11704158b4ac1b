use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::event::{EntryId, naming, wire};

fn end() -> Millis {
    Millis::clamped(1_760_000_000_000)
}

fn run(jobs: usize, seed: u64) -> (Simulation, Vec<Event>) {
    let mut simulation = simulate(&Options {
        jobs,
        seed,
        end: end(),
    });
    let events = simulation.by_ref().collect();
    (simulation, events)
}

fn types<'a>(events: &'a [Event], job: &str) -> Vec<&'a str> {
    let of_job = events.iter().filter(|event| event.id(Id::Job) == Some(job));
    of_job.map(|event| event.event_type.as_str()).collect()
}

fn at(events: &[Event], job: &str, event_type: &str) -> Millis {
    let found = events
        .iter()
        .find(|event| event.id(Id::Job) == Some(job) && event.event_type == event_type);
    found
        .unwrap_or_else(|| panic!("{job} has no {event_type}"))
        .timestamp
}

fn is_end(event_type: &str) -> bool {
    ["job.completed", "job.failed", "job.creation_failed"].contains(&event_type)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_run_shows_what_it_promises(jobs in 1usize..90, seed: u64) {
        let (simulation, events) = run(jobs, seed);
        prop_assert!(events.is_sorted_by_key(|event| event.timestamp));
        prop_assert!(events[0].timestamp >= simulation.start());
        prop_assert!(events.iter().all(|event| event.timestamp <= end()));

        let failed = simulation.failed_job().expect("a failed job");
        prop_assert_eq!(types(&events, &failed).iter().filter(|name| is_end(name)).count(), 1);
        prop_assert!(types(&events, &failed).contains(&"job.failed"));
        prop_assert!(types(&events, &failed).contains(&"error.CudaOutOfMemoryError"));

        prop_assert_eq!(simulation.stuck_job().is_some(), jobs >= 2);
        if let Some(stuck) = simulation.stuck_job() {
            let worker = events.iter().find(|event| {
                event.id(Id::Job) == Some(&stuck) && event.event_type == "job.processing_started"
            });
            let worker = worker.and_then(|event| event.id(Id::Worker)).expect("a worker");
            let stopped = at(&events, &stuck, "job.processing_started");
            prop_assert!(end().since(stopped) >= 120_000);
            let later = |event: &&Event| event.timestamp > stopped;
            let said: Vec<_> = events
                .iter()
                .filter(later)
                .filter(|event| event.id(Id::Worker) == Some(worker) || event.id(Id::Job) == Some(&stuck))
                .collect();
            prop_assert!(said.is_empty(), "{:?}", said);
        }

        prop_assert_eq!(simulation.gap_job().is_some(), jobs >= 3);
        if let Some(waited) = simulation.gap_job() {
            let gap = at(&events, &waited, "job.claimed").since(at(&events, &waited, "job.queued"));
            prop_assert!(gap >= job::LONG_WAIT_MS);
            prop_assert!(types(&events, &waited).contains(&"job.completed"));
        }

        prop_assert_eq!(simulation.retried_job().is_some(), jobs >= 4);
        if let Some(retried) = simulation.retried_job() {
            let claims = types(&events, &retried).iter().filter(|name| **name == "job.claimed").count();
            prop_assert_eq!(claims, 2);
            prop_assert!(types(&events, &retried).contains(&"job.completed"));
        }
    }

    #[test]
    fn every_other_job_ends_once(jobs in 1usize..90, seed: u64) {
        let (simulation, events) = run(jobs, seed);
        let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
        for event in &events {
            if let Some(job) = event.id(Id::Job) {
                *ends.entry(job).or_default() += usize::from(is_end(&event.event_type));
            }
        }
        prop_assert_eq!(ends.len(), jobs);
        let stuck = simulation.stuck_job();
        for (job, ends) in ends {
            prop_assert_eq!(ends, usize::from(Some(job) != stuck.as_deref()), "{}", job);
        }
    }

    #[test]
    fn events_are_well_formed_and_survive_the_wire(jobs in 0usize..30, seed: u64) {
        let (_, events) = run(jobs, seed);
        let stream = Arc::from("emp:events");
        let mut seen = BTreeSet::new();
        for event in events {
            prop_assert_eq!(naming::flaws(&event), []);
            prop_assert!(seen.insert(event.event_id.clone()), "{:?}", event.event_id);
            let fields = wire::encode(&event);
            let bytes = fields.iter().map(|(name, value)| (name.as_bytes(), &**value));
            let mut decoded = wire::decode(&stream, EntryId::MIN, bytes);
            decoded.origin = None;
            prop_assert_eq!(&decoded, &event);
        }
    }

    #[test]
    fn spans_have_parents_in_their_trace(seed: u64) {
        let (_, events) = run(24, seed);
        let spans: BTreeSet<_> = events
            .iter()
            .map(|event| (event.id(Id::Trace), event.id(Id::Span)))
            .collect();
        for event in &events {
            if let Some(parent) = event.id(Id::ParentSpan) {
                prop_assert!(spans.contains(&(event.id(Id::Trace), Some(parent))), "{:?}", event);
            }
        }
    }

    #[test]
    fn a_worker_has_one_job_at_a_time(jobs in 1usize..90, seed: u64) {
        let (_, events) = run(jobs, seed);
        let mut busy: BTreeMap<&str, &str> = BTreeMap::new();
        for event in &events {
            let (Some(worker), Some(job)) = (event.id(Id::Worker), event.id(Id::Job)) else {
                continue;
            };
            match event.event_type.as_str() {
                "job.claimed" => prop_assert_eq!(busy.insert(worker, job), None),
                "job.completed" | "job.failed" | "job.retry" => {
                    prop_assert_eq!(busy.remove(worker), Some(job));
                }
                _ => prop_assert_eq!(busy.get(worker), Some(&job)),
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let lines = |seed| -> Vec<String> {
        run(24, seed)
            .1
            .iter()
            .map(crate::event::json::write)
            .collect()
    };
    assert_eq!(lines(7), lines(7));
    assert_ne!(lines(7), lines(8));
}

#[test]
fn the_default_run_lasts_twenty_minutes_and_has_every_service() {
    let (simulation, events) = run(24, 1);
    let minutes = end().since(simulation.start()) / 60_000;
    assert!((15..=22).contains(&minutes), "{minutes}");
    let services: BTreeSet<_> = events.iter().map(|event| event.service.as_str()).collect();
    let expected = [
        "api-server",
        "machine",
        "monitor",
        "webhook-service",
        "worker",
    ];
    assert_eq!(services.into_iter().collect::<Vec<_>>(), expected);
    assert!((300..900).contains(&events.len()), "{}", events.len());
}

#[test]
fn job_ids_are_unique_to_the_last() {
    let simulation = simulate(&Options {
        jobs: 4,
        seed: 3,
        end: end(),
    });
    let ids: BTreeSet<_> = (0..MAX_JOBS)
        .map(|index| simulation.job_id(index))
        .collect();
    assert_eq!(ids.len(), MAX_JOBS);
}

#[test]
fn a_long_run_holds_only_what_is_in_flight() {
    let mut simulation = simulate(&Options {
        jobs: 20_000,
        seed: 1,
        end: end(),
    });
    let (mut most, mut count) = (0, 0);
    while simulation.next().is_some() {
        count += 1;
        most = most.max(simulation.agenda.len());
    }
    assert!(count > 200_000, "{count}");
    assert!(most < 5_000, "{most}");
}
