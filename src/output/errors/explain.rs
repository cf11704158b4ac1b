//! Why two failures are one kind, or are not.

use std::io;

use super::{ids, seconds, short};
use crate::output::{Role, Screen, cells, escape};
use crate::query::errors::{Explanation, Side};

/// Pieces of a message that are shown.
const PIECES: usize = 8;

/// Draws it.
///
/// # Errors
/// When standard output is closed or full.
pub(crate) fn draw(explanation: &Explanation, screen: &mut Screen) -> io::Result<()> {
    let (word, role) = match explanation.is_one_kind {
        true => ("one kind", Role::Good),
        false => ("two kinds", Role::Doubt),
    };
    screen.line(format!("{}, for:", screen.paint(role, word)))?;
    for reason in &explanation.reasons {
        for (number, line) in
            cells::wrap(&escape(reason), screen.width().saturating_sub(4), 4, "...")
                .iter()
                .enumerate()
        {
            let sign = if number == 0 { "-" } else { " " };
            screen.line(format!("  {sign} {line}"))?;
        }
    }
    side(&explanation.one, screen)?;
    side(&explanation.other, screen)
}

fn side(side: &Side, screen: &mut Screen) -> io::Result<()> {
    let failure = &side.failure;
    let head = format!("{} {}", seconds(failure.at, screen), short(&side.id));
    screen.line(format!(
        "{} {} {}",
        screen.paint(Role::Strong, &head),
        escape(&side.name),
        screen.paint(
            Role::Dim,
            &ids(failure).first().cloned().unwrap_or_default()
        ),
    ))?;
    let lines = |text: &str, screen: &Screen| {
        cells::wrap(&escape(text), screen.width().saturating_sub(11), 3, "...")
    };
    let field = |name: &str, text: &str, screen: &mut Screen| -> io::Result<()> {
        let mut head = format!("  {name:<8}");
        for line in lines(text, screen) {
            screen.line(format!("{} {line}", screen.paint(Role::Dim, &head)))?;
            head = " ".repeat(10);
        }
        Ok(())
    };
    if side.is_explicit {
        return field("named", &side.fingerprint, screen);
    }
    if let Some(message) = &side.message {
        field("says", message, screen)?;
        field("as", &side.masked, screen)?;
    }
    let masks = side.masks.iter().take(PIECES);
    let masks = masks.map(|piece| format!("{} is {}", piece.text, piece.mask));
    let masks: Vec<_> = masks.collect();
    if !masks.is_empty() {
        field("masked", &masks.join(", "), screen)?;
    }
    match side.frames.as_slice() {
        [] => field("frames", "none", screen),
        frames => field("frames", &frames.join(", "), screen),
    }
}
