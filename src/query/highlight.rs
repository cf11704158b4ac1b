//! Which parts of a shown text a query asked for.

use std::ops::Range;

use super::expr::Expr;
use super::field::Field;
use super::number;
use super::term::{Meaning, Op, Term, Test};
use crate::glob::Glob;

/// Values shorter than this occur everywhere by chance.
const MIN_VALUE: usize = 2;
/// The same for values that could be parts of times and counts.
const MIN_NUMBER: usize = 4;

/// Byte ranges of what the words and values of an expression match in a text, sorted and merged.
pub(super) fn of(expr: &Expr, text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    expr.each(true, &mut |part, wanted| match part {
        Expr::Word(glob) if wanted => words(glob, text, &mut ranges),
        Expr::Term(term) if wanted => values(term, text, &mut ranges),
        _ => {}
    });
    merged(ranges)
}

fn words(glob: &Glob, text: &str, ranges: &mut Vec<Range<usize>>) {
    let mut from = 0;
    while let Some(found) = glob.find(text, from) {
        // Of wildcards alone there is nothing to show.
        if found.is_empty() {
            return;
        }
        from = found.end;
        ranges.push(found);
    }
}

fn values(term: &Term, text: &str, ranges: &mut Vec<Range<usize>>) {
    if matches!(term.field, Field::Timestamp | Field::Level | Field::Version) {
        return;
    }
    match &term.test {
        Test::Matches(regex) => {
            let found = regex.find_iter(text).map(|found| found.range());
            ranges.extend(found.filter(|range| !range.is_empty()));
        }
        Test::Is(glob, _) if !glob.is_wild() => {
            ranges.extend(glob.text().iter().flat_map(|value| whole(value, text)));
        }
        Test::Is(glob, _) => {
            let runs = glob.runs();
            if let Some(run) = runs.iter().max_by_key(|run| run.len())
                && is_telling(run)
            {
                ranges.extend(found(run, text));
            }
        }
        Test::Compare(Op::Eq, operand) if operand.meaning == Meaning::Text => {
            ranges.extend(whole(&operand.text, text));
        }
        Test::Present | Test::Compare(..) => {}
    }
}

fn found<'a>(value: &'a str, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(value)
        .map(|(start, value)| start..start + value.len())
}

/// Where a value stands by itself, and not as a part of a longer word.
fn whole<'a>(value: &'a str, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let inner = |char: char| char.is_alphanumeric() || char == '_';
    found(value, text).filter(move |range| {
        is_telling(value)
            && !text[..range.start].ends_with(inner)
            && !text[range.end..].starts_with(inner)
    })
}

fn is_telling(value: &str) -> bool {
    let least = if value.bytes().all(number::is_part) {
        MIN_NUMBER
    } else {
        MIN_VALUE
    };
    value.len() >= least
}

fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}
