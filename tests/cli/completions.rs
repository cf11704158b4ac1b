//! Completions, man pages and settings: what shells and readers are given.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Sandbox, TestRedis};

fn root(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Whether a program is here; says so where it is not.
#[expect(clippy::print_stderr, reason = "a check that is left out is named")]
fn has(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status()
        .expect("sh runs")
        .success();
    if !found {
        eprintln!("{program} is not on this machine: not checked with it");
    }
    found
}

#[test]
fn shells_can_read_the_scripts() {
    for (file, program, args) in [
        ("emp.bash", "bash", &["-n"][..]),
        ("_emp", "zsh", &["-n"]),
        ("emp.fish", "fish", &["-n"]),
        ("emp.elv", "elvish", &["-compileonly"]),
        ("_emp.ps1", "pwsh", &["-NoProfile", "-File"]),
    ] {
        let path = root("completions").join(file);
        let content = fs::read_to_string(&path).expect(file);
        assert!(
            content.contains("emp") && content.contains("timeline"),
            "{file}"
        );
        if has(program) {
            let output = Command::new(program)
                .args(args)
                .arg(&path)
                .output()
                .expect("it runs");
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{file}: {output:#?}"
            );
        }
    }
}

/// What a shell would offer for the last of these words.
fn offered(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut command = sandbox.command(&[&["--", "emp"], words].concat());
    command.env("COMPLETE", "bash").env("_CLAP_IFS", "\n");
    command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    let output = command.output().expect("emp runs");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:#?}"
    );
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn values_are_offered_from_recent_events() {
    let mut redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    for (service, job) in [
        ("worker", "job_old"),
        ("api-server", "job_new"),
        ("web\u{1b}[2J", "evil\u{7}"),
    ] {
        redis.add(
            "emp:events",
            &[
                ("service", service),
                ("jobId", job),
                ("eventType", "job.created"),
            ],
        );
    }
    let jobs = offered(&sandbox, &["timeline", "job"]);
    assert_eq!(jobs, ["job_new", "job_old"], "newest first");
    let services = offered(&sandbox, &["search", "--service", ""]);
    assert_eq!(services, ["api-server", "worker"]);
    assert_eq!(
        offered(&sandbox, &["stream", "--event-type", "j"]),
        ["job.created"]
    );
    assert_eq!(
        offered(&sandbox, &["search", "--job-id", "job_o"]),
        ["job_old"]
    );
    assert!(offered(&sandbox, &["ti"]).contains(&"timeline".to_owned()));

    redis.kill9();
    assert!(offered(&sandbox, &["timeline", "job"]).is_empty());
    sandbox
        .emp(&[
            "emit",
            "job.created",
            "--job-id",
            "job_kept",
            "--service",
            "s",
        ])
        .assert()
        .success();
    assert_eq!(offered(&sandbox, &["timeline", "job"]), ["job_kept"]);
}

#[test]
fn man_pages_can_be_read() {
    let mut pages = 0;
    let has_man = has("man");
    for page in fs::read_dir(root("man")).expect("man pages") {
        let path = page.expect("a page").path();
        pages += 1;
        let source = fs::read_to_string(&path).expect("text");
        assert!(
            source.contains(".SH NAME") && source.contains(".SH SYNOPSIS"),
            "{path:?}"
        );
        if has_man {
            let mut man = Command::new("man");
            man.args(["--warnings", "-l"])
                .arg(&path)
                .env("MANWIDTH", "80")
                .env("LC_ALL", "C.UTF-8");
            let output = man.output().expect("man runs");
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{path:?}: {output:#?}"
            );
            assert!(
                text.contains("SYNOPSIS") && text.lines().count() > 10,
                "{path:?}: {text}"
            );
        }
    }
    assert!(pages > 8, "{pages}");
}

#[test]
fn settings_are_shown_with_their_origin() {
    let sandbox = Sandbox::new();
    sandbox.write("emp.toml", "[timeline]\ngap = \"7s\"\n");
    let show = ["--url", "redis://me:hunter2@cache:6380/2", "config", "show"];
    let text = sandbox.stdout(&show);
    let line = |name: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with(name))
            .expect("a line");
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(!text.contains("hunter2"), "{text}");
    assert!(
        line("redis.url").contains("cache:6380/2 the flag --url"),
        "{text}"
    );
    assert!(
        line("timeline.gap").starts_with("timeline.gap 7s ")
            && line("timeline.gap").contains("emp.toml"),
        "{text}"
    );
    assert!(
        line("journal.path").ends_with("the variable EMP_JOURNAL"),
        "{text}"
    );
    assert!(
        line("streams.events ").ends_with("emp:events the default"),
        "{text}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&sandbox.stdout(&[&show[..], &["-o", "json"]].concat()))
            .expect("one object");
    assert_eq!(json["timeline.gap"]["value"], "7s");
    assert_eq!(
        json.as_object().expect("an object").len() + 1,
        text.lines().count(),
        "one line for each under the heads"
    );
}
