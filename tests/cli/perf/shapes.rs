//! What `emp perf -o json` prints, to the field.

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "every field must be there")]
pub struct Figures {
    pub count: u64,
    pub mean: f64,
    pub min: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
    pub exact: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "every field must be there")]
pub struct Overview {
    pub report: String,
    pub by: String,
    pub from: Option<String>,
    pub until: Option<String>,
    pub events: u64,
    pub earlier_events: u64,
    pub held_from: Option<String>,
    pub events_begin: Option<String>,
    pub jobs: Jobs,
    pub whole_jobs: bool,
    pub slowest_job: Option<String>,
    pub findings: Vec<Finding>,
    pub judged: u64,
    pub too_short: u64,
    pub groups: Vec<Row>,
    pub flow: Option<Flow>,
    pub mixed_types: u64,
    pub odd_durations: u64,
    pub left_out: Value,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Jobs {
    pub seen: u64,
    pub completed: u64,
    pub failed: u64,
    pub cancelled: u64,
    pub unfinished: u64,
    pub took: Option<Figures>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "every field must be there")]
pub struct Finding {
    pub kind: String,
    pub what: String,
    pub job_types: Vec<String>,
    pub after_step: Option<String>,
    pub factor: f64,
    pub since: String,
    pub before: f64,
    pub now: f64,
    pub usual_from: f64,
    pub usual_to: f64,
    pub samples_before: u64,
    pub samples_now: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "every field must be there")]
pub struct Row {
    pub group: String,
    pub service: Option<String>,
    pub count: u64,
    pub per_minute: Option<f64>,
    pub took: Option<Figures>,
    pub total_ms: f64,
    pub paired: u64,
    pub odd: u64,
    pub trend: Vec<f64>,
    pub took_trend: Vec<f64>,
    pub finding: Option<usize>,
    pub histogram: Option<Vec<Value>>,
    pub quantiles: Vec<(f64, f64)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "every field must be there")]
pub struct Flow {
    pub from: String,
    pub until: String,
    pub stretch_ms: u64,
    pub started: u64,
    pub ended: u64,
    pub running: f64,
    pub running_peak: u64,
    pub wait: Option<Figures>,
    pub points: Vec<Point>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "every field must be there")]
pub struct Point {
    pub from: String,
    pub started: u64,
    pub completed: u64,
    pub failed: u64,
    pub running: f64,
    pub running_peak: u64,
    pub wait: Option<Figures>,
    pub took: Option<Figures>,
}
