//! The emitting side at its worst: many processes at once, and a Redis that dies under them.

use std::collections::BTreeSet;
use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::{Sandbox, TestRedis, wait_for};

/// Processes at once.
const EMITTERS: usize = 50;

/// When the first event happens, in milliseconds since 1970; the others follow second by second.
const START: usize = 1_758_969_000_000;

/// How many events are emitted in all. `EMP_TEST_CHAOS` names another number.
fn events() -> usize {
    match env::var("EMP_TEST_CHAOS") {
        Ok(count) => count.parse().expect("EMP_TEST_CHAOS is a number"),
        Err(_) => 10_000,
    }
}

/// Emits whose process ends after Redis has them, or the journal, while Redis is killed twice: all
/// of them are found exactly once, and after a drain the journal is empty.
#[test]
fn no_event_is_lost_and_none_shows_twice_while_redis_dies() {
    let total = events();
    let args = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut redis = TestRedis::with_args(&args);
    let sandbox = Sandbox::with(&redis);
    // An event that is written again takes the room of one more.
    sandbox.write("emp.toml", "[streams]\nevents_max_len = 100000\n");
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));

    thread::scope(|scope| {
        for _ in 0..EMITTERS {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n >= total {
                        break;
                    }
                    let field = format!("n:={n}");
                    let mut emit = sandbox.command(&["emit", "job.created", "-d", &field]);
                    // The clock goes on, so that a pause of the breaker ends.
                    emit.env_remove("EMP_TIMEOUT");
                    emit.env("EMP_NOW", (START + n * 1000).to_string());
                    let output = emit.output().expect("emp runs");
                    let said = (output.stdout.as_slice(), output.stderr.as_slice());
                    assert!(output.status.success() && said == (b"", b""), "{output:#?}");
                    done.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        // The deadline of a wait is for one emit, not for all of them.
        let reach = |least: usize| {
            while done.load(Ordering::SeqCst) < least {
                let before = done.load(Ordering::SeqCst);
                wait_for("another emit", || {
                    (done.load(Ordering::SeqCst) > before).then_some(())
                });
            }
        };
        for part in [1, 2] {
            reach(part * total / 4);
            redis.kill9();
            reach(part * total / 4 + total / 8);
            let held = sandbox.found(&["--from", "journal", "-n", "1"]);
            assert_eq!(held.len(), 1, "the journal has them while Redis is away");
            redis.restart();
        }
        reach(total);
    });
    check(&sandbox, total);

    wait_for("an empty journal", || {
        // Long after any pause of the breaker.
        let mut drain = sandbox.command(&["emit", "--stdin", "-q"]);
        drain.env("EMP_NOW", (START + total * 10_000).to_string());
        let output = drain.output().expect("emp runs");
        assert!(output.status.success(), "{output:#?}");
        sandbox
            .found(&["--from", "journal"])
            .is_empty()
            .then_some(())
    });
    check(&sandbox, total);
    let entries = redis.entries("emp:events");
    let ids: BTreeSet<_> = entries.iter().map(|entry| &entry["eventId"]).collect();
    assert_eq!(ids.len(), total, "all of them are in Redis");
}

/// Every event is found exactly once, by its number and by its id.
fn check(sandbox: &Sandbox, total: usize) {
    let mut seen = vec![0; total];
    for event in sandbox.found(&[]) {
        let n = event["data"]["n"].as_u64().expect("a number");
        seen[usize::try_from(n).expect("a small number")] += 1;
    }
    let wrong = |times: usize| seen.iter().filter(|seen| **seen == times).count();
    assert!(
        seen.iter().all(|times| *times == 1),
        "{} are lost, {} show twice",
        wrong(0),
        wrong(2)
    );
}
