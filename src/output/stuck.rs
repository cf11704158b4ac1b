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
        let running = quantity::number_of(self.running, "running job");
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
        if self.left_out.jobs > 0 {
            let text = format!(
                "the {} that were quiet for longest were left out to bound memory: narrow it down with --last",
                quantity::number_of(self.left_out.jobs, "job")
            );
            screen.line(screen.paint(Role::Doubt, &text))?;
        }
        let Some(worst) = self.stuck.first() else {
            return Ok(());
        };
        screen.line("")?;
        grid.draw_first(LISTED, screen)?;
        screen.line("")?;
        let worst_said = match &worst.expected {
            Some(expected) => expectation(expected),
            None => {
                let known = if worst.usual_jobs < ENOUGH {
                    let jobs = quantity::number_of(worst.usual_jobs, "completed job");
                    format!("only {jobs} of its type, too few to know the usual")
                } else {
                    format!("completed jobs seldom or never pass {}", worst.event_type)
                };
                let limit = quantity::round(self.threshold_ms);
                format!("{known}: overdue after {limit} of silence")
            }
        };
        let lines = format!("{}: {worst_said}", worst.job_id);
        screen.line(super::escape(&lines))?;
        let mut next = vec![(
            format!("emp timeline {}", shell_word(worst.job_id)),
            "what happened to it",
        )];
        if let Some(holder) = holder(worst) {
            next.push((
                format!("emp timeline {} --last 1h", shell_word(holder.id)),
                "what its holder did lately",
            ));
        }
        next.push((
            format!("emp correlate {}", shell_word(worst.job_id)),
            "what else happened around it",
        ));
        screen.next_commands(&next)
    }
}

impl StuckReport<'_> {
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
