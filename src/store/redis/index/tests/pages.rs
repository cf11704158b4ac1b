use super::*;
use crate::event::Id;
use crate::store::redis::index::MAX_IDS;

fn number(server: &Server, command: &[&str]) -> i64 {
    match server.run(command) {
        Reply::Int(number) => number,
        reply => panic!("{reply:?}"),
    }
}

/// The values that are known, without the names of collectors.
fn known(server: &Server) -> Vec<String> {
    let reply = server.run(&["ZRANGE", "emp:index:{s}:known", "0", "-1"]);
    let names = reply.values().iter().filter_map(Reply::text);
    let mut names: Vec<_> = names
        .filter(|name| !name.starts_with('!'))
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

fn index_keys(server: &Server) -> Vec<String> {
    let reply = server.run(&["KEYS", "emp:index:*"]);
    let keys = reply.values().iter().filter_map(Reply::text);
    let mut keys: Vec<_> = keys.map(str::to_owned).collect();
    keys.sort();
    keys
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
    // As if it had been named 75,000 times.
    let key = "emp:index:{s}:ja";
    server.run(&["APPEND", key, &"\0".repeat(MAX_IDS)]);
    let question = Question::about(&["s"], Only::Id(Id::Job, "a"));
    let (_, coverage) = question.answer(&server);
    assert!(!coverage.indexed, "{coverage:?}");
    add_jobs(&server, "s", ["a"]);
    collector.follow();
    add_jobs(&server, "s", ["b", "a"]);
    collector.follow();
    assert!(number(&server, &["STRLEN", key]) < 100);
    assert!(number(&server, &["TTL", key]) > 0);
    let (found, coverage) = question.answer(&server);
    assert_eq!((found.len(), coverage.indexed), (3, false));
    let (_, coverage) = Question::about(&["s"], Only::Id(Id::Job, "b")).answer(&server);
    assert!(coverage.indexed);
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
    assert_eq!(
        index_keys(&server),
        [
            "emp:index:{s}:jold",
            "emp:index:{s}:known",
            "emp:index:{s}:meta",
            "emp:index:{s}:told"
        ]
    );
    for key in index_keys(&server) {
        let lives = number(&server, &["TTL", &key]) > 0;
        assert!(lives || key.ends_with("known"), "{key}");
    }
    collector.beat();
    assert!(number(&server, &["TTL", "emp:index:{s}:known"]) > 0);
    assert_eq!(known(&server), ["jold", "or", "ow", "told"]);

    // An entry of an hour later, so that scores lie before it.
    let id = format!("{}-0", now(&server) + 3_600_000);
    server.run(&["XADD", "s", &id, "jobId", "new"]);
    collector.follow();
    assert_eq!(known(&server).len(), 5, "nothing is trimmed");
    server.run(&["XTRIM", "s", "MAXLEN", "1"]);
    collector.beat();
    assert_eq!(
        index_keys(&server),
        [
            "emp:index:{s}:jnew",
            "emp:index:{s}:known",
            "emp:index:{s}:meta"
        ]
    );
    // Another entry may come within the time that scores are ahead.
    server.run(&["XTRIM", "s", "MAXLEN", "0"]);
    collector.beat();
    assert_eq!(known(&server), ["jnew"]);
    let id = format!("{}-0", now(&server) + 3_620_000);
    server.run(&["XADD", "s", &id, "workerId", "w"]);
    server.run(&["XTRIM", "s", "MAXLEN", "0"]);
    collector.beat();
    assert_eq!(
        index_keys(&server),
        ["emp:index:{s}:known", "emp:index:{s}:meta"]
    );
    assert!(known(&server).is_empty());
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
    entry();
    collector.follow();
    assert_eq!(known(&server), ["jb", "oa"]);
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
    // As if it had been taken away for another reason than its age.
    server.run(&["ZREM", "emp:index:{s}:known", "oa"]);
    server.run(&["DEL", "emp:index:{s}:meta"]);
    assert_eq!(one.beat(), Standing::Anew);
    entry();
    two.read(10, ">");
    let events = std::mem::take(&mut two.read);
    two.try_index(&events).expect_err("lost");
    two.try_index(&events).expect("indexed");
    assert_eq!(known(&server), ["jb", "oa"]);
}

#[test]
fn what_the_server_lost_is_told_to_it_again() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    add_jobs(&server, "s", ["a", "b"]);
    collector.follow();
    server.run(&["FLUSHALL"]);
    collector.heal();
    // A page that relies on nothing of before does not hide that there was something.
    add_jobs(&server, "s", ["c"]);
    collector.follow();
    add_jobs(&server, "s", ["a"]);
    collector.follow();
    server.run(&["DEL", "emp:index:{s}:known"]);
    add_jobs(&server, "s", ["a"]);
    collector.read(10, ">");
    let events = std::mem::take(&mut collector.read);
    let error = collector.try_index(&events).expect_err("lost").to_string();
    assert!(error.contains("it has lost the index"), "{error}");
    collector.try_index(&events).expect("indexed");
    assert_eq!(known(&server), ["ja"]);
    // A key that was taken away while an entry of it was on its way.
    server.run(&["DEL", "emp:index:{s}:ja"]);
    server.run(&["ZREM", "emp:index:{s}:known", "ja"]);
    add_jobs(&server, "s", ["a"]);
    collector.follow();
    assert_eq!(number(&server, &["TTL", "emp:index:{s}:ja"]), -1);
    add_jobs(&server, "s", ["b"]);
    collector.follow();
    assert!(number(&server, &["TTL", "emp:index:{s}:ja"]) > 0);
    assert_eq!(known(&server), ["ja", "jb"]);
}

#[test]
fn a_page_that_is_refused_is_not_indexed() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    server.run(&["SADD", "emp:index:{s}:ja", "x"]);
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
    assert_eq!(collector.beat(), Standing::Off);
    let (found, coverage) = Question::about(&["s"], Only::Id(Id::Job, "a")).answer(&server);
    assert_eq!((found.len(), coverage.indexed), (1, false));
}
