use std::cell::Cell;
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::super::server::Server;
use super::super::{RedisSource, Timeouts};
use crate::event::{EntryId, Event, Literal, Millis};
use crate::store::{CLOCK_MARGIN_MS, Coverage, Error, Scan, Sink, Source};

const HOUR: u64 = 60 * 60 * 1000;

#[derive(Default)]
struct Kept {
    events: Vec<Event>,
    reached: Vec<Millis>,
    stop_at: Option<Millis>,
}

impl Kept {
    fn ids(&self) -> Vec<(&str, EntryId)> {
        let id = |event| {
            (
                Event::stream(event).expect("a stream"),
                event.entry().expect("an id"),
            )
        };
        self.events.iter().map(id).collect()
    }
}

impl Sink for Kept {
    fn event(&mut self, event: &mut Event) -> Result<(), Error> {
        let time = event.entry().expect("an id").time();
        if let Some(reached) = self.reached.last() {
            assert!(
                time <= *reached,
                "{time:?} comes after {reached:?} was reached"
            );
        }
        self.events.push(std::mem::take(event));
        Ok(())
    }

    fn reached(&mut self, oldest: Millis) -> ControlFlow<()> {
        self.reached.push(oldest);
        match self.stop_at {
            Some(stop) if oldest < stop => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

struct Question<'a> {
    streams: &'a [&'a str],
    since: Option<Millis>,
    until: Option<Millis>,
    newest_first: bool,
    literals: Vec<Literal>,
}

impl<'a> Question<'a> {
    fn about(streams: &'a [&'a str]) -> Self {
        Self {
            streams,
            since: None,
            until: None,
            newest_first: false,
            literals: Vec::new(),
        }
    }

    fn ask(&self, server: &Server, sink: &mut Kept) -> Result<Coverage, Error> {
        let streams: Vec<_> = self.streams.iter().map(ToString::to_string).collect();
        let told = Cell::new(0);
        let scan = Scan {
            streams: &streams,
            since: self.since,
            until: self.until,
            newest_first: self.newest_first,
            literals: &self.literals,
            progress: &|count| told.set(told.get() + count),
            ..Scan::default()
        };
        let coverage = RedisSource::new(server.target(), Timeouts::default()).scan(&scan, sink)?;
        assert_eq!(
            told.get(),
            coverage.scanned,
            "what progress is told adds up"
        );
        Ok(coverage)
    }

    fn answer(&self, server: &Server) -> (Kept, Coverage) {
        let mut kept = Kept::default();
        let coverage = self.ask(server, &mut kept).expect("an answer");
        (kept, coverage)
    }
}

fn xadd(stream: &str, id: EntryId, fields: &[(&[u8], &[u8])]) -> Vec<Vec<u8>> {
    let mut command: Vec<Vec<u8>> = vec![b"XADD".into(), stream.into(), id.to_string().into()];
    command.extend(
        fields
            .iter()
            .flat_map(|(name, value)| [name.to_vec(), value.to_vec()]),
    );
    command
}

/// Entries a minute apart in `a`, and at odd minutes in `b`, too.
fn filled(count: u64) -> (Server, Vec<(&'static str, EntryId)>) {
    let server = Server::start(&[]);
    let mut ids = Vec::new();
    for index in 0..count {
        let id = EntryId {
            ms: 10 * HOUR + index * 60_000,
            seq: index % 3,
        };
        ids.push(("a", id));
        if index % 2 == 1 {
            ids.push((
                "b",
                EntryId {
                    seq: id.seq + 1,
                    ..id
                },
            ));
        }
    }
    server.run_all(ids.iter().map(|(stream, id)| {
        xadd(
            stream,
            *id,
            &[
                (b"eventType", b"job.created"),
                (b"jobId", format!("job_{}", id.ms).as_bytes()),
            ],
        )
    }));
    (server, ids)
}

#[test]
fn reads_what_xrange_answers_in_both_directions() {
    let (server, ids) = filled(3000);
    let mut question = Question::about(&["a"]);
    let only_a: Vec<_> = ids
        .iter()
        .copied()
        .filter(|(stream, _)| *stream == "a")
        .collect();
    let (kept, coverage) = question.answer(&server);
    assert_eq!(kept.ids(), only_a);
    assert_eq!(coverage.scanned, 3000);
    assert_eq!(coverage.oldest, Some(only_a[0].1.time()));
    assert_eq!(coverage.newest, Some(only_a[2999].1.time()));
    assert_eq!(coverage.source, server.url());
    question.newest_first = true;
    let (mut kept, _) = question.answer(&server);
    kept.events.reverse();
    assert_eq!(kept.ids(), only_a);
}

#[test]
fn streams_take_turns_by_time() {
    let (server, ids) = filled(3000);
    for newest_first in [false, true] {
        let question = Question {
            newest_first,
            ..Question::about(&["b", "a", "missing"])
        };
        let (kept, coverage) = question.answer(&server);
        let mut found = kept.ids();
        found.sort_by_key(|(_, id)| *id);
        assert_eq!(found, ids);
        assert_eq!(coverage.scanned, 4500);
        assert_eq!(kept.reached.is_empty(), !newest_first);
        assert!(kept.reached.is_sorted_by(|newer, older| newer >= older));
    }
}

#[test]
fn a_sink_that_has_enough_ends_the_scan() {
    let (server, ids) = filled(3000);
    let question = Question {
        newest_first: true,
        ..Question::about(&["a", "b"])
    };
    let mut kept = Kept {
        stop_at: Some(ids[ids.len() - 10].1.time()),
        ..Kept::default()
    };
    let coverage = question.ask(&server, &mut kept).expect("an answer");
    assert_eq!(coverage.scanned, 256, "one page of each stream");
}

#[test]
fn a_lower_bound_is_pushed_with_a_margin_and_an_upper_one_is_not() {
    let (server, ids) = filled(600);
    let since = ids[400].1.time();
    for newest_first in [false, true] {
        let question = Question {
            since: Some(since),
            newest_first,
            ..Question::about(&["a", "b"])
        };
        let (kept, coverage) = question.answer(&server);
        let pushed = ids
            .iter()
            .filter(|(_, id)| id.time() >= since.plus(-CLOCK_MARGIN_MS));
        assert_eq!(coverage.scanned, pushed.count() as u64);
        let mut found = kept.ids();
        found.sort_by_key(|(_, id)| *id);
        assert_eq!(
            found,
            ids[400..],
            "entries of the margin are accepted only by their timestamp"
        );
        let until = Question {
            until: Some(since),
            newest_first,
            ..Question::about(&["a"])
        };
        assert_eq!(until.answer(&server).1.scanned, 600);
    }
    // Ten minutes ahead of the server's clock: within the margin.
    let id = EntryId {
        ms: ids.last().expect("one").1.ms + 1,
        seq: 0,
    };
    let ahead = id.time().plus(10 * 60_000);
    server.run_all([xadd(
        "a",
        id,
        &[(b"timestamp", ahead.get().to_string().as_bytes())],
    )]);
    let question = Question {
        since: Some(ahead),
        ..Question::about(&["a"])
    };
    assert_eq!(question.answer(&server).0.ids(), [("a", id)]);
}

#[test]
fn literals_skip_entries_unread() {
    let (server, ids) = filled(1000);
    let wanted = ids[700].1;
    let mut question = Question::about(&["a", "b"]);
    question
        .literals
        .extend(Literal::new(&format!("job_{}", wanted.ms), false));
    let (kept, coverage) = question.answer(&server);
    assert!(kept.ids().iter().all(|(_, id)| id.ms == wanted.ms) && !kept.events.is_empty());
    assert_eq!(coverage.scanned, 1500);
}

#[test]
fn huge_entries_after_small_ones_are_read_in_pieces() {
    let server = Server::start(&[]);
    let mut ids = Vec::new();
    let mut add = |count: u64, size: usize| {
        let value = vec![b'x'; size];
        let commands: Vec<_> = (0..count)
            .map(|_| {
                ids.push((
                    "s",
                    EntryId {
                        ms: 1 + ids.len() as u64,
                        seq: 0,
                    },
                ));
                xadd(
                    "s",
                    ids[ids.len() - 1].1,
                    &[(b"service", b"worker"), (b"blob", &value)],
                )
            })
            .collect();
        server.run_all(commands);
    };
    add(700, 10);
    add(40, 1024 * 1024);
    add(700, 10);
    for newest_first in [false, true] {
        let question = Question {
            newest_first,
            ..Question::about(&["s"])
        };
        let (mut kept, coverage) = question.answer(&server);
        assert_eq!(coverage.scanned, 1440);
        if newest_first {
            kept.events.reverse();
        }
        assert_eq!(kept.ids(), ids);
        assert_eq!(kept.events[710].extra[0].1.len(), 1024 * 1024);
    }
}

/// Pages are asked for ahead by how fast entries came: neither a burst nor a pause may cost one.
#[test]
fn bursts_and_pauses_change_nothing() {
    let server = Server::start(&[]);
    let mut ids = Vec::new();
    let mut ms = HOUR;
    for (count, gap) in [
        (2_000, 1_000),
        (6_000, 0),
        (500, HOUR),
        (4_000, 1),
        (1_000, 60_000),
    ] {
        for _ in 0..count {
            ms += gap;
            let seq = ids.len() as u64;
            let stream = if seq.is_multiple_of(10) { "b" } else { "a" };
            ids.push((stream, EntryId { ms, seq }));
        }
    }
    let fields: &[(&[u8], &[u8])] = &[(b"service", b"worker")];
    server.run_all(ids.iter().map(|(stream, id)| xadd(stream, *id, fields)));
    for newest_first in [false, true] {
        let question = Question {
            newest_first,
            ..Question::about(&["a", "b"])
        };
        let (kept, coverage) = question.answer(&server);
        assert_eq!(coverage.scanned, 13_500);
        for stream in ["a", "b"] {
            let of = |(name, _): &(&str, EntryId)| *name == stream;
            let mut found: Vec<_> = kept.ids().into_iter().filter(of).collect();
            if newest_first {
                found.reverse();
            }
            let added: Vec<_> = ids.iter().copied().filter(of).collect();
            assert_eq!(found, added);
        }
    }
}

/// What comes in vain may be larger than any one value.
#[test]
fn huge_entries_may_come_in_vain() {
    let server = Server::start(&[]);
    let huge = vec![b'x'; 1024 * 1024];
    let (mut ms, mut ids) = (HOUR, Vec::new());
    let small = &b"x"[..];
    for (count, gap, value) in [
        (3_000, 10, small),
        (3_000, 0, small),
        (1, 12_000, small),
        (140, 1, &huge),
    ] {
        let mut commands = Vec::new();
        for _ in 0..count {
            ms += gap;
            let seq = ids.len() as u64;
            ids.push(("s", EntryId { ms, seq }));
            commands.push(xadd("s", EntryId { ms, seq }, &[(b"blob", value)]));
        }
        server.run_all(commands);
    }
    let (kept, _) = Question::about(&["s"]).answer(&server);
    assert_eq!(kept.ids(), ids);
}

#[test]
fn a_missing_key_is_empty_and_another_type_an_error() {
    let server = Server::start(&[]);
    let (kept, coverage) = Question::about(&["nothing"]).answer(&server);
    assert!(kept.events.is_empty());
    assert_eq!((coverage.scanned, coverage.oldest), (0, None));
    server.run(&["XADD", "good", "*", "a", "b"]);
    server.run(&["SET", "text", "x"]);
    let wrong = Question::about(&["good", "text"]).ask(&server, &mut Kept::default());
    match wrong.expect_err("no stream") {
        Error::WrongType { key, server: named } => {
            assert_eq!((key.as_str(), named), ("text", server.url()));
        }
        error => panic!("{error}"),
    }
}

#[test]
fn deleted_entries_leave_no_hole_behind() {
    let (server, mut ids) = filled(600);
    let gone = ids.remove(300).1.to_string();
    server.run(&["XDEL", "a", &gone]);
    server.run(&["XDEL", "b", &gone]);
    let gone = ids.pop().expect("the last").1.to_string();
    server.run(&["XDEL", "b", &gone]);
    let (kept, _) = Question::about(&["a", "b"]).answer(&server);
    let mut found = kept.ids();
    found.sort_by_key(|(_, id)| *id);
    assert_eq!(found, ids);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_in_any_field_are_read(
        entries in proptest::collection::vec(
            proptest::collection::vec((any::<Vec<u8>>(), any::<Vec<u8>>()), 1..6), 1..20),
    ) {
        let server = Server::start(&[]);
        let id = |index: usize| EntryId { ms: 1 + index as u64, seq: 0 };
        server.run_all(entries.iter().enumerate().map(|(index, fields)| {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (&name[..], &value[..])).collect();
            xadd("s", id(index), &fields)
        }));
        let (kept, _) = Question::about(&["s"]).answer(&server);
        prop_assert_eq!(kept.events.len(), entries.len());
        for (index, (event, fields)) in kept.events.iter().zip(&entries).enumerate() {
            let fields = fields.iter().map(|(name, value)| (&name[..], &value[..]));
            let expected = crate::event::wire::decode(&"s".into(), id(index), fields);
            prop_assert_eq!(event, &expected);
        }
    }
}
