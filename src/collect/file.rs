//! The file output: one JSON event a line, rotated by size and kept within a total.
//!
//! Rotated files are called `events.log.1`, the newest, and so on. A line is there whole or not at
//! all: what a full disk or a crash left in part is cut off again.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::memrchr;
use serde::de::IgnoredAny;

use super::check::can_make;
use super::output::{Output, Verdict};
use crate::event::{Event, MAX_LINE_BYTES, json};

/// Writes events into a file.
pub(super) struct FileOutput {
    path: PathBuf,
    /// Bytes of one file.
    max_file: u64,
    /// Bytes of all of them.
    max_total: u64,
    /// Set by whoever wants the file to be opened anew.
    reopen: Arc<AtomicBool>,
    open: Option<Open>,
    lines: String,
}

/// What is at the path of a file, before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A file that can be written.
    Ready,
    /// Nothing, but a file can be made.
    Missing,
    /// A file that another collector writes.
    InUse,
}

struct Open {
    file: File,
    length: u64,
    /// Device and inode, to see when somebody moved the file away.
    identity: (u64, u64),
}

impl FileOutput {
    pub(super) fn new(path: &Path, max_file: u64, max_total: u64, reopen: Arc<AtomicBool>) -> Self {
        Self {
            path: path.to_owned(),
            max_file: max_file.min(max_total),
            max_total,
            reopen,
            open: None,
            lines: String::new(),
        }
    }

    /// Opens the file, as the first delivery does, so that a mistake shows at the start.
    ///
    /// # Errors
    /// When the file cannot be made or written, or another collector writes it.
    pub(super) fn prepare(&mut self) -> io::Result<()> {
        self.file().map(drop)
    }

    /// Whether a file at `path` could be written. Makes and writes nothing.
    ///
    /// # Errors
    /// When it could not.
    pub(super) fn probe(path: &Path) -> io::Result<Found> {
        match OpenOptions::new().append(true).open(path) {
            Ok(file) => Ok(match file.try_lock() {
                Err(TryLockError::WouldBlock) => Found::InUse,
                _ => Found::Ready,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                can_make(path).map(|()| Found::Missing)
            }
            Err(error) => Err(error),
        }
    }

    fn file(&mut self) -> io::Result<&mut Open> {
        let asked = self.reopen.swap(false, Ordering::Relaxed);
        let kept = self.open.take().filter(|open| {
            let there = fs::metadata(&self.path).ok();
            !asked && there.map(|meta| (meta.dev(), meta.ino())) == Some(open.identity)
        });
        let open = match kept {
            Some(open) => open,
            None => Open::at(&self.path)?,
        };
        Ok(self.open.insert(open))
    }

    fn write(&mut self, events: &[&Event]) -> io::Result<()> {
        self.lines.clear();
        for event in events {
            json::append(event, &mut self.lines);
            self.lines.push('\n');
        }
        let more = self.lines.len() as u64;
        let max_file = self.max_file;
        let open = self.file()?;
        if open.length > 0 && open.length + more > max_file {
            self.rotate()?;
        }
        let lines = std::mem::take(&mut self.lines);
        let written = self.file().and_then(|open| open.append(lines.as_bytes()));
        self.lines = lines;
        // A batch may be as large as its largest event.
        if self.lines.capacity() > 4 * 1024 * 1024 {
            self.lines = String::new();
        }
        written
    }

    /// Gives the file another name, and forgets the oldest of what goes beyond the total.
    fn rotate(&mut self) -> io::Result<()> {
        let mut kept = self.max_file;
        let mut number = 1;
        // The oldest first, so that each name is free when its file comes.
        let mut rotated = Vec::new();
        while let Ok(meta) = fs::metadata(numbered(&self.path, number)) {
            rotated.push(meta.len());
            number += 1;
        }
        let current = fs::metadata(&self.path).map_or(0, |meta| meta.len());
        let sizes = std::iter::once(current).chain(rotated.iter().copied());
        let keep = sizes
            .take_while(|size| {
                kept += size;
                kept <= self.max_total
            })
            .count();
        for gone in keep..rotated.len() + 1 {
            if gone > 0 {
                fs::remove_file(numbered(&self.path, gone))?;
            }
        }
        for number in (1..keep).rev() {
            fs::rename(
                numbered(&self.path, number),
                numbered(&self.path, number + 1),
            )?;
        }
        self.open = None;
        match keep {
            0 => fs::remove_file(&self.path),
            _ => fs::rename(&self.path, numbered(&self.path, 1)),
        }
    }
}

/// Whether this is the beginning of an event's line, and not all of it.
fn is_torn(line: &[u8]) -> bool {
    let parsed: Result<IgnoredAny, _> = serde_json::from_slice(line);
    line.starts_with(b"{") && parsed.is_err_and(|error| error.is_eof())
}

fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

impl Open {
    fn at(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).read(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::other("another collector writes it"));
            }
            // Not every file system knows locks.
            Err(TryLockError::Error(_)) => {}
        }
        let meta = file.metadata()?;
        let mut open = Self {
            identity: (meta.dev(), meta.ino()),
            length: meta.len(),
            file,
        };
        if meta.is_file() {
            open.mend()?;
        }
        Ok(open)
    }

    /// Cuts off what a crash left of a line: its event was not acknowledged and comes again. Any
    /// other last line that lacks its end gets it, so that the next one stands alone.
    fn mend(&mut self) -> io::Result<()> {
        match self.last_line()? {
            Some(line) if is_torn(&line) => {
                self.length -= line.len() as u64;
                self.file.set_len(self.length)
            }
            Some(line) if line.is_empty() => Ok(()),
            _ => self.append(b"\n"),
        }
    }

    /// What stands behind the last line feed, unless that is more than a line can be.
    fn last_line(&self) -> io::Result<Option<Vec<u8>>> {
        let mut size = 64 * 1024;
        while size <= MAX_LINE_BYTES as u64 {
            let from = self.length.saturating_sub(size);
            let mut bytes = Vec::new();
            // Appending goes to the end wherever this leaves the file.
            (&self.file).seek(SeekFrom::Start(from))?;
            (&self.file).take(size).read_to_end(&mut bytes)?;
            match memrchr(b'\n', &bytes) {
                Some(end) => return Ok(Some(bytes.split_off(end + 1))),
                None if from == 0 => return Ok(Some(bytes)),
                None => size *= 4,
            }
        }
        Ok(None)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.file.write_all(bytes) {
            Ok(()) => {
                self.length += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                // What is there of it would be taken for whole lines.
                let _ = self.file.set_len(self.length);
                Err(error)
            }
        }
    }
}

impl Output for FileOutput {
    type Item = Event;

    async fn deliver(&mut self, batch: &[&Event]) -> Verdict {
        match self.write(batch) {
            Ok(()) => Verdict::Delivered,
            Err(error) => {
                self.open = None;
                Verdict::Retry {
                    reason: format!("cannot write {}: {error}", self.path.display()),
                    after: None,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: i64) -> Event {
        Event {
            service: "s".repeat(50),
            event_type: format!("job.number_{number}"),
            ..Event::default()
        }
    }

    fn lines(path: &Path) -> Vec<String> {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn output(path: &Path, max_file: u64, max_total: u64) -> FileOutput {
        FileOutput::new(path, max_file, max_total, Arc::default())
    }

    #[test]
    fn files_rotate_and_keep_within_the_total() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("logs/telemetry/events.log");
        let mut file = output(&path, 1000, 3000);
        for number in 0..100 {
            file.write(&[&event(number)]).expect("written");
            let total: u64 = fs::read_dir(path.parent().expect("a folder"))
                .expect("readable")
                .map(|entry| entry.expect("an entry").metadata().expect("its size").len())
                .sum();
            assert!(total <= 3000, "{total}");
        }
        let mut kept = Vec::new();
        for number in (0..3).rev() {
            let path = match number {
                0 => path.clone(),
                number => numbered(&path, number),
            };
            assert!(fs::metadata(&path).expect("there").len() <= 1000);
            kept.extend(lines(&path));
        }
        assert!(!numbered(&path, 3).exists());
        // Nothing is missing among what is kept, and the newest is there.
        let first = 100 - kept.len();
        for (line, number) in kept.iter().zip(first..) {
            assert!(line.contains(&format!("number_{number}\"")), "{line}");
        }
        assert!(kept.len() > 15);
    }

    #[test]
    fn a_torn_line_is_cut_off_and_any_other_is_ended() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events.log");
        let long = "ü".repeat(100_000);
        for (last, stays) in [
            ("".as_bytes(), false),
            (b"{", false),
            (b"{\"torn", false),
            (&[b"{\"data\":\"", long.as_bytes()].concat(), false),
            // In the middle of a character.
            (b"{\"data\":\"\xc3", false),
            (b"{\"whole\":1}", true),
            (b"words of another", true),
            (&vec![b'{'; 5_000_000], true),
        ] {
            for before in ["", "{\"first\":1}\n"] {
                fs::write(&path, [before.as_bytes(), last].concat()).expect("written");
                let mut file = output(&path, 10_000_000, 20_000_000);
                file.write(&[&event(1)]).expect("written");
                let bytes = fs::read(&path).expect("readable");
                let rest = bytes.strip_prefix(before.as_bytes()).expect("as it was");
                let rest = match stays {
                    true => rest
                        .strip_prefix(last)
                        .and_then(|rest| rest.strip_prefix(b"\n")),
                    false => Some(rest),
                };
                let mut wanted = String::new();
                json::append(&event(1), &mut wanted);
                let shown = String::from_utf8_lossy(&last[..last.len().min(20)]);
                assert_eq!(rest, Some(format!("{wanted}\n").as_bytes()), "{shown}");
            }
        }
    }

    #[test]
    fn a_moved_file_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events.log");
        let mut file = output(&path, 10_000, 20_000);
        file.write(&[&event(1)]).expect("written");
        fs::rename(&path, folder.path().join("moved")).expect("moved");
        file.write(&[&event(2)]).expect("written");
        assert_eq!(lines(&path).len(), 1);
        assert_eq!(lines(&folder.path().join("moved")).len(), 1);
    }

    #[test]
    fn two_collectors_do_not_share_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events.log");
        let mut one = output(&path, 10_000, 20_000);
        one.prepare().expect("opened");
        let error = output(&path, 10_000, 20_000).prepare().expect_err("in use");
        assert!(error.to_string().contains("another collector"), "{error}");
        drop(one);
        output(&path, 10_000, 20_000).prepare().expect("free again");
    }
}
