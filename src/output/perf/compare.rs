//! A window beside a baseline, a row a group.

use std::io;

use super::{View, labelled, length, maybe, percent, plain, rate};
use crate::output::report::{Cell, Column, Grid, Report};
use crate::output::{Role, Screen};
use crate::quantity;
use crate::query::perf::{ComparedPair, Comparison, Verdict};

/// Slower groups that are told in full.
const TOLD: usize = 5;

impl Report for View<'_, Comparison> {
    type Row = ComparedPair;

    fn rows(&self) -> &[ComparedPair] {
        &self.report.groups
    }

    fn grid(&self, _: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("group", "what").flexible().least(30),
            Column::text("service", "service").rank(4),
            Column::text("verdict", "verdict"),
            Column::number("p50Before", "p50 was"),
            Column::number("p50", "is"),
            Column::number("p50Change", "p50 change"),
            Column::number("p95Before", "p95 was").rank(2),
            Column::number("p95", "is").rank(2),
            Column::number("p95Change", "p95 change").rank(1),
            Column::number("rateBefore", "rate was").rank(3),
            Column::number("rate", "is").rank(3),
            Column::number("countBefore", "count was").rank(5),
            Column::number("count", "is").rank(5),
            Column::number("durationsBefore", "durations were").extra(),
            Column::number("durations", "are").extra(),
        ]);
        for pair in self.shown(&self.report.groups) {
            let cell = |ms: Option<f64>| Cell::new(maybe(ms)).value(plain(ms));
            let change = |share: Option<f64>| {
                Cell::new(share.map(percent).unwrap_or_default()).value(plain(share))
            };
            let a_minute = |per_minute: Option<f64>| {
                Cell::new(per_minute.map(rate).unwrap_or_default()).value(plain(per_minute))
            };
            let count = |count: u64| Cell::new(quantity::count(count)).value(count);
            let (word, role) = word(pair.verdict);
            grid.row([
                Cell::new(&pair.group),
                Cell::new(pair.service.clone().unwrap_or_default()),
                Cell::new(word).role(role),
                cell(pair.p50_before),
                cell(pair.p50),
                change(pair.p50_change).role(role),
                cell(pair.p95_before),
                cell(pair.p95),
                change(pair.p95_change).role(role),
                a_minute(pair.per_minute_before),
                a_minute(pair.per_minute),
                count(pair.count_before),
                count(pair.count),
                count(pair.durations_before),
                count(pair.durations),
            ]);
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        let report = self.report;
        let limit = format!("{:.0} %", report.limit * 100.0);
        if report.slower == 0 {
            let (label, role, text) = match report.judged {
                0 => (
                    "unknown",
                    Role::Doubt,
                    format!(
                        "too few durations to compare with {}: 20 on both sides are needed",
                        report.baseline
                    ),
                ),
                judged => (
                    "steady",
                    Role::Good,
                    format!(
                        "none of {} is slower than {} by more than {limit} and chance",
                        quantity::number_of(judged as u64, "group"),
                        report.baseline
                    ),
                ),
            };
            labelled(label, role, &text, screen)?;
        }
        let slower = report.groups.iter().take(report.slower);
        for pair in slower.take(TOLD) {
            let service = pair.service.as_ref().map(|service| format!("{service} "));
            let part = |name: &str, before: Option<f64>, now: Option<f64>, change: Option<f64>| {
                let (before, now) = before.zip(now)?;
                let change = change.map(|share| format!(" ({})", percent(share)));
                let change = change.unwrap_or_default();
                Some(format!(
                    "{name} {}, was {}{change}",
                    length(now),
                    length(before)
                ))
            };
            let parts = [
                part("p50", pair.p50_before, pair.p50, pair.p50_change),
                part("p95", pair.p95_before, pair.p95, pair.p95_change),
            ];
            let parts: Vec<_> = parts.into_iter().flatten().collect();
            let text = format!(
                "{}{}: {}",
                service.unwrap_or_default(),
                pair.group,
                parts.join("; ")
            );
            labelled("slower", Role::Bad, &text, screen)?;
        }
        if report.slower > 0 {
            let text = format!(
                "{} of {} slower than {} by more than {limit} and chance",
                report.slower,
                quantity::number_of(report.judged as u64, "group"),
                report.baseline
            );
            labelled("", Role::Plain, &text, screen)?;
        }
        screen.line("")?;
        grid.draw(screen)?;
        self.rest(&report.groups, screen)?;
        screen.next_commands(&self.next)
    }
}

fn word(verdict: Verdict) -> (&'static str, Role<'static>) {
    match verdict {
        Verdict::Slower => ("slower", Role::Bad),
        Verdict::Faster => ("faster", Role::Good),
        Verdict::New => ("new", Role::Doubt),
        Verdict::Gone => ("gone", Role::Doubt),
        Verdict::Same => ("same", Role::Plain),
        Verdict::TooFew => ("too few", Role::Dim),
        Verdict::NoDurations => ("", Role::Plain),
    }
}
