mod answers;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::Sink;
use super::super::samples::START;
use super::*;
use crate::event::Origin;

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
        for (place, mut event) in events.into_iter().enumerate() {
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
                sink.event(&mut event)?;
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
    Scan::default()
}

fn each(reader: &mut Reader, scan: &Scan<'_>) -> Result<(Vec<Event>, Answer), Error> {
    let mut found = Vec::new();
    let answer = reader.each(scan, &mut |event| {
        found.push(std::mem::take(event));
        Ok::<(), Error>(())
    })?;
    Ok((found, answer))
}

fn sorted(reader: &mut Reader, scan: &Scan<'_>) -> Result<(Vec<Event>, Answer), Error> {
    let mut found = Vec::new();
    let answer = reader.sorted(scan, &mut |event| {
        found.push(std::mem::take(event));
        Ok::<(), Error>(())
    })?;
    Ok((found, answer))
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
fn what_was_read_is_read_again_if_it_was_all() {
    let sources = || vec![shelf("redis", 9, None), shelf("the journal j", 3, None)];
    let (events, answer) = Reader::new(sources()).newest(&all(), 100).expect("events");
    let events = Arc::new(events);
    let again = || Reader::again(&events, &answer).expect("all of them");
    assert_eq!(again().newest(&all(), 100).expect("events").0, *events);
    assert_eq!(sorted(&mut again(), &all()).expect("events").0, *events);
    let (found, told) = each(&mut again(), &all()).expect("events");
    assert_eq!(
        (found, told.coverage),
        (events.to_vec(), answer.coverage.clone())
    );
    let streams = ["redis".to_owned()];
    let scan = Scan {
        streams: &streams,
        since: Some(Millis::clamped(START + 4)),
        accept: &|event| event.timestamp.get() % 2 == START % 2,
        ..all()
    };
    let expected = each(&mut Reader::new(sources()), &scan).expect("events").0;
    assert_eq!(each(&mut again(), &scan).expect("events").0, expected);
    assert_eq!(expected.len(), 3);
    for trouble in [(0, Trouble::Away), (5, Trouble::Away)] {
        let mut broken = Reader::new(vec![
            shelf("redis", 9, Some(trouble)),
            shelf("the journal j", 3, None),
        ]);
        let (events, answer) = broken.newest(&all(), 100).expect("a part");
        assert!(Reader::again(&Arc::new(events), &answer).is_none());
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
        let mut visit = |_: &mut Event| {
            count += 1;
            if count == most {
                Err(Mine::Enough(count))
            } else {
                Ok(())
            }
        };
        assert!(matches!(both().each(&all(), &mut visit), Err(Mine::Enough(n)) if n == most));
        let mut count = 0;
        let mut visit = |_: &mut Event| {
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
fn the_newest_are_kept_in_whatever_order_they_come() {
    let at = |place: i64| Event {
        event_id: Some(format!("id {place}")),
        ..event("s", place)
    };
    // Every place once, and each third a second time; 7 and 1000 have no common divisor.
    let order = (0..1000).map(|place| place * 7 % 1000);
    let orders: [Vec<i64>; 3] = [
        (0..1000).collect(),
        (0..1000).rev().collect(),
        order.flat_map(|place| [place, place / 3 * 3]).collect(),
    ];
    for (limit, order) in [1, 10, 200].into_iter().flat_map(|limit| {
        let orders = orders.iter();
        orders.map(move |order| (limit, order))
    }) {
        let mut newest = Newest::new(limit);
        for place in order {
            newest.event(&mut at(*place)).expect("taken");
        }
        let first = 1000 - i64::try_from(limit).expect("small");
        let expected: Vec<Event> = (first..1000).map(at).collect();
        assert_eq!(newest.finish(), expected);
    }
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

#[test]
fn an_event_that_moves_meanwhile_is_not_missed() {
    /// Whichever of the two is read first, the event moves right after.
    struct Half {
        is_journal: bool,
        moved: Arc<AtomicBool>,
    }

    impl Source for Half {
        fn name(&self) -> String {
            String::new()
        }

        fn scan(&mut self, _: &Scan<'_>, sink: &mut dyn Sink) -> Result<Coverage, Error> {
            if self.is_journal != self.moved.swap(true, Ordering::Relaxed) {
                sink.event(&mut Event {
                    event_id: Some("e".to_owned()),
                    ..event("s", 1)
                })?;
            }
            Ok(Coverage::default())
        }
    }

    let halves = || -> Vec<Box<dyn Source>> {
        let moved = Arc::new(AtomicBool::new(false));
        vec![
            Box::new(Half {
                is_journal: false,
                moved: Arc::clone(&moved),
            }),
            Box::new(Half {
                is_journal: true,
                moved,
            }),
        ]
    };
    for result in three_ways(halves) {
        assert_eq!(result.expect("an answer").0, 1);
    }
}
