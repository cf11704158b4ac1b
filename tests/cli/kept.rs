//! What an answer keeps of long streams: the next one is the same, and asks the server for less.

use std::fs;
use std::path::PathBuf;

use crate::support::{Sandbox, TestRedis};

/// A server with a stream that is long enough, and who asks it.
fn filled() -> (TestRedis, Sandbox) {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let line = |n: usize| format!("{{\"eventType\":\"job.created\",\"jobId\":\"job_{n}\"}}\n");
    emit(&sandbox, (0..10_200).map(line).collect());
    (redis, sandbox)
}

fn emit(sandbox: &Sandbox, lines: String) {
    let mut emit = sandbox.emp(&["emit", "--stdin"]);
    emit.env("EMP_EVENTS_MAX_LEN", "100000");
    emit.write_stdin(lines).assert().success();
}

/// How many events a search finds, and what it says beside them.
fn search(sandbox: &Sandbox, more: &[&str], cache: Option<&str>) -> (usize, String) {
    let args = [&["search", "-v", "-o", "jsonl"], more].concat();
    let mut search = sandbox.emp(&args);
    if let Some(cache) = cache {
        search.env("EMP_CACHE", cache);
    }
    let output = search.output().expect("emp runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    assert!(output.status.success(), "{output:#?}");
    (text(output.stdout).lines().count(), text(output.stderr))
}

fn files(sandbox: &Sandbox) -> Vec<PathBuf> {
    let folder = fs::read_dir(sandbox.path("cache").join("emp"));
    let files = folder.into_iter().flatten().flatten();
    files.map(|file| file.path()).collect()
}

#[test]
fn an_answer_is_the_same_from_what_was_kept() {
    let (_redis, sandbox) = filled();
    assert_eq!(search(&sandbox, &[], Some("none")).0, 10_200);
    assert_eq!(search(&sandbox, &["--no-index"], None).0, 10_200);
    assert!(files(&sandbox).is_empty(), "neither keeps anything");
    let (count, said) = search(&sandbox, &[], None);
    assert!(
        count == 10_200 && !said.contains("from the cache"),
        "{said}"
    );
    assert_eq!(files(&sandbox).len(), 1);
    emit(&sandbox, "{\"eventType\":\"job.failed\"}\n".to_owned());
    let (count, said) = search(&sandbox, &[], None);
    assert!(
        count == 10_201 && said.contains("emp:events: 10200 entries are from the cache"),
        "{said}"
    );
    let (_, said) = search(&sandbox, &["--no-index"], None);
    assert!(!said.contains("from the cache"), "{said}");
}

#[test]
fn a_broken_file_is_no_matter() {
    let (_redis, sandbox) = filled();
    search(&sandbox, &[], None);
    for file in files(&sandbox) {
        let mut bytes = fs::read(&file).expect("the file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, bytes).expect("the file");
    }
    assert_eq!(search(&sandbox, &[], None).0, 10_200);
    assert!(files(&sandbox).is_empty(), "it is taken away");
    assert_eq!(search(&sandbox, &[], None).0, 10_200);
    let (count, said) = search(&sandbox, &[], None);
    assert!(count == 10_200 && said.contains("from the cache"), "{said}");
}

#[test]
fn stuck_jobs_are_looked_for_with_and_without_it() {
    let (_redis, sandbox) = filled();
    let stuck = |more: &[&str]| {
        let args = [&["health", "--stuck", "-v"], more].concat();
        let output = sandbox.emp(&args).output().expect("emp runs");
        String::from_utf8(output.stderr).expect("text")
    };
    stuck(&[]);
    assert!(stuck(&[]).contains("from the cache"));
    assert!(!stuck(&["--no-index"]).contains("from the cache"));
}

#[test]
fn a_place_that_depends_on_where_emp_is_started_is_refused() {
    let sandbox = Sandbox::new();
    for place in ["off", "~/cache", "./cache"] {
        let mut search = sandbox.emp(&["search"]);
        search.env("EMP_CACHE", place);
        let output = search.output().expect("emp runs");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(said.contains("no absolute path or `none`"), "{said}");
        assert!(!sandbox.work().join(place).exists());
    }
}
