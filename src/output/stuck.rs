//! The running jobs that are overdue.

use std::io;

use serde::Serialize;

use super::report::{Cell, Column, Grid, Report, shell_word};
use super::timeline::expectation;
use super::{Role, Screen};
use crate::event::Millis;
use crate::quantity::{self, duration};
use crate::query::course::{Basis, ENOUGH, Holder, Stuck};
use crate::query::jobs::LeftOut;

/// Jobs that are listed for people.
const LISTED: usize = 20;

/// The worst jobs, of which more is said than their row.
const WORST: usize = 3;

/// How far before the last sign of life of a holder its story is proposed, in milliseconds.
const BEFORE_SIGN_MS: i64 = 10 * 60_000;

/// All of the report.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StuckReport<'a> {
    /// Jobs that have not ended.
    pub(crate) running: u64,
    /// Jobs that were looked at.
    pub(crate) jobs: u64,
    /// The limit for jobs of which the usual is not known, in milliseconds.
    pub(crate) threshold_ms: i64,
    /// Those that are overdue, worst first.
    pub(crate) stuck: Vec<Stuck<'a>>,
    /// Unfinished jobs that are not judged: an export holds only the job that it is about as a whole.
    pub(crate) partly_held: u64,
    /// Jobs that may have ended: all that is held of them is older than the stream of events.
    pub(crate) end_not_held: u64,
    /// Where that stream begins; `None` where it holds nothing.
    #[serde(serialize_with = "crate::query::timeline::rfc3339_or_null")]
    pub(crate) events_begin: Option<Millis>,
    /// Since when events were looked at; `None` for all of them.
    #[serde(serialize_with = "crate::query::timeline::rfc3339_or_null")]
    pub(crate) from: Option<Millis>,
    /// Its name.
    #[serde(skip)]
    pub(crate) stream: &'a str,
    /// What there was no room for.
    pub(crate) left_out: LeftOut,
    /// The instant they were measured against.
    #[serde(skip)]
    pub(crate) now: Millis,
}

impl<'a> Report for StuckReport<'a> {
    type Row = Stuck<'a>;

    fn rows(&self) -> &[Stuck<'a>] {
        &self.stuck
    }

    fn grid(&self, _: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("job", "JOB"),
            Column::number("overdue", "OVERDUE"),
            Column::text("after", "STUCK AFTER"),
            Column::text("expected", "EXPECTED NEXT").flexible().rank(3),
            Column::text("holder", "HELD BY"),
            Column::text("sign", "ITS LAST SIGN OF LIFE")
                .flexible()
                .rank(2),
            Column::text("type", "TYPE").rank(4),
            Column::number("quiet", "QUIET").extra(),
            Column::text("service", "SERVICE").extra(),
            Column::text("worker", "WORKER").extra(),
            Column::text("machine", "MACHINE").extra(),
            Column::text("basis", "BASIS").extra(),
        ]);
        for stuck in &self.stuck {
            let id = |holder: Option<&Holder<'_>>| holder.map_or("", |holder| holder.id).to_owned();
            let (worker, machine) = (id(stuck.worker.as_ref()), id(stuck.machine.as_ref()));
            let holder = holder(stuck);
            let expected = stuck
                .expected
                .as_ref()
                .map_or_else(String::new, |expected| {
                    format!("{} {}", expected.key.service, expected.key.event_type)
                });
            let basis = match stuck.basis {
                Basis::Usual => "usual",
                Basis::Threshold => "threshold",
            };
            grid.row([
                stuck.job_id.into(),
                Cell::new(duration(stuck.overdue_ms))
                    .value(stuck.overdue_ms)
                    .role(Role::Bad),
                stuck.event_type.into(),
                expected.into(),
                holder.map_or("nobody yet", |holder| holder.id).into(),
                Cell::new(holder.map_or_else(String::new, |holder| self.sign(holder))),
                stuck.job_type.into(),
                Cell::new(duration(stuck.quiet_ms)).value(stuck.quiet_ms),
                stuck.service.into(),
                worker.into(),
                machine.into(),
                basis.into(),
            ]);
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        let running = quantity::number_of(self.running, "unfinished job");
        let overdue = u64::try_from(self.stuck.len()).unwrap_or(u64::MAX);
        let (role, verdict) = match overdue {
            0 => (Role::Good, format!("none of {running} is overdue")),
            1 => (Role::Bad, format!("1 of {running} is overdue")),
            many => (
                Role::Bad,
                format!("{} of {running} are overdue", quantity::count(many)),
            ),
        };
        screen.line(screen.paint(role, &verdict))?;
        if let Some(from) = self.from {
            let text = format!(
                "only what was said since {} was read: a job that has been silent since then is not seen",
                screen.date_clock(from)
            );
            screen.paragraph(Role::Doubt, &text)?;
        }
        if self.left_out.jobs > 0 {
            let text = format!(
                "the {} that were quiet for longest were left out to bound memory: narrow it down with --last",
                quantity::number_of(self.left_out.jobs, "job")
            );
            screen.paragraph(Role::Doubt, &text)?;
        }
        if self.partly_held > 0 {
            let (jobs, verb) = match self.partly_held {
                1 => ("1 other unfinished job".to_owned(), "is"),
                many => (quantity::number_of(many, "other unfinished job"), "are"),
            };
            let text = format!(
                "{jobs} {verb} not judged: an export holds only the job that it is about as a whole"
            );
            screen.paragraph(Role::Doubt, &text)?;
        }
        if self.end_not_held > 0 {
            let text = self.end_not_held(screen);
            screen.paragraph(Role::Doubt, &text)?;
        }
        let Some(worst) = self.stuck.first() else {
            return Ok(());
        };
        screen.line("")?;
        grid.draw_first(LISTED, screen)?;
        screen.line("")?;
        let hidden = grid.gave_way(screen);
        if !hidden.is_empty() {
            let text = format!(
                "too narrow for {}: --columns names columns",
                hidden.join(", ")
            );
            screen.paragraph(Role::Dim, &text)?;
            screen.line("")?;
        }
        for stuck in self.stuck.iter().take(WORST) {
            let mut said = format!("{}: {}", stuck.job_id, self.why(stuck));
            if hidden.contains(&"sign")
                && let Some(holder) = holder(stuck)
            {
                said.push_str(&format!(
                    "; last sign of life of {}: {}",
                    holder.id,
                    self.sign(holder)
                ));
            }
            screen.paragraph(Role::Plain, &said)?;
        }
        let next = self.next(worst);
        screen.next_commands(&next)
    }
}

impl StuckReport<'_> {
    /// Of which jobs nobody can say whether they run.
    fn end_not_held(&self, screen: &Screen) -> String {
        let (jobs, verb, noun) = match self.end_not_held {
            1 => ("1 job".to_owned(), "is", "it"),
            many => (quantity::number_of(many, "job"), "are", "they"),
        };
        let whether = format!("whether {noun} ended is not held");
        match self.events_begin {
            Some(begins) => {
                let begins = screen.date_clock(begins);
                let stream = self.stream;
                format!(
                    "{jobs} {verb} known only from before {begins}, where {stream} begins: {whether}"
                )
            }
            None => format!(
                "{jobs} {verb} known from other streams only, {} is empty: {whether}",
                self.stream
            ),
        }
    }

    /// Why a job counts as stuck.
    fn why(&self, stuck: &Stuck<'_>) -> String {
        if let Some(expected) = &stuck.expected {
            return expectation(expected);
        }
        let known = if stuck.usual_jobs < ENOUGH {
            let jobs = quantity::number_of(stuck.usual_jobs, "completed job");
            format!("only {jobs} of its type, too few to know the usual")
        } else {
            format!("completed jobs seldom or never pass {}", stuck.event_type)
        };
        let limit = quantity::round(self.threshold_ms);
        format!("{known}: overdue after {limit} of silence")
    }

    /// What to look at next: the worst jobs, and what the holder of the worst did before it fell silent.
    fn next(&self, worst: &Stuck<'_>) -> Vec<(String, &'static str)> {
        let timeline = |stuck: &Stuck<'_>| format!("emp timeline {}", shell_word(stuck.job_id));
        let mut next = vec![(timeline(worst), "what happened to it")];
        if let Some(holder) = holder(worst)
            && let Some(sign) = holder.last_sign
        {
            let since = sign.at.plus(-BEFORE_SIGN_MS);
            next.push((
                format!("emp timeline {} --since {since}", shell_word(holder.id)),
                "what its holder did last",
            ));
        }
        if self.stuck.len() == 1 {
            next.push((
                format!("emp correlate {}", shell_word(worst.job_id)),
                "what else happened around it",
            ));
        }
        let others = self.stuck.iter().take(WORST).skip(1);
        next.extend(others.map(|stuck| (timeline(stuck), "what happened to this one")));
        next
    }

    /// When a holder was heard of last, and with what.
    fn sign(&self, holder: &Holder<'_>) -> String {
        holder.last_sign.map_or_else(
            || "none".to_owned(),
            |sign| {
                let ago = duration(self.now.since(sign.at).max(0));
                format!("{ago} ago: {}", sign.event_type)
            },
        )
    }
}

/// Who has it: the worker, else the machine.
fn holder<'s, 'a>(stuck: &'s Stuck<'a>) -> Option<&'s Holder<'a>> {
    stuck.worker.as_ref().or(stuck.machine.as_ref())
}
