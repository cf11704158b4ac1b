use std::fs;
use std::sync::Barrier;
use std::thread;

use super::*;

fn reason(result: Result<Journal, Error>) -> String {
    match result {
        Err(Error::Journal { reason, .. }) => reason,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it opens"),
    }
}

/// Moves the log into the file, so that a test can damage all there is.
fn checkpoint(journal: Journal) {
    journal
        .db
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("a checkpoint");
}

pub(super) fn broken_files(path: &Path) -> Vec<PathBuf> {
    let folder = fs::read_dir(path.parent().expect("a folder")).expect("readable");
    let names = folder.map(|entry| entry.expect("an entry").path());
    names
        .filter(|name| name.to_string_lossy().contains(".broken-"))
        .collect()
}

#[test]
fn a_missing_journal_is_none_and_is_not_made() {
    let (_folder, path) = place();
    assert!(Journal::open_existing(&path).expect("no error").is_none());
    assert!(!path.exists() && !Journal::has_backlog(&path));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    open(&path).append("s", &[event(1)]).expect("appended");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    for entry in fs::read_dir(path.parent().expect("a folder")).expect("readable") {
        let file = entry.expect("an entry").path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!(mode(path.parent().expect("a folder")), 0o700);
}

#[test]
fn garbage_is_set_aside() {
    let (_folder, path) = place();
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(&path, "this is no database, whatever its name says").expect("written");
    assert!(matches!(
        Journal::open_existing(&path),
        Err(Error::Journal { .. })
    ));
    let mut journal = open(&path);
    let aside = journal.set_aside().expect("set aside").to_owned();
    assert_eq!(broken_files(&path), std::slice::from_ref(&aside));
    assert!(fs::read(&aside).expect("kept").starts_with(b"this is no"));
    journal.append("s", &[event(1)]).expect("appended");
    assert_eq!(numbers(&path), [1]);
    assert!(open(&path).set_aside().is_none());
}

#[test]
fn fifty_writers_set_garbage_aside_once() {
    let (_folder, path) = place();
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(&path, "garbage".repeat(1000)).expect("written");
    let start = Barrier::new(50);
    thread::scope(|scope| {
        for writer in 0..50 {
            let (path, start) = (&path, &start);
            scope.spawn(move || {
                start.wait();
                open(path).append("s", &[event(writer)]).expect("appended");
            });
        }
    });
    assert_eq!(numbers(&path).len(), 50);
    assert_eq!(broken_files(&path).len(), 1);
}

#[test]
fn a_truncated_file_is_set_aside() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    journal
        .append("s", &(0..500).map(event).collect::<Vec<_>>())
        .expect("appended");
    checkpoint(journal);
    let whole = fs::read(&path).expect("readable");
    for length in [10, 100, 5000, whole.len() / 2] {
        fs::write(&path, &whole[..length]).expect("written");
        let mut journal = open(&path);
        assert!(journal.set_aside().is_some(), "cut to {length}");
        journal.append("s", &[event(1)]).expect("appended");
        assert_eq!(numbers(&path), [1]);
    }
    fs::write(&path, "").expect("written");
    assert!(
        open(&path).set_aside().is_none(),
        "an empty file holds nothing to keep"
    );
}

#[test]
fn damage_found_late_is_set_aside_and_loses_no_new_event() {
    let (_folder, path) = place();
    let mut journal = open(&path);
    journal
        .append("s", &(0..500).map(event).collect::<Vec<_>>())
        .expect("appended");
    checkpoint(journal);
    let mut bytes = fs::read(&path).expect("readable");
    bytes[4096..].fill(0xa5);
    fs::write(&path, bytes).expect("written");
    let mut journal = open(&path);
    assert!(journal.set_aside().is_none());
    journal.append("s", &[event(1)]).expect("appended");
    assert!(journal.set_aside().is_some());
    assert_eq!(numbers(&path), [1]);
}

#[test]
fn other_versions_and_other_programs_are_left_alone() {
    let (_folder, path) = place();
    let journal = open(&path);
    journal
        .db
        .execute_batch("PRAGMA user_version = 7")
        .expect("set");
    checkpoint(journal);
    assert!(reason(Journal::open(&path, PATIENCE)).contains("format 7"));
    let read = Journal::open_existing(&path).map(|journal| journal.expect("there"));
    assert!(reason(read).contains("format 7"));

    let other = path.with_file_name("other.db");
    let db = Connection::open(&other).expect("opened");
    db.execute_batch("CREATE TABLE t (a); PRAGMA user_version = 1")
        .expect("made");
    assert!(reason(Journal::open(&other, PATIENCE)).contains("another program"));
    assert!(broken_files(&path).is_empty());
}

#[test]
fn what_cannot_be_a_file_is_refused() {
    let (folder, _) = place();
    reason(Journal::open(folder.path(), PATIENCE));
    let file = folder.path().join("file");
    fs::write(&file, "x").expect("written");
    reason(Journal::open(&file.join("journal.db"), PATIENCE));
    reason(Journal::open(Path::new("/dev/null/x/journal.db"), PATIENCE));
}

#[test]
fn a_journal_on_a_medium_that_cannot_be_written_is_read() {
    let (_folder, path) = place();
    let odd = path.with_file_name("jour nal?100%#é.db");
    let mut journal = open(&odd);
    journal.append("s", &[event(1)]).expect("appended");
    checkpoint(journal);
    let db =
        open::open_immutable(&odd, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).expect("opened");
    let count: i64 = db
        .query_row("SELECT count(*) FROM event", [], |row| row.get(0))
        .expect("read");
    assert_eq!(count, 1);
}

#[test]
fn a_log_left_without_its_file_does_no_harm() {
    let (_folder, path) = place();
    open(&path)
        .append("s", &(0..100).map(event).collect::<Vec<_>>())
        .expect("appended");
    fs::remove_file(&path).expect("removed");
    open(&path).append("s", &[event(7)]).expect("appended");
    assert_eq!(numbers(&path), [7]);
}
