mod limit;
mod opening;

use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tempfile::TempDir;

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state").join("emp").join("journal.db");
    (folder, path)
}

fn event(number: i64) -> Event {
    let mut event = Event {
        timestamp: Millis::clamped(1_700_000_000_000 + number),
        event_type: "job.created".to_owned(),
        ..Event::default()
    };
    event.push_extra("n", number.to_string());
    event
}

fn number(event: &Event) -> i64 {
    event.extra[0].1.parse().expect("a number")
}

fn open(path: &Path) -> Journal {
    Journal::open(path, PATIENCE).expect("a journal")
}

fn numbers(path: &Path) -> Vec<i64> {
    let journal = Journal::open_existing(path)
        .expect("readable")
        .expect("there");
    let held = journal.events_after(0, 1_000_000).expect("readable");
    held.iter().map(|(_, event)| number(event)).collect()
}

#[test]
fn events_read_back_in_order_with_their_stream() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    journal
        .append("emp:events", &[event(2), event(1)])
        .expect("appended");
    journal.append("emp:errors", &[event(3)]).expect("appended");
    let held = journal.oldest(10).expect("readable");
    let seen: Vec<_> = held
        .iter()
        .map(|(seq, event)| (*seq, event.stream().expect("a stream"), number(event)))
        .collect();
    assert_eq!(
        seen,
        [
            (1, "emp:events", 2),
            (2, "emp:events", 1),
            (3, "emp:errors", 3)
        ]
    );
    assert_eq!(journal.oldest(2).expect("readable").len(), 2);
    assert_eq!(journal.events_after(2, 10).expect("readable").len(), 1);
    journal.remove(&[1, 2, 3]).expect("removed");
    assert!(journal.is_empty().expect("readable"));
    journal.append("emp:events", &[event(4)]).expect("appended");
    assert_eq!(
        journal.last_seq().expect("readable"),
        4,
        "numbers are not used again"
    );
    assert_eq!(journal.len().expect("readable"), 1);
}

#[test]
fn origins_of_another_store_are_not_kept() {
    let (_folder, path) = place();
    let mut moved = event(1);
    moved.origin = Some(Origin {
        stream: Arc::from("elsewhere"),
        entry: "5-0".parse().ok(),
    });
    open(&path).append("here", &[moved]).expect("appended");
    let journal = Journal::open_existing(&path)
        .expect("readable")
        .expect("there");
    let (_, event) = &journal.oldest(1).expect("readable")[0];
    assert_eq!((event.stream(), event.entry()), (Some("here"), None));
}

#[test]
fn fifty_writers_at_once_lose_nothing() {
    let (_folder, path) = place();
    let start = Barrier::new(50);
    thread::scope(|scope| {
        for writer in 0..50 {
            let (path, start) = (&path, &start);
            scope.spawn(move || {
                start.wait();
                for count in 0..10 {
                    open(path)
                        .append("s", &[event(writer * 10 + count)])
                        .expect("appended");
                }
            });
        }
    });
    let mut found = numbers(&path);
    for writer in 0..50 {
        let own: Vec<_> = found
            .iter()
            .filter(|number| *number / 10 == writer)
            .collect();
        assert!(own.is_sorted(), "each writer's events stay in order");
    }
    found.sort_unstable();
    assert_eq!(found, (0..500).collect::<Vec<_>>());
    assert!(opening::broken_files(&path).is_empty());
}

const CHILD: &str = "EMP_TEST_JOURNAL";

/// The child of the next test; by itself it does nothing.
#[test]
fn child() {
    let Ok(told) = std::env::var(CHILD) else {
        return;
    };
    let (path, first) = told.rsplit_once('|').expect("a path and a number");
    let first: i64 = first.parse().expect("a number");
    for count in 0..20 {
        open(Path::new(path))
            .append("s", &[event(first + count)])
            .expect("appended");
    }
}

#[test]
fn processes_at_once_lose_nothing() {
    let (_folder, path) = place();
    let children: Vec<_> = (0..12)
        .map(|child| {
            Command::new(std::env::current_exe().expect("this program"))
                .args(["--exact", "store::journal::tests::child", "--quiet"])
                .env(CHILD, format!("{}|{}", path.display(), child * 20))
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("a child")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("an end").success());
    }
    let mut found = numbers(&path);
    found.sort_unstable();
    assert_eq!(found, (0..240).collect::<Vec<_>>());
}

#[test]
fn a_line_that_somebody_damaged_is_shown() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    journal.append("s", &[event(1)]).expect("appended");
    journal
        .db
        .execute("UPDATE event SET line = '{\"timest'", [])
        .expect("changed");
    let (_, shown) = &journal.oldest(1).expect("readable")[0];
    assert_eq!(shown.timestamp, event(1).timestamp);
    assert_eq!(shown.data, Data::Text("{\"timest".to_owned()));
}

#[test]
fn one_process_drains_at_a_time() {
    let (_folder, path) = place();
    let guard = Journal::drain_lock(&path).expect("free");
    assert!(Journal::drain_lock(&path).is_none());
    drop(guard);
    assert!(Journal::drain_lock(&path).is_some());
}

#[test]
fn the_mark_stands_while_anything_waits() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    assert!(!Journal::has_backlog(&path));
    journal
        .append("s", &[event(1), event(2)])
        .expect("appended");
    assert!(Journal::has_backlog(&path));
    journal.remove(&[1]).expect("removed");
    assert!(journal.settle().expect("settled") && Journal::has_backlog(&path));
    journal.remove(&[2]).expect("removed");
    assert!(!journal.settle().expect("settled") && !Journal::has_backlog(&path));
}

#[test]
fn an_event_added_while_the_mark_is_taken_away_is_marked() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    let begin = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            begin.wait();
            open(&path).append("s", &[event(1)]).expect("appended");
        });
        let add = || {
            begin.wait();
        };
        assert!(!journal.settle_while(add).expect("settled"));
    });
    assert!(Journal::has_backlog(&path));
}

#[test]
fn draining_while_others_append_leaves_nothing_behind() {
    let (_folder, path) = place();
    let done = AtomicBool::new(false);
    let mut drained = thread::scope(|scope| {
        let drain = scope.spawn(|| {
            let mut drained = Vec::new();
            loop {
                let last_round = done.load(Ordering::SeqCst);
                if Journal::has_backlog(&path) {
                    let _guard = Journal::drain_lock(&path).expect("free");
                    let mut journal = open(&path);
                    let batch = journal.oldest(7).expect("readable");
                    let seqs: Vec<_> = batch.iter().map(|(seq, _)| *seq).collect();
                    journal.remove(&seqs).expect("removed");
                    journal.settle().expect("settled");
                    drained.extend(batch.iter().map(|(_, event)| number(event)));
                } else if last_round {
                    return drained;
                }
            }
        });
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let path = &path;
                scope.spawn(move || {
                    for count in 0..100 {
                        open(path)
                            .append("s", &[event(writer * 100 + count)])
                            .expect("appended");
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().expect("no panic");
        }
        done.store(true, Ordering::SeqCst);
        drain.join().expect("no panic")
    });
    drained.sort_unstable();
    assert_eq!(drained, (0..400).collect::<Vec<_>>());
}
