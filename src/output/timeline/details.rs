//! The telling part of an event on what is left of its line.

use serde_json::Value;

use super::glyphs::Glyphs;
use crate::event::{Data, Event, Id, Level};
use crate::output::{cells, escape};
use crate::query::timeline::{Mark, Row, Timeline, message, names_job_type};

/// One piece of the details. Ids and other single words are shown whole or not at all.
pub(super) struct Piece {
    text: String,
    may_be_cut: bool,
    is_note: bool,
}

impl Piece {
    fn whole(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            may_be_cut: false,
            is_note: false,
        }
    }

    fn words(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            may_be_cut: true,
            is_note: false,
        }
    }

    fn note(text: impl Into<String>) -> Self {
        Self {
            is_note: true,
            ..Self::whole(text)
        }
    }
}

/// Most pieces made of one event, and most characters of one value; nobody reads more on a line.
const PIECES: usize = 40;
const CHARS: usize = 400;

/// What tells most comes first: what the row is, what went wrong, what moved, how long it took.
pub(super) fn pieces(row: &Row, timeline: &Timeline, glyphs: &Glyphs) -> Vec<Piece> {
    let shown = |text: &str| shown(text, glyphs);
    let event = &row.event;
    let mut pieces = notes(row);
    let said = message(event);
    if let Some((_, text)) = said {
        pieces.push(Piece::words(shown(text)));
    }
    let mut values = Vec::new();
    match &event.data {
        Data::Empty => {}
        Data::Text(text) => pieces.push(Piece::words(shown(text))),
        Data::Object(map) => {
            for (key, value) in map {
                flatten(key, value, &mut values);
                if values.len() >= 4 * PIECES {
                    break;
                }
            }
        }
    }
    values.retain(|(path, value)| {
        let is_said = said.is_some_and(|(said, _)| said == path);
        let is_type = names_job_type(event, path) && value.as_str() == timeline.job_type.as_deref();
        !is_said && !is_type && !path.ends_with("stack") && !repeats_id(event, path, value)
    });
    values.sort_by_key(|(path, _)| rank(path));
    pieces.extend(
        values
            .iter()
            .map(|(path, value)| key_value(path, value, glyphs)),
    );
    let ids = differing_ids(event, timeline);
    pieces.extend(ids.map(|(id, value)| Piece::whole(format!("{}={}", id.noun(), shown(value)))));
    for (name, value) in &event.extra {
        pieces.push(key_value(name, &Value::from(value.as_str()), glyphs));
    }
    pieces.truncate(PIECES);
    pieces
}

/// Words for what is special about a row and for levels that no mark shows.
fn notes(row: &Row) -> Vec<Piece> {
    let mut notes = Vec::new();
    for mark in row.marks.iter() {
        let note = match mark {
            Mark::NewAttempt => format!("[attempt {}]", row.attempt),
            Mark::Retried => "[tried again]".to_owned(),
            Mark::Repeat => "[again]".to_owned(),
            Mark::AfterEnd => "[after end]".to_owned(),
            Mark::Failure | Mark::End => continue,
        };
        notes.push(Piece::note(note));
    }
    if let level @ (Level::Debug | Level::Warn) = row.event.level() {
        notes.push(Piece::note(format!("[{level}]")));
    }
    notes
}

/// Fields of objects as dotted paths, two levels deep; what lies deeper stays JSON.
fn flatten(path: &str, value: &Value, values: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(inner) if !inner.is_empty() && path.matches('.').count() < 2 => {
            for (key, value) in inner.iter().take(PIECES) {
                flatten(&format!("{path}.{key}"), value, values);
            }
        }
        Value::Null => {}
        value => values.push((path.to_owned(), value.clone())),
    }
}

/// Whether a field only says again what an id of the event says.
fn repeats_id(event: &Event, path: &str, value: &Value) -> bool {
    let Some(id) = Id::ALL
        .into_iter()
        .find(|id| [id.wire_name(), id.snake_name()].contains(&path))
    else {
        return false;
    };
    match value {
        Value::String(text) => event.id(id) == Some(text),
        other => event.id(id) == Some(&other.to_string()),
    }
}

/// Ids that differ between rows; one that all share stands in the head.
fn differing_ids<'a>(event: &'a Event, timeline: &Timeline) -> impl Iterator<Item = (Id, &'a str)> {
    let kinds = [
        (Id::Job, timeline.jobs.len()),
        (Id::Worker, timeline.workers.len()),
        (Id::Machine, timeline.machines.len()),
        (Id::User, timeline.users.len()),
        (Id::Request, timeline.requests.len()),
        (Id::Trace, timeline.traces.len()),
    ];
    let subject = timeline.subject.kind;
    kinds
        .into_iter()
        .filter(move |(id, count)| *count > 1 && *id != subject)
        .filter_map(|(id, _)| event.id(id).map(|value| (id, value)))
}

/// The lower, the sooner it is shown.
fn rank(path: &str) -> usize {
    const TELLING: [&str; 16] = [
        "name",
        "code",
        "statusCode",
        "status",
        "reason",
        "progress",
        "step",
        "jobType",
        "job_type",
        "type",
        "attempt",
        "attempts",
        "queueName",
        "queue",
        "functionName",
        "url",
    ];
    let last = path.rsplit('.').next().unwrap_or(path);
    let is_time = || {
        let lower = last.to_ascii_lowercase();
        last.ends_with("Ms") || last.ends_with("_ms") || lower.contains("duration")
    };
    match TELLING.iter().position(|name| *name == last) {
        Some(place) => place,
        None if is_time() => TELLING.len(),
        None => TELLING.len() + 1,
    }
}

fn key_value(key: &str, value: &Value, glyphs: &Glyphs) -> Piece {
    let shown = |text: &str| shown(text, glyphs);
    let key = shown(key);
    match value {
        Value::String(text) if needs_quotes(text) => {
            let text = shown(&text.replace('"', "\\\""));
            Piece::words(format!("{key}=\"{text}\""))
        }
        Value::String(text) => Piece::whole(format!("{key}={}", shown(text))),
        Value::Array(_) | Value::Object(_) => {
            Piece::words(format!("{key}={}", shown(&value.to_string())))
        }
        other => Piece::whole(format!("{key}={other}")),
    }
}

fn needs_quotes(text: &str) -> bool {
    text.is_empty() || text.contains(|char: char| char.is_whitespace() || char == '"')
}

/// The start of a text, safe to print.
fn shown(text: &str, glyphs: &Glyphs) -> String {
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => escape(text[..end].trim()).into_owned() + glyphs.ellipsis,
        None => escape(text.trim()).into_owned(),
    }
}

/// Whether the first `shown` pieces leave out everything that the event itself says.
pub(super) fn says_nothing(pieces: &[Piece], shown: usize) -> bool {
    shown < pieces.len() && pieces.iter().take(shown).all(|piece| piece.is_note)
}

/// All pieces on one line.
pub(super) fn line(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| piece.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The first pieces, as many as fit into `room`, and how many they are. Where one is left out or
/// cut, an ellipsis says so.
pub(super) fn fit(pieces: &[Piece], room: usize, glyphs: &Glyphs) -> (String, usize) {
    let ellipsis = glyphs.ellipsis;
    let mut fitted = String::new();
    let mut used = 0;
    for (place, piece) in pieces.iter().enumerate() {
        let space = usize::from(place > 0);
        let left = room.saturating_sub(used + space);
        let is_last = place + 1 == pieces.len();
        let needed = cells::width(&piece.text);
        let reserve = if is_last {
            0
        } else {
            1 + cells::width(ellipsis)
        };
        if needed + reserve <= left {
            fitted.push_str(&" ".repeat(space));
            fitted.push_str(&piece.text);
            used += space + needed;
        } else if piece.may_be_cut && left >= MIN_CUT {
            fitted.push_str(&" ".repeat(space));
            fitted.push_str(&cells::cut(
                &format!("{}{ellipsis}", piece.text),
                left,
                ellipsis,
            ));
            return (fitted, place + 1);
        } else {
            if space + cells::width(ellipsis) + used <= room {
                fitted.push_str(&" ".repeat(space));
                fitted.push_str(ellipsis);
            }
            return (fitted, place);
        }
    }
    (fitted, pieces.len())
}

/// Words cut shorter than this say nothing.
const MIN_CUT: usize = 10;

/// Every field of an event on lines of their own; line breaks in text are kept. Ids that all rows
/// share stand in the head.
pub(super) fn full(event: &Event, timeline: &Timeline) -> Vec<String> {
    let mut lines = Vec::new();
    match &event.data {
        Data::Empty => {}
        Data::Text(text) => field("data", text, &mut lines),
        Data::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) => field(key, text, &mut lines),
                    other => field(key, &other.to_string(), &mut lines),
                }
            }
        }
    }
    for (id, value) in differing_ids(event, timeline) {
        if event.data.get(id.wire_name()).is_none() {
            field(id.wire_name(), value, &mut lines);
        }
    }
    for (name, value) in &event.extra {
        field(name, value, &mut lines);
    }
    lines
}

fn field(name: &str, text: &str, lines: &mut Vec<String>) {
    let mut parts = text
        .trim_end()
        .split('\n')
        .map(|part| part.trim_end_matches('\r'));
    let first = parts.next().unwrap_or_default();
    lines.push(format!("{} = {}", escape(name), escape(first)));
    lines.extend(parts.map(|part| format!("    {}", escape(part.trim_start()))));
}
