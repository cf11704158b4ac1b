//! A health report as text: a line a check, grouped by subject, with a hint where there is one.

use std::io;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Role, Screen, escape};
use crate::event::Level;
use crate::query::health::{Check, Report, Verdict};

/// Narrower than this, lines are left to the terminal to wrap.
const NARROWEST: usize = 40;

/// Draws a report.
///
/// # Errors
/// When standard output is closed or full.
pub fn draw(report: &Report, screen: &mut Screen) -> io::Result<()> {
    draw_in_words(report, ["healthy", "unhealthy"], screen)
}

/// Draws a report that ends with one of two words: for all is well, and for something fails.
///
/// # Errors
/// When standard output is closed or full.
pub fn draw_in_words(report: &Report, words: [&str; 2], screen: &mut Screen) -> io::Result<()> {
    let names = report
        .checks
        .iter()
        .map(|check| check.name.width())
        .max()
        .unwrap_or(0);
    let mut subject = None;
    for check in &report.checks {
        if subject != Some(&check.subject) {
            if subject.is_some() {
                screen.line("")?;
            }
            subject = Some(&check.subject);
            let heading = screen.paint(Role::Heading, &escape(&check.subject));
            screen.line(heading)?;
        }
        draw_check(check, names, screen)?;
    }
    screen.line("")?;
    screen.line(summary(report, words, screen))
}

/// Draws the checks alone.
///
/// # Errors
/// When standard output is closed or full.
pub fn draw_checks(report: &Report, screen: &mut Screen) -> io::Result<()> {
    let names = report.checks.iter().map(|check| check.name.width());
    let names = names.max().unwrap_or(0);
    let mut checks = report.checks.iter();
    checks.try_for_each(|check| draw_check(check, names, screen))
}

fn draw_check(check: &Check, names: usize, screen: &mut Screen) -> io::Result<()> {
    let (sign, role) = mark(check.verdict, screen);
    let signs = if screen.unicode() { 1 } else { 4 };
    let indent = 2 + signs + 1 + names + 2;
    let width = screen.width().max(NARROWEST).saturating_sub(indent);
    let sign = screen.paint(role, &format!("{sign:<signs$}"));
    let name = screen.paint(Role::Dim, &format!("{:<names$}", check.name));
    let mut head = format!("  {sign} {name}  ");
    let next = " ".repeat(indent);
    for line in wrap(&escape(&check.message), width) {
        let text = match check.verdict {
            Verdict::Ok => line,
            Verdict::Warn | Verdict::Fail => screen.paint(Role::Strong, &line),
        };
        screen.line(format!("{head}{text}"))?;
        head.clone_from(&next);
    }
    if let Some(hint) = &check.hint {
        let arrow = if screen.unicode() { "→ " } else { "> " };
        let mut head = format!("{next}{}", screen.paint(Role::Dim, arrow));
        for line in wrap(&escape(hint), width.saturating_sub(2)) {
            screen.line(format!("{head}{line}"))?;
            head = format!("{next}  ");
        }
    }
    Ok(())
}

fn mark(verdict: Verdict, screen: &Screen) -> (&'static str, Role<'static>) {
    let (drawn, plain, role) = match verdict {
        Verdict::Ok => ("✓", "ok", Role::Good),
        Verdict::Warn => ("!", "warn", Role::Doubt),
        Verdict::Fail => ("✗", "FAIL", Role::Bad),
    };
    (if screen.unicode() { drawn } else { plain }, role)
}

/// The last line: the verdict, and how many checks stand behind it.
fn summary(report: &Report, words: [&str; 2], screen: &Screen) -> String {
    let number = |verdict, noun: &str| {
        let count = report.count(verdict);
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {noun}{plural}"))
    };
    let parts = [
        number(Verdict::Fail, "failure"),
        number(Verdict::Warn, "warning"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let (word, role) = match report.verdict {
        Verdict::Ok => (words[0], Role::Good),
        Verdict::Warn => (words[0], Role::Level(Level::Warn)),
        Verdict::Fail => (words[1], Role::Bad),
    };
    let word = screen.paint(role, word);
    if parts.is_empty() {
        word
    } else {
        format!("{word}: {}", parts.join(", "))
    }
}

/// Breaks text between words into lines of at most `width` columns; a word that is longer is cut.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let needed = word.width();
        if used > 0 && used + 1 + needed > width {
            lines.push(String::new());
            used = 0;
        }
        if used > 0 {
            push(&mut lines, ' ');
            used += 1;
        }
        for char in word.chars() {
            let columns = char.width().unwrap_or(0);
            if used + columns > width {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, char);
            used += columns;
        }
    }
    lines
}

fn push(lines: &mut [String], char: char) {
    if let Some(line) = lines.last_mut() {
        line.push(char);
    }
}

#[cfg(test)]
mod tests;
