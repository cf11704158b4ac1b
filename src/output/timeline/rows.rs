//! The rows: time, time since the row before, service, event, details.

use std::io;

use super::glyphs::Glyphs;
use super::{details, event_type, service, usual};
use crate::event::{Event, Level, Millis};
use crate::output::{Role, Screen, cells};
use crate::quantity::{self, delta, duration};
use crate::query::timeline::{Mark, Row, Timeline};

/// Where the columns stand.
pub(super) struct Columns {
    delta: usize,
    service: usize,
    kind: usize,
    width: usize,
}

/// Screens with fewer columns are narrow.
const NARROW: usize = 100;

const TIME: usize = 12;
const DELTA: usize = 8;

impl Columns {
    /// Columns for the names of a timeline. Few long names do not push the details away: they
    /// reach beyond their column instead.
    pub(super) fn of(timeline: &Timeline, screen: &Screen) -> Self {
        let width = screen.width();
        let services = timeline
            .services
            .iter()
            .map(|lane| cells::width(&service(&lane.service)));
        let kinds = timeline
            .rows
            .iter()
            .map(|row| cells::width(&event_type(&row.event.event_type)));
        // On a narrow screen details follow the type at once; aligned, they would have no room.
        let (most_service, most_kind) = if width < NARROW { (16, 0) } else { (24, 32) };
        let deltas = timeline.rows.iter().filter_map(|row| row.delta_ms);
        Self {
            delta: deltas
                .map(|ms| delta(ms).len())
                .max()
                .unwrap_or(0)
                .max(DELTA),
            service: services.max().unwrap_or(0).clamp(7, most_service),
            kind: kinds.max().unwrap_or(0).min(most_kind),
            width,
        }
    }

    /// Where text under a row starts, and its room: under the types, or under the services where
    /// that leaves too little.
    fn below(&self) -> (usize, usize) {
        let types = self.indent() + self.service + 4;
        let indent = if self.width < types + 60 {
            self.indent()
        } else {
            types
        };
        (indent, self.width.saturating_sub(indent).max(20))
    }

    /// The column where services start.
    fn indent(&self) -> usize {
        TIME + 1 + self.delta + 2
    }
}

/// Rows of the same service and type that are shown before the rest of them is folded.
const UNFOLDED: usize = 5;

pub(super) fn draw(
    timeline: &Timeline,
    glyphs: &Glyphs,
    screen: &mut Screen,
    full: bool,
) -> io::Result<()> {
    let columns = Columns::of(timeline, screen);
    head(&columns, glyphs, screen)?;
    let mut previous = None;
    for run in timeline.rows.chunk_by(is_same) {
        let folded = if full || run.len() <= UNFOLDED {
            0..0
        } else {
            2..run.len() - 1
        };
        for (place, row) in run.iter().enumerate() {
            if place == folded.start && !folded.is_empty() {
                fold(&run[folded.clone()], &columns, glyphs, screen)?;
            }
            if !folded.contains(&place) {
                separators(timeline, row, previous, glyphs, screen)?;
                self::row(timeline, row, &columns, glyphs, screen, full)?;
            }
            previous = Some(&row.event);
        }
    }
    Ok(())
}

/// Whether two rows in a row say the same, so that they may be folded. Turning points may not.
fn is_same(a: &Row, b: &Row) -> bool {
    let turns = [Mark::End, Mark::Retried, Mark::NewAttempt];
    a.event.service == b.event.service
        && a.event.event_type == b.event.event_type
        && a.marks == b.marks
        && !turns.into_iter().any(|mark| a.has(mark))
        && !b.gap_before
}

fn head(columns: &Columns, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let line = format!(
        "{} {}  {}    {}  DETAILS",
        cells::pad("TIME", TIME),
        cells::pad_left(glyphs.delta, columns.delta),
        cells::pad("SERVICE", columns.service),
        cells::pad("EVENT", columns.kind),
    );
    let line = screen.paint(Role::Dim, &line);
    screen.line(line)
}

/// What stands between two rows: a gap, a new day.
pub(super) fn separators(
    timeline: &Timeline,
    row: &Row,
    previous: Option<&Event>,
    glyphs: &Glyphs,
    screen: &mut Screen,
) -> io::Result<()> {
    let Some(previous) = previous else {
        return Ok(());
    };
    if row.gap_before {
        let length = duration(row.delta_ms.unwrap_or_default());
        let (before, after) = (service(&previous.service), service(&row.event.service));
        let text = if before == after {
            format!("{length} gap within {after}")
        } else {
            format!("{length} gap: {before} {} {after}", glyphs.arrow)
        };
        let text = match usual::delay_before(timeline, row) {
            Some(delay) => format!("{text}, {}", usual::usually(delay)),
            None => text,
        };
        let clocks = timeline.ahead_ms(&row.event) - timeline.ahead_ms(previous);
        let text = text + &super::clocks_differ(clocks);
        gap(&text, glyphs, screen)?;
    }
    let date = |at: Millis| at.timestamp().to_zoned(screen.zone().clone()).date();
    let day = date(row.event.timestamp);
    if day != date(previous.timestamp) {
        let rule = glyphs.rule.repeat(2);
        let text = screen.paint(Role::Dim, &format!("{rule} {day} {rule}"));
        screen.line(text)?;
    }
    Ok(())
}

/// The silence that goes on, where there is one.
pub(super) fn open_gap(
    timeline: &Timeline,
    glyphs: &Glyphs,
    screen: &mut Screen,
) -> io::Result<()> {
    match timeline.gaps.last() {
        Some(open) if open.after.is_none() => {
            let text = format!("{} gap so far, until now", duration(open.duration_ms));
            gap(&text, glyphs, screen)
        }
        _ => Ok(()),
    }
}

fn gap(text: &str, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let dashes = glyphs.dash.repeat(3);
    let text = format!("{} {dashes} {text} {dashes}", glyphs.warning);
    let text = cells::cut(&text, screen.width().saturating_sub(2), glyphs.ellipsis);
    let text = screen.paint(Role::Doubt, &text);
    screen.line(format!("  {text}").trim_end())
}

pub(super) fn row(
    timeline: &Timeline,
    row: &Row,
    columns: &Columns,
    glyphs: &Glyphs,
    screen: &mut Screen,
    full: bool,
) -> io::Result<()> {
    let event = &row.event;
    let failed = row.has(Mark::Failure);
    let since = row.delta_ms.map(delta).unwrap_or_default();
    let since_role = if row.gap_before {
        Role::Doubt
    } else {
        Role::Dim
    };
    let name = cells::cut(&service(&event.service), columns.service, glyphs.ellipsis);
    let role = Role::Level(if failed { Level::Error } else { Level::Info });
    let kind_role = match event.level() {
        _ if failed => Role::Bad,
        _ if row.has(Mark::End) => super::head::role(timeline.outcome, &timeline.state),
        level => Role::Level(level),
    };
    let most = columns
        .width
        .saturating_sub(columns.indent() + columns.service + 4)
        .max(8);
    let kind = cells::cut(&event_type(&event.event_type), most, glyphs.ellipsis);
    let mark = glyphs.of_row(row, timeline);
    let left = format!(
        "{} {}  {}  {} ",
        screen.clock(event.timestamp),
        screen.paint(since_role, &cells::pad_left(&since, columns.delta)),
        screen.paint(
            Role::Service(&event.service),
            &cells::pad(&name, columns.service)
        ),
        screen.paint(kind_role, mark),
    );
    let painted = screen.paint(kind_role, &kind);

    let pieces = if full {
        Vec::new()
    } else {
        details::pieces(row, timeline, glyphs)
    };
    let used = columns.indent() + columns.service + 4 + cells::width(&kind).max(columns.kind) + 2;
    let room = columns.width.saturating_sub(used);
    let (beside, shown) = details::fit(&pieces, room, glyphs);
    // What went wrong is worth lines of its own; so is what has no room beside its type.
    let all = details::line(&pieces);
    let is_cut = failed && beside != all;
    let is_below = is_cut || details::says_nothing(&pieces, shown);
    if is_below || beside.is_empty() {
        screen.line(format!("{left}{painted}").trim_end())?;
    } else {
        let gap = columns.kind.saturating_sub(cells::width(&kind)) + 2;
        let beside = screen.paint(role, &beside);
        screen.line(format!("{left}{painted}{:gap$}{beside}", ""))?;
    }
    if is_cut {
        below(&all, 3, role, columns, glyphs, screen)?;
    } else if is_below {
        let (line, _) = details::fit(&pieces, columns.below().1, glyphs);
        below(&line, 1, role, columns, glyphs, screen)?;
    }
    if full {
        for line in details::full(event, timeline) {
            below(&line, usize::MAX, Role::Dim, columns, glyphs, screen)?;
        }
    }
    Ok(())
}

/// Text under a row.
fn below(
    text: &str,
    lines: usize,
    role: Role<'_>,
    columns: &Columns,
    glyphs: &Glyphs,
    screen: &mut Screen,
) -> io::Result<()> {
    let (indent, room) = columns.below();
    let indented = text.len() - text.trim_start().len();
    for part in cells::wrap(
        text,
        room.saturating_sub(indented).max(10),
        lines,
        glyphs.ellipsis,
    ) {
        let part = screen.paint(role, &part);
        screen.line(format!("{:indent$}{:indented$}{part}", "", ""))?;
    }
    Ok(())
}

/// One line for rows that all say the same.
fn fold(rows: &[Row], columns: &Columns, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(());
    };
    let lasted = last.event.timestamp.since(first.event.timestamp);
    let text = format!(
        "{} {} {} {} over {}",
        glyphs.ellipsis,
        quantity::count(rows.len() as u64),
        glyphs.times,
        event_type(&first.event.event_type),
        duration(lasted),
    );
    let indent = columns.indent();
    let room = columns.width.saturating_sub(indent).max(20);
    let role = if first.has(Mark::Failure) {
        Role::Bad
    } else {
        Role::Dim
    };
    let text = screen.paint(role, &cells::cut(&text, room, glyphs.ellipsis));
    screen.line(format!("{:indent$}{text}", ""))
}
