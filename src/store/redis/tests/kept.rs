//! What was kept of a stream, beside the stream.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::kept::Keep;
use super::super::resp::Reply;
use super::super::server::{Server, words};
use super::super::{RedisSource, Timeouts};
use crate::digest::digest;
use crate::event::{EntryId, Event, Millis};
use crate::store::{Coverage, Scan, Source};

const STREAMS: [&str; 2] = ["a", "b"];
/// Streams of no more entries are not kept here.
const SHORT: u64 = 40;

/// A server, a folder, and what was added so far.
struct Rig {
    server: Server,
    folder: TempDir,
    added: u64,
    saved: Option<Vec<u8>>,
    most_bytes: u64,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    /// So many entries come to both streams.
    Add(u64),
    /// Only so many stay.
    Trim(u64),
    /// One goes that is somewhere.
    Delete(u64),
    /// The key goes, and comes again.
    Remake(u64),
    /// A copy of the first stream is made.
    Save,
    /// It comes back as it was then; what came since is lost.
    Restore,
    /// A byte of each file is another one.
    Damage(u64),
    /// Files lose their end.
    Cut(u64),
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (1_u64..120).prop_map(Change::Add),
        3 => (0_u64..200).prop_map(Change::Trim),
        1 => any::<u64>().prop_map(Change::Delete),
        1 => (1_u64..120).prop_map(Change::Remake),
        1 => Just(Change::Save),
        1 => Just(Change::Restore),
        1 => any::<u64>().prop_map(Change::Damage),
        1 => any::<u64>().prop_map(Change::Cut),
    ]
}

impl Rig {
    fn new() -> Self {
        Self {
            server: Server::start(&[]),
            folder: TempDir::new().expect("a folder"),
            added: 0,
            saved: None,
            most_bytes: 1 << 20,
        }
    }

    fn source(&self) -> RedisSource {
        RedisSource::new(self.server.target(), Timeouts::default())
    }

    fn keeping(&self) -> RedisSource {
        let mut keep = Keep::new(self.folder.path().join("cache"), self.most_bytes);
        keep.short = SHORT;
        self.source().keeping(Some(keep))
    }

    fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.path().join("cache"));
        let files = files.into_iter().flatten().flatten();
        files.map(|file| file.path()).collect()
    }

    fn add(&mut self, count: u64) {
        let first = self.added;
        self.added += count;
        let add = |stream: &str, number: u64| {
            // The same ids come again after a stream was lost, and never say the same.
            let said = format!("{}", number * 2 + u64::from(self.saved.is_some()));
            words(&["XADD", stream, "*", "jobId", &said, "data", "{\"a\":1}"])
        };
        let numbers = first..self.added;
        self.server
            .run_all(numbers.flat_map(|number| STREAMS.map(|stream| add(stream, number))));
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Add(count) => self.add(count),
            Change::Trim(length) => {
                for stream in STREAMS {
                    let length = length.to_string();
                    self.server.run(&["XTRIM", stream, "MAXLEN", &length]);
                }
            }
            Change::Delete(number) => {
                let ids = self.ids("a");
                if let Some(place) = number.checked_rem(ids.len() as u64) {
                    let id = ids[usize::try_from(place).expect("a place")].to_string();
                    self.server.run(&["XDEL", "a", &id]);
                }
            }
            Change::Remake(count) => {
                self.server.run(&["DEL", "a"]);
                self.add(count);
            }
            Change::Save => {
                if let Reply::Text(saved) = self.server.run(&["DUMP", "a"]) {
                    self.saved = Some(saved);
                }
            }
            Change::Restore => {
                let Some(saved) = &self.saved else {
                    return;
                };
                let words: [&[u8]; 5] = [b"RESTORE", b"a", b"0", saved, b"REPLACE"];
                self.server.run_all([words.map(<[u8]>::to_vec).to_vec()]);
            }
            Change::Damage(number) => self.spoil(|bytes| {
                let place = number.checked_rem(bytes.len() as u64);
                if let Some(place) = place.and_then(|place| usize::try_from(place).ok()) {
                    bytes[place] ^= 0x55;
                }
            }),
            Change::Cut(number) => self.spoil(|bytes| {
                let length = number.checked_rem(bytes.len() as u64).unwrap_or(0);
                bytes.truncate(usize::try_from(length).expect("a length"));
            }),
        }
    }

    fn spoil(&self, change: impl Fn(&mut Vec<u8>)) {
        for file in self.files() {
            let mut bytes = fs::read(&file).expect("the file");
            change(&mut bytes);
            fs::write(&file, bytes).expect("the file");
        }
    }

    fn ids(&self, stream: &str) -> Vec<EntryId> {
        let reply = self.server.run(&["XRANGE", stream, "-", "+"]);
        let id = |entry: &Reply| entry.values()[0].text().expect("an id").parse();
        reply
            .values()
            .iter()
            .map(|entry| id(entry).expect("an id"))
            .collect()
    }

    /// Asks with and without what is kept; says how many entries were kept.
    fn compare(&self, since: Option<Millis>, newest_first: bool) -> u64 {
        let streams = STREAMS.map(str::to_owned);
        let scan = Scan {
            streams: &streams,
            since,
            newest_first,
            ..Scan::default()
        };
        let ask = |mut source: RedisSource| -> (Vec<Event>, Coverage) {
            let mut all = Vec::new();
            let coverage = source.scan(&scan, &mut all).expect("an answer");
            (all, coverage)
        };
        let (expected, plain) = ask(self.source());
        let (found, coverage) = ask(self.keeping());
        // Where a page of one stream ends and one of the other begins may be elsewhere.
        for stream in STREAMS {
            let of = |events: &[Event]| -> Vec<Event> {
                let events = events.iter().filter(|event| event.stream() == Some(stream));
                events.cloned().collect()
            };
            assert_eq!(of(&found), of(&expected), "{stream}");
        }
        assert_eq!(found.len(), expected.len());
        assert_eq!(coverage.scanned, plain.scanned);
        let number = |note: &String| note.split(' ').nth(1)?.parse::<u64>().ok();
        coverage.notes.iter().filter_map(number).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn an_answer_is_the_same_with_what_was_kept(
        changes in proptest::collection::vec((changes(), any::<u64>()), 1..14),
    ) {
        let mut rig = Rig::new();
        rig.add(100);
        for (change, number) in changes {
            rig.compare(None, false);
            rig.change(change);
            rig.compare(None, number % 2 == 0);
            let ids = rig.ids("b");
            if let Some(place) = number.checked_rem(ids.len() as u64) {
                let at = ids[usize::try_from(place).expect("a place")].time();
                // As far back as a question's lower bound is moved for clocks that run ahead.
                rig.compare(Some(at.plus(crate::store::CLOCK_MARGIN_MS)), number % 3 == 0);
            }
            rig.compare(None, false);
        }
    }
}

#[test]
fn what_was_read_is_not_read_again() {
    let mut rig = Rig::new();
    rig.add(SHORT);
    assert_eq!(rig.compare(None, false), 0);
    assert!(rig.files().is_empty(), "too short");
    rig.add(60);
    assert_eq!(rig.compare(None, true), 0, "not from its beginning on");
    assert_eq!(rig.compare(None, false), 0, "nothing was kept before");
    assert_eq!(rig.compare(None, false), 200);
    rig.add(3);
    assert_eq!(rig.compare(None, false), 200);
    assert_eq!(rig.compare(None, false), 200, "so few are read again");
    rig.add(50);
    rig.compare(None, false);
    assert_eq!(rig.compare(None, true), 306);
    // What is kept goes on where its beginning was trimmed, and begins anew where most of it was.
    rig.change(Change::Trim(120));
    assert_eq!(rig.compare(None, false), 306);
    rig.change(Change::Trim(50));
    assert_eq!(rig.compare(None, false), 0);
    assert_eq!(rig.compare(None, false), 100);
    rig.change(Change::Delete(0));
    rig.compare(None, false);
    rig.change(Change::Delete(20));
    assert_eq!(rig.compare(None, false), 50, "of the other stream");
}

#[test]
fn an_id_that_comes_again_after_a_loss_is_another_entry() {
    let rig = Rig::new();
    let add = |numbers: std::ops::RangeInclusive<u64>, said: &str| {
        for number in numbers {
            let id = format!("{number}-1");
            rig.server.run(&["XADD", "a", &id, "jobId", said]);
        }
    };
    add(1..=90, "first");
    let Reply::Text(saved) = rig.server.run(&["DUMP", "a"]) else {
        panic!("no copy");
    };
    add(91..=100, "lost");
    rig.compare(None, false);
    assert_eq!(rig.compare(None, false), 100);
    let words: [&[u8]; 5] = [b"RESTORE", b"a", b"0", &saved, b"REPLACE"];
    rig.server.run_all([words.map(<[u8]>::to_vec).to_vec()]);
    // As many as before, up to the same id.
    add(91..=100, "again");
    assert_eq!(rig.compare(None, false), 0);
}

#[test]
fn the_file_is_for_its_owner() {
    let mut rig = Rig::new();
    rig.add(100);
    rig.compare(None, false);
    let files = rig.files();
    assert_eq!(files.len(), 2);
    #[cfg(unix)]
    for file in files {
        let mode = |path: &Path| {
            let about = fs::metadata(path).expect("the file");
            std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o777
        };
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().expect("a folder")), 0o700);
    }
}

#[test]
fn what_is_beyond_the_size_is_read_each_time() {
    let mut rig = Rig::new();
    rig.most_bytes = 1_000;
    let add = |numbers: std::ops::Range<u64>| {
        let said = "x".repeat(16 * 1024);
        let large = |number: u64| {
            let id = format!("{number}-1");
            words(&["XADD", "a", &id, "data", &said])
        };
        rig.server.run_all(numbers.map(large));
    };
    // Some blocks more than can be on their way when the first is written.
    add(1..1_000);
    rig.compare(None, false);
    let kept = rig.compare(None, false);
    assert!((60..700).contains(&kept), "{kept}");
    add(1_000..1_100);
    assert_eq!(rig.compare(None, false), kept);
    assert_eq!(rig.compare(None, true), kept);
    rig.server.run(&["XTRIM", "a", "MAXLEN", "1070"]);
    assert_eq!(rig.compare(None, false), kept);
    rig.server.run(&["XDEL", "a", "1050-1"]);
    assert_eq!(rig.compare(None, false), 0);
}

#[test]
fn a_file_that_is_larger_than_it_may_be_by_now_begins_anew() {
    let mut rig = Rig::new();
    rig.most_bytes = u64::MAX;
    // Hexadecimal digits of what cannot be compressed: a file of more than 5 MB.
    let large = |number: u64| {
        let digits = (0..512).map(|part| {
            format!(
                "{:032x}",
                digest(&[number, part].map(u64::to_be_bytes).concat())
            )
        });
        let (id, said) = (format!("{number}-1"), digits.collect::<String>());
        words(&["XADD", "a", &id, "data", &said])
    };
    rig.server.run_all((1..700).map(large));
    rig.compare(None, false);
    assert_eq!(rig.compare(None, false), 699);
    rig.most_bytes = 1_000;
    assert_eq!(rig.compare(None, false), 0);
    let kept = rig.compare(None, false);
    assert!((60..600).contains(&kept), "{kept}");
}

#[test]
fn where_nothing_can_be_kept_everything_is_read() {
    let mut rig = Rig::new();
    rig.add(100);
    fs::write(rig.folder.path().join("cache"), "no folder").expect("a file");
    assert_eq!(rig.compare(None, false), 0);
    assert_eq!(rig.compare(None, false), 0);
}

#[test]
fn a_block_that_is_lost_is_asked_for_whatever_its_head_says() {
    let mut rig = Rig::new();
    rig.add(100);
    rig.compare(None, false);
    assert_eq!(rig.compare(None, false), 200);
    let read = |path: PathBuf| (fs::read(&path).expect("the file"), path);
    let written: Vec<_> = rig.files().into_iter().map(read).collect();
    let mut fours = written[0].0.windows(4);
    let frame = fours.position(|four| four == [0x28, 0xb5, 0x2f, 0xfd]);
    let frame = frame.expect("zstd's number");
    for place in 0..frame {
        for (bytes, path) in &written {
            let mut bytes = bytes.clone();
            bytes[place] ^= 0x55;
            bytes[frame + 20] ^= 0x55;
            fs::write(path, bytes).expect("the file");
        }
        rig.compare(None, false);
    }
}
