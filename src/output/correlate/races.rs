//! What happened in an order that cannot be.

use std::io;

use super::paragraph;
use crate::output::report::{Cell, Column, Grid, Report, shell_word};
use crate::output::{Role, Screen};
use crate::quantity;
use crate::query::correlate::races::{Kind, Race, Races};

/// Races that are shown as text.
const SHOWN: usize = 20;

impl Report for Races {
    type Row = Race;

    fn rows(&self) -> &[Race] {
        &self.races
    }

    fn grid(&self, screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("kind", "WHAT"),
            Column::text("job", "JOB").flexible(),
            Column::text("at", "AT"),
            Column::number("betweenMs", "BETWEEN").rank(1),
            Column::text("text", "HOW").flexible().rank(3),
            Column::text("first", "FIRST").extra(),
            Column::text("second", "SECOND").extra(),
        ]);
        for race in &self.races {
            grid.row([
                Cell::new(name(race.kind)).role(Role::Bad),
                race.job_id.clone().into(),
                Cell::new(screen.day_clock(race.second.at)).value(race.second.at),
                Cell::new(quantity::duration(race.between_ms)).value(race.between_ms),
                race.text.clone().into(),
                race.first.event_type.clone().into(),
                race.second.event_type.clone().into(),
            ]);
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        let jobs = quantity::number_of(self.jobs, "job");
        let sentence = match self.races.first() {
            None => format!("no race and no disorder in {jobs}"),
            Some(first) => {
                let all = self.races.len() as u64 + self.left_out;
                let times = quantity::number_of(all, "order");
                format!(
                    "{times} that cannot be, in {jobs}; the gravest: {}, {}",
                    first.job_id, first.text
                )
            }
        };
        let role = if self.races.is_empty() {
            Role::Good
        } else {
            Role::Bad
        };
        paragraph(screen, role, "", 0, &sentence)?;
        if !grid.is_empty() {
            screen.line("")?;
            grid.draw_first(SHOWN, screen)?;
        }
        if self.races.iter().any(|race| !race.heard) {
            let text = "where the server's clock is not known, the emitters' clocks decide";
            paragraph(screen, Role::Dim, "", 0, text)?;
        }
        for clock in self.clocks.iter().take(3) {
            let way = if clock.ahead_ms > 0 {
                "ahead"
            } else {
                "behind"
            };
            let off = quantity::duration(clock.ahead_ms.abs());
            let host = if clock.host.is_empty() {
                String::new()
            } else {
                format!(" on {}", clock.host)
            };
            let text = format!(
                "the clock of {}{host} is {off} {way}: no race",
                clock.service
            );
            paragraph(screen, Role::Dim, "", 0, &text)?;
        }
        if self.explained > 0 {
            let handoffs = quantity::number_of(self.explained, "handoff");
            let text = format!("{handoffs} of less than no time are such clocks and nothing else");
            paragraph(screen, Role::Dim, "", 0, &text)?;
        }
        if self.left_out > 0 {
            let text = format!("{} more are not listed", quantity::count(self.left_out));
            paragraph(screen, Role::Dim, "", 0, &text)?;
        }
        let mut next = Vec::new();
        if let Some(first) = self.races.first() {
            let job = shell_word(&first.job_id);
            next.push((format!("emp correlate {job}"), "all that has to do with it"));
            next.push((format!("emp timeline {job}"), "every event, in order"));
        }
        screen.next_commands(&next)
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::ClaimedTwice => "claimed twice",
        Kind::CompletedBeforeStart => "completed before start",
        Kind::EndedTwice => "ended twice",
        Kind::AfterEnd => "work after the end",
        Kind::NegativeHandoff => "handoff backwards",
    }
}
