//! How large a journal may become, and what goes first when it would become larger.
//!
//! The oldest `debug` and `info` events go first, then `warn`, errors last. What went is counted
//! in a table of the journal itself, and so is how much of that was told to anybody.

use std::ops::{Add, RangeInclusive, Sub};

use rusqlite::{Connection, Transaction, params};

use super::{Error, Journal, open};
use crate::event::{Event, Level};

/// What a row takes beside its line: the other columns and the index.
const ROW_BYTES: u64 = 150;

/// The part of the limit that is cleared beyond what is needed, so that not every event pays.
const HEADROOM: u64 = 64;

/// The levels in the order in which they go, each with what the `level` column holds.
const CLASSES: [(&str, &str); 3] = [
    ("info", "level IS NULL OR level NOT IN ('warn', 'error')"),
    ("warn", "level = 'warn'"),
    ("error", "level = 'error'"),
];

/// Made when something is dropped for the first time.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS dropped (
    level TEXT PRIMARY KEY, total INTEGER NOT NULL, told INTEGER NOT NULL)";

/// Events that had to go, by level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// `debug` and `info`.
    pub info: u64,
    /// `warn`.
    pub warn: u64,
    /// `error`, and error events.
    pub error: u64,
}

impl Dropped {
    /// All of them.
    pub fn sum(self) -> u64 {
        self.info + self.warn + self.error
    }

    fn of([info, warn, error]: [u64; 3]) -> Self {
        Self { info, warn, error }
    }

    fn by_class(self) -> [u64; 3] {
        [self.info, self.warn, self.error]
    }
}

impl Add for Dropped {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (ours, theirs) = (self.by_class(), other.by_class());
        Self::of([0, 1, 2].map(|class| ours[class] + theirs[class]))
    }
}

impl Sub for Dropped {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let (ours, theirs) = (self.by_class(), other.by_class());
        Self::of([0, 1, 2].map(|class| ours[class].saturating_sub(theirs[class])))
    }
}

/// The value of the `level` column. An error event without a level is an error all the same.
pub(super) fn level_of(event: &Event) -> Option<&'static str> {
    if event.is_error_event() {
        return Some(Level::Error.as_str());
    }
    event.level.map(Level::as_str)
}

/// Drops events until no more than `max_bytes` are in use; rows `in_use` stay.
pub(super) fn make_room(
    transaction: &Transaction<'_>,
    max_bytes: u64,
    in_use: &RangeInclusive<i64>,
) -> rusqlite::Result<Dropped> {
    let used = used_bytes(transaction)?;
    let mut counts = [0; 3];
    if used <= max_bytes {
        return Ok(Dropped::default());
    }
    let mut surplus = used - max_bytes + max_bytes / HEADROOM;
    transaction.execute_batch(TABLE)?;
    let free = format!("seq NOT BETWEEN {} AND {}", in_use.start(), in_use.end());
    for (count, (level, class)) in counts.iter_mut().zip(CLASSES) {
        if surplus == 0 {
            break;
        }
        let condition = format!("({class}) AND {free}");
        let Some(last) = last_to_go(transaction, &condition, &mut surplus)? else {
            continue;
        };
        let gone = transaction.execute(
            &format!("DELETE FROM event WHERE seq <= ?1 AND {condition}"),
            [last],
        )?;
        *count = gone as u64;
        transaction.execute(
            "INSERT INTO dropped VALUES (?1, ?2, 0)
             ON CONFLICT (level) DO UPDATE SET total = total + excluded.total",
            params![level, i64::try_from(gone).unwrap_or(i64::MAX)],
        )?;
    }
    Ok(Dropped::of(counts))
}

/// The newest of the oldest events that make up the surplus.
fn last_to_go(
    db: &Connection,
    condition: &str,
    surplus: &mut u64,
) -> rusqlite::Result<Option<i64>> {
    let mut select = db.prepare(&format!(
        "SELECT seq, length(CAST(line AS BLOB)) FROM event WHERE {condition} ORDER BY seq"
    ))?;
    let mut rows = select.query([])?;
    let mut last = None;
    while *surplus > 0
        && let Some(row) = rows.next()?
    {
        last = Some(row.get(0)?);
        let bytes = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0) + ROW_BYTES;
        *surplus = surplus.saturating_sub(bytes);
    }
    Ok(last)
}

fn used_bytes(db: &Connection) -> rusqlite::Result<u64> {
    let number = |pragma: &str| -> rusqlite::Result<u64> {
        let value = db
            .prepare_cached(pragma)?
            .query_row([], |row| row.get::<_, i64>(0))?;
        Ok(u64::try_from(value).unwrap_or(0))
    };
    let pages = number("PRAGMA page_count")?.saturating_sub(number("PRAGMA freelist_count")?);
    Ok(pages * number("PRAGMA page_size")?)
}

impl Journal {
    /// The same journal, whose events remember the entries they were read from, as one that holds
    /// what left a stream.
    #[must_use]
    #[cfg(feature = "cli")]
    pub fn keeping_entries(self) -> Self {
        Self {
            keeps_entries: true,
            ..self
        }
    }

    /// Rows that somebody works on: they are not dropped to make room, until others are named.
    #[cfg(feature = "cli")]
    pub fn use_rows(&mut self, rows: &[i64]) {
        self.in_use = match (rows.iter().min(), rows.iter().max()) {
            (Some(first), Some(last)) => *first..=*last,
            _ => super::NOTHING,
        };
    }

    /// Bytes in use, of those that [`Journal::limited`] allows.
    ///
    /// # Errors
    /// When the file cannot be read.
    #[cfg(feature = "cli")]
    pub fn used_bytes(&self) -> Result<u64, Error> {
        self.try_read(used_bytes)
    }

    /// The same journal, of which no more than `max_bytes` are in use after an event was added.
    #[must_use]
    pub fn limited(self, max_bytes: u64) -> Self {
        Self { max_bytes, ..self }
    }

    /// What was dropped since the journal was made.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn dropped(&self) -> Result<Dropped, Error> {
        self.try_read(|db| counts(db, "total"))
    }

    /// What was dropped and told to nobody yet; see [`Journal::told`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn untold(&self) -> Result<Dropped, Error> {
        let told = self.try_read(|db| counts(db, "told"))?;
        Ok(self.dropped()? - told)
    }

    /// Remembers that somebody was told of these.
    ///
    /// # Errors
    /// When the file cannot be written or stays locked.
    pub fn told(&mut self, dropped: Dropped) -> Result<(), Error> {
        let pairs = CLASSES.into_iter().zip(dropped.by_class());
        for ((level, _), count) in pairs.filter(|(_, count)| *count > 0) {
            self.db
                .execute(
                    "UPDATE dropped SET told = told + ?2 WHERE level = ?1",
                    params![level, i64::try_from(count).unwrap_or(i64::MAX)],
                )
                .map_err(|error| open::failure(&self.path, &error))?;
        }
        Ok(())
    }
}

fn counts(db: &Connection, column: &str) -> rusqlite::Result<Dropped> {
    let exists = db
        .prepare_cached("SELECT 1 FROM sqlite_master WHERE name = 'dropped'")?
        .exists([])?;
    if !exists {
        return Ok(Dropped::default());
    }
    let mut counts = [0; 3];
    for (count, (level, _)) in counts.iter_mut().zip(CLASSES) {
        let sql = format!("SELECT ifnull(sum({column}), 0) FROM dropped WHERE level = ?1");
        let found: i64 = db.query_row(&sql, [level], |row| row.get(0))?;
        *count = u64::try_from(found).unwrap_or(0);
    }
    Ok(Dropped::of(counts))
}
