use super::*;
use crate::event::Id;

/// Whether the index of the stream is used, with an answer that is right.
fn is_used(server: &Server) -> bool {
    let (_, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(server);
    coverage.indexed
}

#[test]
fn a_group_that_has_read_before_is_indexed_from_now_on() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    add_jobs(&server, "s", ["a", "b", "a"]);
    collector.read(1, ">");
    collector.indexed = collector
        .read
        .drain(..)
        .filter_map(|event| event.entry())
        .collect();
    collector.acknowledge(1);
    assert!(!is_used(&server));
    assert_eq!(collector.beat(), Standing::Anew);
    add_jobs(&server, "s", ["a", "b"]);
    collector.follow();
    let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(&server);
    assert_eq!((found.len(), coverage.scanned), (3, 4));
    assert!(coverage.indexed);
}

#[test]
fn a_collector_without_an_index_ends_it_for_its_group() {
    let server = Server::start(&[]);
    let mut with = Collector::start(&server, "s", "with");
    let mut without = Collector::start(&server, "s", "without");
    with.beat();
    add_jobs(&server, "s", ["a"]);
    with.follow();
    assert!(is_used(&server));
    add_jobs(&server, "s", ["a"]);
    without.read(1, ">");
    without.disable();
    without.indexed = without
        .read
        .drain(..)
        .filter_map(|event| event.entry())
        .collect();
    without.acknowledge(1);
    assert!(!is_used(&server));
    assert_eq!(with.beat(), Standing::Off);
    server.run(&["DEL", "emp:index:{s}:off:g"]);
    assert_eq!(with.beat(), Standing::Anew);
    assert!(is_used(&server));
}

#[test]
fn another_group_neither_takes_over_nor_ends_it() {
    let server = Server::start(&[]);
    let mut first = Collector::of_group(&server, "s", "one", "c");
    let mut second = Collector::of_group(&server, "s", "two", "c");
    first.beat();
    assert_eq!(second.beat(), Standing::AnotherGroup);
    add_jobs(&server, "s", ["a"]);
    second.follow();
    second.disable();
    assert!(is_used(&server));
    assert_eq!(first.beat(), Standing::Kept);
    assert_eq!(second.beat(), Standing::Off);
    first.disable();
    server.run(&["DEL", "emp:index:{s}:off:two"]);
    assert_eq!(second.beat(), Standing::Anew);
    assert!(is_used(&server));
}

#[test]
fn without_its_group_it_holds_no_more() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a"]);
    collector.follow();
    server.run(&["XGROUP", "DESTROY", "s", "g"]);
    assert!(!is_used(&server));
    assert_eq!(collector.beat(), Standing::NoGroup);
    collector.heal();
    assert_eq!(collector.beat(), Standing::Anew);
    assert!(is_used(&server));
}

#[test]
fn a_server_that_was_started_anew_is_not_trusted() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a", "b"]);
    collector.follow();
    assert!(is_used(&server));
    server.kill();
    server.restart();
    assert!(!is_used(&server));
    let mut collector = Collector::start(&server, "s", "c");
    assert_eq!(collector.beat(), Standing::Anew);
    assert!(is_used(&server));
    // Whoever outlived the server may acknowledge what it was given before it lost its end.
    let (_, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(&server);
    assert_eq!(coverage.scanned, 2);
}

#[test]
fn a_server_that_evicts_keys_is_not_trusted() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a", "b"]);
    collector.follow();
    server.run(&["SET", "cache", "x", "EX", "1000"]);
    assert!(is_used(&server));
    // Everything that expires goes, this index with it.
    server.run(&["CONFIG", "SET", "maxmemory-policy", "volatile-ttl"]);
    server.run(&["CONFIG", "SET", "maxmemory", "1"]);
    // A command makes the server look at its memory; it has none for this one.
    let refused = collector.ask(&["SET", "more", "x"]);
    assert!(matches!(refused, Reply::Error(text) if text.starts_with("OOM")));
    server.run(&["CONFIG", "SET", "maxmemory", "0"]);
    assert!(!is_used(&server));
    // Also where `meta` is still there.
    assert_eq!(collector.beat(), Standing::Anew);
    assert!(is_used(&server));
    server.run(&["SET", "cache", "x", "EX", "1"]);
    server.run(&["PERSIST", "emp:index:{s}:meta"]);
    server.run(&["CONFIG", "SET", "maxmemory", "1"]);
    collector.ask(&["SET", "more", "x"]);
    server.run(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(server.run(&["EXISTS", "emp:index:{s}:meta"]), Reply::Int(1));
    assert!(!is_used(&server));
    assert_eq!(collector.beat(), Standing::Anew);
}

#[test]
fn a_server_without_memory_still_takes_the_promise_back() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a", "b"]);
    server.run(&["CONFIG", "SET", "maxmemory", "1"]);
    collector.read(10, ">");
    let events = std::mem::take(&mut collector.read);
    let error = collector.try_index(&events).expect_err("refused");
    assert!(matches!(error, Error::NotWritable { .. }), "{error}");
    collector.disable();
    collector.indexed = events.iter().filter_map(Event::entry).collect();
    collector.acknowledge(usize::MAX);
    assert!(!is_used(&server));
    server.run(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(collector.beat(), Standing::Off);
}

#[test]
fn a_stream_that_is_another_one_is_not_trusted() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    add_jobs(&server, "s", ["a", "b", "a"]);
    collector.beat();
    collector.follow();
    collector.beat();
    assert!(is_used(&server));
    server.run(&["DEL", "s"]);
    server.run(&["XADD", "s", "1-1", "jobId", "a"]);
    server.run(&["XGROUP", "CREATE", "s", "g", "$"]);
    assert!(!is_used(&server));
    assert_eq!(collector.beat(), Standing::Anew);
    assert!(is_used(&server));
}

#[test]
fn ids_ahead_of_the_clock_are_not_trusted() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a"]);
    collector.follow();
    assert!(is_used(&server));
    server.run(&[
        "XADD",
        "s",
        "18446744073709551614-18446744073709551615",
        "jobId",
        "a",
    ]);
    collector.follow();
    assert_eq!(collector.beat(), Standing::Ahead);
    assert!(!is_used(&server));
}

#[test]
fn entries_that_are_older_than_keys_live_are_scanned() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    // Of 1970, and its keys have expired.
    server.run(&["XADD", "s", "5-5", "jobId", "a"]);
    add_jobs(&server, "s", ["a", "b"]);
    collector.read(1, ">");
    collector.index();
    let keys = server.run(&["KEYS", "emp:index:{s}:*:*"]);
    for key in keys.values().iter().filter_map(Reply::text) {
        server.run(&["DEL", key]);
    }
    collector.follow();
    let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(&server);
    assert_eq!((found.len(), coverage.scanned), (2, 2));
    assert!(coverage.indexed);
}

#[test]
fn streams_without_an_index_are_read_in_full_beside_those_with_one() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a", "b"]);
    add_jobs(&server, "other", ["b", "a", "b"]);
    collector.follow();
    for newest_first in [false, true] {
        for only in [Only::Id(Id::Job, "a"), Only::Start("a")] {
            let question = Question {
                newest_first,
                ..Question::about(&["other", "missing", "s"], only)
            };
            let (found, coverage) = question.answer(&server);
            assert_eq!((found.len(), coverage.scanned), (2, 4));
            assert!(!coverage.indexed);
            assert_eq!(
                coverage.notes,
                [
                    "every entry of other was read: no collector keeps an index of it",
                    "s was read by its index"
                ]
            );
        }
    }
}

#[test]
fn users_who_may_not_read_it_read_in_full() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a", "b"]);
    collector.follow();
    let rights: [&[&str]; 4] = [
        &["~s", "+@all"],
        &["~*", "+@all", "-info"],
        &["~*", "+@all", "-multi"],
        &["~*", "+xrange", "+xrevrange"],
    ];
    for rights in rights {
        let mut command = vec!["ACL", "SETUSER", "dev", "reset", "on", ">secret"];
        command.extend(rights);
        server.run(&command);
        let url = format!("{}?user=dev&pass=secret", server.url());
        let target = crate::store::redis::Target::parse(&url, None).expect("an address");
        let mut source = RedisSource::new(target, Timeouts::default());
        let question = Question::about(&["s"], Only::Id(Id::Job, "a"));
        let (found, coverage) = question.ask(&mut source, true);
        assert_eq!((found.len(), coverage.scanned), (1, 2), "{rights:?}");
        assert!(!coverage.indexed);
        assert!(coverage.notes[0].contains("may not"), "{coverage:?}");
    }
}
