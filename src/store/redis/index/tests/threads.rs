//! Collectors at work while readers ask; only what the streams hold stands still meanwhile.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::*;
use crate::event::Id;

const JOBS: u64 = 20;
const ROUNDS: u32 = 150;

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
    let streams = RwLock::new(());
    Collector::start(&server, "s", "first").beat();
    let indexed = thread::scope(|scope| {
        let ends = Ends(&ended);
        scope.spawn(|| {
            let mut number = 0;
            while !ended.load(Ordering::Relaxed) {
                let _writing = streams.write().expect("a lock");
                let jobs: Vec<_> = (0..20)
                    .map(|job| format!("j{}", (number + job * 7) % JOBS))
                    .collect();
                add_jobs(&server, "s", jobs.iter().map(String::as_str));
                number += 1;
                let (how, length) = if number % 2 == 0 {
                    ("~", "400")
                } else {
                    ("=", "600")
                };
                server.run(&["XTRIM", "s", "MAXLEN", how, length]);
            }
        });
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
        let mut indexed = 0;
        for round in 0..ROUNDS {
            let job = format!("j{}", u64::from(round) % JOBS);
            let _frozen = streams.read().expect("a lock");
            for only in [Only::Id(Id::Job, &job), Only::Start(&job)] {
                let question = Question {
                    newest_first: round % 2 == 0,
                    ..Question::about(&["s"], only)
                };
                let (_, coverage) = question.answer(&server);
                indexed += u32::from(coverage.indexed);
            }
        }
        drop(ends);
        indexed
    });
    assert!(indexed > 0, "no answer came by the index");
}
