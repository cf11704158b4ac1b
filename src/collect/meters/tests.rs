use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

use super::*;
use crate::collect::alerts::AlertStatus;
use crate::collect::report::{LaneReport, Report, StreamReport};
use crate::collect::spans::run::RunStep;
use crate::event::{Data, Millis};

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
    count(&meters);
    meters
}

fn count(meters: &Meters) {
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
    let step = RunStep {
        name: "connector.processing".into(),
        service: "worker".into(),
        ms: 7_000_000,
        failed: false,
    };
    let job = JobRun {
        job: "job_1".to_owned(),
        job_type: Some("image".into()),
        outcome: Outcome::TimedOut,
        started: Millis::clamped(1_000),
        ended: Millis::clamped(43_000),
        queue_wait: Some(300),
        attempts: 1,
        steps: vec![step.clone(), step],
    };
    meters.job(&job);
    // The reader of the other stream tells of it, too.
    meters.job(&job);
    meters.job(&JobRun {
        job_type: None,
        outcome: Outcome::Completed,
        ended: Millis::clamped(995),
        queue_wait: None,
        steps: Vec::new(),
        ..job
    });
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
    let text = render(&counted(), report(), &AlertStatus::default(), form);
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
        "jobs_processed_total{type=\"image\",status=\"timed_out\"} 1",
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
        "emp_alerts_firing 0",
        "emp_alert_notices_total{kind=\"repeated\"} 0",
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

/// Keeps what it is told: a name with its unit and labels, and a value.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<BTreeMap<String, f64>>>);

impl PushMetricExporter for Told {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let mut told = self.0.lock().expect("a lock");
        for metric in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
            let mut tell = |mut labels: Vec<String>, value: f64| {
                labels.sort();
                let name = format!("{} {} {}", metric.name(), metric.unit(), labels.join(","));
                told.insert(name, value);
            };
            let named = |label: &opentelemetry::KeyValue| format!("{}={}", label.key, label.value);
            let AggregatedMetrics::F64(data) = metric.data() else {
                panic!("all of them are floating point numbers");
            };
            match data {
                MetricData::Gauge(gauge) => gauge.data_points().for_each(|point| {
                    tell(point.attributes().map(named).collect(), point.value());
                }),
                MetricData::Sum(sum) => sum.data_points().for_each(|point| {
                    assert!(sum.is_monotonic());
                    tell(point.attributes().map(named).collect(), point.value());
                }),
                MetricData::Histogram(spread) => spread.data_points().for_each(|point| {
                    assert_eq!(point.bounds().collect::<Vec<_>>(), BUCKETS);
                    tell(point.attributes().map(named).collect(), point.sum());
                }),
                MetricData::ExponentialHistogram(_) => panic!("none of this kind"),
            }
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

#[test]
fn a_meter_provider_is_told_the_same() {
    let told = Told::default();
    let reader = PeriodicReader::builder(told.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    let meters = Arc::new(Meters::default());
    meters.register(&provider, AlertStatus::default(), report);
    count(&meters);
    provider.force_flush().expect("flushed");
    let told = told.0.lock().expect("a lock").clone();
    for (name, value) in [
        ("emp_collector_uptime s ", 12.0),
        (
            "emp_collector_read  group=telemetry-collectors,stream=emp:events",
            7.0,
        ),
        ("emp_collector_spool By output=otlp logs", 0.0),
        ("emp_collector_dropped  level=other,output=otlp logs", 4.0),
        ("emp_errors  service=worker,type=error.Timeout", 1.0),
        ("worker_errors  ", 2.0),
        ("jobs_submitted  type=image", 2.0),
        ("jobs_processed  status=timed_out,type=image", 1.0),
        ("job_duration s type=image", 42.0),
        ("job_queue_wait s type=image", 0.3),
        (
            "job_step_duration s service=worker,step=connector.processing",
            14_000.0,
        ),
    ] {
        let found = told
            .get(name)
            .unwrap_or_else(|| panic!("no {name:?} in {told:#?}"));
        assert!((found - value).abs() < 1e-9, "{name}: {found}");
    }
}

#[test]
fn there_is_room_for_all_series_of_a_figure() {
    let meters = Meters::default();
    for number in 0..3 * MOST_EVENTS {
        let kind = format!("kind-{number}");
        let data = format!(r#"{{"jobType":"{kind}"}}"#);
        let failed = event(&kind, "error.Timeout", "");
        meters.events([event(&kind, "job.created", &data), failed].iter());
        meters.job(&JobRun {
            job: format!("job_{number}"),
            job_type: Some(kind.as_str().into()),
            outcome: Outcome::Failed,
            started: Millis::clamped(0),
            ended: Millis::clamped(1_000),
            queue_wait: Some(300),
            attempts: 1,
            steps: vec![RunStep {
                name: kind.as_str().into(),
                service: kind.into(),
                ms: 1,
                failed: false,
            }],
        });
    }
    let mut report = report();
    let (stream, lane) = (report.streams[0].clone(), report.outputs[0].clone());
    report.streams.resize(2, stream);
    report.outputs.resize(3, lane);
    let mut found = Vec::new();
    let mut count = |name, read: &dyn Fn(&mut figures::Take<'_>)| {
        let mut series = 0;
        read(&mut |_: &[(&str, &str)], _: f64| series += 1);
        found.push((name, series));
    };
    for figure in figures::COLLECTOR {
        count(figure.name, &|take| (figure.read)(&report, take));
    }
    for figure in figures::ALERTS {
        let alerts = AlertStatus::default();
        count(figure.name, &|take| (figure.read)(&alerts, take));
    }
    for figure in figures::EVENTS {
        count(figure.name, &|take| (figure.read)(&meters.lock(), take));
    }
    let tables = meters.lock();
    found.push(("job_duration", tables.durations.iter().count()));
    found.push(("job_queue_wait", tables.waits.iter().count()));
    found.push(("job_step_duration", tables.steps.iter().count()));
    assert!(
        found.contains(&("emp_events", MOST_EVENTS + 1)),
        "{found:?}"
    );
    for (name, series) in found {
        assert!(series <= most_series(name), "{name}: {series}");
    }
}
