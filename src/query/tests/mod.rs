//! The language by examples; what is no query is in `errors`, what must
//! hold for all of them in `properties`.

mod errors;
mod ids;
mod properties;

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::{Field, Filter};
use crate::event::{EntryId, Event, Millis, wire};
use crate::time::Clock;

fn clock() -> Clock {
    Clock {
        now: Millis::parse("2025-09-27T10:30:00Z").expect("a time"),
        zone: TimeZone::UTC.into(),
    }
}

fn filter(query: &str) -> Filter {
    Filter::parse(query, &clock()).unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn event(fields: &[(&str, &str)]) -> Event {
    wire::decode(
        &Arc::from("emp:events"),
        EntryId {
            ms: 1_758_968_000_000,
            seq: 7,
        },
        fields
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes())),
    )
}

fn sample() -> Event {
    event(&[
        ("timestamp", "2025-09-27T10:20:00Z"),
        ("service", "worker"),
        ("eventType", "job.processing_failed"),
        ("traceId", "8d12404e289e478577467c87b7b93f785"),
        ("jobId", "job_123"),
        ("workerId", "worker-1"),
        ("eventId", "0193f5a8-0000-7000-8000-000000000000"),
        (
            "data",
            r#"{"durationMs":1500,"ok":true,"none":null,"attempt":"2","commit":"12ab34",
            "message":"CUDA out of memory\nat run()","tags":["gpu","slow",7],"status":503,
            "size":20480,"at":"2025-09-27","a.b":1,"error":{"code":"E42"},"waitSeconds":90}"#,
        ),
        ("tenant", "acme"),
        ("retries", "3"),
    ])
}

#[test]
fn queries_that_match() {
    let sample = sample();
    for query in [
        "",
        "  ",
        "*",
        // The design's own example.
        "job:job_123 (service:worker OR level:error) -type:*.progress_updated data.durationMs>1000 \"out of memory\"",
        // Words.
        "cuda",
        "CUDA",
        "JOB_123",
        "worker-1",
        "acme",
        "0193f5a8",
        "durationms",
        "\"memory\\nat\"",
        "cuda*e42",
        "c?da",
        "run()",
        "E42",
        // Connectives.
        "cuda AND gpu",
        "nothing OR gpu",
        "NOT nothing",
        "!nothing",
        "--cuda",
        "-(nothing OR never)",
        "NOT(nothing)",
        "nothing never OR cuda",
        "cuda OR nothing never",
        "(cuda OR nothing) gpu",
        // Fields by every kind of name.
        "jobId:job_123",
        "job-id:job_123",
        "job_id:job_123",
        "JOB:job_123",
        "id:job_123",
        "id:worker-?",
        "event:job.*",
        "stream:emp:events",
        "_id:1758968000000-7",
        "v:1",
        "eventId:0193*",
        "\"jobId\":\"job_123\"",
        "tenant:acme",
        "tenant:'acme'",
        "retries:3",
        "retries>2",
        // Missing and present.
        "service:*",
        "-user:*",
        "user!=u1",
        "data:*",
        "none:*",
        "level:*",
        // Levels.
        "level:INFO",
        "level:information",
        "level:i*",
        "level>=debug",
        "level<warn",
        "level!=error",
        "level:~^in",
        // Values in `data`.
        "data.durationMs:1500",
        "data.durationMs:1500.0",
        "durationMs=1.5s",
        "durationMs>1s",
        "durationMs>=1.5s",
        "durationMs<=1500",
        "waitSeconds=1m30s",
        "waitSeconds<2m",
        "size=20KiB",
        "size>20KB",
        "attempt:2",
        "attempt>1",
        "status:5*",
        "status:50?",
        "ok:true",
        "ok=true",
        "none:null",
        "tags:gpu",
        "tags:7",
        "tags=slow",
        "tags:~^sl",
        "data.tags.0:gpu",
        "a.b:1",
        "data.a.b:1",
        "error.code:E42",
        "error:~E4",
        "commit=12ab34",
        "commit!=12ab35",
        "at>=2025-01-01",
        "at<2026-01-01",
        "message:~\"memory\\sat\"",
        "message:\"CUDA out of memory\\nat run()\"",
        "data:~E(41|42)",
        "data:*CUDA*",
        // Regular expressions.
        "service:~^(api|work)",
        "(service:~^(api|work))",
        "type:~(?i)FAILED$",
        "job:~\\d+",
        "tenant:~'^ac\\w+$'",
        // Times.
        "timestamp>15m",
        "time>15m",
        "time<5m",
        "timestamp>=10:20",
        "timestamp:10:20",
        "timestamp<=\"2025-09-27 10:20\"",
        "timestamp:~^2025",
    ] {
        assert!(filter(query).matches(&sample), "{query}");
    }
}

#[test]
fn queries_that_do_not_match() {
    let sample = sample();
    for query in [
        "nothing",
        "-*",
        "cuda nothing",
        "nfoo OR mgpu",
        // The `n` of an escaped line break is no letter.
        "memorynat",
        "\"c?da\"",
        "info",
        "service:work",
        "service:WORKER",
        "service=work*",
        "job:*124",
        "user:*",
        "user:\"\"",
        "user=u1",
        "user<z",
        "-user!=u1",
        "level>info",
        "durationMs>1500",
        "durationMs>1.5s",
        "durationMs:15",
        "durationMs=\"1500\"",
        "attempt:2.0",
        "error:*E42*",
        "error>0",
        "ok>false",
        "tags!=gpu",
        "none:nul",
        "tenant>100",
        "timestamp>10m",
        "timestamp<15m",
        "timestamp:~^2024",
        "missing:~.",
        "v:2",
    ] {
        assert!(!filter(query).matches(&sample), "{query}");
    }
}

#[test]
fn words_may_look_like_other_things() {
    for word in [
        "can't",
        "src::a:12",
        "10:30",
        "Rust::path",
        "https://host:80/x",
        "run(a,b)",
        "say\"hi",
        "a-b",
        "what!",
        "\"AND\"",
        "and",
        "\\-x",
        "\"a\\\"b\"",
        "\\(",
    ] {
        let text = word.trim_matches('"').replace('\\', "");
        let found = event(&[("note", &format!("<{text}>"))]);
        assert!(filter(word).matches(&found), "{word}");
        assert!(!filter(word).matches(&event(&[])), "{word}");
    }
}

#[test]
fn values_of_options() {
    let sample = sample();
    let matches = |field: &str, pattern: &str| {
        let filter = Filter::field(Field::parse(field), pattern).expect(pattern);
        filter.matches(&sample)
    };
    assert!(matches("service", "work*"));
    assert!(matches("event-type", "job.*"));
    assert!(matches("level", "info"));
    assert!(matches("time", "2025-09-27T10:20:00Z"));
    assert!(!matches("service", "worker\\*"));
    assert!(!matches("service", "\"worker\""));
    let error = Filter::field(Field::Level, "eror").expect_err("no level");
    assert_eq!(
        error.to_string(),
        "cannot read the value of level: expected a level at column 1"
    );
    assert!(Filter::field(Field::Service, "").is_err());
}

#[test]
fn filters_combine() {
    let sample = sample();
    let (yes, no) = (filter("cuda"), filter("nothing"));
    let all = |filters: &[&Filter]| Filter::all(filters.iter().copied().cloned());
    let any = |filters: &[&Filter]| Filter::any(filters.iter().copied().cloned());
    assert!(all(&[]).matches(&sample) && all(&[]).is_everything());
    assert!(!any(&[]).matches(&sample));
    assert!(all(&[&yes, &Filter::everything()]).matches(&sample));
    assert!(!all(&[&yes, &no]).matches(&sample));
    assert!(any(&[&no, &yes]).matches(&sample));
    assert_eq!(
        all(&[&yes, &any(&[&no, &yes])]).to_string(),
        "cuda (nothing OR cuda)"
    );
}

#[test]
fn queries_print_as_they_mean() {
    for (query, printed) in [
        ("", "*"),
        ("a  AND b", "a b"),
        ("NOT (a b)", "-(a b)"),
        ("(a OR b) c OR d", "(a OR b) c OR d"),
        ("job:'a b'", "jobId:\"a b\""),
        ("type:job.*", "eventType:job.*"),
        ("x:a\\*b*", "x:a\\*b*"),
        ("service:~\"a\\\"b\\\\\"", "service:~\"a\\\"b\\\\\""),
        ("level:warn", "level=warn"),
        ("n=5 n=\"5\"", "n=5 n=\"5\""),
        ("\"my key\":x", "\"my key\":x"),
    ] {
        assert_eq!(filter(query).to_string(), printed, "{query}");
    }
}

#[test]
fn literals_are_what_must_be_there() {
    let literals = |query: &str| -> Vec<String> {
        let literals = filter(query).literals();
        let texts = literals.iter().map(|literal| literal.as_bytes().to_vec());
        texts
            .map(|text| String::from_utf8(text).expect("text"))
            .collect()
    };
    for (query, expected) in [
        ("service:api-* job:job_123", &["job_123", "api-"][..]),
        ("\"error: out of memory\"", &["out of memory"]),
        ("type:*.progress_*", &[".progress_"]),
        ("data.error.code:E42", &["error", "E42"]),
        ("data.durationMs>5", &["durationMs"]),
        ("data.gpus.0:x", &["gpus", "x"]),
        ("tenant=acme", &["acme"]),
        ("job:5", &["5"]),
        ("data.x:5*", &["x"]),
        ("tenant:5", &[]),
        (
            "level:error timestamp>5m v:1 stream:x _id:1-1 data:*x*",
            &[],
        ),
        ("a OR b", &[]),
        ("-a job!=b", &[]),
        ("service:~abc", &[]),
        ("data.x!=abc", &[]),
        ("é", &[]),
        ("\"café au\"", &["caf"]),
    ] {
        assert_eq!(literals(query), expected, "{query}");
    }
}

#[test]
fn highlights_show_what_was_asked_for() {
    let shown = |query: &str, text: &str| -> Vec<String> {
        let ranges = filter(query).highlights(text);
        ranges
            .into_iter()
            .map(|range| text[range].to_owned())
            .collect()
    };
    let text = "10:30:05.123 [worker] job.failed job_123 job_1234 Out of Memory é";
    for (query, expected) in [
        ("\"OUT OF\"", &["Out of"][..]),
        ("É", &["é"]),
        ("job:job_123", &["job_123"]),
        ("type:job.*", &["job."]),
        ("type:~f\\w+d", &["failed"]),
        ("-worker", &[]),
        ("-(-worker)", &["worker"]),
        ("out OR mem", &["Out", "Mem"]),
        ("job failed", &["job", "failed", "job", "job"]),
        ("\"out of\" \"of mem\"", &["Out of Mem"]),
        ("n:05 level:error service:*", &[]),
        ("*", &[]),
        ("service=worker", &["worker"]),
    ] {
        assert_eq!(shown(query, text), expected, "{query}");
    }
}

#[test]
fn slips_in_names_are_doubted() {
    assert_eq!(
        filter("servce:x servce:y tenant:z").doubts(),
        ["`servce` was searched as data.servce; did you mean `service`?"]
    );
}

#[test]
fn parts_of_trace_ids_are_doubted() {
    let doubt =
        "a trace id has 32 digits; `trace:4bf92f35*` finds those that begin with `4bf92f35`";
    for query in [
        "trace:4bf92f35",
        "traceId=4bf92f35",
        "trace:4bf92f35…",
        "out trace:4bf92f35",
    ] {
        assert_eq!(filter(query).doubts(), [doubt], "{query}");
    }
    for query in [
        "trace:4bf92f35*",
        "trace:mine",
        "job:4bf92f35",
        "trace:4bf92f3577b34da6a3ce929d0e0e4736",
    ] {
        assert!(filter(query).doubts().is_empty(), "{query}");
    }
}
