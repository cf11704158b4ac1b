//! A whole demo, alone and shared.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::collect::spans::Span;
use crate::collect::spans::samples::demo;

#[test]
fn a_demo_shared_by_two_makes_the_spans_that_one_makes() {
    let server = Server::start(&[]);
    let demo = demo(120, 5);
    let mut all: Vec<(Event, Rc<u64>)> = demo
        .jobs
        .values()
        .flatten()
        .cloned()
        .zip((0..).map(Rc::new))
        .collect();
    all.sort_by_key(|(event, _)| event.entry());
    let spans = |ended: Vec<Ended<Rc<u64>>>, to: &mut BTreeMap<[u8; 8], Span>| {
        for ended in &ended {
            to.extend(tell(ended).spans.into_iter().map(|span| (span.id, span)));
        }
    };
    let mut alone = BTreeMap::new();
    let mut one = Collector::new(&server, Policy::default());
    for (tick, part) in (0..).zip(all.chunks(512)) {
        spans(one.page(part, tick * 500), &mut alone);
    }
    spans(one.flush(1_000_000), &mut alone);
    let written = one.log.counts();
    assert!(written.bytes / written.written < 80, "{written:?}");
    server.run(&["FLUSHALL"]);

    let mut shared = BTreeMap::new();
    let mut collectors = [
        Collector::new(&server, Policy::default()),
        Collector::new(&server, Policy::default()),
    ];
    let mut told = BTreeSet::new();
    let mut now = 0;
    for (tick, part) in all.chunks(37).enumerate() {
        // Pages follow one another for a while, and then come with the events.
        let next = match tick % 14 < 7 {
            true => Next::Page { is_alone: false },
            false => Next::Unknown,
        };
        for collector in &mut collectors {
            collector.next = next;
            if next == Next::Unknown && collector.log.puts_off() {
                spans(collector.page(&[], now), &mut shared);
            }
        }
        now += if next == Next::Unknown { 300 } else { 10 };
        let place = usize::from(tick % 3 == 0);
        let ended = collectors[place].page(part, now);
        told.extend(ended.iter().map(|one| one.job.clone()));
        spans(ended, &mut shared);
        if tick % 9 == 0 {
            // One dies; what it held is delivered again, and more.
            let lost: Vec<_> = all[..(tick + 1) * 37]
                .iter()
                .filter(|(_, token)| Rc::strong_count(token) > 1)
                .cloned()
                .collect();
            collectors[place] = Collector::new(&server, Policy::default());
            spans(collectors[place].page(&lost, now), &mut shared);
        }
    }
    for mut collector in collectors {
        spans(collector.flush(1_000_000), &mut shared);
    }
    assert!(told.len() > 50);
    assert_eq!(shared.len(), alone.len());
    assert_eq!(shared, alone);
}
