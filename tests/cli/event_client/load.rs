//! A service that emits 5,000 events a second while Redis is away: its memory stays bounded, and
//! everything arrives afterwards.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::*;

const CHILD: &str = "EMP_TEST_LOAD";

/// How long Redis is away; `EMP_TEST_OUTAGE=60` makes it a minute.
const OUTAGE: u64 = 3;

/// Every so many milliseconds so many events.
const TICK: Duration = Duration::from_millis(10);
const EACH: u64 = 50;

/// The most that the process has had in memory, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .expect("a number")
}

/// Says something to the parent, or to the person who asked for a longer outage.
fn tell(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("somebody reads");
}

/// The service of the test below; by itself it does nothing.
#[test]
fn service() {
    let Ok(told) = std::env::var(CHILD) else {
        return;
    };
    let parts: Vec<_> = told.split('|').collect();
    let (url, journal) = (parts[0], Path::new(parts[1]));
    let seconds: u64 = parts[2].parse().expect("a number");
    let client = EventClient::with_settings("worker", &settings(url, journal, &[]));
    let start = Instant::now();
    let mut next = start;
    let mut early = 0;
    let rounds = seconds * 100;
    for round in 0..rounds {
        emit(&client, round * EACH..(round + 1) * EACH);
        if round == 100 {
            early = peak();
        }
        next += TICK;
        wait_for("the next tick", || (Instant::now() >= next).then_some(()));
    }
    assert!(client.flush(PATIENCE));
    tell(&format!(
        "\nearly {early} peak {} {:?} .",
        peak(),
        client.stats()
    ));
}

#[test]
fn memory_is_bounded_while_redis_is_away() {
    let outage = std::env::var("EMP_TEST_OUTAGE").ok();
    let outage = outage.map_or(OUTAGE, |text| text.parse().expect("seconds"));
    let mut redis = TestRedis::start();
    redis.kill9();
    let folder = tempfile::tempdir().expect("a folder");
    let journal = folder.path().join("journal.db");
    let service = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "event_client::load::service", "--nocapture"])
        .env(
            CHILD,
            format!("{}|{}|{outage}", redis.url(), journal.display()),
        )
        .stdout(Stdio::piped())
        .spawn()
        .expect("a service");
    let output = service.wait_with_output().expect("an end");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let line = said
        .lines()
        .find(|line| line.starts_with("early "))
        .expect("a line");
    let bytes = fs::metadata(&journal).expect("there").len();
    let person = std::env::var_os("EMP_TEST_OUTAGE").is_some();
    let say = |line: &str| {
        if person {
            tell(line);
        }
    };
    say(&format!("{line}; the journal has {bytes} bytes"));
    let number = |at: usize| -> u64 {
        let word = line.split(' ').nth(at).expect("a word");
        word.parse().expect("a number")
    };
    // SQLite's cache and the batches of a busy machine, whatever the length of the outage.
    assert!(number(3) < number(1) + 32 * 1024, "{line}");

    redis.restart();
    let start = Instant::now();
    let client = EventClient::with_settings("other", &settings(&redis.url(), &journal, &[]));
    client.event("job.created", json!({}));
    // In steps, for a minute's worth takes longer than anything may take in one.
    let waiting = || {
        let journal = Journal::open_existing(&journal).expect("readable");
        journal.map_or(0, |journal| journal.len().expect("readable"))
    };
    while let left @ 1.. = waiting() {
        wait_for("the journal to shrink", || (waiting() < left).then_some(()));
    }
    delivered(&client, &journal);
    say(&format!("in Redis after {:?}", start.elapsed()));
    assert_numbers(&in_redis(&redis), 0..outage * 100 * EACH);
}
