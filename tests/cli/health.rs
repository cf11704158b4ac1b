//! `emp health`: a verdict for each state that a server, its readers and its writers can be in.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::support::{Running, Sandbox, Terminal, TestRedis};

/// 2025-09-27T10:30:00Z, the sandbox's now.
const NOW: u64 = 1_758_969_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    verdict: String,
    checks: Vec<Check>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    subject: String,
    name: String,
    verdict: String,
    message: String,
    hint: Option<String>,
    facts: Map<String, Value>,
}

impl Report {
    /// The report, which has to fit the exit code.
    fn of(sandbox: &Sandbox, args: &[&str]) -> Self {
        let args = [&["health", "-o", "json"], args].concat();
        let output = sandbox.command(&args).output().expect("emp runs");
        let report: Self = serde_json::from_slice(&output.stdout).expect("one object");
        let code = i32::from(report.verdict == "fail");
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let worst = ["fail", "warn", "ok"]
            .iter()
            .find(|verdict| report.checks.iter().any(|check| check.verdict == **verdict));
        assert_eq!(worst, Some(&report.verdict.as_str()));
        report
    }

    /// The one check of this name whose message begins so.
    fn check(&self, subject: &str, name: &str, begin: &str) -> &Check {
        let mut found = self.checks.iter().filter(|check| {
            check.subject == subject && check.name == name && check.message.starts_with(begin)
        });
        let check = found.next();
        assert!(found.next().is_none(), "{subject} {name} stands twice");
        let check =
            check.unwrap_or_else(|| panic!("no {subject} {name} {begin:?}: {:#?}", self.checks));
        assert_eq!(check.hint.is_some(), check.verdict != "ok", "{check:?}");
        check
    }

    fn verdict(&self, subject: &str, name: &str, begin: &str) -> &str {
        &self.check(subject, name, begin).verdict
    }
}

/// An event of a service, so long ago by the server's clock, and ahead of it by so much.
fn say(redis: &TestRedis, service: &str, ago_ms: u64, ahead_ms: u64) {
    let entry = NOW - ago_ms;
    let at = (entry + ahead_ms).to_string();
    let id = format!("{entry}-*");
    redis.add_at(
        "emp:events",
        &id,
        &[
            ("timestamp", &at),
            ("service", service),
            ("eventType", "health_check.performed"),
            ("traceId", "8d12404289e478577467c87b7b93f785"),
        ],
    );
}

#[test]
fn a_server_that_is_well() {
    let redis = TestRedis::with_args(&["--appendonly", "yes"]);
    let sandbox = Sandbox::with(&redis);
    for ago in [50_000, 40_000, 30_000, 20_000, 10_000] {
        say(&redis, "worker", ago, 0);
    }
    let report = Report::of(&sandbox, &["--services", "worker"]);
    assert_eq!(report.verdict, "ok", "{:#?}", report.checks);
    assert_eq!(
        report.verdict("redis", "persistence", "append-only file"),
        "ok"
    );
    assert_eq!(
        report.check("emp:events", "length", "5 of about").facts["length"],
        5
    );
    assert_eq!(report.verdict("emp:errors", "length", "not there"), "ok");
    assert_eq!(
        report.verdict("services", "service", "worker: 1.0 events/min, last 10"),
        "ok"
    );
    assert_eq!(report.verdict("journal", "backlog", "empty"), "ok");
    let text = sandbox.stdout(&["health"]);
    assert!(text.ends_with("\nhealthy\n"), "{text}");
    assert!(text.contains("  ✓ "), "{text}");
    let mut ascii = sandbox.command(&["health"]);
    ascii.env("LANG", "C");
    let text = ascii.output().expect("emp runs").stdout;
    assert!(text.is_ascii() && text.windows(4).any(|part| part == b" ok "));
}

#[test]
fn a_server_that_forgets_and_one_that_is_full() {
    let redis =
        TestRedis::with_args(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    let sandbox = Sandbox::with(&redis);
    say(&redis, "worker", 1000, 0);
    let report = Report::of(&sandbox, &[]);
    assert_eq!(
        report.verdict("redis", "persistence", "none: a restart loses"),
        "warn"
    );
    assert_eq!(report.verdict("redis", "eviction", "allkeys-lru"), "warn");
    assert_eq!(report.verdict("redis", "memory", ""), "ok");
    // Beside so much, what the connections take does not count.
    let _: u64 = redis.run(&["SETRANGE", "filler", "50000000", "x"]);
    let report = Report::of(&sandbox, &[]);
    let used = report.check("redis", "memory", "").facts["usedMemory"]
        .as_u64()
        .expect("bytes");
    for (max, verdict) in [(used * 112 / 100, "warn"), (used, "fail")] {
        let _: String = redis.run(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
        let _: String = redis.run(&["CONFIG", "SET", "maxmemory", &max.to_string()]);
        assert_eq!(
            Report::of(&sandbox, &[]).verdict("redis", "memory", ""),
            verdict
        );
    }
}

#[test]
fn groups_that_lag_and_hold() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let script = "for n = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'service', 's', 'eventType', 'a.b') end";
    let grow = |count| {
        let _: Option<String> = redis.run(&["EVAL", script, "1", "emp:events", count]);
    };
    grow("10");
    let _: String = redis.run(&["XGROUP", "CREATE", "emp:events", "slow", "0"]);
    let read = [
        "XREADGROUP",
        "GROUP",
        "slow",
        "c1",
        "COUNT",
        "4",
        "STREAMS",
        "emp:events",
        ">",
    ];
    let _: redis::Value = redis.run(&read);
    let report = Report::of(&sandbox, &[]);
    let check = report.check("emp:events", "group", "slow: lag 6, 4 pending, 1 consumer");
    assert_eq!(check.verdict, "ok");
    assert_eq!(
        (&check.facts["lag"], &check.facts["pending"]),
        (&6.into(), &4.into())
    );
    grow("1500");
    assert_eq!(
        Report::of(&sandbox, &[]).verdict("emp:events", "group", "slow: lag 1,506"),
        "warn"
    );
    grow("4000");
    let report = Report::of(&sandbox, &[]);
    assert_eq!(
        report.verdict("emp:events", "group", "slow: lag 5,506"),
        "fail"
    );
    assert_eq!(report.verdict, "fail");
}

#[test]
fn services_that_are_silent_or_ahead() {
    let redis = TestRedis::with_args(&["--appendonly", "yes"]);
    let sandbox = Sandbox::with(&redis);
    for number in (0..20).rev() {
        say(&redis, "old", 1_000_000 + number * 1000, 0);
    }
    for number in (0..20).rev() {
        say(&redis, "ahead", 30_000 + number * 1000, 20_000);
    }
    let report = Report::of(&sandbox, &["--services", "old,ghost,ahead"]);
    assert_eq!(report.verdict("services", "service", "old: "), "fail");
    assert_eq!(
        report.verdict("services", "service", "ghost: no event in the last 1h"),
        "fail"
    );
    let ahead = report.check("services", "service", "ahead: ");
    assert_eq!(ahead.verdict, "warn");
    assert!(ahead.message.contains("clock 20 s ahead"), "{ahead:?}");
    assert_eq!(report.verdict, "fail");
    // Nobody waits for them: then they are only listed.
    sandbox.write("emp.toml", "[health]\nservices = [\"ghost\"]\n");
    let report = Report::of(&sandbox, &["--services", ""]);
    assert_eq!(report.verdict("services", "service", "old: "), "ok");
    let services = report.checks.iter();
    let services = services.filter(|check| check.subject == "services");
    assert_eq!(services.count(), 2, "no ghost, and none without a name");
    let report = Report::of(&sandbox, &["--services", "ahead, "]);
    assert_eq!(report.verdict("services", "service", "ahead: "), "warn");
    assert_eq!(report.verdict, "warn");
}

#[test]
fn events_that_wait_and_a_server_that_is_away() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes"]);
    let sandbox = Sandbox::with(&redis);
    redis.kill9();
    for _ in 0..3 {
        sandbox
            .emp(&["emit", "worker.ready", "--service", "worker"])
            .assert()
            .success();
    }
    let report = Report::of(&sandbox, &[]);
    let server = report.check("redis", "server", "cannot reach Redis at redis+unix://");
    assert_eq!(
        (server.verdict.as_str(), report.verdict.as_str()),
        ("fail", "fail")
    );
    assert_eq!(report.verdict("services", "service", "worker: "), "ok");
    let waiting = report.check("journal", "backlog", "3 events wait");
    assert_eq!(
        (waiting.verdict.as_str(), &waiting.facts["count"]),
        ("warn", &3.into())
    );
    // A journal or a file by itself: its own events wait, or none do.
    let mut emit = sandbox.emp(&["emit", "worker.ready"]);
    emit.env("EMP_JOURNAL", "other.db").assert().success();
    let report = Report::of(&sandbox, &["--from", "other.db"]);
    assert_eq!(report.verdict("journal", "backlog", "1 event waits"), "ok");
    sandbox.write("log", "{}\n");
    let report = Report::of(&sandbox, &["--from", "log"]);
    assert!(report.checks.iter().all(|check| check.subject != "journal"));
    sandbox.emp(&["health"]).assert().code(1).stderr("");
    redis.restart();
    let report = Report::of(&sandbox, &[]);
    assert_eq!(
        report.verdict("journal", "backlog", "3 events wait"),
        "warn"
    );
    assert_eq!(report.verdict, "warn");
}

#[test]
fn a_key_of_another_type_is_one_line_of_the_report() {
    let redis = TestRedis::with_args(&["--appendonly", "yes"]);
    let sandbox = Sandbox::with(&redis);
    say(&redis, "worker", 1000, 0);
    let _: String = redis.run(&["SET", "emp:errors", "something"]);
    let report = Report::of(&sandbox, &[]);
    let taken = report.check("emp:errors", "length", "the key holds no stream");
    assert_eq!(
        (taken.verdict.as_str(), report.verdict.as_str()),
        ("fail", "fail")
    );
    assert_eq!(report.verdict("emp:events", "length", "1 of about"), "ok");
    assert_eq!(report.verdict("services", "service", "worker: "), "ok");
}

#[test]
fn refused_access_is_named_as_such() {
    let redis = TestRedis::with_args(&["--appendonly", "yes"]);
    say(&redis, "worker", 1000, 0);
    let user = |rules: &[&str]| {
        let words = [&["ACL", "SETUSER", "reader", "on", ">sesame", "~*"], rules].concat();
        let _: String = redis.run(&words);
    };
    let at = |password: &str| Sandbox::at(&format!("{}?user=reader&pass={password}", redis.url()));
    user(&["+@all"]);
    let report = Report::of(&at("wrong"), &[]);
    let server = report.check("redis", "server", "Redis at redis+unix://");
    assert!(
        server.message.contains("refuses access: WRONGPASS"),
        "{server:?}"
    );
    let hint = server.hint.as_deref().expect("a hint");
    assert!(
        hint.starts_with("check user and password in the address"),
        "{hint}"
    );
    assert_eq!(Report::of(&at("sesame"), &[]).verdict, "ok");

    // What it may still ask is told.
    user(&["-xrange", "-xrevrange"]);
    let report = Report::of(&at("sesame"), &[]);
    let events = report.check("redis", "events", "not all could be read: ");
    assert!(events.message.contains("NOPERM"), "{events:?}");
    assert_eq!(report.verdict("emp:events", "length", "1 of about"), "ok");
}

#[test]
fn watching_draws_anew_until_it_is_interrupted() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let watch = ["health", "--watch", "--interval", "100ms"];
    let terminal = Terminal::spawn(sandbox.command(&watch), 80);
    terminal.wait_for("a restart loses every event");
    say(&redis, "newcomer", 1000, 0);
    terminal.wait_for("newcomer: ");
    terminal.interrupt();
    let (text, status) = terminal.finish();
    assert_eq!(status.code(), Some(0), "{text}");
    assert!(text.contains("\u{1b}[2J"), "{text:?}");

    let mut redis = redis;
    let running = Running::spawn(sandbox.command(&watch));
    running.wait_for("newcomer: ");
    redis.kill9();
    running.wait_for("cannot reach Redis");
    redis.restart();
    let before = running.stdout().matches("no maxmemory set").count();
    crate::support::wait_for("it to be back", || {
        (running.stdout().matches("no maxmemory set").count() > before + 1).then_some(())
    });
    running.interrupt();
    let (shown, said, status) = running.finish();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
    assert!(!shown.contains('\u{1b}'), "no terminal, nothing to clear");
}
