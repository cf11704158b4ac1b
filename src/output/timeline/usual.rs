//! What is unusual about a job beside others of its type.

use std::io;

use super::glyphs::Glyphs;
use super::{event_type, service};
use crate::output::{Role, Screen, cells, escape};
use crate::quantity::{self, count, rounded};
use crate::query::course::{Delay, Expected, Judgement, Key};
use crate::query::timeline::{Row, Timeline};

/// Unusual silences that are listed.
const LISTED: usize = 3;

pub(super) fn draw(timeline: &Timeline, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let Some(usual) = &timeline.usual else {
        return Ok(());
    };
    let mut lines: Vec<(Role<'_>, String)> = Vec::new();
    if let Some(expected) = &usual.expected {
        let role = if expected.is_overdue {
            Role::Bad
        } else {
            Role::Plain
        };
        lines.push((role, expectation(expected)));
    }
    for missing in &usual.missing {
        let text = format!(
            "{} did not happen; {} of {} completed jobs have it",
            key(&missing.key),
            count(missing.jobs),
            count(missing.of)
        );
        lines.push((Role::Doubt, text));
    }
    for delay in usual.delays.iter().take(LISTED) {
        lines.push((Role::Doubt, silence(timeline, delay, glyphs)));
    }
    if let Some(text) = slow(timeline, usual) {
        lines.push((Role::Doubt, text));
    }
    if lines.is_empty() && !usual.enough && !timeline.is_over() {
        let text = format!(
            "only {} of this type were seen to complete: too few to say what is late",
            quantity::number_of(usual.jobs, "job")
        );
        lines.push((Role::Dim, text));
    }
    if lines.is_empty() {
        return Ok(());
    }
    screen.line("")?;
    screen.line(screen.paint(Role::Strong, "Beside the usual"))?;
    for (role, text) in lines {
        for line in cells::wrap(&text, screen.width().saturating_sub(2), 3, glyphs.ellipsis) {
            let line = screen.paint(role, &line);
            screen.line(format!("  {line}"))?;
        }
    }
    Ok(())
}

/// What should have followed, and how late it is.
pub(crate) fn expectation(expected: &Expected) -> String {
    let late = if expected.is_overdue {
        format!("; {} overdue", quantity::duration(expected.overdue_ms))
    } else {
        "; not late yet".to_owned()
    };
    format!("{}{late}", escape(&expected.sentence()))
}

/// The delay that ends with a row.
pub(super) fn delay_before<'t>(timeline: &'t Timeline, row: &Row) -> Option<&'t Delay> {
    let usual = timeline.usual.as_ref()?;
    let is_row = |delay: &&Delay| {
        let at = timeline.rows.get(delay.before);
        at.is_some_and(|at| at.event == row.event)
    };
    usual.delays.iter().find(is_row)
}

/// How long it usually is.
pub(super) fn usually(delay: &Delay) -> String {
    format!(
        "usually {}, 99 % within {}",
        rounded(delay.p50),
        rounded(delay.p99)
    )
}

fn silence(timeline: &Timeline, delay: &Delay, glyphs: &Glyphs) -> String {
    let said = |at: usize| {
        timeline.rows.get(at).map_or_else(String::new, |row| {
            let event = &row.event;
            format!(
                "{} {}",
                service(&event.service),
                event_type(&event.event_type)
            )
        })
    };
    format!(
        "{} from {} to {} {} {}",
        rounded(delay.took_ms),
        said(delay.after),
        said(delay.before),
        glyphs.dash,
        usually(delay)
    )
}

/// A job that took longer than 99 of 100 as a whole.
fn slow(timeline: &Timeline, usual: &Judgement) -> Option<String> {
    let took = usual.took?;
    #[expect(clippy::cast_precision_loss, reason = "a length of time")]
    let own = timeline.duration_ms as f64;
    (timeline.is_over() && !timeline.has_failed() && own > took.p99).then(|| {
        format!(
            "took {}; half of {} took {} at most, 99 % {}",
            rounded(own),
            quantity::number_of(took.count, "job"),
            rounded(took.p50),
            rounded(took.p99)
        )
    })
}

fn key(key: &Key) -> String {
    format!("{} {}", service(&key.service), event_type(&key.event_type))
}
