use std::time::Duration;

use super::super::server::Server;
use super::super::{Held, Target, Timeouts, facts};
use crate::event::EntryId;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn a_server_tells_about_itself_and_its_streams() {
    let server = Server::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    for id in ["5-1", "6-0", "7-2"] {
        server.run(&["XADD", "s", id, "a", "b"]);
    }
    server.run(&["XTRIM", "s", "MAXLEN", "2"]);
    server.run(&["XGROUP", "CREATE", "s", "team", "0"]);
    server.run(&[
        "XREADGROUP",
        "GROUP",
        "team",
        "one",
        "COUNT",
        "1",
        "STREAMS",
        "s",
        ">",
    ]);
    server.run(&["SET", "text", "x"]);
    let facts = facts(
        &server.target(),
        &names(&["s", "none", "text"]),
        Timeouts::default(),
    )
    .expect("facts");
    assert!(facts.version.is_some_and(|version| version.contains('.')));
    assert_eq!(facts.mode.as_deref(), Some("standalone"));
    assert_eq!(facts.role.as_deref(), Some("master"));
    assert_eq!(facts.max_memory, Some(100 << 20));
    assert_eq!(facts.eviction.as_deref(), Some("allkeys-lru"));
    assert_eq!(facts.persistence.snapshots, Some(false));
    assert_eq!(facts.persistence.log, Some(false));
    assert!(facts.used_memory.is_some_and(|bytes| bytes > 0) && facts.clients == Some(1));
    assert!(facts.time.is_some() && facts.uptime_s.is_some() && facts.round_trip_ms > 0.0);

    let [stream, none, text] = &facts.streams[..] else {
        panic!("three streams")
    };
    assert_eq!((stream.held, stream.length), (Held::Stream, Some(2)));
    assert_eq!(stream.entries_added, Some(3));
    assert_eq!(stream.first, Some(EntryId { ms: 6, seq: 0 }));
    assert_eq!(stream.last, Some(EntryId { ms: 7, seq: 2 }));
    assert!(stream.memory.is_some_and(|bytes| bytes > 0));
    let group = &stream.groups.as_ref().expect("groups")[0];
    assert_eq!(
        (group.name.as_str(), group.pending, group.lag),
        ("team", 1, Some(1))
    );
    assert_eq!(group.last_delivered, Some(EntryId { ms: 6, seq: 0 }));
    assert_eq!(
        (group.consumers[0].name.as_str(), group.consumers[0].pending),
        ("one", 1)
    );
    assert_eq!((none.held, none.length), (Held::Nothing, Some(0)));
    assert_eq!((text.held, text.length), (Held::Other, None));
}

#[test]
fn lost_entries_are_no_lag() {
    let server = Server::start(&[]);
    let add = |count: u64| {
        for _ in 0..count {
            server.run(&["XADD", "s", "*", "a", "b"]);
        }
    };
    let read = || {
        server.run(&[
            "XREADGROUP",
            "GROUP",
            "team",
            "one",
            "COUNT",
            "1",
            "STREAMS",
            "s",
            ">",
        ]);
    };
    let lag = || {
        let facts = facts(&server.target(), &names(&["s"]), Timeouts::default());
        let mut facts = facts.expect("facts");
        facts.streams.remove(0).groups.expect("groups")[0].lag
    };
    server.run(&["XGROUP", "CREATE", "s", "team", "0", "MKSTREAM"]);
    add(20);
    read();
    assert_eq!(lag(), Some(19));
    server.run(&["XTRIM", "s", "MAXLEN", "3"]);
    assert!(lag().is_some_and(|lag| lag <= 3), "{:?}", lag());
    (0..3).for_each(|_| read());
    assert_eq!(lag(), Some(0), "whatever the server says after a loss");
    add(2);
    assert!(
        lag().is_some_and(|lag| (2..=5).contains(&lag)),
        "{:?}",
        lag()
    );
}

#[test]
fn what_a_user_may_not_ask_is_unknown() {
    let server = Server::start(&[]);
    server.run(&["XADD", "s", "5-1", "a", "b"]);
    server.run(&[
        "ACL", "SETUSER", "reader", "on", ">pw", "~*", "+xlen", "+xrange",
    ]);
    let url = format!("{}?user=reader&pass=pw", server.url());
    let target = Target::parse(&url, None).expect("an address");
    let facts = facts(&target, &names(&["s"]), Timeouts::default()).expect("facts");
    assert_eq!(
        (facts.version, facts.used_memory, facts.time),
        (None, None, None)
    );
    assert_eq!(facts.persistence.snapshots, None);
    let stream = &facts.streams[0];
    assert_eq!((stream.held, stream.length), (Held::Stream, Some(1)));
    assert_eq!(
        (stream.memory, stream.entries_added, &stream.groups),
        (None, None, &None)
    );
}

#[test]
fn a_server_that_is_away_is_an_error() {
    let target = Target::parse("unix:///nowhere/s", None).expect("an address");
    let timeouts = Timeouts {
        connect: Duration::from_secs(1),
        ..Timeouts::default()
    };
    let error = facts(&target, &[], timeouts).expect_err("no server");
    let text = error.to_string();
    assert_eq!(
        text,
        "cannot reach Redis at redis+unix:///nowhere/s: no such socket"
    );
}
