//! One rule while its tables are put together, and how it is checked.

use std::path::Path;
use std::time::Duration;

use super::table::{Entry, Given, Table};
use super::{AlertRule, COOLDOWN, Condition, Error, KINDS, Kind, Layer, RESOLVE_AFTER, Severity};
use crate::time;

/// A rule while its tables are put together.
pub(super) struct Draft<'a> {
    pub(super) name: &'a str,
    file: Option<&'a Path>,
    path: &'a Path,
    pub(super) line: usize,
    /// Each with the file that it stands in.
    entries: Vec<(&'a Entry, &'a Path)>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(table: &'a Table, layer: &'a Layer) -> Self {
        Self {
            name: &table.name,
            file: None,
            path: &layer.path,
            line: table.line,
            entries: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, table: &'a Table, layer: &'a Layer, written: bool) {
        (self.path, self.line) = (&layer.path, table.line);
        self.file = written.then_some(&*layer.path);
        for entry in &table.entries {
            self.entries.retain(|(known, _)| known.key != entry.key);
            self.entries.push((entry, &layer.path));
        }
    }

    /// The rule; `None` where it is switched off.
    pub(super) fn rule(&self) -> Result<Option<AlertRule>, Error> {
        if self.flag("enabled")? == Some(false) {
            return Ok(None);
        }
        let query = self.entry("query");
        Ok(Some(AlertRule {
            name: self.name.to_owned(),
            condition: self.condition()?,
            severity: self.severity()?,
            cooldown: self.duration("cooldown")?.unwrap_or(COOLDOWN),
            resolve_after: self.duration("resolve_after")?.unwrap_or(RESOLVE_AFTER),
            file: self.file.map(Path::to_owned),
            line: self.line,
            query_at: query.map(|(entry, path)| (path.to_owned(), entry.line)),
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
                window_given: self.entry("window").is_some(),
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
        match self.value("query") {
            Some(Given::Text(text)) if !text.trim().is_empty() => Ok(text.clone()),
            _ => Err(self.fault_at(
                "query",
                format!("the rule `{}` has no query", self.name),
                "write it as `emp search` takes it: query = \"service:worker level:error\"; \
                 query = \"*\" is every event",
            )),
        }
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
        self.fault_at(
            key,
            format!("`{key}` of the rule `{}` is not {expected}", self.name),
            format!("write {key} as {expected}"),
        )
    }

    /// A fault of a key, where that is written; else of the rule.
    fn fault_at(&self, key: &str, reason: String, hint: impl Into<String>) -> Error {
        let (line, path) = match self.entry(key) {
            Some((entry, path)) => (entry.line, path),
            None => (self.line, self.path),
        };
        Error::Alert {
            path: path.to_owned(),
            line,
            reason,
            hints: vec![hint.into()],
        }
    }

    pub(super) fn fault(
        &self,
        line: usize,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) -> Error {
        Error::Alert {
            path: self.path.to_owned(),
            line,
            reason: reason.into(),
            hints: vec![hint.into()],
        }
    }
}
