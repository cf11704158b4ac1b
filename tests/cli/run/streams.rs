//! Standard input, output and error of a wrapped command.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::{output, script, wrapped};
use crate::support::{Running, Sandbox, wait_for};

/// Every byte, in no simple order, 100 MB of them.
fn binary(sandbox: &Sandbox) -> u64 {
    const BLOCK: usize = 999_983;
    let mut state = 1_u32;
    let block: Vec<u8> = (0..BLOCK)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    let all: Vec<u8> = block.iter().copied().cycle().take(100_000_000).collect();
    sandbox.write("binary", &all);
    all.len() as u64
}

/// Whether what is read is what the file holds, to its end.
fn same(read: impl Read, file: &Path) -> u64 {
    let mut read = BufReader::with_capacity(1 << 16, read);
    let mut file = BufReader::with_capacity(1 << 16, File::open(file).expect("a file"));
    let (mut one, mut other) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut total = 0;
    loop {
        let length = read.read(&mut one).expect("a pipe");
        if length == 0 {
            return total;
        }
        file.read_exact(&mut other[..length])
            .expect("no more than the file");
        assert!(
            one[..length] == other[..length],
            "other bytes after {total}"
        );
        total += length as u64;
    }
}

#[test]
fn a_hundred_megabytes_pass_unchanged() {
    let sandbox = Sandbox::new();
    let length = binary(&sandbox);
    let file = sandbox.work().join("binary");
    let mut command = script(&sandbox, "cat binary; cat binary >&2; echo end >&2; exit 1");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("emp runs");
    let (out, err) = (
        child.stdout.take().expect("a pipe"),
        child.stderr.take().expect("a pipe"),
    );
    thread::scope(|scope| {
        let file = &file;
        scope.spawn(move || assert_eq!(same(out, file), length));
        scope.spawn(move || {
            let mut err = err;
            assert_eq!(same(err.by_ref().take(length), file), length);
            let mut rest = String::new();
            err.read_to_string(&mut rest).expect("text");
            assert_eq!(rest, "end\n");
        });
    });
    let status = wait_for("the end", || child.try_wait().expect("a child"));
    assert_eq!(status.code(), Some(1));
}

#[test]
fn standard_input_passes() {
    let sandbox = Sandbox::new();
    let mut running = Running::spawn(wrapped(&sandbox, &["--", "cat"]));
    running.write("line\n");
    running.wait_for("line\n");
    running.close_input();
    let (out, _, status) = running.finish();
    assert_eq!((out.as_str(), status.code()), ("line\n", Some(0)));
}

#[test]
fn closed_streams_are_empty() {
    let sandbox = Sandbox::new();
    let emp = wrapped(
        &sandbox,
        &["--", "sh", "-c", "cat; echo out; echo err >&2; exit 4"],
    );
    for closed in ["<&-", "<&- >&-", "<&- 2>&-", "<&- >&- 2>&-"] {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("\"$0\" \"$@\" {closed}")]);
        command
            .arg(emp.get_program())
            .args(emp.get_args())
            .env_clear();
        command.envs(
            emp.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let output = output(&mut command);
        assert_eq!(output.status.code(), Some(4), "{closed}: {output:?}");
        let expected: &[u8] = if closed.contains(" >&-") {
            b""
        } else {
            b"out\n"
        };
        assert_eq!(output.stdout, expected, "{closed}");
        let expected: &[u8] = if closed.contains("2>&-") {
            b""
        } else {
            b"err\n"
        };
        assert_eq!(output.stderr, expected, "{closed}");
    }
}

#[test]
fn a_reader_that_goes_away_is_seen_by_the_command() {
    let sandbox = Sandbox::new();
    let text =
        "trap 'echo late > ended' PIPE; while echo words >&2; do :; done 2>/dev/null; exit 6";
    let text = text.replace(" 2>/dev/null", "");
    let mut command = script(&sandbox, &text);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("emp runs");
    let mut word = [0; 5];
    let mut err = child.stderr.take().expect("a pipe");
    err.read_exact(&mut word).expect("a word");
    drop(err);
    let status = wait_for("the end of a command that nobody reads", || {
        child.try_wait().expect("a child")
    });
    assert_eq!(status.code(), Some(6));
}

#[test]
fn what_is_left_behind_neither_holds_emp_nor_loses_its_reader() {
    let sandbox = Sandbox::new();
    let text = "{ while [ ! -e go ]; do sleep 0.01; done; echo late >&2 && echo on > done; } &
        echo early >&2; exit 5";
    let mut command = script(&sandbox, text);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("emp runs");
    let status = wait_for("the end of emp", || child.try_wait().expect("a child"));
    assert_eq!(status.code(), Some(5));
    sandbox.write("go", "");
    let done = sandbox.work().join("done");
    wait_for("what was left behind", || done.exists().then_some(()));
    let mut said = String::new();
    let mut err = child.stderr.take().expect("a pipe");
    err.read_to_string(&mut said).expect("text");
    assert_eq!(said, "early\nlate\n");
    assert_eq!(fs::read_to_string(done).expect("a file"), "on\n");
}
