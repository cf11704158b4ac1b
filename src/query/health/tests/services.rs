//! Services: heard of, in step, well named.

use super::*;

#[test]
fn expected_services_must_be_heard_of() {
    let mut facts = facts();
    facts.expected = ["api-server", "monitor", "worker"]
        .map(str::to_owned)
        .to_vec();
    let heard = traffic([event("worker", 0, 1_000), event("monitor", 0, 300_000)]);
    assert_eq!(verdicts(&facts, &heard, "service"), [Fail, Fail, Ok]);
    let report = assess(&facts, &heard);
    let messages: Vec<_> = report
        .checks
        .iter()
        .filter(|check| check.name == "service")
        .collect();
    assert_eq!(messages[0].message, "api-server: no event in the last 1h");
    assert_eq!(
        messages[1].message,
        "monitor: 0.0 events/min, last 5m ago, clock in step"
    );
    // One that nobody expects may be silent.
    facts.expected.clear();
    assert_eq!(verdicts(&facts, &heard, "service"), [Ok, Ok]);
}

#[test]
fn clocks_are_judged_by_service() {
    let of = |skew_ms| {
        let heard = traffic((0..10).map(|n| event("worker", skew_ms, n * 1_000)));
        verdicts(&facts(), &heard, "service")
    };
    assert_eq!(of(999), [Ok]);
    assert_eq!(of(1_000), [Warn]);
    assert_eq!(of(-1_000), [Warn]);
    assert_eq!(of(3_600_000), [Warn]);
    assert_eq!(of(3_600_001), [Fail]);
    assert_eq!(of(-3_600_001), [Warn]);
}

#[test]
fn a_clock_that_is_behind_is_a_doubt() {
    let heard = traffic((0..10).map(|n| event("worker", -2_200, n * 1_000)));
    let report = assess(&facts(), &heard);
    let service = report.checks.iter().find(|check| check.name == "service");
    assert_eq!(
        service.expect("a service").message,
        "worker: 2.0 events/min, last just now, its clock is 2.2 s behind, or its events arrive late"
    );
}

#[test]
fn a_clock_that_is_off_makes_nobody_silent() {
    let mut facts = facts();
    facts.expected = vec!["worker".to_owned()];
    let heard = traffic((0..10).map(|n| event("worker", -1_800_000, n * 1_000)));
    assert_eq!(verdicts(&facts, &heard, "service"), [Warn]);
}

#[test]
fn rates_are_counted_by_stream_and_service() {
    let mut other = event("worker", 0, 1_000);
    other.origin.as_mut().expect("an origin").stream = Arc::from("emp:errors");
    let old = event("worker", 0, 300_000);
    let events = (0..50).map(|n| event(["api", "worker"][usize::from(n % 5 > 0)], 0, n * 1_000));
    let report = assess(&facts(), &traffic(events.chain([other, old])));
    let rate = report
        .checks
        .iter()
        .find(|check| check.name == "rate")
        .expect("a rate");
    assert_eq!(
        rate.message,
        "10.0 events/min in the last 5m: worker 8.0, api 2.0"
    );
    assert_eq!(rate.facts["byService"]["worker"], 8.0);
}

#[test]
fn naming_is_judged_by_the_share_of_good_events() {
    let of = |bad: i64| {
        let events = (0..100).map(|n| {
            let mut event = event("worker", 0, n * 10);
            if n < bad {
                event.event_type = "Job Created".to_owned();
            }
            event
        });
        let report = assess(&facts(), &traffic(events));
        report
            .checks
            .into_iter()
            .find(|check| check.name == "rules")
            .expect("the rules")
    };
    assert_eq!(of(0).message, "100 % of 100 events meet the naming rules");
    let good = of(5);
    assert_eq!(good.verdict, Ok);
    assert_eq!(
        good.message,
        "95 % of 100 events meet the naming rules; most often not: \
         worker Job Created: type is not entity.action (5)"
    );
    let bad = of(6);
    assert_eq!(bad.verdict, Warn);
    assert_eq!(bad.message, "94 % of 100 events meet the naming rules");
    let hint = bad.hint.expect("a hint");
    assert_eq!(hint, "worker Job Created: type is not entity.action (6)");
    assert_eq!(bad.facts["worst"][0]["count"], 6);
}

#[test]
fn memory_is_bounded_whatever_the_names() {
    let many = (0..5_000).map(|n| {
        let mut event = event(&format!("service-{n}"), 0, 10);
        event.event_type = format!("Bad{n}");
        event
    });
    let heard = traffic(many);
    assert_eq!(heard.services().count(), 256);
    assert_eq!(heard.offenders().len(), 1024);
    assert_eq!(heard.rates("emp:events").len(), 256);
    let report = assess(&facts(), &heard);
    let mut services = report.checks.iter().filter(|check| check.name == "service");
    let last = services.next_back().expect("a service");
    assert_eq!(last.verdict, Warn);
    assert_eq!(last.facts["untoldEvents"], 5_000 - 256);
}
