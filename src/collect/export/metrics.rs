//! Metrics of live instruments, sent at an interval.
//!
//! The exporter of OpenTelemetry makes the requests. Left alone it would also carry them, and add
//! headers that `OTEL_*` variables hold for other programs; so what carries logs and spans carries
//! them, with the same headers, certificates and limits.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{MetricExporter, RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{
    Instrument, PeriodicReader, SdkMeterProvider, Stream, Temporality,
};
use tokio::runtime::Runtime;

use super::client::{Client, Signal};
use super::{Error, partial};
use crate::collect::meters::most_series;
use crate::collect::output::Verdict;
use crate::config::OtlpSettings;

/// A provider of instruments whose values are sent, and what became of them.
#[derive(Debug)]
pub(crate) struct Meters {
    provider: SdkMeterProvider,
    last: Arc<Mutex<Option<Verdict>>>,
}

impl Meters {
    /// Where instruments come from.
    pub(crate) fn provider(&self) -> &SdkMeterProvider {
        &self.provider
    }

    /// What became of the last values that were sent; `None` before the first time.
    pub(crate) fn last(&self) -> Option<Verdict> {
        self.last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sends the last values and ends, within `limit`. Whether that was done in time.
    pub(crate) fn shutdown(self, limit: Duration) -> bool {
        let (done, ended) = mpsc::channel();
        let provider = self.provider;
        let ending = thread::Builder::new().name("metrics-end".to_owned());
        let started = ending.spawn(move || {
            let _ = done.send(provider.shutdown().is_ok());
        });
        started.is_ok() && ended.recv_timeout(limit) == Ok(true)
    }
}

/// The provider; `None` where metrics are not sent. `instance` tells this collector from others.
///
/// # Errors
/// When certificates cannot be used.
pub(crate) fn meter_provider(
    settings: &OtlpSettings,
    instance: &str,
) -> Result<Option<Meters>, Error> {
    let Some(target) = &settings.metrics else {
        return Ok(None);
    };
    let unusable = |reason: String| Error::Client {
        url: target.shown().to_owned(),
        reason: target.without_secrets(&reason),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    let last = Arc::default();
    let carrier = Carrier {
        way: Mutex::new(Some((runtime, Client::new(Signal::Metrics, target)?))),
        last: Arc::clone(&last),
    };
    let exporter = MetricExporter::builder()
        .with_http()
        .with_http_client(carrier)
        .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
        .with_endpoint(&target.url)
        .with_timeout(target.timeout)
        // What comes an interval later says it all again.
        .with_retry_policy(RetryPolicy::disabled())
        .with_temporality(Temporality::Cumulative)
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    let reader = PeriodicReader::builder(exporter)
        .with_interval(settings.metric_interval)
        .build();
    let provider = SdkMeterProvider::builder()
        .with_resource(resource(settings, instance))
        .with_reader(reader)
        .with_view(room)
        .build();
    Ok(Some(Meters { provider, last }))
}

/// Keeps a table for no more series than a figure can have. By itself each would get room for 2,000.
fn room(figure: &Instrument) -> Option<Stream> {
    let stream = Stream::builder().with_cardinality_limit(most_series(figure.name()));
    stream.build().ok()
}

fn resource(settings: &OtlpSettings, instance: &str) -> Resource {
    let own = [
        ("service.name", settings.service_name.as_str()),
        ("service.instance.id", instance),
        ("service.version", env!("CARGO_PKG_VERSION")),
    ];
    let configured = settings.resource.iter();
    let configured = configured.filter(|(name, _)| own.iter().all(|(taken, _)| taken != name));
    let configured = configured.map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    let own = own.map(|(name, value)| KeyValue::new(name, value.to_owned()));
    Resource::builder_empty()
        .with_attributes(own)
        .with_attributes(configured)
        .build()
}

/// Carries requests of the exporter, which calls it from a thread of its own without a runtime.
struct Carrier {
    way: Mutex<Option<(Runtime, Client)>>,
    last: Arc<Mutex<Option<Verdict>>>,
}

impl Carrier {
    /// Of the request only the message counts: the exporter's headers are not ours.
    fn carry(&self, message: Vec<u8>) -> Verdict {
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = match &mut *way {
            Some((runtime, client)) => {
                let answer = runtime.block_on(client.call(message));
                partial::verdict(answer, client)
            }
            None => Verdict::Retry {
                reason: "it has ended".to_owned(),
                after: None,
            },
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(verdict.clone());
        verdict
    }
}

impl HttpClient for Carrier {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            match self.carry(request.into_body().into()) {
                Verdict::Delivered | Verdict::Partial { .. } => Ok(Response::new(Bytes::new())),
                Verdict::Retry { reason, .. }
                | Verdict::Denied { reason }
                | Verdict::Unsupported { reason }
                | Verdict::Refused { reason } => Err(reason.into()),
            }
        })
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier").finish_non_exhaustive()
    }
}

impl Drop for Carrier {
    /// It may be dropped within a runtime, where another one must not be waited for.
    fn drop(&mut self) {
        let way = self.way.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some((runtime, _)) = way.take() {
            runtime.shutdown_background();
        }
    }
}
