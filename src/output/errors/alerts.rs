//! What the rules of alerts would tell over a window, and what was told.

use std::io;

use serde::Serialize;

use super::{clock, command, in_window};
use crate::event::Millis;
use crate::output::report::{Cell, Column, Grid, Report};
use crate::output::{Role, Screen, cells, escape};
use crate::quantity;
use crate::query::errors::Window;
use crate::query::notice::Alert;

/// Alerts of one list that are shown.
const SHOWN: usize = 20;

/// One rule, and whether events alone can tell that it holds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RuleLine {
    /// Its name.
    pub(crate) name: String,
    /// How bad it is that it holds.
    pub(crate) severity: &'static str,
    /// When it holds, in words.
    pub(crate) condition: String,
    /// Whether it was looked at.
    pub(crate) is_replayed: bool,
}

/// What rules would tell and what was told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AlertsView<'a> {
    /// The time that it is about.
    pub(crate) window: Window,
    /// Every rule that was looked at, or cannot be.
    pub(crate) rules: Vec<RuleLine>,
    /// What the rules would have told.
    pub(crate) would_fire: Vec<Alert>,
    /// How many more there are.
    pub(crate) more_would_fire: u64,
    /// What collectors told.
    pub(crate) fired: Vec<Alert>,
    /// How many more there are.
    pub(crate) more_fired: u64,
    /// Flags that lead other commands to the same events.
    #[serde(skip)]
    pub(crate) again: &'a str,
}

impl Report for AlertsView<'_> {
    type Row = Alert;

    fn rows(&self) -> &[Alert] {
        &self.would_fire
    }

    fn grid(&self, screen: &Screen) -> Grid {
        self.table(&self.would_fire, screen)
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        let head = format!(
            "{} would fire {}, {} did",
            quantity::number_of(number(&self.would_fire, self.more_would_fire), "alert"),
            in_window(&self.window, screen),
            quantity::count(number(&self.fired, self.more_fired)),
        );
        screen.line(screen.paint(Role::Strong, &head))?;
        let quiet = self.rules.iter().filter(|rule| !rule.is_replayed);
        let quiet: Vec<_> = quiet.map(|rule| rule.name.as_str()).collect();
        let quiet = quiet.join(", ");
        if !quiet.is_empty() {
            let note = format!("not looked at, for no event tells: {}", escape(&quiet));
            for line in cells::wrap(&note, screen.width(), 3, "...") {
                screen.line(screen.paint(Role::Dim, &line))?;
            }
        }
        if !grid.is_empty() {
            screen.line("")?;
            screen.line(screen.paint(Role::Dim, "would fire:"))?;
            grid.first(SHOWN).draw(screen)?;
            self.more(&self.would_fire, self.more_would_fire, screen)?;
        }
        if !self.fired.is_empty() {
            screen.line("")?;
            screen.line(screen.paint(Role::Dim, "fired:"))?;
            self.table(&self.fired, screen).first(SHOWN).draw(screen)?;
            self.more(&self.fired, self.more_fired, screen)?;
        }
        let next = self.next();
        screen.next_commands(&next)
    }
}

impl AlertsView<'_> {
    fn table(&self, alerts: &[Alert], screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("severity", "severity"),
            Column::text("rule", "rule").flexible().least(20),
            Column::text("firedAt", "fired at"),
            Column::text("lasted", "lasted").rank(1),
            Column::number("count", "events").rank(2),
            Column::number("notices", "told").rank(3),
            Column::text("message", "message").flexible().least(30),
        ]);
        for alert in alerts.iter().rev() {
            grid.row(self.cells(alert, screen));
        }
        grid
    }

    fn cells(&self, alert: &Alert, screen: &Screen) -> Vec<Cell> {
        let role = match alert.severity.as_str() {
            "critical" => Role::Bad,
            _ => Role::Doubt,
        };
        let rule = match &alert.value {
            Some(value) => format!("{} ({value})", alert.rule),
            None => alert.rule.clone(),
        };
        // The message begins with the rule, which has a column of its own.
        let said = alert.message.strip_prefix(&format!("{rule}: "));
        let said = said.unwrap_or(&alert.message).to_owned();
        let lasted = |until: Millis| quantity::round(until.since(alert.fired_at) / 1000 * 1000);
        let lasted = match alert.resolved_at {
            Some(until) => Cell::new(lasted(until)),
            // A new kind is told once, and never over.
            None if alert.is_of_new_kind() => Cell::new("-"),
            None => Cell::new("not over"),
        };
        vec![
            Cell::new(alert.severity.clone()).role(role),
            Cell::new(rule),
            Cell::new(clock(alert.fired_at, self.window.now, screen)).value(alert.fired_at),
            lasted.value(
                alert
                    .resolved_at
                    .map(|at| at.to_string())
                    .unwrap_or_default(),
            ),
            Cell::new(quantity::count(alert.count)).value(alert.count),
            Cell::new(quantity::count(alert.notices)).value(alert.notices),
            Cell::new(said).value(&alert.message),
        ]
    }

    fn more(&self, alerts: &[Alert], more: u64, screen: &mut Screen) -> io::Result<()> {
        let beyond = u64::try_from(alerts.len().saturating_sub(SHOWN)).unwrap_or(0) + more;
        match beyond {
            0 => Ok(()),
            beyond => {
                let beyond = quantity::count(beyond);
                screen.line(screen.paint(
                    Role::Dim,
                    &format!("and {beyond} before; -o json lists them"),
                ))
            }
        }
    }

    fn next(&self) -> Vec<(String, &'static str)> {
        let mut next = Vec::new();
        let last = self
            .would_fire
            .iter()
            .chain(&self.fired)
            .max_by_key(|alert| alert.fired_at);
        if let Some(job) = last.and_then(|alert| alert.job.as_deref()) {
            next.push((command("timeline", job, ""), "a job of the last alert"));
        }
        next.push((command("errors", "", self.again), "what fails, by kind"));
        next.push((
            "emp config show".to_owned(),
            "the rules, among all settings",
        ));
        next
    }
}

fn number(alerts: &[Alert], more: u64) -> u64 {
    u64::try_from(alerts.len())
        .unwrap_or(u64::MAX)
        .saturating_add(more)
}
