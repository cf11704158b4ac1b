//! Kinds of failures as a table, what is new above it, the newest failures below.

use std::io;

use serde::Serialize;

use super::{about, about_of, ago, clock, command, ids, in_window, rate, role, short};
use crate::event::{Id, Millis};
use crate::output::report::{Cell, Column, Grid, Report, sparkline};
use crate::output::{Role, Screen, cells, escape};
use crate::quantity;
use crate::query::errors::{ErrorsReport, Failure, Row, State};

/// Groups that are named above the table.
const NAMED: usize = 3;

/// Failures below the table.
const RECENT: usize = 5;

/// A report and how to come back to it.
#[derive(Serialize)]
pub(crate) struct ErrorsView<'a> {
    /// The report.
    #[serde(flatten)]
    pub(crate) report: &'a ErrorsReport,
    /// Flags that lead other commands to the same events.
    #[serde(skip)]
    pub(crate) again: &'a str,
}

impl Report for ErrorsView<'_> {
    type Row = Row;

    fn rows(&self) -> &[Row] {
        &self.report.groups
    }

    fn grid(&self, screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("id", "id"),
            Column::number("count", "count"),
            Column::number("perHour", "an hour").rank(3),
            Column::text("trend", "trend").rank(4),
            Column::text("state", "state"),
            Column::text("lastSeen", "last seen").rank(1),
            Column::text("firstSeen", "first seen").rank(6),
            Column::number("jobs", "jobs").rank(2),
            Column::number("users", "users").rank(7),
            Column::text("services", "services").rank(5),
            Column::text("error", "error").flexible().least(38),
            Column::text("frame", "frame").extra().flexible(),
            Column::text("knownSince", "known since").extra(),
            Column::text("newestJob", "newest job").extra(),
        ]);
        for row in &self.report.groups {
            grid.row(self.cells(row, screen));
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        self.head(screen)?;
        if grid.is_empty() {
            return Ok(());
        }
        screen.line("")?;
        grid.draw(screen)?;
        if self.report.more_groups > 0 {
            let more = quantity::number_of(self.report.more_groups, "kind");
            screen.line(screen.paint(Role::Dim, &format!("{more} more; -n shows more of them")))?;
        }
        screen.line("")?;
        screen.line(screen.paint(Role::Dim, "newest:"))?;
        let recent = self.report.recent.iter().rev().take(RECENT);
        for failure in recent {
            screen.line(line(failure, self.report.window.now, screen))?;
        }
        let next = self.next();
        screen.next_commands(&next)
    }
}

impl ErrorsView<'_> {
    fn cells(&self, row: &Row, screen: &Screen) -> Vec<Cell> {
        let now = self.report.window.now;
        let time = |at| Cell::new(ago(now, at)).value(at);
        let services: Vec<_> = row
            .services
            .iter()
            .map(|share| share.value.as_str())
            .collect();
        vec![
            Cell::new(short(&row.id)).value(&row.id).role(Role::Dim),
            Cell::new(quantity::count(row.count))
                .value(row.count)
                .role(Role::Strong),
            Cell::new(rate(row.per_hour)).value(
                row.per_hour
                    .map(|rate| rate.to_string())
                    .unwrap_or_default(),
            ),
            Cell::new(sparkline(&row.trend, screen.unicode())).value(numbers(&row.trend)),
            Cell::new(row.state.word()).role(role(row.state)),
            time(row.last_seen),
            time(row.first_seen),
            Cell::new(about(row.jobs, row.jobs_are_estimated)).value(row.jobs),
            Cell::new(about(row.users, row.users_are_estimated)).value(row.users),
            Cell::new(services.join(" ")),
            Cell::new(row.fingerprint.clone()),
            Cell::new(row.frames.first().cloned().unwrap_or_default()),
            time(row.known_since),
            Cell::new(row.newest.id(Id::Job).unwrap_or_default()),
        ]
    }

    /// What matters most, in a few lines.
    fn head(&self, screen: &mut Screen) -> io::Result<()> {
        let report = self.report;
        let failures = quantity::number_of(report.failures, "failure");
        let kinds = about_of(report.kinds, report.kinds_are_estimated, "kind");
        let rate = match report.per_hour {
            Some(per_hour) => format!(", {} an hour", rate(Some(per_hour))),
            None => String::new(),
        };
        let when = in_window(&report.window, screen);
        let first = format!("{failures} of {kinds} {when}{rate}");
        screen.line(screen.paint(Role::Strong, &first))?;
        let claimed = |row: &&Row| matches!(row.state, State::New | State::Back);
        for row in report.groups.iter().filter(claimed).take(NAMED) {
            self.claim(row, screen)?;
        }
        let claims = report.groups.iter().filter(claimed).count();
        if claims > NAMED {
            screen.line(format!(
                "  and {} more that are new or back",
                claims - NAMED
            ))?;
        }
        for note in self.notes(screen) {
            screen.line(screen.paint(Role::Dim, &note))?;
        }
        Ok(())
    }

    fn claim(&self, row: &Row, screen: &mut Screen) -> io::Result<()> {
        let window = &self.report.window;
        let jobs = about_of(row.jobs, row.jobs_are_estimated, "job");
        let count = quantity::count(row.count);
        let why = match (row.state, row.silent_ms) {
            (State::Back, Some(silent)) => {
                format!(
                    "{count} in {jobs}, after {} without any",
                    quantity::round(silent)
                )
            }
            _ => format!(
                "{count} in {jobs} since {}, none before",
                clock(row.first_seen, window.now, screen)
            ),
        };
        let word = screen.paint(role(row.state), row.state.word());
        let fits = screen.width().saturating_sub(row.state.word().len() + 2);
        let text = cells::cut(&escape(&row.fingerprint), fits, "...");
        screen.line(format!("{word}: {text}"))?;
        screen.line(format!(
            "     {why} (last {})",
            ago(window.now, row.last_seen)
        ))
    }

    fn notes(&self, screen: &Screen) -> Vec<String> {
        let report = self.report;
        let mut notes = Vec::new();
        let untold = report.groups.iter().all(|row| row.state == State::Unknown);
        if untold && let Some(known) = report.window.known_from {
            notes.push(format!(
                "what is new cannot be told: nothing is known of before {}",
                clock(known, report.window.now, screen)
            ));
        }
        if report.lumped > 0 {
            let failures = quantity::number_of(report.lumped, "failure");
            notes.push(format!(
                "there are too many kinds: {failures} stand under (other messages), by name"
            ));
        }
        if report.linked > 0 {
            let events = quantity::number_of(report.linked, "further event");
            let verb = if report.linked == 1 { "tells" } else { "tell" };
            notes.push(format!(
                "{events} {verb} of the same failures and {} not counted",
                if report.linked == 1 { "is" } else { "are" }
            ));
        }
        notes
    }

    fn next(&self) -> Vec<(String, &'static str)> {
        let Some(first) = self.report.groups.iter().find(|row| !row.is_lump) else {
            return Vec::new();
        };
        let mut next = vec![(
            command("errors show", short(&first.id), self.again),
            "its stack, jobs, machines and versions",
        )];
        if let Some(job) = first.newest.id(Id::Job) {
            next.push((
                command("timeline", job, ""),
                "the newest job that met it, in full",
            ));
            next.push((
                command("correlate --failed", "", self.again),
                "where failed jobs gather",
            ));
        }
        next.push((
            command("errors patterns", "", self.again),
            "what the errors have in common",
        ));
        next
    }
}

/// One failure in a line.
fn line(failure: &Failure, now: Millis, screen: &Screen) -> String {
    let at = clock(failure.at, now, screen);
    let service = format!("[{}]", escape(&failure.service));
    let ids = ids(failure);
    let id = ids.first().and_then(|id| id.split_once(' '));
    let id = id.map_or("", |(_, id)| id);
    let used = [at.as_str(), &service, id].map(cells::width);
    let used = used.iter().sum::<usize>() + 6;
    let mut text = escape(failure.kind_text()).into_owned();
    if screen.is_narrow() {
        text = cells::cut(&text, screen.width().saturating_sub(used).max(20), "...");
    }
    let line = format!(
        "  {} {} {text}  {}",
        screen.paint(Role::Dim, &at),
        screen.paint(Role::Service(&failure.service), &service),
        screen.paint(Role::Dim, id),
    );
    line.trim_end().to_owned()
}

fn numbers(values: &[f64]) -> String {
    let values = values.iter().map(f64::to_string);
    values.collect::<Vec<_>>().join(" ")
}
