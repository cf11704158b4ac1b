//! `emp export`: a job in a file, and the same answers from it.

use std::fs;

use crate::support::{Sandbox, TestRedis};

fn system() -> (TestRedis, Sandbox) {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    sandbox.stdout(&["demo", "--jobs", "60", "--seed", "3"]);
    (redis, sandbox)
}

fn failed(sandbox: &Sandbox) -> String {
    let found = sandbox.found(&["type:job.failed"]);
    found[0]["jobId"].as_str().expect("an id").to_owned()
}

#[test]
fn the_file_answers_as_the_server_does() {
    let (redis, sandbox) = system();
    let job = failed(&sandbox);
    for name in ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst"] {
        sandbox.stdout(&["export", &job, "--output-file", name]);
        let told =
            |from: &[&str]| sandbox.stdout(&[&["timeline", &job, "-o", "json"], from].concat());
        assert_eq!(told(&[]), told(&["--from", name]), "{name}");
    }
    let own = sandbox.found(&["--from", "a.ndjson", "service:emp"]);
    let types: Vec<_> = own
        .iter()
        .map(|event| event["eventType"].as_str())
        .collect();
    assert_eq!(
        types,
        [
            Some("emp.export.about"),
            Some("emp.export.usual"),
            Some("emp.export.health")
        ]
    );
    drop(redis);
}

#[test]
fn standard_output_and_a_job_alone() {
    let (_redis, sandbox) = system();
    let job = failed(&sandbox);
    let args = ["export", &job, "--context", "0", "--output-file", "-"];
    let text = sandbox.stdout(&args);
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let own = lines.iter().filter(|line| line["jobId"] == job.as_str());
    let other = lines.iter().filter(|line| line["service"] != "emp");
    assert_eq!(own.count(), other.count());
    assert!(!sandbox.work().join("-").exists());
}

#[test]
fn what_cannot_be_written_is_told() {
    let (_redis, sandbox) = system();
    let job = failed(&sandbox);
    let name = format!("{job}.ndjson.gz");
    sandbox.stdout(&["export", &job]);
    let before = fs::read(sandbox.work().join(&name)).expect("the file");
    for (args, said) in [
        (vec!["export", &job], "--force replaces it"),
        (
            vec!["export", &job, "--output-file", "no/such/folder/f"],
            "No such file",
        ),
    ] {
        let output = sandbox.command(&args).output().expect("emp runs");
        let stderr = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    assert_eq!(
        fs::read(sandbox.work().join(&name)).expect("the file"),
        before
    );
    sandbox.stdout(&["export", &job, "--force"]);
    let left = fs::read_dir(sandbox.work()).expect("a folder").count();
    assert_eq!(left, 1, "nothing but the file is left");
    let output = sandbox
        .command(&["export", "nobody"])
        .output()
        .expect("emp runs");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn who_reads_it_stands_where_it_was_made() {
    let sandbox = Sandbox::new();
    let line = |id: &str, minute: u32, kind: &str| {
        format!(
            r#"{{"timestamp":"2025-09-27T10:{minute:02}:00Z","service":"worker","eventType":"{kind}","jobId":"{id}","machineId":"m1"}}"#
        ) + "\n"
    };
    let text = line("own", 10, "job.claimed")
        + &line("goes_on", 20, "job.claimed")
        + &line("own", 11, "job.progress_updated")
        + &line("goes_on", 29, "job.progress_updated");
    sandbox.write("all.ndjson", text);
    for name in ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst"] {
        let export = [
            "export",
            "own",
            "--from",
            "all.ndjson",
            "--output-file",
            name,
        ];
        sandbox.stdout(&export);
        let later = |args: &[&str]| {
            let mut emp = sandbox.command(&[args, &["--from", name]].concat());
            let output = emp.env("EMP_NOW", "2025-09-27T13:00:00Z").output();
            String::from_utf8(output.expect("emp runs").stdout).expect("text")
        };
        let now = sandbox.stdout(&["timeline", "own", "-o", "json", "--from", "all.ndjson"]);
        assert_eq!(later(&["timeline", "own", "-o", "json"]), now, "{name}");
        let stuck = later(&["health", "--stuck", "-o", "json"]);
        let stuck: serde_json::Value = serde_json::from_str(&stuck).expect("JSON");
        let rows = stuck["stuck"].as_array().expect("rows");
        assert_eq!(
            (rows.len(), &rows[0]["jobId"]),
            (1, &"own".into()),
            "{stuck}"
        );
        assert_eq!(rows[0]["quietMs"], 19 * 60_000);
        let sign = &rows[0]["machine"]["lastSign"]["at"];
        assert_eq!(sign, "2025-09-27T10:29:00.000Z", "the machine lives");
        assert_eq!(
            (&stuck["running"], &stuck["partlyHeld"]),
            (&1.into(), &1.into())
        );
        let about = &sandbox.found(&["--from", name, "type:emp.export.about"])[0];
        assert!(about["data"]["host"].is_string(), "{about}");
    }
    let file = fs::read_to_string(sandbox.work().join("a.ndjson")).expect("the file");
    let first = file.lines().next().expect("a line");
    assert!(first.contains("emp.export.about"), "{first}");

    let mut emp = sandbox.emp(&["timeline", "own", "--from", "-"]);
    let output = emp
        .write_stdin(file)
        .env("EMP_NOW", "2025-09-27T13:00:00Z")
        .output();
    let text = String::from_utf8(output.expect("emp runs").stdout).expect("text");
    assert!(text.contains("silent for 19m 00s"), "{text}");
}
