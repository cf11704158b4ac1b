//! One job with everything that has to do with it.

use std::io;

use super::{head, paragraph, percent};
use crate::output::report::{Cell, Column, Grid, Report, shell_word};
use crate::output::{Role, Screen, escape};
use crate::quantity;
use crate::query::correlate::around::{Neighbour, Relation};
use crate::query::correlate::case::Case;
use crate::query::correlate::races::Kind;
use crate::query::correlate::{Doing, Leg};
use crate::query::timeline::Outcome;

/// Lines of a list.
const LISTED: usize = 6;

/// Legs of the path that are shown.
const LEGS: usize = 24;

impl Report for Case {
    type Row = Leg;

    fn rows(&self) -> &[Leg] {
        &self.path
    }

    fn grid(&self, screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("from", "FROM").extra(),
            Column::text("to", "UNTIL").flexible(),
            Column::number("durationMs", "TOOK"),
            Column::number("share", "SHARE").rank(2),
            Column::number("usual", "USUAL").rank(1),
            Column::number("p95", "95 %").rank(3),
            Column::text("doing", "").rank(4),
            Column::text("at", "at").extra(),
        ]);
        for leg in &self.path {
            let place = |spot: &crate::query::correlate::Spot| {
                format!("{} {}", spot.service, spot.event_type)
            };
            let doing = match leg.doing {
                Doing::Work => "work",
                Doing::Queue => "queue",
                Doing::Between => "",
            };
            let role = if leg.is_slow { Role::Bad } else { Role::Plain };
            let usual = |of: fn(&crate::query::correlate::Usually) -> f64| {
                leg.usual.as_ref().map(of).map_or_else(
                    || Cell::new(""),
                    |ms| Cell::new(quantity::rounded(ms)).value(ms),
                )
            };
            grid.row([
                place(&leg.from).into(),
                place(&leg.to).into(),
                Cell::new(quantity::duration(leg.duration_ms))
                    .value(leg.duration_ms)
                    .role(role),
                Cell::new(percent(leg.share)).value(leg.share),
                usual(|usual| usual.p50),
                usual(|usual| usual.p95),
                doing.into(),
                Cell::new(screen.day_clock(leg.from.at)).value(leg.from.at),
            ]);
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        self.draw_verdict(screen)?;
        if !grid.is_empty() {
            let first = self.path.first().map(|leg| &leg.from);
            let first = first.map_or_else(String::new, |from| {
                format!(" from {} {}", from.service, from.event_type)
            });
            head(screen, &format!("critical path{first}"))?;
            grid.draw_first(LEGS, screen)?;
        }
        self.draw_tries(screen)?;
        self.draw_handoffs(screen)?;
        self.draw_gaps(screen)?;
        self.draw_before(screen)?;
        self.draw_relations(screen)?;
        self.draw_doubts(screen)?;
        screen.next_commands(&self.next())
    }
}

impl Case {
    fn draw_verdict(&self, screen: &mut Screen) -> io::Result<()> {
        let role = match self.outcome {
            Some(Outcome::Failed | Outcome::TimedOut) => Role::Bad,
            Some(Outcome::Completed) if self.disorder.is_empty() => Role::Good,
            _ => Role::Doubt,
        };
        let (kind, id) = (self.subject.kind.noun(), &self.subject.id);
        paragraph(
            screen,
            role,
            "",
            0,
            &format!("{kind} {id} {}", self.verdict.text),
        )?;
        if let Some(asked) = &self.asked {
            let others = match self.other_jobs.len() {
                0 => "the only job of".to_owned(),
                more => format!("the one to look at of {} jobs of", more + 1),
            };
            let text = format!("{others} {} {}", asked.kind.noun(), asked.id);
            paragraph(screen, Role::Dim, "", 2, &text)?;
        }
        for evidence in &self.verdict.evidence {
            paragraph(screen, Role::Plain, "  -", 4, evidence)?;
        }
        Ok(())
    }

    fn draw_tries(&self, screen: &mut Screen) -> io::Result<()> {
        let raced = self
            .disorder
            .iter()
            .any(|race| race.kind == Kind::ClaimedTwice);
        if self.tries.len() < 2 || raced {
            return Ok(());
        }
        head(screen, "tries")?;
        for one in self.tries.iter().rev().take(LISTED).rev() {
            let on = one.worker.as_ref().or(one.machine.as_ref());
            let on = on.map_or_else(String::new, |on| format!(" on {on}"));
            let how = one.failure.as_ref();
            let how = how.map_or_else(
                || format!("until {}", one.last.event_type),
                |how| format!("failed: {how}"),
            );
            let took = quantity::duration(one.duration_ms);
            let text = format!("{}{on}, {took}, {how}", one.number);
            paragraph(screen, Role::Plain, "", 2, &text)?;
        }
        Ok(())
    }

    fn draw_handoffs(&self, screen: &mut Screen) -> io::Result<()> {
        if self.handoffs.is_empty() {
            return Ok(());
        }
        head(screen, "handoffs")?;
        let mut longest: Vec<_> = self.handoffs.iter().enumerate().collect();
        longest.sort_by_key(|(_, handoff)| std::cmp::Reverse(handoff.corrected_ms));
        longest.truncate(LISTED);
        longest.sort_by_key(|(at, _)| *at);
        for (_, handoff) in longest {
            let (from, to) = (&handoff.from, &handoff.to);
            let arrow = if screen.unicode() { "→" } else { "->" };
            let by_clock = if handoff.corrected_ms == handoff.duration_ms {
                String::new()
            } else {
                let clock = quantity::duration(handoff.duration_ms);
                format!(", {clock} by clocks that are off")
            };
            let text = format!(
                "{} {arrow} {}  {} ({} {arrow} {}{by_clock})",
                from.service,
                to.service,
                quantity::duration(handoff.corrected_ms),
                from.event_type,
                to.event_type
            );
            paragraph(screen, Role::Plain, "", 2, &text)?;
        }
        let more = self.handoffs.len().saturating_sub(LISTED);
        if more > 0 {
            let text = format!("and {more} shorter ones");
            screen.line(format!("  {}", screen.paint(Role::Dim, &text)))?;
        }
        Ok(())
    }

    /// Of a job that completed only silences that others do not have.
    fn draw_gaps(&self, screen: &mut Screen) -> io::Result<()> {
        let delays = self.usual.iter().flat_map(|usual| &usual.delays);
        let mut lines: Vec<String> = Vec::new();
        let mut longest: Vec<_> = self.gaps.iter().collect();
        longest.sort_by_key(|gap| std::cmp::Reverse(gap.duration_ms));
        let delays: Vec<i64> = delays.map(|delay| whole(delay.took_ms)).collect();
        for gap in longest {
            let unusual = delays.contains(&gap.duration_ms);
            if self.outcome == Some(Outcome::Completed) && !unusual {
                continue;
            }
            let until = match &gap.after {
                Some(after) => format!("until {} {}", after.service, after.event_type),
                None => "and goes on".to_owned(),
            };
            let mark = if unusual { ": unusual here" } else { "" };
            let (took, before) = (quantity::duration(gap.duration_ms), &gap.before);
            let (service, event_type) = (&before.service, &before.event_type);
            let text = format!("{took} after {service} {event_type}, {until}{mark}");
            lines.push(text);
        }
        if lines.is_empty() {
            return Ok(());
        }
        head(screen, "silences")?;
        for text in lines.iter().take(3) {
            paragraph(screen, Role::Plain, "", 2, text)?;
        }
        Ok(())
    }

    fn draw_before(&self, screen: &mut Screen) -> io::Result<()> {
        if self.outcome == Some(Outcome::Completed) || self.before.is_empty() {
            return Ok(());
        }
        let what = match self.failure {
            Some(_) => "the failure",
            None => "its last event",
        };
        let is_loud = self.before.iter().any(|one| one.loud);
        let calm = if is_loud || !self.surroundings.covers {
            ""
        } else {
            ": nothing that failed or warned"
        };
        let place = "on the same worker or machine";
        head(
            screen,
            &format!("in the two minutes before {what}, {place}{calm}"),
        )?;
        let most = if is_loud { self.before.len() } else { 3 };
        let skip = self.before.len().saturating_sub(most);
        let mut shown = self.before.iter().skip(skip);
        shown.try_for_each(|one| neighbour(one, screen))
    }

    fn draw_relations(&self, screen: &mut Screen) -> io::Result<()> {
        if self.relations.is_empty() {
            return Ok(());
        }
        head(screen, "related")?;
        for relation in &self.relations {
            let text = related(relation);
            paragraph(screen, Role::Plain, "", 2, &text)?;
            // What happened on worker and machine just before stands above.
            let shows = matches!(relation.by, "trace" | "error" | "time");
            for example in relation.examples.iter().filter(|_| shows).take(2) {
                neighbour(example, screen)?;
            }
        }
        Ok(())
    }

    fn draw_doubts(&self, screen: &mut Screen) -> io::Result<()> {
        for race in self.disorder.iter().skip(1) {
            paragraph(screen, Role::Doubt, "", 0, &format!("also {}", race.text))?;
        }
        for clock in &self.clocks {
            let (service, host) = (&clock.service, &clock.host);
            let host = if host.is_empty() {
                String::new()
            } else {
                format!(" on {host}")
            };
            let off = quantity::duration(clock.ahead_ms.abs());
            let way = if clock.ahead_ms > 0 {
                "ahead"
            } else {
                "behind"
            };
            let text = format!("the clock of {service}{host} is {off} {way}: put right here");
            paragraph(screen, Role::Doubt, "", 0, &text)?;
        }
        let around = &self.surroundings;
        let events = quantity::number_of(around.events, "event");
        let jobs = quantity::number_of(around.jobs, "job");
        let reach = match (around.covers, around.first) {
            (true, _) | (_, None) => String::new(),
            (false, Some(first)) => format!(
                ", which reach back to {} only and not to its beginning: --since looks further",
                screen.date_clock(first)
            ),
        };
        screen.line("")?;
        let left = match self.left_out {
            0 => String::new(),
            more => format!("; {} of its own are left out", quantity::count(more)),
        };
        let text = format!("beside {events} of {jobs}{reach}{left}");
        paragraph(screen, Role::Dim, "", 0, &text)
    }

    fn next(&self) -> Vec<(String, &'static str)> {
        let id = shell_word(&self.subject.id);
        let mut next = vec![(format!("emp timeline {id}"), "every event, in order")];
        let by = |by: &str| self.relations.iter().find(|one| one.by == by);
        if self.has_failed() {
            if let Some(machine) = by("machine") {
                let machine = shell_word(&machine.id);
                next.push((
                    format!("emp search --machine-id {machine} 'level:error'"),
                    "errors on its machine",
                ));
            }
            next.push((
                "emp correlate --failed".into(),
                "what failed jobs have in common",
            ));
        } else {
            next.push((
                format!("emp correlate {id} --usual"),
                "step by step beside the usual",
            ));
            if self.outcome == Some(Outcome::Unfinished) {
                next.push(("emp health --stuck".into(), "other jobs that are overdue"));
            }
        }
        next
    }
}

fn whole(ms: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a length of time")]
    let ms = ms.round() as i64;
    ms
}

fn related(relation: &Relation) -> String {
    let events = quantity::number_of(relation.events, "other event");
    let about = if relation.estimated { "about " } else { "" };
    let jobs = match relation.jobs {
        0 => String::new(),
        jobs => format!(" of {about}{}", quantity::number_of(jobs, "other job")),
    };
    let failures = match relation.failures {
        0 => String::new(),
        _ if relation.by == "time" || relation.by == "error" => String::new(),
        some => format!(", {} say failure", quantity::count(some)),
    };
    let name = match relation.by {
        "time" => "same time (30 s), failures".to_owned(),
        "error" => "same error".to_owned(),
        "worker" | "machine" => format!("same {} {} (10 min around)", relation.by, relation.id),
        by => format!("same {by} {}", relation.id),
    };
    format!("{name}: {events}{jobs}{failures}")
}

fn neighbour(one: &Neighbour, screen: &mut Screen) -> io::Result<()> {
    let role = if one.failure { Role::Bad } else { Role::Plain };
    let offset = super::signed(one.offset_ms);
    let job = one.job_id.as_ref();
    let job = job.map_or_else(String::new, |job| format!("  {job}"));
    let said = one.message.as_ref();
    let said = said.map_or_else(String::new, |said| format!("  {said}"));
    let text = format!("{} {}{job}{said}", one.service, one.event_type);
    let ellipsis = if screen.unicode() { "…" } else { "..." };
    let room = screen.width().saturating_sub(14);
    let text = crate::output::cells::cut(&escape(&text), room, ellipsis);
    let text = screen.paint(role, &text);
    screen.line(format!("  {offset:>10}  {text}"))
}
