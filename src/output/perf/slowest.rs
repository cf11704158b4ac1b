//! The slowest jobs, with the steps that made them slow.

use std::io;

use super::{View, dim, labelled, length, maybe, plain, times};
use crate::output::report::{Cell, Column, Grid, Report};
use crate::output::{Role, Screen};
use crate::quantity;
use crate::query::perf::{Culprit, SlowJob, Slowest};

impl Report for View<'_, Slowest> {
    type Row = SlowJob;

    fn rows(&self) -> &[SlowJob] {
        &self.report.slowest
    }

    fn grid(&self, screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("jobId", "job").flexible(),
            Column::text("jobType", "type").rank(3),
            Column::text("outcome", "outcome").rank(2),
            Column::number("took", "took"),
            Column::number("usual", "usually"),
            Column::text("step", "most of it").flexible().least(30),
            Column::number("stepTook", "took"),
            Column::number("stepUsual", "usually").rank(1),
            Column::text("afterStep", "after step").extra(),
            Column::text("machine", "machine").rank(5),
            Column::text("worker", "worker").rank(4),
            Column::number("attempts", "attempts").extra(),
            Column::text("startedAt", "started").extra(),
        ]);
        for job in &self.report.slowest {
            let first = job.culprits.first();
            let usual = job.usual.map(|usual| usual.p50);
            let step = first.map(shown).unwrap_or_default();
            let name = first.map(|step| step.step.clone()).unwrap_or_default();
            let after = first.and_then(|step| step.after_step.clone());
            let cell = |ms: Option<f64>| Cell::new(maybe(ms)).value(plain(ms));
            let role = |slow: bool| if slow { Role::Bad } else { Role::Plain };
            let is_slow = first.is_some_and(|step| step.slow.is_some());
            grid.row([
                Cell::new(&job.job_id),
                Cell::new(&job.job_type),
                Cell::new(job.outcome.word()),
                Cell::new(quantity::duration(job.took_ms))
                    .value(job.took_ms)
                    .role(role(job.slow.is_some())),
                cell(usual).role(Role::Dim),
                Cell::new(step).value(name).role(role(is_slow)),
                cell(first.map(|step| step.ms)),
                cell(first.and_then(|step| step.usual_ms)).role(Role::Dim),
                Cell::new(after.unwrap_or_default()),
                Cell::new(job.machine.clone().unwrap_or_default()),
                Cell::new(job.worker.clone().unwrap_or_default()),
                Cell::new(job.attempts.to_string()),
                Cell::new(screen.day_clock(job.started_at)).value(job.started_at),
            ]);
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        let report = self.report;
        if let Some(job) = report.slowest.first() {
            let by = job
                .slow
                .map(|by| format!(", {} times the usual", times(by)));
            let text = format!(
                "{} {} after {}{}",
                job.job_id,
                job.outcome.word(),
                quantity::duration(job.took_ms),
                by.unwrap_or_default()
            );
            labelled("slowest", Role::Bad, &text, screen)?;
            for step in &job.culprits {
                let usual = step.usual_ms.map(|ms| format!(", usually {}", length(ms)));
                let usual = usual.unwrap_or_default();
                let text = format!("{} {}{usual}", length(step.ms), shown(step));
                labelled("", Role::Plain, &text, screen)?;
            }
            screen.line("")?;
        }
        grid.draw(screen)?;
        let shown = report.slowest.len();
        dim(
            &format!("{shown} of {}", quantity::number_of(report.jobs, "job")),
            screen,
        )?;
        if report.left_out > 0 {
            let jobs = quantity::number_of(report.left_out, "job");
            dim(&format!("{jobs} left out to save memory"), screen)?;
        }
        screen.next_commands(&self.next)
    }
}

/// An operation by its name, a silence by what ended it.
fn shown(step: &Culprit) -> String {
    match step.after_step {
        Some(_) => format!("until {}", step.step),
        None => step.step.clone(),
    }
}
