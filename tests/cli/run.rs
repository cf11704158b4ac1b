//! `emp run`: a wrapped command behaves as it would unwrapped.

mod events;
mod signals;
mod streams;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::support::{Running, Sandbox, Terminal, TestRedis};

/// A command wrapped, in a sandbox; the words before `--` are `emp run`'s own.
fn wrapped(sandbox: &Sandbox, words: &[&str]) -> Command {
    let mut command = sandbox.command(&[&["run"], words].concat());
    command.env("EMP", env!("CARGO_BIN_EXE_emp"));
    command
}

/// A shell script, wrapped.
fn script(sandbox: &Sandbox, text: &str) -> Command {
    wrapped(sandbox, &["--", "sh", "-c", text])
}

fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("emp runs")
}

#[test]
fn every_exit_code_passes() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    thread::scope(|scope| {
        for half in [0..128, 128..256] {
            let sandbox = &sandbox;
            scope.spawn(move || {
                for code in half {
                    let output = output(&mut script(sandbox, &format!("exit {code}")));
                    assert_eq!(output.status.code(), Some(code));
                    assert_eq!((output.stdout, output.stderr), (vec![], vec![]), "{code}");
                }
            });
        }
    });
    assert_eq!(sandbox.found(&[]).len(), 512);
}

#[test]
fn every_signal_that_ends_a_command_ends_emp() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    for signal in ["TERM", "INT", "HUP", "KILL", "SEGV", "ABRT", "PIPE", "USR1"] {
        let text = format!("kill -{signal} $$");
        let mut bare = Command::new("sh");
        let bare = output(bare.args(["-c", &text]).current_dir(sandbox.work()));
        let wrapped = output(&mut script(&sandbox, &text));
        assert!(bare.status.signal().is_some(), "{signal}");
        assert_eq!(wrapped.status.signal(), bare.status.signal(), "{signal}");
    }
}

#[test]
fn what_cannot_be_started_ends_as_in_a_shell() {
    let sandbox = Sandbox::new();
    let text = sandbox.write("text", "not to be run");
    fs::set_permissions(text, fs::Permissions::from_mode(0o644)).expect("a file");
    for (program, code) in [
        ("./missing", 127),
        ("no-such-program", 127),
        ("", 127),
        ("./text", 126),
        ("/", 126),
    ] {
        let output = output(&mut wrapped(&sandbox, &["--", program, "argument"]));
        assert_eq!(output.status.code(), Some(code), "{program:?}: {output:?}");
        let said = String::from_utf8(output.stderr).expect("text");
        let expected = format!("error: cannot run {program}: ");
        assert!(said.starts_with(&expected), "{program:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_script_without_an_interpreter_runs_in_a_shell() {
    let sandbox = Sandbox::new();
    let plain = sandbox.write("plain", "echo \"plain $1\"; exit 3");
    fs::set_permissions(plain, fs::Permissions::from_mode(0o755)).expect("a file");
    let output = output(&mut wrapped(&sandbox, &["--", "./plain", "words"]));
    assert_eq!(
        (output.status.code(), &output.stdout[..]),
        (Some(3), &b"plain words\n"[..])
    );
}

#[test]
fn arguments_belong_to_the_command() {
    let sandbox = Sandbox::new();
    for words in [
        &["--", "echo", "--name", "-x", "--", "--help"][..],
        &["echo", "--name", "-x", "--", "--help"],
    ] {
        let output = output(&mut wrapped(&sandbox, words));
        assert_eq!(output.stdout, b"--name -x -- --help\n", "{words:?}");
    }
}

#[test]
fn wrong_usage_starts_nothing() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    for words in [
        &[][..],
        &["--"],
        &["--no-such-flag", "--", "touch", "started"],
        &["--timeout", "soon", "--", "touch", "started"],
        &["--heartbeat", "-1", "--", "touch", "started"],
    ] {
        let output = output(&mut wrapped(&sandbox, words));
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
    }
    assert!(!sandbox.work().join("started").exists());
    assert_eq!(redis.len("emp:events"), 0);
}

/// A command that fails, with all that belongs to it.
fn assert_unharmed(mut command: Command) -> String {
    command.stdin(Stdio::piped());
    let mut running = Running::spawn(command);
    running.write("in");
    running.close_input();
    let (out, err, status) = running.finish();
    assert_eq!((out.as_str(), status.code()), ("in", Some(7)), "{err}");
    let err = err.strip_prefix("err\n").expect("its own words first");
    err.to_owned()
}

const ALL_OF_IT: &str = "cat; echo err >&2; exit 7";

fn kept(sandbox: &Sandbox) -> Vec<String> {
    let lines = sandbox.stdout(&["search", "--from", "journal", "-o", "jsonl"]);
    let event = |line| serde_json::from_str::<serde_json::Value>(line).expect("a line of JSON");
    let name = |line| event(line)["eventType"].as_str().unwrap_or("-").to_owned();
    lines.lines().map(name).collect()
}

const BOTH: [&str; 2] = ["command.started", "command.failed"];

#[test]
fn redis_away_changes_nothing() {
    let sandbox = Sandbox::new();
    assert_eq!(assert_unharmed(script(&sandbox, ALL_OF_IT)), "");
    assert_eq!(kept(&sandbox), BOTH);
}

#[test]
fn a_black_hole_changes_nothing() {
    // It takes connections and never says a word.
    let hole = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("redis://{}", hole.local_addr().expect("an address"));
    let sandbox = Sandbox::at(&url);
    assert_eq!(assert_unharmed(script(&sandbox, ALL_OF_IT)), "");
    assert_eq!(kept(&sandbox), BOTH);
}

#[test]
fn a_journal_that_cannot_be_written_changes_nothing_but_is_told() {
    let sandbox = Sandbox::new();
    let mut command = script(&sandbox, ALL_OF_IT);
    command.env("EMP_JOURNAL", "/dev/null/journal.db");
    let said = assert_unharmed(command);
    assert!(
        said.starts_with("warning: 2 events of this command are lost"),
        "{said}"
    );
}

#[test]
fn settings_that_make_no_sense_change_nothing() {
    let sandbox = Sandbox::new();
    let mut command = script(&sandbox, "exit 7");
    command.env("EMP_SAMPLE", "job.*=2");
    assert_eq!(output(&mut command).status.code(), Some(7));
}

#[test]
fn a_disabled_emitter_changes_nothing() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut command = script(&sandbox, ALL_OF_IT);
    command.env("EMP_DISABLED", "1");
    assert_eq!(assert_unharmed(command), "");
    assert_eq!(redis.len("emp:events"), 0);
}

#[test]
fn a_terminal_stays_a_terminal() {
    let sandbox = Sandbox::new();
    let text = "test -t 0 && test -t 1 && test -t 2 && read word && echo \"read $word\"";
    let mut terminal = Terminal::spawn(script(&sandbox, text), 80);
    terminal.type_text("words\n");
    let (shown, status) = terminal.finish();
    assert!(shown.contains("read words"), "{shown}");
    assert_eq!(status.code(), Some(0));
    // Where its last words are asked for, standard error is none.
    let words = [
        "--capture",
        "--",
        "sh",
        "-c",
        "test -t 0 && test -t 1 && ! test -t 2",
    ];
    let (shown, status) = Terminal::spawn(wrapped(&sandbox, &words), 80).finish();
    assert_eq!(status.code(), Some(0), "{shown}");
}
