//! Where `emp search` looks: servers, files of every kind, standard input, the journal.

use std::fs;
use std::io::Write;

use predicates::prelude::PredicateBooleanExt;
use serde_json::Value;

use crate::search::{NOW, sample, types};
use crate::support::{Running, Sandbox, TestRedis, wait_for};

#[test]
fn every_place_can_be_named() {
    let redis = TestRedis::start();
    sample(&redis);
    let sandbox = Sandbox::with(&redis);
    let lines = sandbox.stdout(&["search", "-o", "jsonl"]);
    sandbox.write("plain", &lines);
    sandbox.write(
        "packed.zst",
        zstd::encode_all(lines.as_bytes(), 1).expect("packed"),
    );
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines.as_bytes()).expect("packed");
    sandbox.write("packed.gz", gzip.finish().expect("packed"));

    // The sandbox's own Redis is elsewhere, so that nothing is found there by mistake.
    let nowhere = Sandbox::new();
    let expected = ["error.TypeError", "job.failed"];
    let files = ["plain", "packed.zst", "packed.gz"]
        .map(|name| sandbox.work().join(name).display().to_string());
    for place in files.iter().chain([&redis.url(), &redis.tcp_url()]) {
        let found = types(&nowhere, &["--from", place, "memory OR level:error"]);
        assert_eq!(found, expected, "--from {place}");
    }
    let mut piped = nowhere.emp(&["search", "--from", "-", "level:error"]);
    let output = piped.write_stdin(lines).assert().success();
    output.stdout(predicates::str::contains("job.failed"));

    nowhere
        .emp(&["emit", "kept.here", "--service", "s"])
        .assert()
        .success();
    assert_eq!(types(&nowhere, &["--from", "journal"]), ["kept.here"]);
    let journal = nowhere.journal().display().to_string();
    assert_eq!(types(&sandbox, &["--from", &journal]), ["kept.here"]);
}

#[test]
fn the_journal_answers_while_redis_is_away() {
    let sandbox = Sandbox::new();
    let away = sandbox.emp(&["search", "job:job_1"]).assert().code(3);
    away.stdout("")
        .stderr(predicates::str::contains("connection refused"));
    sandbox
        .emp(&["emit", "job.created", "--job-id", "job_1", "--service", "s"])
        .assert()
        .success();
    let found = sandbox.emp(&["search", "job:job_1"]).assert().success();
    let found = found.stdout(predicates::str::contains("job.created"));
    found.stderr(
        predicates::str::starts_with("warning: cannot reach Redis")
            .and(predicates::str::contains("answering from the journal")),
    );
    // It has nothing to say of this: whether Redis has is not known, so "no" would be a lie.
    for args in [&["search", "job:job_2"][..], &["timeline", "job_2"]] {
        let unknown = sandbox.emp(args).assert().code(3);
        unknown.stderr(predicates::str::contains("error: cannot reach Redis"));
    }
    // Where nobody named a Redis, the journal is the store, and its answer counts.
    let mut command = sandbox.command(&["search", "job:job_2", "--config", "none.toml"]);
    sandbox.write("none.toml", "");
    command.env_remove("EMP_URL");
    assert_eq!(command.output().expect("emp runs").status.code(), Some(1));
}

#[test]
fn an_array_is_read_like_lines() {
    let sandbox = Sandbox::new();
    for job in ["job_1", "job_2"] {
        sandbox
            .emp(&["emit", "job.created", "--job-id", job])
            .assert()
            .success();
    }
    let array = sandbox.stdout(&["search", "--from", "journal", "-o", "json"]);
    sandbox.write("array.json", &array);
    let lines = sandbox.stdout(&["search", "--from", "journal", "-o", "jsonl"]);
    let read = sandbox
        .emp(&["search", "--from", "array.json", "-o", "jsonl"])
        .assert();
    read.success().stdout(lines).stderr("");
    sandbox.write("empty.json", "[]\n");
    sandbox
        .emp(&["search", "--from", "empty.json"])
        .assert()
        .code(1);
}

#[test]
fn a_file_that_breaks_off_shows_what_could_be_read() {
    let sandbox = Sandbox::new();
    let line = |number: u32| {
        format!(
            "{{\"timestamp\":{},\"service\":\"s\",\"eventType\":\"t.t\",\"data\":{{\"n\":{number},\"noise\":\"{:x}\"}}}}\n",
            NOW,
            number.wrapping_mul(2_654_435_761)
        )
    };
    let lines: String = (0..5000).map(line).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(lines.as_bytes()).expect("packed");
    let packed = gzip.finish().expect("packed");
    sandbox.write("broken.gz", &packed[..packed.len() / 2]);
    let output = sandbox
        .emp(&["search", "--from", "broken.gz", "-o", "jsonl"])
        .assert()
        .code(3)
        .get_output()
        .clone();
    let shown = String::from_utf8(output.stdout).expect("text");
    assert!(shown.lines().count() > 100, "{}", shown.lines().count());
    assert!(
        lines
            .lines()
            .zip(shown.lines())
            .all(|(_, line)| serde_json::from_str::<Value>(line).is_ok())
    );
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.contains("it ends in the middle of its compressed data"),
        "{said}"
    );
}

#[test]
fn odd_files_are_read_as_far_as_they_go() {
    let sandbox = Sandbox::new();
    let mut bytes: Vec<u8> = (0..200_000u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .collect();
    bytes.extend_from_slice(b"\n{\"eventType\":\"good.one\"}\n");
    sandbox.write("garbage", &bytes);
    let found = sandbox
        .emp(&["search", "--from", "garbage"])
        .assert()
        .success();
    let found = found.stdout(predicates::str::contains("good.one"));
    found.stderr(predicates::str::contains(
        "no JSON objects and were passed over",
    ));

    // A line that no event can have, and that no memory should hold.
    let mut file = fs::File::create(sandbox.work().join("long")).expect("a file");
    file.write_all(b"{\"data\":\"").expect("written");
    for _ in 0..100 {
        file.write_all(&[b'x'; 1 << 20]).expect("written");
    }
    file.write_all(b"\"}\n{\"eventType\":\"good.one\"}\n")
        .expect("written");
    let mut running = Running::spawn_unread(sandbox.command(&["search", "--from", "long"]));
    running.close_input();
    let (shown, said, status) = running.finish();
    assert!(status.success() && shown.contains("good.one"), "{said}");
    assert!(
        said.contains("long: 1 line is no JSON object and was passed over"),
        "{said}"
    );
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let sandbox = Sandbox::new();
    let lines = "{\"eventType\":\"t.t\",\"service\":\"s\"}\n".repeat(20_000);
    sandbox.write("many", lines);
    for output in ["text", "json", "jsonl"] {
        let mut command = sandbox.command(&["search", "--from", "many", "-o", output]);
        command
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut child = command.spawn().expect("emp runs");
        drop(child.stdout.take());
        let status = wait_for("the end of emp", || child.try_wait().expect("a child"));
        let rest = child.wait_with_output().expect("its output");
        assert_eq!(
            (status.code(), rest.stderr),
            (Some(0), Vec::new()),
            "-o {output}"
        );
    }
}
