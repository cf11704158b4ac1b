//! The `[[alerts]]` tables of one file, with the line of everything in them.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Error, KEYS, KINDS};
use crate::config::error::nearest;

/// The longest name of a rule: it becomes a part of keys and of what people are told.
const MAX_NAME: usize = 64;

/// Keys that people write, and what they mean instead.
const SLIPS: [(&str, &str); 11] = [
    ("within", "did you mean `window`?"),
    ("threshold", "did you mean `count`?"),
    ("group_by", "did you mean `by`?"),
    ("level", "did you mean `severity`?"),
    ("for", "did you mean `silent_for` or `stuck_for`?"),
    (
        "command",
        "`command` belongs in [notify], once for all rules",
    ),
    (
        "webhook",
        "`webhook` belongs in [notify], once for all rules",
    ),
    ("slack", "[notify] has `webhook`, and shape = \"slack\""),
    ("shape", "`shape` belongs in [notify], once for all rules"),
    ("secret", "`secret` belongs in [notify], once for all rules"),
    (
        "timeout",
        "`timeout` belongs in [notify], once for all rules",
    ),
];

/// One `[[alerts]]` table as it was written.
#[derive(Clone, Debug)]
pub(in crate::config) struct Table {
    pub(super) name: String,
    /// The line of its first key.
    pub(super) line: usize,
    pub(super) entries: Vec<Entry>,
}

/// One key of a rule.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: &'static str,
    pub(super) value: Given,
    pub(super) line: usize,
}

/// A value of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Text(String),
    Number(u64),
    Flag(bool),
}

/// The tables that a file holds. What makes no sense is left out, and told to `faults`.
pub(in crate::config) fn read(path: &Path, text: &str, faults: &mut Vec<Error>) -> Vec<Table> {
    // A text that is no TOML was told by whoever read the rest of it.
    let Ok(document) = DeTable::parse(text) else {
        return Vec::new();
    };
    let file = File { path, text };
    let found = document.get_ref().iter();
    let found = found.filter(|(key, _)| key.get_ref() == "alerts");
    let mut tables: Vec<Table> = Vec::new();
    for (key, value) in found {
        let DeValue::Array(items) = value.get_ref() else {
            faults.push(file.fault(
                key,
                "`alerts` is a list of tables",
                "begin each rule with [[alerts]]",
            ));
            continue;
        };
        for item in items.iter() {
            match file.table(item) {
                Ok(table) if tables.iter().any(|known| known.name == table.name) => {
                    let reason = format!("the rule `{}` stands in this file twice", table.name);
                    faults.push(file.at(table.line, reason, "give one of them another name"));
                }
                Ok(table) => tables.push(table),
                Err(fault) => faults.push(fault),
            }
        }
    }
    tables
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn table(&self, item: &Spanned<DeValue<'_>>) -> Result<Table, Error> {
        let DeValue::Table(table) = item.get_ref() else {
            return Err(self.fault(item, "a rule is a table", "begin each rule with [[alerts]]"));
        };
        let mut entries = Vec::with_capacity(table.len());
        let mut name = None;
        for (key, value) in table {
            let line = self.line(key);
            if key.get_ref() == "name" {
                name = Some(self.name(value)?);
            } else {
                let key = self.key(key)?;
                let value = self.value(key, value)?;
                entries.push(Entry { key, value, line });
            }
        }
        // The span of a table in a list is its header or its first key, as the parser likes; the
        // first key is always there, or the name is missing.
        let line = table.keys().map(|key| self.line(key)).min();
        let line = line.unwrap_or_else(|| self.line(item));
        match name {
            Some(name) => Ok(Table {
                name,
                line,
                entries,
            }),
            None => Err(self.at(line, "a rule has no name", "add name = \"what-it-watches\"")),
        }
    }

    fn name(&self, value: &Spanned<DeValue<'_>>) -> Result<String, Error> {
        let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
        match value.get_ref() {
            DeValue::String(name)
                if name.starts_with(plain)
                    && name.len() <= MAX_NAME
                    && name.chars().all(|char| plain(char) || "-_".contains(char)) =>
            {
                Ok(name.to_string())
            }
            _ => Err(self.fault(
                value,
                "this is no name of a rule",
                "use lower case, digits and dashes: \"slow-jobs\"",
            )),
        }
    }

    fn key(&self, key: &Spanned<std::borrow::Cow<'_, str>>) -> Result<&'static str, Error> {
        let written = key.get_ref().as_ref();
        let known: Vec<_> = KINDS.iter().map(|kind| kind.key).chain(KEYS).collect();
        if let Some(known) = known.iter().find(|known| **known == written) {
            return Ok(known);
        }
        let slip = SLIPS.iter().find(|(slip, _)| *slip == written);
        let meant = slip.map(|(_, meant)| (*meant).to_owned()).or_else(|| {
            let meant = nearest(written, known.iter().copied())?;
            Some(format!("did you mean `{meant}`?"))
        });
        let all = format!("a rule has a name, and may have: {}", known.join(", "));
        Err(Error::Alert {
            path: self.path.to_owned(),
            line: self.line(key),
            reason: format!("a rule has no `{written}`"),
            hints: meant.into_iter().chain([all]).collect(),
        })
    }

    fn value(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Given, Error> {
        let given = match value.get_ref() {
            DeValue::String(text) => Some(Given::Text(text.to_string())),
            DeValue::Boolean(flag) => Some(Given::Flag(*flag)),
            DeValue::Integer(number) => {
                let number = u64::from_str_radix(number.as_str(), number.radix());
                number.ok().map(Given::Number)
            }
            _ => None,
        };
        given.ok_or_else(|| {
            let reason = format!("`{key}` is no text, whole number or true/false");
            self.fault(value, reason, "docs/alerts.md shows how it is written")
        })
    }

    fn line<T>(&self, place: &Spanned<T>) -> usize {
        let before = self.text.as_bytes().get(..place.span().start);
        let breaks = before.unwrap_or_default().iter();
        breaks.filter(|byte| **byte == b'\n').count() + 1
    }

    fn fault<T>(
        &self,
        place: &Spanned<T>,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) -> Error {
        self.at(self.line(place), reason, hint)
    }

    fn at(&self, line: usize, reason: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::Alert {
            path: self.path.to_owned(),
            line,
            reason: reason.into(),
            hints: vec![hint.into()],
        }
    }
}
