//! One `field:value` of a query: what it asks, and whether a value passes.

use std::cmp::Ordering;
use std::fmt;

use regex::{Regex, RegexBuilder};
use serde_json::Value as Json;

use super::error::Fault;
use super::field::{Field, Seen};
use super::lexer::Raw;
use super::number::{self, Number, UnknownUnit};
use crate::event::{Event, Id, Level, Millis};
use crate::glob::{Glob, always_quoted, quoted};
use crate::time::Clock;

/// The most memory that one compiled regular expression may take, in bytes.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// How a term compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Is,
    Matches,
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Op {
    fn as_str(self) -> &'static str {
        match self {
            Self::Is => ":",
            Self::Matches => ":~",
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Lt => "<",
            Self::Le => "<=",
        }
    }

    /// Whether a value that stands so to the wanted one passes. `!=` is no test of a value: it is
    /// true where no value is equal.
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Is | Self::Matches | Self::Eq | Self::Ne => order.is_eq(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A field and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) field: Field,
    pub(super) test: Test,
}

/// What is asked of a field.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// There is a value.
    Present,
    /// A value fits the pattern, or is the number that it spells.
    Is(Glob, Option<Number>),
    /// A part of a value fits.
    Matches(Regex),
    /// A value compares so.
    Compare(Op, Operand),
}

impl PartialEq for Test {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Present, Self::Present) => true,
            (Self::Is(a, _), Self::Is(b, _)) => a == b,
            (Self::Matches(a), Self::Matches(b)) => a.as_str() == b.as_str(),
            (Self::Compare(op, a), Self::Compare(other_op, b)) => op == other_op && a == b,
            _ => false,
        }
    }
}

/// What values are compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operand {
    pub(super) text: String,
    quoted: bool,
    pub(super) meaning: Meaning,
}

/// How a compared text is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Text,
    Number(Number),
    Level(Level),
    Time(Millis),
}

impl Term {
    /// Judges what was written. Without a clock, times must be absolute.
    pub(super) fn new(
        field: Field,
        op: Op,
        raw: &Raw,
        clock: Option<&Clock>,
    ) -> Result<Self, Fault> {
        let test = match op {
            Op::Matches => Test::Matches(regex(raw)?),
            Op::Is => pattern(&field, raw, clock)?,
            op => Test::Compare(op, operand(&field, op, raw, clock)?),
        };
        Ok(Self { field, test })
    }

    pub(super) fn matches(&self, event: &Event) -> bool {
        let passes = self.field.any(event, |seen| self.test.passes(seen));
        passes != matches!(self.test, Test::Compare(Op::Ne, _))
    }

    /// The one id that passes, where there is only one; its kind is `None` for any of
    /// [`Id::SUBJECTS`].
    pub(super) fn exact_id(&self) -> Option<(Option<Id>, String)> {
        let kind = match self.field {
            Field::Id(id) => Some(id),
            Field::AnyId => None,
            _ => return None,
        };
        match &self.test {
            Test::Is(glob, _) => Some((kind, glob.text()?)),
            Test::Compare(Op::Eq, operand) => Some((kind, operand.text.clone())),
            _ => None,
        }
    }
}

fn pattern(field: &Field, raw: &Raw, clock: Option<&Clock>) -> Result<Test, Fault> {
    let glob = Glob::new(raw.slots.clone(), *field == Field::Level);
    if glob.is_everything() {
        return Ok(Test::Present);
    }
    let Some(text) = glob.text() else {
        if *field == Field::Timestamp {
            return Err(Fault::new(raw.at, "expected a time without wildcards")
                .tip("write timestamp>=10:30 timestamp<11:00"));
        }
        return Ok(Test::Is(glob, None));
    };
    match field {
        Field::Timestamp | Field::Level | Field::Version => {
            operand(field, Op::Eq, raw, clock).map(|operand| Test::Compare(Op::Eq, operand))
        }
        Field::Path(_) | Field::Named(_) => Ok(Test::Is(glob, Number::parse(&text))),
        _ => Ok(Test::Is(glob, None)),
    }
}

fn regex(raw: &Raw) -> Result<Regex, Fault> {
    RegexBuilder::new(&raw.text())
        .size_limit(MAX_REGEX_BYTES)
        .dfa_size_limit(MAX_REGEX_BYTES)
        .nest_limit(100)
        .build()
        .map_err(|error| {
            let reason = match &error {
                regex::Error::CompiledTooBig(_) => "it matches too many texts".to_owned(),
                // The last of several lines names the reason, the others draw the place.
                error => {
                    let text = error.to_string();
                    let last = text.lines().last().unwrap_or_default();
                    last.trim_start_matches("error: ").to_owned()
                }
            };
            Fault::new(raw.at, format!("expected a regular expression ({reason})"))
                .tip("quote it if it holds spaces or parentheses; `:` takes * and ? instead")
        })
}

fn operand(field: &Field, op: Op, raw: &Raw, clock: Option<&Clock>) -> Result<Operand, Fault> {
    let text = raw.text();
    let meaning = match field {
        Field::Level => Meaning::Level(level(&text, raw.at)?),
        Field::Timestamp => Meaning::Time(instant(&text, raw.at, clock)?),
        Field::Version => Meaning::Number(
            Number::parse(&text).ok_or_else(|| Fault::new(raw.at, "expected a number"))?,
        ),
        Field::Path(_) | Field::Named(_) if !raw.quoted => {
            match number::quantity(&text, &field.name()) {
                Ok(Some(number)) => Meaning::Number(number),
                Ok(None) => Meaning::Text,
                // `data.commit=12ab34` compares text.
                Err(_) if matches!(op, Op::Eq | Op::Ne) => Meaning::Text,
                Err(UnknownUnit(unit)) => {
                    return Err(Fault::new(raw.at, format!("expected a number with a unit, not `{unit}`"))
                        .tip("units are ns us ms s m h d w for durations, B KB MB GB KiB MiB GiB for sizes")
                        .tip("quote the value to compare text"));
                }
            }
        }
        _ => Meaning::Text,
    };
    Ok(Operand {
        text,
        quoted: raw.quoted,
        meaning,
    })
}

fn level(text: &str, at: usize) -> Result<Level, Fault> {
    Level::parse(text).ok_or_else(|| {
        Fault::new(at, "expected a level")
            .tip("levels are debug, info, warn and error, in rising order")
    })
}

fn instant(text: &str, at: usize, clock: Option<&Clock>) -> Result<Millis, Fault> {
    match clock {
        Some(clock) => clock.instant(text).map_err(|error| {
            let fault = Fault::new(at, "expected a time");
            error.hints().into_iter().fold(fault, Fault::tip)
        }),
        None => Millis::parse(text).ok_or_else(|| Fault::new(at, "expected RFC 3339")),
    }
}

impl Test {
    fn passes(&self, seen: Seen<'_>) -> bool {
        match (self, seen) {
            (Self::Present, _) => true,
            (_, Seen::Json(Json::Array(items))) => {
                items.iter().any(|item| self.passes(Seen::Json(item)))
            }
            (_, Seen::Json(Json::String(text))) => self.passes_single(Seen::Text(text)),
            (_, single) => self.passes_single(single),
        }
    }

    fn passes_single(&self, seen: Seen<'_>) -> bool {
        match self {
            Self::Present => true,
            Self::Is(glob, number) => is(glob, *number, seen),
            Self::Matches(regex) => matches(regex, seen),
            Self::Compare(op, operand) => order(seen, operand).is_some_and(|order| op.holds(order)),
        }
    }
}

fn is(glob: &Glob, wanted: Option<Number>, seen: Seen<'_>) -> bool {
    match seen {
        Seen::Text(text) => glob.matches(text),
        Seen::Json(Json::Number(number)) => match wanted {
            Some(wanted) => Number::of_json(number) == Some(wanted),
            None => glob.is_wild() && glob.matches(&number.to_string()),
        },
        Seen::Json(Json::Bool(value)) => glob.matches(word(*value)),
        Seen::Json(Json::Null) => glob.matches(NULL),
        Seen::Json(Json::String(_) | Json::Object(_) | Json::Array(_)) => false,
        Seen::Level(level) => glob.matches(level.as_str()),
        Seen::Time(time) => glob.matches(&time.to_string()),
        Seen::Version(version) => glob.matches(&version.to_string()),
    }
}

fn matches(regex: &Regex, seen: Seen<'_>) -> bool {
    match seen {
        Seen::Text(text) => regex.is_match(text),
        Seen::Json(value) => regex.is_match(&value.to_string()),
        Seen::Level(level) => regex.is_match(level.as_str()),
        Seen::Time(time) => regex.is_match(&time.to_string()),
        Seen::Version(version) => regex.is_match(&version.to_string()),
    }
}

/// How a value stands to the wanted one; `None` where the two cannot be compared.
fn order(seen: Seen<'_>, operand: &Operand) -> Option<Ordering> {
    match (operand.meaning, seen) {
        (Meaning::Text, Seen::Text(text)) => Some(text.cmp(operand.text.as_str())),
        (Meaning::Text, Seen::Json(Json::Bool(value))) => same(word(*value), &operand.text),
        (Meaning::Text, Seen::Json(Json::Null)) => same(NULL, &operand.text),
        (Meaning::Number(wanted), Seen::Text(text)) => Number::parse(text)?.order(wanted),
        (Meaning::Number(wanted), Seen::Json(value)) => number::in_json(value)?.order(wanted),
        (Meaning::Number(wanted), Seen::Version(version)) => {
            Number::Int(version.into()).order(wanted)
        }
        (Meaning::Level(wanted), Seen::Level(level)) => Some(level.cmp(&wanted)),
        (Meaning::Time(wanted), Seen::Time(time)) => Some(time.cmp(&wanted)),
        _ => None,
    }
}

/// The word for JSON's `null`.
const NULL: &str = "null";

fn word(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Words have no order, they only are the same or not.
fn same(word: &str, text: &str) -> Option<Ordering> {
    (word == text).then_some(Ordering::Equal)
}

/// As it is written in a query.
impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.field.name();
        let plain = name.starts_with(|char: char| char.is_alphabetic() || char == '_');
        if plain {
            quoted(&name, f)?;
        } else {
            always_quoted(&name, f)?;
        }
        match &self.test {
            Test::Present => f.write_str(":*"),
            Test::Is(glob, _) => write!(f, ":{glob}"),
            Test::Matches(regex) => {
                f.write_str(":~\"")?;
                f.write_str(&protect_quotes(regex.as_str()))?;
                f.write_str("\"")
            }
            Test::Compare(op, operand) => {
                write!(f, "{op}")?;
                if operand.quoted {
                    always_quoted(&operand.text, f)
                } else {
                    f.write_str(&operand.text)
                }
            }
        }
    }
}

/// The source of a regular expression with a backslash before each quote that has none.
fn protect_quotes(regex: &str) -> String {
    let mut text = String::with_capacity(regex.len() + 2);
    let mut chars = regex.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                text.push(char);
                text.extend(chars.next());
            }
            '"' => text.push_str("\\\""),
            char => text.push(char),
        }
    }
    text
}
