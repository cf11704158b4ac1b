//! How a collector starts, ends, and answers to signals and to a service manager.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{add, all_acknowledged, events_in, have_read, wait_until_acknowledged};
use crate::support::otlp::Receiver;
use crate::support::{Running, Sandbox, TestRedis, wait_for};

/// A collector that writes `logs/events.log` and keeps its spool in `spool`.
fn command(sandbox: &Sandbox, more: &[&str]) -> Command {
    // A notice of an alert would be one more event.
    sandbox.write(
        "emp.toml",
        "[[alerts]]\nname = \"new-error\"\nenabled = false\n",
    );
    let mut command = sandbox.command(&[&["collect"], more].concat());
    command
        .env("EMP_CONSUMER", "one")
        .env("EMP_LISTEN", "none")
        .env("EMP_COLLECT_FILE", "logs/events.log")
        .env("EMP_SPOOL", "spool");
    command
}

fn send(running: &Running, signal: Signal) {
    let pid = i32::try_from(running.pid()).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process"), signal).expect("it runs");
}

fn started(sandbox: &Sandbox, more: &[&str]) -> Running {
    let running = Running::spawn(command(sandbox, more));
    wait_for("the file", || {
        sandbox
            .work()
            .join("logs/events.log")
            .exists()
            .then_some(())
    });
    running
}

/// Asks it to stop: what it said, and its exit code.
fn stop(running: Running) -> (String, Option<i32>) {
    send(&running, Signal::TERM);
    let (_, said, status) = running.finish();
    (said, status.code())
}

/// What `emp collect` says when it does not start.
fn refusal(mut command: Command) -> String {
    let output = command.output().expect("emp runs");
    assert_eq!(output.status.code(), Some(2), "{output:#?}");
    String::from_utf8(output.stderr).expect("text")
}

/// Puts a file where the folder of the collector's file was: nothing can be written there.
fn block(sandbox: &Sandbox) {
    let logs = sandbox.work().join("logs");
    fs::rename(&logs, sandbox.work().join("moved")).expect("moved");
    fs::write(&logs, "").expect("a file");
}

fn unblock(sandbox: &Sandbox) {
    let logs = sandbox.work().join("logs");
    fs::remove_file(&logs).expect("removed");
    fs::rename(sandbox.work().join("moved"), &logs).expect("moved back");
}

#[test]
fn a_collector_that_is_told_to_stop_delivers_what_it_has() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let file = sandbox.work().join("logs/events.log");
    for signal in [Signal::TERM, Signal::INT] {
        let running = started(&sandbox, &[]);
        let before = events_in(&file).len();
        add(&redis, (1..=500).map(|number| number * 10 + 1));
        wait_for("the first event", || {
            (events_in(&file).len() > before).then_some(())
        });
        send(&running, signal);
        let (_, said, status) = running.finish();
        assert_eq!(status.code(), Some(0), "{said}");
        assert!(said.contains("everything is delivered"), "{said}");
        let pending: (u64, redis::Value, redis::Value, redis::Value) =
            redis.run(&["XPENDING", "emp:events", "telemetry-collectors"]);
        assert_eq!(pending.0, 0, "{said}");
        redis.run::<()>(&["FLUSHALL"]);
        fs::remove_file(&file).expect("removed");
    }
}

#[test]
fn what_an_output_cannot_take_is_counted_and_waits_for_the_next_start() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let running = started(&sandbox, &["--shutdown-timeout", "200ms"]);
    add(&redis, 1..=5);
    wait_until_acknowledged(&redis);
    block(&sandbox);
    add(&redis, 6..=25);
    running.wait_for_error("file: cannot deliver");
    // Not "are pending": those of the spool are acknowledged, sooner or later than somebody looks.
    wait_for("all of them to be read", || {
        have_read(&redis, |_| true).then_some(())
    });
    let (said, code) = stop(running);
    assert_eq!(code, Some(4), "{said}");
    let count = "stopped with 20 events undelivered: 20 in the spool, 0 unacknowledged";
    assert!(said.contains(count), "{said}");
    // They are safe, so that Redis need not keep them.
    assert!(all_acknowledged(&redis));
    unblock(&sandbox);
    redis.run::<()>(&["FLUSHALL"]);
    let running = started(&sandbox, &[]);
    running.wait_for_error("20 events wait in the spool from before");
    let file = sandbox.work().join("logs/events.log");
    wait_for("the events of the spool", || {
        (events_in(&file).len() == 25).then_some(())
    });
    let (said, code) = stop(running);
    assert_eq!(code, Some(0), "{said}");
    let counts = events_in(&file);
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
}

#[test]
fn what_is_merely_not_acknowledged_is_delivered() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let running = started(&sandbox, &["--shutdown-timeout", "200ms"]);
    redis.run::<()>(&["ACL", "SETUSER", "default", "-xack"]);
    add(&redis, 1..=10);
    let file = sandbox.work().join("logs/events.log");
    wait_for("all of them", || {
        (events_in(&file).len() == 10).then_some(())
    });
    let (said, code) = stop(running);
    let count = "10 events could not be acknowledged: every output has them, and they come again";
    assert!(said.contains(count), "{said}");
    assert!(said.contains("everything is delivered"), "{said}");
    assert_eq!(code, Some(0), "{said}");
}

/// The log of the job that ended cannot be read before the end, and the server still takes
/// acknowledgements.
#[test]
fn a_job_that_could_not_be_told_at_the_end_is_told_by_the_next() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let backend = Receiver::start();
    let url = backend.url();
    let otlp = ["--otlp-endpoint", &url, "--otlp-protocol", "http/protobuf"];
    let args = [&otlp[..], &["--otlp-signals", "traces"]].concat();
    let running = started(&sandbox, &args);
    redis.run::<()>(&["ACL", "SETUSER", "default", "-getrange"]);
    for (number, event_type) in [("1", "job.created"), ("2", "job.completed")] {
        let data = format!(r#"{{"n":{number}}}"#);
        let fields = [
            ("eventType", event_type),
            ("jobId", "job_1"),
            ("data", &data),
        ];
        redis.add("emp:events", &fields);
    }
    let file = sandbox.work().join("logs/events.log");
    wait_for("both events", || {
        (events_in(&file).len() == 2).then_some(())
    });
    let (said, _) = stop(running);
    assert!(backend.taken().is_empty(), "{said}");
    redis.run::<()>(&["ACL", "SETUSER", "default", "+getrange"]);
    let running = started(&sandbox, &args);
    wait_for("the spans of the job", || {
        let taken = backend.taken();
        taken
            .iter()
            .any(|taken| taken.path == "/v1/traces")
            .then_some(())
    });
    let (said, code) = stop(running);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_second_signal_stops_at_once_and_loses_nothing() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let running = started(&sandbox, &["--shutdown-timeout", "60m"]);
    block(&sandbox);
    add(&redis, 1..=20);
    running.wait_for_error("file: cannot deliver");
    send(&running, Signal::TERM);
    running.wait_for_error("SIGTERM: delivering");
    send(&running, Signal::TERM);
    let (_, said, status) = running.finish();
    assert_eq!(status.signal(), Some(Signal::TERM.as_raw()), "{said}");
    assert!(said.contains("SIGTERM again: stopping now"), "{said}");
    unblock(&sandbox);
    let running = started(&sandbox, &[]);
    let file = sandbox.work().join("logs/events.log");
    wait_for("all events", || {
        (events_in(&file).len() == 20).then_some(())
    });
    let (said, code) = stop(running);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_file_that_was_moved_away_is_opened_anew() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let file = sandbox.work().join("logs/events.log");
    let moved = sandbox.work().join("logs/moved");
    let running = started(&sandbox, &[]);
    add(&redis, 1..=5);
    wait_until_acknowledged(&redis);
    fs::rename(&file, &moved).expect("moved");
    send(&running, Signal::HUP);
    running.wait_for_error("SIGHUP: opening files anew");
    add(&redis, 6..=12);
    wait_for("the new file", || {
        (events_in(&file).len() == 7).then_some(())
    });
    assert_eq!(events_in(&moved).len(), 5);
    let (said, code) = stop(running);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_collector_without_an_output_does_not_start() {
    let sandbox = Sandbox::new();
    let mut production = sandbox.command(&["collect", "--listen", "none"]);
    production.env("NODE_ENV", "production");
    let none = sandbox.command(&["collect", "--listen", "none", "--file", "none"]);
    for command in [production, none] {
        let said = refusal(command);
        assert!(said.contains("error: no output is set"), "{said}");
        assert!(said.contains("hint: name a file with --file"), "{said}");
    }
    assert!(!sandbox.work().join("logs").exists());
}

#[test]
fn what_cannot_be_written_is_told_at_the_start() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    sandbox.write("occupied", "");
    let said = refusal(command(&sandbox, &["--file", "occupied/events.log"]));
    assert!(
        said.contains("cannot write events to occupied/events.log"),
        "{said}"
    );
    assert!(said.contains("--file names another file"), "{said}");
    let said = refusal(command(&sandbox, &["--spool", "occupied/spool"]));
    assert!(said.contains("cannot keep events for file"), "{said}");
    assert!(said.contains("--spool names another folder"), "{said}");
    // Nothing was read for outputs that cannot take it.
    assert!(!redis.run::<bool>(&["EXISTS", "emp:events"]));
}

#[test]
fn two_collectors_share_neither_spool_nor_file() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let running = started(&sandbox, &[]);
    let two = ["--consumer", "two", "--file", "two.log"];
    let said = refusal(command(&sandbox, &two));
    assert!(said.contains("another collector uses it"), "{said}");
    assert!(said.contains("one for each collector"), "{said}");
    let said = refusal(command(&sandbox, &["--consumer", "two", "--spool", "two"]));
    assert!(said.contains("another collector writes it"), "{said}");
    let (said, code) = stop(running);
    assert_eq!(code, Some(0), "{said}");
}

/// What a collector tells the service manager, until a message has this in it.
fn told(socket: &UnixDatagram, text: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut message = [0; 4096];
    loop {
        let length = socket.recv(&mut message).unwrap_or_else(|error| {
            panic!("waited for {text:?} after {seen:#?}: {error}");
        });
        let message = String::from_utf8_lossy(&message[..length]).into_owned();
        let found = message.contains(text);
        seen.push(message);
        if found {
            return seen;
        }
    }
}

#[test]
fn a_service_manager_is_told_how_things_stand() {
    let mut redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let path = sandbox.work().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a deadline");
    let mut watched = command(&sandbox, &[]);
    watched.env("NOTIFY_SOCKET", &path);
    watched.env("WATCHDOG_USEC", "500000");
    let running = Running::spawn(watched);
    let ready = told(&socket, "READY=1");
    let fine = "STATUS=reading emp:events and emp:errors; delivering to file\n";
    assert!(
        ready.last().is_some_and(|last| last.contains(fine)),
        "{ready:#?}"
    );
    told(&socket, "WATCHDOG=1");
    block(&sandbox);
    add(&redis, [1]);
    told(&socket, "STATUS=file: cannot write ");
    unblock(&sandbox);
    told(&socket, fine);
    redis.kill9();
    told(&socket, "emp:events: cannot reach Redis");
    redis.restart();
    told(&socket, fine);
    send(&running, Signal::TERM);
    let last = told(&socket, "STOPPING=1");
    assert!(last.iter().all(|message| !message.contains("READY=1")));
    let (_, said, status) = running.finish();
    assert_eq!(status.code(), Some(0), "{said}");
}

/// It is ready though Redis is away, or a start of the machine would fail for that.
#[test]
fn a_server_that_is_away_fails_no_start() {
    let sandbox = Sandbox::new();
    let path = sandbox.work().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .expect("a deadline");
    let mut watched = command(&sandbox, &[]);
    watched.env("NOTIFY_SOCKET", &path);
    let running = Running::spawn(watched);
    let told = told(&socket, "READY=1");
    let status = "emp:events: cannot reach Redis";
    assert!(
        told.last().is_some_and(|last| last.contains(status)),
        "{told:#?}"
    );
    let (said, code) = stop(running);
    assert_eq!(code, Some(0), "{said}");
}
