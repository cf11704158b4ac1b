use std::collections::HashSet;
use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::super::samples::{self, SPAN_MS, START, STREAMS};
use super::super::{CLOCK_MARGIN_MS, FileSource, Journal, JournalSource, Sink};
use super::*;
use crate::event::{Literal, Origin, json};

/// How a question can end early for [`Shelf`].
#[derive(Clone, Copy)]
enum Trouble {
    Away,
    Refused,
    Damaged,
}

impl Trouble {
    fn error(self) -> Error {
        let server = "redis://h".to_owned();
        match self {
            Self::Away => Error::Unreachable {
                server,
                reason: "no answer".to_owned(),
                timed_out: true,
            },
            Self::Refused => Error::Refused {
                server,
                reason: "NOAUTH".to_owned(),
            },
            Self::Damaged => Error::Journal {
                path: "j".into(),
                reason: "damaged".to_owned(),
            },
        }
    }
}

/// A source in memory that reads backwards when asked, as Redis does.
#[derive(Default)]
struct Shelf {
    name: &'static str,
    events: Vec<Event>,
    /// What happens after so many events.
    trouble: Option<(usize, Trouble)>,
}

impl Source for Shelf {
    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn scan(&mut self, scan: &Scan<'_>, sink: &mut dyn Sink) -> Result<Coverage, Error> {
        let mut coverage = Coverage {
            source: self.name(),
            ..Coverage::default()
        };
        let mut events = self.events.clone();
        if scan.newest_first {
            events.reverse();
        }
        for (place, event) in events.into_iter().enumerate() {
            if let Some((after, trouble)) = self.trouble
                && after == place
            {
                return Err(trouble.error());
            }
            coverage.scanned += 1;
            let clock = event.entry().map_or(event.timestamp, EntryId::time);
            if scan.wants_stream(event.stream().unwrap_or_default().as_bytes())
                && scan.accepts(&event)
            {
                sink.event(event)?;
            }
            if scan.newest_first && place % 3 == 2 && sink.reached(clock).is_break() {
                return Ok(coverage);
            }
        }
        match self.trouble {
            Some((after, trouble)) if after >= self.events.len() => Err(trouble.error()),
            _ => Ok(coverage),
        }
    }
}

fn all<'a>() -> Scan<'a> {
    Scan {
        streams: &[],
        since: None,
        until: None,
        newest_first: false,
        literals: &[],
        accept: &|_| true,
    }
}

fn each(reader: &mut Reader, scan: &Scan<'_>) -> Result<(Vec<Event>, Answer), Error> {
    let mut found = Vec::new();
    let answer = reader.each(scan, &mut |event| {
        found.push(event);
        Ok::<(), Error>(())
    })?;
    Ok((found, answer))
}

fn sorted(reader: &mut Reader, scan: &Scan<'_>) -> Result<(Vec<Event>, Answer), Error> {
    let mut found = Vec::new();
    let answer = reader.sorted(scan, &mut |event| {
        found.push(event);
        Ok::<(), Error>(())
    })?;
    Ok((found, answer))
}

fn once(events: Vec<Event>) -> Vec<Event> {
    let mut met = HashSet::new();
    let first = |event: &Event| event.event_id.clone().is_none_or(|id| met.insert(id));
    events.into_iter().filter(first).collect()
}

/// Everything that the scan asks for, in the order it was added.
fn asked(events: &[Event], scan: &Scan<'_>) -> Vec<Event> {
    let wanted = |event: &&Event| {
        scan.wants_stream(event.stream().unwrap_or_default().as_bytes()) && scan.accepts(event)
    };
    events.iter().filter(wanted).cloned().collect()
}

fn in_order(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(Event::sort_key);
    once(events)
}

fn last(events: &[Event], limit: usize) -> &[Event] {
    &events[events.len().saturating_sub(limit)..]
}

/// The same events in a journal and in files of each kind.
fn sources(folder: &tempfile::TempDir, events: &[Event]) -> Vec<Box<dyn Source>> {
    let path = folder.path().join("journal.db");
    let mut journal = Journal::open(&path, Duration::from_secs(60)).expect("a journal");
    for run in events.chunk_by(|a, b| a.stream() == b.stream()) {
        journal
            .append(run[0].stream().expect("a stream"), run)
            .expect("appended");
    }
    let text: String = events
        .iter()
        .map(|event| json::write(event) + "\n")
        .collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, text.as_bytes()).expect("packed");
    let packed = [
        ("plain", text.clone().into_bytes()),
        ("gz", gzip.finish().expect("packed")),
        ("zst", zstd::encode_all(text.as_bytes(), 1).expect("packed")),
    ];
    let mut sources: Vec<Box<dyn Source>> = vec![Box::new(JournalSource::new(path))];
    for (name, bytes) in packed {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        sources.push(Box::new(FileSource::new(path, STREAMS[0], STREAMS[1])));
    }
    sources
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_source_gives_the_same_answers(
        events in samples::events(60),
        since in prop::option::of(0..SPAN_MS),
        until in prop::option::of(0..SPAN_MS),
        streams in prop::sample::subsequence(STREAMS.map(str::to_owned).to_vec(), 0..=2),
        needle in prop::option::of("[abc]{1,2}"),
        limit in 0usize..20,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let literals: Vec<_> = needle.iter().filter_map(|needle| Literal::new(needle, false)).collect();
        let accept = |event: &Event| needle.as_ref().is_none_or(|needle| event.service.contains(needle));
        let scan = Scan {
            streams: &streams,
            since: since.and_then(|ms| Millis::new(START + ms)),
            until: until.and_then(|ms| Millis::new(START + ms)),
            newest_first: false,
            literals: &literals,
            accept: &accept,
        };
        let wanted = asked(&events, &scan);
        let ordered = in_order(wanted.clone());
        for source in sources(&folder, &events) {
            let mut reader = Reader::new(vec![source]);
            prop_assert_eq!(&each(&mut reader, &scan).expect("read").0, &once(wanted.clone()));
            prop_assert_eq!(&sorted(&mut reader, &scan).expect("read").0, &ordered);
            let (newest, answer) = reader.newest(&scan, limit).expect("read");
            prop_assert_eq!(newest, last(&ordered, limit));
            prop_assert!(answer.incomplete.is_none() && answer.warnings.is_empty());
        }
    }

    #[test]
    fn an_event_in_two_sources_counts_once(
        events in samples::events(150),
        moved in prop::collection::vec(0u8..3, 150),
        limit in 0usize..30,
        hour in 1i64..4,
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        // Over hours, so that reading backwards ends early.
        let spread = |event: &Event, place: usize| {
            let mut event = event.clone();
            event.timestamp = event.timestamp.plus(place as i64 / 8 * hour * CLOCK_MARGIN_MS / 4);
            event
        };
        let (mut stream, mut waiting) = (Vec::new(), Vec::new());
        for (place, event) in events.iter().enumerate() {
            // A repeat happened when the event did.
            let first = events.iter().position(|other| other.event_id.is_some() && other.event_id == event.event_id);
            let event = spread(event, first.unwrap_or(place));
            if moved[place] != 0 {
                waiting.push(event.clone());
            }
            if moved[place] != 1 || event.event_id.is_none() && moved[place] == 2 {
                let ms = START.unsigned_abs() + place as u64 / 8 * hour.unsigned_abs() * CLOCK_MARGIN_MS.unsigned_abs() / 4;
                let origin = event.origin.clone().expect("an origin");
                let entry = Some(EntryId { ms, seq: place as u64 });
                stream.push(Event { origin: Some(Origin { entry, ..origin }), ..event });
            }
        }
        let everything = [stream.clone(), waiting.clone()].concat();
        let ordered = in_order(everything.clone());
        let journal = sources(&folder, &waiting).swap_remove(0);
        let shelf = Shelf { name: "redis", events: stream, trouble: None };
        let mut reader = Reader::new(vec![Box::new(shelf), journal]);
        prop_assert_eq!(each(&mut reader, &all()).expect("read").0, once(everything));
        prop_assert_eq!(&sorted(&mut reader, &all()).expect("read").0, &ordered);
        prop_assert_eq!(reader.newest(&all(), limit).expect("read").0, last(&ordered, limit));
    }
}

fn event(stream: &str, ms: i64) -> Event {
    Event {
        timestamp: Millis::clamped(START + ms),
        origin: Some(Origin {
            stream: Arc::from(stream),
            entry: None,
        }),
        ..Event::default()
    }
}

fn shelf(name: &'static str, count: i64, trouble: Option<(usize, Trouble)>) -> Box<dyn Source> {
    let events = (0..count).map(|ms| event(name, ms)).collect();
    Box::new(Shelf {
        name,
        events,
        trouble,
    })
}

/// Asks in each of the three ways: how many events, and the answer.
fn three_ways(sources: impl Fn() -> Vec<Box<dyn Source>>) -> [Result<(usize, Answer), Error>; 3] {
    let count = |(events, answer): (Vec<Event>, Answer)| (events.len(), answer);
    [
        each(&mut Reader::new(sources()), &all()).map(count),
        sorted(&mut Reader::new(sources()), &all()).map(count),
        Reader::new(sources()).newest(&all(), 100).map(count),
    ]
}

#[test]
fn the_journal_stands_in_for_a_server_that_is_away() {
    for result in three_ways(|| {
        vec![
            shelf("redis", 0, Some((0, Trouble::Away))),
            shelf("the journal j", 3, None),
        ]
    }) {
        let (count, answer) = result.expect("an answer");
        assert_eq!(count, 3);
        assert_eq!(
            answer.warnings,
            ["cannot reach Redis at redis://h: no answer; answering from the journal j"]
        );
        assert!(answer.incomplete.is_none());
    }
    for result in three_ways(|| {
        vec![
            shelf("redis", 0, Some((0, Trouble::Away))),
            shelf("the journal j", 0, None),
        ]
    }) {
        assert!(matches!(result, Err(Error::Unreachable { .. })));
    }
}

#[test]
fn nothing_stands_in_for_a_refusal() {
    for result in three_ways(|| {
        vec![
            shelf("redis", 0, Some((0, Trouble::Refused))),
            shelf("the journal j", 3, None),
        ]
    }) {
        assert!(matches!(result, Err(Error::Refused { .. })));
    }
}

#[test]
fn what_came_before_a_break_stands() {
    for result in three_ways(|| {
        vec![
            shelf("redis", 9, Some((5, Trouble::Away))),
            shelf("the journal j", 3, None),
        ]
    }) {
        let (count, answer) = result.expect("an answer");
        assert_eq!(count, 8);
        assert!(matches!(answer.incomplete, Some(Error::Unreachable { .. })));
        assert!(answer.warnings.is_empty());
    }
}

#[test]
fn a_damaged_journal_does_not_silence_the_server() {
    for result in three_ways(|| {
        vec![
            shelf("redis", 2, None),
            shelf("the journal j", 0, Some((0, Trouble::Damaged))),
        ]
    }) {
        let (count, answer) = result.expect("an answer");
        assert_eq!(count, 2);
        assert_eq!(
            answer.warnings,
            ["cannot use the journal j: damaged; its events are missing here"]
        );
        assert_eq!((answer.scanned(), answer.coverage.len()), (2, 1));
    }
    for result in three_ways(|| vec![shelf("the journal j", 0, Some((0, Trouble::Damaged)))]) {
        assert!(matches!(result, Err(Error::Journal { .. })));
    }
}

#[test]
fn a_visitor_can_stop_with_an_error_of_its_own() {
    #[derive(Debug)]
    enum Mine {
        Enough(usize),
        Store(Error),
    }
    impl From<Error> for Mine {
        fn from(error: Error) -> Self {
            Self::Store(error)
        }
    }
    let both = || {
        Reader::new(vec![
            shelf("redis", 3, None),
            shelf("the journal j", 3, None),
        ])
    };
    for most in [1, 3, 4, 6] {
        let mut count = 0;
        let mut visit = |_| {
            count += 1;
            if count == most {
                Err(Mine::Enough(count))
            } else {
                Ok(())
            }
        };
        assert!(matches!(both().each(&all(), &mut visit), Err(Mine::Enough(n)) if n == most));
        let mut count = 0;
        let mut visit = |_| {
            count += 1;
            if count == most {
                Err(Mine::Enough(count))
            } else {
                Ok(())
            }
        };
        assert!(matches!(both().sorted(&all(), &mut visit), Err(Mine::Enough(n)) if n == most));
    }
    let mut away = Reader::new(vec![shelf("redis", 0, Some((0, Trouble::Away)))]);
    let result = away.each(&all(), &mut |_| Err(Mine::Enough(0)));
    assert!(matches!(
        result,
        Err(Mine::Store(Error::Unreachable { .. }))
    ));
}

#[test]
fn reading_backwards_ends_where_the_answer_is_sure() {
    let events = (0..1000).map(|place| Event {
        origin: Some(Origin {
            stream: Arc::from("s"),
            entry: Some(EntryId {
                ms: START.unsigned_abs() + place * 60_000,
                seq: 0,
            }),
        }),
        timestamp: Millis::clamped(START + 60_000 * place.cast_signed()),
        ..Event::default()
    });
    let shelf = Shelf {
        name: "redis",
        events: events.collect(),
        trouble: None,
    };
    let (newest, answer) = Reader::new(vec![Box::new(shelf)])
        .newest(&all(), 10)
        .expect("read");
    assert_eq!(newest.len(), 10);
    assert_eq!(newest[9].timestamp.get(), START + 999 * 60_000);
    // Ten minutes of events and an hour of margin, to the end of a page of three.
    assert_eq!(answer.scanned(), 72);
}

#[test]
fn no_source_gives_no_answer() {
    assert_eq!(
        each(&mut Reader::new(Vec::new()), &all()).expect("read").0,
        []
    );
    let mut newest = Newest::new(0);
    assert_eq!(newest.reached(Millis::MIN), ControlFlow::Break(()));
}
