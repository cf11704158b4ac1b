use std::sync::Arc;

use super::*;
use crate::collect::report::{LaneReport, Report, StreamReport};
use crate::event::Data;

fn event(service: &str, event_type: &str, data: &str) -> Event {
    Event {
        service: service.to_owned(),
        event_type: event_type.to_owned(),
        data: Data::from_wire(data),
        ..Event::default()
    }
}

fn counted() -> Arc<Meters> {
    let meters = Arc::new(Meters::default());
    let mut told = event("worker-7", "error.Timeout", "");
    told.ids.set(Id::Worker, "worker-7");
    let mut refused = event("api-server", "request.refused", "");
    refused.level = Some(Level::Error);
    let events = [
        event("api-server", "job.created", r#"{"jobType":"image"}"#),
        event("api-server", "job.created", r#"{"type":"image"}"#),
        event("api-server", "job.submitted", "no object"),
        event("worker", "error.Timeout", ""),
        told,
        refused,
        event("say \"hi\"\n# TYPE x", "a\\b", ""),
    ];
    meters.events(events.iter());
    let end = JobEnd {
        job_type: Some("image"),
        outcome: "failed",
        duration_ms: 42_000,
        wait_ms: Some(300),
    };
    let step = Step {
        name: "connector.processing",
        service: "worker",
        duration_ms: 7_000_000,
    };
    meters.job(&end, [step, step].into_iter());
    let odd = JobEnd {
        job_type: None,
        outcome: "completed",
        duration_ms: -5,
        wait_ms: None,
    };
    meters.job(&odd, std::iter::empty());
    meters
}

fn report() -> Report {
    Report {
        consumer: "node-a".to_owned(),
        version: "1.2.3".to_owned(),
        uptime_s: 12,
        streams: vec![StreamReport {
            stream: "emp:events".to_owned(),
            group: "telemetry-collectors".to_owned(),
            read: 7,
            ..StreamReport::default()
        }],
        outputs: vec![LaneReport {
            name: "otlp logs".to_owned(),
            dropped: 5,
            dropped_errors: 1,
            last_success: Some(1_500),
            ..LaneReport::default()
        }],
        ..Report::default()
    }
}

fn shown(form: Exposition) -> Vec<String> {
    let text = render(&counted(), report(), form);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn figures_stand_under_their_names() {
    let lines = shown(Exposition::Prometheus);
    for line in [
        "# TYPE jobs_submitted_total counter",
        "# HELP jobs_submitted_total Jobs created",
        "jobs_submitted_total{type=\"image\"} 2",
        "jobs_submitted_total{type=\"unknown\"} 1",
        "jobs_processed_total{type=\"image\",status=\"failed\"} 1",
        "# TYPE job_duration_seconds histogram",
        "job_duration_seconds_bucket{le=\"30.0\",type=\"image\"} 0",
        "job_duration_seconds_bucket{le=\"60.0\",type=\"image\"} 1",
        "job_duration_seconds_sum{type=\"unknown\"} 0.0",
        "job_queue_wait_seconds_count{type=\"image\"} 1",
        "job_step_duration_seconds_bucket{le=\"3600.0\",step=\"connector.processing\",service=\"worker\"} 0",
        "job_step_duration_seconds_bucket{le=\"+Inf\",step=\"connector.processing\",service=\"worker\"} 2",
        "worker_errors_total 2",
        "emp_events_total{service=\"say \\\"hi\\\"\\n# TYPE x\",type=\"a\\\\b\"} 1",
        "emp_errors_total{service=\"api-server\",type=\"request.refused\"} 1",
        "emp_collector_info{version=\"1.2.3\",consumer=\"node-a\"} 1",
        "emp_collector_uptime_seconds 12",
        "emp_collector_read_total{stream=\"emp:events\",group=\"telemetry-collectors\"} 7",
        "emp_collector_dropped_total{output=\"otlp logs\",level=\"error\"} 1",
        "emp_collector_dropped_total{output=\"otlp logs\",level=\"other\"} 4",
        "emp_collector_last_success_timestamp_seconds{output=\"otlp logs\"} 1.5",
    ] {
        assert!(
            lines.iter().any(|shown| shown == line),
            "{line} is not in {lines:#?}"
        );
    }
    let is_error = |line: &&String| line.starts_with("emp_errors_total{");
    assert_eq!(lines.iter().filter(is_error).count(), 3);
}

#[test]
fn each_form_names_counters_in_its_way() {
    let (open, older) = (
        shown(Exposition::OpenMetrics),
        shown(Exposition::Prometheus),
    );
    let has = |lines: &[String], line: &str| lines.iter().any(|shown| shown == line);
    assert!(has(&open, "# TYPE jobs_submitted counter"));
    assert!(has(&open, "# UNIT emp_collector_uptime_seconds seconds"));
    assert_eq!(open.last().map(String::as_str), Some("# EOF"));
    assert!(!has(&older, "# EOF") && !older.iter().any(|line| line.starts_with("# UNIT")));
    let values = |lines: &[String]| -> Vec<String> {
        let values = lines.iter().filter(|line| !line.starts_with("# "));
        values.cloned().collect()
    };
    assert_eq!(values(&open), values(&older));
    let asked = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    assert_eq!(Exposition::of(Some(asked)), Exposition::OpenMetrics);
    for other in [None, Some("*/*"), Some("text/plain")] {
        assert_eq!(Exposition::of(other), Exposition::Prometheus);
    }
}
