//! Draining: who may do it, and whether there is anything to drain.
//!
//! A file beside the journal marks that events wait in it, so that an emitter needs no SQLite to
//! know that there are none. Where the mark is missing, nothing waits; where it stands, something
//! may.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::TransactionBehavior;

use super::{Error, Journal, open};
use crate::store::private;

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
        let path = &self.path;
        let waiting = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate);
        let waiting = waiting.and_then(|look| {
            let waiting = look
                .prepare_cached("SELECT 1 FROM event LIMIT 1")?
                .exists([])?;
            meanwhile();
            // Nobody can add an event now; whoever waits to do so marks it anew.
            if !waiting {
                let _ = fs::remove_file(mark_path(path));
            }
            Ok(waiting)
        });
        let waiting = waiting.map_err(|error| open::failure(path, &error))?;
        if !waiting {
            // A courtesy: where a writer is in the way, the next drain does it.
            let _ = self.db.execute_batch("PRAGMA incremental_vacuum");
        }
        Ok(waiting)
    }
}

/// Says that events wait. Where that fails they are safe all the same, and the next event marks
/// them with itself.
pub(super) fn mark(path: &Path) {
    let _ = private::create(&mark_path(path));
}

fn mark_path(journal: &Path) -> PathBuf {
    open::sibling(journal, ".pending")
}
