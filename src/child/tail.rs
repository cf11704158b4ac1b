//! The end of what passes through standard error.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionread};

/// Bytes kept.
const KEPT: usize = 4096;

/// Lines kept.
const LINES: usize = 20;

/// Passes everything on, unchanged, and keeps its end.
pub(super) struct Tail {
    thread: JoinHandle<VecDeque<u8>>,
    /// Closed when the command has ended.
    ended: PipeWriter,
}

impl Tail {
    /// The tail, and the end of the pipe that the command writes to.
    pub(super) fn follow() -> io::Result<(Self, PipeWriter)> {
        let (from, to) = io::pipe()?;
        let (watch, ended) = io::pipe()?;
        let thread = thread::Builder::new()
            .name("stderr".to_owned())
            .spawn(move || Pass::default().run(from, &watch))?;
        Ok((Self { thread, ended }, to))
    }

    /// The last lines, once everything that the command wrote has passed.
    pub(super) fn finish(self) -> String {
        drop(self.ended);
        let mut kept = self.thread.join().unwrap_or_default();
        last_lines(kept.make_contiguous())
    }
}

#[derive(Default)]
struct Pass {
    kept: VecDeque<u8>,
}

impl Pass {
    fn run(mut self, mut from: PipeReader, watch: &PipeReader) -> VecDeque<u8> {
        let mut buffer = vec![0; 64 * 1024];
        while let Some(ended) = wait(&from, watch) {
            if ended {
                self.finish(from, &mut buffer);
                break;
            }
            if self.pass(&mut from, &mut buffer) == 0 {
                break;
            }
        }
        self.kept
    }

    /// Passes what the command left in the pipe. Something that it started may go on writing: that
    /// must not keep us, and must not lose its reader either.
    fn finish(&mut self, mut from: PipeReader, buffer: &mut [u8]) {
        let mut left = ioctl_fionread(&from).map_or(0, |bytes| usize::try_from(bytes).unwrap_or(0));
        while left > 0 {
            let most = left.min(buffer.len());
            match self.pass(&mut from, &mut buffer[..most]) {
                0 => return,
                passed => left -= passed,
            }
        }
        if has_writers(&from) {
            let mut cat = Command::new("cat");
            // Where there is none, the writer ends as it would with any reader that went away.
            let _ = cat
                .stdin(from)
                .stdout(io::stderr())
                .stderr(Stdio::null())
                .spawn();
        }
    }

    /// Passes one piece; its length, or 0 when no more can pass.
    fn pass(&mut self, from: &mut PipeReader, buffer: &mut [u8]) -> usize {
        let read = loop {
            match from.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.unwrap_or(0),
            }
        };
        let chunk = &buffer[..read];
        self.kept.extend(&chunk[read.saturating_sub(KEPT)..]);
        let excess = self.kept.len().saturating_sub(KEPT);
        self.kept.drain(..excess);
        match io::stderr().write_all(chunk) {
            // The command is to see that its reader went away, as it would without us.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => 0,
            _ => read,
        }
    }
}

/// Waits for something to read, or its end; whether the command has ended. `None` when waiting is
/// impossible.
fn wait(from: &PipeReader, watch: &PipeReader) -> Option<bool> {
    let mut both = [
        PollFd::new(from, PollFlags::IN),
        PollFd::new(watch, PollFlags::IN),
    ];
    loop {
        match poll(&mut both, None) {
            Ok(_) => return Some(!both[1].revents().is_empty()),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

fn has_writers(from: &PipeReader) -> bool {
    let mut one = [PollFd::new(from, PollFlags::IN)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let polled = poll(&mut one, Some(&now));
    polled.is_ok() && !one[0].revents().contains(PollFlags::HUP)
}

fn last_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    lines[from..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        let text: String = (0..100).map(|line| format!("line {line}\n")).collect();
        let last = last_lines(text.as_bytes());
        assert!(
            last.starts_with("line 80\n") && last.ends_with("line 99"),
            "{last}"
        );
        assert_eq!(last_lines(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(last_lines(b""), "");
    }
}
