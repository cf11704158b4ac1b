//! The logs of jobs on a real server, as collectors use them.

mod bounds;
mod put_off;
mod shared;
mod whole;

use std::rc::Rc;

use super::super::joblog::JobKeys;
use super::super::pipe::Pipe;
use super::super::server::{Server, soon};
use super::super::wire::Timeouts;
use crate::collect::jobs::{Ended, JobLog, Next, Policy, give_up};
use crate::collect::spans::Trace;
use crate::collect::spans::samples::{START, events, options};
use crate::event::{Event, Id, Millis};
use crate::query::timeline::Outcome;
use crate::store::Error;

/// A collector, as far as it follows jobs.
struct Collector {
    pipe: Pipe,
    log: JobLog<Rc<u64>>,
    /// What follows its pages.
    next: Next,
}

impl Collector {
    fn new(server: &Server, policy: Policy) -> Self {
        Self {
            pipe: connection(server),
            log: JobLog::new(JobKeys::default(), options(), policy),
            next: Next::Unknown,
        }
    }

    /// Goes on over another connection.
    fn connect(&mut self, server: &Server) {
        self.pipe = connection(server);
    }

    fn page(&mut self, page: &[(Event, Rc<u64>)], now: i64) -> Vec<Ended<Rc<u64>>> {
        self.try_page(page, now).expect("settled")
    }

    fn try_page(
        &mut self,
        page: &[(Event, Rc<u64>)],
        now: i64,
    ) -> Result<Vec<Ended<Rc<u64>>>, Error> {
        self.queue(page, now);
        let sent = self.pipe.send(soon());
        sent.inspect_err(|_| self.log.lose())?;
        self.try_settle(now)
    }

    /// Sends a page, and waits for nothing.
    fn send(&mut self, page: &[(Event, Rc<u64>)], now: i64) {
        self.queue(page, now);
        self.pipe.send(soon()).expect("sent");
    }

    /// Takes the replies to the page that was sent first.
    fn settle(&mut self, now: i64) -> Vec<Ended<Rc<u64>>> {
        self.try_settle(now).expect("settled")
    }

    fn queue(&mut self, page: &[(Event, Rc<u64>)], now: i64) {
        let entries = page.iter().map(|(event, token)| (event, Rc::clone(token)));
        self.log.queue(&mut self.pipe, entries, self.next, at(now));
    }

    fn try_settle(&mut self, now: i64) -> Result<Vec<Ended<Rc<u64>>>, Error> {
        let replies = self.pipe.receive(soon());
        let mut replies = replies.inspect_err(|_| self.log.lose())?;
        let settled = self.log.settle(&self.pipe, &mut replies, at(now));
        assert_eq!(
            replies.next(),
            super::super::resp::Reply::Nil,
            "all replies are taken"
        );
        settled.map(|settled| settled.ended)
    }

    fn flush(&mut self, now: i64) -> Vec<Ended<Rc<u64>>> {
        let mut ended = Vec::new();
        while self.log.is_busy() {
            self.log.flush(&mut self.pipe, at(now));
            self.pipe.send(soon()).expect("sent");
            ended.extend(self.settle(now));
        }
        ended
    }
}

fn connection(server: &Server) -> Pipe {
    Pipe::connect(&server.target(), Timeouts::default()).expect("a connection")
}

/// How long the log of the job is.
fn log_length(server: &Server) -> Option<u64> {
    server.run(&["STRLEN", "emp:collector:job:job_1"]).count()
}

/// How many jobs are noted as open.
fn open(server: &Server) -> Option<u64> {
    server.run(&["ZCARD", "emp:collector:jobs:open"]).count()
}

/// How often a command was carried out so far.
fn calls(server: &Server, command: &str) -> u64 {
    let stats = server.run(&["INFO", "commandstats"]);
    let stats = stats.text().unwrap_or_default().to_owned();
    let line = format!("cmdstat_{command}:calls=");
    let calls = stats.lines().find_map(|stat| stat.strip_prefix(&line));
    calls.map_or(0, |rest| {
        let number = rest.split(',').next().expect("a number");
        number.parse().expect("a number")
    })
}

/// In how many seconds the log of a job expires.
fn ttl(server: &Server, job: &str) -> Option<u64> {
    let key = format!("emp:collector:job:{job}");
    server.run(&["TTL", &key]).count()
}

fn at(ms: i64) -> Millis {
    Millis::clamped(START + ms)
}

fn page(lines: &[&str]) -> Vec<(Event, Rc<u64>)> {
    events(lines).into_iter().zip((0..).map(Rc::new)).collect()
}

fn tell(ended: &Ended<Rc<u64>>) -> Trace {
    ended.tell(&options()).expect("a trace")
}

fn names(ended: &Ended<Rc<u64>>) -> Vec<String> {
    tell(ended)
        .spans
        .into_iter()
        .map(|span| span.name.into())
        .collect()
}

const LIFE: [&str; 4] = [
    "0 api job.queued {\"jobType\":\"image\"}",
    "10 worker job.claimed",
    "60 worker job.completed",
    "70 api note.late",
];

/// What becomes of its first three.
const SPANS: [&str; 3] = ["job image", "job.queue_wait", "job.attempt"];

#[test]
fn two_collectors_make_one_trace_of_what_each_has_read() {
    let server = Server::start(&[]);
    let (mut a, mut b) = (
        Collector::new(&server, Policy::default()),
        Collector::new(&server, Policy::default()),
    );
    let all = page(&LIFE);
    assert!(a.page(&all[..1], 0).is_empty());
    assert!(a.page(&all[2..3], 100).is_empty(), "it lingers");
    assert_eq!(Rc::strong_count(&all[2].1), 2, "its entry is held");
    assert_eq!(Rc::strong_count(&all[0].1), 1, "others are not");
    assert!(b.page(&all[1..2], 200).is_empty());
    assert_eq!(a.log.due_in(at(200)), Some(400));
    let ended = a.page(&[], 2_100);
    assert_eq!((ended.len(), ended[0].again), (1, false));
    assert_eq!(names(&ended[0]), SPANS);
    assert_eq!(open(&server), Some(1));
    assert_eq!(a.log.due_in(at(2_100)), Some(0), "it is to be closed");
    a.page(&[], 2_100);
    assert_eq!(open(&server), Some(0));
    let ttl = ttl(&server, "job_1");
    assert!(ttl.is_some_and(|ttl| (500..=600).contains(&ttl)));
    // What was said before it was told does not tell it again; what is said later does.
    assert!(b.page(&[], 2_200).is_empty());
    assert!(b.flush(2_200).is_empty());
    b.page(&all[3..], 3_000);
    let again = b.page(&[], 5_000);
    assert_eq!((again.len(), again[0].again), (1, true));
    let root = |ended: &Ended<Rc<u64>>| tell(ended).spans[0].clone();
    let (first, second) = (root(&ended[0]), root(&again[0]));
    assert_eq!((first.id, first.end), (second.id, second.end));
    assert_eq!((first.events.len(), second.events.len()), (0, 1));
}

#[test]
fn a_job_that_ended_long_ago_does_not_linger_when_all_is_read() {
    let server = Server::start(&[]);
    let mut collector = Collector::new(&server, Policy::default());
    let hour = 3_600_000;
    assert!(collector.page(&page(&LIFE), hour).is_empty());
    assert!(collector.page(&[], hour).is_empty());
    collector.log.hurry(at(hour));
    assert_eq!(collector.log.due_in(at(hour)), Some(0));
    assert_eq!(collector.page(&[], hour).len(), 1);
}

#[test]
fn a_job_that_was_said_to_late_events_by_both_is_told_once() {
    let server = Server::start(&[]);
    let (mut a, mut b) = (
        Collector::new(&server, Policy::default()),
        Collector::new(&server, Policy::default()),
    );
    let all = page(&LIFE);
    a.page(&all[..3], 0);
    b.page(&all[3..], 100);
    assert_eq!(
        Rc::strong_count(&all[3].1),
        2,
        "it waits with the other collector"
    );
    assert_eq!(a.flush(200).len(), 1);
    assert!(b.flush(300).is_empty());
    assert_eq!(Rc::strong_count(&all[3].1), 1);
}

#[test]
fn a_collector_that_dies_is_taken_over() {
    let server = Server::start(&[]);
    let mut a = Collector::new(&server, Policy::default());
    let all = page(&LIFE);
    a.page(&all[..3], 0);
    let told = a.page(&[], 2_000);
    a.page(&[], 2_000);
    assert_eq!(told.len(), 1);
    drop(a);
    // Its end was not acknowledged: it is delivered to another.
    let mut b = Collector::new(&server, Policy::default());
    b.page(&all[2..3], 60_000);
    let again = b.flush(60_000);
    assert_eq!((again.len(), again[0].again), (1, true));
    assert_eq!(tell(&again[0]), tell(&told[0]));
}

#[test]
fn a_round_trip_that_fails_loses_nothing() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let mut a = Collector::new(&server, Policy::default());
    let all = page(&LIFE);
    server.kill();
    assert!(a.try_page(&all[..1], 0).is_err());
    server.restart();
    a.connect(&server);
    a.page(&all[..3], 0);
    server.kill();
    assert!(a.try_page(&all[3..], 2_000).is_err());
    server.restart();
    a.connect(&server);
    let told = a.page(&all[3..], 2_100);
    assert_eq!(told.len(), 1);
    assert_eq!(tell(&told[0]).spans[0].events.len(), 1);
    assert_eq!(tell(&told[0]).spans[0].name, "job image");
    // A log that was lost is begun anew, with what would else be known.
    let next = page(&[
        "0 api job.queued {\"jobType\":\"image\"}",
        "5 api job.queued {\"jobType\":\"image\"}",
    ]);
    let mut b = Collector::new(&server, Policy::default());
    b.page(&next[..1], 3_000);
    server.run(&["FLUSHALL"]);
    b.page(&next[1..], 3_100);
    b.page(&all[1..2], 3_200);
    let ttl = ttl(&server, "job_1");
    assert!(ttl.is_some_and(|ttl| ttl > 80_000), "{ttl:?}");
}

#[test]
fn pages_on_their_way_together_make_one_log() {
    let server = Server::start(&[]);
    let mut collector = Collector::new(&server, Policy::default());
    let all = page(&LIFE);
    for part in all.chunks(1) {
        collector.send(part, 0);
    }
    for _ in &all {
        assert!(collector.settle(0).is_empty());
    }
    let told = collector.page(&[], 1_000);
    assert_eq!(names(&told[0]), SPANS);
    assert_eq!(tell(&told[0]).spans[0].events.len(), 1);
    collector.page(&[], 1_000);
    // What is lost while more is on its way is noticed by both.
    let next = page(&[
        "0 api job.queued {\"jobType\":\"image\"}",
        "5 api note.early {\"jobType\":\"image\"}",
        "9 api note.late {\"jobType\":\"image\"}",
    ]);
    server.run(&["FLUSHALL"]);
    collector.page(&next[..1], 2_000);
    server.run(&["FLUSHALL"]);
    collector.send(&next[1..2], 2_100);
    collector.send(&next[2..], 2_100);
    collector.settle(2_100);
    collector.settle(2_100);
    collector.page(&[], 2_200);
    let ttl = ttl(&server, "job_1");
    assert!(ttl.is_some_and(|ttl| ttl > 80_000), "{ttl:?}");
}

#[test]
fn a_job_whose_log_is_on_its_way_is_not_told_twice() {
    let server = Server::start(&[]);
    let mut collector = Collector::new(&server, Policy::default());
    let all = page(&LIFE);
    collector.page(&all[..3], 0);
    // Its end comes once more, and is noted when its log was asked for.
    collector.send(&all[2..3], 100);
    collector.send(&[], 600);
    assert!(collector.settle(600).is_empty());
    collector.send(&[], 1_200);
    let mut told = collector.settle(1_200);
    told.extend(collector.settle(1_200));
    assert_eq!(told.len(), 1);
    assert!(collector.flush(1_200).is_empty());
    assert_eq!(Rc::strong_count(&all[2].1), 2, "held by who was told");
}

#[test]
fn what_was_on_its_way_when_a_connection_broke_is_not_lost() {
    let server = Server::start(&[]);
    let mut collector = Collector::new(&server, Policy::default());
    let all = page(&LIFE);
    collector.page(&all[..3], 0);
    collector.send(&all[3..], 100);
    collector.send(&[], 600);
    collector.log.lose();
    collector.connect(&server);
    let told = collector.page(&all[3..], 700);
    assert_eq!(told.len(), 1);
    assert_eq!(tell(&told[0]).spans[0].events.len(), 1);
    assert_eq!(Rc::strong_count(&all[2].1), 2, "its entry is held");
}

#[test]
fn a_job_that_begins_anew_is_told_when_it_ends_again() {
    let server = Server::start(&[]);
    let mut a = Collector::new(&server, Policy::default());
    let all = page(&[
        "0 api job.queued",
        "10 worker job.claimed",
        "20 worker job.failed",
        "30 api job.queued",
        "40 worker job.claimed",
        "50 worker job.completed",
    ]);
    a.page(&all[..5], 0);
    assert!(a.page(&[], 2_000).is_empty());
    assert_eq!(Rc::strong_count(&all[2].1), 1, "the next end tells it");
    a.page(&[], 2_000);
    let ttl = ttl(&server, "job_1");
    assert!(ttl.is_some_and(|ttl| ttl > 80_000));
    a.page(&all[5..], 9_000);
    let told = a.flush(9_000);
    assert_eq!((told.len(), told[0].again), (1, false));
    assert_eq!(tell(&told[0]).run.outcome, Outcome::Completed);
    assert_eq!(tell(&told[0]).run.attempts, 2);
}
