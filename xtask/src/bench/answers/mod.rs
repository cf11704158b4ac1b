//! The questions that people ask of events, answered by emp and by the scripts that the documents
//! sketch for them: Node, `redis`, each stream in one reply.
//!
//! emp answers twice: with what an earlier answer kept of long streams, and with nothing kept. Figures
//! that both sides give have to be equal, or nothing was measured.

mod figures;
mod system;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::measure::{Output, Runner, in_turn};
use super::raw::{self, Starts};
use super::report::{Aim, Amount, Row};
use super::stage::{ANSWERS_LARGE, ANSWERS_SMALL, Stage, thousands};
use crate::{clients, tools};
use system::{NOW, System};

/// How many times as fast as a script.
const AIM: Aim = Aim::Speed(10.0);
/// The most memory that any answer may take.
const MOST_MEMORY: Amount = Amount::Bytes(200e6);

/// The scripts, by name.
const SCRIPTS: [(&str, &str); 6] = [
    ("events.js", include_str!("events.js")),
    ("search.js", include_str!("search.js")),
    ("timeline.js", include_str!("timeline.js")),
    ("correlate.js", include_str!("correlate.js")),
    ("performance.js", include_str!("performance.js")),
    ("stuck.js", include_str!("stuck.js")),
];

/// A question, and both ways to ask it.
struct Question {
    asked: &'static str,
    emp: Vec<String>,
    script: &'static str,
    args: Vec<String>,
    /// Fails unless figures of both answers are equal: emp's is the first.
    same: fn(&Value, &Value) -> Result<()>,
}

fn questions(system: &System) -> Result<Vec<Question>> {
    let machine = system.truth.bad_machine.as_ref();
    let machine = machine.context("a bad machine")?.as_str();
    let (failed, completed) = (system.failed.as_str(), system.completed.as_str());
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    Ok(vec![
        Question {
            asked: "why did a job fail?",
            emp: words(&["correlate", failed]),
            script: "correlate.js",
            args: words(&[failed]),
            same: figures::correlate,
        },
        Question {
            asked: "what happened to a job?",
            emp: words(&["timeline", failed]),
            script: "timeline.js",
            args: words(&[failed]),
            same: figures::timeline,
        },
        Question {
            asked: "how long did a job take at each step?",
            emp: words(&["perf", completed]),
            script: "timeline.js",
            args: words(&[completed]),
            same: figures::steps,
        },
        Question {
            asked: "what errors occurred on a machine?",
            emp: words(&["errors", "--machine-id", machine]),
            script: "search.js",
            args: words(&[machine]),
            same: figures::errors,
        },
        Question {
            asked: "which jobs are stuck?",
            emp: words(&["health", "--stuck"]),
            script: "stuck.js",
            args: Vec::new(),
            same: figures::stuck,
        },
        Question {
            asked: "what takes how long?",
            emp: words(&["perf"]),
            script: "performance.js",
            args: Vec::new(),
            same: figures::performance,
        },
    ])
}

/// All questions, of few events and of many.
pub(super) fn run(stage: &Stage) -> Result<Vec<Row>> {
    let modules = clients::node_modules()?;
    let scripts = stage.path("scripts");
    fs::create_dir_all(&scripts)?;
    for (name, text) in SCRIPTS {
        fs::write(scripts.join(name), text)?;
    }
    let mut rows = Vec::new();
    let sizes = [
        (ANSWERS_SMALL, 10_000, stage.rounds(15), 1.0),
        (ANSWERS_LARGE, stage.size(1_000_000), stage.rounds(5), 5.0),
    ];
    for (database, events, rounds, seconds) in sizes {
        let system = System::fill(stage, database, events)?;
        let events = thousands(system.events);
        let (mut slowest, mut most) = (0_f64, 0_f64);
        let questions = questions(&system)?;
        for question in &questions {
            let both = Both {
                stage,
                question,
                database,
                scripts: &scripts,
                modules: &modules,
            };
            both.compare()
                .with_context(|| format!("{} ({})", question.asked, question.script))?;
            let own = |keeps| -> Runner<'_> {
                let both = &both;
                Box::new(move || stage.once(&mut both.emp("text", keeps), Output::Answer))
            };
            let other: Runner<'_> = Box::new(|| stage.once(&mut both.node()?, Output::Answer));
            let runs = in_turn(&mut [own(Keeps::All), own(Keeps::Nothing), other], rounds)?;
            for runs in &runs[..2] {
                slowest = slowest.max(runs.median().as_secs_f64());
                most = most.max(runs.peak() as f64);
            }
            let command = question.emp[..question.emp.len().min(2)].join(" ");
            let command = command
                .replace(&system.failed, "JOB")
                .replace(&system.completed, "JOB");
            for (runs_of_emp, when) in runs.iter().zip(["", ", with nothing kept"]) {
                rows.push(Row::beside(
                    &format!("{} `emp {command}`, {events} events{when}", question.asked),
                    &format!("`node {}`", question.script),
                    runs_of_emp,
                    &runs[2],
                    AIM,
                ));
            }
        }
        rows.extend(limit(stage, &questions, database, rounds, &events)?);
        rows.push(Row::figure(
            &format!("the slowest of these answers, {events} events"),
            Amount::Seconds(slowest),
            Amount::Seconds(seconds),
        ));
        rows.push(Row::figure(
            &format!("the most memory of these answers, {events} events"),
            Amount::Bytes(most),
            MOST_MEMORY,
        ));
    }
    Ok(rows)
}

/// The question that looks at every event, beside what the server alone needs for them.
fn limit(
    stage: &Stage,
    questions: &[Question],
    database: u8,
    rounds: usize,
    events: &str,
) -> Result<Option<Row>> {
    let Some(question) = questions.last() else {
        return Ok(None);
    };
    let starts = Starts::find(&mut stage.server.connect(database)?, "emp:events")?;
    let own: Runner<'_> = Box::new(|| {
        stage.once(
            &mut question.emp(stage, database, "text", Keeps::Nothing),
            Output::Answer,
        )
    });
    let raw: Runner<'_> = Box::new(|| raw::scan(&stage.server.port(), database, &starts));
    let runs = in_turn(&mut [own, raw], rounds)?;
    let work = format!(
        "`emp {}`, {events} events, with nothing kept",
        question.emp.join(" ")
    );
    let beside = "the same entries, read and thrown away";
    Ok(Some(Row::beside(
        &work,
        beside,
        &runs[0],
        &runs[1],
        Aim::None,
    )))
}

/// Both sides of a question.
struct Both<'a> {
    stage: &'a Stage,
    question: &'a Question,
    database: u8,
    scripts: &'a Path,
    modules: &'a Path,
}

/// What an answer keeps of what it reads, and finds kept.
#[derive(Clone, Copy)]
enum Keeps {
    All,
    Nothing,
}

impl Question {
    fn emp(&self, stage: &Stage, database: u8, format: &str, keeps: Keeps) -> Command {
        let args: Vec<&str> = self.emp.iter().map(String::as_str).collect();
        let mut emp = stage.emp("home", &stage.server.url(database), &args);
        emp.args(["-o", format]).env("EMP_NOW", NOW);
        if let Keeps::All = keeps {
            emp.env("EMP_CACHE", stage.path("cache"));
        }
        emp
    }
}

impl Both<'_> {
    fn emp(&self, format: &str, keeps: Keeps) -> Command {
        self.question.emp(self.stage, self.database, format, keeps)
    }

    fn node(&self) -> Result<Command> {
        let mut node = Command::new(tools::find("node").context("node is missing")?);
        node.arg(self.scripts.join(self.question.script))
            .args(&self.question.args)
            .env("NODE_PATH", self.modules)
            .env("REDIS_URL", self.stage.server.url(self.database))
            .env("EMP_NOW", NOW)
            .stdin(Stdio::null());
        Ok(node)
    }

    /// Asks both; fails where they do not agree. emp is asked until it finds what it kept.
    fn compare(&self) -> Result<()> {
        let node = printed(&mut self.node()?)?;
        for keeps in [Keeps::Nothing, Keeps::All, Keeps::All] {
            let emp = printed(&mut self.emp("json", keeps))?;
            (self.question.same)(&emp, &node)?;
        }
        Ok(())
    }
}

/// What a program prints as JSON.
fn printed(command: &mut Command) -> Result<Value> {
    let output = command.output()?;
    ensure!(
        matches!(output.status.code(), Some(0 | 1)) && !output.stdout.is_empty(),
        "{command:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).with_context(|| format!("{command:?} printed no JSON"))
}
