//! Where and how OTLP is sent, from our settings and from the variables of OpenTelemetry and Dash0.
//!
//! The layer of a value counts first (flag, `EMP_*` variable, files, generic variables of Dash0,
//! those of OpenTelemetry), and within one layer what is set for one signal counts more than what
//! is set for all. It is read when somebody asks for it, so that a variable which is meant for
//! another program disturbs no other command.

mod generic;
mod keys;
#[cfg(feature = "cli")]
mod pem;
#[cfg(feature = "cli")]
mod resolve;
#[cfg(feature = "cli")]
mod text;

pub(super) use generic::generic;
pub(super) use keys::{OF_SIGNALS, SHARED};

#[cfg(feature = "cli")]
use std::fmt;
#[cfg(feature = "cli")]
use std::time::Duration;

/// What is sent as OTLP, and how; a signal that is not sent is `None`.
#[cfg(feature = "cli")]
#[derive(Clone, Debug)]
pub(crate) struct OtlpSettings {
    /// Events.
    pub(crate) logs: Option<OtlpTarget>,
    /// Spans.
    pub(crate) traces: Option<OtlpTarget>,
    /// Metrics.
    pub(crate) metrics: Option<OtlpTarget>,
    /// Attributes of everything that is sent.
    pub(crate) resource: Vec<(String, String)>,
    /// The service that the collector's own metrics name.
    pub(crate) service_name: String,
    /// How often metrics are sent.
    pub(crate) metric_interval: Duration,
    /// Where nothing is sent: what is set for it all the same, and what it lacks.
    pub(crate) idle: Option<String>,
}

/// Where one signal is sent, and how.
#[cfg(feature = "cli")]
#[derive(Clone)]
pub(crate) struct OtlpTarget {
    /// The address: with gRPC without a path, over HTTP that of the signal itself.
    pub(crate) url: String,
    /// Whether the address begins with `https://`.
    pub(crate) is_tls: bool,
    /// What carries it.
    pub(crate) protocol: Protocol,
    /// Headers of every request; their values are secrets.
    pub(crate) headers: Vec<(String, String)>,
    /// How long one request may take.
    pub(crate) timeout: Duration,
    /// Whether requests are compressed.
    pub(crate) gzip: bool,
    /// Authorities to trust instead of the system's, in PEM.
    pub(crate) ca: Option<Vec<u8>>,
    /// What we show of ourselves.
    pub(crate) identity: Option<Identity>,
}

/// Our own certificate and its key, in PEM.
#[cfg(feature = "cli")]
#[derive(Clone)]
pub(crate) struct Identity {
    /// The certificate, and those that lead to its authority.
    pub(crate) certificate: Vec<u8>,
    /// Its key.
    pub(crate) key: Vec<u8>,
}

/// What carries OTLP.
#[cfg(feature = "cli")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Over HTTP/2.
    Grpc,
    /// Protobuf messages in plain HTTP requests.
    Http,
}

#[cfg(feature = "cli")]
impl OtlpTarget {
    /// The address as it may be shown: a query may hold a token.
    pub(crate) fn shown(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    /// A text from elsewhere without the values of our headers.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        let values = self.headers.iter().map(|(_, value)| value.as_str());
        // `Bearer TOKEN` may come back without its first word.
        let secrets = values.flat_map(|value| [value, value.rsplit(' ').next().unwrap_or(value)]);
        let secrets = secrets.filter(|secret| secret.len() > 3);
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

#[cfg(feature = "cli")]
impl fmt::Debug for OtlpTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("OtlpTarget")
            .field("url", &self.shown())
            .field("protocol", &self.protocol)
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .field("gzip", &self.gzip)
            .finish_non_exhaustive()
    }
}

/// Headers of several flags, as one value of `otlp.headers`: one header a flag.
#[cfg(feature = "cli")]
pub(crate) fn header_list(flags: &[String]) -> String {
    let escaped: Vec<_> = flags.iter().map(|flag| flag.replace(',', "%2C")).collect();
    escaped.join(",")
}

/// Headers with their values masked.
pub(super) fn mask_headers(text: &str) -> String {
    let headers = text.split(',').filter(|header| !header.trim().is_empty());
    let masked = headers.map(|header| match header.split_once('=') {
        Some((name, _)) => format!("{name}=***"),
        None => "***".to_owned(),
    });
    masked.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
#[cfg(feature = "cli")]
mod tests;
