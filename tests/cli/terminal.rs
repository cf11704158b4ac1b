//! What shows on a terminal only, and that nothing in an event can drive one.

use std::io::Write;

use crate::support::{Sandbox, Terminal, TestRedis, wait_for};

#[test]
fn colour_is_for_terminals() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    sandbox
        .emp(&["emit", "job.failed", "--service", "worker"])
        .assert()
        .success();

    let (shown, status) = Terminal::spawn(sandbox.command(&["search", "failed"]), 80).finish();
    assert!(status.success(), "{shown}");
    assert!(shown.contains("\u{1b}["), "{shown:?}");
    assert!(!sandbox.stdout(&["search", "failed"]).contains('\u{1b}'));

    let mut plain = sandbox.command(&["search", "failed"]);
    plain.env("NO_COLOR", "1");
    let (shown, _) = Terminal::spawn(plain, 80).finish();
    assert!(!shown.contains("\u{1b}[3"), "{shown:?}");
}

#[test]
fn event_text_cannot_drive_the_terminal() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let evil = "x\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\r\u{8}\u{202e}y";
    redis.add(
        "emp:events",
        &[
            ("service", evil),
            ("eventType", evil),
            ("jobId", "job_1"),
            ("userId", evil),
            ("data", &format!("not json {evil}")),
            (evil, evil),
        ],
    );
    for args in [
        &["search", "job:job_1"][..],
        &["search", "job:job_1", "--full"],
        &["search", "job:job_1", "-o", "json"],
        &["search", "job:job_1", "-o", "jsonl"],
        &["timeline", "job_1"],
        &["timeline", "job_1", "-o", "json"],
        &["health"],
    ] {
        let output = sandbox.command(args).output().expect("emp runs");
        assert!(!output.stdout.is_empty(), "emp {args:?}: {output:?}");
        for bytes in [output.stdout, output.stderr] {
            let text = String::from_utf8(bytes).expect("text");
            let unsafe_char = text
                .chars()
                .find(|char| (char.is_control() && *char != '\n') || *char == '\u{202e}');
            assert_eq!(unsafe_char, None, "emp {args:?}: {text:?}");
        }
        let (shown, _) = Terminal::spawn(sandbox.command(args), 100).finish();
        for bad in [
            "\u{1b}[2J",
            "\u{1b}]",
            "\u{9b}",
            "\u{7}",
            "\u{8}",
            "\u{202e}",
        ] {
            assert!(!shown.contains(bad), "emp {args:?}: {shown:?}");
        }
    }
}

#[test]
fn long_work_shows_its_progress_and_takes_it_away() {
    let sandbox = Sandbox::new();
    let now = "2025-09-27T10:29:00Z";
    let event = format!("{{\"timestamp\":\"{now}\",\"eventType\":\"a.b\"}}\n").repeat(1000);
    let shown = |args: &[&str], word: &str| {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        let terminal = Terminal::spawn_reading(sandbox.command(args), 80, reader);
        // The work takes as long as it takes until there is something to see.
        wait_for(&format!("{word:?} on the terminal"), || {
            writer.write_all(event.as_bytes()).expect("emp reads");
            terminal.text().contains(word).then_some(())
        });
        drop(writer);
        terminal.finish().0
    };
    for (args, word) in [
        (&["search", "absent", "--from", "-"][..], "searching: "),
        (&["timeline", "absent", "--from", "-"], "searching: "),
        (&["health", "--from", "-"], "reading: "),
    ] {
        let text = shown(args, word);
        let (_, after) = text.rsplit_once(" entries, ").expect("a count");
        assert!(after.contains("\u{1b}[2K"), "emp {args:?}: {text:?}");
    }
}
