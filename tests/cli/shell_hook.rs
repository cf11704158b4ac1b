//! `emp shell-hook`: failing commands are told, and the script notices nothing.

use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{Client, Sandbox, TestRedis, missing};

#[derive(Clone, Copy, PartialEq)]
enum Shell {
    Bash,
    Zsh,
}

impl Shell {
    /// The shells of this machine; which are not there `cargo xtask test` has said.
    fn here() -> Vec<Self> {
        let mut shells = vec![Self::Bash];
        if !missing(Client::Zsh) {
            shells.push(Self::Zsh);
        }
        shells
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
        }
    }

    fn hook(self) -> String {
        format!("eval \"$(\"$EMP\" shell-hook {})\"", self.name())
    }

    /// Runs a script, which finds `emp` under `$EMP`.
    fn run(self, sandbox: &Sandbox, text: &str) -> Output {
        let file = sandbox.write("script", text);
        let mut shell = match self {
            Self::Bash => Command::new("bash"),
            Self::Zsh => Client::Zsh.command(&sandbox.work()),
        };
        let emp = sandbox.command(&[]);
        shell
            .arg(file)
            .current_dir(sandbox.work())
            .env_clear()
            .envs(
                emp.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("EMP", env!("CARGO_BIN_EXE_emp"))
            .stdin(Stdio::null());
        shell.output().expect("the shell runs")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Line, exit code and function of each failure that was told.
fn told(redis: &TestRedis) -> Vec<(u64, u64, String)> {
    let entries = redis.entries("emp:errors");
    let failure = |data: &String| {
        let data: Value = serde_json::from_str(data).expect("JSON");
        let number = |name: &str| data[name].as_u64().expect(name);
        let function = data["function"].as_str().unwrap_or("-").to_owned();
        (number("line"), number("exitCode"), function)
    };
    let data = entries.iter().map(|entry| failure(&entry["data"]));
    data.collect()
}

const FAILURES: &str = "
false
work() {
  true
  (exit 7)
}
work
if false; then :; fi
false || true
! true
while false; do :; done
value=$(exit 5)
eval 'exit_with() { return 4; }; exit_with'
. ./sourced
true";

#[test]
fn failing_commands_are_told_and_tested_ones_are_not() {
    for shell in Shell::here() {
        for (options, in_function) in [
            ("", shell == Shell::Zsh),
            ("set -u", shell == Shell::Zsh),
            ("set -o pipefail", shell == Shell::Zsh),
            // bash lets functions see the trap only where the script says so.
            ("set -E", true),
        ] {
            if shell == Shell::Zsh && options == "set -E" {
                continue;
            }
            let redis = TestRedis::start();
            let sandbox = Sandbox::with(&redis);
            sandbox.write("sourced", "true\nfalse\n");
            let script = format!("{options}; {}{FAILURES}", shell.hook());
            let script = script.strip_prefix("; ").unwrap_or(&script);
            let output = shell.run(&sandbox, script);
            let name = format!("{} {options}", shell.name());
            assert_eq!(
                (text(&output.stdout), text(&output.stderr)),
                Default::default(),
                "{name}"
            );
            let (line, function) = if in_function { (5, "work") } else { (7, "-") };
            let expected = [
                (2, 1, "-"),
                (line, 7, function),
                (12, 5, "-"),
                (13, 4, "-"),
                (2, 1, "-"),
            ];
            let mut told = told(&redis);
            if shell == Shell::Zsh {
                // It knows the function that `eval` made, but not which line of the script that was.
                assert_eq!((told[3].1, told[3].2.as_str()), (4, "exit_with"), "{name}");
                told[3] = (13, 4, "-".to_owned());
            }
            let expected = expected.map(|(line, code, name)| (line, code, name.to_owned()));
            assert_eq!(told, expected, "{name}");
            let last = &sandbox.found(&["error", "-n", "1"])[0];
            assert_eq!(last["eventType"], "error.ShellCommandFailed");
            assert_eq!(last["data"]["file"], "./sourced");
            assert_eq!(last["data"]["shell"], shell.name());
            let message = "exit code 1 at ./sourced:2";
            assert_eq!(last["data"]["message"], message);
        }
    }
}

#[test]
fn a_script_that_ends_by_a_failure_has_told_it() {
    for shell in Shell::here() {
        let redis = TestRedis::start();
        let sandbox = Sandbox::with(&redis);
        let script = format!("set -e\n{}\n\n(exit 9)\necho on", shell.hook());
        let output = shell.run(&sandbox, &script);
        assert_eq!(
            (text(&output.stdout), output.status.code()),
            (String::new(), Some(9))
        );
        assert_eq!(told(&redis), [(4, 9, "-".to_owned())], "{}", shell.name());
    }
}

/// Prints whatever a hook could disturb. `HOOK` stands for it.
const BASH: &str = r#"
trap 'echo "exit $?"' EXIT
TRAP
HOOK
IFS=: ; set -- one 'two three'; cd /
echo "$- $# $* $IFS"; set -o; shopt
f() { false; echo "in f $?"; }
if f; then echo yes; fi
x=$(echo sub; exit 3) || echo "sub $? $x"
set +e
ls /nonexistent 2>/dev/null; echo "status $? $_"
ls /nonexistent 2>/dev/null
echo "last $_"
false | true | (exit 5); echo "pipe ${PIPESTATUS[*]}"
(exit 9); echo "subshell $?"
f; echo "f $?"
{ sleep 0; exit 3; } & wait $!; echo "wait $?"; wait; jobs
read -r line </dev/null; echo "read $?"
[[ a = b ]]; echo "test $?"; ((0)); echo "arithmetic $?"
trap -p EXIT INT
echo "late"
trap 'echo "late err $?"' ERR
false
set OPTIONS
(exit 6)
echo "on"
exit 8
"#;

const ZSH: &str = r#"
trap 'echo "exit $?"' EXIT
TRAP
HOOK
set -- one 'two three'; cd /
echo "$- $# $*"; setopt
f() { false; echo "in f $?"; }
if f; then echo yes; fi
x=$(echo sub; exit 3) || echo "sub $? $x"
set +e
ls /nonexistent 2>/dev/null; echo "status $? $_"
false | true | (exit 5); echo "status $?"
(exit 9); echo "subshell $?"
f; echo "f $?"
{ sleep 0; exit 3; } & wait $!; echo "wait $?"; wait; jobs
[[ a = b ]]; echo "test $?"; ((0)); echo "arithmetic $?"
TRAPZERR() { echo "late err $?" }
false
set OPTIONS
(exit 6)
echo "on"
exit 8
"#;

#[test]
fn the_script_notices_nothing() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let options = [
        "-e",
        "-u",
        "-o pipefail",
        "-eu -o pipefail",
        "-E",
        "-eEu",
        "-f",
    ];
    let traps = [
        "",
        "trap 'echo \"err $? $LINENO\" # told' ERR",
        "trap 'echo \"debug $BASH_COMMAND\"' DEBUG",
        "trap '' INT; trap 'echo usr1' USR1",
    ];
    let zsh_options = [
        "-e",
        "-u",
        "-o pipefail",
        "-eu -o pipefail",
        "-o ksharrays -o shwordsplit",
    ];
    let zsh_traps = [
        "",
        "trap 'echo \"err $?\" # told' ZERR",
        "TRAPZERR() { echo \"function err $?\" }",
        "trap '' INT; trap 'echo usr1' USR1",
    ];
    for shell in Shell::here() {
        let (script, options, traps) = match shell {
            Shell::Bash => (BASH, &options[..], &traps),
            Shell::Zsh => (ZSH, &zsh_options[..], &zsh_traps),
        };
        for (number, options) in options.iter().enumerate() {
            // Each with each would take long and tell little.
            for trap in traps.iter().take(if number < 2 { 4 } else { 2 }) {
                let script = script
                    .replace("OPTIONS", options)
                    .replace("TRAP\n", &format!("{trap}\n"));
                let script = format!("set {options}{script}");
                let seen = |hook: &str| {
                    let output = shell.run(&sandbox, &script.replace("HOOK", hook));
                    let lines = text(&output.stdout);
                    let lines = lines
                        .lines()
                        .filter(|line| !line.contains("__emp_") && !line.contains("shell-hook"));
                    let lines = lines.map(str::to_owned).collect::<Vec<_>>();
                    (lines, text(&output.stderr), output.status)
                };
                let before = redis.len("emp:errors");
                let (bare, hooked) = (seen(": shell-hook"), seen(&shell.hook()));
                let name = format!("{} {options}; {trap}", shell.name());
                let mut rest = hooked.0.iter();
                for line in &bare.0 {
                    // A trap on DEBUG runs for the hook's own commands too.
                    let next = match trap.contains("DEBUG") {
                        true => rest.find(|seen| *seen == line),
                        false => rest.next(),
                    };
                    assert_eq!(next, Some(line), "{name}");
                }
                assert_eq!(rest.next(), None, "{name}");
                assert_eq!((hooked.1, hooked.2), (bare.1, bare.2), "{name}");
                assert!(redis.len("emp:errors") > before, "{name}");
            }
        }
    }
}

#[test]
fn without_emp_a_script_goes_on() {
    for shell in Shell::here() {
        let redis = TestRedis::start();
        let sandbox = Sandbox::with(&redis);
        let script = format!(
            "ln -s \"$EMP\" 'own emp' || exit\nEMP=\"$PWD/own emp\"\n{}\nPATH=/nonexistent
            false; echo \"on $?\"",
            shell.hook()
        );
        let output = shell.run(&sandbox, &script);
        assert_eq!(
            (text(&output.stdout), text(&output.stderr)),
            ("on 1\n".to_owned(), String::new())
        );
        assert_eq!(
            redis.len("emp:errors"),
            1,
            "the search path does not matter"
        );

        let hook = sandbox.stdout(&["shell-hook", shell.name()]);
        let gone = hook.replace(env!("CARGO_BIN_EXE_emp"), "/nonexistent/emp");
        let output = shell.run(&sandbox, &format!("{gone}\nfalse; echo \"on $?\""));
        assert_eq!(
            (text(&output.stdout), text(&output.stderr)),
            ("on 1\n".to_owned(), String::new())
        );
        assert_eq!(redis.len("emp:errors"), 1);
    }
}

#[test]
fn what_variables_hold_is_not_told() {
    for shell in Shell::here() {
        let redis = TestRedis::start();
        let sandbox = Sandbox::with(&redis);
        let script = format!(
            "export SECRET=hidden; own=hidden\n{}\ntest \"$SECRET$own\" = x",
            shell.hook()
        );
        shell.run(&sandbox, &script);
        let entries = redis.entries("emp:errors");
        assert_eq!(entries.len(), 1);
        assert!(!format!("{entries:?}").contains("hidden"), "{entries:?}");
    }
}

#[test]
fn a_loop_of_failures_is_told_so_often() {
    for shell in Shell::here() {
        let redis = TestRedis::start();
        let sandbox = Sandbox::with(&redis);
        let script = format!("{}\nfor n in {{1..150}}; do false; done", shell.hook());
        shell.run(&sandbox, &script);
        let entries = redis.entries("emp:errors");
        assert_eq!(entries.len(), 100, "{}", shell.name());
        let last = entries[99]["data"].as_str();
        assert!(
            last.contains("further failures in this shell are not reported"),
            "{last}"
        );
    }
}

#[test]
fn a_hook_that_is_there_already_is_enough() {
    for shell in Shell::here() {
        let redis = TestRedis::start();
        let sandbox = Sandbox::with(&redis);
        let hook = shell.hook();
        shell.run(&sandbox, &format!("{hook}\n{hook}\nfalse"));
        assert_eq!(told(&redis).len(), 1, "{}", shell.name());
    }
}
