//! The rules of alerts, as `[[alerts]]` tables say them: merged by name and checked.
//!
//! The built-in rules are such tables too, below those of every file. A rule is made of all the
//! tables of its name: of each key, the highest layer's value counts. So a table that holds a name
//! and one key changes one thing of a built-in rule.
//!
//! Queries stay text here: what they mean is for whoever watches events.

mod draft;
mod shown;
mod table;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) use table::{Table, read};

use super::Error;
use draft::Draft;

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

/// How long after a notice of a rule the next one comes at the earliest, where it says nothing.
const COOLDOWN: Duration = Duration::from_secs(15 * 60);
/// How long a rule must not hold before it is resolved, where it says nothing.
const RESOLVE_AFTER: Duration = Duration::from_secs(5 * 60);

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
    /// File and line of its query, where it has one.
    pub query_at: Option<(PathBuf, usize)>,
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
        /// Whether that was written, by a file or a built-in rule.
        window_given: bool,
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

#[cfg(test)]
mod tests;
