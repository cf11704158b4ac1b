//! Errors by name: what they say, and where they gather.

use std::io;

use serde::Serialize;

use super::{about, about_of, ago, command, in_window, short};
use crate::output::report::{Cell, Column, Grid, Report, sparkline};
use crate::output::{Role, Screen, cells, escape};
use crate::quantity;
use crate::query::errors::{Pattern, PatternsReport};

/// Names that are shown.
const NAMES: usize = 15;
/// Messages of one name that are shown.
const TEMPLATES: usize = 3;

/// Patterns and how to come back to them.
#[derive(Serialize)]
pub(crate) struct PatternsView<'a> {
    /// The patterns.
    #[serde(flatten)]
    pub(crate) report: &'a PatternsReport,
    /// Flags that lead other commands to the same events.
    #[serde(skip)]
    pub(crate) again: &'a str,
}

impl Report for PatternsView<'_> {
    type Row = Pattern;

    fn rows(&self) -> &[Pattern] {
        &self.report.patterns
    }

    fn grid(&self, screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("name", "name").flexible(),
            Column::number("count", "count"),
            Column::number("kinds", "kinds"),
            Column::number("jobs", "jobs"),
            Column::number("jobsAgain", "jobs again").rank(2),
            Column::text("trend", "trend").rank(3),
            Column::text("lastSeen", "last seen").rank(1),
            Column::text("gathered", "most of them on")
                .flexible()
                .rank(4),
        ]);
        for pattern in &self.report.patterns {
            let gathered = pattern.gathered.iter();
            let gathered = gathered.map(|value| format!("{} {}", value.of, value.share.value));
            grid.row([
                Cell::new(pattern.name.clone()),
                Cell::new(quantity::count(pattern.count)).value(pattern.count),
                Cell::new(about(pattern.kinds, pattern.kinds_are_estimated)).value(pattern.kinds),
                Cell::new(about(pattern.jobs, pattern.jobs_are_estimated)).value(pattern.jobs),
                Cell::new(quantity::count(pattern.jobs_again)).value(pattern.jobs_again),
                Cell::new(sparkline(&pattern.trend, screen.unicode())),
                Cell::new(ago(self.report.window.now, pattern.last_seen)).value(pattern.last_seen),
                Cell::new(gathered.collect::<Vec<_>>().join(", ")),
            ]);
        }
        grid
    }

    fn draw(&self, _: &Grid, screen: &mut Screen) -> io::Result<()> {
        let report = self.report;
        let names = u64::try_from(report.patterns.len()).unwrap_or(u64::MAX);
        let head = format!(
            "{} of {} {}",
            quantity::number_of(report.failures, "failure"),
            quantity::number_of(names, "name"),
            in_window(&report.window, screen)
        );
        screen.line(screen.paint(Role::Strong, &head))?;
        if report.left_out > 0 {
            let left = quantity::number_of(report.left_out, "failure");
            screen
                .line(screen.paint(Role::Dim, &format!("{left} of further names are left out")))?;
        }
        for pattern in report.patterns.iter().take(NAMES) {
            screen.line("")?;
            self.pattern(pattern, screen)?;
        }
        if report.patterns.len() > NAMES {
            screen.line("")?;
            let more = report.patterns.len() - NAMES;
            screen
                .line(screen.paint(Role::Dim, &format!("{more} more names; -o json lists all")))?;
        }
        let next = self.next();
        screen.next_commands(&next)
    }
}

impl PatternsView<'_> {
    fn pattern(&self, pattern: &Pattern, screen: &mut Screen) -> io::Result<()> {
        let trend = sparkline(&pattern.trend, screen.unicode());
        screen.line(format!(
            "{}  {} in {}, last {}  |{trend}|",
            screen.paint(Role::Heading, &escape(&pattern.name)),
            quantity::count(pattern.count),
            about_of(pattern.jobs, pattern.jobs_are_estimated, "job"),
            ago(self.report.window.now, pattern.last_seen),
        ))?;
        for gathered in &pattern.gathered {
            let said = format!(
                "  {} of {} on {} {}, one of {}",
                quantity::count(gathered.share.count),
                quantity::count(gathered.among),
                gathered.of,
                escape(&gathered.share.value),
                quantity::count(gathered.values),
            );
            screen.line(screen.paint(Role::Doubt, &said))?;
        }
        if pattern.jobs_again > 0 {
            let verb = if pattern.jobs_again == 1 {
                "meets"
            } else {
                "meet"
            };
            screen.line(format!(
                "  {} {verb} it again when tried again",
                quantity::number_of(pattern.jobs_again, "job")
            ))?;
        }
        for template in pattern.templates.iter().take(TEMPLATES) {
            let said = match (template.message.as_str(), &template.frame) {
                ("", Some(frame)) => format!("(no message) {frame}"),
                ("", None) => "(no message)".to_owned(),
                (message, Some(frame)) => format!("{message}  at {frame}"),
                (message, None) => message.to_owned(),
            };
            let count = quantity::count(template.count);
            let id = short(&template.id);
            let room = screen.width().saturating_sub(2 + 7 + 2 + id.len() + 2);
            let said = cells::cut(&escape(&said), room, "...");
            screen.line(format!(
                "  {count:>7}  {}  {said}",
                screen.paint(Role::Dim, id)
            ))?;
        }
        match pattern
            .kinds
            .saturating_sub(u64::try_from(TEMPLATES).unwrap_or(0))
        {
            0 => Ok(()),
            more => {
                let more = about_of(more, pattern.kinds_are_estimated, "kind");
                screen.line(screen.paint(Role::Dim, &format!("           and {more} more")))
            }
        }
    }

    fn next(&self) -> Vec<(String, &'static str)> {
        let Some(first) = self.report.patterns.first() else {
            return Vec::new();
        };
        let mut next = Vec::new();
        if let Some(template) = first.templates.first() {
            let show = command("errors show", short(&template.id), self.again);
            next.push((show, "the most frequent kind in full"));
        }
        let kinds = command("errors --type", &first.name, self.again);
        next.push((kinds, "all kinds of this name"));
        next.push((
            command("correlate --failed", "", self.again),
            "where failed jobs gather",
        ));
        next
    }
}
