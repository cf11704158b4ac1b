//! One event as text: a line, or a block with all of its data.

use std::ops::Range;

use serde_json::Value;

use super::{Role, Screen, cells, escape, escape_json};
use crate::event::{Data, Event, Id, json};

/// Longest value in a compact line, in characters; `--full` shows all of it.
const COMPACT_VALUE: usize = 120;

/// Cells of a compact line on a terminal, made up to whole rows: one row of a narrow terminal
/// would have no room for the message.
const COMPACT_LINE: usize = 160;

/// Fewer cells of a value than this tell nothing.
const LEAST_VALUE: usize = 8;

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
                let line = self.event_line(event, highlight);
                self.line(line)
            }
            Form::Full => {
                let (head, _) = self.event_head(event, highlight);
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
                    Data::Object(map) => {
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

    /// Head and fields, cut to the terminal; the most telling fields stand first. A pipe gets all
    /// of them, for somebody may look for one there.
    fn event_line(&self, event: &Event, highlight: Highlighter<'_>) -> String {
        let (mut line, head) = self.event_head(event, highlight);
        let mut room = match self.is_terminal() {
            true => (self.width() * COMPACT_LINE.div_ceil(self.width())).saturating_sub(head),
            false => usize::MAX,
        };
        let ellipsis = self.ellipsis();
        let mut fields = compact(event, ellipsis).into_iter().peekable();
        while let Some((name, value)) = fields.next() {
            let (name, value) = (escape(&name), escape(&value));
            let before = 1 + cells::width(&name) + 1;
            let after = match fields.peek() {
                Some(_) => 1 + cells::width(ellipsis),
                None => 0,
            };
            let needed = before + cells::width(&value);
            if needed.saturating_add(after) > room {
                let rest = room.saturating_sub(before + cells::width(ellipsis));
                if rest < LEAST_VALUE {
                    line = line + " " + ellipsis;
                } else {
                    let start = cells::start(&value, rest);
                    line += &self.pair(&name, &format!("{start}{ellipsis}"), highlight);
                }
                break;
            }
            line += &self.pair(&name, &value, highlight);
            room -= needed;
        }
        line
    }

    pub(super) fn ellipsis(&self) -> &'static str {
        if self.unicode() { "…" } else { "..." }
    }

    /// Time, `[service]` and type, and how many cells they take.
    fn event_head(&self, event: &Event, highlight: Highlighter<'_>) -> (String, usize) {
        let at = self.day_clock(event.timestamp);
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
        let service = format!("[{service}]");
        let head = format!(
            "{} {} {}",
            self.paint(Role::Dim, &at),
            self.marked(Role::Service(&event.service), &service, highlight),
            self.marked(role, &event_type, highlight),
        );
        let width = [&*at, &service, &event_type].map(cells::width);
        (head, width.iter().sum::<usize>() + 2)
    }

    /// A field after a space; both parts must be escaped already.
    fn pair(&self, name: &str, value: &str, highlight: Highlighter<'_>) -> String {
        let name = self.paint(Role::Dim, &format!("{name}="));
        format!(" {name}{}", self.marked(Role::Plain, value, highlight))
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
fn compact(event: &Event, ellipsis: &str) -> Vec<(String, String)> {
    let id = |id: Id| {
        let longest = if id == Id::Trace { 8 } else { COMPACT_VALUE };
        let value = event.id(id)?;
        Some((id.noun().to_owned(), shorten(value, longest, ellipsis)))
    };
    let others = [Id::Worker, Id::Machine, Id::User, Id::Request, Id::Trace];
    let fields = details(event);
    let fields = fields.into_iter().filter(|(name, _)| name != "stack");
    let fields =
        fields.map(|(name, value)| (name, quoted(shorten(&value, COMPACT_VALUE, ellipsis))));
    let job = id(Id::Job).into_iter();
    job.chain(fields)
        .chain(others.into_iter().filter_map(id))
        .collect()
}

/// Text with spaces stands in quotes, so that one sees where it ends.
fn quoted(text: String) -> String {
    match text.contains(char::is_whitespace) {
        true => format!("\"{text}\""),
        false => text,
    }
}

/// The fields of an event beside its ids, as name and text, the most telling first. Ids that
/// `data` repeats are left out.
pub fn details(event: &Event) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = match &event.data {
        Data::Empty => Vec::new(),
        Data::Text(text) => vec![("data".to_owned(), text.clone())],
        Data::Object(map) => map
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

fn shorten(text: &str, longest: usize, ellipsis: &str) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}{ellipsis}", &text[..at]),
        None => text.to_owned(),
    }
}
