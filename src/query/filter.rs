//! A query that was read: what it lets through, what it needs, what it highlights.

use std::fmt;
use std::ops::Range;

use super::error::Error;
use super::expr::Expr;
use super::field::Field;
use super::lexer;
use super::term::{Op, Term};
use super::{highlight, literals, parser};
use crate::event::{Event, Id, Literal};
use crate::time::Clock;

/// A test of events, made from a query, from the value of an option, or from other filters.
///
/// Its `Display` is a query that means the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    expr: Expr,
}

impl Filter {
    /// Reads a query, as the language is set down in [`super`]. An empty one lets everything
    /// through.
    ///
    /// # Errors
    /// When the text is no query; the error knows the place.
    pub fn parse(query: &str, clock: &Clock) -> Result<Self, Error> {
        match parser::parse(query, clock) {
            Ok(expr) => Ok(Self { expr }),
            Err(fault) => Err(fault.of("the query", query)),
        }
    }

    /// Lets everything through.
    pub fn everything() -> Self {
        Self {
            expr: Expr::everything(),
        }
    }

    /// What `field:pattern` means in a query, for the value of an option. `*` and `?` are
    /// wildcards unless a backslash stands before them; quotes and spaces are plain characters.
    ///
    /// # Errors
    /// When the pattern is empty, or no value of this field.
    pub fn field(field: Field, pattern: &str) -> Result<Self, Error> {
        let subject = || format!("the value of {field}");
        if pattern.is_empty() {
            return Err(super::error::Fault::new(0, "expected a value").of(subject(), pattern));
        }
        match Term::new(field.clone(), Op::Is, &lexer::pattern(pattern), None) {
            Ok(term) => Ok(Self {
                expr: Expr::Term(term),
            }),
            Err(fault) => Err(fault.of(subject(), pattern)),
        }
    }

    /// Lets through what all of them let through; everything if there are none.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        Self {
            expr: Expr::all(filters.into_iter().map(|filter| filter.expr).collect()),
        }
    }

    /// Lets through what one of them lets through; nothing if there are none.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        Self {
            expr: Expr::any(filters.into_iter().map(|filter| filter.expr).collect()),
        }
    }

    /// Whether it lets everything through.
    pub fn is_everything(&self) -> bool {
        self.expr == Expr::everything()
    }

    /// Whether an event passes.
    pub fn matches(&self, event: &Event) -> bool {
        self.expr.matches(event)
    }

    /// What it says of every event of this type: that they pass, that none does, or `None` where
    /// it depends on more. Who watches many events asks this once a type.
    pub(crate) fn of_type(&self, event_type: &str) -> Option<bool> {
        let event = Event {
            event_type: event_type.to_owned(),
            ..Event::default()
        };
        self.expr.of_type(&event)
    }

    /// Pieces of text that occur in the raw form of every event that passes, the longest first.
    /// There may be none.
    pub fn literals(&self) -> Vec<Literal> {
        literals::of(&self.expr)
    }

    /// Ids that every event that passes has exactly so, with their kinds; `None` stands for any of
    /// [`Id::SUBJECTS`].
    pub fn exact_ids(&self) -> Vec<(Option<Id>, String)> {
        let parts = match &self.expr {
            Expr::All(parts) => parts.as_slice(),
            part => std::slice::from_ref(part),
        };
        let exact = |part: &Expr| match part {
            Expr::Term(term) => term.exact_id(),
            _ => None,
        };
        parts.iter().filter_map(exact).collect()
    }

    /// The byte ranges of a shown text that words and values of the query match: sorted, apart
    /// from each other, and never within a character. What is excluded is not among them.
    pub fn highlights(&self, text: &str) -> Vec<Range<usize>> {
        highlight::of(&self.expr, text)
    }

    /// What is probably a slip, to be shown where nothing was found: names of fields, and parts of trace
    /// ids in the place of whole ones.
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        self.expr.each(true, &mut |part, _| {
            let Expr::Term(term) = part else { return };
            let name = &term.field;
            let slip = || {
                let meant = name.meant()?;
                Some(format!(
                    "`{name}` was searched as data.{name}; did you mean `{meant}`?"
                ))
            };
            let doubt = slip().or_else(|| part_of_trace(term));
            if let Some(doubt) = doubt.filter(|doubt| !doubts.contains(doubt)) {
                doubts.push(doubt);
            }
        });
        doubts
    }
}

/// What to ask for in the place of a trace id that cannot be whole.
fn part_of_trace(term: &Term) -> Option<String> {
    let (Some(Id::Trace), id) = term.exact_id()? else {
        return None;
    };
    let part = id.trim_end_matches(['…', '.']);
    let is_part =
        !part.is_empty() && part.len() < 32 && part.bytes().all(|b| b.is_ascii_hexdigit());
    is_part.then(|| {
        format!("a trace id has 32 digits; `trace:{part}*` finds those that begin with `{part}`")
    })
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}
