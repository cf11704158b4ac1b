use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc;

use super::*;
use crate::collect::dead::Graveyard;
use crate::collect::output::{Output, Verdict};
use crate::collect::receipt::{Ack, Desk};
use crate::collect::stop::{Phase, Stop};
use crate::event::{EntryId, Event, Level, Millis};
use crate::output::{ColorChoice, LogFormat, Verbosity};
use crate::store::redis::Target;
use crate::store::redis::server::Server;

const LIMITS: Limits = Limits {
    items: 4,
    bytes: 1_000_000,
    delay: Duration::ZERO,
};

/// An output that does as it is told.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    /// What it answers next; afterwards it takes everything.
    verdicts: VecDeque<Verdict>,
    /// What it refuses for good whenever it comes.
    poison: Option<i64>,
    /// It refuses everything.
    refuses_all: bool,
    /// It can be reached, but takes its time until this is false.
    down: bool,
    taken: Vec<Vec<i64>>,
    attempts: usize,
}

impl Scripted {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().expect("a script")
    }

    fn taken(&self) -> Vec<i64> {
        self.script().taken.concat()
    }
}

impl Output for Scripted {
    type Item = Event;

    async fn deliver(&mut self, batch: &[&Event]) -> Verdict {
        let mut script = self.script();
        script.attempts += 1;
        let numbers: Vec<_> = batch.iter().map(|event| event.timestamp.get()).collect();
        let soon = Some(Duration::from_millis(1));
        let reason = || "because".to_owned();
        if script.down {
            return Verdict::Retry {
                reason: reason(),
                after: soon,
            };
        }
        if script.refuses_all || script.poison.is_some_and(|one| numbers.contains(&one)) {
            return Verdict::Refused { reason: reason() };
        }
        let verdict = script.verdicts.pop_front().unwrap_or(Verdict::Delivered);
        if matches!(verdict, Verdict::Delivered | Verdict::Partial { .. }) && !numbers.is_empty() {
            script.taken.push(numbers);
        }
        verdict
    }
}

struct Stage {
    folder: tempfile::TempDir,
    output: Scripted,
    lane: Arc<Lane<Event>>,
    desk: Arc<Desk>,
    acks: mpsc::Receiver<Ack>,
    stop: Stop,
    courier: Option<std::thread::JoinHandle<()>>,
    target: Target,
}

fn quiet() -> Log {
    Log::new(LogFormat::Text, ColorChoice::Never, Verbosity::Quiet)
}

fn spool(folder: &Path, max_bytes: u64) -> Spool {
    Spool::open(&folder.join("spool.db"), max_bytes).expect("a spool")
}

impl Stage {
    fn new(limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let target = Target::parse("redis://127.0.0.1:1", None).expect("an address");
        Self::over(folder, limits, u64::MAX, target)
    }

    fn over(folder: tempfile::TempDir, limits: Limits, max_bytes: u64, target: Target) -> Self {
        let (done, acks) = mpsc::channel();
        Self {
            output: Scripted::default(),
            lane: Lane::new("test", limits, spool(folder.path(), max_bytes), quiet()),
            desk: Desk::new(0, done),
            acks,
            stop: Stop::new(),
            courier: None,
            target,
            folder,
        }
    }

    fn start(&mut self) {
        let graveyard = Graveyard::new(
            self.target.clone(),
            "dead".to_owned(),
            100,
            "test".to_owned(),
        );
        let courier = Courier::new(
            Arc::clone(&self.lane),
            self.output.clone(),
            Arc::new(graveyard),
            mpsc::channel().0,
            self.stop.clone(),
        );
        self.courier = Some(courier.start().expect("a thread"));
    }

    fn push(&self, numbers: impl IntoIterator<Item = i64>) {
        self.push_each(numbers.into_iter().map(|number| (number, Level::Info)));
    }

    fn push_each(&self, events: impl IntoIterator<Item = (i64, Level)>) {
        let parcels = events.into_iter().map(|(number, level)| {
            let id = EntryId {
                ms: u64::try_from(number).expect("positive"),
                seq: 0,
            };
            let event = Event {
                timestamp: Millis::clamped(number),
                level: Some(level),
                ..Event::default()
            };
            let receipt = self.desk.receipt(id, 1).expect("a new entry");
            Parcel::new(Arc::new(event), Ticket::Receipt(receipt), Instant::now())
        });
        self.lane.push(parcels);
    }

    /// Lets the courier finish, and gives back what was acknowledged.
    fn finish(&mut self) -> Vec<u64> {
        self.lane.close();
        if let Some(courier) = self.courier.take() {
            courier.join().expect("it ends well");
        }
        self.acknowledged()
    }

    fn acknowledged(&self) -> Vec<u64> {
        let acks = self.acks.try_iter().flat_map(|ack| match ack {
            Ack::Done(receipts) => receipts,
            Ack::HandedOn(..) | Ack::Canary(..) | Ack::End => Vec::new(),
        });
        acks.map(|receipt| receipt.id().ms).collect()
    }

    fn wait_until(&self, condition: impl Fn(&Self) -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        while !condition(self) {
            assert!(Instant::now() < until, "it does not happen");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn batches_come_in_order_and_acknowledge_what_was_taken() {
    let mut stage = Stage::new(LIMITS);
    stage.output.script().verdicts = VecDeque::from([Verdict::Retry {
        reason: "later".to_owned(),
        after: Some(Duration::from_millis(1)),
    }]);
    stage.push(1..=10);
    stage.start();
    assert_eq!(stage.finish(), (1..=10).collect::<Vec<_>>());
    assert_eq!(stage.output.taken(), (1..=10).collect::<Vec<_>>());
    let report = stage.lane.report();
    assert_eq!(
        (report.delivered, report.batches, report.retries),
        (10, 3, 1)
    );
    assert_eq!(report.failing_since, None);
}

#[test]
fn what_is_rejected_in_part_is_counted() {
    let mut stage = Stage::new(LIMITS);
    stage.output.script().verdicts = VecDeque::from([Verdict::Partial {
        rejected: 3,
        reason: "too old".to_owned(),
    }]);
    stage.push(1..=4);
    stage.start();
    assert_eq!(stage.finish().len(), 4);
    let report = stage.lane.report();
    assert_eq!((report.delivered, report.rejected), (1, 3));
    assert_eq!(report.last_error.expect("told").reason, "too old");
}

#[test]
fn poison_goes_to_the_dead_letters_alone() {
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut stage = Stage::over(folder, LIMITS, u64::MAX, server.target());
    stage.output.script().poison = Some(3);
    stage.push(1..=8);
    stage.start();
    let mut acknowledged = stage.finish();
    acknowledged.sort_unstable();
    assert_eq!(acknowledged, (1..=8).collect::<Vec<_>>());
    assert_eq!(stage.output.taken(), [1, 2, 4, 5, 6, 7, 8]);
    assert_eq!(stage.lane.report().dead, 1);
    assert_eq!(server.length("dead"), 1);
}

#[test]
fn an_output_that_refuses_everything_makes_nothing_poison() {
    let mut stage = Stage::new(LIMITS);
    stage.output.script().refuses_all = true;
    stage.push(1..=4);
    stage.start();
    stage.wait_until(|stage| stage.lane.report().retries > 0);
    stage.output.script().refuses_all = false;
    stage.finish();
    assert_eq!(stage.output.taken(), [1, 2, 3, 4]);
    assert_eq!(stage.lane.report().dead, 0);
}

#[test]
fn a_page_that_fills_the_queue_stays_in_memory() {
    let mut stage = Stage::new(LIMITS);
    stage.push(1..=100);
    assert_eq!(stage.lane.room(), Room::Busy);
    assert_eq!(stage.lane.report().spooled, 0);
    // Nobody waited.
    stage.push([101]);
    assert_eq!(stage.lane.report().spooled, 101);
    // The output works: soon the spool is out of the way again.
    assert_eq!(stage.lane.room(), Room::Busy);
    stage.start();
    stage.wait_until(|stage| stage.lane.report().spooled == 0);
    assert_eq!(stage.lane.room(), Room::Free);
    stage.finish();
    assert_eq!(stage.output.taken(), (1..=101).collect::<Vec<_>>());
}

#[test]
fn what_does_not_fit_in_memory_goes_through_the_spool_in_order() {
    let mut stage = Stage::new(LIMITS);
    stage.output.script().down = true;
    stage.start();
    stage.push(1..=4);
    stage.wait_until(|stage| stage.output.script().attempts > 0);
    for number in 5..=100 {
        stage.push([number]);
    }
    // All of it is safe, whatever the output does.
    stage.wait_until(|stage| stage.lane.report().spooled == 100);
    assert_eq!(stage.acknowledged().len(), 100);
    stage.output.script().down = false;
    stage.finish();
    assert_eq!(stage.output.taken(), (1..=100).collect::<Vec<_>>());
    assert_eq!(stage.lane.report().spooled, 0);
}

#[test]
fn what_is_not_taken_is_made_safe() {
    let mut stage = Stage::new(LIMITS);
    stage.output.script().down = true;
    stage.push(1..=6);
    stage.start();
    stage.wait_until(|stage| stage.lane.report().spooled == 6);
    assert_eq!(stage.acknowledged().len(), 6);
    stage.output.script().down = false;
    stage.finish();
    assert_eq!(stage.output.taken().len(), 6);
}

#[test]
fn a_new_process_goes_on_with_the_spool() {
    let mut stage = Stage::new(LIMITS);
    stage.output.script().down = true;
    stage.start();
    stage.push(1..=50);
    stage.wait_until(|stage| stage.output.script().attempts > 0);
    stage.stop.advance(Phase::Over);
    stage.lane.end();
    stage
        .courier
        .take()
        .expect("a courier")
        .join()
        .expect("it ends");
    assert_eq!(stage.acknowledged().len(), 50, "all of it is in the spool");
    drop(stage.lane);
    let (folder, target) = (stage.folder, stage.target);
    let mut stage = Stage::over(folder, LIMITS, u64::MAX, target);
    assert_eq!(stage.lane.report().spooled, 50);
    stage.start();
    stage.finish();
    let mut taken = stage.output.taken();
    taken.sort_unstable();
    assert_eq!(taken, (1..=50).collect::<Vec<_>>());
    assert!(stage.folder.path().join("spool.db").exists());
}

#[test]
fn a_spool_that_is_too_small_reports_each_drop_and_keeps_errors() {
    const LIMIT: u64 = 200_000;
    let folder = tempfile::tempdir().expect("a folder");
    let target = Target::parse("redis://127.0.0.1:1", None).expect("an address");
    let mut stage = Stage::over(folder, LIMITS, LIMIT, target);
    stage.output.script().down = true;
    stage.start();
    let level = |number: i64| match number % 10 {
        0 => Level::Error,
        _ => Level::Info,
    };
    for page in 0..40 {
        let numbers = page * 50 + 1..=page * 50 + 50;
        stage.push_each(numbers.map(|number| (number, level(number))));
    }
    assert_eq!(stage.lane.room(), Room::Tight);
    let dropped = stage.lane.report().dropped;
    assert!(dropped > 500, "{dropped}");
    stage.output.script().down = false;
    stage.finish();
    let taken = stage.output.taken();
    let report = stage.lane.report();
    assert_eq!(taken.len() as u64 + report.dropped, 2000);
    assert_eq!(report.dropped_errors, 0);
    let errors = taken.iter().filter(|number| *number % 10 == 0).count();
    assert_eq!(errors, 200);
}
