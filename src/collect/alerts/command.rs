//! Runs a command for each notice, one at a time, for a bounded time.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Child;

use super::deliver::Attempt;
use super::notice::Notice;

/// What reads commands.
const SHELL: &str = "/bin/sh";

/// A command as a shell takes it.
#[derive(Debug)]
pub(super) struct Command {
    text: String,
    timeout: Duration,
}

/// A command that runs, and everything that it has started: all of it ends when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Once it has been waited for it has no id any more.
        let pid = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = pid.and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

impl Command {
    pub(super) fn new(text: String, timeout: Duration) -> Self {
        Self { text, timeout }
    }

    /// Why its program cannot be run, where that can be told from its first word without running
    /// anything; a line that only a shell can read is not looked at.
    pub(super) fn trouble(text: &str) -> Option<String> {
        let program = text.split_whitespace().next()?;
        if program.contains(|char: char| "$`\"'\\;&|<>(){}[]*?~=#!".contains(char)) {
            return None;
        }
        if program.contains('/') {
            return match std::fs::metadata(program) {
                Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => None,
                Ok(_) => Some(format!("{program} is not executable")),
                Err(error) => Some(format!("{program}: {error}")),
            };
        }
        let asked = std::process::Command::new(SHELL)
            .args(["-c", "command -v -- \"$1\"", "sh", program])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        match asked {
            Ok(status) if status.success() => None,
            Ok(_) => Some(format!("there is no program {program}")),
            Err(error) => Some(format!("{SHELL}: {error}")),
        }
    }

    /// Runs it once. The notice is on its standard input and in its variables, never in its text:
    /// text of events is nothing that a shell may read.
    pub(super) async fn attempt(&self, notice: &Notice) -> Attempt {
        let failed = |reason: String| Attempt::Failed {
            reason,
            after: None,
        };
        let spawned = tokio::process::Command::new(SHELL)
            .arg("-c")
            .arg(&self.text)
            .envs(notice.variables())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        let mut running = match spawned {
            Ok(child) => Running(child),
            Err(error) => return failed(format!("cannot be started: {error}")),
        };
        let stdin = running.0.stdin.take();
        let run = async {
            if let Some(mut stdin) = stdin {
                // A command need not read what it is given.
                // With the end of its line, or `read` of a shell fails with it.
                let line = notice.json() + "\n";
                let _ = stdin.write_all(line.as_bytes()).await;
            }
            running.0.wait().await
        };
        match tokio::time::timeout(self.timeout, run).await {
            Ok(Ok(status)) if status.success() => Attempt::Done,
            Ok(Ok(status)) => failed(format!("ended with {status}")),
            Ok(Err(error)) => failed(format!("was lost from sight: {error}")),
            Err(_) => failed("did not end in time".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_cannot_be_run_is_told() {
        for text in [
            "cat > /tmp/x",
            "/bin/sh -c true",
            "if true; then true; fi",
            "X=1 no-such-program",
            "\"$HOME/no such program\"",
            "",
        ] {
            assert_eq!(Command::trouble(text), None, "{text}");
        }
        for (text, reason) in [
            ("no-such-program --x", "there is no program no-such-program"),
            ("/etc/passwd x", "/etc/passwd is not executable"),
            ("/etc x", "/etc is not executable"),
            ("./no-such-program", "./no-such-program: No such file"),
        ] {
            let trouble = Command::trouble(text).expect(text);
            assert!(trouble.starts_with(reason), "{trouble}");
        }
    }
}
