//! What came last, met by a scan that looks for something else.

use std::cell::RefCell;

use super::super::server::{Server, words};
use super::super::{RedisSource, Timeouts};
use super::access::Ignore;
use crate::event::{EntryId, Event, Literal, Millis};
use crate::store::{Coverage, Error, Latest, Reader, Scan, Sink, Source};

const STREAMS: [&str; 2] = ["a", "b"];

/// Entries of two streams, with bursts and pauses, in the order of their ids.
fn filled(server: &Server) -> Vec<EntryId> {
    let (mut ids, mut ms) = (Vec::new(), 1_000_000);
    for (count, gap) in [(900, 1_000), (700, 0), (300, 3_600_000), (800, 1)] {
        for _ in 0..count {
            ms += gap;
            let seq = ids.len() as u64;
            ids.push(EntryId { ms, seq });
        }
    }
    server.run_all(ids.iter().map(|id| {
        let stream = STREAMS[usize::from(id.seq % 7 == 0)];
        words(&["XADD", stream, &id.to_string(), "service", "worker"])
    }));
    ids
}

fn ids((events, is_cut): (Vec<Event>, bool)) -> (Vec<EntryId>, bool) {
    let ids = events.iter().map(|event| event.entry().expect("an entry"));
    (ids.collect(), is_cut)
}

/// Looks for what is nowhere, and at what came last on the way.
fn pass(
    server: &Server,
    limit: usize,
    change: impl Fn(&mut Scan<'_>),
) -> (Coverage, (Vec<EntryId>, bool)) {
    let streams = STREAMS.map(str::to_owned);
    let latest = RefCell::new(Latest::new(limit));
    let literals: Vec<_> = Literal::new("nowhere", false).into_iter().collect();
    let mut scan = Scan {
        streams: &streams,
        literals: &literals,
        latest: Some(&latest),
        accept: &|_| false,
        ..Scan::default()
    };
    change(&mut scan);
    let mut source = RedisSource::new(server.target(), Timeouts::default());
    let coverage = source.scan(&scan, &mut Ignore).expect("an answer");
    (coverage, ids(latest.into_inner().finish()))
}

#[test]
fn what_came_last_is_the_same_from_either_end() {
    let server = Server::start(&[]);
    let all = filled(&server);
    let streams = STREAMS.map(str::to_owned);
    for limit in [1, 5, 130, 1_200, 2_699, 2_700, 5_000] {
        let expected = &all[all.len().saturating_sub(limit)..];
        let (coverage, (met, is_cut)) = pass(&server, limit, |_| ());
        assert!(coverage.latest && met == expected, "{limit}");
        assert_eq!(is_cut, limit <= all.len(), "{limit}");
        let source = RedisSource::new(server.target(), Timeouts::default());
        let scan = Scan {
            streams: &streams,
            ..Scan::default()
        };
        let read = Reader::new(vec![Box::new(source)]).latest(&scan, limit);
        assert_eq!(ids(read.expect("an answer")), (met, is_cut), "{limit}");
    }
}

#[test]
fn a_scan_that_does_not_look_at_every_entry_gives_nothing() {
    let server = Server::start(&[]);
    filled(&server);
    let none = (Vec::new(), false);
    let since = |scan: &mut Scan<'_>| scan.since = Some(Millis::clamped(1_000_000));
    let until = |scan: &mut Scan<'_>| scan.until = Some(Millis::clamped(1_000_000));
    let backwards = |scan: &mut Scan<'_>| scan.newest_first = true;
    for change in [since as fn(&mut Scan<'_>), until, backwards] {
        let (coverage, met) = pass(&server, 100, change);
        assert!(!coverage.latest && met == none, "{met:?}");
    }
}

/// Trims the stream that it is given the first event of.
struct Trims<'a>(&'a Server, bool);

impl Sink for Trims<'_> {
    fn event(&mut self, _: &mut Event) -> Result<(), Error> {
        if !std::mem::replace(&mut self.1, true) {
            self.0.run(&["XTRIM", "long", "MAXLEN", "10"]);
        }
        Ok(())
    }
}

#[test]
fn a_stream_that_is_trimmed_meanwhile_gives_no_last_ones() {
    let server = Server::start(&[]);
    server.run_all(
        (1..=30_000).map(|ms: u32| words(&["XADD", "long", &ms.to_string(), "service", "worker"])),
    );
    let latest = RefCell::new(Latest::new(5_000));
    let scan = Scan {
        streams: &["long".to_owned()],
        latest: Some(&latest),
        ..Scan::default()
    };
    let mut source = RedisSource::new(server.target(), Timeouts::default());
    let coverage = source.scan(&scan, &mut Trims(&server, false));
    let coverage = coverage.expect("an answer");
    assert!(coverage.scanned < 30_000 && !coverage.latest);
}
