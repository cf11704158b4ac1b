//! The ladder of `emp emit`: Redis, else the journal, else one line; and the way back.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::support::{Sandbox, TestRedis, errors};

/// What a command ended with and said.
fn run(mut command: std::process::Command) -> (i32, String, String) {
    let output = command.output().expect("emp runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let code = output.status.code().expect("an exit code");
    (code, text(output.stdout), text(output.stderr))
}

fn emit(sandbox: &Sandbox, args: &[&str]) -> (i32, String, String) {
    run(sandbox.command(&[&["emit", "a.b"], args].concat()))
}

fn quiet() -> (i32, String, String) {
    (0, String::new(), String::new())
}

fn numbers(events: &[Value]) -> Vec<u64> {
    let of = |event: &Value| event["data"]["n"].as_u64().expect("a number");
    events.iter().map(of).collect()
}

#[test]
fn the_journal_keeps_events_and_a_later_emit_drains_them() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes"]);
    redis.kill9();
    let sandbox = Sandbox::with(&redis);
    for n in 0..5 {
        // Later ones happened earlier: they are drained as they were added all the same.
        let at = format!("-{n}m");
        let field = format!("n:={n}");
        assert_eq!(emit(&sandbox, &["-d", &field, "--at", &at]), quiet());
    }
    assert_eq!(numbers(&sandbox.found(&[])), [4, 3, 2, 1, 0]);

    redis.restart();
    assert_eq!(emit(&sandbox, &["-d", "n:=5", "--at", "-10m"]), quiet());
    let order: Vec<_> = redis
        .entries("emp:events")
        .iter()
        .map(|entry| entry["data"].clone())
        .collect();
    let meant = [5, 0, 1, 2, 3, 4].map(|n| format!("{{\"n\":{n}}}"));
    assert_eq!(order, meant, "its own, then the oldest first");
    assert!(sandbox.found(&["--from", "journal"]).is_empty());
    assert_eq!(numbers(&sandbox.found(&[])), [5, 4, 3, 2, 1, 0]);
    // Nothing is left to be drained twice.
    assert_eq!(emit(&sandbox, &["-d", "n:=6"]), quiet());
    assert_eq!(redis.len("emp:events"), 7);
}

#[test]
fn an_event_in_both_places_shows_once() {
    let redis = TestRedis::start();
    let away = Sandbox::new();
    assert_eq!(emit(&away, &["-d", "n:=1"]), quiet());
    // A drainer that died between adding to Redis and forgetting leaves this behind.
    let journal = away.journal();
    let both = Sandbox::with(&redis);
    let from = away.stdout(&["search", "-o", "jsonl"]);
    let mut copy = both.emp(&["emit", "--stdin"]);
    copy.write_stdin(from).assert().success();
    let mut search = both.command(&["search", "-o", "jsonl"]);
    let (code, found, _) = run({
        search.env("EMP_JOURNAL", &journal);
        search
    });
    assert_eq!((code, found.lines().count()), (0, 1), "{found}");
    let mut drain = both.command(&["emit", "a.b", "-d", "n:=2"]);
    run({
        drain.env("EMP_JOURNAL", &journal);
        drain
    });
    assert_eq!(redis.len("emp:events"), 3);
    assert_eq!(numbers(&both.found(&[])), [1, 2]);
}

#[test]
fn strict_tells_where_the_event_is() {
    let sandbox = Sandbox::new();
    let (code, out, said) = emit(&sandbox, &["--strict"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(
        said.starts_with("error: the event is kept in the journal"),
        "{said}"
    );
    assert!(
        said.contains("connection refused") && said.contains("hint: "),
        "{said}"
    );
    assert_eq!(sandbox.found(&[]).len(), 1);

    let redis = TestRedis::start();
    assert_eq!(emit(&Sandbox::with(&redis), &["--strict"]), quiet());
}

#[test]
fn a_loss_is_told_and_harms_nobody() {
    let sandbox = Sandbox::new();
    let file = sandbox.write("file", "");
    let lost = |args: &[&str]| {
        let mut command = sandbox.command(&[&["emit", "a.b"], args].concat());
        command.env("EMP_JOURNAL", file.join("journal.db"));
        run(command)
    };
    for (args, code) in [(&[][..], 0), (&["--strict"], 3)] {
        let (seen, out, said) = lost(args);
        assert_eq!((seen, out.as_str()), (code, ""), "{said}");
        assert_eq!(errors(&said), 1, "{said}");
        assert!(said.starts_with("error: the event is lost"), "{said}");
        assert!(
            said.contains("file/journal.db") && said.contains("hint: "),
            "{said}"
        );
    }
    // With a broken configuration as well, both are told.
    sandbox.write("emp.toml", "[redis]\nurll = \"x\"\n");
    let (code, _, said) = lost(&[]);
    assert_eq!((code, errors(&said)), (0, 2), "{said}");
    assert!(
        said.contains("is lost") && said.contains("did you mean `redis.url`?"),
        "{said}"
    );
}

#[test]
fn a_broken_configuration_costs_no_event() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::new();
    // The rest of the file counts: the event is where a query will look once the key is mended.
    let url = redis.url();
    let file =
        |more: &str| format!("{more}[redis]\nurl = \"{url}\"\n[journal]\npath = \"own.db\"\n");
    let emit = |args: &[&str], variable: (&str, &str)| {
        let mut command = sandbox.command(&[&["emit", "a.b"], args].concat());
        command.env_remove("EMP_URL").env_remove("EMP_JOURNAL");
        command.env(variable.0, variable.1);
        run(command)
    };
    for (number, (more, variable, said)) in [
        ("[emit]\ntimeot = \"1s\"\n", ("X", "1"), "`emit.timeot`"),
        (
            "[timeline]\ngap = \"soon\"\n",
            ("X", "1"),
            "`soon` is no duration",
        ),
        ("top = 1\n", ("X", "1"), "`top`"),
        ("", ("EMP_TIMEOUT", "soon"), "`soon` is no duration"),
    ]
    .into_iter()
    .enumerate()
    {
        sandbox.write("emp.toml", file(more));
        let (code, _, text) = emit(&[], variable);
        // A script must not fail for a word in a file above its folder, unless it asks to.
        assert_eq!(code, 0, "{text}");
        assert!(text.starts_with("error: ") && text.contains(said), "{text}");
        assert_eq!(
            redis.len("emp:events"),
            number as u64 + 1,
            "{more}{variable:?}"
        );
    }
    assert_eq!(emit(&["--strict"], ("EMP_TIMEOUT", "soon")).0, 2);
    // No Redis: into the journal that the file names.
    sandbox.write("emp.toml", file("top = 1\n"));
    assert_eq!(emit(&["--url", "redis://127.0.0.1:1"], ("X", "1")).0, 0);
    let journal = sandbox.work().join("own.db");
    let journal = journal.to_str().expect("text");
    fs::remove_file(sandbox.work().join("emp.toml")).expect("removed");
    assert_eq!(sandbox.found(&["--from", journal]).len(), 1);
}

/// A server that accepts, reads nothing and never answers, and counts who came.
struct Silent {
    url: String,
    came: Arc<AtomicUsize>,
}

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("redis://{}", listener.local_addr().expect("an address"));
        let came = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&came);
        thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                held.push(stream);
            }
        });
        Self { url, came }
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

#[test]
fn a_server_that_hangs_is_left_alone_for_a_while() {
    let silent = Silent::start();
    let sandbox = Sandbox::at(&silent.url);
    for _ in 0..20 {
        assert_eq!(emit(&sandbox, &["--timeout", "50ms"]), quiet());
    }
    assert_eq!(silent.came(), 1, "one waits, the others know");
    assert_eq!(sandbox.found(&["--from", "journal"]).len(), 20);
    let (code, _, said) = emit(&sandbox, &["--strict"]);
    assert_eq!(code, 3);
    assert!(said.contains("did not answer a short while ago"), "{said}");

    let at = |now: &str, url: &str| {
        let timeout = if url == silent.url { "50ms" } else { "20s" };
        let mut command = sandbox.command(&["emit", "a.b", "--timeout", timeout]);
        command.env("EMP_NOW", now).env("EMP_URL", url);
        run(command)
    };
    // After the pause one is let through, and the next pause is longer.
    for _ in 0..3 {
        assert_eq!(at("2025-09-27T10:30:31Z", &silent.url), quiet());
        assert_eq!(at("2025-09-27T10:31:01Z", &silent.url), quiet());
    }
    assert_eq!(silent.came(), 2);
    // Another server has done nothing wrong. It takes what waits.
    let redis = TestRedis::start();
    assert_eq!(at("2025-09-27T10:31:01Z", &redis.url()), quiet());
    assert_eq!(redis.len("emp:events"), 28);
}

#[test]
fn a_server_that_answers_again_is_used_again() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes"]);
    let sandbox = Sandbox::at(&redis.tcp_url());
    // CLIENT PAUSE holds answers back, as a server does whose disk is stuck.
    redis.run::<()>(&["CLIENT", "PAUSE", "100000", "WRITE"]);
    let impatient = ["-d", "n:=1", "--timeout", "50ms"];
    assert_eq!(emit(&sandbox, &impatient), quiet());
    redis.restart();
    assert_eq!(emit(&sandbox, &["-d", "n:=2"]), quiet());
    assert_eq!(redis.len("emp:events"), 0, "the pause is not over");
    let mut later = sandbox.command(&["emit", "a.b", "-d", "n:=3"]);
    later.env("EMP_NOW", "2025-09-27T10:30:31Z");
    assert_eq!(run(later), quiet());
    assert_eq!(numbers(&sandbox.found(&[])), [1, 2, 3]);
    // It answered: the pause is forgotten, even by those whose clock stands still.
    assert_eq!(emit(&sandbox, &["-d", "n:=4"]), quiet());
    assert_eq!(redis.len("emp:events"), 4);
    assert!(sandbox.found(&["--from", "journal"]).is_empty());
}
