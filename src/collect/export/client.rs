//! One signal's way to its endpoint: encoded messages out, answers in.
//!
//! Both protocols carry the same bytes, compressed here at a fast level: what tonic would do by
//! itself takes several times as long, and reads a status without checking it.

use std::io::{Read, Write};
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::Error;
use super::answer::Answer;
use super::grpc::Grpc;
use super::http::Http;
use crate::config::{OtlpTarget, Protocol};

/// What emp says it is.
pub(super) const USER_AGENT: &str = concat!("emp/", env!("CARGO_PKG_VERSION"));
/// How often the runtime looks for news of a connection before it is used: for what came, for what
/// that is, and for what follows from it.
const LOOKS: usize = 3;
/// The largest answer that is looked into: an answer holds a sentence.
pub(super) const LARGEST_ANSWER: usize = 1024 * 1024;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Events.
    Logs,
    /// Spans.
    Traces,
    /// Metrics.
    Metrics,
}

impl Signal {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Traces => "traces",
            Self::Metrics => "metrics",
        }
    }

    /// The path of its service over gRPC.
    pub(super) fn service(self) -> &'static str {
        match self {
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        }
    }
}

/// A way to an endpoint. It connects when it is first used, and again when that is needed.
#[derive(Debug)]
pub(super) struct Client {
    signal: Signal,
    target: OtlpTarget,
    link: Link,
}

#[derive(Debug)]
enum Link {
    Grpc(Box<Grpc>),
    Http(Http),
}

impl Client {
    pub(super) fn new(signal: Signal, target: &OtlpTarget) -> Result<Self, Error> {
        // The process has one provider; whoever comes first installs it, and it is the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let link = match target.protocol {
            Protocol::Grpc => Grpc::new(signal, target).map(|grpc| Link::Grpc(grpc.into())),
            Protocol::Http => Http::new(target).map(Link::Http),
        };
        let link = link.map_err(|reason| Error::Client {
            url: target.shown().to_owned(),
            reason: target.without_secrets(&reason),
        })?;
        Ok(Self {
            signal,
            target: target.clone(),
            link,
        })
    }

    pub(super) fn signal(&self) -> Signal {
        self.signal
    }

    pub(super) fn target(&self) -> &OtlpTarget {
        &self.target
    }

    /// Sends a message once. It can be dropped at any time and be called again.
    pub(super) async fn call(&mut self, message: Vec<u8>) -> Answer {
        let limit = self.target.timeout;
        // Nothing runs between two batches: first the connection has to see whether the other side
        // has closed it meanwhile, or the message goes nowhere.
        for _ in 0..LOOKS {
            tokio::task::yield_now().await;
        }
        let sent = async {
            match &mut self.link {
                Link::Grpc(grpc) => grpc.call(&self.target, message).await,
                Link::Http(http) => http.call(&self.target, message).await,
            }
        };
        match tokio::time::timeout(limit, sent).await {
            Ok(answer) => answer,
            Err(_) => Answer::silent(limit),
        }
    }
}

impl Answer {
    fn silent(limit: Duration) -> Self {
        let ms = i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        let length = crate::quantity::round(ms);
        Self::Unreachable(format!("no answer within {length}"))
    }
}

/// The message, compressed where that is asked for, behind `room` bytes of zero.
pub(super) fn packed(message: Vec<u8>, gzip: bool, room: usize) -> Vec<u8> {
    let mut bytes = vec![0; room];
    if !gzip {
        bytes.extend_from_slice(&message);
        return bytes;
    }
    let mut encoder = GzEncoder::new(bytes, Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(&message);
    encoder.finish().unwrap_or_default()
}

/// What was compressed; `None` for broken or enormous data.
pub(super) fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let mut decoder = GzDecoder::new(bytes).take(LARGEST_ANSWER as u64 + 1);
    decoder.read_to_end(&mut message).ok()?;
    (message.len() <= LARGEST_ANSWER).then_some(message)
}
