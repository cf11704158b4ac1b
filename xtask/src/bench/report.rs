//! What was measured, as a table, as JSON, and as Markdown.

use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use comfy_table::Table;
use serde_json::{Value, json};

use super::measure::Runs;

/// What a row is meant to reach.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// Times as fast as what stands beside it.
    Speed(f64),
    /// The same, once something is there that is not there yet.
    Later(f64, &'static str),
    /// At most so much slower, in all.
    Extra(Duration),
    /// Shown for comparison.
    None,
}

/// One work and what stands beside it.
pub(crate) struct Row {
    work: String,
    beside: String,
    aim: Aim,
    emp: Runs,
    /// Or why it was not measured.
    other: Result<Runs, &'static str>,
}

impl Row {
    pub(crate) fn beside(work: &str, beside: &str, emp: &Runs, other: &Runs, aim: Aim) -> Self {
        let (work, beside) = (work.to_owned(), beside.to_owned());
        Self {
            work,
            beside,
            aim,
            emp: emp.clone(),
            other: Ok(other.clone()),
        }
    }

    /// A row of which the other side could not be measured.
    pub(crate) fn alone(work: &str, beside: &str, emp: &Runs, aim: Aim, why: &'static str) -> Self {
        let (work, beside) = (work.to_owned(), beside.to_owned());
        Self {
            work,
            beside,
            aim,
            emp: emp.clone(),
            other: Err(why),
        }
    }

    /// How many times as fast emp is.
    fn speed(&self) -> Option<f64> {
        let other = self.other.as_ref().ok()?;
        Some(other.median().as_secs_f64() / self.emp.median().as_secs_f64())
    }

    fn met(&self) -> Option<bool> {
        let other = self.other.as_ref().ok()?;
        match self.aim {
            Aim::Speed(aim) => Some(self.speed()? >= aim),
            // Two long loops differ by a little anyway.
            Aim::Extra(most) => Some(self.emp.median() <= other.median().mul_f64(1.05) + most),
            Aim::Later(..) | Aim::None => None,
        }
    }

    fn cells(&self) -> [String; 8] {
        let (aim, met) = match self.aim {
            Aim::Speed(aim) => (format!("≥ {}", times(aim)), None),
            Aim::Later(aim, when) => (format!("≥ {} {when}", times(aim)), Some("not yet")),
            Aim::Extra(most) => (format!("≤ {} more", time(most)), None),
            Aim::None => ("–".to_owned(), Some("–")),
        };
        let met = met.unwrap_or(match self.met() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not measured",
        });
        let (beside_time, beside_memory) = match &self.other {
            Ok(other) => (time(other.median()), memory(other)),
            Err(why) => (format!("not measured: {why}"), "–".to_owned()),
        };
        [
            self.work.clone(),
            format!("{} ({})", time(self.emp.median()), memory(&self.emp)),
            self.beside.clone(),
            format!("{beside_time} ({beside_memory})"),
            self.speed().map_or_else(|| "–".to_owned(), times),
            aim,
            met.to_owned(),
            self.emp.count().to_string(),
        ]
    }
}

const HEAD: [&str; 8] = [
    "work",
    "emp",
    "beside it",
    "its time",
    "emp is",
    "aim",
    "met",
    "rounds",
];

/// For a terminal.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.set_header(HEAD);
    for row in rows {
        table.add_row(
            row.cells()
                .map(|cell| cell.replace('`', "").replace("\\|", "|")),
        );
    }
    table.to_string()
}

/// For the page.
pub(crate) fn markdown(machine: &str, rows: &[Row]) -> String {
    let mut text = format!(
        "{machine}\n\n| {} |\n|{}\n",
        HEAD.join(" | "),
        "---|".repeat(HEAD.len())
    );
    for row in rows {
        text += &format!("| {} |\n", row.cells().join(" | "));
    }
    text
}

/// For programs.
pub(crate) fn json(machine: &str, quick: bool, rows: &[Row]) -> Result<String> {
    let runs = |runs: &Runs| -> Value {
        json!({
            "median_ms": ms(runs.median()),
            "fastest_ms": ms(runs.fastest()),
            "slowest_ms": ms(runs.slowest()),
            "rounds": runs.count(),
            "peak_bytes": runs.peak(),
        })
    };
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "work": row.work.replace('`', ""),
                "beside": row.beside.replace('`', "").replace("\\|", "|"),
                "emp": runs(&row.emp),
                "other": row.other.as_ref().ok().map(runs),
                "speed": row.speed(),
                "met": row.met(),
            })
        })
        .collect();
    let all = json!({ "machine": machine, "quick": quick, "rows": rows });
    Ok(serde_json::to_string_pretty(&all)? + "\n")
}

/// What it was measured on, in a line.
pub(crate) fn machine(redis: String) -> String {
    let cpus = thread::available_parallelism().map_or(1, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model.trim());
    let version = emp_cli::cli::command()
        .get_version()
        .unwrap_or("0")
        .to_owned();
    format!(
        "emp {version} and {redis} on {cpus} × {model}, {}.",
        std::env::consts::OS
    )
}

const BEGIN: &str = "<!-- bench: begin -->\n";
const END: &str = "<!-- bench: end -->\n";

/// The page with another table between its marks.
pub(crate) fn replace(page: &str, table: &str) -> Result<String> {
    let (before, rest) = page
        .split_once(BEGIN)
        .context("the page has no beginning mark")?;
    let (_, after) = rest.split_once(END).context("the page has no end mark")?;
    Ok([before, BEGIN, "\n", table, "\n", END, after].concat())
}

fn times(factor: f64) -> String {
    match factor {
        factor if factor >= 10.0 => format!("{factor:.0} ×"),
        factor => format!("{factor:.2} ×"),
    }
}

fn time(time: Duration) -> String {
    match time {
        time if time < Duration::from_millis(100) => format!("{:.2} ms", ms(time)),
        time if time < Duration::from_secs(1) => format!("{:.0} ms", ms(time)),
        time => format!("{:.2} s", time.as_secs_f64()),
    }
}

fn memory(runs: &Runs) -> String {
    format!("{:.0} MiB", runs.peak() as f64 / 1024.0 / 1024.0)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let page = format!("a\n{BEGIN}old\n{END}b\n");
        let written = replace(&page, "new\n").expect("marks");
        assert_eq!(written, format!("a\n{BEGIN}\nnew\n\n{END}b\n"));
        assert_eq!(replace(&written, "new\n").expect("marks"), written);
        assert!(replace("a\n", "new\n").is_err());
    }
}
