//! Jobs over time, a row a stretch.

use std::io;

use super::{View, at_once, labelled, maybe, minute, plain, rate, usual};
use crate::output::report::{Cell, Column, Grid, Report, bar};
use crate::output::{Role, Screen};
use crate::quantity;
use crate::query::perf::{Flow, Point};

/// Cells of the widest bar.
const BAR: usize = 20;

impl Report for View<'_, Flow> {
    type Row = Point;

    fn rows(&self) -> &[Point] {
        &self.report.points
    }

    fn grid(&self, screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("from", "from"),
            Column::number("started", "started"),
            Column::number("completed", "completed"),
            Column::number("failed", "failed"),
            Column::number("running", "running"),
            Column::number("runningPeak", "peak").rank(2),
            Column::number("waitP50", "wait p50"),
            Column::number("waitP95", "wait p95").rank(3),
            Column::number("tookP50", "took p50").rank(1),
            Column::number("tookP95", "took p95").rank(4),
            Column::text("bar", "running").rank(5),
        ]);
        let flow = self.report;
        let window = flow.until.since(flow.from);
        let most = flow.points.iter().map(|point| point.running);
        let most = most.fold(0.0, f64::max).max(1e-9);
        for point in &flow.points {
            let cell = |ms: Option<f64>| Cell::new(maybe(ms)).value(plain(ms));
            let from = minute(point.from, window, screen);
            let from = if flow.stretch_ms < 60_000 {
                screen
                    .clock(point.from)
                    .split('.')
                    .next()
                    .unwrap_or(&from)
                    .to_owned()
            } else {
                from
            };
            grid.row([
                Cell::new(from).value(point.from),
                Cell::new(quantity::count(point.started)).value(point.started),
                Cell::new(quantity::count(point.completed)).value(point.completed),
                Cell::new(quantity::count(point.failed)).value(point.failed),
                Cell::new(at_once(point.running)).value(point.running),
                Cell::new(quantity::count(point.running_peak)).value(point.running_peak),
                cell(point.wait.map(|wait| wait.p50)),
                cell(point.wait.map(|wait| wait.p95)),
                cell(point.took.map(|took| took.p50)),
                cell(point.took.map(|took| took.p95)),
                Cell::new(bar(point.running / most, BAR, screen.unicode())).value(point.running),
            ]);
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        let flow = self.report;
        #[expect(clippy::cast_precision_loss, reason = "a count of jobs")]
        let per_minute = |count: u64| {
            let minutes = flow.until.since(flow.from) as f64 / 60_000.0;
            if minutes > 0.0 {
                rate(count as f64 / minutes)
            } else {
                "at once".to_owned()
            }
        };
        let text = format!(
            "{} started ({}), {} ended ({}) in {}",
            quantity::number_of(flow.started, "job"),
            per_minute(flow.started),
            quantity::count(flow.ended),
            per_minute(flow.ended),
            quantity::duration(flow.until.since(flow.from))
        );
        labelled("jobs", Role::Strong, &text, screen)?;
        let text = format!(
            "{} at once, at most {}",
            at_once(flow.running),
            flow.running_peak
        );
        labelled("running", Role::Strong, &text, screen)?;
        let wait = flow.wait.map_or_else(
            || "unknown: no event tells of a claim".to_owned(),
            |wait| format!("{} for a worker", usual(wait)),
        );
        labelled("waiting", Role::Strong, &wait, screen)?;
        screen.line("")?;
        grid.draw(screen)?;
        screen.next_commands(&self.next)
    }
}
