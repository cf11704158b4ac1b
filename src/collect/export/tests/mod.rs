//! The outputs against a receiver that answers as it is told, and against a real one.

mod carried;
mod idle;
mod metrics;
mod real;
mod records;
mod spans;
mod tls;
mod verdicts;

// The tests of the binary use them too.
#[path = "../../../../tests/cli/support/otlp.rs"]
#[expect(dead_code, reason = "each of the two uses a part of it")]
mod receiver;
#[path = "../../../../tests/cli/support/rotel.rs"]
#[expect(dead_code, reason = "each of the two uses a part of it")]
mod rotel;
#[path = "../../../../tests/cli/support/wait.rs"]
mod wait;

use std::time::Duration;

use self::receiver::{Receiver, Reply};
use super::client::{Client, Signal};
use super::partial;
use crate::collect::output::Verdict;
use crate::config::{OtlpSettings, OtlpTarget, Protocol};
use crate::event::wire::decode;
use crate::event::{EntryId, Event};

const BOTH: [Protocol; 2] = [Protocol::Grpc, Protocol::Http];

fn target(url: &str, protocol: Protocol) -> OtlpTarget {
    OtlpTarget {
        url: match protocol {
            Protocol::Grpc => url.to_owned(),
            Protocol::Http => format!("{url}/v1/logs"),
        },
        is_tls: url.starts_with("https"),
        protocol,
        headers: Vec::new(),
        timeout: Duration::from_secs(10),
        gzip: false,
        ca: None,
        identity: None,
    }
}

fn settings(target: OtlpTarget) -> OtlpSettings {
    let of = |signal: &str| OtlpTarget {
        url: target.url.replace("v1/logs", &format!("v1/{signal}")),
        ..target.clone()
    };
    OtlpSettings {
        logs: Some(of("logs")),
        traces: Some(of("traces")),
        metrics: Some(of("metrics")),
        resource: Vec::new(),
        service_name: "emp-collector".to_owned(),
        metric_interval: Duration::from_secs(3600),
        idle: None,
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(future)
}

/// What an answer to a message means.
fn verdict(target: &OtlpTarget, message: &[u8]) -> Verdict {
    run(async {
        let mut client = Client::new(Signal::Logs, target).expect("a client");
        partial::verdict(client.call(message.to_vec()).await, &client)
    })
}

fn event(fields: &[(&str, &str)]) -> Event {
    let fields = fields
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    let entry = EntryId {
        ms: 1_700_000_000_500,
        seq: 3,
    };
    decode(&"emp:events".into(), entry, fields)
}

/// Each item before its neighbour, and before one that is far from it.
fn pairs_of<T>(items: &[T]) -> impl Iterator<Item = [&T; 2]> {
    let count = items.len();
    (0..count).flat_map(move |at| {
        let others = [(at + 1) % count, count - 1 - at];
        others.map(|other| [&items[at], &items[other]])
    })
}
