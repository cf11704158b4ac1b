//! The end of what passes through standard error.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::process::ChildStderr;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Bytes kept.
const KEPT: usize = 4096;

/// Lines kept.
const LINES: usize = 20;

/// Passes everything on, unchanged, and keeps its end.
pub(super) struct Tail {
    kept: Arc<Mutex<VecDeque<u8>>>,
    done: Receiver<()>,
}

impl Tail {
    pub(super) fn follow(mut from: ChildStderr) -> Self {
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, done) = channel();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            let mut open = true;
            loop {
                let read = match from.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(_) => break,
                };
                let chunk = &buffer[..read];
                // Where nobody reads our standard error, the command still has to get on.
                open = open && io::stderr().write_all(chunk).is_ok();
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&chunk[read.saturating_sub(KEPT)..]);
                let excess = kept.len().saturating_sub(KEPT);
                kept.drain(..excess);
            }
            let _ = sender.send(());
        });
        Self { kept, done }
    }

    /// The last lines, once everything has passed or `patience` is over.
    pub(super) fn finish(self, patience: Duration) -> String {
        let _ = self.done.recv_timeout(patience);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        last_lines(kept.make_contiguous())
    }
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
