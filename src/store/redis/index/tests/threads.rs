//! Collectors at work while readers ask; only what the streams hold stands still meanwhile.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::*;
use crate::event::Id;

const JOBS: u64 = 20;
const ROUNDS: u64 = 150;

/// Ends the threads, also where an answer does not hold.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn answers_hold_while_collectors_work_and_restart() {
    let server = Server::start(&["--stream-node-max-entries", "10"]);
    let ended = AtomicBool::new(false);
    Collector::start(&server, "s", "first").beat();
    let (indexed, reasons) = thread::scope(|scope| {
        let ends = Ends(&ended);
        for who in 0..3 {
            let (server, ended) = (&server, &ended);
            scope.spawn(move || {
                let mut turn: u32 = who;
                while !ended.load(Ordering::Relaxed) {
                    // A process that ends at any point, and another that takes its place.
                    let mut collector = Collector::start(server, "s", &format!("c{who}"));
                    collector.read(100, "0");
                    collector.beat();
                    for _ in 0..turn % 23 {
                        turn = turn.wrapping_mul(1_103_515_245).wrapping_add(12_345);
                        match (turn >> 16) % 8 {
                            0 => collector.claim(10),
                            1..=3 => collector.read(20, ">"),
                            4 | 5 => collector.index(),
                            6 => collector.acknowledge(15),
                            _ => _ = collector.beat(),
                        }
                    }
                    turn = turn.wrapping_add(1);
                }
            });
        }
        let (mut indexed, mut reasons) = (0, BTreeMap::<_, u32>::new());
        for round in 0..ROUNDS {
            // Written here, not by a thread: two questions are compared on one state of a stream.
            let jobs: Vec<_> = (0..20)
                .map(|job| format!("j{}", (round + job * 7) % JOBS))
                .collect();
            add_jobs(&server, "s", jobs.iter().map(String::as_str));
            let (how, length) = if round % 2 == 0 {
                ("=", "600")
            } else {
                ("~", "400")
            };
            server.run(&["XTRIM", "s", "MAXLEN", how, length]);
            let job = format!("j{}", round % JOBS);
            for only in [Only::Id(Id::Job, &job), Only::Start(&job)] {
                let question = Question {
                    newest_first: round % 2 == 0,
                    ..Question::about(&["s"], only)
                };
                let (_, coverage) = question.answer(&server);
                indexed += u32::from(coverage.indexed);
                *reasons.entry(coverage.notes).or_default() += 1;
            }
        }
        drop(ends);
        (indexed, reasons)
    });
    assert!(indexed > 0, "no answer came by the index: {reasons:?}");
}
