//! One job beside the usual, a row a step.

use std::io;

use super::{View, dim, labelled, length, maybe, plain, times, usual};
use crate::output::report::{Cell, Column, Grid, Report};
use crate::output::{Role, Screen, escape};
use crate::quantity;
use crate::query::course::ENOUGH;
use crate::query::perf::{JobReport, JobStep};

impl Report for View<'_, JobReport> {
    type Row = JobStep;

    fn rows(&self) -> &[JobStep] {
        &self.report.steps
    }

    fn grid(&self, screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("offset", "at").rank(3),
            Column::text("service", "service").rank(2),
            Column::text("eventType", "step").flexible().least(30),
            Column::number("times", "times").rank(6),
            Column::number("after", "after"),
            Column::number("usualAfter", "usually"),
            Column::number("usualAfterP95", "p95").rank(4),
            Column::number("took", "took"),
            Column::number("usualTook", "usually"),
            Column::number("usualTookP95", "p95").rank(5),
            Column::text("slow", ""),
            Column::text("at", "time").extra(),
            Column::number("attempt", "attempt").extra(),
        ]);
        for step in &self.report.steps {
            let cell = |ms: Option<f64>| Cell::new(maybe(ms)).value(plain(ms));
            let slow = step.slow_took.or(step.slow_after);
            let mark = slow.map(|factor| format!("slow, {} x", times(factor)));
            let offset = step.offset_ms;
            let role = if slow.is_some() {
                Role::Bad
            } else {
                Role::Plain
            };
            let said = match step.times {
                1 => String::new(),
                times => times.to_string(),
            };
            grid.row([
                Cell::new(quantity::delta(offset))
                    .value(offset)
                    .role(Role::Dim),
                Cell::new(&step.service),
                Cell::new(&step.event_type).role(role),
                Cell::new(said).value(step.times),
                cell(step.after_ms),
                cell(step.usual_after.map(|usual| usual.p50)).role(Role::Dim),
                cell(step.usual_after.map(|usual| usual.p95)).role(Role::Dim),
                cell(step.took_ms),
                cell(step.usual_took.map(|usual| usual.p50)).role(Role::Dim),
                cell(step.usual_took.map(|usual| usual.p95)).role(Role::Dim),
                Cell::new(mark.unwrap_or_default())
                    .value(plain(slow))
                    .role(Role::Bad),
                Cell::new(screen.clock(step.at)).value(step.at),
                Cell::new(step.attempt.to_string()),
            ]);
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        let report = self.report;
        let tries = match report.attempts {
            1 => String::new(),
            tries => format!(" in {tries} attempts"),
        };
        let head = format!(
            "job {}  {} after {}{tries}",
            escape(&report.job_id),
            report.outcome.word(),
            quantity::duration(report.took_ms)
        );
        screen.line(screen.paint(Role::Strong, &head))?;
        let of_type = match report.job_type.as_str() {
            "" => "other jobs".to_owned(),
            name => format!("{name} jobs"),
        };
        let jobs = quantity::count(report.usual_jobs);
        let known = report.usual.filter(|_| report.usual_jobs >= ENOUGH);
        match (known, report.slow) {
            (None, _) => {
                let text = format!("{jobs} completed {of_type} are too few to tell what is usual");
                labelled("usual", Role::Doubt, &text, screen)?;
            }
            (Some(figures), slow) => {
                let by = slow.map(|by| format!("; this one took {} times as long", times(by)));
                let text = format!(
                    "{jobs} completed {of_type} took {}{}",
                    usual(figures),
                    by.unwrap_or_default()
                );
                labelled("usual", Role::Dim, &text, screen)?;
            }
        }
        match report.slowest() {
            Some((step, factor)) => {
                let (took, figures) = match step.slow_took {
                    Some(_) => (step.took_ms, step.usual_took),
                    None => (step.after_ms, step.usual_after),
                };
                let verb = if step.slow_took.is_some() {
                    "took"
                } else {
                    "came after"
                };
                let text = format!(
                    "{} {} {verb} {}: {} times the median of {}",
                    step.service,
                    step.event_type,
                    maybe(took),
                    times(factor),
                    figures
                        .map(|figures| length(figures.p50))
                        .unwrap_or_default()
                );
                labelled("slow", Role::Bad, &text, screen)?;
            }
            None if known.is_some() => labelled("slow", Role::Good, "no step", screen)?,
            None => {}
        }
        for missing in &report.missing {
            let text = format!(
                "{} {} did not happen, as it did in {} of {} jobs",
                missing.key.service,
                missing.key.event_type,
                quantity::count(missing.jobs),
                quantity::count(missing.of)
            );
            labelled("missing", Role::Doubt, &text, screen)?;
        }
        screen.line("")?;
        grid.draw(screen)?;
        if report.left_out > 0 {
            let events = quantity::number_of(report.left_out, "event");
            dim(&format!("{events} left out to save memory"), screen)?;
        }
        screen.next_commands(&self.next)
    }
}
