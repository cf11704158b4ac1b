//! What is put off while pages follow one another.

use super::*;

fn behind(server: &Server) -> Collector {
    let mut collector = Collector::new(server, Policy::default());
    collector.next = Next::Page { is_alone: false };
    collector
}

#[test]
fn a_job_that_ends_on_a_page_that_follows_is_written_at_once_and_never_open() {
    let server = Server::start(&[]);
    let mut a = behind(&server);
    let all = page(&LIFE);
    assert!(a.page(&all[..1], 0).is_empty());
    assert!(a.page(&all[1..2], 10).is_empty());
    assert_eq!((log_length(&server), open(&server)), (Some(0), Some(0)));
    for (_, token) in &all[..2] {
        assert_eq!(Rc::strong_count(token), 2, "it is nowhere else");
    }
    assert!(a.page(&all[2..3], 20).is_empty());
    assert!(log_length(&server) > Some(0));
    for (_, token) in &all[..2] {
        assert_eq!(Rc::strong_count(token), 1, "its end brings it up again");
    }
    assert_eq!(Rc::strong_count(&all[2].1), 2);
    let told = a.page(&[], 1_000);
    assert_eq!(names(&told[0]), SPANS);
    a.page(&[], 1_000);
    assert_eq!(calls(&server, "append"), 2, "itself, and that it was told");
    assert_eq!(calls(&server, "zadd"), 1, "it was never open");
    let ttl = ttl(&server, "job_1");
    assert!(ttl.is_some_and(|ttl| (500..=600).contains(&ttl)));
}

#[test]
fn nothing_is_put_off_for_long() {
    let server = Server::start(&[]);
    let all = page(&LIFE);
    // After some pages, none of which speaks of the job.
    let mut a = behind(&server);
    a.page(&all[..1], 0);
    a.page(&[], 0);
    assert!(a.log.puts_off());
    a.page(&[], 0);
    assert!(log_length(&server) > Some(0));
    assert_eq!(open(&server), Some(1));
    assert_eq!(Rc::strong_count(&all[0].1), 1);
    assert!(!a.log.is_busy());
    // After a page that took long.
    server.run(&["FLUSHALL"]);
    let mut a = behind(&server);
    a.page(&all[..1], 0);
    a.page(&[], 100);
    assert_eq!((a.log.puts_off(), open(&server)), (false, Some(1)));
    // Where no page follows.
    server.run(&["FLUSHALL"]);
    let mut a = behind(&server);
    a.page(&all[..1], 0);
    assert_eq!((a.log.due_in(at(0)), a.log.puts_off()), (Some(0), true));
    a.next = Next::Unknown;
    a.page(&[], 0);
    assert_eq!((a.log.due_in(at(0)), a.log.puts_off()), (None, false));
    assert_eq!(open(&server), Some(1));
    // At the end.
    server.run(&["FLUSHALL"]);
    let mut a = behind(&server);
    a.page(&all[..1], 0);
    assert!(a.flush(0).is_empty());
    assert_eq!(open(&server), Some(1));
    // And not much of one job.
    server.run(&["FLUSHALL"]);
    let mut a = behind(&server);
    let lines: Vec<String> = (0..200)
        .map(|at| format!("{at} worker note.some"))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    a.page(&page(&lines), 0);
    assert!(log_length(&server) > Some(2_048));
    assert!(!a.log.is_busy());
}

#[test]
fn what_was_put_off_and_could_not_be_written_is_written_later() {
    let server = Server::start(&[]);
    let mut a = behind(&server);
    let all = page(&LIFE);
    a.page(&all[..1], 0);
    // The page of its end is sent over a connection that breaks, and read again; the first is not.
    a.send(&all[2..3], 10);
    server.run(&["FLUSHALL"]);
    a.log.lose();
    a.connect(&server);
    assert_eq!(Rc::strong_count(&all[0].1), 2, "it is nowhere else");
    assert_eq!(Rc::strong_count(&all[2].1), 1, "it is read again");
    // What was put off meanwhile belongs to it.
    a.page(&all[1..2], 20);
    a.page(&all[2..3], 30);
    let told = a.flush(30);
    assert_eq!(names(&told[0]), SPANS);
    for (_, token) in &all[..2] {
        assert_eq!(Rc::strong_count(token), 1);
    }
    let length = log_length(&server);
    server.run(&["FLUSHALL"]);
    let mut a = behind(&server);
    for part in all[..3].chunks(1) {
        a.page(part, 0);
    }
    a.flush(0);
    assert_eq!(log_length(&server), length, "nothing is written twice");
}

#[test]
fn a_job_that_another_collector_noted_as_open_is_closed() {
    let server = Server::start(&[]);
    let all = page(&LIFE);
    for first in [true, false] {
        server.run(&["FLUSHALL"]);
        let (mut a, mut b) = (behind(&server), Collector::new(&server, Policy::default()));
        if first {
            b.page(&all[..1], 0);
        }
        a.page(&all[1..2], 0);
        if !first {
            // Before the end is written, and after the job was begun.
            b.page(&all[..1], 5);
        }
        assert_eq!(open(&server), Some(1));
        a.page(&all[2..3], 10);
        let told = a.flush(1_000);
        assert_eq!(names(&told[0]), SPANS);
        assert_eq!(open(&server), Some(0));
    }
}

#[test]
fn what_is_put_off_of_a_job_that_ended_elsewhere_tells_it_again() {
    let server = Server::start(&[]);
    let (mut a, mut b) = (behind(&server), Collector::new(&server, Policy::default()));
    let all = page(&LIFE);
    a.page(&all[..1], 0);
    b.page(&all[1..3], 0);
    assert_eq!(names(&b.flush(0)[0])[0], "job");
    a.next = Next::Unknown;
    a.page(&[], 10);
    assert_eq!(
        Rc::strong_count(&all[0].1),
        2,
        "it waits until that is told"
    );
    let again = a.flush(10);
    assert_eq!((again.len(), again[0].again), (1, true));
    assert_eq!(names(&again[0])[0], "job image");
    drop(again);
    assert_eq!(Rc::strong_count(&all[0].1), 1);
    assert_eq!(open(&server), Some(0));
}
