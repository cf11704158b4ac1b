//! Settings, their layers, and where each value came from.
//!
//! Precedence, highest first:
//!
//! 1. a flag of the command line,
//! 2. the setting's own `EMP_*` variable,
//! 3. the project's `emp.toml`, in the current folder or the nearest one above it,
//! 4. the user's `config.toml`,
//! 5. generic variables (`REDIS_URL`, then `REDIS_HOST` with `REDIS_PORT` and `REDIS_PASSWORD`;
//!    `DASH0_*`, then `OTEL_*`),
//! 6. the default.
//!
//! With `--config FILE` that file stands in place of 3 and 4.

mod alerts;
mod collect;
mod error;
mod keys;
mod layers;
mod mask;
mod notify;
mod otlp;
#[cfg(feature = "cli")]
mod strays;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use alerts::{AlertRule, AlertSettings, Condition, Severity};
pub use collect::CollectSettings;
pub use error::Error;
pub use keys::{Key, shown};
pub use layers::{Origin, Value};
pub(crate) use mask::mask_password;
pub use notify::{NotifySettings, Shape};
#[cfg(test)]
#[cfg(feature = "cli")]
pub(crate) use otlp::Identity;
#[cfg(feature = "cli")]
pub(crate) use otlp::{OtlpSettings, OtlpTarget, Protocol, header_list};
#[cfg(feature = "cli")]
pub(crate) use strays::{Stray, strays};

use keys::KEYS;
use layers::Layers;

use crate::event::Level;
use crate::quantity;

/// What the environment and the command line give to [`Settings::load`].
pub struct Inputs<'a> {
    /// Environment variables.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Where to look for `emp.toml`.
    pub folder: &'a Path,
    /// `--config`.
    pub file: Option<&'a Path>,
    /// Settings given as flags: the key's name, the flag, the value.
    pub flags: &'a [(&'static str, &'static str, String)],
}

/// One of the two streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSettings {
    /// Its key in Redis.
    pub name: String,
    /// Emitters cap it at about this many entries.
    pub max_len: u64,
    /// The collector trims what is older.
    pub max_age: Duration,
}

/// A share of the events whose type matches a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleRule {
    /// Pattern over event types, with `*` and `?`.
    pub pattern: String,
    /// The share that is kept, from 0 to 1.
    pub rate: f64,
}

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of Redis; may hold a password.
    pub url: String,
    /// PEM file of the authority that signed the server's certificate.
    pub ca: Option<PathBuf>,
    /// The stream of events.
    pub events: StreamSettings,
    /// The stream of errors.
    pub errors: StreamSettings,
    /// The journal's file.
    pub journal: PathBuf,
    /// Bytes that the journal keeps to.
    pub journal_max_bytes: u64,
    /// The folder where reports keep what they read of long streams, if anywhere.
    pub cache: Option<PathBuf>,
    /// Bytes that what is kept of one stream keeps to.
    pub cache_max_bytes: u64,
    /// The service that `emit` speaks for.
    pub service: Option<String>,
    /// How long one emission may take.
    pub timeout: Duration,
    /// Emitters leave out events below this level.
    pub level: Level,
    /// The shares of events that are kept.
    pub sample: Vec<SampleRule>,
    /// Events a second of one process above which fewer are kept; 0 is no limit.
    pub rate_limit: u32,
    /// Words in keys whose values are masked.
    pub redact: Vec<String>,
    /// Events that a client holds in memory.
    pub queue: usize,
    /// Bytes that those may take.
    pub queue_bytes: usize,
    /// The time within which a client makes an event safe.
    pub flush_interval: Duration,
    /// How long a client's end may take.
    pub drop_timeout: Duration,
    /// The silence that `timeline` calls a gap.
    pub gap: Duration,
    /// The event types that end a job.
    pub end_events: Vec<String>,
    /// The services that `health` expects to hear from.
    pub services: Vec<String>,
    /// Settings of the collector.
    pub collect: CollectSettings,
    /// The rules of alerts.
    pub alerts: AlertSettings,
    /// Where notices of alerts go.
    pub notify: NotifySettings,
    layers: Layers,
}

impl Settings {
    /// Reads all layers.
    ///
    /// # Errors
    /// When a file cannot be read or has an unknown key, or a value makes no sense. The error
    /// names where the value came from.
    pub fn load(inputs: &Inputs<'_>) -> Result<Self, Error> {
        match Self::salvage(inputs) {
            (settings, None) => Ok(settings),
            (_, Some(fault)) => Err(fault),
        }
    }

    /// Reads all layers and leaves out what makes no sense, the first of which comes second: for
    /// an emitter, whose event must not be lost, nor end up where nobody looks, for a word that
    /// is misspelt.
    pub fn salvage(inputs: &Inputs<'_>) -> (Self, Option<Error>) {
        let mut faults = Vec::new();
        let layers = Layers::read(inputs, &mut faults);
        let settings = Self::from_layers(layers, &mut faults);
        (settings, faults.into_iter().next())
    }

    /// The settings of this process, from its environment and folder, and the first thing in
    /// them that makes no sense.
    pub fn of_process() -> (Self, Option<Error>) {
        let folder = std::env::current_dir().unwrap_or_default();
        Self::salvage(&Inputs {
            env: &|name| std::env::var(name).ok(),
            folder: &folder,
            file: None,
            flags: &[],
        })
    }

    fn from_layers(mut layers: Layers, faults: &mut Vec<Error>) -> Self {
        let mut stream = |name, max_len, max_age| StreamSettings {
            name: layers.text(name),
            max_len: layers.parsed(max_len, "number of entries above zero", faults, |text| {
                text.parse().ok().filter(|count| *count > 0)
            }),
            max_age: layers.duration(max_age, faults),
        };
        let events = stream(keys::EVENTS, keys::EVENTS_MAX_LEN, keys::EVENTS_MAX_AGE);
        let errors = stream(keys::ERRORS, keys::ERRORS_MAX_LEN, keys::ERRORS_MAX_AGE);
        let timeout = layers.duration(keys::TIMEOUT, faults);
        let number = "number";
        let level = layers.parsed(
            keys::LEVEL,
            "level (debug, info, warn, error)",
            faults,
            Level::parse,
        );
        let sample = layers.parsed(
            keys::SAMPLE,
            "list of pattern=share with shares from 0 to 1",
            faults,
            sample_rules,
        );
        let rate_limit = layers.parsed(keys::RATE_LIMIT, number, faults, |text| text.parse().ok());
        let queue = layers.parsed(keys::QUEUE, "number above zero", faults, |text| {
            text.parse().ok().filter(|count: &usize| *count > 0)
        });
        let mut size = |key| {
            layers.parsed(key, "size (32MiB, 100MB)", faults, |text| {
                quantity::parse_bytes(text).filter(|bytes| *bytes > 0)
            })
        };
        let journal_max_bytes = size(keys::JOURNAL_MAX_SIZE);
        let cache_max_bytes = size(keys::CACHE_MAX_SIZE);
        let queue_bytes = usize::try_from(size(keys::QUEUE_SIZE)).unwrap_or(usize::MAX);
        let cache = layers.parsed(keys::CACHE, "absolute path or `none`", faults, cache_path);
        let drop_timeout = layers.duration(keys::DROP_TIMEOUT, faults);
        let flush_interval = layers.duration(keys::FLUSH_INTERVAL, faults);
        let gap = layers.duration(keys::GAP, faults);
        let collect = CollectSettings::read(&mut layers, faults);
        let alerts = AlertSettings::new(layers.alerts(), faults);
        let notify = NotifySettings::read(&mut layers, faults);
        Self {
            url: layers.text(keys::URL),
            ca: layers.optional(keys::CA).map(PathBuf::from),
            events,
            errors,
            journal: PathBuf::from(layers.text(keys::JOURNAL)),
            journal_max_bytes,
            cache,
            cache_max_bytes,
            service: layers.optional(keys::SERVICE),
            timeout,
            level,
            sample,
            rate_limit,
            redact: layers.list(keys::REDACT),
            queue,
            queue_bytes,
            flush_interval,
            drop_timeout,
            gap,
            end_events: layers.list(keys::END_EVENTS),
            services: layers.list(keys::SERVICES),
            collect,
            alerts,
            notify,
            layers,
        }
    }

    /// Every key with its value and origin, in the order of the table; secrets masked. Settings
    /// for single signals of OTLP are among them where they are set.
    pub fn show(&self) -> impl Iterator<Item = (&'static Key, Value)> {
        let is_set = |key: &&Key| self.layers.value(key.name).text.is_some();
        let of_signals = otlp::OF_SIGNALS.iter().flatten().filter(is_set);
        let keys = keys::shown().chain(of_signals);
        keys.map(|key| (key, self.layers.masked(key)))
    }

    /// Where and how OTLP is sent.
    ///
    /// # Errors
    /// When a setting of it makes no sense. No other command has to care.
    #[cfg(feature = "cli")]
    pub(crate) fn otlp(&self) -> Result<OtlpSettings, Error> {
        OtlpSettings::resolve(&self.layers)
    }

    /// The files that were read, highest first.
    pub fn files(&self) -> &[PathBuf] {
        self.layers.files()
    }

    /// Where a setting came from.
    pub fn origin(&self, key: &str) -> Origin {
        self.layers.value(key).origin
    }

    /// Whether a Redis was named for emp: by its flag, its variable or its files. A generic
    /// variable may be there for another program.
    pub fn names_redis(&self) -> bool {
        let own = |key: &&Key| key.name == keys::URL;
        match self.origin(keys::URL) {
            Origin::Flag(_) | Origin::File(_) => true,
            Origin::Env(name) => KEYS.iter().find(own).is_some_and(|key| key.env == name),
            Origin::Default => false,
        }
    }
}

/// A folder, or none at all. A relative one would be another one in each folder that emp is started in.
fn cache_path(text: &str) -> Option<Option<PathBuf>> {
    match text {
        "" | "none" => Some(None),
        path => Some(PathBuf::from(path))
            .filter(|path| path.is_absolute())
            .map(Some),
    }
}

/// `pattern=share,pattern=share`; `None` if a share is no number from 0 to 1.
fn sample_rules(text: &str) -> Option<Vec<SampleRule>> {
    let rules = text
        .split(',')
        .map(str::trim)
        .filter(|rule| !rule.is_empty());
    rules
        .map(|rule| {
            let (pattern, rate) = rule.split_once('=')?;
            let rate: f64 = rate.trim().parse().ok()?;
            let pattern = pattern.trim().to_owned();
            (0.0..=1.0)
                .contains(&rate)
                .then_some(SampleRule { pattern, rate })
        })
        .collect()
}

#[cfg(test)]
mod tests;
