use super::*;
use crate::event::Level;

const LIMIT: u64 = 300_000;

fn said(number: i64, level: Option<Level>, event_type: &str) -> Event {
    Event {
        event_type: event_type.to_owned(),
        level,
        data: Data::from_wire(&format!(r#"{{"text":"{}"}}"#, "x".repeat(500))),
        ..event(number)
    }
}

fn limited(path: &Path) -> Journal {
    open(path).limited(LIMIT)
}

fn held(path: &Path) -> Vec<(i64, Option<Level>)> {
    let journal = open(path);
    let held = journal.oldest(1_000_000).expect("readable");
    held.iter()
        .map(|(_, event)| (number(event), event.level))
        .collect()
}

#[test]
fn the_oldest_and_least_serious_go_first_and_are_counted() {
    let (_folder, path) = place();
    let mut journal = limited(&path);
    let levels = [
        None,
        Some(Level::Debug),
        Some(Level::Warn),
        Some(Level::Error),
    ];
    let mut dropped = Dropped::default();
    for number in 0..2000 {
        let level = levels[usize::try_from(number % 4).expect("small")];
        let entry = said(number, level, "job.created");
        dropped = dropped
            + journal
                .append_each(&[("s", &entry)])
                .expect("appended")
                .dropped;
    }
    let held = held(&path);
    let errors = held
        .iter()
        .filter(|(_, level)| *level == Some(Level::Error));
    let errors: Vec<_> = errors.map(|(number, _)| *number).collect();
    assert!(held.len() > 250, "the room is used: {}", held.len());
    assert!(errors.is_sorted() && errors.last() == Some(&1999));
    assert_eq!(errors.len() as u64 + dropped.error, 500);
    let others = (held.len() - errors.len()) as u64;
    assert_eq!(dropped.info + dropped.warn + others, 1500);
    assert!(dropped.info > 990 && dropped.warn > 490, "{dropped:?}");
    assert_eq!(journal.dropped().expect("readable"), dropped);
    assert_eq!(
        limited(&path).untold().expect("readable"),
        dropped,
        "it is remembered"
    );
    let size = std::fs::metadata(&path).expect("there").len();
    assert!(size < 2 * LIMIT, "{size}");
}

#[test]
fn errors_outlive_everything_else() {
    let (_folder, path) = place();
    let mut journal = limited(&path);
    // By their type alone.
    let errors: Vec<_> = (0..100).map(|n| said(n, None, "error.IoError")).collect();
    journal.append("emp:errors", &errors).expect("appended");
    for number in 100..1500 {
        journal
            .append("s", &[said(number, None, "job.created")])
            .expect("appended");
    }
    let dropped = journal.dropped().expect("readable");
    assert!(dropped.info > 1000 && dropped.error == 0, "{dropped:?}");
    let kept: Vec<_> = held(&path).into_iter().map(|(number, _)| number).collect();
    assert!(kept.starts_with(&(0..100).collect::<Vec<_>>()));
    assert_eq!(kept.last(), Some(&1499));
}

#[test]
fn what_was_told_is_not_told_again() {
    let (_folder, path) = place();
    let mut journal = limited(&path);
    assert_eq!(journal.untold().expect("readable"), Dropped::default());
    let fill = |journal: &mut Journal| {
        let many: Vec<_> = (0..1000).map(|n| said(n, None, "job.created")).collect();
        journal.append("s", &many).expect("appended");
    };
    fill(&mut journal);
    let first = journal.untold().expect("readable");
    assert!(first.info > 0);
    journal.told(first).expect("written");
    assert_eq!(journal.untold().expect("readable"), Dropped::default());
    fill(&mut journal);
    let second = journal.untold().expect("readable");
    assert!(second.info > 900);
    assert_eq!(journal.dropped().expect("readable"), first + second);
}

#[test]
fn a_journal_without_a_limit_drops_nothing() {
    let (_folder, path) = place();
    let many: Vec<_> = (0..1000).map(|n| said(n, None, "job.created")).collect();
    open(&path).append("s", &many).expect("appended");
    assert_eq!(numbers(&path).len(), 1000);
}
