//! A wrapped command: it runs as it would without the wrapper, and its end is told.
//!
//! Standard input and output are the wrapper's own. Standard error is too, unless its last lines
//! are wanted: then it passes through a pipe. Signals are forwarded. This room knows nothing of
//! events.

mod signals;
mod tail;

use std::ffi::OsString;
use std::io::{self, PipeWriter};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use self::signals::Forwarder;
use self::tail::Tail;

/// How long a command that ran out of time has between TERM and KILL.
const GRACE: Duration = Duration::from_secs(10);

/// What to run.
#[derive(Debug)]
pub struct Wrapped {
    /// The program and its arguments; never empty.
    pub argv: Vec<OsString>,
    /// Variables for the command, besides those of the wrapper.
    pub env: Vec<(&'static str, String)>,
    /// Whether standard error passes through a pipe, to keep its last lines.
    pub capture: bool,
    /// How long it may run: TERM then, and KILL ten seconds later.
    pub timeout: Option<Duration>,
    /// How often to call back while it runs.
    pub heartbeat: Option<Duration>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// As the system says it.
    pub status: ExitStatus,
    /// How long it ran.
    pub duration: Duration,
    /// The last lines of standard error, where they were wanted.
    pub last_words: Option<String>,
    /// Whether its time was over.
    pub timed_out: bool,
}

impl Wrapped {
    /// Runs the command to its end. `alive` is called every heartbeat with the time so far.
    ///
    /// # Errors
    /// When the command cannot be started; see [`exit_code_of`].
    pub fn run(&self, mut alive: impl FnMut(Duration)) -> io::Result<Ended> {
        // Everything that can fail stands before the start: a command that runs is not left alone.
        // Signals are caught from here on, so that none is missed.
        let forwarder = Forwarder::install()?;
        let (tail, stderr) = self.capture.then(Tail::follow).transpose()?.unzip();
        let (start, started) = channel::<Child>();
        let (end, ended) = channel();
        thread::Builder::new()
            .name("wait".to_owned())
            .spawn(move || {
                if let Ok(mut child) = started.recv() {
                    let _ = end.send(child.wait());
                }
            })?;
        let begin = Instant::now();
        let child = self.spawn(stderr)?;
        let pid = Pid::from_child(&child);
        forwarder.forward_to(pid);
        let _ = start.send(child);

        let (status, timed_out) = self.wait(&ended, pid, begin, &mut alive)?;
        forwarder.stop();
        Ok(Ended {
            status,
            duration: begin.elapsed(),
            last_words: tail.map(Tail::finish),
            timed_out,
        })
    }

    fn spawn(&self, stderr: Option<PipeWriter>) -> io::Result<Child> {
        let (program, args) = self.argv.split_first().ok_or(io::ErrorKind::NotFound)?;
        let stderr = stderr.as_ref();
        let spawn = |command: &mut Command| {
            if let Some(stderr) = stderr {
                command.stderr(stderr.try_clone()?);
            }
            let env = self.env.iter().map(|(name, value)| (name, value));
            command.args(args).envs(env).spawn()
        };
        match spawn(&mut Command::new(program)) {
            // A script that does not say what runs it: a shell, as from a shell.
            Err(error) if error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error()) => {
                spawn(Command::new("/bin/sh").arg(program))
            }
            spawned => spawned,
        }
    }

    /// Waits for the end, with heartbeats; asks, and then forces, a command to end whose time is
    /// over.
    fn wait(
        &self,
        ended: &Receiver<io::Result<ExitStatus>>,
        pid: Pid,
        started: Instant,
        alive: &mut dyn FnMut(Duration),
    ) -> io::Result<(ExitStatus, bool)> {
        // A time that lies further ahead than clocks go never comes.
        let after = |at: Instant, wait: Option<Duration>| at.checked_add(wait?);
        let mut next_beat = after(started, self.heartbeat);
        let mut next_kill = after(started, self.timeout).map(|at| (at, Signal::TERM));
        let mut timed_out = false;
        loop {
            let next = [next_beat, next_kill.map(|(at, _)| at)]
                .into_iter()
                .flatten()
                .min();
            let received = match next {
                None => ended.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => ended.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match received {
                Ok(status) => return Ok((status?, timed_out)),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(io::Error::other("the command was lost from sight"));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            if next_beat.is_some_and(|at| now >= at) {
                alive(started.elapsed());
                next_beat = after(now, self.heartbeat);
            }
            if let Some((_, signal)) = next_kill.filter(|(at, _)| now >= *at) {
                timed_out = true;
                // It may have ended just now; then there is nobody to ask.
                let _ = kill_process(pid, signal);
                next_kill = (signal == Signal::TERM).then(|| (now + GRACE, Signal::KILL));
            }
        }
    }
}

/// What a shell would exit with where a command cannot be started: 127 if there is none, else 126.
pub fn exit_code_of(error: &io::Error) -> u8 {
    match error.kind() {
        io::ErrorKind::NotFound => 127,
        _ => 126,
    }
}

/// The signal that ended a command, by number.
pub fn signal_of(status: ExitStatus) -> Option<i32> {
    status.signal()
}
