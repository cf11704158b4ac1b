use proptest::prelude::*;

use super::check_form;
use crate::collect::spans::packed::Contents;
use crate::collect::spans::samples::*;
use crate::collect::spans::*;
use crate::event::{Event, Id};

/// Some of a job's events, some of them twice, in any order.
fn handful() -> impl Strategy<Value = (usize, Vec<prop::sample::Index>, u64)> {
    (
        0..16_usize,
        prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        any::<u64>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_handful_of_events_makes_a_tree((job, picks, shift) in handful(), bare in any::<bool>()) {
        let demo = sample();
        let (job, all) = demo.jobs.iter().nth(job % demo.jobs.len()).expect("a job");
        let mut events: Vec<Event> = picks.iter().map(|at| at.get(all).clone()).collect();
        for event in &mut events {
            // Clocks that differ by service, and emitters without span ids.
            let ahead = (shift >> (event.service.len() % 32)) % 2_000;
            event.timestamp = event.timestamp.plus(i64::try_from(ahead).expect("small") - 1_000);
            if bare {
                event.ids.set(Id::Span, "");
                event.ids.set(Id::ParentSpan, "");
            }
        }
        let contents = Contents { milestones: milestones(&events), ..Contents::default() };
        let Some(trace) = assemble(job, contents, &options()) else {
            prop_assert!(events.is_empty());
            return Ok(());
        };
        check_form(&trace);
        // The same, whatever the order and however often.
        events.rotate_left(picks.len() / 2);
        events.extend_from_within(..picks.len() / 3);
        prop_assert_eq!(&tell(job, milestones(&events)), &trace);
        // And through a log.
        let mut log = Vec::new();
        for milestone in milestones(&events) {
            pack(&milestone, &mut log);
        }
        let log = Log::new(log);
        prop_assert_eq!(&assemble(job, log.read(), &options()).expect("a trace"), &trace);
    }

    /// What several collectors write of one job gives the ids that one would have made.
    #[test]
    fn ids_do_not_depend_on_who_reads((job, _, parts) in handful()) {
        let demo = sample();
        let (job, all) = demo.jobs.iter().nth(job % demo.jobs.len()).expect("a job");
        let whole = tell(job, milestones(all));
        let mut shares: [Vec<Event>; 3] = Default::default();
        for (at, event) in all.iter().enumerate() {
            let share = (parts >> (at * 7 % 61)) % 3;
            shares[usize::try_from(share).expect("small")].push(event.clone());
        }
        let together = shares.concat();
        prop_assert_eq!(tell(job, milestones(&together)), whole);
    }
}

fn sample() -> &'static Demo {
    static DEMO: std::sync::OnceLock<Demo> = std::sync::OnceLock::new();
    DEMO.get_or_init(|| demo(60, 11))
}
