use std::sync::Arc;
use std::time::Duration;

use super::super::server::{Server, soon, words};
use super::super::{Gap, GroupReader, Lag, Membership, Page, Pipe, Target, Timeouts};
use crate::event::EntryId;
use crate::store::Error;
use crate::time::Clock;

const STREAM: &str = "events";

fn member(consumer: &str) -> Membership {
    Membership {
        stream: Arc::from(STREAM),
        group: "group".to_owned(),
        consumer: consumer.to_owned(),
    }
}

fn join(server: &Server, consumer: &str) -> (GroupReader, bool) {
    GroupReader::join(&server.target(), Timeouts::default(), member(consumer)).expect("joined")
}

/// Adds entries `from` to `to`, whose ids are their numbers.
fn add(server: &Server, from: u64, to: u64) {
    let adds = (from..=to).map(|number| {
        words(&[
            "XADD",
            STREAM,
            &format!("{number}-0"),
            "eventType",
            "job.created",
        ])
    });
    server.run_all(adds);
}

fn trim(server: &Server, keep: u64) {
    server.run(&["XTRIM", STREAM, "MAXLEN", &keep.to_string()]);
}

fn numbers(page: &Page) -> Vec<u64> {
    let ids = page.events.iter().filter_map(|event| event.entry());
    ids.map(|id| id.ms).collect()
}

fn acknowledge(server: &Server, consumer: &str, numbers: &[u64]) {
    let ids: Vec<_> = numbers.iter().map(|&ms| EntryId { ms, seq: 0 }).collect();
    let mut pipe = Pipe::connect(&server.target(), Timeouts::default()).expect("connected");
    member(consumer).acknowledge(&mut pipe, &ids);
    let mut replies = pipe.run(soon()).expect("an answer");
    let count = member(consumer).acknowledged(&pipe, &mut replies, &ids);
    assert_eq!(count.expect("acknowledged"), ids.len() as u64);
}

#[test]
fn a_reader_knows_whether_it_is_alone() {
    let server = Server::start(&[]);
    let (mut one, _) = join(&server, "one");
    let is_alone = |reader: &mut GroupReader| reader.take(1).expect("a page").is_alone;
    assert!(is_alone(&mut one));
    // Only who was given something is a consumer.
    add(&server, 1, 2);
    assert!(is_alone(&mut one));
    let (mut two, _) = join(&server, "two");
    assert!(!is_alone(&mut two) && !is_alone(&mut one));
    let pending = one.pending(EntryId::MIN, 1).expect("a page");
    assert!(!pending.is_alone, "nobody has said so");
}

#[test]
fn entries_are_taken_once_and_stay_pending_until_they_are_acknowledged() {
    let server = Server::start(&[]);
    let (mut one, made) = join(&server, "one");
    assert!(made);
    let (mut two, made) = join(&server, "two");
    assert!(!made);
    assert_eq!(one.take(10).expect("a page").taken, 0);
    add(&server, 1, 5);
    assert_eq!(numbers(&one.take(3).expect("a page")), [1, 2, 3]);
    assert_eq!(
        one.lag(),
        Lag {
            length: 5,
            unread: 2
        }
    );
    assert_eq!(numbers(&two.take(3).expect("a page")), [4, 5]);
    acknowledge(&server, "one", &[1, 3]);
    assert_eq!(
        numbers(&one.pending(EntryId::MIN, 10).expect("a page")),
        [2]
    );
    let after = EntryId { ms: 2, seq: 0 };
    assert_eq!(one.pending(after, 10).expect("a page").taken, 0);
    // Nothing else comes while nothing is added.
    one.wait(Duration::from_millis(1)).expect("waited");
    add(&server, 6, 6);
    one.wait(Duration::from_secs(60)).expect("waited");
    assert_eq!(numbers(&one.take(3).expect("a page")), [6]);
}

#[test]
fn what_a_dead_consumer_left_is_taken_over_and_what_is_gone_is_told() {
    let server = Server::start(&[]);
    let (mut dead, _) = join(&server, "dead");
    add(&server, 1, 6);
    assert_eq!(dead.take(10).expect("a page").taken, 6);
    drop(dead);
    trim(&server, 4);
    let (mut heir, _) = join(&server, "heir");
    let (page, next) = heir
        .claim(EntryId::MIN, Duration::from_secs(60), 10)
        .expect("a page");
    assert_eq!((page.taken, next), (0, EntryId::MIN), "it may still live");
    let mut cursor = EntryId::MIN;
    let (mut taken, mut gone) = (Vec::new(), Vec::new());
    loop {
        let (page, next) = heir.claim(cursor, Duration::ZERO, 2).expect("a page");
        taken.extend(numbers(&page));
        gone.extend(page.gone.iter().map(|id| id.ms));
        cursor = next;
        if cursor == EntryId::MIN {
            break;
        }
    }
    assert_eq!(taken, [3, 4, 5, 6]);
    // Before Redis 7 they come without an id, and stay pending.
    assert!(gone.is_empty() || gone == [1, 2], "{gone:?}");
}

#[test]
fn what_was_handed_on_is_known_to_whoever_takes_it_over() {
    let server = Server::start(&[]);
    let (mut dead, _) = join(&server, "dead");
    add(&server, 1, 4);
    assert!(dead.take(10).expect("a page").handed_on.is_empty());
    let ids = [1, 2, 3].map(|ms| EntryId { ms, seq: 0 });
    let week = 7 * 24 * 60 * 60 * 1000;
    let note = |ids: &[EntryId], ago: i64| {
        let mut pipe = Pipe::connect(&server.target(), Timeouts::default()).expect("connected");
        let one = member("dead");
        one.note_handed_on(&mut pipe, ids, Clock::system_now().plus(-ago));
        one.forget_handed_on(&mut pipe, &ids[..ids.len().min(1)]);
        let mut replies = pipe.run(soon()).expect("an answer");
        one.noted(&mut replies, ids);
        one.noted(&mut replies, ids);
    };
    note(&[], 0);
    note(&ids[..2], 0);
    note(&ids[1..], week + 1000);
    let known = |page: Page| {
        let mut known: Vec<u64> = page.handed_on.iter().map(|id| id.ms).collect();
        known.sort_unstable();
        (numbers(&page), known)
    };
    let page = dead.pending(EntryId::MIN, 10).expect("a page");
    assert_eq!(known(page), (vec![1, 2, 3, 4], vec![3]));
    // Old notes go when somebody joins.
    let (mut heir, _) = join(&server, "heir");
    note(&ids[..2], 0);
    let (page, _) = heir
        .claim(EntryId::MIN, Duration::ZERO, 10)
        .expect("a page");
    assert_eq!(known(page), (vec![1, 2, 3, 4], vec![2]));
    // A key of another type is no answer, and stops nothing.
    server.run(&["SET", "emp:collector:handed-on:events:group", "x"]);
    note(&ids, 0);
    let page = heir.pending(EntryId::MIN, 10).expect("a page");
    assert_eq!(known(page), (vec![1, 2, 3, 4], vec![]));
}

#[test]
fn pending_entries_that_are_gone_come_by_their_ids() {
    let server = Server::start(&[]);
    let (mut reader, _) = join(&server, "one");
    add(&server, 1, 4);
    assert_eq!(reader.take(10).expect("a page").taken, 4);
    trim(&server, 1);
    let page = reader.pending(EntryId::MIN, 10).expect("a page");
    assert_eq!(numbers(&page), [4]);
    let gone: Vec<_> = page.gone.iter().map(|id| id.ms).collect();
    assert_eq!(gone, [1, 2, 3]);
    assert_eq!(page.last(), Some(EntryId { ms: 4, seq: 0 }));
}

/// How many entries were lost in all, from what the pages say.
#[derive(Default)]
struct Lost(u64);

impl Lost {
    fn take(&mut self, reader: &mut GroupReader, count: usize) -> u64 {
        let page = reader.take(count).expect("a page");
        match page.missed {
            Gap::None => {}
            Gap::Entries(count) => self.0 += count,
            Gap::InAll(all) => self.0 = all,
            Gap::Unknown => panic!("the server lost count"),
        }
        page.taken as u64
    }
}

#[test]
fn what_was_trimmed_unread_is_counted_to_the_entry() {
    let server = Server::start(&[]);
    // What was trimmed before there was a group is no loss.
    add(&server, 1, 10);
    trim(&server, 5);
    let (mut one, _) = join(&server, "one");
    let (mut two, _) = join(&server, "two");
    let mut lost = Lost::default();
    // Nothing was read yet, and two are gone.
    trim(&server, 3);
    assert_eq!(lost.take(&mut one, 2), 2);
    assert_eq!(lost.0, 2);
    // What was read may go.
    trim(&server, 1);
    assert_eq!(lost.take(&mut two, 10), 1);
    assert_eq!(lost.0, 2);
    trim(&server, 0);
    add(&server, 11, 30);
    trim(&server, 8);
    assert_eq!(lost.take(&mut two, 3), 3);
    assert_eq!(lost.0, 14);
    // Five unread, three of them go.
    add(&server, 31, 32);
    trim(&server, 4);
    assert_eq!(lost.take(&mut one, 100), 4);
    assert_eq!(lost.0, 17);
    assert_eq!(one.lag().unread, 0);
    let lag = one.measure_lag().expect("a lag");
    assert_eq!(
        lag,
        Lag {
            length: 4,
            unread: 0
        }
    );
    // All of a burst came and went.
    add(&server, 33, 40);
    trim(&server, 0);
    assert_eq!(lost.take(&mut one, 100), 0);
    add(&server, 41, 41);
    assert_eq!(lost.take(&mut one, 100), 1);
    assert_eq!(lost.0, 25);
}

/// With its counters and its errors: what was asked for ahead is as if it were asked for now.
#[test]
fn a_page_that_was_asked_for_ahead_is_the_next_one() {
    let server = Server::start(&[]);
    let (mut reader, _) = join(&server, "one");
    add(&server, 1, 10);
    assert_eq!(numbers(&reader.take(2).expect("a page")), [1, 2]);
    trim(&server, 7);
    reader.ask_ahead(2).expect("asked");
    assert!(reader.is_ahead());
    add(&server, 11, 11);
    let ahead = reader.take(2).expect("a page");
    assert_eq!(numbers(&ahead), [4, 5]);
    assert!(matches!(ahead.missed, Gap::Entries(1) | Gap::InAll(1)));
    assert!(!reader.is_ahead());
    reader.ask_ahead(2).expect("asked");
    assert_eq!(numbers(&reader.take(2).expect("a page")), [6, 7]);
    assert_eq!(numbers(&reader.take(2).expect("a page")), [8, 9]);
    server.run(&["DEL", STREAM]);
    reader.ask_ahead(2).expect("asked");
    let gone = reader.take(2).expect_err("no group");
    assert!(matches!(gone, Error::NoGroup { .. }), "{gone}");
}

#[test]
fn pages_that_were_asked_for_ahead_come_in_their_order() {
    let server = Server::start(&[]);
    let (mut reader, _) = join(&server, "one");
    add(&server, 1, 5);
    reader.ask_ahead(2).expect("asked");
    reader.ask_ahead(2).expect("asked");
    reader.ask_ahead(2).expect("asked");
    assert_eq!(reader.ahead(), 3);
    for (page, left) in [(&[1, 2][..], 2), (&[3, 4], 1), (&[5], 0)] {
        assert_eq!(numbers(&reader.take(2).expect("a page")), page);
        assert_eq!(reader.ahead(), left);
    }
}

/// Rights that are taken away between two questions.
#[test]
fn counters_that_may_no_longer_be_asked_end_the_connection_and_lose_nothing() {
    let server = Server::start(&[]);
    let rights = [
        "ACL", "SETUSER", "dev", "reset", "on", ">secret", "~*", "+@all",
    ];
    server.run(&rights);
    let url = format!("{}?user=dev&pass=secret", server.url());
    let target = Target::parse(&url, None).expect("an address");
    let join = || GroupReader::join(&target, Timeouts::default(), member("one")).expect("joined");
    let (mut reader, _) = join();
    add(&server, 1, 6);
    assert_eq!(numbers(&reader.take(2).expect("a page")), [1, 2]);
    server.run(&["ACL", "SETUSER", "dev", "-xinfo"]);
    reader.ask_ahead(2).expect("asked");
    reader.ask_ahead(2).expect("asked");
    assert!(reader.take(2).is_err());
    let (mut reader, _) = join();
    assert_eq!(numbers(&reader.take(9).expect("a page")), [3, 4, 5, 6]);
}

#[test]
fn a_group_that_is_gone_and_a_key_of_another_type_are_told_apart() {
    let server = Server::start(&[]);
    let (mut reader, _) = join(&server, "one");
    server.run(&["FLUSHALL"]);
    assert!(matches!(reader.take(1), Err(Error::NoGroup { .. })));
    server.run(&["SET", STREAM, "text"]);
    let joined = GroupReader::join(&server.target(), Timeouts::default(), member("one"));
    assert!(matches!(joined.map(drop), Err(Error::WrongType { .. })));
}

#[test]
fn a_user_who_may_not_ask_for_counters_reads_all_the_same() {
    let server = Server::start(&[]);
    server.run(&[
        "ACL", "SETUSER", "low", "on", "nopass", "~*", "+@all", "-xinfo",
    ]);
    let url = format!("{}?user=low&pass=x", server.url());
    let target = super::super::Target::parse(&url, None).expect("an address");
    let (mut reader, made) =
        GroupReader::join(&target, Timeouts::default(), member("one")).expect("joined");
    assert!(made);
    add(&server, 1, 3);
    assert_eq!(numbers(&reader.take(2).expect("a page")), [1, 2]);
    assert_eq!(numbers(&reader.take(2).expect("a page")), [3]);
}

#[test]
fn large_entries_leave_the_rest_of_a_page_pending() {
    let server = Server::start(&[]);
    let (mut reader, _) = join(&server, "one");
    let large = "x".repeat(1024 * 1024);
    for number in 1..=8 {
        server.run(&["XADD", STREAM, &format!("{number}-0"), "data", &large]);
    }
    let page = reader.take(10).expect("a page");
    assert!(page.taken == 8 && page.events.len() < 8);
    let left_out = page.left_out.expect("some");
    assert_eq!(Some(left_out.after), page.last());
    let rest = reader
        .pending(page.last().expect("an entry"), 10)
        .expect("a page");
    assert_eq!(
        numbers(&rest).first(),
        Some(&(page.events.len() as u64 + 1))
    );
}
