//! One event as text: a line, or a block with all of its data.

use std::ops::Range;

use serde_json::Value;

use super::{Role, Screen, escape, escape_json};
use crate::event::{Data, Event, Id, json};

/// Longest value in a compact line, in characters; `--full` shows all of it.
const COMPACT_VALUE: usize = 120;

/// Fields of `data` that tell most, shown first.
const TELLING: [&str; 6] = ["message", "error", "name", "reason", "status", "jobType"];

/// Finds the parts of a text that a query matched, as sorted byte ranges.
pub type Highlighter<'a> = &'a dyn Fn(&str) -> Vec<Range<usize>>;

/// How an event is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One line.
    Compact,
    /// A block with all of its data.
    Full,
    /// One JSON object on one line.
    Json,
}

impl Screen {
    /// Writes one event.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn event(
        &mut self,
        event: &Event,
        form: Form,
        highlight: Highlighter<'_>,
    ) -> std::io::Result<()> {
        match form {
            Form::Json => {
                self.event_json(event)?;
                self.text("\n")
            }
            Form::Compact => {
                let mut line = self.event_head(event, highlight);
                for (name, value) in compact(event) {
                    line.push(' ');
                    line += &self.pair(&name, &shorten(&value, COMPACT_VALUE), highlight);
                }
                self.line(line)
            }
            Form::Full => {
                let head = self.event_head(event, highlight);
                self.line(head)?;
                for (id, value) in event.ids.iter() {
                    self.field(id.noun(), value, highlight)?;
                }
                if let Some(level) = event.level {
                    self.field("level", level.as_str(), highlight)?;
                }
                for (name, value) in &event.extra {
                    self.field(name, value, highlight)?;
                }
                match &event.data {
                    Data::Empty => {}
                    Data::Text(text) => self.field("data (no JSON object)", text, highlight)?,
                    Data::Object { map, .. } => {
                        for (name, value) in map {
                            self.value(name, value, highlight)?;
                        }
                    }
                }
                self.line("")
            }
        }
    }

    /// Writes the JSON form without a line break.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn event_json(&mut self, event: &Event) -> std::io::Result<()> {
        self.text(&escape_json(&json::write(event)))
    }

    /// Time, `[service]` and type.
    fn event_head(&self, event: &Event, highlight: Highlighter<'_>) -> String {
        let service = match event.service.as_str() {
            "" => "-".into(),
            service => escape(service),
        };
        let event_type = match event.event_type.as_str() {
            "" => "(no type)".into(),
            event_type => escape(event_type),
        };
        let role = if event.says_failure() {
            Role::Level(crate::event::Level::Error)
        } else if event.level.is_some() {
            Role::Level(event.level())
        } else {
            Role::Strong
        };
        format!(
            "{} {} {}",
            self.paint(Role::Dim, &self.day_clock(event.timestamp)),
            self.marked(
                Role::Service(&event.service),
                &format!("[{service}]"),
                highlight
            ),
            self.marked(role, &event_type, highlight),
        )
    }

    fn pair(&self, name: &str, value: &str, highlight: Highlighter<'_>) -> String {
        let name = self.paint(Role::Dim, &format!("{}=", escape(name)));
        name + &self.marked(Role::Plain, &escape(value), highlight)
    }

    fn field(
        &mut self,
        name: &str,
        value: &str,
        highlight: Highlighter<'_>,
    ) -> std::io::Result<()> {
        let name = self.paint(Role::Dim, &format!("{}:", escape(name)));
        // Text of several lines, such as a stack, keeps them.
        let mut lines = value.lines();
        let first = self.marked(
            Role::Plain,
            &escape(lines.next().unwrap_or_default()),
            highlight,
        );
        self.line(format!("  {name} {first}"))?;
        for line in lines {
            let line = self.marked(Role::Plain, &escape(line), highlight);
            self.line(format!("      {line}"))?;
        }
        Ok(())
    }

    fn value(
        &mut self,
        name: &str,
        value: &Value,
        highlight: Highlighter<'_>,
    ) -> std::io::Result<()> {
        match value {
            Value::String(text) => self.field(name, text, highlight),
            Value::Object(_) | Value::Array(_) => {
                let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
                self.field(name, &pretty, highlight)
            }
            plain => self.field(name, &plain.to_string(), highlight),
        }
    }

    /// Text in its role, with the matched parts standing out. The text must be escaped already.
    fn marked(&self, role: Role<'_>, text: &str, highlight: Highlighter<'_>) -> String {
        if !self.color() {
            return text.to_owned();
        }
        let mut shown = String::with_capacity(text.len() + 16);
        let mut done = 0;
        for range in highlight(text) {
            shown += &self.paint(role, &text[done..range.start]);
            shown += &self.paint(Role::Match, &text[range.clone()]);
            done = range.end;
        }
        shown + &self.paint(role, &text[done..])
    }
}

/// What a line tells after the type, in the order of interest: the job, the data, who else was
/// involved. The trace is cut to what tells it apart; a stack is for `--full`.
fn compact(event: &Event) -> Vec<(String, String)> {
    let id = |id: Id| {
        event.id(id).map(|value| match id {
            Id::Trace => (id.noun().to_owned(), shorten(value, 8)),
            _ => (id.noun().to_owned(), value.to_owned()),
        })
    };
    let others = [Id::Worker, Id::Machine, Id::User, Id::Request, Id::Trace];
    let fields = details(event);
    let fields = fields.into_iter().filter(|(name, _)| name != "stack");
    let fields = fields.map(|(name, value)| (name, quoted(value)));
    let job = id(Id::Job).into_iter();
    job.chain(fields)
        .chain(others.into_iter().filter_map(id))
        .collect()
}

/// Text with spaces stands in quotes, so that one sees where it ends.
fn quoted(text: String) -> String {
    match text.contains(char::is_whitespace) {
        true => format!("\"{}\"", shorten(&text, COMPACT_VALUE)),
        false => text,
    }
}

/// The fields of an event beside its ids, as name and text, the most telling first. Ids that
/// `data` repeats are left out.
pub fn details(event: &Event) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = match &event.data {
        Data::Empty => Vec::new(),
        Data::Text(text) => vec![("data".to_owned(), text.clone())],
        Data::Object { map, .. } => map
            .iter()
            .filter(|(name, value)| !repeats_an_id(event, name, value))
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
    };
    let rank = |name: &str| TELLING.iter().position(|telling| *telling == name);
    fields.sort_by_key(|(name, _)| rank(name).unwrap_or(TELLING.len()));
    fields.extend(event.extra.iter().cloned());
    fields
}

fn repeats_an_id(event: &Event, name: &str, value: &Value) -> bool {
    Id::ALL.into_iter().any(|id| {
        (name == id.wire_name() || name == id.snake_name())
            && event.id(id) == Some(plain(value).as_str())
    })
}

/// A value as a person writes it: text without quotes where that is clear.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn shorten(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
