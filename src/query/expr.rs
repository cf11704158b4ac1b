//! The tree of a query.

use std::fmt;

use super::field::Field;
use super::term::Term;
use super::text;
use crate::event::Event;
use crate::glob::Glob;

/// A test of an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// All are true; of none, too. Never holds another `All`, nor exactly one part.
    All(Vec<Expr>),
    /// At least one is true. Never holds another `Any`, and at least two parts.
    Any(Vec<Expr>),
    /// It is false.
    Not(Box<Expr>),
    /// The text occurs somewhere, in any case.
    Word(Glob),
    /// A field has such a value.
    Term(Term),
}

impl Expr {
    /// True for every event.
    pub(super) fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// All of these.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner),
                part => flat.push(part),
            }
        }
        single(flat).unwrap_or_else(Self::All)
    }

    /// One of these; of none, no event.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::Any(inner) => flat.extend(inner),
                part => flat.push(part),
            }
        }
        if flat.is_empty() {
            return Self::Not(Box::new(Self::everything()));
        }
        single(flat).unwrap_or_else(Self::Any)
    }

    pub(super) fn matches(&self, event: &Event) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(event)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(event)),
            Self::Not(inner) => !inner.matches(event),
            Self::Word(glob) => occurs(glob, event),
            Self::Term(term) => term.matches(event),
        }
    }

    /// What it says of every event that has the type of this one; `None` where that depends.
    pub(super) fn of_type(&self, event: &Event) -> Option<bool> {
        let parts = |parts: &[Self], decides: bool| {
            let mut depends = false;
            for part in parts {
                match part.of_type(event) {
                    Some(said) if said == decides => return Some(decides),
                    Some(_) => {}
                    None => depends = true,
                }
            }
            (!depends).then_some(!decides)
        };
        match self {
            Self::All(all) => parts(all, false),
            Self::Any(any) => parts(any, true),
            Self::Not(inner) => inner.of_type(event).map(|said| !said),
            Self::Term(term) if term.field == Field::EventType => Some(term.matches(event)),
            Self::Word(glob) if glob.find(&event.event_type, 0).is_some() => Some(true),
            Self::Term(_) | Self::Word(_) => None,
        }
    }

    /// Every word and term, with whether it is asked for (and not excluded).
    pub(super) fn each<'a>(&'a self, wanted: bool, visit: &mut impl FnMut(&'a Self, bool)) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.each(wanted, visit);
                }
            }
            Self::Not(inner) => inner.each(!wanted, visit),
            Self::Word(_) | Self::Term(_) => visit(self, wanted),
        }
    }
}

/// The only part, or all of them back.
fn single(mut parts: Vec<Expr>) -> Result<Expr, Vec<Expr>> {
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        last => {
            parts.extend(last);
            Err(parts)
        }
    }
}

/// Whether a word occurs in the type, the service, an id, `data` or an unknown field.
fn occurs(word: &Glob, event: &Event) -> bool {
    let within = |text: &str| word.find(text, 0).is_some();
    within(&event.event_type)
        || within(&event.service)
        || event.ids.iter().any(|(_, id)| within(id))
        || event.event_id.as_deref().is_some_and(within)
        || within(&text::of(&event.data))
        || event.extra.iter().any(|(_, value)| within(value))
}

/// As it is written in a query, with as few parentheses as it needs.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) if parts.is_empty() => f.write_str("*"),
            Self::All(parts) => joined(parts, " ", f),
            Self::Any(parts) => joined(parts, " OR ", f),
            Self::Not(inner) => {
                f.write_str("-")?;
                grouped(
                    inner,
                    matches!(&**inner, Self::All(parts) if !parts.is_empty()),
                    f,
                )
            }
            Self::Word(glob) => write!(f, "{glob}"),
            Self::Term(term) => write!(f, "{term}"),
        }
    }
}

fn joined(parts: &[Expr], between: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        grouped(part, false, f)?;
    }
    Ok(())
}

/// `OR` binds weakest, so it needs parentheses within anything else.
fn grouped(expr: &Expr, group: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if group || matches!(expr, Expr::Any(_)) {
        write!(f, "({expr})")
    } else {
        write!(f, "{expr}")
    }
}
