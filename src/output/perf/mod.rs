//! Reports of how long things take, as text. A line that people need most comes first.

mod compare;
mod findings;
mod flow;
mod job;
mod overview;
mod slowest;
mod steps;

use std::io;

use serde::{Serialize, Serializer};

pub(crate) use steps::Steps;

use super::cells::wrap;
use super::{Role, Screen, escape};
use crate::event::Millis;
use crate::quantity;
use crate::query::numbers::Figures;

/// A report, and what a person would type next.
pub(crate) struct View<'a, R> {
    /// The report.
    pub(crate) report: &'a R,
    /// Commands with what each shows.
    pub(crate) next: Vec<(String, &'a str)>,
    /// Rows of the table, at most; `None` for all.
    pub(crate) most: Option<usize>,
}

impl<R: Serialize> Serialize for View<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.report.serialize(serializer)
    }
}

impl<R> View<'_, R> {
    fn shown<'r, T>(&self, rows: &'r [T]) -> &'r [T] {
        let most = self.most.unwrap_or(rows.len());
        &rows[..most.min(rows.len())]
    }

    /// Says how many rows were not shown.
    fn rest<T>(&self, rows: &[T], screen: &mut Screen) -> io::Result<()> {
        let rest = rows.len() - self.shown(rows).len();
        if rest == 0 {
            return Ok(());
        }
        let rest = quantity::number_of(rest as u64, "row");
        dim(&format!("{rest} more: -o csv shows all"), screen)
    }
}

/// A length as people read it; short ones with a digit more.
fn length(ms: f64) -> String {
    if ms < 10.0 && (ms - ms.round()).abs() >= 0.05 {
        return format!("{ms:.1} ms");
    }
    quantity::rounded(ms)
}

/// A length that may not be there.
fn maybe(ms: Option<f64>) -> String {
    ms.map(length).unwrap_or_default()
}

/// A number as programs read it; nothing where there is none.
fn plain(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A rate as people read it.
fn rate(per_minute: f64) -> String {
    let per_hour = per_minute * 60.0;
    match per_minute {
        0.0 => "0".to_owned(),
        many if many >= 100.0 => format!("{many:.0}/min"),
        some if some >= 1.0 => format!("{some:.1}/min"),
        _ if per_hour >= 10.0 => format!("{per_hour:.0}/h"),
        _ => format!("{per_hour:.1}/h"),
    }
}

/// How many at once, on average.
fn at_once(number: f64) -> String {
    if number < 1.0 {
        return format!("{number:.2}");
    }
    format!("{number:.1}")
}

/// By what factor: `2.9`, `12`.
fn times(factor: f64) -> String {
    if factor >= 9.95 {
        format!("{factor:.0}")
    } else {
        format!("{factor:.1}")
    }
}

/// A share as a change: `+20 %`.
fn percent(share: f64) -> String {
    format!("{:+.0} %", share * 100.0)
}

/// Median and 95th percentile in words.
fn usual(figures: Figures) -> String {
    format!("p50 {}, p95 {}", length(figures.p50), length(figures.p95))
}

/// The wall clock to the minute, with the day where the window is long.
fn minute(at: Millis, window_ms: i64, screen: &Screen) -> String {
    let text = screen.day_clock(at);
    let text = &text[..text.len().min(11)];
    let day = window_ms >= 20 * 3_600_000;
    text.get(if day { 0 } else { 6 }..)
        .unwrap_or(text)
        .to_owned()
}

/// A line behind a label, broken to fit where lines have to.
fn labelled(label: &str, role: Role<'_>, text: &str, screen: &mut Screen) -> io::Result<()> {
    const LABEL: usize = 9;
    let room = screen.width().saturating_sub(LABEL);
    let text = escape(text);
    let lines = if screen.is_narrow() {
        wrap(&text, room, 8, "")
    } else {
        vec![text.into_owned()]
    };
    for (number, line) in lines.iter().enumerate() {
        let label = if number == 0 { label } else { "" };
        let spaces = LABEL.saturating_sub(label.len());
        screen.line(format!("{}{:spaces$}{line}", screen.paint(role, label), ""))?;
    }
    Ok(())
}

fn dim(text: &str, screen: &mut Screen) -> io::Result<()> {
    screen.line(screen.paint(Role::Dim, &escape(text)))
}

/// Says where figures are less than exact.
fn rounded(rows: usize, screen: &mut Screen) -> io::Result<()> {
    if rows == 0 {
        return Ok(());
    }
    let rows = quantity::number_of(rows as u64, "row");
    let text = format!("percentiles of {rows} with over 4,096 durations are rounded to 3 digits");
    dim(&text, screen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        for (ms, text) in [
            (0.0, "0 ms"),
            (0.25, "0.2 ms"),
            (4.0, "4 ms"),
            (180.4, "180 ms"),
            (1_234.0, "1.2 s"),
        ] {
            assert_eq!(length(ms), text);
        }
        for (per_minute, text) in [
            (354.2, "354/min"),
            (3.46, "3.5/min"),
            (0.5, "30/h"),
            (0.01, "0.6/h"),
            (0.0, "0"),
        ] {
            assert_eq!(rate(per_minute), text);
        }
        assert_eq!((times(2.94), times(12.3)), ("2.9".into(), "12".into()));
        assert_eq!(percent(-0.5), "-50 %");
    }
}
