//! The collector at work, against a real server.

mod away;
mod bad_input;
mod chaos;
mod check;
mod full_disk;
mod otlp;
mod page;
mod reading;
mod running;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Running, Sandbox, TestRedis, wait_for};

/// Groups of the two streams.
const GROUPS: [(&str, &str); 2] = [
    ("emp:events", "telemetry-collectors"),
    ("emp:errors", "error-collectors"),
];

/// No alerts, which would add events of their own.
const QUIET: &str = "
[[alerts]]
name = \"new-error\"
enabled = false
[[alerts]]
name = \"critical-errors\"
enabled = false
[[alerts]]
name = \"service-failures\"
enabled = false
[[alerts]]
name = \"overtaken\"
enabled = false
";

/// A collector that runs.
struct Collector {
    running: Running,
    file: PathBuf,
}

impl Collector {
    /// Starts one with a file and a spool of its own.
    fn start(sandbox: &Sandbox, name: &str, more: &[&str]) -> Self {
        if !sandbox.work().join("emp.toml").exists() {
            sandbox.write("emp.toml", QUIET);
        }
        let file = sandbox.work().join(name).join("events.log");
        let spool = sandbox.work().join(name).join("spool");
        let (file_text, spool) = (file.display().to_string(), spool.display().to_string());
        let mut args = vec!["collect", "--consumer", name, "--listen", "none"];
        args.extend(["--spool", &spool]);
        if !more.contains(&"--file") {
            args.extend(["--file", &file_text]);
        }
        args.extend(more);
        Self {
            running: Running::spawn(sandbox.command(&args)),
            file,
        }
    }

    /// Ends it as a crash would.
    fn kill9(self) {
        self.signal(Signal::KILL);
        self.running.finish();
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.running.pid()).expect("a number");
        let pid = Pid::from_raw(pid).expect("a process");
        kill_process(pid, signal).expect("it runs");
    }

    /// Asks it to stop, and gives back what it said and its exit code.
    fn stop(self) -> (String, Option<i32>) {
        self.signal(Signal::TERM);
        let (_, said, status) = self.running.finish();
        (said, status.code())
    }

    /// How often each event stands in its file, by the number in its data.
    fn events(&self) -> BTreeMap<i64, usize> {
        events_in(&self.file)
    }
}

fn events_in(file: &Path) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    let text = fs::read_to_string(file).unwrap_or_default();
    // The last line may be on its way.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    for line in whole.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        let number = event["data"]["n"].as_i64().expect("a number");
        *counts.entry(number).or_default() += 1;
    }
    counts
}

/// Adds events with these numbers, as any client would.
fn add(redis: &TestRedis, numbers: impl IntoIterator<Item = i64>) {
    for number in numbers {
        let data = format!(r#"{{"n":{number}}}"#);
        let (stream, event_type) = match number % 10 {
            0 => ("emp:errors", "error.Timeout"),
            _ => ("emp:events", "job.progress_updated"),
        };
        redis.add(stream, &[("eventType", event_type), ("data", &data)]);
    }
}

/// What Redis says of a stream or of a group.
type Facts = BTreeMap<String, redis::Value>;

/// Whether both groups have read everything, and more holds for each. (Redis 7.0 counts lost entries as
/// a lag for ever.)
fn have_read(redis: &TestRedis, more: impl Fn(&Facts) -> bool) -> bool {
    GROUPS.iter().all(|(stream, group)| {
        let info: Facts = redis.run(&["XINFO", "STREAM", stream]);
        let groups: Vec<Facts> = redis.run(&["XINFO", "GROUPS", stream]);
        groups.iter().any(|found| {
            found["name"] == redis::Value::BulkString(group.as_bytes().to_vec())
                && found["last-delivered-id"] == info["last-generated-id"]
                && more(found)
        })
    })
}

/// Whether both groups have read and acknowledged everything.
fn all_acknowledged(redis: &TestRedis) -> bool {
    have_read(redis, |group| group["pending"] == redis::Value::Int(0))
}

fn wait_until_acknowledged(redis: &TestRedis) {
    wait_for("everything to be acknowledged", || {
        all_acknowledged(redis).then_some(())
    });
}
