//! Which pieces of text every matching event must hold in its raw form.
//!
//! Soundness comes first: a piece that a matching event could lack would hide that event. What
//! is decoded, converted or defaulted on the way from the raw form to the event gives no piece.

use super::expr::Expr;
use super::field::Field;
use super::number;
use super::term::{Meaning, Op, Term, Test};
use crate::event::Literal;
use crate::glob::Glob;

/// The pieces of an expression, the longest first, which is the most telling.
pub(super) fn of(expr: &Expr) -> Vec<Literal> {
    let mut literals = Vec::new();
    collect(expr, &mut literals);
    literals.sort_by_key(|literal| std::cmp::Reverse(literal.as_bytes().len()));
    literals
}

fn collect(expr: &Expr, literals: &mut Vec<Literal>) {
    match expr {
        Expr::All(parts) => parts.iter().for_each(|part| collect(part, literals)),
        // Any part may be the true one, and what is excluded need not be there.
        Expr::Any(_) | Expr::Not(_) => {}
        Expr::Word(glob) => literals.extend(word(glob)),
        Expr::Term(term) => {
            literals.extend(key(term));
            literals.extend(value(term));
        }
    }
}

/// Of a word: the longest run that lies within one JSON token. Line breaks between tokens are
/// dropped when an event is decoded, so a run across tokens need not be in the raw form. Letters
/// outside ASCII have other bytes in the other case.
fn word(glob: &Glob) -> Option<Literal> {
    let breaks = |char: char| {
        !char.is_ascii() || matches!(char, '\\' | '{' | '}' | '[' | ']' | ',' | ':' | '"')
    };
    let runs = glob.runs();
    let pieces = runs.iter().flat_map(|run| run.split(breaks)).map(str::trim);
    Literal::new(longest(pieces)?, true)
}

/// Of a path into `data`: its longest key. A part that is a number may count array items.
fn key(term: &Term) -> Option<Literal> {
    match (&term.field, &term.test) {
        (_, Test::Compare(Op::Ne, _)) => None,
        (Field::Path(path), _) => {
            let keys = path.split('.').filter(|key| key.parse::<usize>().is_err());
            Literal::new(longest(keys)?, false)
        }
        _ => None,
    }
}

/// Of a value: its longest run. Streams and entry ids are no part of an entry's fields; `data` as
/// a whole may lose line breaks; levels, times and versions have several spellings and defaults.
fn value(term: &Term) -> Option<Literal> {
    let free = match term.field {
        Field::Service | Field::EventType | Field::Id(_) | Field::AnyId | Field::EventId => false,
        Field::Path(_) | Field::Named(_) => true,
        _ => return None,
    };
    let runs = match &term.test {
        // The same JSON number has several spellings.
        Test::Is(_, Some(_)) => return None,
        Test::Is(glob, None) => glob.runs(),
        Test::Compare(Op::Eq, operand) if operand.meaning == Meaning::Text => {
            // Text is never compared with a number, so its digits are there as they are.
            return Literal::new(longest(operand.text.split('\\'))?, false);
        }
        _ => return None,
    };
    let numeric = |run: &String| run.bytes().all(number::is_part);
    if free && matches!(&term.test, Test::Is(glob, _) if glob.is_wild()) && runs.iter().all(numeric)
    {
        return None;
    }
    Literal::new(longest(runs.iter().flat_map(|run| run.split('\\')))?, false)
}

fn longest<'a>(pieces: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    pieces.max_by_key(|piece| piece.len())
}
