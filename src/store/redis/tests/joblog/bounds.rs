//! What is odd, too much, too old, or refused.

use super::*;

#[test]
fn errors_of_the_server_are_told_and_a_key_of_another_kind_holds_up_nothing() {
    let server = Server::start(&[]);
    let mut a = Collector::new(&server, Policy::default());
    let all = page(&LIFE);
    server.run(&["SADD", "emp:collector:job:job_1", "mine"]);
    a.page(&all, 0);
    assert!(a.flush(0).is_empty());
    assert_eq!(a.log.counts().lost, 1);
    assert_eq!(Rc::strong_count(&all[2].1), 1);
    server.run(&["DEL", "emp:collector:job:job_1"]);
    a.page(&all[..3], 0);
    server.run(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!(matches!(
        a.try_page(&all[3..], 3_000),
        Err(Error::NotWritable { .. })
    ));
    server.run(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(a.page(&all[3..], 3_000).len(), 1);
}

#[test]
fn odd_logs_and_odd_ids() {
    let server = Server::start(&[]);
    let mut a = Collector::new(&server, Policy::default());
    server.run(&[
        "SET",
        "emp:collector:job:job_1",
        "no record \u{1f} \u{e3}\u{e3}",
    ]);
    let mut all = page(&LIFE);
    all[0].0.ids.set(Id::Job, "j".repeat(300));
    a.page(&all, 0);
    let told = a.flush(0);
    assert_eq!(names(&told[0])[..2], ["job", "job.attempt"]);
    assert_eq!(a.log.counts().unfollowed, 1);
    for (event, _) in &mut all {
        event.ids.set(Id::Job, "a b\r\n{}\0é");
    }
    a.page(&all, 5_000);
    assert_eq!(a.flush(5_000)[0].job, "a b\r\n{}\0é");
}

#[test]
fn what_comes_after_the_log_is_gone_opens_no_job() {
    let server = Server::start(&[]);
    let mut a = Collector::new(&server, Policy::default());
    let all = page(&LIFE);
    a.page(&all[..3], 0);
    assert_eq!(a.flush(0).len(), 1);
    server.run(&["DEL", "emp:collector:job:job_1"]);
    a.page(&all[3..], 50_000);
    assert!(a.flush(50_000).is_empty());
    assert_eq!(open(&server), Some(0));
    assert_eq!(a.log.counts().lost, 1);
    // But a job may begin once more, and then says all of itself once more.
    server.run(&["DEL", "emp:collector:job:job_1"]);
    a.page(&all[..3], 51_000);
    assert_eq!(names(&a.flush(51_000)[0])[0], "job image");
    server.run(&["DEL", "emp:collector:job:job_1"]);
    a.page(&all[..1], 55_000);
    let ttl = ttl(&server, "job_1");
    assert!(ttl.is_some_and(|ttl| ttl > 80_000));
    assert!(a.flush(55_000).is_empty());
    assert_eq!(open(&server), Some(1));
}

#[test]
fn a_job_that_is_done_again_says_all_of_itself_again() {
    let server = Server::start(&[]);
    let mut a = Collector::new(&server, Policy::default());
    let all = page(&LIFE);
    for now in [0, 3_600_000] {
        a.page(&all[..3], now);
        assert_eq!(names(&a.flush(now)[0])[0], "job image");
        // As when it expires.
        server.run(&["DEL", "emp:collector:job:job_1"]);
    }
}

#[test]
fn where_many_jobs_end_their_logs_are_kept_for_less_long() {
    let server = Server::start(&[]);
    let policy = Policy {
        ended_logs: 10,
        ..Policy::default()
    };
    let mut a = Collector::new(&server, policy);
    let mut all = page(&["0 worker job.completed"; 20]);
    for (at, (event, _)) in all.iter_mut().enumerate() {
        event.ids.set(Id::Job, format!("job_{at}"));
    }
    a.page(&all[..19], 0);
    assert_eq!(a.flush(0).len(), 19);
    let ttl = |job: &str| ttl(&server, job);
    assert!(ttl("job_0").is_some_and(|ttl| ttl > 500));
    a.page(&all[19..], 90_000);
    assert_eq!(a.flush(90_000).len(), 1);
    assert!(
        ttl("job_19").is_some_and(|ttl| (40..48).contains(&ttl)),
        "{:?}",
        ttl("job_19")
    );
}

#[test]
fn a_log_is_bounded_and_says_what_it_lacks() {
    let server = Server::start(&[]);
    let policy = Policy {
        log_bytes: 4_000,
        ..Policy::default()
    };
    let mut a = Collector::new(&server, policy);
    let mut lines = vec!["0 api job.queued".to_owned()];
    lines.extend((1..1000).map(|at| format!("{at} worker note.some")));
    lines.push("2000 worker job.failed".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let all = page(&lines);
    for part in all.chunks(100) {
        a.page(part, 0);
    }
    let length = server.run(&["STRLEN", "emp:collector:job:job_1"]).count();
    assert!(length.is_some_and(|length| (4_000..5_000).contains(&length)));
    let root = tell(&a.flush(0)[0]).spans[0].clone();
    assert_eq!(root.failure.as_deref(), Some("job.failed"));
    let number = |name: &str| {
        let found = root.attributes.iter().find(|(known, _)| known == name);
        found.and_then(|(_, value)| value.as_u64()).unwrap_or(0)
    };
    assert_eq!(
        number("emp.event_count") + number("emp.left_out_events"),
        1001
    );
    assert_eq!(a.log.counts().left_out, number("emp.left_out_events"));
}

#[test]
fn open_jobs_can_be_found_and_given_up_by_one() {
    let server = Server::start(&[]);
    let mut a = Collector::new(&server, Policy::default());
    let keys = JobKeys::default();
    let all = page(&LIFE);
    a.page(&all[..2], 0);
    let mut other = page(&["500 api job.queued"]);
    other[0].0.ids.set(Id::Job, "job_2");
    a.page(&other, 0);
    let quiet =
        |pipe: &mut Pipe, before| keys.abandoned(pipe, at(before), 10, soon()).expect("jobs");
    assert_eq!(quiet(&mut a.pipe, 12), []);
    // By the server's clock, which is two milliseconds ahead here.
    assert_eq!(quiet(&mut a.pipe, 100), [("job_1".to_owned(), at(12))]);
    assert_eq!(quiet(&mut a.pipe, 1_000).len(), 2);
    let log = give_up(&keys, &mut a.pipe, "job_1", soon()).expect("an answer");
    assert_eq!(log.expect("its log").read().milestones.len(), 2);
    let second = give_up(&keys, &mut a.pipe, "job_1", soon()).expect("an answer");
    assert!(second.is_none());
    // What is old is cleared away, also where nobody gives up.
    a.page(&[], 1_000 + 25 * 3_600_000);
    assert_eq!(
        server.run(&["EXISTS", "emp:collector:jobs:open"]).count(),
        Some(0)
    );
}
