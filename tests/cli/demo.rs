//! `emp demo`: the same every time, and everything it says to type works.

use crate::support::{Sandbox, TestRedis};

/// What the demo prints, and what it says beside it.
fn demo(sandbox: &Sandbox, args: &[&str]) -> (String, String) {
    let mut command = sandbox.command(&[&["demo"], args].concat());
    // The sandbox names a Redis, which a newcomer has not.
    if !args.contains(&"--url") {
        command.env_remove("EMP_URL");
    }
    let output = command.output().expect("emp runs");
    assert!(output.status.success(), "{output:#?}");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr))
}

/// The command lines that the demo shows, without the program.
fn typed(shown: &str) -> Vec<String> {
    let program = env!("CARGO_BIN_EXE_emp");
    shown
        .lines()
        .filter_map(|line| {
            line.trim_start()
                .trim_start_matches("$ ")
                .strip_prefix(program)
        })
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn a_seed_gives_the_same_story() {
    let sandbox = Sandbox::new();
    let story = |seed| demo(&sandbox, &["--jobs", "24", "--seed", seed]).0;
    let one = story("1");
    assert_eq!(one, story("1"));
    assert_ne!(one, story("2"));
    // Nothing of an earlier run is left, unless that is asked for.
    let count = |args: &[&str]| {
        sandbox
            .stdout(&[&["search", "-o", "jsonl"], args].concat())
            .lines()
            .count()
    };
    let journal = sandbox
        .journal()
        .with_file_name("demo.db")
        .display()
        .to_string();
    let alone = count(&["--from", &journal]);
    assert!(alone > 300, "{alone}");
    demo(&sandbox, &["--jobs", "24", "--seed", "2"]);
    assert_eq!(count(&["--from", &journal]), alone);
    demo(&sandbox, &["--jobs", "24", "--seed", "1", "--keep"]);
    assert!(count(&["--from", &journal]) > alone + 300);
}

#[test]
fn what_it_says_to_type_works() {
    let sandbox = Sandbox::new();
    let (shown, said) = demo(&sandbox, &["--jobs", "24"]);
    assert!(said.contains("24 jobs emitted to"), "{said}");
    for part in [
        "✗ failed after",
        "! processing, silent for",
        "level:error",
        "Next",
    ] {
        assert!(shown.contains(part), "{part:?} in {shown}");
    }
    types_as_shown(&sandbox, &shown);
}

#[test]
fn it_can_fill_a_server() {
    let redis = TestRedis::start();
    // Nothing but the flag names it, and nothing but what is shown has to.
    let sandbox = Sandbox::new();
    let (shown, said) = demo(&sandbox, &["--jobs", "24", "--url", &redis.url()]);
    assert!(
        said.contains(&format!("emitted to {}", redis.url())),
        "{said}"
    );
    assert!(redis.len("emp:events") > 300 && redis.len("emp:errors") > 0);
    types_as_shown(&sandbox, &shown);
    assert!(!sandbox.journal().exists());
}

#[test]
fn a_redis_of_another_program_is_left_alone() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["demo", "--jobs", "3"]);
    command.env_remove("EMP_URL").env("REDIS_URL", redis.url());
    let output = command.output().expect("emp runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("demo.db in"),
        "{said}"
    );
    assert_eq!(redis.len("emp:events"), 0);
}

#[test]
fn a_server_that_is_away_gets_nothing_and_neither_does_the_journal() {
    let sandbox = Sandbox::new();
    let output = sandbox.command(&["demo"]).output().expect("emp runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert_eq!(said.matches("cannot reach Redis").count(), 1, "{said}");
    assert_eq!(output.stdout, b"");
    assert!(!sandbox.journal().exists());
}

#[test]
fn a_server_that_takes_no_events_is_named() {
    let redis = TestRedis::with_args(&["--maxmemory", "1", "--maxmemory-policy", "noeviction"]);
    let sandbox = Sandbox::with(&redis);
    let output = sandbox.command(&["demo"]).output().expect("emp runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("takes no events: OOM"), "{said}");
    assert!(!sandbox.journal().exists());
}

#[test]
fn a_password_is_not_shown() {
    let redis = TestRedis::start();
    let _: Option<String> = redis.run(&["CONFIG", "SET", "requirepass", "sesame"]);
    let sandbox = Sandbox::new();
    let url = format!("{}?pass=sesame", redis.url());
    let (shown, said) = demo(&sandbox, &["--jobs", "24", "--url", &url]);
    assert!(
        !shown.contains("sesame") && !said.contains("sesame"),
        "{shown}{said}"
    );
    assert!(said.contains("set EMP_URL to it"), "{said}");
    types_as_shown(&Sandbox::at(&url), &shown);
}

/// Runs each command line through a shell, as a person would who copies it.
fn types_as_shown(sandbox: &Sandbox, shown: &str) {
    let lines = typed(shown);
    assert_eq!(lines.len(), 7, "{shown}");
    for line in lines {
        let program = sandbox.command(&[]);
        let mut sh = std::process::Command::new("sh");
        sh.current_dir(sandbox.work()).env_clear();
        sh.envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        // A stream never ends by itself.
        let limit = if line.starts_with("stream") {
            " -n 1"
        } else {
            ""
        };
        sh.arg("-c")
            .arg(format!("{} {line}{limit}", env!("CARGO_BIN_EXE_emp")));
        let output = sh.output().expect("sh runs");
        assert!(output.status.success(), "{line}: {output:#?}");
        assert!(!output.stdout.is_empty(), "{line}: {output:#?}");
    }
}

#[test]
fn a_planted_run_is_printed_beside_its_truth() {
    let sandbox = Sandbox::new();
    let args = [
        "--plant",
        "race,stuck",
        "--jobs",
        "500",
        "--truth",
        "truth.json",
    ];
    let (lines, said) = demo(&sandbox, &args);
    assert_eq!(said, "");
    let truth = std::fs::read_to_string(sandbox.work().join("truth.json")).expect("the truth");
    let truth: serde_json::Value = serde_json::from_str(&truth).expect("JSON");
    assert_eq!(truth["end"], "2025-09-27T10:30:00.000Z");
    assert_eq!(truth["badMachine"], serde_json::Value::Null);
    assert_eq!(truth["stuck"].as_array().map(Vec::len), Some(3));
    // What is printed reads back, and the jobs of the truth are in it.
    let file = sandbox.write("events.jsonl", &lines);
    let job = truth["claimedTwice"].as_str().expect("a job");
    let from = file.display().to_string();
    let claims = sandbox.found(&[job, "type:job.claimed", "--from", &from]);
    assert_eq!(claims.len(), 2);
    assert_eq!(
        sandbox.found(&["--from", &from]).len(),
        lines.lines().count()
    );
    assert_eq!(demo(&sandbox, &args).0, lines);
}

#[test]
fn what_cannot_be_planted_is_refused() {
    let sandbox = Sandbox::new();
    for (args, words) in [
        (&["--plant", "rust"][..], "no cause is called \"rust\""),
        (
            &["--plant", "all", "--jobs", "499"],
            "needs 500 jobs or more",
        ),
        (&["--plant", "all", "--rate", "5"], "cannot be used with"),
        (&["--truth", "truth.json"], "--plant"),
    ] {
        let output = sandbox.command(&[&["demo"], args].concat()).output();
        let output = output.expect("emp runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}
