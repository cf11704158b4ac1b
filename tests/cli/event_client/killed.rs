//! A service that is killed: what a flush had confirmed is there.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::*;

const CHILD: &str = "EMP_TEST_SERVICE";

/// The service of the tests below; by itself it does nothing.
#[test]
fn service() {
    let Ok(told) = std::env::var(CHILD) else {
        return;
    };
    let (url, journal) = told.split_once('|').expect("an address and a path");
    let client = EventClient::with_settings("worker", &settings(url, Path::new(journal), &[]));
    let mut from = 0;
    loop {
        emit(&client, from..from + 50);
        from += 50;
        if client.flush(PATIENCE) {
            // The line ends with a mark, for the test runner prints beside it.
            writeln!(io::stdout(), "\nconfirmed {from} .").expect("somebody reads");
        }
    }
}

/// Runs a service until it has confirmed a thousand events, kills it, and says how many it had
/// confirmed by then.
fn killed(url: &str, journal: &Path) -> u64 {
    let mut service = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "event_client::killed::service", "--nocapture"])
        .env(CHILD, format!("{url}|{}", journal.display()))
        .stdout(Stdio::piped())
        .spawn()
        .expect("a service");
    let mut lines = BufReader::new(service.stdout.take().expect("a pipe")).lines();
    let mut confirmed = 0;
    let mut note = |line: Option<std::io::Result<String>>| {
        let line = line?.ok()?;
        let number = line
            .strip_prefix("confirmed ")
            .and_then(|rest| rest.strip_suffix(" ."));
        confirmed = number.map_or(confirmed, |number| number.parse().expect("a number"));
        Some(confirmed)
    };
    while note(lines.next()).expect("it goes on") < 1000 {}
    service.kill().expect("killed");
    // What it had printed before it ended counts as well.
    while note(lines.next()).is_some() {}
    service.wait().expect("an end");
    confirmed
}

#[test]
fn what_was_confirmed_is_there_whatever_redis_does() {
    let redis = TestRedis::start();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = format!("redis://{}", silent.local_addr().expect("an address"));
    for url in [&redis.url(), "redis://127.0.0.1:1", &silent] {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = folder.path().join("journal.db");
        let confirmed = killed(url, &journal);
        let mut found = numbers(&in_redis(&redis));
        found.extend(numbers(&in_journal(&journal)));
        found.sort_unstable();
        found.dedup();
        assert!(found.len() as u64 >= confirmed, "{url}: {confirmed}");
        assert_eq!(found, (0..found.len() as u64).collect::<Vec<_>>(), "{url}");
        redis.run::<()>(&["FLUSHALL"]);
    }
}
