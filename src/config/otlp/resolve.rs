//! From layers of text to targets.

use std::time::Duration;

use super::text::{Url, is_header, pairs};
use super::{Identity, OtlpSettings, OtlpTarget, Protocol, keys, pem};
use crate::config::layers::Layers;
use crate::config::{Error, Origin};
use crate::time;

/// The settings that each signal may have for itself, beside the one for all signals.
mod each {
    pub(super) const ENDPOINT: &str = "endpoint";
    pub(super) const PROTOCOL: &str = "protocol";
    pub(super) const HEADERS: &str = "headers";
    pub(super) const TIMEOUT: &str = "timeout";
    pub(super) const COMPRESSION: &str = "compression";
    pub(super) const CA: &str = "ca";
    pub(super) const CLIENT_CERTIFICATE: &str = "client_certificate";
    pub(super) const CLIENT_KEY: &str = "client_key";
}

/// A value that counts, and where it was set.
pub(super) struct Chosen {
    key: String,
    pub(super) text: String,
    origin: Origin,
    rank: usize,
}

impl Chosen {
    pub(super) fn unusable(&self, reason: String, hint: &str) -> Error {
        Error::Unusable {
            key: self.key.clone(),
            reason,
            hint: hint.to_owned(),
            origin: self.origin.clone(),
        }
    }

    fn parsed<T>(&self, read: Option<T>, expected: &str, hint: &str) -> Result<T, Error> {
        read.ok_or_else(|| self.unusable(format!("`{}` is no {expected}", self.text), hint))
    }
}

/// Generic variables come after files, those of Dash0 first.
const OF_DASH0: usize = 1000;
const OF_OTEL: usize = 1001;
const DEFAULT: usize = 1002;

struct Resolver<'a> {
    layers: &'a Layers,
    dash0: Option<Chosen>,
}

impl OtlpSettings {
    /// Reads what the layers say.
    ///
    /// # Errors
    /// When a value makes no sense; the error names where it came from.
    pub(in crate::config) fn resolve(layers: &Layers) -> Result<Self, Error> {
        let resolver = Resolver {
            layers,
            dash0: dash0(layers)?,
        };
        let chosen = |key: &str| value(layers, key);
        let signals = signals(layers)?;
        let target = |signal: &'static str| match signals.contains(&signal) {
            true => resolver.target(signal),
            false => Ok(None),
        };
        let resource = match chosen(keys::RESOURCE) {
            Some(chosen) => pairs(&chosen.text).map_err(|number| {
                chosen.unusable(
                    format!("attribute {number} is no name=value"),
                    "write name=value,name=value; %2C is a comma",
                )
            })?,
            None => Vec::new(),
        };
        let named = resource.iter().find(|(name, _)| name == "service.name");
        let service_name = match (chosen(keys::SERVICE_NAME), named) {
            (Some(chosen), Some((_, name))) if chosen.rank == DEFAULT => Some(name.clone()),
            (chosen, _) => chosen.map(|chosen| chosen.text),
        };
        let [logs, traces, metrics] = ["logs", "traces", "metrics"].map(target);
        let (logs, traces, metrics) = (logs?, traces?, metrics?);
        let sends = logs.is_some() || traces.is_some() || metrics.is_some();
        Ok(Self {
            idle: (!sends && !signals.is_empty())
                .then(|| idle(layers))
                .flatten(),
            logs,
            traces,
            metrics,
            resource,
            service_name: service_name.unwrap_or_default(),
            metric_interval: match chosen(keys::METRIC_INTERVAL) {
                Some(chosen) => duration(&chosen)?,
                None => Duration::ZERO,
            },
        })
    }
}

impl Resolver<'_> {
    fn target(&self, signal: &str) -> Result<Option<OtlpTarget>, Error> {
        let (own, all) = (of_signal(signal, each::ENDPOINT), of_all(each::ENDPOINT));
        let (own, all) = (value(self.layers, &own), value(self.layers, &all));
        // The first of those that rank alike.
        let dash0 = self.dash0.as_ref();
        let endpoints = [own.as_ref(), dash0, all.as_ref()];
        let endpoints = endpoints.into_iter().flatten();
        let Some(endpoint) = endpoints.min_by_key(|chosen| chosen.rank) else {
            return Ok(None);
        };
        let is_dash0 = dash0.is_some_and(|dash0| dash0.key == endpoint.key);
        let is_own = own.as_ref().is_some_and(|own| own.key == endpoint.key);
        let url = Url::parse(&endpoint.text)
            .map_err(|(reason, hint)| endpoint.unusable(reason, &hint))?;
        if let Some(place) = url.signal_path().filter(|_| !is_own) {
            return Err(endpoint.unusable(
                format!("the endpoint of all signals ends in {place}, the path of one"),
                &format!(
                    "leave {place} out: emp adds the path of each signal. \
                     otlp.{}_endpoint takes a whole address",
                    place.trim_start_matches("/v1/")
                ),
            ));
        }
        let protocol = self.protocol(signal, &url)?;
        let url = match protocol {
            Protocol::Grpc if url.has_path() => {
                return Err(endpoint.unusable(
                    "gRPC takes no path in an endpoint".to_owned(),
                    "leave the path out, or set otlp.protocol to http/protobuf",
                ));
            }
            Protocol::Grpc => (url.is_tls, url.join("").trim_end_matches('/').to_owned()),
            Protocol::Http if is_own => (url.is_tls, url.join("")),
            Protocol::Http if url.has_query() => {
                return Err(endpoint.unusable(
                    "an endpoint of all signals takes no query".to_owned(),
                    "give each signal an endpoint of its own: otlp.logs_endpoint and so on",
                ));
            }
            Protocol::Http => (url.is_tls, url.join(&format!("v1/{signal}"))),
        };
        Ok(Some(OtlpTarget {
            is_tls: url.0,
            url: url.1,
            protocol,
            headers: self.headers(signal, is_dash0)?,
            timeout: match self.choose(signal, each::TIMEOUT) {
                Some(chosen) => duration(&chosen)?,
                None => Duration::from_secs(10),
            },
            gzip: self.gzip(signal)?,
            ca: match self.choose(signal, each::CA) {
                Some(chosen) => Some(pem::certificates(&chosen)?),
                None => None,
            },
            identity: self.identity(signal)?,
        }))
    }

    /// What is set for the signal or for all of them.
    fn choose(&self, signal: &str, name: &str) -> Option<Chosen> {
        let own = value(self.layers, &of_signal(signal, name));
        let all = value(self.layers, &of_all(name));
        let both = own.into_iter().chain(all);
        both.min_by_key(|chosen| chosen.rank)
    }

    fn protocol(&self, signal: &str, url: &Url) -> Result<Protocol, Error> {
        let Some(chosen) = self.choose(signal, each::PROTOCOL) else {
            // The registered port of OTLP over gRPC.
            return Ok(match url.port {
                Some(4317) => Protocol::Grpc,
                _ => Protocol::Http,
            });
        };
        let protocol = match chosen.text.trim() {
            "grpc" => Some(Protocol::Grpc),
            "http/protobuf" => Some(Protocol::Http),
            _ => None,
        };
        let hint = "emp speaks grpc and http/protobuf";
        chosen.parsed(protocol, "protocol that emp speaks", hint)
    }

    fn headers(&self, signal: &str, is_dash0: bool) -> Result<Vec<(String, String)>, Error> {
        let chosen = self.choose(signal, each::HEADERS);
        let hint = "write name=value, separated by commas; %2C is a comma";
        let listed = match &chosen {
            // A token for somebody else.
            Some(chosen) if is_dash0 && chosen.rank == OF_OTEL => Vec::new(),
            Some(chosen) => {
                let listed = pairs(&chosen.text).map_err(|number| {
                    chosen.unusable(format!("header {number} is no name=value"), hint)
                })?;
                if let Some(wrong) = listed.iter().position(|header| !is_header(header)) {
                    let reason = format!("header {} holds what no header may", wrong + 1);
                    return Err(chosen.unusable(reason, hint));
                }
                listed
            }
            None => Vec::new(),
        };
        if !is_dash0 {
            return Ok(listed);
        }
        let mut headers = Vec::new();
        let key = value(self.layers, keys::DASH0_API_KEY);
        let dataset = value(self.layers, keys::DASH0_DATASET);
        let parts = [
            ("Authorization", key, "Bearer "),
            ("Dash0-Dataset", dataset, ""),
        ];
        for (name, chosen, prefix) in parts {
            let Some(chosen) = chosen else { continue };
            if listed
                .iter()
                .any(|(taken, _)| taken.eq_ignore_ascii_case(name))
            {
                continue;
            }
            let header = (name.to_owned(), format!("{prefix}{}", chosen.text.trim()));
            if !is_header(&header) {
                let reason = "it holds what no header may".to_owned();
                return Err(chosen.unusable(reason, "copy it from Dash0's settings again"));
            }
            headers.push(header);
        }
        headers.extend(listed);
        Ok(headers)
    }

    fn gzip(&self, signal: &str) -> Result<bool, Error> {
        let Some(chosen) = self.choose(signal, each::COMPRESSION) else {
            return Ok(false);
        };
        let gzip = match chosen.text.trim() {
            "gzip" => Some(true),
            "none" => Some(false),
            _ => None,
        };
        chosen.parsed(gzip, "compression that emp knows", "write gzip or none")
    }

    fn identity(&self, signal: &str) -> Result<Option<Identity>, Error> {
        let certificate = self.choose(signal, each::CLIENT_CERTIFICATE);
        let key = self.choose(signal, each::CLIENT_KEY);
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some(Identity {
                certificate: pem::certificates(&certificate)?,
                key: pem::key(&key)?,
            })),
            (Some(alone), None) | (None, Some(alone)) => Err(alone.unusable(
                "a client's certificate and its key go together".to_owned(),
                "set both otlp.client_certificate and otlp.client_key",
            )),
            (None, None) => Ok(None),
        }
    }
}

/// The endpoint of Dash0, where that is enabled.
fn dash0(layers: &Layers) -> Result<Option<Chosen>, Error> {
    let Some(enabled) = value(layers, keys::DASH0_ENABLED) else {
        return Ok(None);
    };
    match enabled.text.trim() {
        "true" => {}
        "false" => return Ok(None),
        other => {
            let reason = format!("`{other}` is neither true nor false");
            return Err(enabled.unusable(reason, "write true or false"));
        }
    }
    let endpoint = value(layers, keys::DASH0_ENDPOINT).map(|mut endpoint| {
        if !endpoint.text.contains("://") {
            endpoint.text = format!("https://{}", endpoint.text);
        }
        endpoint
    });
    let others = ["", "logs_", "traces_", "metrics_"];
    let others = others.map(|signal| format!("otlp.{signal}endpoint"));
    if endpoint.is_none() && others.iter().all(|key| value(layers, key).is_none()) {
        return Err(enabled.unusable(
            "Dash0 is enabled, and its endpoint is not set".to_owned(),
            "set DASH0_OTEL_ENDPOINT, or dash0.endpoint in emp.toml",
        ));
    }
    Ok(endpoint)
}

/// What is set for nothing, as no endpoint counts, and what it lacks. What is meant for other
/// programs, too, is not told of.
fn idle(layers: &Layers) -> Option<String> {
    let is_set = |key: &str, least: usize| {
        let chosen = value(layers, key);
        chosen.filter(|chosen| chosen.rank <= least && !chosen.text.trim().is_empty())
    };
    let of_dash0 = [keys::DASH0_ENDPOINT, keys::DASH0_API_KEY];
    if let Some(chosen) = of_dash0.iter().find_map(|key| is_set(key, OF_DASH0)) {
        return Some(format!(
            "{} is set, and Dash0 is not enabled: DASH0_ENABLED=true, or dash0.enabled = true in \
             emp.toml, enables it",
            chosen.key
        ));
    }
    let names = [
        each::HEADERS,
        each::PROTOCOL,
        each::CA,
        each::CLIENT_CERTIFICATE,
    ];
    let signals = ["logs", "traces", "metrics"];
    let mut keys = names.iter().flat_map(|name| {
        let of_each = signals.map(|signal| of_signal(signal, name));
        of_each.into_iter().chain([of_all(name)])
    });
    let chosen = keys.find_map(|key| is_set(&key, OF_DASH0 - 1))?;
    Some(format!(
        "{} is set, and no endpoint is: --otlp-endpoint, or otlp.endpoint in emp.toml, names one",
        chosen.key
    ))
}

fn signals(layers: &Layers) -> Result<Vec<&'static str>, Error> {
    const SIGNALS: [&str; 3] = ["logs", "traces", "metrics"];
    let Some(chosen) = value(layers, keys::SIGNALS) else {
        return Ok(Vec::new());
    };
    let words = chosen.text.split(',').map(str::trim);
    let words = words.filter(|word| !matches!(*word, "" | "none"));
    let known = |word| {
        let signal = SIGNALS.into_iter().find(|signal| *signal == word);
        signal.ok_or_else(|| {
            chosen.unusable(
                format!("`{word}` is no signal of OTLP"),
                "write some of logs,traces,metrics, or none",
            )
        })
    };
    words.map(known).collect()
}

fn duration(chosen: &Chosen) -> Result<Duration, Error> {
    let read = time::parse_duration(&chosen.text).ok();
    let read = read.filter(|length| !length.is_zero());
    chosen.parsed(read, "duration above zero", "write it as 500ms, 10s or 1m")
}

fn of_signal(signal: &str, name: &str) -> String {
    format!("otlp.{signal}_{name}")
}

fn of_all(name: &str) -> String {
    format!("otlp.{name}")
}

fn value(layers: &Layers, key: &str) -> Option<Chosen> {
    let value = layers.value(key);
    let rank = match &value.origin {
        Origin::Flag(_) => 0,
        Origin::Env(name) if name.starts_with("EMP_") => 1,
        Origin::File(path) => {
            let files = layers.files();
            2 + files.iter().position(|file| file == path).unwrap_or(0)
        }
        Origin::Env(name) if name.starts_with("DASH0_") => OF_DASH0,
        Origin::Env(_) => OF_OTEL,
        Origin::Default => DEFAULT,
    };
    let text = value.text.filter(|text| !text.trim().is_empty())?;
    Some(Chosen {
        key: key.to_owned(),
        text,
        origin: value.origin,
        rank,
    })
}
