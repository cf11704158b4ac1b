use std::collections::BTreeSet;

use super::{Collector, add, all_acknowledged, events_in, wait_until_acknowledged};
use crate::support::otlp::Receiver;
use crate::support::{Sandbox, TestRedis, wait_for};

#[test]
fn both_streams_reach_the_file_and_search_reads_it() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    // What is there before the collector counts as well.
    add(&redis, 1..=15);
    let collector = Collector::start(&sandbox, "one", &[]);
    wait_until_acknowledged(&redis);
    add(&redis, 16..=30);
    wait_for("the new events", || {
        (collector.events().len() == 30).then_some(())
    });
    let file = collector.file.display().to_string();
    let found = sandbox.found(&["--from", &file]);
    let from_redis = sandbox.found(&[]);
    assert_eq!(found, from_redis);
    let (said, code) = collector.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("everything is delivered"), "{said}");
    assert!(all_acknowledged(&redis));
}

/// A page takes 4 MB at most; what it leaves out is read later, though other pages are on their way.
#[test]
fn a_backlog_of_large_entries_comes_whole_and_once() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let text = "x".repeat(6000);
    for number in 1..=4500 {
        // Small ones between, so that some pages are taken whole.
        let text = if number % 2000 < 1000 { &*text } else { "" };
        let data = format!(r#"{{"n":{number},"text":"{text}"}}"#);
        redis.add("emp:events", &[("eventType", "job.noted"), ("data", &data)]);
    }
    let collector = Collector::start(&sandbox, "one", &[]);
    wait_until_acknowledged(&redis);
    let events = collector.events();
    assert!(events.keys().copied().eq(1..=4500), "{}", events.len());
    assert!(events.values().all(|count| *count == 1));
    let (said, code) = collector.stop();
    assert_eq!(code, Some(0), "{said}");
}

/// A collector that is killed loses nothing: what it had taken comes again, to itself under the
/// same name, and to another one after a while.
#[test]
fn what_a_killed_collector_had_taken_comes_again() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let mut files = Vec::new();
    for round in 0..4 {
        let collector = Collector::start(&sandbox, "one", &[]);
        add(&redis, round * 500 + 1..=round * 500 + 500);
        files.push(collector.file.clone());
        collector.kill9();
    }
    let heir = Collector::start(&sandbox, "two", &["--claim-idle", "100ms"]);
    files.push(heir.file.clone());
    wait_until_acknowledged(&redis);
    files.dedup();
    let seen: BTreeSet<i64> = files
        .iter()
        .flat_map(|file| events_in(file).into_keys())
        .collect();
    assert_eq!(seen.len(), 2000);
    let (said, code) = heir.stop();
    assert_eq!(code, Some(0), "{said}");
}

/// The end of a job waits for the job's spans. Those that outputs had when their collector was killed go
/// to no output again, and their jobs are told.
#[test]
fn what_only_waits_for_its_job_is_written_once() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let receiver = Receiver::start();
    let url = receiver.url();
    let traces = ["--otlp-endpoint", &*url, "--otlp-signals", "traces"];
    let handed_on = "emp:collector:handed-on:emp:events:telemetry-collectors";
    let mut file = None;
    let mut last = 0;
    let waiting = loop {
        let collector = Collector::start(&sandbox, "one", &traces);
        // One waits for half a second: while they come all the time, some do.
        wait_for("ends that wait", || {
            last += 1;
            let (job, data) = (format!("job_{last:04}"), format!(r#"{{"n":{last}}}"#));
            let fields = [
                ("eventType", "job.completed"),
                ("jobId", &job),
                ("data", &data),
            ];
            redis.add("emp:events", &fields);
            (redis.run::<u64>(&["ZCARD", handed_on]) > 0).then_some(())
        });
        file = Some(collector.file.clone()).or(file);
        collector.kill9();
        let waiting: Vec<String> = redis.run(&["ZRANGE", handed_on, "0", "-1"]);
        if !waiting.is_empty() {
            break waiting;
        }
    };
    let more = [&traces[..], &["--claim-idle", "100ms"]].concat();
    let heir = Collector::start(&sandbox, "two", &more);
    wait_until_acknowledged(&redis);
    let mut seen = events_in(&file.expect("a file"));
    for (number, count) in heir.events() {
        *seen.entry(number).or_default() += count;
    }
    assert!(seen.keys().copied().eq(1..=last), "{seen:?}");
    for id in waiting {
        let entries: Vec<(String, Vec<String>)> = redis.run(&["XRANGE", "emp:events", &id, &id]);
        let data = entries[0].1.last().expect("its data");
        let number = data.trim_matches(|sign: char| !sign.is_ascii_digit());
        let number: i64 = number.parse().expect("a number");
        assert_eq!(seen[&number], 1, "{number}");
    }
    wait_for("no note to be left", || {
        (redis.run::<u64>(&["EXISTS", handed_on]) == 0).then_some(())
    });
    let (said, code) = heir.stop();
    assert_eq!(code, Some(0), "{said}");
    let messages: Vec<u8> = receiver
        .taken()
        .into_iter()
        .flat_map(|taken| taken.message)
        .collect();
    for job in 1..=last {
        let job = format!("job_{job:04}");
        let told = messages
            .windows(job.len())
            .any(|words| words == job.as_bytes());
        assert!(told, "no span of {job}");
    }
}

#[test]
fn a_server_that_lost_everything_is_read_from_its_new_beginning() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let collector = Collector::start(&sandbox, "one", &[]);
    add(&redis, 1..=20);
    wait_until_acknowledged(&redis);
    redis.run::<()>(&["FLUSHALL"]);
    add(&redis, 21..=40);
    wait_for("the new events", || {
        (collector.events().len() == 40).then_some(())
    });
    let (said, _) = collector.stop();
    assert!(said.contains("its server lost data"), "{said}");
}

#[test]
fn a_server_that_goes_away_is_waited_for() {
    let mut redis = TestRedis::with_args(&["--appendonly", "yes", "--appendfsync", "always"]);
    let sandbox = Sandbox::with(&redis);
    let collector = Collector::start(&sandbox, "one", &[]);
    add(&redis, 1..=20);
    wait_until_acknowledged(&redis);
    redis.kill9();
    collector.running.wait_for_error("cannot reach Redis");
    redis.restart();
    add(&redis, 21..=40);
    wait_for("the new events", || {
        (collector.events().len() == 40).then_some(())
    });
    collector.running.wait_for_error("reading again");
    let counts = collector.events();
    assert!(counts.values().all(|count| *count == 1), "{counts:?}");
    // Both streams, the house-keeping and the alerts met it, and one told.
    let said = collector.running.stderr();
    let times = |words: &str| said.matches(words).count();
    assert_eq!(times("Redis is away"), 1, "{said}");
    assert_eq!(times("Redis is back"), 1, "{said}");
    assert_eq!(times("cannot reach Redis"), 1, "{said}");
    assert_eq!(times("watched again"), 0, "{said}");
    // It begins before there is a server, too.
    wait_until_acknowledged(&redis);
    redis.kill9();
    let (said, code) = collector.stop();
    assert_eq!(code, Some(0), "{said}");
    let collector = Collector::start(&sandbox, "one", &[]);
    collector.running.wait_for_error("cannot reach Redis");
    redis.restart();
    add(&redis, 41..=45);
    wait_for("the new events", || {
        (collector.events().len() == 45).then_some(())
    });
}

#[test]
fn what_was_trimmed_before_it_was_read_is_told_to_the_entry() {
    let redis = TestRedis::with_args(&["--appendonly", "no", "--stream-node-max-entries", "1"]);
    let sandbox = Sandbox::with(&redis);
    let collector = Collector::start(&sandbox, "one", &[]);
    add(&redis, 1..=9);
    wait_until_acknowledged(&redis);
    let (_, code) = collector.stop();
    assert_eq!(code, Some(0));
    add(&redis, (11..=99).filter(|number| number % 10 != 0));
    redis.run::<u64>(&["XTRIM", "emp:events", "MAXLEN", "30"]);
    let collector = Collector::start(&sandbox, "one", &[]);
    collector
        .running
        .wait_for_error("51 entries trimmed before they were read: lost");
    wait_until_acknowledged(&redis);
    assert_eq!(collector.events().len(), 9 + 30);
}

#[test]
fn a_key_of_another_type_and_a_full_server_stop_nothing_else() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    redis.run::<()>(&["SET", "emp:errors", "a text"]);
    let collector = Collector::start(&sandbox, "one", &[]);
    collector.running.wait_for_error("holds no stream");
    add(&redis, 1..=9);
    wait_for("the events", || {
        (collector.events().len() == 9).then_some(())
    });
    redis.run::<()>(&["DEL", "emp:errors"]);
    add(&redis, [10]);
    wait_for("the error", || {
        (collector.events().len() == 10).then_some(())
    });
}

#[test]
fn a_canary_is_followed_to_every_output() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let lonely = ["health", "--probe", "--probe-timeout", "100ms"];
    let lonely = sandbox.command(&lonely).output().expect("emp runs");
    assert_eq!(lonely.status.code(), Some(1));
    let said = String::from_utf8(lonely.stderr).expect("text");
    assert!(said.contains("no collector read it"), "{said}");
    let receiver = Receiver::start();
    let url = receiver.url();
    let traces = ["--otlp-endpoint", &*url, "--otlp-signals", "traces"];
    let collector = Collector::start(&sandbox, "one", &traces);
    let way = sandbox.stdout(&["health", "--probe", "-o", "json"]);
    let way: serde_json::Value = serde_json::from_str(&way).expect("JSON");
    assert_eq!(way["complete"], true);
    let hops: Vec<_> = way["hops"]
        .as_array()
        .expect("hops")
        .iter()
        .map(|hop| hop["hop"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(hops, ["emitted", "stream", "read", "file"]);
    let probe = sandbox.command(&["health", "--probe"]).output();
    let said = String::from_utf8(probe.expect("emp runs").stderr).expect("text");
    assert!(said.contains("otlp traces takes no canary"), "{said}");
    drop(collector);
}

/// The same question with and without the index, while collectors come and go.
#[test]
fn the_index_gives_the_answer_of_a_full_scan() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let url = redis.url();
    for round in 0..3 {
        let collector = Collector::start(&sandbox, "one", &[]);
        let seed = round.to_string();
        sandbox.stdout(&["demo", "--jobs", "40", "--seed", &seed, "--url", &url]);
        if round == 1 {
            collector.kill9();
        } else {
            wait_until_acknowledged(&redis);
            redis.run::<u64>(&["XTRIM", "emp:events", "MAXLEN", "~", "900"]);
            collector.stop();
        }
    }
    let jobs: BTreeSet<String> = sandbox
        .found(&["--no-index"])
        .iter()
        .filter_map(|event| event["jobId"].as_str().map(str::to_owned))
        .collect();
    assert!(jobs.len() > 40, "{}", jobs.len());
    for job in jobs.iter().step_by(5) {
        for words in [["--job-id", job], ["--trace-id", job]] {
            let full = sandbox.found(&[&words[..], &["--no-index"]].concat());
            assert_eq!(sandbox.found(&words), full, "{job}");
        }
        let picture = sandbox.stdout(&["timeline", job, "-o", "json"]);
        let full = sandbox.stdout(&["timeline", job, "-o", "json", "--no-index"]);
        assert_eq!(picture, full, "{job}");
    }
}
