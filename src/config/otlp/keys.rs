//! The settings of OTLP and Dash0, and the variables of theirs that count.

use crate::config::Key;

pub(super) const SIGNALS: &str = "otlp.signals";
pub(super) const RESOURCE: &str = "otlp.resource_attributes";
pub(super) const SERVICE_NAME: &str = "otlp.service_name";
pub(super) const METRIC_INTERVAL: &str = "otlp.metric_interval";
pub(super) const DASH0_ENABLED: &str = "dash0.enabled";
pub(super) const DASH0_ENDPOINT: &str = "dash0.endpoint";
pub(super) const DASH0_API_KEY: &str = "dash0.api_key";
pub(super) const DASH0_DATASET: &str = "dash0.dataset";

/// A setting for all signals, after the variable of the exporter specification.
macro_rules! for_all {
    ($name:literal, $env:literal, $otel:literal, $default:expr, $secret:literal, $help:literal) => {
        Key {
            name: concat!("otlp.", $name),
            env: concat!("EMP_OTLP_", $env),
            generic: &[concat!("OTEL_EXPORTER_OTLP_", $otel)],
            default: $default,
            secret: $secret,
            help: $help,
        }
    };
}

/// Shown with every other setting.
pub(in crate::config) const SHARED: &[Key] = &[
    for_all!(
        "endpoint",
        "ENDPOINT",
        "ENDPOINT",
        None,
        true,
        "Where the collector sends events, spans and metrics as OTLP: http://host:4318 or \
         https://host:4317. Over HTTP, v1/logs and the like are added to its path. Without an \
         endpoint nothing is sent. An endpoint without http:// or https:// counts only from the \
         generic variable, and only where OTEL_EXPORTER_OTLP_INSECURE says which is meant. \
         OTEL_SDK_DISABLED=true turns the generic variables of endpoints off."
    ),
    for_all!(
        "protocol",
        "PROTOCOL",
        "PROTOCOL",
        None,
        false,
        "How OTLP is carried: grpc or http/protobuf. By default grpc where the endpoint's port is \
         4317, else http/protobuf. Neither goes through a proxy."
    ),
    for_all!(
        "headers",
        "HEADERS",
        "HEADERS",
        None,
        true,
        "Headers of every request, name=value separated by commas or as a table. Values may be \
         percent-encoded: %2C is a comma, %25 a percent sign."
    ),
    for_all!(
        "timeout",
        "TIMEOUT",
        "TIMEOUT",
        Some("10s"),
        false,
        "How long one request may take. The generic variable counts milliseconds."
    ),
    for_all!(
        "compression",
        "COMPRESSION",
        "COMPRESSION",
        Some("gzip"),
        false,
        "Whether requests are compressed: gzip or none."
    ),
    for_all!(
        "ca",
        "CA",
        "CERTIFICATE",
        None,
        false,
        "PEM file of the authority that signed the endpoint's certificate, for https://. Without it \
         the system's authorities count."
    ),
    for_all!(
        "client_certificate",
        "CLIENT_CERTIFICATE",
        "CLIENT_CERTIFICATE",
        None,
        false,
        "PEM file of the certificate that the collector shows to the endpoint."
    ),
    for_all!(
        "client_key",
        "CLIENT_KEY",
        "CLIENT_KEY",
        None,
        false,
        "PEM file of the key of that certificate."
    ),
    Key {
        name: SIGNALS,
        env: "EMP_OTLP_SIGNALS",
        generic: &[],
        default: Some("logs,traces,metrics"),
        secret: false,
        help: "Which signals are sent: logs, traces, metrics, or none. Each may have an endpoint and \
               everything else above for itself: otlp.logs_endpoint, otlp.traces_headers, \
               EMP_OTLP_METRICS_TIMEOUT, OTEL_EXPORTER_OTLP_LOGS_PROTOCOL and so on. The endpoint of \
               one signal is used as it stands. Where both are set by the same kind of source, the \
               one for the signal counts.",
    },
    Key {
        name: RESOURCE,
        env: "EMP_OTLP_RESOURCE_ATTRIBUTES",
        generic: &["OTEL_RESOURCE_ATTRIBUTES"],
        default: None,
        secret: false,
        help: "Attributes of everything that is sent, name=value separated by commas or as a table: \
               deployment.environment.name=staging. What an event says of itself counts more.",
    },
    Key {
        name: SERVICE_NAME,
        env: "EMP_OTLP_SERVICE_NAME",
        generic: &["OTEL_SERVICE_NAME"],
        default: Some("emp-collector"),
        secret: false,
        help: "The service that the collector's own metrics name. Events and spans keep theirs.",
    },
    Key {
        name: METRIC_INTERVAL,
        env: "EMP_OTLP_METRIC_INTERVAL",
        generic: &["OTEL_METRIC_EXPORT_INTERVAL"],
        default: Some("60s"),
        secret: false,
        help: "How often metrics are sent. The generic variable counts milliseconds.",
    },
    Key {
        name: DASH0_ENABLED,
        env: "EMP_DASH0_ENABLED",
        generic: &["DASH0_ENABLED"],
        default: Some("false"),
        secret: false,
        help: "Whether to send to Dash0, as the three settings below say: true or false. An \
               otlp.endpoint of a flag, an EMP_* variable or a file counts more than generic \
               variables of Dash0, and those count more than generic variables of OpenTelemetry.",
    },
    Key {
        name: DASH0_ENDPOINT,
        env: "EMP_DASH0_ENDPOINT",
        generic: &["DASH0_OTEL_ENDPOINT"],
        default: None,
        secret: true,
        help: "Dash0's OTLP endpoint, https:// unless it says otherwise.",
    },
    Key {
        name: DASH0_API_KEY,
        env: "EMP_DASH0_API_KEY",
        generic: &["DASH0_API_KEY"],
        default: None,
        secret: true,
        help: "The token for Dash0, sent there and nowhere else. Headers of \
               OTEL_EXPORTER_OTLP_HEADERS are not sent to Dash0.",
    },
    Key {
        name: DASH0_DATASET,
        env: "EMP_DASH0_DATASET",
        generic: &["DASH0_DATASET"],
        default: None,
        secret: false,
        help: "The dataset in Dash0 that takes what is sent.",
    },
];

/// A setting of one signal.
macro_rules! of_signal {
    ($signal:literal, $SIGNAL:literal, $name:literal, $env:literal, $otel:literal, $secret:literal) => {
        Key {
            name: concat!("otlp.", $signal, "_", $name),
            env: concat!("EMP_OTLP_", $SIGNAL, "_", $env),
            generic: &[concat!("OTEL_EXPORTER_OTLP_", $SIGNAL, "_", $otel)],
            default: None,
            secret: $secret,
            help: concat!("Like otlp.", $name, ", for ", $signal, " alone."),
        }
    };
}

macro_rules! signal {
    ($signal:literal, $SIGNAL:literal) => {
        [
            of_signal!($signal, $SIGNAL, "endpoint", "ENDPOINT", "ENDPOINT", true),
            of_signal!($signal, $SIGNAL, "protocol", "PROTOCOL", "PROTOCOL", false),
            of_signal!($signal, $SIGNAL, "headers", "HEADERS", "HEADERS", true),
            of_signal!($signal, $SIGNAL, "timeout", "TIMEOUT", "TIMEOUT", false),
            of_signal!(
                $signal,
                $SIGNAL,
                "compression",
                "COMPRESSION",
                "COMPRESSION",
                false
            ),
            of_signal!($signal, $SIGNAL, "ca", "CA", "CERTIFICATE", false),
            of_signal!(
                $signal,
                $SIGNAL,
                "client_certificate",
                "CLIENT_CERTIFICATE",
                "CLIENT_CERTIFICATE",
                false
            ),
            of_signal!(
                $signal,
                $SIGNAL,
                "client_key",
                "CLIENT_KEY",
                "CLIENT_KEY",
                false
            ),
        ]
    };
}

/// Shown where they are set.
pub(in crate::config) const OF_SIGNALS: &[[Key; 8]] = &[
    signal!("logs", "LOGS"),
    signal!("traces", "TRACES"),
    signal!("metrics", "METRICS"),
];
