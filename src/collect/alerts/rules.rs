//! Rules, ready to be asked: their queries are read. Knows neither Redis nor any clock.

use std::time::Duration;

use crate::config::{self, AlertRule, AlertSettings, Condition, Severity};
use crate::event::Event;
use crate::query::fingerprint::{cut, fingerprint};
use crate::query::{Field, Filter};
use crate::time::Clock;

/// The longest value that events are counted by, in bytes.
const MAX_VALUE: usize = 128;

/// In place of a value that an event lacks.
const NO_VALUE: &str = "(none)";

/// A window is counted in so many parts: what counts reaches back up to one part further.
const PARTS: i64 = 12;

/// All rules that are on.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    all: Vec<Rule>,
}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) severity: Severity,
    pub(super) cooldown_ms: i64,
    pub(super) resolve_after_ms: i64,
    pub(super) kind: Kind,
}

/// When a rule fires; times in milliseconds.
#[derive(Debug)]
pub(super) enum Kind {
    Rate {
        filter: Filter,
        by: Option<By>,
        count: u64,
        window_ms: i64,
    },
    New {
        filter: Filter,
        by: By,
    },
    Silent {
        filter: Filter,
        for_ms: i64,
    },
    Stuck {
        for_ms: i64,
    },
    Overtaken {
        within_ms: i64,
    },
    Memory {
        percent: u64,
    },
}

/// What tells events of one rule apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By {
    Fingerprint,
    Field(Field),
}

impl By {
    fn parse(name: &str) -> Self {
        match name.trim() {
            "fingerprint" => Self::Fingerprint,
            name => Self::Field(Field::parse(name)),
        }
    }

    /// The value of an event, cut where it is long.
    pub(super) fn value(&self, event: &Event) -> String {
        match self {
            Self::Fingerprint => fingerprint(event),
            Self::Field(field) => {
                let value = field.first(event);
                let value = value.as_deref().unwrap_or(NO_VALUE);
                cut(value, MAX_VALUE).to_owned()
            }
        }
    }
}

impl Rules {
    /// Reads the queries. Times in them are meant as seen from `clock`.
    ///
    /// # Errors
    /// When a query or a rule makes no sense; the error names file and line.
    pub(crate) fn new(settings: &AlertSettings, clock: &Clock) -> Result<Self, config::Error> {
        let rules = settings.rules()?.into_iter();
        let all = rules.map(|rule| Rule::new(rule, clock));
        Ok(Self {
            all: all.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.all.iter()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Rule> {
        self.all.get(index)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn named(&self, name: &str) -> Option<&Rule> {
        self.all.iter().find(|rule| rule.name == name)
    }

    /// The shortest silence of an open job that a rule asks about; `None` where none does.
    pub(crate) fn stuck_after(&self) -> Option<Duration> {
        let times = self.all.iter().filter_map(|rule| match rule.kind {
            Kind::Stuck { for_ms } => u64::try_from(for_ms).ok(),
            _ => None,
        });
        times.min().map(Duration::from_millis)
    }

    /// Names of fields in queries that are probably slips.
    pub(crate) fn doubts(&self) -> Vec<String> {
        let doubts = self.all.iter().filter_map(|rule| {
            let doubts = rule.kind.filter()?.doubts();
            Some(
                doubts
                    .into_iter()
                    .map(|doubt| format!("{}: {doubt}", rule.name)),
            )
        });
        doubts.flatten().collect()
    }
}

impl Rule {
    fn new(rule: AlertRule, clock: &Clock) -> Result<Self, config::Error> {
        let at = rule.query_at.clone().unwrap_or_default();
        let filter = |query: &str| {
            Filter::parse(query, clock).map_err(|error| config::Error::Alert {
                path: at.0.clone(),
                line: at.1,
                reason: format!("the rule `{}`: {error}", rule.name),
                hints: error.hints(),
            })
        };
        let kind = match &rule.condition {
            Condition::Rate {
                query,
                count,
                window,
                by,
                ..
            } => Kind::Rate {
                filter: filter(query)?,
                by: by.as_deref().map(By::parse),
                count: *count,
                window_ms: ms(*window),
            },
            Condition::New { query, by } => Kind::New {
                filter: filter(query)?,
                by: by.as_deref().map_or(By::Fingerprint, By::parse),
            },
            Condition::Silent { query, silent_for } => Kind::Silent {
                filter: filter(query)?,
                for_ms: ms(*silent_for),
            },
            Condition::Stuck { stuck_for } => Kind::Stuck {
                for_ms: ms(*stuck_for),
            },
            Condition::Overtaken { within } => Kind::Overtaken {
                within_ms: ms(*within),
            },
            Condition::Memory { percent } => Kind::Memory { percent: *percent },
        };
        Ok(Self {
            kind,
            severity: rule.severity,
            cooldown_ms: ms(rule.cooldown),
            resolve_after_ms: ms(rule.resolve_after),
            name: rule.name,
        })
    }
}

impl Kind {
    /// The query, where there is one.
    pub(super) fn filter(&self) -> Option<&Filter> {
        match self {
            Self::Rate { filter, .. } | Self::New { filter, .. } | Self::Silent { filter, .. } => {
                Some(filter)
            }
            Self::Stuck { .. } | Self::Overtaken { .. } | Self::Memory { .. } => None,
        }
    }

    /// What events are told apart by, where they are.
    pub(super) fn by(&self) -> Option<&By> {
        match self {
            Self::Rate { by, .. } => by.as_ref(),
            Self::New { by, .. } => Some(by),
            _ => None,
        }
    }
}

/// The width of the parts in which a window is counted.
pub(super) fn part_ms(window_ms: i64) -> i64 {
    (window_ms / PARTS).max(1000)
}

fn ms(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}
