//! Everything arrives at a real collector, as it prints it.

use opentelemetry::metrics::MeterProvider;

use super::super::{Logs, Traces, meter_provider};
use super::rotel::Rotel;
use super::spans::span;
use super::wait::wait_for;
use super::*;
use crate::collect::output::Output;

#[test]
fn rotel_takes_all_signals() {
    let Some(rotel) = Rotel::start() else {
        return;
    };
    for (protocol, url) in [
        (Protocol::Grpc, rotel.grpc()),
        (Protocol::Http, rotel.http()),
    ] {
        let mut target = target(&url, protocol);
        target.gzip = true;
        let settings = settings(target);
        let job = format!("job_{protocol:?}");
        let event = event(&[
            ("timestamp", "1700000000123"),
            ("service", "worker"),
            ("eventType", "job.claimed"),
            ("traceId", "8d12404289e478577467c87b7b93f785"),
            ("jobId", &job),
        ]);
        let mut done = span();
        done.name = format!("span of {job}").into();
        run(async {
            let mut logs = Logs::new(&settings).expect("a client").expect("a target");
            assert_eq!(logs.deliver(&[&event]).await, Verdict::Delivered);
            let mut traces = Traces::new(&settings).expect("a client").expect("a target");
            assert_eq!(traces.deliver(&[&done]).await, Verdict::Delivered);
        });
        let meters = meter_provider(&settings, "host-1")
            .expect("a client")
            .expect("a target");
        let name = format!("jobs_{protocol:?}");
        let counter = meters
            .provider()
            .meter("emp")
            .u64_counter(name.clone())
            .build();
        counter.add(3, &[]);
        assert!(meters.shutdown(Duration::from_secs(20)));
        for arrived in [
            "8d12404289e478577467c87b7b93f785",
            &job,
            &done.name,
            "01010101010101010101010101010101",
            "0303030303030303",
            &name,
        ] {
            wait_for(arrived, || rotel.printed().contains(arrived).then_some(()));
        }
    }
}

#[test]
fn a_port_of_the_other_protocol_is_no_poison() {
    let Some(rotel) = Rotel::start() else {
        return;
    };
    let http = verdict(&target(&rotel.grpc(), Protocol::Http), b"x");
    assert!(matches!(http, Verdict::Retry { .. }), "{http:?}");
    assert!(
        format!("{http:?}").contains("--otlp-protocol grpc"),
        "{http:?}"
    );
    let grpc = verdict(&target(&rotel.http(), Protocol::Grpc), b"x");
    assert!(matches!(grpc, Verdict::Unsupported { .. }), "{grpc:?}");
    let hint = "--otlp-protocol http/protobuf";
    assert!(format!("{grpc:?}").contains(hint), "{grpc:?}");
}
