use super::super::server::{Server, words};
use super::super::trim::Trimmed;
use super::super::{Pipe, Timeouts, Trim};
use crate::event::EntryId;

const STREAM: &str = "events";

fn add(server: &Server, from: u64, to: u64) {
    let adds = (from..=to).map(|number| words(&["XADD", STREAM, &format!("{number}-0"), "a", "b"]));
    server.run_all(adds);
}

fn at(ms: u64) -> EntryId {
    EntryId { ms, seq: 0 }
}

/// Nodes of one entry, so that trimming is exact.
fn server() -> Server {
    Server::start(&["--stream-node-max-entries", "1"])
}

fn trim(server: &Server, old: u64, max_len: u64, all_read: bool) -> Trimmed {
    let mut pipe = Pipe::connect(&server.target(), Timeouts::default()).expect("connected");
    let trim = Trim {
        stream: STREAM,
        old: at(old),
        max_len,
        all_read,
    };
    let trimmed = Trim::run(&[trim], &mut pipe).expect("trimmed");
    trimmed[0]
}

fn first(server: &Server) -> Option<u64> {
    let entries = server.run(&["XRANGE", STREAM, "-", "+", "COUNT", "1"]);
    let id = entries.values().first()?.values()[0].text()?.to_owned();
    id.split('-').next()?.parse().ok()
}

fn read(server: &Server, group: &str, count: u64) {
    let count = count.to_string();
    server.run(&[
        "XREADGROUP",
        "GROUP",
        group,
        "one",
        "COUNT",
        &count,
        "STREAMS",
        STREAM,
        ">",
    ]);
}

#[test]
fn old_entries_go_unless_a_group_needs_them() {
    let server = server();
    assert_eq!(
        trim(&server, 5, 100, false),
        Trimmed::default(),
        "no stream"
    );
    add(&server, 1, 20);
    let trimmed = trim(&server, 5, 100, false);
    assert_eq!((trimmed.removed, trimmed.first), (4, Some(at(1))));
    for group in ["ours", "theirs"] {
        server.run(&["XGROUP", "CREATE", STREAM, group, "0"]);
        read(&server, group, 5);
    }
    // 5 to 9 are pending.
    assert_eq!(trim(&server, 15, 100, false).removed, 0);
    server.run(&["XACK", STREAM, "ours", "5-0", "6-0", "7-0", "8-0", "9-0"]);
    assert_eq!(trim(&server, 15, 100, false).removed, 0);
    server.run(&["XACK", STREAM, "theirs", "5-0", "6-0", "8-0"]);
    assert_eq!(trim(&server, 15, 100, false).removed, 2);
    assert_eq!(first(&server), Some(7));
    server.run(&["XACK", STREAM, "theirs", "7-0", "9-0"]);
    assert_eq!(trim(&server, 15, 100, false).removed, 3);
    assert_eq!(first(&server), Some(10), "the first that nobody has read");
}

#[test]
fn what_everybody_has_goes_where_it_is_too_much() {
    let server = server();
    add(&server, 1, 20);
    server.run(&["XGROUP", "CREATE", STREAM, "ours", "0"]);
    assert_eq!(trim(&server, 0, 5, false).removed, 0, "nobody has read it");
    read(&server, "ours", 8);
    let all: Vec<String> = (1..=8).map(|number| format!("{number}-0")).collect();
    let mut ack = vec!["XACK", STREAM, "ours"];
    ack.extend(all.iter().map(String::as_str));
    server.run(&ack);
    assert_eq!(trim(&server, 0, 17, false).removed, 3);
    assert_eq!(first(&server), Some(4));
    assert_eq!(trim(&server, 0, 17, true).removed, 5, "under pressure");
    assert_eq!(first(&server), Some(9));
}
