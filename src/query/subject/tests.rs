use super::*;

fn event(at: i64, ids: &[(Id, &str)]) -> Event {
    let mut event = Event {
        timestamp: Millis::clamped(at),
        ..Event::default()
    };
    for (id, value) in ids {
        event.ids.set(*id, *value);
    }
    event
}

fn resolve(text: &str, events: Vec<Event>) -> Resolution {
    let mut resolver = Resolver::new(text);
    for event in events {
        resolver.push(event);
    }
    resolver.finish()
}

fn times(found: &Found) -> Vec<i64> {
    let mut times: Vec<i64> = found
        .events()
        .iter()
        .map(|event| event.timestamp.get())
        .collect();
    times.sort_unstable();
    times
}

#[test]
fn any_subject_id_or_its_start_is_a_mention() {
    let event = event(1, &[(Id::Machine, "gpu-7"), (Id::Span, "00ab")]);
    assert!(mentions(&event, "gpu-7"));
    assert!(mentions(&event, "gp"));
    for no in ["", "gpu-77", "00ab", "pu-7", "GPU"] {
        assert!(!mentions(&event, no), "{no}");
    }
}

#[test]
fn an_exact_id_beats_prefixes_wherever_it_stands() {
    let events = vec![
        event(3, &[(Id::Job, "job_12")]),
        event(1, &[(Id::Job, "job_1")]),
        event(4, &[(Id::Job, "job_13")]),
        event(2, &[(Id::Job, "job_1")]),
    ];
    let Resolution::Exact(found) = resolve("job_1", events) else {
        panic!("exact");
    };
    assert_eq!(
        found.subject,
        Subject {
            kind: Id::Job,
            id: "job_1".into()
        }
    );
    assert_eq!((times(&found), found.left_out()), (vec![1, 2], 0));
}

#[test]
fn a_job_comes_before_a_trace_of_the_same_id() {
    let events = vec![
        event(1, &[(Id::Trace, "abc")]),
        event(2, &[(Id::Trace, "abc"), (Id::Job, "abc")]),
        event(3, &[(Id::Trace, "abc"), (Id::User, "abcd")]),
    ];
    let Resolution::Exact(found) = resolve("abc", events.clone()) else {
        panic!("exact");
    };
    assert_eq!((found.subject.kind, times(&found)), (Id::Job, vec![2]));
    assert_eq!(found.also.len(), 1);
    assert_eq!(
        (found.also[0].subject.kind, found.also[0].events),
        (Id::Trace, 3)
    );
    let Resolution::Prefix(found) = resolve("ab", events[..2].to_vec()) else {
        panic!("one id, two kinds");
    };
    assert_eq!(found.subject.kind, Id::Job);
}

#[test]
fn a_prefix_of_one_id_is_enough_and_of_several_is_not() {
    let events = vec![
        event(1, &[(Id::Job, "job_1a"), (Id::Worker, "w1")]),
        event(9, &[(Id::Job, "job_2b"), (Id::Worker, "w1")]),
        event(5, &[(Id::Job, "job_2c")]),
    ];
    let Resolution::Prefix(found) = resolve("job_1", events.clone()) else {
        panic!("a prefix");
    };
    assert_eq!(found.subject.id, "job_1a");
    let Resolution::Ambiguous { candidates, more } = resolve("job", events.clone()) else {
        panic!("ambiguous");
    };
    let ids: Vec<_> = candidates
        .iter()
        .map(|one| one.subject.id.as_str())
        .collect();
    assert_eq!((ids, more), (vec!["job_2b", "job_2c", "job_1a"], 0));
    assert!(matches!(
        resolve("job_3", events.clone()),
        Resolution::Nothing
    ));
    assert!(matches!(resolve("", events), Resolution::Nothing));
}

#[test]
fn memory_is_bounded_and_the_newest_stay() {
    let mut resolver = Resolver::with_limits(
        "j".into(),
        Limits {
            events: 10,
            bytes: usize::MAX,
        },
    );
    for at in (0..100).rev() {
        resolver.push(event(at, &[(Id::Job, "j1")]));
    }
    let Resolution::Prefix(mut found) = resolver.finish() else {
        panic!("a prefix");
    };
    let kept = times(&found);
    assert!((9..=10).contains(&kept.len()), "{kept:?}");
    assert_eq!(kept.last(), Some(&99));
    assert!(kept[0] >= 90, "{kept:?}");
    assert_eq!(found.left_out(), 100 - kept.len() as u64);
    for at in 100..200 {
        found.push(event(at, &[(Id::Job, "j1")]));
    }
    assert_eq!(found.left_out(), 200 - found.events().len() as u64);
    assert_eq!(times(&found).last(), Some(&199));
}

#[test]
fn large_events_are_bounded_by_size() {
    let mut resolver = Resolver::with_limits(
        "j".into(),
        Limits {
            events: 1000,
            bytes: 10_000,
        },
    );
    for at in 0..100 {
        resolver.push(event(at, &[(Id::Job, "j1")]));
    }
    let Resolution::Prefix(found) = resolver.finish() else {
        panic!("a prefix");
    };
    assert!(found.events().len() <= 19, "{}", found.events().len());
    assert_eq!(times(&found).last(), Some(&99));
}

#[test]
fn very_many_candidates_are_counted_not_kept() {
    let many = 25_000;
    let events = (0..many)
        .map(|at| event(at, &[(Id::Job, &format!("job_{at}"))]))
        .collect();
    let Resolution::Ambiguous { candidates, more } = resolve("job", events) else {
        panic!("ambiguous");
    };
    assert_eq!(candidates.len(), Resolver::LISTED);
    assert_eq!(candidates[0].subject.id, "job_24999");
    assert_eq!(candidates.len() as u64 + more, 25_000);
    let at_once = (0..many)
        .map(|n| event(1, &[(Id::Job, &format!("job_{n}"))]))
        .collect();
    assert!(matches!(
        resolve("job", at_once),
        Resolution::Ambiguous { .. }
    ));
}
