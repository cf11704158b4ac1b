//! The usual course of jobs, a row a step; and as a graph.

use std::io;

use serde::Serialize;

use super::{View, dim, labelled, maybe, plain, usual};
use crate::output::report::{Cell, Column, Grid, Report};
use crate::output::{Role, Screen, escape};
use crate::quantity;
use crate::query::course::{ENOUGH, UsualReport};

/// The usual course of each type of jobs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Steps {
    /// The types, that with most jobs first.
    pub(crate) types: Vec<UsualReport>,
    /// Jobs there was no room for.
    pub(crate) left_out: u64,
}

impl Report for View<'_, Steps> {
    type Row = UsualReport;

    fn rows(&self) -> &[UsualReport] {
        &self.report.types
    }

    fn grid(&self, _: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("jobType", "job type").flexible(),
            Column::text("service", "service").rank(2),
            Column::text("eventType", "step").flexible().least(28),
            Column::number("share", "jobs"),
            Column::number("times", "times").rank(6),
            Column::number("startP50", "at").rank(1),
            Column::number("startP95", "p95").rank(5),
            Column::number("tookP50", "took"),
            Column::number("tookP95", "p95").rank(4),
            Column::text("next", "then").rank(3).flexible().least(28),
            Column::number("nextShare", "share").rank(3),
            Column::number("nextP50", "after").rank(3),
            Column::number("nextP95", "p95").rank(4),
        ]);
        for usual in &self.report.types {
            for step in &usual.steps {
                let cell = |ms: Option<f64>| Cell::new(maybe(ms)).value(plain(ms));
                let share = |share: f64| {
                    let text = format!("{:.0} %", share * 100.0);
                    Cell::new(text).value(share)
                };
                let next = step.next.first();
                let delay = next.and_then(|next| next.delay);
                let then = next.map(|next| match next.key.service == step.key.service {
                    true => next.key.event_type.clone(),
                    false => format!("{} {}", next.key.service, next.key.event_type),
                });
                let start = step.since_start;
                grid.row([
                    Cell::new(name(usual)),
                    Cell::new(&step.key.service),
                    Cell::new(&step.key.event_type),
                    share(step.share),
                    Cell::new(format!("{:.1}", step.times)).value(step.times),
                    cell(start.map(|start| start.p50)),
                    cell(start.map(|start| start.p95)),
                    cell(step.took.map(|took| took.p50)),
                    cell(step.took.map(|took| took.p95)),
                    Cell::new(then.unwrap_or_default()),
                    next.map_or_else(|| Cell::new(""), |next| share(next.share)),
                    cell(delay.map(|delay| delay.p50)),
                    cell(delay.map(|delay| delay.p95)),
                ]);
            }
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        for course in &self.report.types {
            let few = if course.jobs < ENOUGH {
                ", too few to judge others by"
            } else {
                ""
            };
            let took = course.took.map(usual).unwrap_or_default();
            let text = format!(
                "{}: {took}, learned from {} that completed{few}",
                name(course),
                quantity::number_of(course.jobs, "job")
            );
            labelled("usual", Role::Strong, &text, screen)?;
        }
        screen.line("")?;
        grid.draw(screen)?;
        if self.report.left_out > 0 {
            let jobs = quantity::number_of(self.report.left_out, "job");
            dim(&format!("{jobs} left out to save memory"), screen)?;
        }
        screen.next_commands(&self.next)
    }
}

fn name(usual: &UsualReport) -> &str {
    match usual.job_type.as_str() {
        "" => "(no type)",
        name => name,
    }
}

impl Screen {
    /// Writes text of several lines, each escaped.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub(crate) fn lines(&mut self, text: &str) -> io::Result<()> {
        text.lines().try_for_each(|line| self.line(escape(line)))
    }
}
