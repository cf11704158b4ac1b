//! `emp` on a pseudo-terminal: what a person at a terminal sees.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::wait_for;

/// A program that has a terminal for its standard input, output and error.
pub struct Terminal {
    child: Child,
    keyboard: File,
    seen: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// Runs a program on a terminal of `width` columns and 40 rows.
    ///
    /// The sandbox sets `EMP_WIDTH`; it is removed here, so that the terminal's own width counts.
    pub fn spawn(command: Command, width: u16) -> Self {
        Self::start(command, width, None)
    }

    /// The same with another standard input than the terminal.
    pub fn spawn_reading(command: Command, width: u16, input: impl Into<Stdio>) -> Self {
        Self::start(command, width, Some(input.into()))
    }

    fn start(mut command: Command, width: u16, input: Option<Stdio>) -> Self {
        let (ours, theirs) = pair(width);
        command
            .env_remove("EMP_WIDTH")
            .env("TERM", "xterm-256color");
        let side = || theirs.try_clone().expect("a terminal");
        let child = command
            .stdin(input.unwrap_or_else(|| side().into()))
            .stdout(side())
            .stderr(side())
            .spawn()
            .expect("the program runs");
        // Only the program may hold its side, or the end of it would not be seen on ours.
        drop((command, theirs));

        let mut screen = File::from(ours.try_clone().expect("a terminal"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            // At the end of the program Linux answers with an error instead of an end.
            while let Ok(count @ 1..) = screen.read(&mut bytes) {
                sink.lock()
                    .expect("a lock")
                    .extend_from_slice(&bytes[..count]);
            }
        });
        Self {
            child,
            keyboard: File::from(ours),
            seen,
            reader: Some(reader),
        }
    }

    /// Waits until the program has shown this.
    pub fn wait_for(&self, text: &str) {
        wait_for(&format!("{text:?} on the terminal"), || {
            self.text().contains(text).then_some(())
        });
    }

    /// Everything shown until now, escape sequences included.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().expect("a lock")).into_owned()
    }

    /// Types.
    pub fn type_text(&mut self, text: &str) {
        self.keyboard
            .write_all(text.as_bytes())
            .expect("a terminal");
    }

    /// What Ctrl-C sends to the program.
    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("a running program");
    }

    /// Waits for the end of the program: everything it showed, and how it ended.
    pub fn finish(mut self) -> (String, ExitStatus) {
        let status = wait_for("the end of the program", || {
            self.child.try_wait().expect("a running program")
        });
        if let Some(reader) = self.reader.take() {
            reader.join().expect("a reader");
        }
        (self.text(), status)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Either fails only when the program has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Our side of a new terminal, and the program's.
fn pair(width: u16) -> (OwnedFd, OwnedFd) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&ours).expect("a pseudo-terminal");
    unlockpt(&ours).expect("a pseudo-terminal");
    let size = Winsize {
        ws_row: 40,
        ws_col: width,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&ours, size).expect("a pseudo-terminal");
    let name = ptsname(&ours, Vec::new()).expect("a pseudo-terminal");
    let theirs = rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())
        .expect("a pseudo-terminal");
    (ours, theirs)
}
