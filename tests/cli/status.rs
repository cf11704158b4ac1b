//! Live status: on channels and under a key for a while, never in a stream.

use emp_cli::config::{Inputs, Settings};
use emp_cli::emit::Emitter;
use emp_cli::event::{Millis, Status};

use crate::support::{Running, Sandbox, Terminal, TestRedis, wait_for};

/// Publishes until the listener has shown it: only a subscriber that is there hears.
fn heard(sandbox: &Sandbox, args: &[&str], shown: impl Fn() -> bool) {
    wait_for("a status is heard", || {
        sandbox.emp(args).assert().success().stdout("");
        shown().then_some(())
    });
}

#[test]
fn a_status_is_published_and_kept_for_a_while() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let running = Running::spawn(sandbox.command(&["stream", "--status", "--job-id", "j1"]));
    let status = [
        "emit",
        "--status",
        "job",
        "--job-id",
        "j1",
        "-d",
        "progress:=42",
    ];
    heard(&sandbox, &status, || {
        running.stdout().contains("\"progress\":42")
    });
    let machine = [
        "emit",
        "--status",
        "machine",
        "--machine-id",
        "m1",
        "-d",
        "utilization:=97",
    ];
    sandbox.emp(&machine).assert().success();
    let comfyui = [
        "emit", "--status", "comfyui", "--job-id", "j1", "-d", "step:=1",
    ];
    heard(&sandbox, &comfyui, || {
        running.stdout().contains("\"step\":1")
    });
    running.interrupt();
    let (shown, said, status) = running.finish();
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(
        !shown.contains("utilization"),
        "only the job was asked for: {shown}"
    );

    let kept: String = redis.run(&["GET", "job:j1:latest-status"]);
    let kept: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    assert_eq!(
        (&kept["jobId"], &kept["progress"]),
        (&"j1".into(), &42.into())
    );
    for key in [
        "job:j1:latest-status",
        "machine:m1:latest-gpu",
        "comfyui:j1:latest-progress",
    ] {
        let ttl: i64 = redis.run(&["TTL", key]);
        assert!((1..=60).contains(&ttl), "{key}: {ttl}");
    }
}

#[test]
fn ten_thousand_statuses_leave_the_streams_alone() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    sandbox
        .emp(&["emit", "job.created", "--job-id", "j1"])
        .assert()
        .success();
    sandbox
        .emp(&["emit", "--error", "X", "--job-id", "j1"])
        .assert()
        .success();
    let flags = [("redis.url", "--url", redis.url())];
    let settings = Settings::load(&Inputs {
        env: &|_| None,
        folder: &sandbox.work(),
        file: None,
        flags: &flags,
    })
    .expect("settings");
    let mut emitter = Emitter::new(&settings);
    for progress in 0..10_000 {
        let payload = format!("{{\"progress\":{}}}", progress % 100);
        let status = Status::read("job:j1:status", &payload).expect("a status");
        emitter
            .publish(&status, Millis::clamped(progress))
            .expect("published");
    }
    assert_eq!((redis.len("emp:events"), redis.len("emp:errors")), (1, 1));
    let kept: String = redis.run(&["GET", "job:j1:latest-status"]);
    assert!(kept.contains("\"progress\":99"), "{kept}");
}

#[test]
fn a_timeline_shows_the_status_of_a_job_that_runs() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    for event in ["job.created", "job.processing_started"] {
        sandbox
            .emp(&["emit", event, "--job-id", "j1"])
            .assert()
            .success();
    }
    let status = [
        "emit",
        "--status",
        "job",
        "--job-id",
        "j1",
        "-d",
        "progress:=42",
        "-d",
        "fps:=12",
    ];
    sandbox.emp(&status).assert().success();
    let shown = sandbox.stdout(&["timeline", "j1"]);
    assert!(shown.contains("status  42 % fps=12 (0 ms ago)"), "{shown}");
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.stdout(&["timeline", "j1", "-o", "json"])).expect("JSON");
    assert_eq!(json["status"]["progress"], 42);
    // What has ended has no status any more, whatever is still kept.
    sandbox
        .emp(&["emit", "job.completed", "--job-id", "j1"])
        .assert()
        .success();
    assert!(!sandbox.stdout(&["timeline", "j1"]).contains("42 %"));
}

#[test]
fn bars_are_drawn_on_a_terminal() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let screen = Terminal::spawn(sandbox.command(&["stream", "--status"]), 80);
    let evil = "j\u{1b}[2J";
    let status = [
        "emit",
        "--status",
        "job",
        "--job-id",
        evil,
        "-d",
        "progress:=50",
    ];
    heard(&sandbox, &status, || screen.text().contains("50 %"));
    assert!(
        screen.text().contains("job j\\x1b[2J ["),
        "{:?}",
        screen.text()
    );
    screen.interrupt();
    let (_, status) = screen.finish();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_server_that_is_away_is_no_news_to_a_script() {
    let sandbox = Sandbox::new();
    let status = [
        "emit",
        "--status",
        "job",
        "--job-id",
        "j1",
        "-d",
        "progress:=42",
    ];
    sandbox
        .emp(&status)
        .assert()
        .success()
        .stdout("")
        .stderr("");
    assert!(!sandbox.journal().exists(), "a status is not kept");
    sandbox
        .emp(&[&status[..], &["--strict"]].concat())
        .assert()
        .code(3);
    sandbox
        .emp(&["emit", "--status", "machine", "--job-id", "j1"])
        .assert()
        .code(2);
    sandbox.emp(&["stream", "--status"]).assert().code(3);
}
