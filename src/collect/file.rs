//! The file output: one JSON event a line, rotated by size and kept within a total.
//!
//! Rotated files are called `events.log.1`, the newest, and so on. A line is there whole or not at
//! all: what a full disk took in part is cut off again.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::check::can_make;
use super::output::{Output, Verdict};
use crate::event::{Event, json};

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
        let mut file = options.create(true).append(true).read(true).open(path)?;
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
            file: {
                if meta.is_file() && meta.len() > 0 {
                    file.seek(SeekFrom::End(-1))?;
                }
                file
            },
        };
        open.end_line(meta.is_file())?;
        Ok(open)
    }

    /// A line that a crash left without its end is ended, so that the next one is whole.
    fn end_line(&mut self, is_file: bool) -> io::Result<()> {
        let mut last = [b'\n'];
        if is_file && self.length > 0 {
            self.file.read_exact(&mut last)?;
        }
        match last {
            [b'\n'] => Ok(()),
            _ => self.append(b"\n"),
        }
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
    fn a_torn_line_is_ended_and_a_moved_file_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events.log");
        fs::write(&path, "{\"torn").expect("written");
        let mut file = output(&path, 10_000, 20_000);
        file.write(&[&event(1)]).expect("written");
        assert_eq!(lines(&path).len(), 2);
        fs::rename(&path, folder.path().join("moved")).expect("moved");
        file.write(&[&event(2)]).expect("written");
        assert_eq!(lines(&path).len(), 1);
        assert_eq!(lines(&folder.path().join("moved")).len(), 2);
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
