//! What `emp correlate` prints: the verdict first, then what it rests on.

mod beside;
mod case;
mod findings;
mod races;

use std::io;

use super::cells::wrap;
use super::{Role, Screen, escape};
use crate::quantity;

/// Lines that a paragraph may take.
const MOST_LINES: usize = 8;

/// Event text on as many lines as it needs, each after `indent` spaces; the first after `mark`.
fn paragraph(
    screen: &mut Screen,
    role: Role<'_>,
    mark: &str,
    indent: usize,
    text: &str,
) -> io::Result<()> {
    let ellipsis = if screen.unicode() { "…" } else { "..." };
    let room = screen.width().saturating_sub(indent).max(20);
    for (number, line) in wrap(&escape(text), room, MOST_LINES, ellipsis)
        .iter()
        .enumerate()
    {
        let lead = if number == 0 { mark } else { "" };
        let line = screen.paint(role, line);
        screen.line(format!("{lead:<indent$}{line}"))?;
    }
    Ok(())
}

/// The head of a section.
fn head(screen: &mut Screen, text: &str) -> io::Result<()> {
    screen.line("")?;
    paragraph(screen, Role::Strong, "", 0, text)
}

/// A length with its sign.
fn signed(ms: i64) -> String {
    let sign = if ms > 0 { "+" } else { "" };
    format!("{sign}{}", quantity::duration(ms))
}

/// A share as a whole number of per cent; what is there at all is not 0 %.
fn percent(share: f64) -> String {
    match share * 100.0 {
        none if none <= 0.0 => "0 %".to_owned(),
        little if little < 1.0 => "< 1 %".to_owned(),
        some => format!("{some:.0} %"),
    }
}
