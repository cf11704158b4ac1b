//! A collector that runs, and what the system says of it.

use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::tools;

/// A collector that ends with this, if it has not ended before.
pub(super) struct Process {
    child: Child,
    peak: u64,
}

impl Process {
    /// Starts it; its words go to a file.
    pub(super) fn start(command: &mut Command, notes: &std::path::Path) -> Result<Self> {
        let child = command
            .stdout(Stdio::null())
            .stderr(fs::File::create(notes)?)
            .spawn()
            .with_context(|| format!("cannot run {command:?}"))?;
        Ok(Self { child, peak: 0 })
    }

    /// The highest peak of its resident memory so far, in bytes. Of a process that has ended the
    /// last that was seen.
    pub(super) fn peak(&mut self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        self.peak = self.peak.max(kib.unwrap_or(0) * 1024);
        self.peak
    }

    /// The processor's time that its threads have had.
    pub(super) fn cpu(&self) -> Result<Duration> {
        let mut sum = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let stat = fs::read_to_string(task?.path().join("schedstat"))?;
            let first = stat.split(' ').next().unwrap_or_default();
            sum += first.parse::<u64>().context("no time of a thread")?;
        }
        Ok(Duration::from_nanos(sum))
    }

    /// Asks it to deliver what it has and to end.
    pub(super) fn stop(&self) -> Result<()> {
        tools::run(Command::new("kill").arg(self.child.id().to_string()))
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it has ended, for a while.
    pub(super) fn wait(&mut self, patience: Duration) -> Result<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        bail!("the collector does not end");
    }

    pub(super) fn check(&mut self) -> Result<()> {
        let ended = self.ended()?;
        ensure!(ended.is_none(), "the collector ended by itself: {ended:?}");
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either fails only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
