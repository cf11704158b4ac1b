//! Metrics arrive over the same way as everything else.

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, metric::Data};
use prost::Message;

use super::super::meter_provider;
use super::*;

#[test]
fn metrics_arrive_at_the_end() {
    for protocol in BOTH {
        let receiver = Receiver::start();
        let mut target = target(&receiver.url(), protocol);
        target.gzip = true;
        target.headers = vec![("x-key".to_owned(), "k".to_owned())];
        let mut settings = settings(target);
        settings.resource = vec![("team".to_owned(), "a".to_owned())];
        // As the collector does it: within a runtime that does not run meanwhile.
        let ended = run(async {
            let meters = meter_provider(&settings, "host-1")
                .expect("a client")
                .expect("a target");
            let meter = meters.provider().meter("emp");
            let counter = meter.u64_counter("jobs_total").build();
            counter.add(3, &[KeyValue::new("type", "txt2img")]);
            meters.provider().force_flush().expect("it is sent");
            assert_eq!(meters.last(), Some(Verdict::Delivered));
            counter.add(2, &[KeyValue::new("type", "txt2img")]);
            meters.shutdown(Duration::from_secs(20))
        });
        assert!(ended, "{protocol:?}");
        let taken = receiver.taken();
        assert_eq!(taken.len(), 2, "{protocol:?}");
        let path = match protocol {
            Protocol::Grpc => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            Protocol::Http => "/v1/metrics",
        };
        assert_eq!(taken[1].path.trim_start_matches(&receiver.url()), path);
        assert_eq!(taken[1].headers["x-key"], "k");
        let request = ExportMetricsServiceRequest::decode(&taken[1].message[..]).expect("metrics");
        let resource = request.resource_metrics[0]
            .resource
            .as_ref()
            .expect("a resource");
        let mut keys: Vec<_> = resource
            .attributes
            .iter()
            .map(|one| one.key.as_str())
            .collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "service.instance.id",
                "service.name",
                "service.version",
                "team"
            ]
        );
        let metric = &request.resource_metrics[0].scope_metrics[0].metrics[0];
        let Some(Data::Sum(sum)) = &metric.data else {
            panic!("{metric:?}");
        };
        assert_eq!(
            sum.aggregation_temporality(),
            AggregationTemporality::Cumulative
        );
        assert!(
            format!("{:?}", sum.data_points).contains("AsInt(5)"),
            "{sum:?}"
        );
    }
}

#[test]
fn a_backend_that_hangs_ends_nothing() {
    let receiver = Receiver::start();
    receiver.then(Reply::Silence);
    let settings = settings(target(&receiver.url(), Protocol::Grpc));
    let meters = meter_provider(&settings, "host-1")
        .expect("a client")
        .expect("a target");
    meters
        .provider()
        .meter("emp")
        .u64_counter("jobs_total")
        .build()
        .add(1, &[]);
    assert!(!meters.shutdown(Duration::from_millis(50)));
}

#[test]
fn what_became_of_metrics_is_known() {
    let receiver = Receiver::start();
    receiver.then(Reply::Grpc(12, "no metrics here", String::new()));
    let settings = settings(target(&receiver.url(), Protocol::Grpc));
    let meters = meter_provider(&settings, "host-1")
        .expect("a client")
        .expect("a target");
    assert_eq!(meters.last(), None);
    meters
        .provider()
        .meter("emp")
        .u64_counter("jobs_total")
        .build()
        .add(1, &[]);
    assert!(meters.provider().force_flush().is_err());
    assert!(matches!(meters.last(), Some(Verdict::Unsupported { .. })));
    // Dropped within a runtime, it disturbs nobody.
    run(async move { drop(meters) });
}
