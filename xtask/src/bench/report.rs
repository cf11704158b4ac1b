//! What was measured, as a table, as JSON, and as Markdown.

use std::fmt;
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
    /// At most so much slower, in all.
    Extra(Duration),
    /// Shown for comparison.
    None,
}

/// A line of the table.
pub(crate) enum Row {
    /// Two sides that do one work.
    Race(Race),
    /// What one work takes.
    Figure(Figure),
}

/// One work and what stands beside it.
pub(crate) struct Race {
    work: String,
    beside: String,
    aim: Aim,
    emp: Runs,
    /// Or why it was not measured.
    other: Result<Runs, &'static str>,
}

/// What a work takes, and the most that it may.
pub(crate) struct Figure {
    work: String,
    took: Amount,
    most: Amount,
}

/// So much of something.
#[derive(Clone, Copy)]
pub(crate) enum Amount {
    /// Bytes of memory.
    Bytes(f64),
    /// Of time.
    Seconds(f64),
    /// Of one processor's time.
    Share(f64),
    /// Of whatever the work says.
    Number(f64),
}

impl Amount {
    fn value(self) -> f64 {
        match self {
            Self::Bytes(value)
            | Self::Seconds(value)
            | Self::Share(value)
            | Self::Number(value) => value,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{:.1} MB", bytes / 1e6),
            Self::Seconds(seconds) => f.write_str(&time(Duration::from_secs_f64(*seconds))),
            Self::Share(share) => write!(f, "{:.2} % of a core", share * 100.0),
            Self::Number(number) => write!(f, "{number:.3}"),
        }
    }
}

impl Row {
    pub(crate) fn figure(work: &str, took: Amount, most: Amount) -> Self {
        let work = work.to_owned();
        Self::Figure(Figure { work, took, most })
    }

    pub(crate) fn beside(work: &str, beside: &str, emp: &Runs, other: &Runs, aim: Aim) -> Self {
        let (work, beside) = (work.to_owned(), beside.to_owned());
        Self::Race(Race {
            work,
            beside,
            aim,
            emp: emp.clone(),
            other: Ok(other.clone()),
        })
    }

    /// A row of which the other side could not be measured.
    pub(crate) fn alone(work: &str, beside: &str, emp: &Runs, aim: Aim, why: &'static str) -> Self {
        let (work, beside) = (work.to_owned(), beside.to_owned());
        Self::Race(Race {
            work,
            beside,
            aim,
            emp: emp.clone(),
            other: Err(why),
        })
    }

    fn cells(&self) -> [String; 8] {
        match self {
            Self::Race(race) => race.cells(),
            Self::Figure(figure) => figure.cells(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Race(race) => race.json(),
            Self::Figure(figure) => figure.json(),
        }
    }
}

impl Figure {
    fn met(&self) -> bool {
        self.took.value() <= self.most.value()
    }

    fn cells(&self) -> [String; 8] {
        let none = || "–".to_owned();
        [
            self.work.clone(),
            self.took.to_string(),
            none(),
            none(),
            none(),
            format!("≤ {}", self.most),
            if self.met() { "yes" } else { "no" }.to_owned(),
            "1".to_owned(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "work": self.work.replace('`', ""),
            "took": self.took.value(),
            "most": self.most.value(),
            "met": self.met(),
        })
    }
}

impl Race {
    /// How many times as fast emp is.
    fn speed(&self) -> Option<f64> {
        Some(self.emp.speed_beside(self.other.as_ref().ok()?))
    }

    fn met(&self) -> Option<bool> {
        let other = self.other.as_ref().ok()?;
        match self.aim {
            Aim::Speed(aim) => Some(self.speed()? >= aim),
            // Two long loops differ by a little anyway.
            Aim::Extra(most) => Some(self.emp.median() <= other.median().mul_f64(1.05) + most),
            Aim::None => None,
        }
    }

    fn cells(&self) -> [String; 8] {
        let (aim, met) = match self.aim {
            Aim::Speed(aim) => (format!("≥ {}", times(aim)), None),
            Aim::Extra(most) => (format!("≤ {} more", time(most)), None),
            Aim::None => ("–".to_owned(), Some("–")),
        };
        let met = met.unwrap_or(match self.met() {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not measured",
        });
        let beside = match &self.other {
            Ok(other) => cost(other),
            Err(why) => format!("not measured: {why}"),
        };
        [
            self.work.clone(),
            cost(&self.emp),
            self.beside.clone(),
            beside,
            self.speed().map_or_else(|| "–".to_owned(), times),
            aim,
            met.to_owned(),
            self.emp.count().to_string(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "work": self.work.replace('`', ""),
            "beside": self.beside.replace('`', "").replace("\\|", "|"),
            "emp": times_of(&self.emp),
            "other": self.other.as_ref().ok().map(times_of),
            "speed": self.speed(),
            "met": self.met(),
        })
    }
}

fn times_of(runs: &Runs) -> Value {
    json!({
        "median_ms": ms(runs.median()),
        "fastest_ms": ms(runs.fastest()),
        "slowest_ms": ms(runs.slowest()),
        "rounds": runs.count(),
        "turns_ms": runs.walls().map(ms).collect::<Vec<_>>(),
        "peak_bytes": runs.peak(),
    })
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
    let rows: Vec<Value> = rows.iter().map(Row::json).collect();
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

/// Time, and memory where it was measured.
fn cost(runs: &Runs) -> String {
    let time = time(runs.median());
    match runs.peak() {
        0 => time,
        peak => format!("{time} ({:.0} MiB)", peak as f64 / 1024.0 / 1024.0),
    }
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
