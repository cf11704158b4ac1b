//! What a search finds: what receivers should have.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// Types that end a job, as emp has them unless it is told otherwise.
const ENDS: [&str; 5] = [
    "job.completed",
    "job.failed",
    "job.cancelled",
    "job.timeout",
    "job.creation_failed",
];

/// Every event, by its entry, and every job.
pub struct Wanted {
    pub events: HashMap<String, Value>,
    pub jobs: BTreeMap<String, Job>,
}

/// One job.
#[derive(Default)]
pub struct Job {
    pub trace: String,
    /// When it was first heard of.
    pub first: u64,
    /// When it ended, and whether it completed.
    pub end: Option<(u64, bool)>,
    pub job_type: String,
    pub claims: usize,
}

impl Wanted {
    pub fn of(found: Vec<Value>) -> Self {
        let mut jobs = BTreeMap::<String, Job>::new();
        for event in &found {
            let Some(id) = event["jobId"].as_str() else {
                continue;
            };
            let job = jobs.entry(id.to_owned()).or_default();
            let (at, what) = (nanos(event), text(event, "eventType"));
            job.trace = text(event, "traceId").to_owned();
            if job.first == 0 || at < job.first {
                job.first = at;
            }
            if ENDS.contains(&what) {
                job.end = Some((at, what == "job.completed"));
            }
            if let Some(job_type) = event["data"]["jobType"].as_str() {
                job.job_type = job_type.to_owned();
            }
            job.claims += usize::from(what == "job.claimed");
        }
        let name = |event: &Value| format!("{} {}", text(event, "_stream"), text(event, "_id"));
        Self {
            events: found
                .into_iter()
                .map(|event| (name(&event), event))
                .collect(),
            jobs,
        }
    }

    /// Jobs that have ended.
    pub fn ended(&self) -> impl Iterator<Item = (&String, &Job)> {
        self.jobs.iter().filter(|(_, job)| job.end.is_some())
    }
}

/// The text of a field; empty where there is none.
pub fn text<'a>(event: &'a Value, name: &str) -> &'a str {
    event[name].as_str().unwrap_or_default()
}

/// When an event happened.
pub fn nanos(event: &Value) -> u64 {
    let at: jiff::Timestamp = text(event, "timestamp").parse().expect("a time");
    u64::try_from(at.as_nanosecond()).expect("a time after 1970")
}
