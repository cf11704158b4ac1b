//! A disk that is full: no file may grow beyond a limit, which stands for it.

use std::fs;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use super::{GROUPS, events_in, wait_until_acknowledged};
use crate::support::{Running, Sandbox, TestRedis, wait_for};

/// `emp collect` that may write files of half a megabyte at most, as long as it is not allowed more.
fn limited(sandbox: &Sandbox) -> Command {
    let emp = sandbox.command(&[
        "collect",
        "--consumer",
        "one",
        "--listen",
        "none",
        "--no-index",
    ]);
    let mut command = Command::new("sh");
    let text = "trap '' XFSZ; ulimit -S -f 1024; exec \"$0\" \"$@\"";
    command
        .args(["-c", text])
        .arg(emp.get_program())
        .args(emp.get_args());
    command.current_dir(sandbox.work()).env_clear();
    let set = emp.get_envs();
    command.envs(set.filter_map(|(name, value)| Some((name, value?))));
    command
        .env("EMP_COLLECT_FILE", "logs/events.log")
        .env("EMP_COLLECT_FILE_SIZE", "6KB")
        .env("EMP_BATCH_EVENTS", "10")
        .env("EMP_SPOOL", "spool");
    command
}

fn pid(running: &Running) -> Pid {
    let pid = i32::try_from(running.pid()).ok().and_then(Pid::from_raw);
    pid.expect("a process")
}

/// How often each event stands in all files.
fn seen(sandbox: &Sandbox) -> std::collections::BTreeMap<i64, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for entry in fs::read_dir(sandbox.work().join("logs"))
        .into_iter()
        .flatten()
    {
        for (number, count) in events_in(&entry.expect("an entry").path()) {
            *counts.entry(number).or_default() += count;
        }
    }
    counts
}

/// What cannot be kept stays in Redis, what is delivered is not delivered again and again, and once
/// there is room everything goes on.
#[test]
fn a_full_disk_stops_a_collector_and_loses_and_repeats_nothing() {
    const EVENTS: i64 = 10_000;
    // Of a backlog, pages of 1,024: three asked for ahead, three whose notes are on their way, and the one
    // at hand; and what the lane holds.
    const AT_HAND: i64 = 8 * 1_024;
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let logs = sandbox.work().join("logs");
    let (stream, group) = GROUPS[0];
    let mut command = limited(&sandbox);
    // Trimming is always near: what makes a collector read on though it has no room.
    command.env("EMP_EVENTS_MAX_LEN", "100");
    command.env("EMP_COLLECT_TRIM", "false");
    command.env("EMP_COLLECT_FILE_TOTAL", "100MB");
    let running = Running::spawn(command);
    wait_for("the file", || {
        logs.join("events.log").exists().then_some(())
    });
    fs::rename(&logs, sandbox.work().join("moved")).expect("moved");
    fs::write(&logs, "in the way").expect("a file");
    let words = "x".repeat(200);
    for number in 1..=EVENTS {
        let data = format!(r#"{{"n":{number},"words":"{words}"}}"#);
        redis.add(
            stream,
            &[("eventType", "job.progress_updated"), ("data", &data)],
        );
    }
    running.wait_for_error("cannot use the spool, events stay in Redis");
    // Now there is no room to take out of the spool what is delivered, either.
    let limit = |current| Rlimit {
        current,
        maximum: None,
    };
    let pid = pid(&running);
    prlimit(Some(pid), Resource::Fsize, limit(Some(5_000))).expect("less room");
    fs::remove_file(&logs).expect("removed");
    running.wait_for_error("delivers again");
    running.wait_for_error("waits until delivered events can be taken out");
    // What is read stands in memory, so that is little, however much there is.
    let pending: (i64, redis::Value, redis::Value, redis::Value) =
        redis.run(&["XPENDING", stream, group]);
    assert!(pending.0 <= AT_HAND, "{}", pending.0);
    prlimit(Some(pid), Resource::Fsize, limit(None)).expect("more room");
    wait_until_acknowledged(&redis);
    wait_for("everything", || {
        (seen(&sandbox).len() == usize::try_from(EVENTS).expect("a number")).then_some(())
    });
    kill_process(pid, Signal::TERM).expect("it runs");
    let (_, said, status) = running.finish();
    assert_eq!(status.code(), Some(0), "{said}");
    let repeated = seen(&sandbox).into_iter().find(|(_, count)| *count > 1);
    assert_eq!(repeated, None, "{said}");
}
