//! The overview: what changed, how jobs fare, and a row for each group.

use std::io;

use super::{
    View, at_once, dim, findings, labelled, length, maybe, minute, plain, rate, rounded, times,
    usual,
};
use crate::output::report::{Cell, Column, Grid, Report, bar, sparkline};
use crate::output::{Role, Screen, escape};
use crate::quantity;
use crate::query::perf::{Bin, Finding, Flow, Kind, Overview, Row};

/// Rows whose histograms are drawn.
const DRAWN: usize = 5;

impl Report for View<'_, Overview> {
    type Row = Row;

    fn rows(&self) -> &[Row] {
        &self.report.groups
    }

    fn grid(&self, screen: &Screen) -> Grid {
        let service = Column::text("service", "service");
        let mut grid = Grid::new([
            Column::text("group", head(&self.report.by))
                .flexible()
                .least(30),
            if self.report.by == "eventType" {
                service.rank(3)
            } else {
                service.extra()
            },
            Column::number("count", "count"),
            Column::number("rate", "rate"),
            Column::number("mean", "mean").rank(4),
            Column::number("p50", "p50"),
            Column::number("p95", "p95"),
            Column::number("p99", "p99").rank(5),
            Column::number("max", "max").rank(2),
            Column::text("change", "change").rank(1),
            Column::text("trend", "how often").rank(6),
            Column::text("tookTrend", "how long").rank(7),
            Column::number("total", "total").extra(),
            Column::number("durations", "durations").extra(),
            Column::number("paired", "paired").extra(),
            Column::number("odd", "odd").extra(),
        ]);
        let unicode = screen.unicode();
        for row in self.shown(&self.report.groups) {
            let took = row.took;
            let cell = |ms: Option<f64>| Cell::new(maybe(ms)).value(plain(ms));
            let finding = row.finding.and_then(|at| self.report.findings.get(at));
            grid.row([
                Cell::new(&row.group),
                Cell::new(row.service.clone().unwrap_or_default()),
                Cell::new(quantity::count(row.count)).value(row.count),
                Cell::new(row.per_minute.map(rate).unwrap_or_default())
                    .value(plain(row.per_minute)),
                cell(took.map(|took| took.mean)),
                cell(took.map(|took| took.p50)),
                cell(took.map(|took| took.p95)),
                cell(took.map(|took| took.p99)),
                cell(took.map(|took| took.max)),
                finding.map_or_else(|| Cell::new(""), change),
                Cell::new(sparkline(&row.trend, unicode)).value(numbers(&row.trend)),
                Cell::new(sparkline(&row.took_trend, unicode)).value(numbers(&row.took_trend)),
                Cell::new(took.map(|_| length(row.total_ms)).unwrap_or_default())
                    .value(row.total_ms),
                Cell::new(took.map_or(0, |took| took.count).to_string()),
                Cell::new(row.paired.to_string()),
                Cell::new(row.odd.to_string()),
            ]);
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        let report = self.report;
        findings::draw(report, screen)?;
        screen.line("")?;
        summary(report, screen)?;
        if !grid.is_empty() {
            screen.line("")?;
            grid.draw(screen)?;
            self.rest(&report.groups, screen)?;
        }
        let rows = report.groups.iter();
        let histograms = rows.filter_map(|row| Some((row, row.histogram.as_ref()?)));
        let filled = histograms.filter(|(_, bins)| !bins.is_empty());
        for (row, bins) in filled.take(DRAWN) {
            histogram(row, bins, screen)?;
        }
        notes(report, screen)?;
        screen.next_commands(&self.next)
    }
}

fn head(by: &str) -> &'static str {
    match by {
        "eventType" => "event type",
        "step" => "step",
        "service" => "service",
        "workerId" => "worker",
        "machineId" => "machine",
        "jobType" => "jobs of type",
        _ => "group",
    }
}

fn change(finding: &Finding) -> Cell {
    let factor = || format!("{} x", times(finding.factor));
    let (text, role) = match finding.kind {
        Kind::Slower | Kind::WaitsLonger => (factor(), Role::Bad),
        Kind::Faster => (factor(), Role::Good),
        Kind::More => ("more".to_owned(), Role::Doubt),
        Kind::Fewer => ("fewer".to_owned(), Role::Doubt),
    };
    Cell::new(text).value(finding.factor).role(role)
}

fn numbers(values: &[f64]) -> String {
    let values: Vec<_> = values.iter().map(|value| format!("{value:.1}")).collect();
    values.join(" ")
}

fn summary(report: &Overview, screen: &mut Screen) -> io::Result<()> {
    if let (Some(from), Some(until)) = (report.from, report.until) {
        let from = report.held_from.unwrap_or(from);
        let window = until.since(from);
        let rate = report.minutes().map(|minutes| {
            #[expect(clippy::cast_precision_loss, reason = "a count of events")]
            let events = report.events as f64;
            format!(" ({})", rate(events / minutes))
        });
        let text = format!(
            "{} in {}{}, from {} to {}{}",
            quantity::count(report.events),
            quantity::duration(window),
            rate.unwrap_or_default(),
            minute(from, i64::MAX, screen),
            minute(until, window, screen),
            match report.held_from {
                Some(_) => "; nothing older is held",
                None => "",
            }
        );
        labelled("events", Role::Dim, &text, screen)?;
    }
    if let Some(begins) = report.events_begin {
        let text = format!(
            "older entries, of other streams alone, are left out: events begin {}",
            screen.day_clock(begins)
        );
        labelled("", Role::Doubt, &text, screen)?;
    }
    let jobs = &report.jobs;
    let ended = jobs.completed + jobs.failed + jobs.cancelled;
    if jobs.seen == 0 {
        return Ok(());
    }
    let parts = [
        (jobs.completed, "completed"),
        (jobs.failed, "failed"),
        (jobs.cancelled, "cancelled"),
        (jobs.unfinished, "not ended"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts = parts.map(|(count, word)| format!("{} {word}", quantity::count(*count)));
    let took = jobs
        .took
        .map(|took| format!("; completed ones took {}", usual(took)));
    let partial = "; how long is not told, for other events of them are not selected".to_owned();
    let took = took.or_else(|| (!report.whole_jobs).then_some(partial));
    let text = match ended {
        0 => format!(
            "{}, of which no end is seen here",
            quantity::count(jobs.seen)
        ),
        _ => {
            let parts: Vec<_> = parts.collect();
            let took = took.unwrap_or_default();
            format!("{}: {}{took}", quantity::count(jobs.seen), parts.join(", "))
        }
    };
    labelled("jobs", Role::Dim, &text, screen)?;
    match &report.flow {
        Some(flow) if ended > 0 => over_time(flow, report.minutes(), screen),
        _ => Ok(()),
    }
}

fn over_time(flow: &Flow, minutes: Option<f64>, screen: &mut Screen) -> io::Result<()> {
    let line = |of: &dyn Fn(&crate::query::perf::Point) -> f64| {
        let values: Vec<f64> = flow.points.iter().map(of).collect();
        sparkline(&values, screen.unicode())
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of jobs")]
    let ended = line(&|point| (point.completed + point.failed) as f64);
    let running = line(&|point| point.running);
    let wait = line(&|point| point.wait.map_or(0.0, |wait| wait.p50));
    if let Some(minutes) = minutes {
        #[expect(clippy::cast_precision_loss, reason = "a count of jobs")]
        let per_minute = flow.ended as f64 / minutes;
        let text = format!("{ended}  {} ended", rate(per_minute));
        labelled("through", Role::Dim, &text, screen)?;
    }
    let text = format!(
        "{running}  {} at once, at most {}",
        at_once(flow.running),
        flow.running_peak
    );
    labelled("running", Role::Dim, &text, screen)?;
    if let Some(figures) = flow.wait {
        let text = format!("{wait}  {} for a worker", usual(figures));
        labelled("waiting", Role::Dim, &text, screen)?;
    }
    Ok(())
}

fn histogram(row: &Row, bins: &[Bin], screen: &mut Screen) -> io::Result<()> {
    screen.line("")?;
    let count = row.took.map_or(0, |took| took.count);
    let durations = quantity::number_of(count, "duration");
    let title = format!("{}  {durations}", escape(&row.group));
    screen.line(screen.paint(Role::Strong, &title))?;
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0);
    let room = screen.width().saturating_sub(34).clamp(10, 60);
    for bin in bins {
        let upper = match bin.up_to {
            Some(ms) => format!("up to {}", length(ms)),
            None => "longer".to_owned(),
        };
        #[expect(clippy::cast_precision_loss, reason = "shares of a picture")]
        let (part, of_all) = (
            bin.count as f64 / most.max(1) as f64,
            bin.count as f64 / count.max(1) as f64,
        );
        let bar = bar(part, room, screen.unicode());
        let number = quantity::count(bin.count);
        let line = format!(
            "  {upper:>14}  {number:>8} {:>4.0} %  {bar}",
            of_all * 100.0
        );
        screen.line(line.trim_end())?;
    }
    Ok(())
}

fn notes(report: &Overview, screen: &mut Screen) -> io::Result<()> {
    rounded(report.rounded(), screen)?;
    if report.mixed_types > 1 {
        let text = format!(
            "durations of {} event types are mixed in each row: --event-type names one",
            report.mixed_types
        );
        dim(&text, screen)?;
    }
    if report.odd_durations > 0 {
        let odd = quantity::number_of(report.odd_durations, "event");
        let text = format!("{odd} with a duration that is none (a text, or negative): not counted");
        dim(&text, screen)?;
    }
    let out = report.left_out;
    if out.lumped_events > 0 {
        let events = quantity::number_of(out.lumped_events, "event");
        dim(
            &format!("{events} beyond the first 500 groups count together"),
            screen,
        )?;
    }
    if out.jobs > 0 || out.job_events > 0 {
        let jobs = quantity::number_of(out.jobs, "job");
        let events = quantity::number_of(out.job_events, "event");
        let text = format!("{jobs} ({events}) left out of figures about jobs, to save memory");
        dim(&text, screen)?;
    }
    if out.starts_and_ends > 0 {
        let marks = quantity::count(out.starts_and_ends);
        dim(
            &format!("{marks} starts and ends were not matched, to save memory"),
            screen,
        )?;
    }
    Ok(())
}
