use super::super::Verdict::{Fail, Ok, Warn};
use super::*;

pub(super) fn collector(name: &str) -> Collector {
    let reading = |stream: &str, group: &str| Reading {
        stream: stream.to_owned(),
        group: group.to_owned(),
        connected: true,
        events_per_second: 10.0,
        ..Reading::default()
    };
    Collector {
        name: name.to_owned(),
        age_ms: 2_000,
        version: Some("0.1.0".to_owned()),
        uptime_ms: 7_980_000,
        memory: Some(12 << 20),
        events_per_second: 10.0,
        readings: vec![
            reading("emp:events", "telemetry-collectors"),
            reading("emp:errors", "error-collectors"),
        ],
        outputs: vec![Output {
            name: "file".to_owned(),
            delivered: 1_203,
            spool_limit: 100_000_000,
            last_success_age_ms: Some(500),
            ..Output::default()
        }],
        ..Collector::default()
    }
}

fn group() -> Group {
    Group {
        name: "telemetry-collectors".to_owned(),
        pending: 3,
        lag: Some(0),
        consumers: vec![Consumer {
            name: "a".to_owned(),
            pending: 3,
            idle_ms: 1_000,
        }],
    }
}

pub(super) fn facts_of(collectors: Vec<Collector>) -> Facts {
    let mut facts = facts();
    facts.streams[0].groups = vec![group()];
    Facts {
        collectors,
        ..facts
    }
}

/// The one check of this name.
fn check(facts: &Facts, traffic: &Traffic, name: &str) -> Check {
    let mut checks = assess(facts, traffic).checks.into_iter();
    let found = checks.find(|check| check.name == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

/// The check of the collector `a` after a change to it.
fn changed(name: &str, change: impl FnOnce(&mut Collector)) -> (Verdict, String) {
    let mut one = collector("a");
    change(&mut one);
    let check = check(&facts_of(vec![one]), &traffic([]), name);
    (check.verdict, check.message)
}

#[test]
fn one_that_is_well_says_what_it_does() {
    let facts = facts_of(vec![collector("a")]);
    assert_eq!(assess(&facts, &traffic([])).verdict, Ok);
    let told = check(&facts, &traffic([]), "collector");
    assert_eq!(
        told.message,
        "a: 10.0 events/s, emp 0.1.0, up 2h 13m, 12.0 MiB of memory, told 2 s ago"
    );
    assert_eq!(told.facts["readings"][0]["eventsPerSecond"], 10.0);
    let (verdict, message) = changed("output", |_| {});
    assert_eq!(verdict, Ok);
    assert_eq!(message, "a file: 1,203 delivered, last just now");
    let (verdict, message) = changed("collector", |one| one.version = None);
    assert_eq!(verdict, Warn);
    assert_eq!(message, "a: alive; what it tells is of another version");
}

#[test]
fn one_that_is_gone_matters_by_what_it_left() {
    let gone = |change: fn(&mut Collector, &mut Facts)| {
        let mut one = collector("a");
        one.age_ms = 180_000;
        let mut facts = facts_of(Vec::new());
        change(&mut one, &mut facts);
        facts.collectors.push(one);
        let check = check(&facts, &traffic([]), "collector");
        (check.verdict, check.message)
    };
    let told = |verdict, message: &str| (verdict, format!("a: gone, last seen 3m ago{message}"));
    assert_eq!(
        gone(|_, _| {}),
        told(
            Fail,
            ", and no other collector runs; 3 events wait in Redis"
        )
    );
    assert_eq!(
        gone(|_, facts| facts.streams[0].groups.clear()),
        told(Warn, ", and no other collector runs")
    );
    let with_other = |one: &mut Collector, facts: &mut Facts| {
        facts.collectors.push(collector("b"));
        facts.collectors.reverse();
        let _ = one;
    };
    let both = |change: fn(&mut Collector, &mut Facts)| {
        let mut one = collector("a");
        one.age_ms = 180_000;
        let mut facts = facts_of(Vec::new());
        change(&mut one, &mut facts);
        facts.collectors = vec![one];
        with_other(&mut collector("a"), &mut facts);
        let found = assess(&facts, &traffic([])).checks.into_iter();
        let mut found = found.filter(|check| check.message.starts_with("a: "));
        let check = found.next().expect("told");
        (check.verdict, check.message)
    };
    assert_eq!(both(|_, _| {}), told(Warn, "; it holds 3 events"));
    assert_eq!(
        both(|_, facts| facts.streams[0].groups.clear()),
        told(Warn, "; others do its work")
    );
    assert_eq!(
        both(|one, _| one.outputs[0].spooled = 1),
        told(Fail, "; 1 event waits in its spool on disk")
    );
    assert_eq!(
        gone(|one, _| {
            one.stopping = true;
            one.outputs[0].spooled = 2_000;
        }),
        (
            Fail,
            "a: stopped, last seen 3m ago; 2,000 events wait in its spool on disk".to_owned()
        )
    );
}

#[test]
fn streams_that_are_not_read_and_entries_that_were_lost() {
    let failure = Some(Failure {
        age_ms: 5,
        reason: "NOPERM".to_owned(),
    });
    let (verdict, message) = changed("reading", |one| {
        one.readings[1].connected = false;
        one.readings[1].last_error = failure;
    });
    assert_eq!(
        (verdict, &*message),
        (Fail, "a emp:errors: not being read: NOPERM")
    );
    for (missed, trimmed, how) in [
        (1_203, 0, "1,203 events lost: trimmed before they were read"),
        (0, 1, "1 event lost: trimmed before they were delivered"),
        (
            2,
            3,
            "5 events lost: trimmed before they were read (2) or delivered (3)",
        ),
    ] {
        let (verdict, message) = changed("reading", |one| {
            one.readings[0].missed = missed;
            one.readings[0].trimmed = trimmed;
        });
        assert_eq!((verdict, message), (Warn, format!("a emp:events: {how}")));
    }
}

#[test]
fn outputs_that_fail_fill_up_and_drop() {
    let of = |change: fn(&mut Output)| changed("output", |one| change(&mut one.outputs[0]));
    let (verdict, message) = of(|output| {
        output.name = "otlp logs".to_owned();
        output.failing_for_ms = Some(720_400);
        output.retries = 1_203;
        output.spooled = 34_000;
        output.spool_bytes = 12_000_000;
        output.last_error = Some(Failure {
            age_ms: 5,
            reason: "connection refused".to_owned(),
        });
    });
    assert_eq!(verdict, Fail);
    assert_eq!(
        message,
        "a otlp logs: nothing gets through for 12m, last just now, 34,000 in the spool (12 % of it \
         used), 1,203 retries: connection refused"
    );
    assert_eq!(of(|output| output.failing_for_ms = Some(59_000)).0, Warn);
    let untried = |output: &mut Output| {
        (output.delivered, output.last_success_age_ms) = (0, None);
    };
    let (verdict, message) = changed("output", |one| untried(&mut one.outputs[0]));
    assert_eq!(
        (verdict, &*message),
        (Ok, "a file: nothing to deliver so far, so it was not tried")
    );
    let (_, message) = changed("output", |one| {
        untried(&mut one.outputs[0]);
        one.outputs[0].queued = 2;
    });
    assert_eq!(message, "a file: 0 delivered, 2 queued");
    for (percent, verdict) in [(49, Ok), (50, Warn), (79, Warn), (80, Fail), (100, Fail)] {
        let (found, _) = changed("output", |one| {
            one.outputs[0].spool_bytes = percent * 1_000_000;
            one.outputs[0].spooled = 1;
        });
        assert_eq!(found, verdict, "{percent}");
    }
    let (verdict, message) = of(|output| {
        output.dropped = 500;
        output.dropped_errors = 1;
    });
    assert_eq!(verdict, Warn);
    assert!(message.ends_with("500 dropped (1 error)"), "{message}");
    assert_eq!(of(|output| output.dead = 1).0, Warn);
    assert_eq!(of(|output| output.rejected = 1).0, Warn);
    assert_eq!(
        of(|output| output.retries = 9).0,
        Ok,
        "it got through in the end"
    );
}

#[test]
fn dead_letters_stay_to_be_seen() {
    let mut facts = facts();
    let letters = |count| {
        Some(DeadLetters {
            stream: "emp:dead".to_owned(),
            count,
        })
    };
    facts.dead_letters = letters(0);
    assert_eq!(assess(&facts, &traffic([])).verdict, Ok);
    facts.dead_letters = letters(12);
    let check = check(&facts, &traffic([]), "dead");
    assert_eq!(check.verdict, Warn);
    assert_eq!(
        check.message,
        "emp:dead: 12 events that an output refused for good"
    );
}

#[test]
fn trimming_that_overtakes_is_foretold() {
    // 20 events a second come, as two came in the last minute for each of 600 services.
    let busy = traffic((0..1_200).map(|n| event("worker", 0, n * 50)));
    let foretold = |lag, change: fn(&mut Facts)| {
        let mut facts = facts_of(vec![collector("a")]);
        facts.streams[0].groups[0].lag = Some(lag);
        change(&mut facts);
        let checks = assess(&facts, &busy).checks.into_iter();
        let mut found = checks.filter(|check| check.name == "forecast");
        found.next().map(|check| (check.verdict, check.message))
    };
    let told = |verdict, when: &str, wait: &str, read: &str| {
        let message = format!(
            "trimming overtakes telemetry-collectors {when}: {wait} of 10,000 wait, 20.0 events/s \
             come, {read} are read"
        );
        Some((verdict, message))
    };
    assert_eq!(foretold(0, |_| {}), None);
    assert_eq!(
        foretold(2_800, |_| {}),
        told(Warn, "in about 12 min", "2,800", "10.0")
    );
    assert_eq!(
        foretold(9_500, |_| {}),
        told(Fail, "in about 50 s", "9,500", "10.0")
    );
    assert_eq!(
        foretold(10_000, |_| {}),
        told(Fail, "now", "10,000", "10.0")
    );
    assert_eq!(
        foretold(5_000, |facts| facts.collectors.push(collector("b"))),
        None,
        "two keep up"
    );
    let without = |facts: &mut Facts| facts.collectors[0].age_ms = 40_000;
    assert_eq!(foretold(5_000, without), None, "somebody else may read");
    assert_eq!(
        foretold(5_000, |facts| {
            facts.collectors.clear();
            facts.streams[0].groups[0].consumers[0].idle_ms = 40_000;
        }),
        told(Fail, "in about 4 min", "5,000", "0.0")
    );
    assert_eq!(foretold(5_000, |facts| facts.streams[0].cap = None), None);
}

#[test]
fn a_group_that_nobody_reads() {
    let of = |change: fn(&mut Group)| {
        verdict("group", |facts| {
            let mut group = group();
            change(&mut group);
            facts.streams[0].groups = vec![group];
        })
    };
    assert_eq!(of(|_| {}), Ok);
    assert_eq!(of(|group| group.consumers.clear()), Warn);
    let left = |group: &mut Group| {
        group.consumers[0].idle_ms = 3_600_000;
        group.consumers[0].pending = 0;
        group.pending = 0;
        group.lag = Some(5);
    };
    assert_eq!(of(left), Warn);
    assert_eq!(
        of(|group| {
            group.consumers.clear();
            group.pending = 0;
        }),
        Ok,
        "nothing waits"
    );
}

#[test]
fn groups_without_any_collector_are_told() {
    let own = |stream: &str, group: &str| (stream.to_owned(), group.to_owned());
    let mut facts = facts_of(Vec::new());
    let of = |facts: &Facts| {
        let checks = assess(facts, &traffic([])).checks.into_iter();
        let mut found = checks.filter(|check| check.subject == "collectors");
        found.next().map(|check| (check.verdict, check.message))
    };
    assert_eq!(of(&facts), None, "the group is somebody else's");
    facts.groups = vec![own("emp:events", "telemetry-collectors")];
    let said = "none runs, though their consumer groups are there";
    assert_eq!(
        of(&facts),
        Some((Fail, format!("{said}; 3 events wait in Redis")))
    );
    facts.streams[0].groups[0].pending = 0;
    assert_eq!(of(&facts), Some((Warn, said.to_owned())));
    facts.groups = vec![own("emp:errors", "telemetry-collectors")];
    assert_eq!(of(&facts), None);
}
