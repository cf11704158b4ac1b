use super::*;
use crate::event::Id;
use crate::store::redis::index::MAX_IDS;
use crate::store::redis::index::block::Block;
use crate::store::redis::index::keys::{Keys, Kind, Place};

fn number(server: &Server, command: &[&str]) -> i64 {
    match server.run(command) {
        Reply::Int(number) => number,
        reply => panic!("{reply:?}"),
    }
}

fn texts(reply: &Reply) -> Vec<String> {
    let texts = reply.values().iter().filter_map(Reply::text);
    let mut texts: Vec<_> = texts.map(str::to_owned).collect();
    texts.sort();
    texts
}

pub(super) fn segments(server: &Server) -> Vec<String> {
    texts(&server.run(&["ZRANGE", "emp:index:{s}:segments", "0", "-1"]))
}

fn index_keys(server: &Server) -> Vec<String> {
    texts(&server.run(&["KEYS", "emp:index:*"]))
}

/// The key of the only segment in which a value is.
fn key_of(server: &Server, kind: Kind, value: &str) -> String {
    let segments = segments(server);
    assert_eq!(segments.len(), 1, "{segments:?}");
    Keys::new("s").bucket(&segments[0], Place::of(kind, value).bucket)
}

#[test]
fn few_entries_are_looked_at_where_an_index_is_kept() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    assert_eq!(collector.beat(), Standing::Anew);
    let jobs: Vec<_> = (0..500)
        .map(|number| format!("job_{}", number % 50))
        .collect();
    add_jobs(&server, "s", jobs.iter().map(String::as_str));
    collector.follow();
    assert_eq!(collector.beat(), Standing::Kept);
    // Twice, as after a restart between indexing and acknowledging.
    for newest_first in [false, true] {
        for only in [
            Only::Id(Id::Job, "job_7"),
            Only::AnyId("job_7"),
            Only::Start("job_7"),
        ] {
            let question = Question {
                newest_first,
                ..Question::about(&["s"], only)
            };
            let (found, coverage) = question.answer(&server);
            assert_eq!((found.len(), coverage.scanned), (10, 10));
            assert!(coverage.indexed);
        }
    }
    // `job_` is the beginning of many, and nothing by itself.
    let (found, coverage) = Question::about(&["s"], Only::Start("job_")).answer(&server);
    assert_eq!((found.len(), coverage.scanned), (500, 500));
    assert!(!coverage.indexed);
    let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, "job_")).answer(&server);
    assert_eq!((found.len(), coverage.scanned), (0, 0));
    assert!(coverage.indexed);
}

#[test]
fn an_entry_that_is_delivered_again_counts_once() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a", "b", "a"]);
    collector.read(10, ">");
    collector.index();
    collector.read(10, "0");
    collector.index();
    collector.acknowledge(usize::MAX);
    let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(&server);
    assert_eq!((found.len(), coverage.scanned), (2, 2));
}

#[test]
fn what_is_not_acknowledged_or_not_delivered_is_found() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a", "b", "a", "b", "a"]);
    // One is indexed and acknowledged, one indexed, one read, the others wait.
    collector.read(1, ">");
    collector.index();
    collector.acknowledge(1);
    collector.read(1, ">");
    collector.index();
    collector.read(1, ">");
    for only in [Only::Id(Id::Job, "a"), Only::Start("a"), Only::Start("b")] {
        let (found, coverage) = Question::about(&["s"], only).answer(&server);
        assert!(found.len() >= 2 && coverage.indexed);
    }
}

#[test]
fn more_pending_entries_than_are_asked_for_are_scanned() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(
        &server,
        "s",
        (0..5000).map(|number| if number % 100 == 0 { "a" } else { "b" }),
    );
    collector.read(1000, ">");
    collector.index();
    collector.acknowledge(usize::MAX);
    collector.read(3000, ">");
    let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(&server);
    assert_eq!(found.len(), 50);
    assert_eq!(coverage.scanned, 10 + 4000);
}

#[test]
fn the_ids_of_a_value_are_bounded() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a", "b"]);
    collector.follow();
    // As if it had been named too often.
    let (mut block, mut bytes) = (Block::default(), Vec::new());
    let place = Place::of(Kind::Job, "a");
    (0..=MAX_IDS).for_each(|_| block.push(place, EntryId::MIN));
    block.take(&mut bytes);
    let key = key_of(&server, Kind::Job, "a");
    server.run_all([vec![b"APPEND".to_vec(), key.into_bytes(), bytes]]);
    for (job, is_indexed) in [("a", false), ("b", true)] {
        let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, job)).answer(&server);
        assert_eq!(
            (found.len(), coverage.indexed),
            (1, is_indexed),
            "{coverage:?}"
        );
    }
}

#[test]
fn an_index_that_cannot_be_read_is_not_used() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a"]);
    collector.follow();
    let key = key_of(&server, Kind::Job, "a");
    server.run(&["APPEND", &key, "x"]);
    let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(&server);
    assert_eq!((found.len(), coverage.indexed), (1, false));
    let note = "every entry of s was read: its index cannot be read";
    assert_eq!(coverage.notes, [note]);
}

#[test]
fn what_a_full_segment_does_not_take_goes_to_another() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    for _ in 0..3 {
        add_jobs(
            &server,
            "s",
            (0..40_000).map(|number| if number % 4000 == 0 { "a" } else { "b" }),
        );
        collector.follow();
    }
    assert_eq!(segments(&server).len(), 4);
    let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(&server);
    assert_eq!(
        (found.len(), coverage.scanned, coverage.indexed),
        (30, 30, true)
    );
}

#[test]
fn an_index_goes_with_its_entries() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    let fields = [
        ("jobId", "old"),
        ("traceId", "old"),
        ("workerId", "w"),
        ("requestId", "r"),
    ];
    server.run_all([xadd("s", &fields)]);
    collector.follow();
    let keys = index_keys(&server);
    assert!((4..=6).contains(&keys.len()), "{keys:?}");
    for key in &keys {
        let lives = number(&server, &["TTL", key]) > 0;
        assert!(lives || key.ends_with("segments"), "{key}");
    }
    collector.beat();
    assert!(number(&server, &["TTL", "emp:index:{s}:segments"]) > 0);
    let old = segments(&server);

    // Another collector's segment, with an entry of an hour later.
    let mut other = Collector::start(&server, "s", "other");
    let id = format!("{}-0", now(&server) + 3_600_000);
    server.run(&["XADD", "s", &id, "jobId", "new"]);
    other.follow();
    assert_eq!(segments(&server).len(), 2, "nothing is trimmed");
    server.run(&["XTRIM", "s", "MAXLEN", "1"]);
    collector.beat();
    let new = segments(&server);
    assert!(new.len() == 1 && new != old);
    assert_eq!(index_keys(&server).len(), 3);
    // Another entry of the same time may come.
    server.run(&["XTRIM", "s", "MAXLEN", "0"]);
    collector.beat();
    assert_eq!(segments(&server), new);
    let id = format!("{}-0", now(&server) + 3_620_000);
    server.run(&["XADD", "s", &id, "workerId", "w"]);
    server.run(&["XTRIM", "s", "MAXLEN", "0"]);
    collector.beat();
    assert_eq!(index_keys(&server), ["emp:index:{s}:meta"]);
    server.run(&["DEL", "s"]);
    assert_eq!(collector.beat(), Standing::NoGroup);
}

#[test]
fn a_job_that_goes_on_keeps_its_index() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    let start = now(&server);
    for seconds in 0..60 {
        let id = format!("{}-0", start + seconds * 1000);
        server.run(&["XADD", "s", &id, "jobId", "a", "workerId", "w"]);
        collector.follow();
        server.run(&["XTRIM", "s", "MAXLEN", "2"]);
        let question = Question::about(&["s"], Only::Id(Id::Job, "a"));
        let (found, coverage) = question.answer(&server);
        assert_eq!(found.len(), if seconds == 0 { 1 } else { 2 });
        assert!(coverage.indexed);
        let (_, coverage) = Question::about(&["s"], Only::AnyId("w")).answer(&server);
        assert!(!coverage.indexed, "a worker is known as one");
    }
}

/// That this is known as the id of a worker.
pub(super) fn is_worker(server: &Server, id: &str) -> bool {
    let (_, coverage) = Question::about(&["s"], Only::AnyId(id)).answer(server);
    coverage
        .notes
        .iter()
        .any(|note| note.contains("that of a worker"))
}

#[test]
fn an_id_is_known_again_after_a_while_without_entries() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    let entry = || server.run_all([xadd("s", &[("workerId", "a"), ("jobId", "b")])]);
    entry();
    collector.read(10, ">");
    collector.beat();
    server.run(&["DEL", "s"]);
    collector.index();
    collector.heal();
    collector.beat();
    entry();
    collector.follow();
    assert!(is_worker(&server, "a"));
}

#[test]
fn whoever_outlived_a_promise_tells_all_again() {
    let server = Server::start(&[]);
    let mut one = Collector::start(&server, "s", "one");
    let mut two = Collector::start(&server, "s", "two");
    one.beat();
    let entry = || server.run_all([xadd("s", &[("workerId", "a"), ("jobId", "b")])]);
    entry();
    two.follow();
    server.run(&["DEL", "emp:index:{s}:meta"]);
    assert_eq!(one.beat(), Standing::Anew);
    assert_eq!(index_keys(&server), ["emp:index:{s}:meta"]);
    entry();
    two.follow_after_loss();
    assert!(is_worker(&server, "a"));
}

#[test]
fn what_the_server_lost_is_told_to_it_again() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    let add = |fields: &[(&str, &str)]| server.run_all([xadd("s", fields)]);
    add(&[("jobId", "a"), ("workerId", "w")]);
    collector.follow();
    server.run(&["DEL", "emp:index:{s}:segments"]);
    // A page that relies on nothing of before.
    add(&[("jobId", "a")]);
    collector.follow();
    add(&[("jobId", "a"), ("workerId", "w")]);
    collector.follow();
    assert!(is_worker(&server, "w"));
    assert_eq!(segments(&server).len(), 2);
    // One that relies on what is gone.
    server.run(&["DEL", "emp:index:{s}:segments"]);
    add(&[("workerId", "w")]);
    let error = collector.follow_after_loss().to_string();
    assert!(error.contains("it has lost the index"), "{error}");
    assert!(is_worker(&server, "w"));
}

#[test]
fn a_key_that_is_begun_again_expires_too() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a"]);
    collector.follow();
    let key = key_of(&server, Kind::Job, "a");
    server.run(&["DEL", &key]);
    add_jobs(&server, "s", ["a"]);
    collector.follow();
    assert_eq!(number(&server, &["TTL", &key]), -1);
    add_jobs(&server, "s", ["b"]);
    collector.follow();
    assert!(number(&server, &["TTL", &key]) > 0);
}

#[test]
fn a_page_that_is_refused_is_not_indexed() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    server.run(&["SADD", "emp:index:{s}:segments", "x"]);
    add_jobs(&server, "s", ["a", "b"]);
    collector.read(10, ">");
    let events = std::mem::take(&mut collector.read);
    collector.index.queue(&mut collector.pipe, &events);
    collector.pipe.queue(&[b"ECHO", b"another room's"]);
    let mut replies = collector.run();
    let settled = collector.index.settle(&collector.pipe, &mut replies);
    let error = settled.expect_err("refused").to_string();
    assert!(error.contains("WRONGTYPE"), "{error}");
    assert_eq!(replies.next(), Reply::Text(b"another room's".to_vec()));
    collector.disable();
    collector.indexed = events.iter().filter_map(Event::entry).collect();
    collector.acknowledge(usize::MAX);
    server.run(&["DEL", "emp:index:{s}:segments"]);
    assert_eq!(collector.beat(), Standing::Off);
    let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(&server);
    assert_eq!((found.len(), coverage.indexed), (1, false));
}
