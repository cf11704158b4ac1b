//! Whatever happens to streams, groups, collectors and the index: both ways answer alike.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;
use crate::event::{Id, Millis};

const STREAMS: [&str; 2] = ["s", "t"];

/// Values that ids of every kind take, some the beginning of others.
const VALUES: [&str; 6] = ["a", "aa", "ab", "b", "B", "long"];

#[derive(Clone, Debug)]
enum Step {
    /// An entry: its stream, ids, ids within `data`.
    Add(usize, Vec<(Id, usize)>, Option<usize>),
    Read(usize, usize),
    ReadAgain(usize),
    Claim(usize, usize),
    Index(usize),
    Acknowledge(usize, usize),
    Beat(usize),
    /// The process ends and another takes its place, with another name or the same.
    Crash(usize, bool),
    /// A collector without an index reads and acknowledges a few.
    Without(usize, usize),
    TrimTo(usize, usize),
    TrimAbout(usize, usize),
    Delete(usize, usize),
    Flush,
    DropMeta(usize),
    DropStream(usize),
    Compare(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let one = || 0..4usize;
    let ids = vec(
        (prop::sample::select(Id::SUBJECTS.to_vec()), 0..VALUES.len()),
        1..4,
    );
    prop_oneof![
        30 => (0..2usize, ids, prop::option::weighted(0.2, 0..VALUES.len()))
            .prop_map(|(stream, ids, data)| Step::Add(stream, ids, data)),
        10 => (one(), 1..6usize).prop_map(|(who, count)| Step::Read(who, count)),
        2 => one().prop_map(Step::ReadAgain),
        3 => (one(), 1..5usize).prop_map(|(who, count)| Step::Claim(who, count)),
        10 => one().prop_map(Step::Index),
        10 => (one(), 1..6usize).prop_map(|(who, count)| Step::Acknowledge(who, count)),
        6 => one().prop_map(Step::Beat),
        2 => (one(), any::<bool>()).prop_map(|(who, same)| Step::Crash(who, same)),
        1 => (0..2usize, 1..4usize).prop_map(|(stream, count)| Step::Without(stream, count)),
        2 => (0..2usize, 0..30usize).prop_map(|(stream, length)| Step::TrimTo(stream, length)),
        2 => (0..2usize, 0..30usize).prop_map(|(stream, length)| Step::TrimAbout(stream, length)),
        2 => (0..2usize, 0..20usize).prop_map(|(stream, which)| Step::Delete(stream, which)),
        1 => Just(Step::Flush),
        1 => (0..2usize).prop_map(Step::DropMeta),
        1 => (0..2usize).prop_map(Step::DropStream),
        8 => (0..VALUES.len()).prop_map(Step::Compare),
    ]
}

struct World<'s> {
    server: &'s Server,
    collectors: Vec<Collector>,
    without: Vec<Collector>,
    names: usize,
    /// The id of the next entry: time passes fast, so that values go with their entries. None is given twice, also where a stream begins anew: what was
    /// read before would acknowledge another entry.
    next: EntryId,
    /// Answers, and those that the index gave.
    answers: (u32, u32),
}

impl<'s> World<'s> {
    fn new(server: &'s Server) -> Self {
        server.run(&["FLUSHALL"]);
        let start = |index: usize| {
            let name = format!("c{index}");
            Collector::start(server, STREAMS[index % 2], &name)
        };
        let without = |stream: &&str| Collector::start(server, stream, "without");
        Self {
            server,
            collectors: (0..4).map(start).collect(),
            without: STREAMS.iter().map(without).collect(),
            names: 4,
            next: EntryId {
                ms: now(server) - 3_600_000,
                seq: 0,
            },
            answers: (0, 0),
        }
    }

    fn entry(&self, stream: usize, which: usize) -> Option<String> {
        let reply = self.server.run(&["XRANGE", STREAMS[stream], "-", "+"]);
        let entry = reply.values().get(which)?.values().first()?;
        entry.text().map(str::to_owned)
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Add(stream, ids, data) => {
                let mut fields = vec![("service", if ids.len() == 1 { "one" } else { "more" })];
                fields.extend(
                    ids.iter()
                        .map(|(id, value)| (id.wire_name(), VALUES[*value])),
                );
                let data = data.map(|value| format!(r#"{{"job_id":"{}"}}"#, VALUES[value]));
                fields.extend(data.iter().map(|data| ("data", data.as_str())));
                let mut command = xadd(STREAMS[*stream], &fields);
                command[2] = self.next.to_string().into();
                self.server.run_all([command]);
                self.next.seq += 1;
                if self.next.seq == 3 {
                    self.next = EntryId {
                        ms: self.next.ms + 3000,
                        seq: 0,
                    };
                }
            }
            Step::Read(who, count) => self.collectors[*who].read(*count, ">"),
            Step::ReadAgain(who) => self.collectors[*who].read(100, "0"),
            Step::Claim(who, count) => self.collectors[*who].claim(*count),
            Step::Index(who) => self.collectors[*who].index(),
            Step::Acknowledge(who, count) => self.collectors[*who].acknowledge(*count),
            Step::Beat(who) => _ = self.collectors[*who].beat(),
            Step::Crash(who, same) => {
                let name = if *same { *who } else { self.names };
                self.names += 1;
                let name = format!("c{name}");
                self.collectors[*who] = Collector::start(self.server, STREAMS[who % 2], &name);
            }
            Step::Without(stream, count) => {
                let without = &mut self.without[*stream];
                without.read(*count, ">");
                without.disable();
                let ids = without.read.drain(..).filter_map(|event| event.entry());
                without.indexed = ids.collect();
                without.acknowledge(usize::MAX);
                // It has ended, and ten minutes have passed.
                let off = format!("emp:index:{{{}}}:off:g", STREAMS[*stream]);
                self.server.run(&["DEL", &off]);
            }
            Step::TrimTo(stream, length) => {
                let length = length.to_string();
                self.server
                    .run(&["XTRIM", STREAMS[*stream], "MAXLEN", &length]);
            }
            Step::TrimAbout(stream, length) => {
                let length = length.to_string();
                self.server
                    .run(&["XTRIM", STREAMS[*stream], "MAXLEN", "~", &length]);
            }
            Step::Delete(stream, which) => {
                if let Some(id) = self.entry(*stream, *which) {
                    self.server.run(&["XDEL", STREAMS[*stream], &id]);
                }
            }
            Step::Flush => _ = self.server.run(&["FLUSHALL"]),
            Step::DropMeta(stream) => {
                let meta = format!("emp:index:{{{}}}:meta", STREAMS[*stream]);
                self.server.run(&["DEL", &meta]);
            }
            Step::DropStream(stream) => _ = self.server.run(&["DEL", STREAMS[*stream]]),
            Step::Compare(value) => self.compare([VALUES[*value], "c"]),
        }
    }

    fn compare<'v>(&mut self, values: impl IntoIterator<Item = &'v str>) {
        let first = self.entry(0, 3).and_then(|id| id.parse::<EntryId>().ok());
        for value in values {
            for only in [
                Only::Id(Id::Job, value),
                Only::Id(Id::Trace, value),
                Only::Id(Id::Worker, value),
                Only::AnyId(value),
                Only::Start(value),
            ] {
                for (newest_first, service) in [(false, None), (true, None), (false, Some("one"))] {
                    let question = Question {
                        streams: &STREAMS,
                        only,
                        newest_first,
                        since: first
                            .filter(|_| newest_first)
                            .map(|id| Millis::plus(id.time(), 0)),
                        service,
                    };
                    let (found, coverage) = question.answer(self.server);
                    self.answers.0 += 1;
                    self.answers.1 += u32::from(coverage.indexed && !found.is_empty());
                }
            }
        }
    }
}

#[test]
fn both_ways_answer_alike() {
    // Small nodes, so that an approximate trim takes something.
    let server = Server::start(&["--stream-node-max-entries", "4"]);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 40,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    });
    let same = |steps: Vec<Step>| {
        let mut world = World::new(&server);
        steps.iter().for_each(|step| world.take(step));
        world.compare(VALUES);
        Ok(())
    };
    let tested = runner.run(&vec(step(), 20..250), same);
    tested.unwrap_or_else(|failure| panic!("{failure}"));
}

/// What the property says would be true of an index that nobody ever uses, too.
#[test]
fn the_index_is_used_while_nothing_is_amiss() {
    let server = Server::start(&[]);
    let mut world = World::new(&server);
    (0..4).for_each(|who| world.take(&Step::Beat(who)));
    for round in 0..60 {
        let ids = vec![(Id::SUBJECTS[round % 2], round % VALUES.len())];
        world.take(&Step::Add(round % 2, ids, None));
        world.take(&Step::Read(round % 4, 2));
        world.take(&Step::Index(round % 4));
        world.take(&Step::Acknowledge(round % 4, 1));
        if round % 10 == 9 {
            world.compare(VALUES);
        }
    }
    let (all, indexed) = world.answers;
    assert!(indexed * 3 > all, "{indexed} of {all}");
}
