//! Jobs that begin and end on pages that follow one another, where nobody else reads the stream.

use super::*;
use crate::event::Level;

fn alone(server: &Server) -> Collector {
    let mut collector = Collector::new(server, Policy::default());
    collector.next = Next::Page { is_alone: true };
    collector
}

#[test]
fn they_are_written_once_with_all_that_two_more_pages_say_and_told_then() {
    let server = Server::start(&[]);
    let mut a = alone(&server);
    let all = page(&LIFE);
    assert!(a.page(&all[..2], 0).is_empty());
    assert!(a.page(&all[2..3], 10).is_empty());
    assert!(a.page(&all[3..], 20).is_empty());
    assert_eq!(log_length(&server), Some(0));
    for (_, token) in &all {
        assert_eq!(Rc::strong_count(token), 2, "it is nowhere else");
    }
    let told = a.page(&[], 30);
    assert_eq!(
        (names(&told[0]), told[0].again),
        (SPANS.map(str::to_owned).to_vec(), false)
    );
    assert_eq!(tell(&told[0]).spans[0].events.len(), 1);
    let held = all.iter().map(|(_, token)| Rc::strong_count(token));
    assert_eq!(
        held.collect::<Vec<_>>(),
        [1, 1, 2, 1],
        "its end brings it up again"
    );
    assert!(!a.log.is_busy());
    let [set, append, zadd] = ["set", "append", "zadd"].map(|command| calls(&server, command));
    assert_eq!((set, append, zadd, open(&server)), (1, 0, 1, Some(0)));
    let ttl = ttl(&server, "job_1");
    assert!(ttl.is_some_and(|ttl| (500..=600).contains(&ttl)));
    // It is known to have been told: what comes later tells it again, and what comes again does not.
    drop(told);
    let mut late = page(&["90 api note.late"]);
    late.extend(page(&LIFE).drain(2..3));
    let mut b = Collector::new(&server, Policy::default());
    b.page(&late, 40);
    let again = b.flush(40);
    assert_eq!((again.len(), again[0].again), (1, true));
    assert_eq!(tell(&again[0]).spans[0].events.len(), 2);
}

#[test]
fn what_another_has_written_of_one_is_told_with_it() {
    let server = Server::start(&[]);
    let all = page(&LIFE);
    let mut a = alone(&server);
    // Another stream says so.
    let mut b = Collector::new(&server, Policy::default());
    a.page(&all[..1], 0);
    a.page(&all[2..3], 0);
    b.page(&all[1..2], 0);
    assert_eq!(open(&server), Some(1));
    assert!(a.page(&[], 0).is_empty());
    assert!(a.page(&[], 0).is_empty(), "there is a log");
    assert_eq!(a.log.due_in(at(0)), Some(0));
    assert!(a.page(&[], 0).is_empty(), "it lingers");
    assert_eq!(Rc::strong_count(&all[2].1), 2);
    let told = a.flush(500);
    assert_eq!((told.len(), told[0].again), (1, false));
    assert_eq!(names(&told[0]), SPANS);
    assert_eq!(open(&server), Some(0));
}

#[test]
fn one_that_another_has_told_is_told_again() {
    let server = Server::start(&[]);
    let all = page(&LIFE);
    let mut b = Collector::new(&server, Policy::default());
    b.page(&all[..3], 0);
    assert_eq!(b.flush(0).len(), 1);
    let mut a = alone(&server);
    a.page(&all, 0);
    for _ in 0..3 {
        assert!(a.page(&[], 0).is_empty());
    }
    let told = a.flush(0);
    assert_eq!((told.len(), told[0].again), (1, true));
    assert_eq!(tell(&told[0]).spans[0].events.len(), 1);
}

#[test]
fn one_whose_beginning_is_not_there_or_that_goes_on_waits_for_it() {
    let server = Server::start(&[]);
    let all = page(&LIFE);
    let mut a = alone(&server);
    a.page(&all[2..3], 0);
    for _ in 0..3 {
        assert!(a.page(&[], 0).is_empty());
    }
    assert_eq!((calls(&server, "set"), calls(&server, "append")), (0, 1));
    assert_eq!(a.flush(0).len(), 1);
    // Failed, and begun anew.
    server.run(&["FLUSHALL"]);
    let mut a = alone(&server);
    a.page(
        &page(&[
            "0 api job.queued",
            "10 worker job.claimed",
            "20 worker job.failed",
            "30 api job.queued",
            "40 worker job.claimed",
        ]),
        0,
    );
    let sets = calls(&server, "set");
    for _ in 0..3 {
        assert!(a.page(&[], 0).is_empty());
    }
    assert_eq!(calls(&server, "set"), sets);
    assert!(a.flush(0).is_empty());
    // Nor one with an error, of which another stream may still say something.
    server.run(&["FLUSHALL"]);
    let mut a = alone(&server);
    let mut failing = page(&LIFE);
    failing[1].0.level = Some(Level::Error);
    a.page(&failing[..1], 0);
    a.page(&failing[1..3], 0);
    assert!(log_length(&server) > Some(0));
    assert_eq!(
        (calls(&server, "set"), a.log.due_in(at(0))),
        (sets, Some(500))
    );
    assert_eq!(a.flush(0).len(), 1);
    // And where nothing follows, or somebody else reads too, it lingers as ever.
    for next in [Next::Unknown, Next::Page { is_alone: false }] {
        server.run(&["FLUSHALL"]);
        let mut a = alone(&server);
        a.page(&all[..3], 0);
        a.next = next;
        for _ in 0..3 {
            assert!(a.page(&[], 10).is_empty());
        }
        assert_eq!(a.log.due_in(at(10)), Some(500));
        assert_eq!(a.flush(10).len(), 1);
    }
}

#[test]
fn one_whose_answer_was_lost_is_told_as_if_for_the_first_time() {
    let server = Server::start(&[]);
    let all = page(&LIFE);
    let mut a = alone(&server);
    a.page(&all[..3], 0);
    a.page(&[], 0);
    a.send(&[], 0);
    assert!(
        log_length(&server) > Some(0),
        "written, with that it was told"
    );
    a.log.lose();
    a.connect(&server);
    for (_, token) in &all[..3] {
        assert_eq!(Rc::strong_count(token), 2);
    }
    a.page(&[], 0);
    let told = a.flush(0);
    assert_eq!((told.len(), told[0].again), (1, false));
    assert_eq!(names(&told[0]), SPANS);
    // One whose own page is lost is read again, and waits no twice for it.
    server.run(&["FLUSHALL"]);
    let mut a = alone(&server);
    a.send(&all[..3], 0);
    a.log.lose();
    a.connect(&server);
    a.page(&all[..3], 0);
    let told = a.flush(0);
    assert_eq!(
        (told.len(), names(&told[0])),
        (1, SPANS.map(str::to_owned).to_vec())
    );
}
