//! The lanes: one bar a service over a time axis as wide as the screen.

use std::collections::HashMap;
use std::io;

use super::glyphs::Glyphs;
use super::{count, service};
use crate::output::{Role, Screen, cells};
use crate::quantity::{duration, round};
use crate::query::timeline::{Lane, Mark, Timeline};

/// Most lanes drawn, in order of appearance.
const LANES: usize = 24;

/// What one cell of a lane shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Empty,
    Held,
    Silent,
    Event,
    Failure,
}

/// Turns milliseconds into cells.
struct Scale {
    span: i64,
    cells: usize,
}

impl Scale {
    fn cell(&self, ms: i64) -> usize {
        let last = self.cells.saturating_sub(1);
        if self.span <= 0 {
            return 0;
        }
        let place = i128::from(ms.clamp(0, self.span)) * last as i128 / i128::from(self.span);
        usize::try_from(place).unwrap_or(last).min(last)
    }
}

pub(super) fn draw(timeline: &Timeline, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let shown = timeline.services.get(..LANES).unwrap_or(&timeline.services);
    let label = shown
        .iter()
        .map(|lane| cells::width(&service(&lane.service)));
    let label = label
        .max()
        .unwrap_or(0)
        .clamp(7, if screen.width() < 100 { 16 } else { 24 });
    let held: Vec<String> = shown.iter().map(|lane| duration(lane.held_ms)).collect();
    let column = held
        .iter()
        .map(String::len)
        .max()
        .unwrap_or(0)
        .max(HELD.len());
    let room = screen.width().saturating_sub(label + column + 4).max(10);
    let scale = Scale {
        span: timeline.span_ms(),
        cells: room,
    };

    screen.line("")?;
    let head = format!(
        "{}{:room$}{}",
        cells::pad("SERVICE", label + 2),
        "",
        cells::pad_left(HELD, column + 2)
    );
    screen.line(screen.paint(Role::Dim, &head))?;
    for ((lane, cells), held) in shown.iter().zip(fill(timeline, shown, &scale)).zip(&held) {
        let role = Role::Service(&lane.service);
        let name = cells::cut(&service(&lane.service), label, glyphs.ellipsis);
        let name = screen.paint(role, &cells::pad(&name, label));
        let bar = bar(&cells, role, glyphs, screen);
        let held = screen.paint(Role::Dim, &cells::pad_left(held, column));
        screen.line(format!("{name}  {bar}  {held}"))?;
    }
    if timeline.services.len() > shown.len() {
        let more = timeline.services.len() - shown.len();
        let more = format!("{} {}", glyphs.ellipsis, count(more, "more service"));
        screen.line(screen.paint(Role::Dim, &more))?;
    }
    axis(&scale, label, glyphs, screen)?;
    let legend = format!(
        "{} event  {} last word  {} silent {} or more  {} failure",
        glyphs.event,
        glyphs.held,
        glyphs.silence,
        round(timeline.gap_ms),
        glyphs.failure
    );
    let beside = screen.width().saturating_sub(label + 2);
    let legend = screen.paint(Role::Dim, &cells::cut(&legend, beside, glyphs.ellipsis));
    screen.line(format!("{:label$}  {legend}", "").trim_end())
}

/// Heading of the column that says how long each service had the last word.
const HELD: &str = "HELD";

/// The cells of each lane.
fn fill(timeline: &Timeline, lanes: &[Lane], scale: &Scale) -> Vec<Vec<Cell>> {
    let mut filled = vec![vec![Cell::Empty; scale.cells]; lanes.len()];
    let names = lanes
        .iter()
        .enumerate()
        .map(|(place, lane)| (lane.service.as_str(), place));
    let places: HashMap<&str, usize> = names.collect();
    for (lane, cells) in lanes.iter().zip(&mut filled) {
        for segment in &lane.segments {
            for cell in &mut cells[scale.cell(segment.from_ms)..=scale.cell(segment.until_ms)] {
                *cell = Cell::Held;
            }
        }
    }
    for gap in &timeline.gaps {
        let place = places.get(gap.before.service.as_str());
        let (Some(place), Some(after)) = (place, &gap.after) else {
            continue;
        };
        let from = scale.cell(gap.before.at.since(timeline.started_at));
        let until = scale.cell(after.at.since(timeline.started_at));
        for cell in &mut filled[*place][from..=until] {
            *cell = Cell::Silent;
        }
    }
    for row in &timeline.rows {
        let Some(place) = places.get(row.event.service.as_str()) else {
            continue;
        };
        let cell = &mut filled[*place][scale.cell(row.offset_ms)];
        *cell = match row.has(Mark::Failure) {
            true => Cell::Failure,
            false if *cell == Cell::Failure => Cell::Failure,
            false => Cell::Event,
        };
    }
    filled
}

fn bar(cells: &[Cell], role: Role<'_>, glyphs: &Glyphs, screen: &Screen) -> String {
    let mut bar = String::new();
    for run in cells.chunk_by(|a, b| a == b) {
        let Some(cell) = run.first() else { continue };
        let (text, role) = match cell {
            Cell::Empty => (" ".repeat(run.len()), None),
            Cell::Silent => (glyphs.silence.to_string().repeat(run.len()), Some(role)),
            Cell::Held => (glyphs.held.to_string().repeat(run.len()), Some(role)),
            Cell::Event => (glyphs.event.to_string().repeat(run.len()), Some(role)),
            Cell::Failure => (glyphs.failure.repeat(run.len()), Some(Role::Bad)),
        };
        bar.push_str(&role.map_or(text.clone(), |role| screen.paint(role, &text)));
    }
    bar
}

/// Steps that are easy to count in, in milliseconds; beyond them, whole days.
const STEPS: [i64; 27] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000,
    120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 21_600_000,
    43_200_000, 86_400_000,
];

/// Cells that a tick and its label need.
const TICK: usize = 11;

fn axis(scale: &Scale, label: usize, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let most = i64::try_from(scale.cells / TICK).unwrap_or(1).max(1);
    let whole_days = || {
        let day = 86_400_000;
        day * (scale.span / day / most + 1)
    };
    let step = STEPS
        .into_iter()
        .find(|step| scale.span / step <= most)
        .unwrap_or_else(whole_days);
    let mut line: Vec<char> = vec![glyphs.axis; scale.cells];
    let mut labels = String::new();
    let mut at = 0;
    while at <= scale.span {
        let cell = scale.cell(at);
        line[cell] = glyphs.tick;
        let text = if at == 0 { "0".to_owned() } else { round(at) };
        let used = cells::width(&labels);
        let fits = cell + text.len() <= scale.cells + 2;
        if fits && (at == 0 || cell > used) {
            labels = format!("{}{text}", cells::pad(&labels, cell));
        }
        at += step;
    }
    let line: String = line.into_iter().collect();
    screen.line(format!("{:label$}  {}", "", screen.paint(Role::Dim, &line)))?;
    screen.line(format!(
        "{:label$}  {}",
        "",
        screen.paint(Role::Dim, &labels)
    ))
}
