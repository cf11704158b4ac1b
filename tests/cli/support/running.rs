//! `emp` at work: a child whose output is read while it runs, or left unread.

use std::io::{Read, Write};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};

use super::wait_for;

/// A program that runs, with pipes for its standard input, output and error.
pub struct Running {
    child: Child,
    unread: Option<ChildStdout>,
    out: Stream,
    err: Stream,
}

impl Running {
    /// Runs a program and reads all that it says.
    pub fn spawn(command: Command) -> Self {
        let mut running = Self::spawn_unread(command);
        running.read();
        running
    }

    /// Runs a program whose standard output nobody reads until [`read`](Self::read).
    pub fn spawn_unread(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let err = Stream::read(child.stderr.take().expect("a pipe"));
        Self {
            unread: child.stdout.take(),
            child,
            out: Stream::default(),
            err,
        }
    }

    /// Begins to read its standard output.
    pub fn read(&mut self) {
        if let Some(unread) = self.unread.take() {
            self.out = Stream::read(unread);
        }
    }

    /// Its standard output until now.
    pub fn stdout(&self) -> String {
        self.out.text()
    }

    /// Its standard error until now.
    pub fn stderr(&self) -> String {
        self.err.text()
    }

    /// Waits until its standard output holds this.
    pub fn wait_for(&self, text: &str) {
        wait_for(&format!("{text:?} on stdout"), || {
            self.stdout().contains(text).then_some(())
        });
    }

    /// Waits until its standard error holds this.
    pub fn wait_for_error(&self, text: &str) {
        wait_for(&format!("{text:?} on stderr"), || {
            self.stderr().contains(text).then_some(())
        });
    }

    /// Writes to its standard input.
    pub fn write(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("an open input");
        input.write_all(text.as_bytes()).expect("it reads");
        input.flush().expect("it reads");
    }

    /// Ends its standard input.
    pub fn close_input(&mut self) {
        self.child.stdin.take();
    }

    /// What Ctrl-C sends to it.
    pub fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("a running program");
    }

    /// Its number, as the system counts processes.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end: standard output, standard error, and how it ended.
    pub fn finish(mut self) -> (String, String, ExitStatus) {
        self.read();
        let status = wait_for("the end of the program", || {
            self.child.try_wait().expect("a program")
        });
        (self.out.end(), self.err.end(), status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Either fails only when the program has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One output, read by a thread of its own.
#[derive(Default)]
struct Stream {
    seen: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn read(mut from: impl Read + Send + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let reader = thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                sink.lock()
                    .expect("a lock")
                    .extend_from_slice(&bytes[..count]);
            }
        });
        Self {
            seen,
            reader: Some(reader),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().expect("a lock")).into_owned()
    }

    fn end(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("a reader");
        }
        self.text()
    }
}
