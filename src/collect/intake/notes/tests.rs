//! Pages on their way, on a real server.

use std::sync::mpsc;

use super::*;
use crate::collect::alerts::Rules;
use crate::collect::jobs::{Next, Policy};
use crate::collect::receipt::{Ack, Desk};
use crate::collect::spans::samples::{events, log_of, options};
use crate::event::Id;
use crate::output::{ColorChoice, LogFormat, Verbosity};
use crate::store::redis::alerts::AlertKeys;
use crate::store::redis::joblog::JobKeys;
use crate::store::redis::server::Server;

const SEGMENTS: &str = "emp:index:{emp:events}:segments";

struct Site {
    server: Server,
    notes: Notes,
    desk: Arc<Desk>,
    _acks: mpsc::Receiver<Ack>,
    /// Events that no page had yet.
    events: Vec<Arc<Event>>,
}

impl Site {
    fn new() -> Self {
        let server = Server::start(&[]);
        let (done, acks) = mpsc::channel();
        let log = Log::new(LogFormat::Text, ColorChoice::Never, Verbosity::Quiet);
        let keys = AlertKeys::new("emp:events", "emp:errors");
        let notes = Notes::new(
            server.target(),
            Arc::from("emp:events"),
            JobLog::new(JobKeys::default(), options(), Policy::default()),
            Watch::new(Arc::<Rules>::default(), keys),
            (Index::new("emp:events", "g"), true),
            log,
        );
        let mut events = events(&["0 api job.queued"; 9]);
        for event in &mut events {
            event.ids.set(Id::Worker, "w");
        }
        let mut site = Self {
            server,
            notes,
            desk: Desk::new(0, done),
            _acks: acks,
            events: events.into_iter().map(Arc::new).collect(),
        };
        site.notes.begin().expect("begun");
        site
    }

    /// Sends a page of one event.
    fn send(&mut self) {
        self.send_page(1).expect("sent");
    }

    fn send_page(&mut self, count: usize) -> Result<(), Error> {
        let page: Vec<Arc<Event>> = self.events.drain(..count).collect();
        let ids = page.iter().filter_map(|event| event.entry());
        let receipts = ids.map(|id| self.desk.receipt(id, 2).expect("a receipt"));
        let receipts = receipts.collect();
        self.notes.send(page, receipts, Next::Unknown)
    }

    /// The entries of the page that is noted next.
    fn settle(&mut self) -> Option<Vec<EntryId>> {
        let noted = self.notes.settle().expect("settled")?;
        noted.events.iter().map(|event| event.entry()).collect()
    }

    /// How many those are.
    fn settled(&mut self) -> Option<usize> {
        self.settle().map(|entries| entries.len())
    }

    /// How many bytes the index has.
    fn indexed(&self) -> u64 {
        let sum = "local sum = 0 for _, key in ipairs(redis.call('KEYS', 'emp:index:*')) do \
                   if redis.call('TYPE', key).ok == 'string' then \
                   sum = sum + redis.call('STRLEN', key) end end return tostring(sum)";
        let sum = self.server.ask(&["EVAL", sum, "0"]).expect("a number");
        sum.parse().expect("a number")
    }
}

#[test]
fn pages_on_their_way_are_noted_in_their_order() {
    let mut site = Site::new();
    let page = |event: &Arc<Event>| event.entry().map(|id| vec![id]);
    let ids: Vec<_> = site.events[..2].iter().map(page).collect();
    site.send();
    site.send();
    assert_eq!(site.notes.on_way(), 2);
    assert_eq!([site.settle(), site.settle()], ids[..]);
    assert_eq!((site.settle(), site.notes.on_way()), (None, 0));
}

#[test]
fn what_the_index_lost_is_told_again_for_all_that_is_on_its_way() {
    let mut two = Site::new();
    two.send_page(2).expect("sent");
    two.settle();
    let mut site = Site::new();
    site.send();
    site.settle();
    let first = site.indexed();
    site.send();
    site.settle();
    let next = site.indexed() - first;
    assert!(next < first, "the worker is named once");
    site.server.ask(&["DEL", SEGMENTS]);
    let before = site.indexed();
    site.send();
    site.send();
    assert_eq!([site.settled(), site.settled()], [Some(1), Some(1)]);
    // Both as they came, and once more together, with the worker.
    assert_eq!(site.indexed() - before, 2 * next + two.indexed());
}

#[test]
fn an_index_that_cannot_be_kept_is_switched_off_and_holds_up_nothing() {
    let mut site = Site::new();
    site.server.ask(&["DEL", SEGMENTS]);
    site.server.ask(&["SADD", SEGMENTS, "x"]);
    site.send();
    site.send();
    assert_eq!([site.settled(), site.settled()], [Some(1), Some(1)]);
    let off = site.server.ask(&["EXISTS", "emp:index:{emp:events}:off:g"]);
    assert_eq!(off.as_deref(), Some("1"));
}

#[test]
fn what_was_sent_over_a_connection_that_breaks_is_given_up_and_can_be_sent_again() {
    let mut site = Site::new();
    site.server
        .ask(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    let ids: Vec<_> = site
        .events
        .iter()
        .filter_map(|event| event.entry())
        .collect();
    // The system may take what nobody will read.
    let broken = loop {
        let sent = site.send_page(1);
        if let Err(error) = sent.and_then(|()| site.notes.settle().map(drop)) {
            break error;
        }
    };
    assert!(matches!(broken, Error::Unreachable { .. }), "{broken}");
    assert_eq!(site.notes.settle().expect("none").map(drop), None);
    let sent = ids.len() - site.events.len();
    assert_eq!(site.notes.lose(), ids[..sent]);
    site.send();
    assert_eq!((site.settled(), site.settled()), (Some(1), None));
}

#[test]
fn who_could_not_be_told_while_something_failed_is_told_at_the_end() {
    let mut site = Site::new();
    site.notes.unsaid.push(Ended {
        job: "job_1".into(),
        log: log_of(&[]),
        tokens: Vec::new(),
        again: false,
    });
    let jobs = |ended: Option<Vec<Ended<Hold>>>| ended.map(|ended| ended.len());
    while site.notes.jobs.is_busy() {
        assert_eq!(jobs(site.notes.flush().expect("flushed")), Some(0));
    }
    assert_eq!(jobs(site.notes.flush().expect("flushed")), Some(1));
    assert_eq!(jobs(site.notes.flush().expect("flushed")), None);
}
