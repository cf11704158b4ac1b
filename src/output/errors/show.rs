//! One kind of failure in full.

use std::io;

use serde::Serialize;

use super::{
    about_of, ago, block, clock, command, ids, in_window, rate, role, shares, short, wrapped,
};
use crate::event::Id;
use crate::output::report::{Cell, Column, Grid, Report, sparkline};
use crate::output::{Role, Screen, escape};
use crate::quantity;
use crate::query::errors::{DetailReport, Failure, JobShare, State};

/// Lines of a stack, jobs and values that are shown.
const STACK: usize = 20;
const JOBS: usize = 10;
const VALUES: usize = 5;

/// One kind and how to come back to it.
#[derive(Serialize)]
pub(crate) struct DetailView<'a> {
    /// The kind.
    #[serde(flatten)]
    pub(crate) report: &'a DetailReport,
    /// Flags that lead other commands to the same events.
    #[serde(skip)]
    pub(crate) again: &'a str,
}

impl Report for DetailView<'_> {
    type Row = JobShare;

    fn rows(&self) -> &[JobShare] {
        &self.report.jobs
    }

    fn grid(&self, _: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("job", "job"),
            Column::number("count", "failures"),
            Column::text("last", "last"),
        ]);
        for job in &self.report.jobs {
            grid.row([
                Cell::new(job.job.clone()),
                Cell::new(quantity::count(job.count)).value(job.count),
                Cell::new(ago(self.report.window.now, job.last)).value(job.last),
            ]);
        }
        grid
    }

    fn draw(&self, _: &Grid, screen: &mut Screen) -> io::Result<()> {
        let report = self.report;
        self.head(screen)?;
        screen.line("")?;
        shares(&report.shares, VALUES, screen)?;
        screen.line("")?;
        sample("newest", &report.newest, report, screen)?;
        if report.count > 1 {
            screen.line("")?;
            sample("oldest", &report.oldest, report, screen)?;
        }
        self.jobs(screen)?;
        if let Some(explanation) = &report.explanation {
            screen.line("")?;
            super::explain::draw(explanation, screen)?;
        }
        let next = self.next();
        screen.next_commands(&next)
    }
}

impl DetailView<'_> {
    fn head(&self, screen: &mut Screen) -> io::Result<()> {
        let report = self.report;
        screen.line(screen.paint(Role::Strong, &escape(&report.fingerprint)))?;
        let jobs = about_of(report.job_count, report.jobs_are_estimated, "job");
        let users = about_of(report.users, report.users_are_estimated, "user");
        let failures = quantity::number_of(report.count, "failure");
        let when = in_window(&report.window, screen);
        let rate = match report.per_hour {
            Some(_) => format!(", {} an hour", rate(report.per_hour)),
            None => String::new(),
        };
        screen.line(format!("{failures} {when}{rate}; {jobs}, {users}"))?;
        let state = match (report.state, report.silent_ms) {
            (State::Unknown, _) => "whether it is new cannot be told".to_owned(),
            (State::Back, Some(silent)) => format!("back after {}", quantity::round(silent)),
            (State::FirstSeen, _) => "first seen in this window; that may be chance".to_owned(),
            (state, _) => state.word().to_owned(),
        };
        let state = screen.paint(role(report.state), &state);
        let now = report.window.now;
        screen.line(format!(
            "{state}; first {} ({}), last {} ({})",
            clock(report.first_seen, now, screen),
            ago(now, report.first_seen),
            clock(report.last_seen, now, screen),
            ago(now, report.last_seen),
        ))?;
        if report.known_since < report.first_seen {
            let since = clock(report.known_since, now, screen);
            screen.line(format!("known since {since}"))?;
        }
        let trend = sparkline(&report.trend, screen.unicode());
        screen.line(format!("trend |{trend}|  kind {}", short(&report.id)))?;
        let told = report.told_by.values.iter();
        let told = told.map(|share| format!("{} ({})", escape(&share.value), share.count));
        let told: Vec<_> = told.take(VALUES).collect();
        wrapped(Role::Dim, &format!("told by {}", told.join(", ")), screen)
    }

    fn jobs(&self, screen: &mut Screen) -> io::Result<()> {
        let report = self.report;
        if report.jobs.is_empty() {
            return Ok(());
        }
        screen.line("")?;
        screen.line(screen.paint(Role::Dim, "jobs, the last that failed first:"))?;
        for job in report.jobs.iter().take(JOBS) {
            let times = match job.count {
                1 => String::new(),
                count => format!(", {count} times"),
            };
            let last = ago(report.window.now, job.last);
            screen.line(format!("  {}  {last}{times}", escape(&job.job)))?;
        }
        let shown = u64::try_from(report.jobs.len().min(JOBS)).unwrap_or(0);
        match report.job_count.saturating_sub(shown) {
            0 => Ok(()),
            more => {
                let more = about_of(more, report.jobs_are_estimated, "job");
                screen.line(screen.paint(Role::Dim, &format!("  {more} more; -o json lists 1,000")))
            }
        }
    }

    fn next(&self) -> Vec<(String, &'static str)> {
        let mut next = Vec::new();
        if let Some(job) = self.report.newest.id(Id::Job) {
            next.push((
                command("timeline", job, ""),
                "the newest job that met it, in full",
            ));
            next.push((
                command("errors timeline", job, ""),
                "all that failed in that job",
            ));
        }
        let id = short(&self.report.id);
        if self.report.explanation.is_none() {
            let explain = format!("{} --explain", command("errors show", id, self.again));
            next.push((explain, "why these are one kind"));
        }
        next
    }
}

/// One failure with all that is known of it.
fn sample(
    which: &str,
    failure: &Failure,
    report: &DetailReport,
    screen: &mut Screen,
) -> io::Result<()> {
    let now = report.window.now;
    let at = clock(failure.at, now, screen);
    let service = escape(&failure.service).into_owned();
    screen.line(format!(
        "{} {at} ({}) {}",
        screen.paint(Role::Strong, &format!("{which}:")),
        ago(now, failure.at),
        screen.paint(Role::Service(&failure.service), &format!("[{service}]")),
    ))?;
    let ids = ids(failure);
    if !ids.is_empty() {
        wrapped(Role::Plain, &ids.join(", "), screen)?;
    }
    let is_other = failure.entry != report.newest.entry || failure.at != report.newest.at;
    let says = (&failure.stack, &failure.message);
    if is_other && says == (&report.newest.stack, &report.newest.message) {
        screen.line(screen.paint(Role::Dim, "  (says the same)"))?;
        return also(failure, screen);
    }
    match (&failure.stack, &failure.message) {
        (Some(stack), Some(message)) if !stack.contains(message.as_str()) => {
            block(message, "  ", 3, screen)?;
            block(stack, "    ", STACK, screen)?;
        }
        (Some(stack), _) => block(stack, "  ", STACK, screen)?,
        (None, Some(message)) => block(message, "  ", STACK, screen)?,
        (None, None) => screen.line(screen.paint(Role::Dim, "  (it says nothing more)"))?,
    }
    also(failure, screen)
}

/// Which other events tell of it.
fn also(failure: &Failure, screen: &mut Screen) -> io::Result<()> {
    let also = failure.also.iter().map(|also| {
        let after = quantity::delta(also.at.since(failure.at));
        format!("{} {after}", escape(&also.event_type))
    });
    let also: Vec<_> = also.collect();
    if also.is_empty() {
        return Ok(());
    }
    wrapped(
        Role::Dim,
        &format!("told also by {}", also.join(", ")),
        screen,
    )
}
