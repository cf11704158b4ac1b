//! Opening the journal: the usual case in few system calls, the rare ones one process at a time.
//!
//! A journal comes into being whole: it is made under another name and then renamed. So nobody
//! meets a half-made file, and a file that reads as broken is broken. Making one and setting a
//! broken one aside happen under a lock file beside it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use super::Error;
use crate::store::private::{create, private};

/// Marks the file as a journal of emp: `empj`.
const APPLICATION: i64 = 0x656d_706a;
/// Version of the schema. A file with a greater one is left alone.
const VERSION: i64 = 1;

/// Pages in the write-ahead log after which the writer that added the last one moves them into
/// the file. The first process to open the journal reads the whole log, so it is kept short.
const CHECKPOINT_PAGES: u32 = 256;
/// The memory that SQLite may keep pages in, in KiB. A collector has a file open for each output,
/// and writes each page once.
const CACHE_KIB: u32 = 512;

const SCHEMA: &str = "
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        stream TEXT NOT NULL,
        timestamp INTEGER NOT NULL,
        event_id TEXT,
        level TEXT,
        line TEXT NOT NULL
    );
    CREATE INDEX event_by_time ON event (timestamp DESC);
";

/// What lies at the journal's path.
enum Found {
    Sound(Connection),
    Nothing,
    Broken,
}

/// A path that SQLite cannot take for a URI.
pub(super) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|error| refusal(path, error))
}

/// The path with something appended to its file name.
pub(super) fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Opens for writing; makes the file where there is none, and sets a broken one aside, whose new
/// name comes second.
pub(super) fn writer(path: &Path, busy: Duration) -> Result<(Connection, Option<PathBuf>), Error> {
    // Without the lock the file can be moved away between two steps of opening it, so whatever is
    // not sound is looked at again with it.
    match examine(path, busy) {
        Ok(Found::Sound(db)) => Ok((db, None)),
        Ok(Found::Nothing | Found::Broken) | Err(_) => {
            with_lock(path, busy, || match examine(path, busy)? {
                Found::Sound(db) => Ok((db, None)),
                Found::Nothing => Ok((begin(path, busy)?, None)),
                Found::Broken => {
                    let aside = set_aside(path)?;
                    Ok((begin(path, busy)?, Some(aside)))
                }
            })
        }
    }
}

/// Opens for writing after a page was found to be broken, which opening alone does not show.
pub(super) fn repaired(
    path: &Path,
    busy: Duration,
) -> Result<(Connection, Option<PathBuf>), Error> {
    with_lock(path, busy, || {
        let sound = match examine(path, busy)? {
            Found::Sound(db) => {
                let verdict =
                    db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
                verdict.is_ok_and(|verdict| verdict == "ok").then_some(db)
            }
            Found::Nothing => Some(begin(path, busy)?),
            Found::Broken => None,
        };
        match sound {
            Some(db) => Ok((db, None)),
            None => {
                let aside = set_aside(path)?;
                Ok((begin(path, busy)?, Some(aside)))
            }
        }
    })
}

/// Opens for reading. `None` where there is no file.
pub(super) fn reader(path: &Path, busy: Duration) -> Result<Option<Connection>, Error> {
    if !holds_something(path)? {
        return Ok(None);
    }
    let checked = |opened: rusqlite::Result<Connection>| {
        let db = opened?;
        db.busy_timeout(busy)?;
        let seal = seal(&db)?;
        Ok((db, seal))
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let (db, seal) = match checked(Connection::open_with_flags(path, flags)) {
        // SQLite wants files of its own beside the journal, and may not make them here.
        Err(error) if wants_to_write(&error) && !log_holds_events(path) => {
            checked(open_immutable(path, flags))
        }
        other => other,
    }
    .map_err(|error| failure(path, &error))?;
    known(path, seal)?;
    Ok(Some(db))
}

/// Opens a file that nobody can be writing to. Events in the write-ahead log would be missed.
pub(super) fn open_immutable(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
}

fn wants_to_write(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)
    )
}

fn log_holds_events(path: &Path) -> bool {
    fs::metadata(sibling(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// An empty file counts as none: it is what a full disk leaves behind.
fn holds_something(path: &Path) -> Result<bool, Error> {
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => Err(refusal(path, io::ErrorKind::IsADirectory.into())),
        Ok(about) => Ok(about.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(refusal(path, error)),
    }
}

fn examine(path: &Path, busy: Duration) -> Result<Found, Error> {
    if !holds_something(path)? {
        return Ok(Found::Nothing);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let attempt = || {
        let db = Connection::open_with_flags(path, flags)?;
        // SQLite opens what it cannot open for writing for reading, also where the file was only
        // missing for a moment, between two names.
        if db.is_readonly(rusqlite::MAIN_DB)? {
            let code = ffi::Error::new(ffi::SQLITE_READONLY);
            return Err(rusqlite::Error::SqliteFailure(code, None));
        }
        db.busy_timeout(busy)?;
        // Closing must cost nothing: a loop of `emp emit` opens and closes for every event.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let seal = seal(&db)?;
        db.execute_batch(&format!(
            "PRAGMA synchronous = NORMAL;
             PRAGMA cache_size = -{CACHE_KIB};
             PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}"
        ))?;
        Ok((db, seal))
    };
    match attempt() {
        Ok((db, seal)) => known(path, seal).map(|()| Found::Sound(db)),
        Err(error) if is_broken(&error) => Ok(Found::Broken),
        Err(error) => Err(failure(path, &error)),
    }
}

/// Whose file it is, and of which version.
fn seal(db: &Connection) -> rusqlite::Result<(i64, i64)> {
    let application = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok((application, version))
}

fn known(path: &Path, seal: (i64, i64)) -> Result<(), Error> {
    let reason = match seal {
        (APPLICATION, VERSION) => return Ok(()),
        (APPLICATION, version) => format!(
            "it has format {version}, and this emp knows format {VERSION}: another version of emp made it"
        ),
        _ => "it is the database of another program".to_owned(),
    };
    Err(Error::Journal {
        path: path.to_owned(),
        reason,
    })
}

/// Makes a new journal and opens it. The caller holds the lock and knows that there is none.
fn begin(path: &Path, busy: Duration) -> Result<Connection, Error> {
    let fresh = sibling(path, ".new");
    for leftover in [
        fresh.clone(),
        sibling(&fresh, "-journal"),
        sibling(&fresh, "-wal"),
        sibling(&fresh, "-shm"),
        // A log without its database would be taken for the new one's.
        sibling(path, "-wal"),
        sibling(path, "-shm"),
    ] {
        match fs::remove_file(&leftover) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(refusal(path, error));
            }
            _ => {}
        }
    }
    private(OpenOptions::new().write(true).create_new(true))
        .open(&fresh)
        .map_err(|error| refusal(path, error))?;
    fill(&fresh).map_err(|error| failure(path, &error))?;
    fs::rename(&fresh, path).map_err(|error| refusal(path, error))?;
    match examine(path, busy)? {
        Found::Sound(db) => Ok(db),
        Found::Nothing | Found::Broken => Err(Error::Journal {
            path: path.to_owned(),
            reason: "it was changed by another program while it was made".to_owned(),
        }),
    }
}

fn fill(fresh: &Path) -> rusqlite::Result<()> {
    let db = Connection::open_with_flags(fresh, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // The log comes last, so that all of the schema is in the file that is renamed.
    db.execute_batch(&format!(
        "PRAGMA synchronous = OFF;
         PRAGMA auto_vacuum = INCREMENTAL;
         BEGIN;
         {SCHEMA}
         PRAGMA application_id = {APPLICATION};
         PRAGMA user_version = {VERSION};
         COMMIT;
         PRAGMA journal_mode = WAL"
    ))?;
    db.close().map_err(|(_, error)| error)
}

/// Renames a broken journal, with its log, to a name that nobody uses.
fn set_aside(path: &Path) -> Result<PathBuf, Error> {
    let now = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let mut aside = sibling(path, &format!(".broken-{now}"));
    let mut count = 2;
    while aside.exists() {
        aside = sibling(path, &format!(".broken-{now}-{count}"));
        count += 1;
    }
    fs::rename(path, &aside).map_err(|error| refusal(path, error))?;
    // Without its log a database cannot be recovered. There may be none.
    let _ = fs::rename(sibling(path, "-wal"), sibling(&aside, "-wal"));
    Ok(aside)
}

/// Runs `work` while no other process makes or repairs the journal.
fn with_lock<T>(
    path: &Path,
    patience: Duration,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let start = Instant::now();
    let lock = lock_file(path, ".lock").map_err(|error| refusal(path, error))?;
    loop {
        match lock.try_lock() {
            Ok(()) => return work(),
            Err(TryLockError::WouldBlock) if start.elapsed() < patience => {
                thread::sleep(Duration::from_millis(2));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(refusal(
                    path,
                    io::Error::other("another process is making it and does not finish"),
                ));
            }
            Err(TryLockError::Error(error)) => return Err(refusal(path, error)),
        }
    }
}

/// Opens a lock file beside the journal, and makes the folders that lead to it.
pub(super) fn lock_file(path: &Path, suffix: &str) -> io::Result<File> {
    create(&sibling(path, suffix))
}

/// Whether the file has to be opened anew, after a look at it under the lock: it is broken, or
/// another process found it broken and moved it away while we had it open.
pub(super) fn is_broken(error: &rusqlite::Error) -> bool {
    let moved = error
        .sqlite_error()
        .is_some_and(|error| error.extended_code == ffi::SQLITE_READONLY_DBMOVED);
    moved
        || matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
        )
}

/// An error of SQLite, in words.
pub(super) fn failure(path: &Path, error: &rusqlite::Error) -> Error {
    let reason = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "other processes keep it locked".to_owned()
        }
        Some(ErrorCode::NotADatabase) => "it is no SQLite file".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => "the file is damaged".to_owned(),
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "the file or its folder cannot be written by this user".to_owned()
        }
        _ => error.to_string(),
    };
    Error::Journal {
        path: path.to_owned(),
        reason,
    }
}

fn refusal(path: &Path, error: io::Error) -> Error {
    Error::Journal {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
