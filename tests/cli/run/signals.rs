//! Signals that reach the wrapper.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

use super::{output, script, wrapped};
use crate::support::{Running, Sandbox, Terminal, wait_for};

/// A script that says which signals it gets, until the last of them.
const LISTEN: &str = "for name in HUP INT TERM USR1; do trap \"echo got $name\" $name; done
    trap 'echo got USR2; exit 9' USR2
    echo ready
    while :; do sleep 0.01; done";

/// The same in Perl, which counts signals that come close together.
const COUNT: &str =
    "for my $name (qw(INT USR1)) { $SIG{$name} = sub { syswrite STDOUT, \"got $name\\n\" } }
    $SIG{USR2} = sub { syswrite STDOUT, \"got USR2\\n\"; exit 9 };
    syswrite STDOUT, \"ready\\n\";
    select undef, undef, undef, 0.01 while 1;";

fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a number of a process"), signal).expect("a running program");
}

#[test]
fn signals_are_passed_on() {
    let sandbox = Sandbox::new();
    let running = Running::spawn(script(&sandbox, LISTEN));
    running.wait_for("ready");
    for (signal, name) in [
        (Signal::HUP, "HUP"),
        (Signal::INT, "INT"),
        (Signal::TERM, "TERM"),
        (Signal::USR1, "USR1"),
        (Signal::USR2, "USR2"),
    ] {
        send(running.pid(), signal);
        running.wait_for(&format!("got {name}"));
    }
    let (out, err, status) = running.finish();
    assert_eq!(
        out,
        "ready\ngot HUP\ngot INT\ngot TERM\ngot USR1\ngot USR2\n"
    );
    assert_eq!((err.as_str(), status.code()), ("", Some(9)));
}

#[test]
fn a_command_that_minds_no_signal_ends_by_it() {
    let sandbox = Sandbox::new();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let running = Running::spawn(script(&sandbox, "echo ready; exec sleep 60"));
        running.wait_for("ready");
        send(running.pid(), signal);
        let (_, _, status) = running.finish();
        assert_eq!(status.signal(), Some(signal.as_raw()));
    }
}

/// A wrapped script whose controlling terminal is a new one.
fn at_a_keyboard(sandbox: &Sandbox, input: &str) -> Terminal {
    let mut command = Command::new("setsid");
    let wrapped = wrapped(sandbox, &["--", "perl", "-e", COUNT]);
    let shell = format!("echo $$ > pid; exec \"$0\" \"$@\" {input}");
    command.args(["--ctty", "--wait", "sh", "-c", &shell]);
    command.arg(wrapped.get_program()).args(wrapped.get_args());
    command.current_dir(sandbox.work()).env_clear();
    let set = wrapped.get_envs();
    command.envs(set.filter_map(|(name, value)| Some((name, value?))));
    let terminal = Terminal::spawn(command, 80);
    terminal.wait_for("ready");
    terminal
}

fn pid_of_emp(sandbox: &Sandbox) -> u32 {
    let text = fs::read_to_string(sandbox.work().join("pid")).expect("a file");
    text.trim().parse().expect("a number")
}

#[test]
fn what_is_typed_reaches_the_command_once() {
    let sandbox = Sandbox::new();
    // Also where standard input is no terminal.
    for input in ["", "</dev/null"] {
        let mut terminal = at_a_keyboard(&sandbox, input);
        terminal.type_text("\u{3}");
        terminal.wait_for("got INT");
        // What emp had to pass on of it, it has passed on before this.
        send(pid_of_emp(&sandbox), Signal::USR1);
        terminal.wait_for("got USR1");
        send(pid_of_emp(&sandbox), Signal::USR2);
        let (shown, _) = terminal.finish();
        assert_eq!(shown.matches("got INT").count(), 1, "{shown}");
        assert_eq!(shown.matches("got USR2").count(), 1, "{shown}");
    }
}

#[test]
fn what_is_sent_reaches_a_command_at_a_terminal_too() {
    let sandbox = Sandbox::new();
    let terminal = at_a_keyboard(&sandbox, "");
    send(pid_of_emp(&sandbox), Signal::INT);
    terminal.wait_for("got INT");
    send(pid_of_emp(&sandbox), Signal::USR2);
    terminal.finish();
}

#[test]
fn what_is_ignored_stays_ignored() {
    let sandbox = Sandbox::new();
    for name in ["HUP", "INT", "TERM"] {
        let text = format!("trap '' {name}; exec \"$0\" run -- sh -c 'kill -{name} $$; echo on'");
        let mut sh = sandbox.command(&[]);
        let mut command = Command::new("sh");
        command
            .args(["-c", &text])
            .arg(sh.get_program())
            .env_clear();
        command.envs(
            sh.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let output = output(&mut command);
        assert_eq!(output.stdout, b"on\n", "{name}: {output:?}");
        sh.env_clear();
    }
}

#[test]
fn a_caller_that_ignores_its_children_costs_no_exit_code() {
    let sandbox = Sandbox::new();
    let emp = sandbox.command(&["run", "--", "sh", "-c", "exit 7"]);
    let mut command = Command::new("perl");
    command.args(["-e", "$SIG{CHLD} = 'IGNORE'; exec @ARGV", "--"]);
    command
        .arg(emp.get_program())
        .args(emp.get_args())
        .env_clear();
    command.envs(
        emp.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    assert_eq!(output(&mut command).status.code(), Some(7));
}

#[test]
fn time_that_is_over_ends_a_command() {
    let sandbox = Sandbox::new();
    for (text, code) in [
        // It minds TERM, and says so.
        (
            "trap 'echo asked; exit 5' TERM; while :; do sleep 0.01; done",
            "asked\n",
        ),
        // It does not: KILL.
        ("trap '' TERM; exec sleep 60", ""),
    ] {
        let words = ["--timeout", "300ms", "--", "sh", "-c", text];
        let running = Running::spawn(wrapped(&sandbox, &words));
        let (out, err, status) = running.finish();
        assert_eq!((out.as_str(), status.code()), (code, Some(124)), "{err}");
    }
    let forever = ["--timeout", "0s", "--heartbeat", "0s", "--", "true"];
    assert!(output(&mut wrapped(&sandbox, &forever)).status.success());
    let events = wait_for("the events", || Some(super::kept(&sandbox)));
    assert_eq!(events.len(), 6);
}
