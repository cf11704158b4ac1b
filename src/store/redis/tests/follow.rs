use std::collections::HashSet;
use std::time::Duration;

use super::super::server::Server;
use super::super::server::soon;
use super::super::{Change, Follower, Start, Target, Timeouts, Writer};
use crate::event::{EntryId, Event, Millis};
use crate::store::Error;

fn timeouts() -> Timeouts {
    Timeouts {
        connect: Duration::from_secs(5),
        reply: Duration::from_secs(5),
    }
}

fn follow(server: &Server, start: Start) -> Follower {
    let streams = vec!["a".to_owned(), "b".to_owned()];
    Follower::start(server.target(), streams, start, timeouts()).expect("following")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
}

fn next(follower: &mut Follower) -> Change {
    runtime().block_on(async {
        let change = tokio::time::timeout(Duration::from_secs(30), follower.next()).await;
        change
            .expect("a change in time")
            .expect("the thread is alive")
    })
}

fn ids(events: &[Event]) -> impl Iterator<Item = EntryId> {
    events.iter().map(|event| event.entry().expect("an id"))
}

/// Reads until so many events are there; other changes are handed back in order.
fn read(follower: &mut Follower, count: usize) -> (Vec<Event>, Vec<Change>) {
    let (mut events, mut others) = (Vec::new(), Vec::new());
    while events.len() < count {
        match next(follower) {
            Change::Events(page) => events.extend(page),
            other => others.push(other),
        }
    }
    assert_eq!(events.len(), count, "no more than expected");
    (events, others)
}

fn add(server: &Server, stream: &str, ids: impl Iterator<Item = u64>) {
    server.run_all(ids.map(|id| {
        ["XADD", stream, &format!("{id}-0"), "service", "x"]
            .map(|part| part.as_bytes().to_vec())
            .into()
    }));
}

#[test]
fn history_and_news_come_as_one_sequence() {
    let server = Server::start(&[]);
    add(&server, "a", (1..=3000).map(|n| n * 2));
    add(&server, "b", (1..=1000).map(|n| n * 3 + 1_000_000));
    add(&server, "b", std::iter::once(2_000_000));
    let mut follower = follow(&server, Start::Since(Millis::clamped(0)));
    add(&server, "a", std::iter::once(3_000_000));
    let (events, others) = read(&mut follower, 4002);
    assert!(others.is_empty(), "{others:?}");
    assert!(ids(&events).is_sorted_by(|one, other| one < other));
}

#[test]
fn pages_of_streams_are_woven_by_id() {
    let server = Server::start(&[]);
    add(&server, "a", (1..=3000).map(|n| n * 2));
    add(&server, "b", (1..=1000).map(|n| n * 3 * 2 + 1));
    let mut follower = follow(&server, Start::Since(Millis::clamped(0)));
    let (events, _) = read(&mut follower, 4000);
    assert!(ids(&events).is_sorted_by(|one, other| one < other));
}

#[test]
fn now_starts_with_what_comes_next() {
    let server = Server::start(&[]);
    add(&server, "a", 1..=10);
    let mut follower = follow(&server, Start::Now);
    add(&server, "a", 11..=12);
    add(&server, "b", 13..=13);
    let (events, _) = read(&mut follower, 3);
    assert_eq!(
        ids(&events).map(|id| id.ms).collect::<Vec<_>>(),
        [11, 12, 13]
    );
    assert_eq!(events[2].stream(), Some("b"));
}

#[test]
fn a_user_who_may_not_ask_can_still_follow() {
    let server = Server::start(&[]);
    add(&server, "a", 1..=10);
    server.run(&[
        "ACL",
        "SETUSER",
        "reader",
        "on",
        ">pw",
        "~*",
        "+xread",
        "+xrevrange",
    ]);
    let target =
        Target::parse(&format!("{}?user=reader&pass=pw", server.url()), None).expect("an address");
    let mut follower =
        Follower::start(target, vec!["a".to_owned()], Start::Now, timeouts()).expect("following");
    add(&server, "a", 11..=11);
    assert_eq!(read(&mut follower, 1).0.len(), 1);
}

#[test]
fn a_killed_server_leaves_no_gap_and_no_repeat() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let mut follower = follow(&server, Start::Now);
    let mut expected = Vec::new();
    let mut write = |server: &Server| {
        let mut writer =
            Writer::connect(&server.target(), Duration::from_secs(5)).expect("connected");
        for number in 0..700 {
            writer.queue(
                if number % 3 == 0 { "b" } else { "a" },
                None,
                &Event::default(),
            );
        }
        writer.send(soon()).expect("sent");
        let ids = writer.receive(700, soon()).expect("answers");
        expected.extend(ids.into_iter().map(|id| id.expect("added")));
    };
    let (mut found, mut lost, mut back) = (Vec::new(), 0, 0);
    let mut take = |found: &mut Vec<Event>| match next(&mut follower) {
        Change::Events(events) => found.extend(events),
        // Away, or there again and still loading.
        Change::Lost { error, .. } if error.is_retryable() => lost += 1,
        Change::Back { .. } => back += 1,
        other => panic!("{other:?}"),
    };
    for _ in 0..3 {
        write(&server);
        // Some of it is read before the server dies, the rest after.
        take(&mut found);
        server.kill();
        server.restart();
        write(&server);
    }
    while found.len() < 4200 {
        take(&mut found);
    }
    assert!(lost >= back && back >= 1, "lost {lost}, back {back}");
    let entries = |stream| {
        let of = found
            .iter()
            .filter(move |event| event.stream() == Some(stream));
        of.map(|event| event.entry().expect("an id"))
            .collect::<Vec<_>>()
    };
    for stream in ["a", "b"] {
        assert!(
            entries(stream).is_sorted_by(|one, other| one < other),
            "in order, none twice"
        );
    }
    let found: HashSet<_> = found.iter().map(|event| event.sort_key().1).collect();
    assert!(expected.iter().all(|id| found.contains(id)));
}

#[test]
fn a_server_that_lost_everything_is_followed_anew() {
    let mut server = Server::start(&[]);
    let mut follower = follow(&server, Start::Now);
    add(&server, "a", 1000..=1010);
    read(&mut follower, 11);
    server.kill();
    assert!(matches!(next(&mut follower), Change::Lost { .. }));
    server.restart();
    // Its clock went back, too.
    add(&server, "a", 5..=7);
    let (events, others) = read(&mut follower, 3);
    assert_eq!(ids(&events).map(|id| id.ms).collect::<Vec<_>>(), [5, 6, 7]);
    assert!(
        others
            .iter()
            .any(|change| matches!(change, Change::Back { .. }))
    );
    assert!(
        others.iter().any(|change| matches!(
            change,
            Change::Rewound { stream, from, to: EntryId::MIN } if stream == "a" && from.ms == 1010
        )),
        "{others:?}"
    );
}

#[test]
fn a_stream_that_is_emptied_goes_on() {
    let server = Server::start(&[]);
    add(&server, "a", 1..=10);
    let mut follower = follow(&server, Start::Now);
    server.run(&["DEL", "a"]);
    add(&server, "a", 20..=21);
    assert_eq!(read(&mut follower, 2).0.len(), 2);
    server.run(&["XTRIM", "a", "MAXLEN", "0"]);
    add(&server, "a", 22..=22);
    assert_eq!(read(&mut follower, 1).0.len(), 1);
}

#[test]
fn what_was_trimmed_unread_is_counted() {
    let server = Server::start(&[]);
    let mut follower = follow(&server, Start::Now);
    // Nobody takes the pages meanwhile: the reader gets no further than three of them.
    add(&server, "a", 1..=5000);
    server.run(&["XTRIM", "a", "MAXLEN", "10"]);
    let (mut events, mut missed) = (0, 0);
    while events + missed < 5000 {
        match next(&mut follower) {
            Change::Events(page) => events += page.len() as u64,
            Change::Missed { stream, count } => {
                assert_eq!(stream, "a");
                missed += count.expect("this server can tell");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(events + missed, 5000);
    assert!(
        missed >= 5000 - 4 * 500 && events >= 10,
        "{events} read, {missed} missed"
    );
}

#[test]
fn huge_entries_come_in_small_pages() {
    let server = Server::start(&[]);
    let blob = "x".repeat(1024 * 1024);
    add(&server, "a", 1..=10);
    for id in 11..=30 {
        server.run(&["XADD", "a", &format!("{id}-0"), "blob", &blob]);
    }
    let mut follower = follow(&server, Start::Since(Millis::clamped(0)));
    let mut next_id = 1;
    while next_id <= 30 {
        let Change::Events(events) = next(&mut follower) else {
            panic!("events")
        };
        let bytes: usize = events
            .iter()
            .flat_map(|event| &event.extra)
            .map(|(_, value)| value.len())
            .sum();
        assert!(bytes <= 4 * 1024 * 1024);
        for id in ids(&events) {
            assert_eq!(id.ms, next_id);
            next_id += 1;
        }
    }
}

#[test]
fn the_first_connection_fails_at_once() {
    let server = Server::start(&[]);
    server.run(&["SET", "a", "text"]);
    let streams = vec!["a".to_owned()];
    let error =
        Follower::start(server.target(), streams, Start::Now, timeouts()).expect_err("no stream");
    assert!(matches!(error, Error::WrongType { .. }), "{error}");
    let target = Target::parse("unix:///nowhere/s", None).expect("an address");
    let error = Follower::start(target, Vec::new(), Start::Now, timeouts()).expect_err("no server");
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}
