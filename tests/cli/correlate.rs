//! `emp correlate`: why a job failed, what failed jobs have in common, and bad input.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::Sandbox;

/// 2025-09-27T10:00:00Z, half an hour before the sandbox's now.
const START: u64 = 1_758_967_200_000;

fn line(job: &str, ms: u64, service: &str, event_type: &str, more: Value) -> String {
    let mut event = json!({"timestamp": START + ms, "service": service, "eventType": event_type,
        "jobId": job, "traceId": format!("{:032x}", 1 + job.len() as u64)});
    if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
        event.extend(more);
    }
    format!("{event}\n")
}

/// A job on a machine, which takes a second.
fn job(id: &str, ms: u64, machine: &str, fails: bool) -> String {
    let on = |more: Value| {
        let mut all = json!({"machineId": machine, "workerId": format!("{machine}-w")});
        if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
            all.extend(more);
        }
        all
    };
    let created = json!({"data": {"jobType": "image"}});
    let mut text = line(id, ms, "api-server", "job.created", created);
    text += &line(id, ms + 100, "worker", "job.claimed", on(json!({})));
    let started = "connector.processing_started";
    text += &line(id, ms + 110, "worker", started, on(json!({})));
    let (done, end) = if fails {
        ("connector.processing_failed", "job.failed")
    } else {
        ("connector.processing_completed", "job.completed")
    };
    let said = if fails {
        json!({"level": "error", "data": {"error": "CUDA out of memory\u{1b}[2J"}})
    } else {
        json!({})
    };
    text += &line(id, ms + 1_110, "worker", done, on(said));
    text + &line(id, ms + 1_120, "worker", end, on(json!({})))
}

/// A hundred jobs on five machines; most of those of `gpu-3` fail where that is asked for.
fn system(sandbox: &Sandbox, bad: bool) {
    let jobs = (0..100).map(|number| {
        let fails = if bad {
            number % 5 == 3 && number % 4 != 0
        } else {
            number % 7 == 3
        };
        let machine = format!("gpu-{}", number % 5);
        job(&format!("job_{number:03}"), number * 5_000, &machine, fails)
    });
    sandbox.write("events.ndjson", jobs.collect::<String>());
}

fn asked(sandbox: &Sandbox, args: &[&str], code: i32) -> (String, String) {
    let mut args = [&["correlate"], args].concat();
    if !args.contains(&"--from") {
        args.extend(["--from", "events.ndjson"]);
    }
    let output = sandbox.command(&args).output().expect("emp runs");
    assert_eq!(
        output.status.code(),
        Some(code),
        "emp {args:?}: {output:#?}"
    );
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr))
}

#[test]
fn the_verdict_comes_first() {
    let sandbox = Sandbox::new();
    system(&sandbox, true);
    let (shown, _) = asked(&sandbox, &["job_083"], 0);
    let verdict = "\
job job_083 failed in worker at connector.processing_failed 1.0 s after the claim: CUDA out of
memory\\x1b[2J; 15 of the last 15 failures are on machine gpu-3; the last success of this type took
1.1 s
";
    assert!(shown.starts_with(verdict), "{shown}");
    for part in [
        "critical path from api-server job.created",
        "same machine gpu-3",
        "  emp timeline job_083 ",
        "  emp correlate --failed ",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    let (prefix, said) = asked(&sandbox, &["job_08", "--until", "10:06:55"], 2);
    assert!(
        prefix.is_empty() && said.contains("begins several ids"),
        "{said}"
    );
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its shape is what is tested")]
struct Comparison {
    group: String,
    rest: u64,
    tested: usize,
    enough: bool,
    findings: Vec<Finding>,
    jobs: u64,
    neither: u64,
    left_out: u64,
    values_left_out: u64,
    crowded: Vec<String>,
    events: u64,
    first: Option<String>,
    last: Option<String>,
    examples: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "its shape is what is tested")]
struct Finding {
    field: String,
    value: String,
    group: u64,
    of: u64,
    group_elsewhere: u64,
    of_elsewhere: u64,
    lift: f64,
    chance: f64,
    with_it: Vec<Finding>,
}

#[test]
fn a_bad_machine_is_named_first_and_chance_is_not() {
    let sandbox = Sandbox::new();
    system(&sandbox, true);
    let (shown, _) = asked(&sandbox, &["--failed", "-o", "json"], 0);
    let found: Comparison = serde_json::from_str(&shown).expect("its shape");
    let first = &found.findings[0];
    assert_eq!((&*first.field, &*first.value), ("machine", "gpu-3"));
    assert_eq!(
        (
            first.group,
            first.of,
            first.group_elsewhere,
            first.of_elsewhere
        ),
        (15, 20, 0, 80)
    );
    assert!((first.lift - 5.0).abs() < 1e-9, "{first:?}");
    assert_eq!(found.findings.len(), 1, "{found:#?}");
    assert_eq!((found.jobs, found.rest), (15, 85));
    let (shown, _) = asked(&sandbox, &["--failed"], 0);
    let said = "machine gpu-3 stands out: 15 of its 20 jobs failed (75 %), elsewhere 0 %\n";
    assert!(shown.starts_with(said), "{shown}");
    let (csv, _) = asked(&sandbox, &["--failed", "-o", "csv"], 0);
    assert!(csv.starts_with("field,value,group,rate,"), "{csv}");
    assert!(csv.contains("\nmachine,gpu-3,15,0.75,0,5,"), "{csv}");

    system(&sandbox, false);
    let (shown, _) = asked(&sandbox, &["--failed"], 0);
    assert!(shown.contains("nothing sets them apart"), "{shown}");
}

#[test]
fn groups_are_chosen_by_queries() {
    let sandbox = Sandbox::new();
    system(&sandbox, true);
    let (shown, _) = asked(&sandbox, &["machine:gpu-1", "--failed"], 0);
    assert!(shown.contains("too few on one side"), "{shown}");
    let (shown, _) = asked(&sandbox, &["type:job.failed", "--against", "*"], 0);
    assert!(shown.starts_with("machine gpu-3 stands out"), "{shown}");
    let (_, said) = asked(&sandbox, &["--against", "*"], 2);
    assert!(said.contains("--against needs a query"), "{said}");
    let (shown, _) = asked(&sandbox, &["--slow"], 0);
    assert!(shown.starts_with("0 of 85 jobs are slow"), "{shown}");
    let (shown, _) = asked(&sandbox, &["--slow=1s"], 0);
    assert!(shown.starts_with("85 of 85 jobs are slow"), "{shown}");
}

#[test]
fn two_jobs_and_the_usual_course() {
    let sandbox = Sandbox::new();
    system(&sandbox, true);
    let (shown, _) = asked(&sandbox, &["job_083", "job_084"], 0);
    assert!(
        shown.starts_with(
            "job_083 failed after 1.1 s, job_084 completed after 1.1 s; they part after"
        ),
        "{shown}"
    );
    assert!(shown.contains("machine: gpu-3, other gpu-4"), "{shown}");
    let (shown, _) = asked(&sandbox, &["job_083", "--usual", "-o", "jsonl"], 0);
    assert_eq!(shown.lines().count(), 7, "{shown}");
    sandbox.write("events.ndjson", job("job_1", 0, "gpu-1", false));
    let (_, said) = asked(&sandbox, &["job_1", "--usual"], 1);
    assert!(
        said.contains("1 completed job of its type was read: 20 tell what is usual"),
        "{said}"
    );
}

#[test]
fn a_race_is_told_with_both_workers() {
    let sandbox = Sandbox::new();
    let claim = json!({"workerId": "gpu-2-w", "machineId": "gpu-2"});
    let twice = line("job_1", 109, "worker", "job.claimed", claim);
    sandbox.write("events.ndjson", job("job_1", 0, "gpu-1", false) + &twice);
    let (shown, _) = asked(&sandbox, &["--races", "-o", "jsonl"], 0);
    let race: Value = serde_json::from_str(&shown).expect("one line");
    assert_eq!(race["kind"], "claimedTwice");
    assert_eq!(
        race["text"],
        "claimed by gpu-1-w and, 9 ms later, by gpu-2-w in the same try"
    );
    assert_eq!(race["heard"], false);
    system(&sandbox, true);
    let (shown, _) = asked(&sandbox, &["--races"], 0);
    assert_eq!(shown, "no race and no disorder in 100 jobs\n");
}

/// The newest events are read while the job is looked for, those of a window after that.
#[test]
fn the_newest_and_a_window_tell_the_same() {
    let sandbox = Sandbox::new();
    system(&sandbox, true);
    let told = |args: &[&str]| {
        let all = [args, &["-o", "json"]].concat();
        let (newest, _) = asked(&sandbox, &all, 0);
        let (window, _) = asked(&sandbox, &[&all[..], &["--last", "1d"]].concat(), 0);
        assert_eq!(newest, window, "{args:?}");
        serde_json::from_str::<Value>(&newest).expect("JSON")
    };
    let case = told(&["job_083"]);
    assert_eq!(case["surroundings"]["events"], 500);
    assert_eq!(case["surroundings"]["jobs"], 100);
    told(&["job_083", "job_084"]);
    told(&["job_083", "--usual"]);
}

/// Two readers of one pipe would each get a part of it.
#[test]
fn a_pipe_is_read_once() {
    let sandbox = Sandbox::new();
    system(&sandbox, true);
    let events = std::fs::read(sandbox.work().join("events.ndjson")).expect("events");
    let piped = |args: &[&str], from: &str| {
        let args = [&["correlate"], args, &["--from", from]].concat();
        let mut emp = sandbox.emp(&args);
        emp.write_stdin(events.clone()).output().expect("emp runs")
    };
    for (from, name) in [("-", "standard input"), ("/dev/stdin", "/dev/stdin")] {
        let output = piped(&["job_083", "-o", "json"], from);
        assert_eq!(output.status.code(), Some(0), "{output:#?}");
        let case: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(case["eventCount"], 5);
        assert_eq!(case["surroundings"]["events"], 0);
        let said = String::from_utf8_lossy(&output.stderr);
        let note = format!("{name} can be read once only: the job is told without");
        assert!(said.contains(&note), "{said}");
        let output = piped(&["job_083", "job_084"], from);
        assert_eq!(output.status.code(), Some(2), "{output:#?}");
        let said = String::from_utf8_lossy(&output.stderr);
        let note = format!("{name} can be read once only, and this needs more");
        assert!(said.contains(&note), "{said}");
    }
}

/// What is proposed can be typed as it stands.
#[test]
fn commands_that_come_next_read_the_same_file() {
    let sandbox = Sandbox::new();
    system(&sandbox, true);
    let mut seen = 0;
    for args in [
        &["--failed"][..],
        &["job_083"],
        &["job_083", "job_081"],
        &["job_081", "--usual"],
    ] {
        let (shown, _) = asked(&sandbox, args, 0);
        let (_, next) = shown.split_once("\nnext:\n").expect("commands");
        for command in next.lines() {
            let (command, _) = command.trim().split_once("  # ").expect("what it shows");
            let words: Vec<&str> = command.split_whitespace().collect();
            let reads = command.trim_end().ends_with(" --from events.ndjson");
            assert!(reads, "{command}");
            let plain = |word: &str| word.trim_matches('\'').to_owned();
            let words: Vec<String> = words.into_iter().map(plain).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            sandbox.emp(&words[1..]).assert().success();
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn bad_input_is_told_in_words() {
    let sandbox = Sandbox::new();
    system(&sandbox, true);
    for (args, code, words) in [
        (&["job_x"][..], 1, "no event has the id `job_x`"),
        (&["gpu-3"], 2, "`gpu-3` is a machine, not a job"),
        (&[], 2, "say which job"),
        (&["a", "b", "c"], 2, "more than two ids"),
        (&["--failed", "--since", "10:29"], 1, "nothing matches"),
        (&["--failed", "--slow"], 2, "cannot be used with"),
        (&["--failed", "user:nobody"], 1, "only events with a job id"),
        (&["--failed", "--columns", "x"], 2, "there is no column"),
        (
            &["job_083", "--failed", "--slow=soon"],
            2,
            "cannot be used with",
        ),
        (&["--slow=soon"], 2, "soon"),
        (
            &["--failed", "--watch", "--from", "-"],
            2,
            "cannot be watched",
        ),
    ] {
        let (shown, said) = asked(&sandbox, args, code);
        assert!(shown.is_empty() && said.contains(words), "{args:?}: {said}");
    }
}

#[test]
fn odd_jobs_have_a_story_too() {
    let sandbox = Sandbox::new();
    // One event; a job without an end; events out of order; lengths that are text or negative.
    let odd = json!({"data": {"durationMs": "soon", "processingTimeMs": -5}});
    let mut text = line("job_one", 0, "api-server", "job.created", odd);
    let mut lines: Vec<String> = job("job_back", 5_000, "gpu-1", true)
        .lines()
        .map(|line| format!("{line}\n"))
        .collect();
    lines.reverse();
    text += &lines.concat();
    text += &line(
        "",
        9_000,
        "monitor",
        "user.action",
        json!({"traceId": "a".repeat(32)}),
    );
    sandbox.write("events.ndjson", text);
    let (shown, _) = asked(&sandbox, &["job_one"], 0);
    assert!(
        shown.starts_with("job job_one has not ended 30m 00s after its first event;"),
        "{shown}"
    );
    assert!(shown.contains("quiet for more than 5m"), "{shown}");
    let (shown, _) = asked(&sandbox, &["job_back"], 0);
    assert!(
        shown.starts_with("job job_back failed in worker"),
        "{shown}"
    );
    assert!(!shown.contains("failures are"), "{shown}");
    let (shown, _) = asked(&sandbox, &[&"a".repeat(32)], 0);
    assert!(shown.contains("no job, 1 event of monitor"), "{shown}");
    let (shown, _) = asked(&sandbox, &["--failed"], 0);
    assert!(shown.contains("too few on one side"), "{shown}");
}
