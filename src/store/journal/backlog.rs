//! Draining: who may do it, and whether there is anything to drain.
//!
//! A file beside the journal marks that events wait in it, so that an emitter needs no SQLite to
//! know that there are none. Where the mark is missing, nothing waits; where it stands, something
//! may.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use super::{Error, Journal, open};

/// The right to drain a journal, until it is dropped.
#[derive(Debug)]
pub struct DrainGuard {
    _lock: File,
}

impl Journal {
    /// Whether events may wait in the journal at `path`: one look at the file system.
    pub fn has_backlog(path: &Path) -> bool {
        mark_path(path).exists()
    }

    /// Takes the right to drain the journal at `path`. `None` while another process has it, and
    /// where this user cannot write beside the journal.
    pub fn drain_lock(path: &Path) -> Option<DrainGuard> {
        let lock = open::lock_file(path, ".drain").ok()?;
        lock.try_lock().ok()?;
        Some(DrainGuard { _lock: lock })
    }

    /// Ends a drain: takes the mark away where nothing waits any more, and says whether something
    /// does. Room that drained events took is given back to the disk.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn settle(&mut self) -> Result<bool, Error> {
        self.settle_while(|| ())
    }

    /// Settles, while at the worst moment something else happens, as a test wants it.
    pub(super) fn settle_while(&mut self, meanwhile: impl FnOnce()) -> Result<bool, Error> {
        // Away first, then the look: whoever adds an event after the look marks it anew.
        let _ = fs::remove_file(mark_path(&self.path));
        meanwhile();
        let waiting = match self.is_empty() {
            Ok(empty) => !empty,
            Err(error) => {
                mark(&self.path);
                return Err(error);
            }
        };
        if waiting {
            mark(&self.path);
        } else {
            // A courtesy: where a writer is in the way, the next drain does it.
            let _ = self.db.execute_batch("PRAGMA incremental_vacuum");
        }
        Ok(waiting)
    }
}

/// Says that events wait. Where that fails they are safe all the same, and the next event marks
/// them with itself.
pub(super) fn mark(path: &Path) {
    let mut options = OpenOptions::new();
    let _ = open::private(options.write(true).create(true).truncate(false)).open(mark_path(path));
}

fn mark_path(journal: &Path) -> PathBuf {
    open::sibling(journal, ".pending")
}
