//! What sets failed or slow jobs apart from others.

use std::io;

use super::{head, paragraph, percent};
use crate::output::report::{Cell, Column, Grid, Report, shell_word};
use crate::output::{Role, Screen};
use crate::quantity;
use crate::query::correlate::against::Comparison;
use crate::query::correlate::contrast::Finding;
use crate::query::numbers::share;

impl Report for Comparison {
    type Row = Finding;

    fn rows(&self) -> &[Finding] {
        &self.found.findings
    }

    fn grid(&self, _screen: &Screen) -> Grid {
        let mut grid = Grid::new([
            Column::text("field", "FIELD"),
            Column::text("value", "VALUE").flexible(),
            Column::number("group", "WITH IT"),
            Column::number("rate", "RATE"),
            Column::number("rateElsewhere", "ELSEWHERE").rank(1),
            Column::number("lift", "LIFT"),
            Column::number("chance", "CHANCE").rank(2),
            Column::text("with", "WITH").extra(),
            Column::number("of", "OF").extra(),
            Column::number("groupElsewhere", "GROUP ELSEWHERE").extra(),
            Column::number("ofElsewhere", "OF ELSEWHERE").extra(),
        ]);
        for finding in &self.found.findings {
            grid.row(cells(finding, ""));
            for other in &finding.with_it {
                grid.row(cells(other, &finding.field));
            }
        }
        grid
    }

    fn draw(&self, grid: &Grid, screen: &mut Screen) -> io::Result<()> {
        let role = if self.found.findings.is_empty() {
            Role::Good
        } else {
            Role::Bad
        };
        paragraph(screen, role, "", 0, &self.sentence())?;
        if !grid.is_empty() {
            screen.line("")?;
            grid.draw(screen)?;
        }
        self.draw_rest(screen)?;
        screen.next_commands(&self.next())
    }
}

fn cells(finding: &Finding, with: &str) -> [Cell; 11] {
    let lead = if with.is_empty() { "" } else { "  with it: " };
    let rate = share(finding.group, finding.of);
    let elsewhere = share(finding.group_elsewhere, finding.of_elsewhere);
    let chance = match finding.chance {
        tiny if tiny < 1e-12 => "< 1e-12".to_owned(),
        small => format!("{small:.0e}"),
    };
    [
        Cell::new(format!("{lead}{}", finding.field)).value(&finding.field),
        finding.value.clone().into(),
        Cell::new(format!("{} of {}", finding.group, finding.of)).value(finding.group),
        Cell::new(percent(rate)).value(rate),
        Cell::new(percent(elsewhere)).value(elsewhere),
        Cell::new(format!("{:.1}", finding.lift)).value(finding.lift),
        Cell::new(chance).value(finding.chance),
        with.to_owned().into(),
        Cell::new(finding.of.to_string()),
        Cell::new(finding.group_elsewhere.to_string()),
        Cell::new(finding.of_elsewhere.to_string()),
    ]
}

impl Comparison {
    fn verb(&self) -> &'static str {
        match self.group {
            "failed" => "failed",
            "slow" => "are slow",
            _ => "are of the group",
        }
    }

    fn sentence(&self) -> String {
        let (group, verb) = (self.found.group, self.verb());
        let all = quantity::number_of(group + self.found.rest, "job");
        if let Some(first) = self.found.findings.first() {
            let rate = percent(share(first.group, first.of));
            let elsewhere = percent(share(first.group_elsewhere, first.of_elsewhere));
            return format!(
                "{} {} stands out: {} of its {} jobs {verb} ({rate}), elsewhere {elsewhere}",
                first.field, first.value, first.group, first.of
            );
        }
        if !self.found.enough {
            return format!(
                "{group} of {all} {verb}: too few on one side to tell what they have in common"
            );
        }
        format!(
            "{group} of {all} {verb}, and nothing sets them apart: none of {} tested stands out \
             beyond chance",
            quantity::number_of(self.found.tested as u64, "value")
        )
    }

    fn draw_rest(&self, screen: &mut Screen) -> io::Result<()> {
        head(screen, "how it was counted")?;
        let verb = self.verb();
        let neither = match self.neither {
            0 => String::new(),
            some => format!(
                "; {} on neither side (not ended, or too few of their type)",
                quantity::count(some)
            ),
        };
        let span = match (self.first, self.last) {
            (Some(first), Some(last)) => format!(
                ", {} to {}",
                screen.day_clock(first),
                screen.day_clock(last)
            ),
            _ => String::new(),
        };
        let text = format!(
            "{} jobs {verb}, {} others{neither}; {}{span}",
            quantity::count(self.found.group),
            quantity::count(self.found.rest),
            quantity::number_of(self.events, "event"),
        );
        paragraph(screen, Role::Dim, "", 2, &text)?;
        if self.found.enough {
            let text = "chance: how often luck alone would do this, put right for all values \
                        tested; what stands out is where to look, not yet why";
            paragraph(screen, Role::Dim, "", 2, text)?;
        }
        if !self.crowded.is_empty() {
            let text = format!("too many values to compare: {}", self.crowded.join(", "));
            paragraph(screen, Role::Dim, "", 2, &text)?;
        }
        if self.values_left_out > 0 {
            let text = quantity::number_of(self.values_left_out, "value");
            let text = format!("{text} left out for want of room");
            paragraph(screen, Role::Doubt, "", 2, &text)?;
        }
        if self.left_out > 0 {
            let left = quantity::number_of(self.left_out, "older job");
            paragraph(
                screen,
                Role::Doubt,
                "",
                2,
                &format!("{left} left out for want of room"),
            )?;
        }
        Ok(())
    }

    fn next(&self) -> Vec<(String, &'static str)> {
        let mut next = Vec::new();
        if let Some(job) = self.examples.first() {
            next.push((
                format!("emp correlate {}", shell_word(job)),
                "the newest of them",
            ));
        }
        if let Some(first) = self.found.findings.first() {
            let plain = |char: char| char.is_ascii_alphanumeric() || "-_./".contains(char);
            let term = if first.value.chars().all(plain) {
                format!("{}:{}", first.field, first.value)
            } else {
                let value = first.value.replace('\\', "\\\\").replace('"', "\\\"");
                format!("{}=\"{value}\"", first.field)
            };
            let term = shell_word(&term);
            next.push((format!("emp search {term} -n 20"), "what happens there"));
        } else if let Some(other) = self.examples.get(1) {
            let (a, b) = (shell_word(&self.examples[0]), shell_word(other));
            next.push((format!("emp correlate {a} {b}"), "two of them side by side"));
        }
        next
    }
}
