//! Which layer a value comes from. The order is the one at the top of the room.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::alerts;
use super::collect;
use super::error::nearest;
use super::keys::{self, KEYS, Key};
use super::mask::{mask_password, masked};
use super::{Error, Inputs, otlp};
use crate::digest::digest;
use crate::time;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag(&'static str),
    /// An environment variable.
    Env(String),
    /// A configuration file.
    File(PathBuf),
    /// Nobody set it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "the flag {flag}"),
            Self::Env(name) => write!(f, "the variable {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A value as text, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// `None` where nobody set it and there is no default.
    pub text: Option<String>,
    /// Who said so.
    pub origin: Origin,
}

#[derive(Clone, Debug)]
pub(super) struct Layers {
    values: HashMap<&'static str, Value>,
    files: Vec<PathBuf>,
    /// The rules of alerts, of the files that hold some.
    alerts: Vec<alerts::Layer>,
}

/// What one file says.
#[derive(Default)]
struct Contents {
    values: HashMap<&'static str, String>,
    alerts: Vec<alerts::Table>,
}

impl Layers {
    /// Reads every layer. What makes no sense is left out, and told to `faults`.
    pub(super) fn read(inputs: &Inputs<'_>, faults: &mut Vec<Error>) -> Self {
        let files = match inputs.file {
            Some(file) => vec![file.to_owned()],
            None => [project_file(inputs.folder), user_file(inputs.env)]
                .into_iter()
                .flatten()
                .collect(),
        };
        let files: Vec<_> = files
            .into_iter()
            .map(|path| {
                let contents = read_file(&path, faults);
                (path, contents)
            })
            .collect();
        Self::resolve(inputs, &files)
    }

    fn resolve(inputs: &Inputs<'_>, files: &[(PathBuf, Contents)]) -> Self {
        let found = |key: &Key| {
            let flag = inputs.flags.iter().find(|(name, ..)| *name == key.name);
            if let Some((_, flag, text)) = flag {
                return (Some(text.clone()), Origin::Flag(flag));
            }
            if let Some(text) = variable(inputs.env, key.env) {
                return (Some(text), Origin::Env(key.env.to_owned()));
            }
            for (path, contents) in files {
                if let Some(text) = contents.values.get(key.name) {
                    return (Some(text.clone()), Origin::File(path.clone()));
                }
            }
            for name in key.generic {
                let text = variable(inputs.env, name);
                let text = text.and_then(|text| match *name {
                    "REDIS_HOST" => Some(url_of_host(&text, inputs.env)),
                    _ => otlp::generic(name, text, inputs.env),
                });
                if let Some(text) = text {
                    return (Some(text), Origin::Env((*name).to_owned()));
                }
            }
            (key.default.map(str::to_owned), Origin::Default)
        };
        let values = keys::all().map(|key| {
            let (text, origin) = found(key);
            (key.name, Value { text, origin })
        });
        let mut values: HashMap<_, _> = values.collect();
        let url = values.get(keys::URL).and_then(|value| value.text.clone());
        let url = url.unwrap_or_default();
        for (key, stem, ending) in [
            (keys::JOURNAL, "journal", ".db"),
            (collect::SPOOL, "spool", ""),
        ] {
            if let Some(place) = values.get_mut(key)
                && place.origin == Origin::Default
            {
                place.text = Some(default_place(inputs.env, &url, stem, ending));
            }
        }
        if let Some(place) = values.get_mut(keys::CACHE)
            && place.origin == Origin::Default
        {
            let folder = user_folder(inputs.env, "XDG_CACHE_HOME", ".cache");
            let folder = folder.filter(|folder| folder.is_absolute());
            place.text = folder.map(|folder| folder.join("emp").to_string_lossy().into_owned());
        }
        if let Some(file) = values.get_mut(collect::FILE)
            && file.origin == Origin::Default
            && collect::is_production(inputs.env)
        {
            file.text = None;
        }
        Self {
            values,
            files: files.iter().map(|(path, _)| path.clone()).collect(),
            alerts: files
                .iter()
                .filter(|(_, contents)| !contents.alerts.is_empty())
                .map(|(path, contents)| alerts::Layer {
                    path: path.clone(),
                    tables: contents.alerts.clone(),
                })
                .collect(),
        }
    }

    /// The files that hold rules of alerts, highest first.
    pub(super) fn alerts(&self) -> Vec<alerts::Layer> {
        self.alerts.clone()
    }

    pub(super) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub(super) fn value(&self, key: &str) -> Value {
        self.values.get(key).cloned().unwrap_or(Value {
            text: None,
            origin: Origin::Default,
        })
    }

    pub(super) fn optional(&self, key: &str) -> Option<String> {
        self.value(key).text.filter(|text| !text.is_empty())
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.optional(key).unwrap_or_default()
    }

    pub(super) fn list(&self, key: &str) -> Vec<String> {
        let text = self.text(key);
        let parts = text.split(',').map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub(super) fn duration(&mut self, key: &'static str, faults: &mut Vec<Error>) -> Duration {
        self.parsed(key, "duration (250ms, 15s, 2h, 7d)", faults, |text| {
            time::parse_duration(text).ok()
        })
    }

    /// The value as `parse` reads it. One that makes no sense gives way to the default.
    pub(super) fn parsed<T: Default>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        faults: &mut Vec<Error>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        let Value { text, origin } = self.value(key);
        let value = text.unwrap_or_default();
        if let Some(parsed) = parse(value.trim()) {
            return parsed;
        }
        let known = keys::all().find(|known| known.name == key);
        faults.push(Error::Value {
            key,
            value: match known {
                Some(known) => masked(known, &value),
                None => value,
            },
            expected,
            origin,
        });
        let text = known.and_then(|known| known.default);
        let default = Value {
            text: text.map(str::to_owned),
            origin: Origin::Default,
        };
        self.values.insert(key, default);
        // A test holds that every default can be read.
        text.and_then(parse).unwrap_or_default()
    }

    /// The value with its secrets masked.
    pub(super) fn masked(&self, key: &Key) -> Value {
        let mut value = self.value(key.name);
        value.text = value.text.map(|text| masked(key, &text));
        value
    }
}

/// An empty variable counts as one that is not set.
fn variable(env: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    env(name).filter(|text| !text.is_empty())
}

/// The address that `REDIS_HOST`, `REDIS_PORT` and `REDIS_PASSWORD` describe together.
fn url_of_host(host: &str, env: &dyn Fn(&str) -> Option<String>) -> String {
    let port = variable(env, "REDIS_PORT").unwrap_or_else(|| "6379".to_owned());
    let host = if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    match variable(env, "REDIS_PASSWORD") {
        Some(password) => format!("redis://:{}@{host}:{port}", percent_encode(&password)),
        None => format!("redis://{host}:{port}"),
    }
}

fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn project_file(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .map(|folder| folder.join("emp.toml"))
        .find(|file| file.is_file())
}

fn user_file(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let folder = user_folder(env, "XDG_CONFIG_HOME", ".config")?;
    Some(folder.join("emp").join("config.toml")).filter(|file| file.is_file())
}

/// Each server has a journal and a spool of its own, so that what was meant for one never reaches
/// another. The name tells servers and users apart, and does not change with the password.
fn default_place(
    env: &dyn Fn(&str) -> Option<String>,
    url: &str,
    stem: &str,
    ending: &str,
) -> String {
    let folder =
        user_folder(env, "XDG_STATE_HOME", ".local/state").unwrap_or_else(std::env::temp_dir);
    let is_default = KEYS
        .iter()
        .any(|key| key.name == keys::URL && key.default == Some(url));
    let name = match is_default {
        true => format!("{stem}{ending}"),
        false => format!(
            "{stem}-{:08x}{ending}",
            digest(mask_password(url).as_bytes()) >> 96
        ),
    };
    folder.join("emp").join(name).to_string_lossy().into_owned()
}

fn user_folder(
    env: &dyn Fn(&str) -> Option<String>,
    xdg: &str,
    below_home: &str,
) -> Option<PathBuf> {
    // The XDG specification: a relative path is to be ignored.
    let xdg = variable(env, xdg)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    xdg.or_else(|| variable(env, "HOME").map(|home| Path::new(&home).join(below_home)))
}

/// The settings that a file holds. What makes no sense is left out, and told to `faults`.
fn read_file(path: &Path, faults: &mut Vec<Error>) -> Contents {
    let mut contents = Contents::default();
    let (text, table) = parse_file(path).unwrap_or_else(|fault| {
        faults.push(fault);
        Default::default()
    });
    for (section, value) in table {
        if section == "alerts" {
            contents.alerts = alerts::read(path, &text, faults);
            continue;
        }
        let toml::Value::Table(inner) = value else {
            faults.push(unknown_key(path, section));
            continue;
        };
        for (name, value) in inner {
            let written = format!("{section}.{name}");
            let key = keys::all().find(|key| key.name == written);
            match (key, as_text(&value)) {
                (Some(key), Some(text)) => {
                    contents.values.insert(key.name, text);
                }
                (Some(key), None) => faults.push(Error::Value {
                    key: key.name,
                    value: format!("a {}", value.type_str()),
                    expected: "text, number or list of texts",
                    origin: Origin::File(path.to_owned()),
                }),
                (None, _) => faults.push(unknown_key(path, written)),
            }
        }
    }
    contents
}

fn parse_file(path: &Path) -> Result<(String, toml::Table), Error> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::File {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let table = text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        Error::Syntax {
            path: path.to_owned(),
            line: text.as_bytes()[..at]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
                + 1,
            reason: error.message().lines().collect::<Vec<_>>().join(", "),
        }
    })?;
    Ok((text, table))
}

fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(toml::Value::as_str).collect();
            items.map(|items| items.join(","))
        }
        toml::Value::Table(inner) => {
            let pairs = inner
                .iter()
                .map(|(name, value)| Some(format!("{name}={}", as_text(value)?)));
            pairs
                .collect::<Option<Vec<_>>>()
                .map(|pairs| pairs.join(","))
        }
        toml::Value::Datetime(_) => None,
    }
}

fn unknown_key(path: &Path, key: String) -> Error {
    let nearest = nearest(&key, keys::all().map(|candidate| candidate.name));
    Error::UnknownKey {
        path: path.to_owned(),
        key,
        nearest,
    }
}
