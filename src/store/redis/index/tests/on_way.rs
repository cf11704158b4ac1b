//! Pages that are sent before the ones before them are settled.

use super::pages::{is_worker, segments};
use super::*;

#[test]
fn pages_on_their_way_together_are_of_one_segment_until_that_is_full() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    let many: Vec<String> = (0..40_000).map(|number| format!("job_{number}")).collect();
    let mut add = |jobs: &[String]| {
        add_jobs(&server, "s", jobs.iter().map(String::as_str));
        server.run_all([xadd("s", &[("workerId", "w")])]);
        collector.news()
    };
    let [few, fill, next, last] = [&many[..9], &many[..], &many[..9], &many[..9]].map(&mut add);
    collector.send(&few);
    // The page after this one begins another segment.
    collector.send(&fill);
    collector.settle().expect("indexed");
    assert_eq!(segments(&server).len(), 1);
    collector.send(&next);
    collector.settle().expect("indexed");
    collector.send(&last);
    collector.settle().expect("nothing is lost");
    collector.settle().expect("nothing is lost");
    assert_eq!(segments(&server).len(), 2);
}

#[test]
fn what_was_on_its_way_when_something_was_lost_is_not_relied_on() {
    let server = Server::start(&[]);
    let mut collector = Collector::start(&server, "s", "c");
    collector.beat();
    let page = |_| {
        server.run_all([xadd("s", &[("jobId", "a"), ("workerId", "w")])]);
        collector.news()
    };
    let pages: Vec<Vec<Event>> = (0..5).map(page).collect();
    collector.try_index(&pages[0]).expect("indexed");
    server.run(&["DEL", "emp:index:{s}:segments"]);
    collector.send(&pages[1]);
    collector.send(&pages[2]);
    collector.settle().expect_err("it relies on what is gone");
    collector.settle().expect_err("so does this");
    // Nobody knows what became of a page.
    collector.send(&pages[3]);
    collector.index.lose();
    collector.pipe.receive(soon()).expect("replies");
    collector.send(&pages[4]);
    collector.settle().expect("told anew");
    assert!(is_worker(&server, "w"));
}
