//! The same query gives the same answer from Redis, the journal and a file.
//!
//! A thousand queries over hundreds of events as anybody may write them. `EMP_TEST_SEED` repeats a
//! run; a failure names the seed and the query.

mod events;
mod queries;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use emp_cli::event::{Event, Millis, json};
use emp_cli::store::redis::{RedisSource, Target, Timeouts};
use emp_cli::store::{Error, FileSource, Journal, JournalSource, Reader, Scan, Source};
use emp_cli::time::Clock;
use jiff::tz::TimeZone;
use tempfile::TempDir;

use self::queries::{Order, Query};
use crate::support::TestRedis;

const EVENTS: &str = "emp:events";
const ERRORS: &str = "emp:errors";

const QUERIES: usize = 1000;

/// A small generator of the test's own, so that a seed means the same for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[usize::try_from(self.below(from.len() as u64)).expect("an index")]
    }
}

/// The same events in each kind of place.
struct Places {
    redis: TestRedis,
    folder: TempDir,
}

impl Places {
    fn fill(events: &[Event], redis: TestRedis) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let places = Self { redis, folder };
        let mut journal =
            Journal::open(&places.path("journal.db"), Duration::from_secs(5)).expect("a journal");
        let entries: Vec<_> = events
            .iter()
            .map(|event| (event.stream().expect("a stream"), event))
            .collect();
        journal.append_each(&entries).expect("appended");

        let lines: String = events
            .iter()
            .map(|event| json::write(event) + "\n")
            .collect();
        fs::write(places.path("plain.jsonl"), &lines).expect("a file");
        let gzip = fs::File::create(places.path("packed.gz")).expect("a file");
        let mut gzip = flate2::write::GzEncoder::new(gzip, flate2::Compression::fast());
        gzip.write_all(lines.as_bytes()).expect("packed");
        gzip.finish().expect("packed");
        let zstd = zstd::encode_all(lines.as_bytes(), 1).expect("packed");
        fs::write(places.path("packed.zst"), zstd).expect("a file");
        places
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn redis(&self) -> Box<dyn Source> {
        let target = Target::parse(&self.redis.url(), None).expect("an address");
        Box::new(RedisSource::new(target, Timeouts::default()))
    }

    fn journal(&self) -> Box<dyn Source> {
        Box::new(JournalSource::new(self.path("journal.db")))
    }

    fn file(&self, name: &str) -> Box<dyn Source> {
        Box::new(FileSource::new(self.path(name), EVENTS, ERRORS))
    }
}

/// The answer as lines, without what says where an event was read.
fn answer(source: Box<dyn Source>, query: &Query, clock: &Clock) -> Vec<String> {
    let filter = query.filter(clock);
    let accept = |event: &Event| filter.matches(event);
    let literals = filter.literals();
    let scan = Scan {
        streams: &query.streams,
        since: query.since,
        until: query.until,
        literals: &literals,
        accept: &accept,
        ..Scan::default()
    };
    let mut reader = Reader::new(vec![source]);
    let mut events = Vec::new();
    let mut keep = |event: &mut Event| {
        events.push(std::mem::take(event));
        Ok::<(), Error>(())
    };
    let answer = match query.order {
        Order::Sorted => reader.sorted(&scan, &mut keep).expect("an answer"),
        Order::Arrival => reader.each(&scan, &mut keep).expect("an answer"),
        Order::Newest(limit) => {
            let (newest, answer) = reader.newest(&scan, limit).expect("an answer");
            events = newest;
            answer
        }
    };
    assert!(answer.incomplete.is_none(), "{answer:?}");
    assert_eq!((answer.unreadable(), &answer.warnings), (0, &Vec::new()));
    let mut lines: Vec<String> = events
        .into_iter()
        .map(|mut event| {
            if let Some(origin) = &mut event.origin {
                origin.entry = None;
            }
            json::write(&event)
        })
        .collect();
    // Redis reads streams page by page and files line by line: only the set is promised.
    if query.order == Order::Arrival {
        lines.sort();
    }
    lines
}

#[test]
fn every_place_gives_the_same_answers() {
    let seed = std::env::var("EMP_TEST_SEED").map_or(20_250_927, |seed| seed.parse().expect("n"));
    let mut random = Random(seed);
    let redis = TestRedis::start();
    // Entries that the server names carry its clock, so the others have to lie around it.
    let now = Clock::system().now;
    let events = events::add(&mut random, now, &redis);
    let places = Places::fill(&events, redis);
    let clock = Clock {
        now,
        zone: TimeZone::UTC.into(),
    };

    let (mut found, mut all) = (0, 0);
    for number in 0..QUERIES {
        let query = Query::random(&mut random, now);
        let expected = answer(places.redis(), &query, &clock);
        let mut others = vec![
            ("the journal", places.journal()),
            ("a file", places.file("plain.jsonl")),
        ];
        match number % 20 {
            0 => others.push(("a .gz file", places.file("packed.gz"))),
            10 => others.push(("a .zst file", places.file("packed.zst"))),
            _ => {}
        }
        for (name, source) in others {
            let given = answer(source, &query, &clock);
            assert!(
                given == expected,
                "EMP_TEST_SEED={seed}, query {number}: {query:#?}\n{name} gives {} events, Redis {}; \
                 first difference: {:#?}",
                given.len(),
                expected.len(),
                given
                    .iter()
                    .zip(&expected)
                    .find(|(one, other)| one != other)
                    .map_or_else(
                        || format!("{:?}", given.iter().chain(&expected).last()),
                        |pair| format!("{pair:#?}")
                    ),
            );
        }
        found += usize::from(!expected.is_empty());
        all += usize::from(expected.len() > events.len() / 2);
    }
    // Queries that find nothing, or everything, would agree by themselves.
    assert!(found > QUERIES / 4, "only {found} queries found anything");
    assert!(all < QUERIES / 4, "{all} queries found nearly everything");
}

/// What every query is held against: nobody's answer is the empty one by mistake.
#[test]
fn everything_is_everything() {
    let mut random = Random(7);
    let redis = TestRedis::start();
    let now = Millis::new(Clock::system().now.get()).expect("now");
    let events = events::add(&mut random, now, &redis);
    let places = Places::fill(&events, redis);
    let clock = Clock {
        now,
        zone: TimeZone::UTC.into(),
    };
    let distinct = {
        let mut ids = std::collections::HashSet::new();
        let first = |event: &&Event| event.event_id.clone().is_none_or(|id| ids.insert(id));
        events.iter().filter(first).count()
    };
    assert!(distinct < events.len(), "some events stand twice");
    for source in [
        places.redis(),
        places.journal(),
        places.file("plain.jsonl"),
        places.file("packed.gz"),
        places.file("packed.zst"),
    ] {
        let name = source.name();
        let lines = answer(source, &Query::everything(), &clock);
        assert_eq!(lines.len(), distinct, "{name}");
    }
}
