use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fs;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::event::{Literal, json};
use crate::store::samples::{self, SPAN_MS, START, STREAMS};
use crate::store::{CLOCK_MARGIN_MS, FileSource, Journal, JournalSource};

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

#[test]
fn what_came_last_is_given_where_it_costs_little() {
    let shuffled = (0..40_i64).map(|place| event(STREAMS[0], place * 7 % 40));
    let events: Vec<Event> = shuffled.collect();
    let times = |(events, is_cut): (Vec<Event>, bool)| {
        let since = events.iter().map(|event| event.timestamp.get() - START);
        (since.collect::<Vec<_>>(), is_cut)
    };
    for limit in [5, 40] {
        let folder = tempfile::tempdir().expect("a folder");
        let expected = ((40 - limit as i64..40).collect(), true);
        for source in sources(&folder, &events) {
            // A small journal is taken apart; a large one, and a file, can be read again.
            let gives = limit == 40 && source.name().starts_with("the journal");
            let mut reader = Reader::new(vec![source]);
            let latest = RefCell::new(Latest::new(limit));
            let literals: Vec<_> = Literal::new("nowhere", false).into_iter().collect();
            let scan = Scan {
                literals: &literals,
                accept: &|_| false,
                latest: Some(&latest),
                ..all()
            };
            let (found, answer) = each(&mut reader, &scan).expect("read");
            assert!(found.is_empty());
            assert_eq!(answer.coverage[0].latest, gives);
            let given = times(latest.into_inner().finish());
            let none = (Vec::new(), false);
            assert_eq!(given, if gives { expected.clone() } else { none });
            assert_eq!(times(reader.latest(&all(), limit).expect("read")), expected);
        }
    }
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
        let told = Cell::new(0);
        let scan = Scan {
            streams: &streams,
            since: since.and_then(|ms| Millis::new(START + ms)),
            until: until.and_then(|ms| Millis::new(START + ms)),
            literals: &literals,
            accept: &accept,
            progress: &|count| told.set(told.get() + count),
            ..Scan::default()
        };
        let wanted = asked(&events, &scan);
        let ordered = in_order(wanted.clone());
        for source in sources(&folder, &events) {
            let mut reader = Reader::new(vec![source]);
            prop_assert_eq!(&each(&mut reader, &scan).expect("read").0, &once(wanted.clone()));
            prop_assert_eq!(&sorted(&mut reader, &scan).expect("read").0, &ordered);
            told.set(0);
            let (newest, answer) = reader.newest(&scan, limit).expect("read");
            prop_assert_eq!(newest, last(&ordered, limit));
            prop_assert_eq!(told.get(), answer.scanned());
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
