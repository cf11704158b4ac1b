//! The journal: a SQLite file where events wait for Redis, and the store where there is none.
//!
//! Any number of processes may use it at once: writers take turns, readers never wait for them.
//! It knows streams only by name and nothing of Redis.

mod backlog;
mod limit;
mod open;
#[cfg(feature = "cli")]
mod source;
#[cfg(feature = "cli")]
mod tail;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, Row, TransactionBehavior, params};

pub use backlog::DrainGuard;
pub use limit::Dropped;
#[cfg(feature = "cli")]
pub use source::JournalSource;
#[cfg(feature = "cli")]
pub use tail::JournalTail;

use super::Error;
use crate::event::{Data, Event, Millis, Origin, json};

/// How long a reader waits for a lock. Only recovery after a crash makes a reader wait at all.
const READ_PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of JSON after which a page ends early, so that large events do not fill the memory.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// No row has these numbers.
const NOTHING: RangeInclusive<i64> = 0..=0;

/// An open journal.
pub struct Journal {
    path: PathBuf,
    db: Connection,
    busy: Duration,
    set_aside: Option<PathBuf>,
    max_bytes: u64,
    /// Whether events remember the entries they were read from.
    keeps_entries: bool,
    /// Rows that are not dropped to make room.
    in_use: RangeInclusive<i64>,
}

/// What became of events that were added.
#[derive(Debug, Default)]
pub struct Added {
    /// Their sequence numbers, in order.
    pub places: Vec<i64>,
    /// What had to go to make room for them.
    pub dropped: Dropped,
}

impl Journal {
    /// Opens the journal at `path`, and makes it, with its folders, where there is none. A file
    /// that is broken is set aside, see [`Journal::set_aside`]. `busy` is how long this and every
    /// later call may wait for other processes.
    ///
    /// # Errors
    /// When the file cannot be made, belongs to a newer emp or to another program, or stays
    /// locked for too long.
    pub fn open(path: &Path, busy: Duration) -> Result<Self, Error> {
        let path = open::absolute(path)?;
        let (db, set_aside) = open::writer(&path, busy)?;
        Ok(Self {
            path,
            db,
            busy,
            set_aside,
            max_bytes: u64::MAX,
            keeps_entries: false,
            in_use: NOTHING,
        })
    }

    /// Opens the journal for reading, also where its file or folder cannot be written. `None`
    /// where there is no journal yet.
    ///
    /// # Errors
    /// When the file is broken or no journal that this emp knows.
    pub fn open_existing(path: &Path) -> Result<Option<Self>, Error> {
        let path = open::absolute(path)?;
        let db = open::reader(&path, READ_PATIENCE)?;
        Ok(db.map(|db| Self {
            path,
            db,
            busy: READ_PATIENCE,
            set_aside: None,
            max_bytes: u64::MAX,
            keeps_entries: false,
            in_use: NOTHING,
        }))
    }

    /// Whether the file at `path` is a SQLite file, as every journal is.
    pub fn is_at(path: &Path) -> bool {
        let mut head = [0; 16];
        let read = std::fs::File::open(path)
            .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head));
        read.is_ok() && head == *b"SQLite format 3\0"
    }

    /// Deletes the journal at `path` with everything beside it; one that is not there is fine.
    ///
    /// # Errors
    /// When a file cannot be deleted.
    pub fn delete(path: &Path) -> Result<(), Error> {
        for suffix in ["", "-wal", "-shm", ".pending"] {
            let file = open::sibling(path, suffix);
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::Journal {
                        path: file,
                        reason: error.to_string(),
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Where the broken file is now that this journal took the place of, for a message.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// Adds events, each to the stream named with it, all or none of them, and leaves the mark
    /// that [`Journal::has_backlog`] looks for.
    ///
    /// # Errors
    /// When the file cannot be written or stays locked. A file that turns out to be broken is set
    /// aside first, and the events go into a new one.
    pub fn append_each(&mut self, entries: &[(&str, &Event)]) -> Result<Added, Error> {
        if entries.is_empty() {
            return Ok(Added::default());
        }
        match self.insert(entries) {
            Err(error) if open::is_broken(&error) => {
                self.begin_again()?;
                self.insert(entries)
            }
            other => other,
        }
        .map_err(|error| open::failure(&self.path, &error))
    }

    /// Adds events to one stream.
    #[cfg(test)]
    pub(crate) fn append(&mut self, stream: &str, events: &[Event]) -> Result<(), Error> {
        let entries: Vec<_> = events.iter().map(|event| (stream, event)).collect();
        self.append_each(&entries).map(drop)
    }

    fn insert(&mut self, entries: &[(&str, &Event)]) -> rusqlite::Result<Added> {
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Whoever takes the mark away holds the same lock, and finds nothing that waits.
        backlog::mark(&self.path);
        let mut places = Vec::with_capacity(entries.len());
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO event (stream, timestamp, event_id, level, line)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (stream, event) in entries {
                insert.execute(params![
                    stream,
                    event.timestamp.get(),
                    event.event_id,
                    limit::level_of(event),
                    match self.keeps_entries {
                        true => json::write(event),
                        false => line(event),
                    },
                ])?;
                places.push(transaction.last_insert_rowid());
            }
        }
        let dropped = limit::make_room(&transaction, self.max_bytes, &self.in_use)?;
        transaction.commit()?;
        Ok(Added { places, dropped })
    }

    /// Sets the broken file aside, unless another process has done so, and opens a new one.
    fn begin_again(&mut self) -> Result<(), Error> {
        // The old connection must not write to the file once it has another name.
        self.db =
            Connection::open_in_memory().map_err(|error| open::failure(&self.path, &error))?;
        let (db, set_aside) = open::repaired(&self.path, self.busy)?;
        self.db = db;
        self.set_aside = set_aside.or(self.set_aside.take());
        Ok(())
    }

    /// The first events after a sequence number, with their own, in the order they were added:
    /// at most `limit`, and fewer where they are large. Only an empty answer means that there
    /// are no more.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn events_after(&self, seq: i64, limit: usize) -> Result<Vec<(i64, Event)>, Error> {
        self.try_read(|db| {
            let mut select = db.prepare_cached(
                "SELECT seq, timestamp, stream, line FROM event WHERE seq > ?1
                 ORDER BY seq LIMIT ?2",
            )?;
            let mut rows = select.query(params![seq, i64::try_from(limit).unwrap_or(i64::MAX)])?;
            let mut events = Vec::new();
            let mut bytes = 0;
            while bytes < PAGE_BYTES
                && let Some(row) = rows.next()?
            {
                let raw = Raw::of(row)?;
                bytes += raw.line.len();
                events.push((raw.seq, raw.event()));
            }
            Ok(events)
        })
    }

    /// The events that wait longest, oldest first; see [`Journal::events_after`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn oldest(&self, limit: usize) -> Result<Vec<(i64, Event)>, Error> {
        self.events_after(0, limit)
    }

    /// The sequence number of the last event ever added, 0 before the first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_seq(&self) -> Result<i64, Error> {
        self.try_read(|db| {
            // Numbers are never used again, so this holds for events that were removed as well.
            db.prepare_cached(
                "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'",
            )?
            .query_row([], |row| row.get(0))
        })
    }

    /// Events held.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn len(&self) -> Result<u64, Error> {
        self.try_read(|db| {
            db.prepare_cached("SELECT count(*) FROM event")?
                .query_row([], |row| row.get::<_, i64>(0))
        })
        .map(|count| u64::try_from(count).unwrap_or(0))
    }

    /// Whether no event is held.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_empty(&self) -> Result<bool, Error> {
        self.try_read(|db| db.prepare_cached("SELECT 1 FROM event LIMIT 1")?.exists([]))
            .map(|held| !held)
    }

    /// Timestamps of the oldest and the newest event held.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn span(&self) -> Result<Option<(Millis, Millis)>, Error> {
        self.try_read(|db| {
            // Two queries, because SQLite looks up only a lone minimum or maximum in the index.
            db.prepare_cached(
                "SELECT (SELECT min(timestamp) FROM event), (SELECT max(timestamp) FROM event)",
            )?
            .query_row([], |row| {
                let ends: (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
                Ok(ends.0.zip(ends.1))
            })
        })
        .map(|ends| ends.map(|(old, new)| (Millis::clamped(old), Millis::clamped(new))))
    }

    /// Forgets events that are safe elsewhere.
    ///
    /// # Errors
    /// When the file cannot be written or stays locked.
    pub fn remove(&mut self, seqs: &[i64]) -> Result<(), Error> {
        self.delete_rows(seqs)
            .map_err(|error| open::failure(&self.path, &error))
    }

    fn delete_rows(&mut self, seqs: &[i64]) -> rusqlite::Result<()> {
        let transaction = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut delete = transaction.prepare_cached("DELETE FROM event WHERE seq = ?1")?;
            for seq in seqs {
                delete.execute([seq])?;
            }
        }
        transaction.commit()
    }

    /// Frees the memory that is kept for pages of the file until it is used again.
    pub fn rest(&self) {
        // Without it the journal works as well.
        let _ = self.db.execute_batch("PRAGMA shrink_memory");
    }

    fn try_read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        read(&self.db).map_err(|error| open::failure(&self.path, &error))
    }
}

/// The JSON form without the keys that say where an event was read.
fn line(event: &Event) -> String {
    if event.origin.is_none() {
        return json::write(event);
    }
    json::write(&Event {
        origin: None,
        ..event.clone()
    })
}

/// One row, as it lies in the page.
struct Raw<'a> {
    seq: i64,
    timestamp: i64,
    stream: &'a [u8],
    line: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Takes `seq, timestamp, stream, line`.
    fn of(row: &'a Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            timestamp: row.get(1)?,
            stream: row.get_ref(2)?.as_bytes()?,
            line: row.get_ref(3)?.as_bytes()?,
        })
    }

    /// Never fails: a line that somebody damaged is shown as it is.
    fn event(&self) -> Event {
        let mut event = json::read(self.line).unwrap_or_else(|_| Event {
            timestamp: Millis::clamped(self.timestamp),
            data: Data::Text(String::from_utf8_lossy(self.line).into_owned()),
            ..Event::default()
        });
        event.origin = Some(Origin {
            stream: Arc::from(&*String::from_utf8_lossy(self.stream)),
            entry: event.entry(),
        });
        event
    }
}

#[cfg(test)]
mod tests;
