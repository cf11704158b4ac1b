use proptest::prelude::*;

use super::*;

const TIMING: Timing = Timing {
    cooldown_ms: 15 * 60_000,
    resolve_after_ms: 5 * 60_000,
};

fn minute(minute: i64) -> Millis {
    Millis::clamped(1_700_000_000_000 + minute * 60_000)
}

fn reading(holds: bool, counts: &[(i64, u64)]) -> Reading {
    Reading {
        holds,
        text: "much".to_owned(),
        counts: counts.iter().copied().collect(),
        ..Reading::default()
    }
}

/// What is told of one rule at these minutes.
fn told(state: &mut State, at: i64, reading: Reading) -> Vec<(Status, u64, u64, i64)> {
    let told = state.take("r", TIMING, vec![reading], minute(at));
    let told = told.into_iter().map(|telling| {
        let after = telling.after_ms / 60_000;
        (telling.status, telling.more, telling.total, after)
    });
    told.collect()
}

#[test]
fn first_at_once_then_rolled_up_then_resolved() {
    let mut state = State::read(None);
    assert_eq!(told(&mut state, 0, reading(false, &[(0, 9)])), []);
    let first = [(Status::Fired, 10, 10, 0)];
    assert_eq!(told(&mut state, 0, reading(true, &[(0, 10)])), first);
    // The same count again is no news, nor is more of it before the cool-down is over.
    assert_eq!(told(&mut state, 1, reading(true, &[(0, 10)])), []);
    assert_eq!(told(&mut state, 5, reading(true, &[(0, 12), (5, 20)])), []);
    assert_eq!(told(&mut state, 14, reading(true, &[(14, 25)])), []);
    let again = [(Status::Repeated, 47, 57, 15)];
    assert_eq!(told(&mut state, 15, reading(true, &[(14, 25)])), again);
    // Below its limit it is quiet, but what comes still counts.
    assert_eq!(told(&mut state, 16, reading(false, &[(16, 3)])), []);
    assert_eq!(told(&mut state, 19, reading(false, &[])), []);
    let over = [(Status::Resolved, 3, 60, 5)];
    assert_eq!(told(&mut state, 20, reading(false, &[])), over);
    assert_eq!(told(&mut state, 21, reading(false, &[])), []);
    assert_eq!(state.alerts, []);
    let anew = [(Status::Fired, 10, 10, 0)];
    assert_eq!(told(&mut state, 22, reading(true, &[(22, 10)])), anew);
}

#[test]
fn what_no_longer_holds_is_not_told_again_before_it_is_over() {
    let mut state = State::read(None);
    told(&mut state, 0, reading(true, &[]));
    let slow = Timing {
        resolve_after_ms: 60 * 60_000,
        ..TIMING
    };
    let quiet = || vec![reading(false, &[])];
    assert_eq!(state.take("r", slow, quiet(), minute(20)), []);
    // A burst within the cool-down is told after it, even if it is over by then.
    state.take("r", slow, vec![reading(true, &[(21, 4)])], minute(21));
    assert_eq!(state.alerts.len(), 1);
}

#[test]
fn rules_and_values_are_apart_and_bounded() {
    let mut state = State::read(None);
    let value = |value: usize| Reading {
        value: Some(value.to_string()),
        ..reading(true, &[])
    };
    let many = (0..200).map(value).collect();
    let told = state.take("r", TIMING, many, minute(0));
    assert_eq!(told.len(), crate::collect::alerts::MAX_ALERTS);
    assert_eq!(
        state.take("other", TIMING, vec![value(1)], minute(0)).len(),
        1
    );
    // A value of which nothing is found any more is over in time.
    let over = state.take("r", TIMING, Vec::new(), minute(5));
    assert_eq!(over.len(), crate::collect::alerts::MAX_ALERTS);
    assert!(over.iter().all(|told| told.status == Status::Resolved));
    assert_eq!(state.alerts.len(), 1);
}

#[test]
fn a_clock_that_is_set_back_silences_nothing() {
    let mut state = State::read(None);
    told(&mut state, 1000, reading(true, &[]));
    assert_eq!(told(&mut state, 0, reading(true, &[])), []);
    let again = [(Status::Repeated, 0, 0, 15)];
    assert_eq!(told(&mut state, 15, reading(true, &[])), again);
}

#[test]
fn gaps_are_noticed_and_foreign_alerts_forgotten() {
    let mut state = State::read(None);
    let rules = ["r"];
    let begin = |state: &mut State, at: i64| state.begin(rules.into_iter(), Millis::clamped(at));
    begin(&mut state, 100_000);
    assert_eq!((state.resumed, state.since["r"]), (100_000, 100_000));
    begin(&mut state, 101_000);
    begin(&mut state, 104_000);
    assert_eq!(state.round, 100_000, "what says nothing new is not written");
    begin(&mut state, 106_000);
    assert_eq!((state.round, state.resumed), (106_000, 100_000));
    begin(&mut state, 140_000);
    assert_eq!((state.resumed, state.since["r"]), (140_000, 100_000));
    state.take(
        "gone",
        TIMING,
        vec![reading(true, &[])],
        Millis::clamped(140_000),
    );
    begin(&mut state, 140_000 + FORGET_MS - 1);
    assert_eq!(state.alerts.len(), 1);
    begin(&mut state, 140_000 + FORGET_MS);
    assert_eq!(state.alerts, []);
}

proptest! {
    /// Whatever happens when, every event is told once, and a state that was written and read
    /// goes on as if it had not been.
    #[test]
    fn all_that_is_counted_is_told(steps in prop::collection::vec((0..20_i64, 0..30_u64, any::<bool>()), 1..60)) {
        let (mut state, mut counted, mut told) = (State::read(None), 0, 0);
        let mut at = 0;
        for (wait, count, holds) in steps {
            at += wait;
            let begun = !state.alerts.is_empty();
            let reading = reading(holds, &[(at, count)]);
            let seen = state.alerts.first().and_then(|alert| alert.seen.get(&at).copied());
            if begun || holds {
                counted += count.saturating_sub(seen.unwrap_or(0));
            }
            for telling in state.take("r", TIMING, vec![reading], minute(at)) {
                told += telling.more;
                if telling.status == Status::Resolved {
                    prop_assert_eq!(told, telling.total);
                    prop_assert_eq!(told, counted);
                    (told, counted) = (0, 0);
                }
            }
            let again = State::read(Some(&state.write()));
            prop_assert_eq!(&again, &state);
            state = again;
        }
    }
}
