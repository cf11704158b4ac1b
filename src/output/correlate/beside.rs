//! Two jobs step by step.

use std::io;

use super::{head, paragraph};
use crate::output::report::{Cell, Column, Grid, Report, shell_word};
use crate::output::{Role, Screen};
use crate::quantity;
use crate::query::correlate::beside::{At, Beside, Row};

/// Differences beside the steps that are shown.
const SHOWN: usize = 12;

/// A difference that is marked, in milliseconds.
const MARKED_MS: i64 = 1_000;

impl Report for Beside {
    type Row = Row;

    fn rows(&self) -> &[Row] {
        &self.steps
    }

    fn grid(&self, _screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("step", "STEP").flexible(),
            Column::number("aMs", "FIRST AT"),
            Column::number("aDeltaMs", "TOOK").rank(1),
            Column::number(
                "bMs",
                if self.b.is_some() {
                    "OTHER AT"
                } else {
                    "USUAL AT"
                },
            ),
            Column::number("bDeltaMs", "TOOK").rank(1),
            Column::number("differenceMs", "DIFFERENCE"),
        ]);
        for row in &self.steps {
            let times = |at: Option<At>| at.map_or(1, |at| at.times);
            let (a, b) = (times(row.a), times(row.b));
            let times = match (a, b) {
                (0 | 1, 0 | 1) => String::new(),
                (a, b) if a == b || row.b.is_none() => format!(" ×{a}"),
                (a, b) => format!(" ×{a}/{b}"),
            };
            let offset = |at: Option<At>| match at {
                Some(at) => Cell::new(quantity::duration(at.offset_ms)).value(at.offset_ms),
                None => Cell::new("-").value(""),
            };
            let delta = |at: Option<At>| match at {
                Some(at) => Cell::new(quantity::duration(at.delta_ms)).value(at.delta_ms),
                None => Cell::new("").value(""),
            };
            let difference = match row.difference_ms {
                Some(ms) if ms.abs() >= MARKED_MS => {
                    Cell::new(super::signed(ms)).value(ms).role(Role::Doubt)
                }
                Some(ms) => Cell::new(super::signed(ms)).value(ms),
                None if row.a.is_some() => Cell::new("only here").value("").role(Role::Doubt),
                None => Cell::new("not here").value("").role(Role::Doubt),
            };
            grid.row([
                Cell::new(format!("{} {}{times}", row.service, row.event_type))
                    .value(format!("{} {}", row.service, row.event_type)),
                offset(row.a),
                delta(row.a),
                offset(row.b),
                delta(row.b),
                difference,
            ]);
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        paragraph(screen, Role::Strong, "", 0, &self.verdict)?;
        if !grid.is_empty() {
            screen.line("")?;
            grid.draw(screen)?;
        }
        if !self.differences.is_empty() {
            head(screen, "what else differs")?;
            for one in self.differences.iter().take(SHOWN) {
                let side =
                    |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".into());
                let text = format!("{}: {}, other {}", one.field, side(&one.a), side(&one.b));
                paragraph(screen, Role::Plain, "", 2, &text)?;
            }
            let more = self.differences.len().saturating_sub(SHOWN);
            if more > 0 {
                let text = format!("and {more} more; -o json lists all");
                paragraph(screen, Role::Dim, "", 2, &text)?;
            }
        }
        if self.left_out > 0 {
            let text = format!("{} steps left out", quantity::count(self.left_out));
            paragraph(screen, Role::Doubt, "", 0, &text)?;
        }
        let a = shell_word(&self.a);
        let mut next = vec![(
            format!("emp correlate {a}"),
            "all that has to do with the first",
        )];
        if let Some(b) = &self.b {
            let b = shell_word(b);
            next.push((format!("emp correlate {b}"), "the same of the other"));
        }
        next.push((format!("emp timeline {a}"), "every event, in order"));
        screen.next_commands(&next)
    }
}
