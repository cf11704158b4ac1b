//! The rules of alerts, as `[[alerts]]` tables say them: merged by name and checked.
//!
//! The built-in rules are such tables too, below those of every file. A rule is made of all the
//! tables of its name: of each key, the highest layer's value counts. So a table that holds a name
//! and one key changes one thing of a built-in rule.
//!
//! Queries stay text here: what they mean is for whoever watches events.

mod table;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) use table::{Table, read};

use super::Error;
use crate::time;
use table::{Entry, Given};

/// The rules that are there without being written.
const BUILT_IN: &str = include_str!("builtin.toml");

/// More rules than anybody watches: each costs a little with every event and every second.
const MAX_RULES: usize = 100;

/// A condition of a rule, by the key that says it.
struct Kind {
    key: &'static str,
    /// What else it takes.
    with: &'static [&'static str],
}

/// Every condition. A rule has exactly one.
const KINDS: [Kind; 6] = [
    Kind {
        key: "count",
        with: &["query", "window", "by"],
    },
    Kind {
        key: "new",
        with: &["query", "by"],
    },
    Kind {
        key: "silent_for",
        with: &["query"],
    },
    Kind {
        key: "stuck_for",
        with: &[],
    },
    Kind {
        key: "overtaken_within",
        with: &[],
    },
    Kind {
        key: "redis_memory",
        with: &[],
    },
];

/// What else a rule can say, besides its name.
const KEYS: [&str; 7] = [
    "query",
    "window",
    "by",
    "severity",
    "cooldown",
    "resolve_after",
    "enabled",
];

/// A rule, checked but for its query.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertRule {
    /// Its name: lower case, digits, dashes.
    pub name: String,
    /// When it fires.
    pub condition: Condition,
    /// How bad that is.
    pub severity: Severity,
    /// The time between two notices while it fires.
    pub cooldown: Duration,
    /// How long its condition must not hold until it is resolved.
    pub resolve_after: Duration,
    /// Where it was written; a built-in rule that nobody changed has no file.
    pub file: Option<PathBuf>,
    /// The line there.
    pub line: usize,
}

/// When a rule fires.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// So many events within a time.
    Rate {
        /// Which events.
        query: String,
        /// How many.
        count: u64,
        /// Within which time.
        window: Duration,
        /// Counted apart for each value of this field.
        by: Option<String>,
    },
    /// An event with a value that was never seen.
    New {
        /// Which events.
        query: String,
        /// The field; without one, the fingerprint of the error.
        by: Option<String>,
    },
    /// No such event for a time.
    Silent {
        /// Which events.
        query: String,
        /// For how long.
        silent_for: Duration,
    },
    /// A job that has begun, has not ended, and says nothing for a time.
    Stuck {
        /// For how long.
        stuck_for: Duration,
    },
    /// Trimming will remove what a group has not read.
    Overtaken {
        /// Within which time.
        within: Duration,
    },
    /// Redis uses so much of the memory that it may use.
    Memory {
        /// The share in per cent.
        percent: u64,
    },
}

/// How bad it is that a rule fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody should look at it.
    Warning,
    /// Somebody must look at it now.
    Critical,
}

impl Severity {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// The tables of one file.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) path: PathBuf,
    pub(super) tables: Vec<Table>,
}

/// What the files say about alerts.
#[derive(Clone, Debug, Default)]
pub struct AlertSettings {
    /// Lowest first.
    layers: Vec<Layer>,
}

impl AlertSettings {
    /// From the files that hold rules, highest first. Faults are told; nothing is read where
    /// nothing was written, for an emitter must not pay for rules.
    pub(super) fn new(mut layers: Vec<Layer>, faults: &mut Vec<Error>) -> Self {
        layers.reverse();
        let settings = Self { layers };
        if !settings.layers.is_empty()
            && let Err(fault) = settings.rules()
        {
            faults.push(fault);
        }
        settings
    }

    /// Every rule that is on, the built-in ones first.
    ///
    /// # Errors
    /// When a rule makes no sense. Settings that were loaded without an error have none.
    pub fn rules(&self) -> Result<Vec<AlertRule>, Error> {
        let built_in = Layer {
            path: PathBuf::from("the built-in rules"),
            tables: read(Path::new("the built-in rules"), BUILT_IN, &mut Vec::new()),
        };
        let mut drafts: Vec<Draft<'_>> = Vec::new();
        for (depth, layer) in std::iter::once(&built_in).chain(&self.layers).enumerate() {
            for table in &layer.tables {
                let known = drafts.iter().position(|draft| draft.name == table.name);
                let index = known.unwrap_or_else(|| {
                    drafts.push(Draft::new(table, layer));
                    drafts.len() - 1
                });
                drafts[index].take(table, layer, depth > 0);
            }
        }
        if drafts.len() > MAX_RULES {
            let last = &drafts[MAX_RULES];
            let reason = format!("there are more than {MAX_RULES} rules");
            return Err(last.fault(last.line, reason, "join some of them with OR, or with `by`"));
        }
        let rules = drafts.iter().map(Draft::rule);
        rules.filter_map(Result::transpose).collect()
    }
}

/// A rule while its tables are put together.
struct Draft<'a> {
    name: &'a str,
    file: Option<&'a Path>,
    path: &'a Path,
    line: usize,
    /// Each with the file that it stands in.
    entries: Vec<(&'a Entry, &'a Path)>,
}

impl<'a> Draft<'a> {
    fn new(table: &'a Table, layer: &'a Layer) -> Self {
        Self {
            name: &table.name,
            file: None,
            path: &layer.path,
            line: table.line,
            entries: Vec::new(),
        }
    }

    fn take(&mut self, table: &'a Table, layer: &'a Layer, written: bool) {
        (self.path, self.line) = (&layer.path, table.line);
        self.file = written.then_some(&*layer.path);
        for entry in &table.entries {
            self.entries.retain(|(known, _)| known.key != entry.key);
            self.entries.push((entry, &layer.path));
        }
    }

    /// The rule; `None` where it is switched off.
    fn rule(&self) -> Result<Option<AlertRule>, Error> {
        if self.flag("enabled")? == Some(false) {
            return Ok(None);
        }
        let minutes = |count: u64| Duration::from_secs(60 * count);
        Ok(Some(AlertRule {
            name: self.name.to_owned(),
            condition: self.condition()?,
            severity: self.severity()?,
            cooldown: self.duration("cooldown")?.unwrap_or(minutes(15)),
            resolve_after: self.duration("resolve_after")?.unwrap_or(minutes(5)),
            file: self.file.map(Path::to_owned),
            line: self.line,
        }))
    }

    fn condition(&self) -> Result<Condition, Error> {
        let kind = self.kind()?;
        let within = |key| {
            let length = self.duration(key)?.unwrap_or_default();
            let fits = Duration::from_secs(1)..=Duration::from_secs(7 * 24 * 60 * 60);
            if fits.contains(&length) {
                return Ok(length);
            }
            Err(self.wrong(key, "a time from 1s to 7d"))
        };
        Ok(match kind.key {
            "count" => Condition::Rate {
                query: self.query()?,
                count: self.number("count")?,
                window: match self.entry("window") {
                    Some(_) => within("window")?,
                    None => Duration::from_secs(60),
                },
                by: self.text("by")?,
            },
            "new" => match self.flag("new")? {
                Some(true) => Condition::New {
                    query: self.query()?,
                    by: self.text("by")?,
                },
                _ => return Err(self.wrong("new", "`true`; enabled = false switches a rule off")),
            },
            "silent_for" => Condition::Silent {
                query: self.query()?,
                silent_for: within("silent_for")?,
            },
            "stuck_for" => Condition::Stuck {
                stuck_for: within("stuck_for")?,
            },
            "overtaken_within" => Condition::Overtaken {
                within: within("overtaken_within")?,
            },
            _ => Condition::Memory {
                percent: self.percent("redis_memory")?,
            },
        })
    }

    /// The one condition, and nothing that another one would take.
    fn kind(&self) -> Result<&'static Kind, Error> {
        let mut kinds = KINDS.iter().filter(|kind| self.entry(kind.key).is_some());
        let name = self.name;
        let Some(kind) = kinds.next() else {
            let all = KINDS.map(|kind| kind.key).join(", ");
            let reason = format!("the rule `{name}` has no condition");
            return Err(self.fault(self.line, reason, format!("add one of: {all}")));
        };
        if let Some(second) = kinds.next() {
            let reason = format!(
                "the rule `{name}` has two conditions, `{}` and `{}`",
                kind.key, second.key
            );
            let hint = "give one of them a rule of its own; a built-in rule keeps its condition";
            return Err(self.fault(self.line, reason, hint));
        }
        for with in ["query", "window", "by"] {
            if let Some((entry, _)) = self.entry(with)
                && !kind.with.contains(&with)
            {
                let reason = format!("`{with}` means nothing beside `{}`", kind.key);
                return Err(self.fault(entry.line, reason, format!("take `{with}` out")));
            }
        }
        Ok(kind)
    }

    fn entry(&self, key: &str) -> Option<(&'a Entry, &'a Path)> {
        let mut entries = self.entries.iter();
        entries.find(|(entry, _)| entry.key == key).copied()
    }

    fn value(&self, key: &str) -> Option<&'a Given> {
        self.entry(key).map(|(entry, _)| &entry.value)
    }

    fn query(&self) -> Result<String, Error> {
        self.text("query")?.ok_or_else(|| {
            let reason = format!("the rule `{}` has no query", self.name);
            let hint = "add query = \"…\", as `emp search` takes it; * is every event";
            self.fault(self.line, reason, hint)
        })
    }

    fn text(&self, key: &'static str) -> Result<Option<String>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(Given::Text(text)) if !text.trim().is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(self.wrong(key, "a text")),
        }
    }

    fn flag(&self, key: &'static str) -> Result<Option<bool>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(Given::Flag(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.wrong(key, "`true` or `false`")),
        }
    }

    fn number(&self, key: &'static str) -> Result<u64, Error> {
        match self.value(key) {
            Some(Given::Number(number)) if *number > 0 => Ok(*number),
            _ => Err(self.wrong(key, "a whole number above zero")),
        }
    }

    fn percent(&self, key: &'static str) -> Result<u64, Error> {
        let Some(Given::Text(text)) = self.value(key) else {
            return Err(self.wrong(key, "a share, like \"80%\""));
        };
        let number = text.trim().strip_suffix('%').map(str::trim);
        let number = number.and_then(|number| number.parse().ok());
        number
            .filter(|percent| (1..=100).contains(percent))
            .ok_or_else(|| self.wrong(key, "a share from \"1%\" to \"100%\""))
    }

    fn severity(&self) -> Result<Severity, Error> {
        let word = self.text("severity")?;
        match word.as_deref() {
            None | Some("warning") => Ok(Severity::Warning),
            Some("critical") => Ok(Severity::Critical),
            Some(_) => Err(self.wrong("severity", "`warning` or `critical`")),
        }
    }

    fn duration(&self, key: &'static str) -> Result<Option<Duration>, Error> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let length = time::parse_duration(&text);
        length
            .map(Some)
            .map_err(|_| self.wrong(key, "a duration, like \"90s\" or \"15m\""))
    }

    fn wrong(&self, key: &str, expected: &str) -> Error {
        let (line, path) = match self.entry(key) {
            Some((entry, path)) => (entry.line, path),
            None => (self.line, self.path),
        };
        Error::Alert {
            path: path.to_owned(),
            line,
            reason: format!("`{key}` of the rule `{}` is not {expected}", self.name),
            hints: vec![format!("write {key} as {expected}")],
        }
    }

    fn fault(&self, line: usize, reason: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::Alert {
            path: self.path.to_owned(),
            line,
            reason: reason.into(),
            hints: vec![hint.into()],
        }
    }
}

#[cfg(test)]
mod tests;
