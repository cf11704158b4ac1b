//! `emp stream`: live, over outages, floods and every kind of place.

use std::fs::OpenOptions;
use std::io::Write;
use std::thread;

use emp_cli::time::Clock;

use crate::support::{Running, Sandbox, TestRedis, wait_for};

/// `emp stream`, on the system's own clock: the server's entries carry it, too.
fn follow(sandbox: &Sandbox, args: &[&str]) -> Running {
    let mut command = sandbox.command(&[&["stream", "-o", "jsonl"], args].concat());
    command.env_remove("EMP_NOW");
    Running::spawn(command)
}

fn add(redis: &TestRedis, number: u32) {
    redis.add(
        "emp:events",
        &[
            ("service", "s"),
            ("eventType", "test.event"),
            ("n", &number.to_string()),
        ],
    );
}

/// The numbers of the events shown, in their order.
fn numbers(shown: &str) -> Vec<u32> {
    let number = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        event["n"].as_str().and_then(|n| n.parse().ok())
    };
    let whole = shown.rfind('\n').map_or("", |end| &shown[..end]);
    whole.lines().filter_map(number).collect()
}

/// Follows until it is shown that it does: events are added until one is shown.
fn begun(redis: &TestRedis, running: &Running) {
    wait_for("the first event", || {
        redis.add(
            "emp:events",
            &[("service", "s"), ("eventType", "test.begun")],
        );
        running.stdout().contains("test.begun").then_some(())
    });
}

fn ends_well(running: Running) -> (String, String) {
    running.interrupt();
    let (shown, said, status) = running.finish();
    assert_eq!(status.code(), Some(0), "{said}");
    (shown, said)
}

#[test]
fn events_are_shown_as_they_happen() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    add(&redis, 1);
    let running = follow(&sandbox, &[]);
    begun(&redis, &running);
    add(&redis, 2);
    running.wait_for("\"n\":\"2\"");
    let (shown, said) = ends_well(running);
    assert_eq!((numbers(&shown), said), (vec![2], String::new()));
}

#[test]
fn filters_hold_and_a_limit_ends() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let running = follow(
        &sandbox,
        &[
            "service:worker",
            "-type:*.noise",
            "--job-id",
            "job_1*",
            "--last",
            "1h",
            "-n",
            "2",
        ],
    );
    let event = |service, event_type, job, n| {
        redis.add(
            "emp:errors",
            &[
                ("service", service),
                ("eventType", event_type),
                ("jobId", job),
                ("n", n),
            ],
        );
    };
    event("worker", "job.noise", "job_1", "1");
    event("api", "job.done", "job_1", "2");
    event("worker", "job.done", "job_2", "3");
    event("worker", "job.done", "job_12", "4");
    event("worker", "job.done", "job_1", "5");
    event("worker", "job.done", "job_1", "6");
    let (shown, said, status) = running.finish();
    assert_eq!(status.code(), Some(0), "{said}");
    assert_eq!(numbers(&shown), [4, 5]);
}

#[test]
fn history_and_news_meet_without_gap_or_repeat() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let (before, all) = (1500, 6000);
    (0..before).for_each(|number| add(&redis, number));
    // Added while it starts, catches up and follows.
    let mut running = None;
    for number in before..all {
        if number == before + 100 {
            running = Some(follow(&sandbox, &["--last", "10m"]));
        }
        add(&redis, number);
    }
    let running = running.expect("started");
    running.wait_for(&format!("\"n\":\"{}\"", all - 1));
    let (shown, said) = ends_well(running);
    assert_eq!(said, "");
    assert!(
        numbers(&shown) == (0..all).collect::<Vec<_>>(),
        "a gap or a repeat"
    );
}

#[test]
fn what_came_together_is_in_the_order_in_which_it_happened() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let now = Clock::system().now;
    // As two emitters add them within one millisecond.
    for number in 0..20 {
        let stream = if number % 3 == 0 {
            "emp:errors"
        } else {
            "emp:events"
        };
        let (at, n) = (now.plus(number - 100).get().to_string(), number.to_string());
        redis.add_at(
            stream,
            &format!("{}-*", now.get()),
            &[("timestamp", &at), ("n", &n)],
        );
    }
    let (shown, said, _) = follow(&sandbox, &["--last", "1h", "-n", "20"]).finish();
    assert_eq!(numbers(&shown), (0..20).collect::<Vec<_>>(), "{said}");
}

#[test]
fn a_server_that_crashes_is_waited_for() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes", "--appendfsync", "always"]);
    let sandbox = Sandbox::with(&redis);
    let running = follow(&sandbox, &[]);
    begun(&redis, &running);
    (0..100).for_each(|number| add(&redis, number));
    running.wait_for("\"n\":\"99\"");
    redis.kill9();
    running.wait_for_error("warning: lost redis+unix://");
    redis.restart();
    (100..200).for_each(|number| add(&redis, number));
    running.wait_for("\"n\":\"199\"");
    running.wait_for_error("is back after");
    let (shown, said) = ends_well(running);
    assert_eq!(numbers(&shown), (0..200).collect::<Vec<_>>(), "{said}");
    assert!(!said.contains("trimmed"), "{said}");
}

#[test]
fn a_server_that_is_away_at_first_is_waited_for() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes", "--appendfsync", "always"]);
    let sandbox = Sandbox::with(&redis);
    add(&redis, 1);
    redis.kill9();
    let running = follow(&sandbox, &[]);
    running.wait_for_error("trying again until it answers");
    redis.restart();
    add(&redis, 2);
    running.wait_for("\"n\":\"2\"");
    running.wait_for_error("answers now");
    let (shown, _) = ends_well(running);
    assert_eq!(numbers(&shown), [2], "what happened before is no news");
}

/// The most memory that a process has held, in kB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.expect("a peak").parse().expect("a number")
}

#[test]
fn a_flood_before_a_slow_reader_takes_no_memory_and_losses_are_counted() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut command = sandbox.command(&["stream", "-o", "jsonl", "--last", "1h"]);
    command.env_remove("EMP_NOW");
    let mut running = Running::spawn_unread(command);
    let flood: u32 = 200_000;
    // In the server, as fast as it can; the cap overtakes whoever does not read.
    let script = "for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do redis.call('XADD', KEYS[1], 'MAXLEN', '~', 20000, '*', \
                  'service', 's', 'eventType', 'test.flood', 'eventId', 'id-' .. n, 'n', n, 'data', ARGV[3]) end";
    let data = format!("{{\"filler\":\"{}\"}}", "x".repeat(300));
    // It has begun: what it cannot show any more fills its pipe.
    let round = |from: u32, to: u32| {
        let (from, to) = (from.to_string(), to.to_string());
        let _: Option<String> = redis.run(&["EVAL", script, "1", "emp:events", &from, &to, &data]);
    };
    round(0, 999);
    wait_for("emp to follow", || {
        let clients: String = redis.run(&["CLIENT", "LIST"]);
        clients.contains("cmd=xread").then_some(())
    });
    for start in (1000..flood).step_by(10_000) {
        round(start, (start + 9_999).min(flood - 1));
    }
    assert!(
        peak(running.pid()) < 60 * 1024,
        "{} kB",
        peak(running.pid())
    );
    running.read();
    running.wait_for(&format!("\"n\":\"{}\"", flood - 1));
    let peak = peak(running.pid());
    let (shown, said) = ends_well(running);
    assert!(peak < 60 * 1024, "{peak} kB");
    let shown = numbers(&shown);
    assert!(shown.is_sorted_by(|one, next| one < next), "an event twice");
    let missed: u32 = said
        .lines()
        .filter_map(|line| {
            line.strip_prefix("warning: ")?
                .split_once(" entries of emp:events were trimmed")
        })
        .map(|(count, _)| count.parse::<u32>().expect("a count"))
        .sum();
    assert!(missed > 0, "{said}");
    assert_eq!(missed as usize + shown.len(), flood as usize, "{said}");
}

#[test]
fn a_file_is_followed_as_it_grows() {
    let sandbox = Sandbox::new();
    let line = |number: u32| format!("{{\"eventType\":\"test.line\",\"n\":\"{number}\"}}\n");
    // More than is taken in one look.
    let file = sandbox.write("log", (0..5000).map(line).collect::<String>());
    let running = follow(&sandbox, &["--from", "log"]);
    running.wait_for("\"n\":\"4999\"");
    let mut log = OpenOptions::new().append(true).open(file).expect("a file");
    let (half, rest) = (&line(5000)[..20], &line(5000)[20..]);
    log.write_all(half.as_bytes()).expect("written");
    log.write_all(rest.as_bytes()).expect("written");
    running.wait_for("\"n\":\"5000\"");
    let (shown, said) = ends_well(running);
    assert_eq!(
        (numbers(&shown), said),
        ((0..=5000).collect(), String::new())
    );
}

#[test]
fn standard_input_is_followed_to_its_end() {
    let sandbox = Sandbox::new();
    let mut running = follow(&sandbox, &["type:test.*", "--from", "-"]);
    running.write("{\"eventType\":\"test.line\",\"n\":\"1\"}\nnoise\n{\"eventType\":\"other\"}\n");
    running.wait_for("\"n\":\"1\"");
    running.write("{\"eventType\":\"test.line\",\"n\":\"2\"}");
    running.close_input();
    let (shown, said, status) = running.finish();
    assert_eq!(status.code(), Some(0), "{said}");
    assert_eq!(numbers(&shown), [1, 2]);
}

#[test]
fn what_waits_in_the_journal_is_shown_once() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes", "--appendfsync", "always"]);
    let sandbox = Sandbox::with(&redis);
    let emit = |n: &str| {
        let field = format!("n={n}");
        let args = ["emit", "test.kept", "--service", "s", "-d", &field];
        let mut command = sandbox.command(&args);
        command.env_remove("EMP_NOW");
        let output = command.output().expect("emp runs");
        assert!(output.status.success(), "{output:?}");
    };
    let running = follow(&sandbox, &[]);
    begun(&redis, &running);
    redis.kill9();
    running.wait_for_error("lost");
    emit("1");
    running.wait_for("{\"n\":\"1\"}");
    redis.restart();
    running.wait_for_error("is back");
    // The next one takes along what waits.
    emit("2");
    wait_for("the journal to be drained", || {
        let kept: Vec<(String, Vec<String>)> = redis.run(&["XRANGE", "emp:events", "-", "+"]);
        let kept = kept
            .iter()
            .filter(|(_, fields)| fields.contains(&"test.kept".to_owned()));
        (kept.count() == 2).then_some(())
    });
    running.wait_for("{\"n\":\"2\"}");
    begun_again(&redis, &running);
    let (shown, _) = ends_well(running);
    assert_eq!(shown.matches("{\"n\":\"1\"}").count(), 1, "{shown}");
    assert_eq!(shown.matches("{\"n\":\"2\"}").count(), 1, "{shown}");
}

/// Everything added until now has been shown.
fn begun_again(redis: &TestRedis, running: &Running) {
    redis.add("emp:events", &[("eventType", "test.last")]);
    running.wait_for("test.last");
}

#[test]
fn many_follow_at_once() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let all: Vec<_> = (0..3)
        .map(|_| follow(&sandbox, &["-n", "50", "--last", "1h"]))
        .collect();
    (0..50).for_each(|number| add(&redis, number));
    let ends: Vec<_> = all
        .into_iter()
        .map(|running| thread::spawn(|| running.finish()))
        .collect();
    for end in ends {
        let (shown, said, status) = end.join().expect("an end");
        assert_eq!(status.code(), Some(0), "{said}");
        assert_eq!(numbers(&shown), (0..50).collect::<Vec<_>>());
    }
}
