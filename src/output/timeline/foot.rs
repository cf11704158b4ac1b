//! The foot: the longest gaps and handoffs, and how the subject stands.

use std::io;

use super::glyphs::Glyphs;
use super::{clocks_differ, count, event_type, service};
use crate::event::{Level, Millis};
use crate::output::status::figures;
use crate::output::{Role, Screen, cells, escape};
use crate::quantity::{duration, round};
use crate::query::timeline::{Mark, Moment, Outcome, Timeline};

/// Most gaps or handoffs listed in order; of more, the longest, longest first.
const LISTED: usize = 5;

pub(super) fn draw(
    timeline: &Timeline,
    glyphs: &Glyphs,
    screen: &mut Screen,
    full: bool,
) -> io::Result<()> {
    let most = if full { usize::MAX } else { LISTED };
    gaps(timeline, most, glyphs, screen)?;
    handoffs(timeline, most, glyphs, screen)?;
    screen.line("")?;
    state(timeline, glyphs, screen)?;
    status(timeline, glyphs, screen)?;
    screen.flush()
}

/// What a job that is not over says of itself, once a second, beside its events.
fn status(timeline: &Timeline, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let Some(status) = &timeline.status else {
        return Ok(());
    };
    let age = status.at().map_or_else(String::new, |at| {
        format!(" ({} ago)", duration(timeline.now.since(at).max(0)))
    });
    let label = screen.paint(Role::Strong, "status");
    let text = format!("{}{age}", figures(status));
    let room = screen.width().saturating_sub(8);
    screen.line(format!(
        "{label}  {}",
        cells::cut(&text, room, glyphs.ellipsis)
    ))
}

fn gaps(timeline: &Timeline, most: usize, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let title = format!("Gaps of {} or more", round(timeline.gap_ms));
    let entries = timeline.gaps.iter().map(|gap| {
        let after = match &gap.after {
            Some(after) => said(after),
            None => "nothing since".to_owned(),
        };
        let clocks = gap.after.as_ref().map_or(0, |after| {
            timeline.clocks_between(gap.before.row, after.row)
        });
        let text = format!(
            "{} {} {after}{}",
            said(&gap.before),
            glyphs.arrow,
            clocks_differ(clocks)
        );
        (gap.duration_ms, gap.before.at, text)
    });
    list(&title, entries.collect(), most, glyphs, screen)
}

fn handoffs(
    timeline: &Timeline,
    most: usize,
    glyphs: &Glyphs,
    screen: &mut Screen,
) -> io::Result<()> {
    let entries = timeline.handoffs.iter().map(|handoff| {
        let (from, to) = (service(&handoff.from.service), service(&handoff.to.service));
        let clocks = timeline.clocks_between(handoff.from.row, handoff.to.row);
        let clocks = clocks_differ(clocks);
        (
            handoff.duration_ms,
            handoff.from.at,
            format!("{from} {} {to}{clocks}", glyphs.arrow),
        )
    });
    list("Handoffs", entries.collect(), most, glyphs, screen)
}

fn said(moment: &Moment) -> String {
    format!(
        "{} {}",
        service(&moment.service),
        event_type(&moment.event_type)
    )
}

fn list(
    title: &str,
    mut entries: Vec<(i64, Millis, String)>,
    most: usize,
    glyphs: &Glyphs,
    screen: &mut Screen,
) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let order = match entries.len() {
        1 => "",
        count if count > most => ", longest first",
        _ => ", in order",
    };
    screen.line("")?;
    let heading = screen.paint(Role::Strong, &format!("{title}: {}{order}", entries.len()));
    screen.line(heading)?;
    if entries.len() > most {
        entries.sort_by_key(|(length, ..)| std::cmp::Reverse(*length));
    }
    let lengths = entries
        .iter()
        .take(most)
        .map(|(length, ..)| duration(*length).len());
    let column = lengths.max().unwrap_or(0);
    for (length, at, text) in entries.iter().take(most) {
        let length = cells::pad_left(&duration(*length), column);
        let clock = screen.clock(*at);
        let used = 2 + column + 2 + cells::width(&clock) + 2;
        let room = if most == usize::MAX {
            cells::width(text)
        } else {
            screen.width().saturating_sub(used).max(20)
        };
        let text = cells::cut(text, room, glyphs.ellipsis);
        screen.line(format!(
            "  {length}  {}  {text}",
            screen.paint(Role::Dim, &clock)
        ))?;
    }
    if entries.len() > most {
        let more = format!(
            "  {} {} more, shorter",
            glyphs.ellipsis,
            entries.len() - most
        );
        screen.line(screen.paint(Role::Dim, &more))?;
    }
    Ok(())
}

/// The last lines: what state, since when, and why.
fn state(timeline: &Timeline, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let state = &timeline.state;
    let at = moment(timeline, state.since, screen);
    let ago = duration(timeline.now.since(state.since).max(0));
    let quiet = duration(state.quiet_ms);
    let last = said(&state.last_event);
    let word = escape(&state.word);
    let not_held = state.held_from.as_ref().map(|held| {
        let begins = moment(timeline, held.begins, screen);
        format!(
            "? whether it ended is not held: its last event, {quiet} ago, is from before {begins}, \
             where {} begins; the last was {last}",
            escape(&held.stream)
        )
    });
    let text = match timeline.outcome {
        Some(Outcome::Unfinished) if not_held.is_some() => not_held.unwrap_or_default(),
        None => format!("last sign of life at {at}, {ago} ago: {last}"),
        Some(outcome @ Outcome::Unfinished) => {
            let (mark, quiet) = if state.is_silent {
                (
                    glyphs.warning,
                    format!("no event for {quiet}, the last was {last}"),
                )
            } else {
                (
                    glyphs.of_outcome(outcome),
                    format!("last event {quiet} ago"),
                )
            };
            format!("{mark} {word} since {at}, {ago} ago; {quiet}")
        }
        Some(outcome) => {
            let mark = glyphs.of_outcome(outcome);
            let attempt = match timeline.attempts {
                0 | 1 => String::new(),
                attempts => format!(" in attempt {attempts}"),
            };
            let late = match timeline
                .rows
                .iter()
                .filter(|row| row.has(Mark::AfterEnd))
                .count()
            {
                0 => String::new(),
                late => format!("; {} after that", count(late, "event")),
            };
            format!("{mark} {word} at {at}{attempt}, {ago} ago{late}")
        }
    };
    let role = super::head::role(timeline.outcome, state);
    for line in cells::wrap(&text, screen.width(), 4, glyphs.ellipsis) {
        screen.line(screen.paint(role, &line))?;
    }
    if let Some(reason) = &state.reason {
        indented(reason, Role::Level(Level::Error), glyphs, screen)?;
    }
    match &state.first_failure {
        Some(failure) if timeline.outcome != Some(Outcome::Completed) => {
            let at = moment(timeline, failure.moment.at, screen);
            let said = said(&failure.moment);
            indented(
                &format!("first failure at {at}: {said}"),
                Role::Strong,
                glyphs,
                screen,
            )?;
            match &failure.message {
                Some(text) if Some(text) != state.reason.as_ref() => {
                    indented(text, Role::Level(Level::Error), glyphs, screen)
                }
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn indented(text: &str, role: Role<'_>, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let room = screen.width().saturating_sub(2);
    for line in cells::wrap(&escape(text.trim()), room, 4, glyphs.ellipsis) {
        let line = screen.paint(role, &line);
        screen.line(format!("  {line}"))?;
    }
    Ok(())
}

/// A clock time, with its date where that is not today.
fn moment(timeline: &Timeline, at: Millis, screen: &Screen) -> String {
    let date = |at: Millis| at.timestamp().to_zoned(screen.zone().clone()).date();
    if date(at) == date(timeline.now) {
        screen.clock(at)
    } else {
        screen.date_clock(at)
    }
}
