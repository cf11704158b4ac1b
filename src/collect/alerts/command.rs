//! Runs a command for each notice, one at a time, for a bounded time.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Child;

use super::deliver::Attempt;
use super::notice::Notice;

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

    /// Runs it once. The notice is on its standard input and in its variables, never in its text:
    /// text of events is nothing that a shell may read.
    pub(super) async fn attempt(&self, notice: &Notice) -> Attempt {
        let failed = |reason: String| Attempt::Failed {
            reason,
            after: None,
        };
        let spawned = tokio::process::Command::new("/bin/sh")
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
                let _ = stdin.write_all(notice.json().as_bytes()).await;
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
