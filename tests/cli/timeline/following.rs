//! `emp timeline --follow`: the picture that grows until the job ends.

use super::{Json, START, sample};
use crate::support::{Running, Sandbox, TestRedis, wait_for};

fn follow(sandbox: &Sandbox, args: &[&str]) -> Running {
    let mut command = sandbox.command(&[&["timeline", "--follow"], args].concat());
    command.env_remove("EMP_NOW");
    Running::spawn(command)
}

fn step(redis: &TestRedis, number: u32) {
    let event_type = format!("job.step_{number}");
    redis.add(
        "emp:events",
        &[
            ("service", "s"),
            ("jobId", "live"),
            ("eventType", &event_type),
        ],
    );
}

#[test]
fn following_ends_when_the_job_does() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    (0..20).for_each(|number| step(&redis, number));
    // Added before it follows, while it begins to, and after.
    let mut next = 20;
    let running = follow(&sandbox, &["live", "--exit-status"]);
    wait_for("the picture", || {
        step(&redis, next);
        next += 1;
        running.stdout().contains("job.step_0").then_some(())
    });
    redis.add(
        "emp:events",
        &[
            ("service", "s"),
            ("jobId", "other"),
            ("eventType", "job.failed"),
        ],
    );
    step(&redis, next);
    running.wait_for(&format!("job.step_{next}"));
    redis.add(
        "emp:errors",
        &[
            ("service", "s"),
            ("jobId", "live"),
            ("eventType", "error.Bad"),
            ("data", r#"{"message":"worn out"}"#),
        ],
    );
    redis.add(
        "emp:events",
        &[
            ("service", "s"),
            ("jobId", "live"),
            ("eventType", "job.failed"),
        ],
    );
    let (shown, said, status) = running.finish();
    assert_eq!((status.code(), said.as_str()), (Some(1), ""), "{shown}");
    // The head of the beginning, the rows, and the head again with what is known by now.
    let heads: Vec<_> = shown
        .lines()
        .filter(|line| line.starts_with("job live  "))
        .collect();
    assert_eq!(heads.len(), 2, "{shown}");
    assert!(!heads[0].contains("failed") && heads[1].contains("✗ failed after"));
    assert!(shown.contains(&format!("{} (2 failures) in", next + 3)));
    let rows = shown.split("\nSERVICE").next().expect("rows");
    for number in 0..=next {
        let count = rows
            .lines()
            .filter(|line| {
                line.split_whitespace()
                    .any(|word| word == format!("job.step_{number}"))
            })
            .count();
        assert_eq!(count, 1, "job.step_{number} in {shown}");
    }
    assert!(
        !shown.contains("[again]") && shown.contains("worn out"),
        "{shown}"
    );
}

#[test]
fn following_a_file_repeats_nothing() {
    let sandbox = Sandbox::new();
    let line = |event_type: &str| {
        format!(
            "{{\"timestamp\":{START},\"service\":\"s\",\"jobId\":\"live\",\"eventType\":\"{event_type}\"}}\n"
        )
    };
    // The same line twice is two events.
    let log = [line("job.created"), line("job.tick"), line("job.tick")].concat();
    let path = sandbox.write("log", &log);
    let running = follow(&sandbox, &["live", "--from", "log", "--full"]);
    running.wait_for("job.tick");
    std::fs::write(path, log + &line("job.tick") + &line("job.completed")).expect("a file");
    let (shown, said, status) = running.finish();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""), "{shown}");
    let rows = shown.split("\nSERVICE").next().expect("rows");
    let count = |event_type| rows.matches(event_type).count();
    assert_eq!(
        (
            count("job.created"),
            count("job.tick"),
            count("job.completed")
        ),
        (1, 3, 1),
        "{shown}"
    );
}

#[test]
fn an_id_that_nobody_has_mentioned_is_waited_for() {
    let redis = TestRedis::start();
    step(&redis, 1);
    let sandbox = Sandbox::with(&redis);
    let waiting = "waiting for the first event of next\n";
    let add = |job, event_type| {
        let fields = [("service", "s"), ("jobId", job), ("eventType", event_type)];
        redis.add("emp:events", &fields);
    };
    let running = follow(&sandbox, &["next", "--exit-status"]);
    running.wait_for_error(waiting);
    // Another id that begins so is not the one.
    add("next_but_one", "job.failed");
    add("next", "job.created");
    running.wait_for("job.created");
    add("next", "job.failed");
    let (shown, said, status) = running.finish();
    assert_eq!((status.code(), said.as_str()), (Some(1), waiting));
    assert!(shown.starts_with("job next  ") && !shown.contains("next_but_one"));

    for (args, waits) in [
        (["never", "--exit-status"], true),
        (["live", "--full"], false),
    ] {
        let running = follow(&sandbox, &args);
        if waits {
            running.wait_for_error("waiting for the first event of never\n");
        } else {
            running.wait_for("job.step_1");
            step(&redis, 2);
            running.wait_for("job.step_2");
        }
        running.interrupt();
        let (shown, _, status) = running.finish();
        assert_eq!(status.code(), Some(0), "{shown}");
        assert_eq!(
            shown.matches("\n  events    2 in").count(),
            usize::from(!waits),
            "{shown}"
        );
    }

    // What has ended has no next event.
    let mut ended = sandbox.command(&["timeline", "next", "--follow", "--from", "-"]);
    let output = ended.output().expect("emp runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn a_finished_job_is_not_followed() {
    let redis = TestRedis::start();
    sample(&redis);
    let sandbox = Sandbox::with(&redis);
    let (shown, said, status) = follow(&sandbox, &["job_abc1"]).finish();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
    assert!(
        shown.contains("failed at 2025-09-27 10:20:08.000"),
        "{shown}"
    );
    let (shown, _, _) = follow(&sandbox, &["job_abc1", "-o", "json"]).finish();
    let read: Json = serde_json::from_str(&shown).expect("one object");
    assert_eq!(read.event_count, 5);
}
