//! The contests: a work of emp's, and what a person would run instead.

use std::fs::{self, File};
use std::io::BufWriter;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::data::{self, Ids};
use super::measure::{Output, Runner, Runs, Sample, in_turn};
use super::report::{Aim, Row};
use super::stage::{LARGE, SMALL, Stage, again, thousands};
use super::{answers, collector};
use crate::tools;

/// A contest by its name.
pub(crate) struct Contest {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&Stage) -> Result<Vec<Row>>,
}

/// In the order in which they run: the short ones first.
pub(crate) const CONTESTS: [Contest; 11] = [
    Contest {
        name: "emit",
        run: emit,
    },
    Contest {
        name: "dead",
        run: dead,
    },
    Contest {
        name: "bulk",
        run: bulk,
    },
    Contest {
        name: "search-10k",
        run: search_small,
    },
    Contest {
        name: "search-1m",
        run: search_large,
    },
    Contest {
        name: "file",
        run: file,
    },
    Contest {
        name: "answers",
        run: answers::run,
    },
    Contest {
        name: "collect-file",
        run: collector::to_file,
    },
    Contest {
        name: "collect-otlp",
        run: collector::to_otlp,
    },
    Contest {
        name: "collect-timeline",
        run: collector::timeline,
    },
    Contest {
        name: "collect-memory",
        run: collector::memory,
    },
];

pub(crate) fn names() -> Vec<&'static str> {
    CONTESTS.iter().map(|contest| contest.name).collect()
}

/// Entries that a reader asks for at once.
const PAGE: usize = 1000;

/// `emp emit` gives up on a server after this long, unless told otherwise.
const EMIT_TIMEOUT: Duration = Duration::from_millis(250);

/// One emit, whole process, beside `redis-cli XADD`.
fn emit(stage: &Stage) -> Result<Vec<Row>> {
    let url = stage.server.url(0);
    let trace = "8d12404289e478577467c87b7b93f785";
    let own: Runner<'_> = Box::new(|| {
        let args = [
            "emit",
            "job.claimed",
            "--service",
            "worker",
            "--job-id",
            "job_1",
        ];
        let more = ["--trace-id", trace, "-d", "queueWaitMs:=420"];
        stage.once(stage.emp("home", &url, &args).args(more), Output::Dropped)
    });
    let cli = stage.redis_cli(0)?;
    let other: Runner<'_> = Box::new(|| {
        let mut cli = again(&cli);
        cli.args(["XADD", "emp:events", "MAXLEN", "~", "10000", "*"]);
        cli.args([
            "timestamp",
            "1758969000123",
            "service",
            "worker",
            "eventType",
            "job.claimed",
        ]);
        cli.args([
            "traceId",
            trace,
            "jobId",
            "job_1",
            "data",
            r#"{"queueWaitMs":420}"#,
        ]);
        stage.once(&mut cli, Output::Dropped)
    });
    let rounds = stage.rounds(300);
    let runs = in_turn(&mut [own, other], rounds)?;
    // The journal takes what Redis does not: then it was not this that was measured.
    let added = stage.server.added("emp:events")?;
    ensure!(
        added == (rounds + 1) * 2,
        "{added} entries in Redis after {rounds} rounds"
    );
    stage.server.run::<u64>(&["DEL", "emp:events"])?;
    let work = "one `emp emit`, whole process";
    Ok(vec![Row::beside(
        work,
        "`redis-cli XADD`",
        &runs[0],
        &runs[1],
        Aim::Speed(2.0),
    )])
}

/// A loop of emits against an address that accepts and never answers, beside a refused port.
fn dead(stage: &Stage) -> Result<Vec<Row>> {
    let emits = stage.size(1000);
    // The kernel accepts connections for it; nobody ever reads from them.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let silent_url = format!("redis://{}", silent.local_addr()?);
    let refused_url = {
        let gone = TcpListener::bind("127.0.0.1:0")?;
        format!("redis://{}", gone.local_addr()?)
    };
    let mut loops = [Vec::new(), Vec::new()];
    for round in 0..stage.rounds(5) {
        // A new home each time: neither the breaker nor the journal remembers the last loop.
        let sides = [("silent", &silent_url), ("refused", &refused_url)]
            .map(|(name, url)| (format!("{name}-{round}"), url));
        let mut sums = [Sample::default(); 2];
        // Emit by emit in turn: the loops take seconds, and each is to be disturbed alike.
        for turn in 0..emits {
            for side in [turn % 2, 1 - turn % 2] {
                let (home, url) = &sides[side];
                let args = ["emit", "job.claimed", "--service", "worker"];
                let sample = stage.once(&mut stage.emp(home, url, &args), Output::Dropped)?;
                sums[side].wall += sample.wall;
                sums[side].peak = sums[side].peak.max(sample.peak);
            }
        }
        for (sums, sum) in loops.iter_mut().zip(sums) {
            sums.push(sum);
        }
    }
    let runs = loops.map(Runs::new);
    let work = format!("{} × `emp emit`, server never answers", thousands(emits));
    Ok(vec![Row::beside(
        &work,
        "the same, port refused",
        &runs[0],
        &runs[1],
        Aim::Extra(EMIT_TIMEOUT),
    )])
}

/// Many events at once, beside `redis-cli --pipe` with the same commands ready-made.
fn bulk(stage: &Stage) -> Result<Vec<Row>> {
    let count = stage.size(200_000);
    let (lines, commands) = (stage.path("bulk"), stage.path("pipe"));
    data::write_lines(&mut BufWriter::new(File::create(&lines)?), count)?;
    data::write_commands(
        &mut BufWriter::new(File::create(&commands)?),
        count,
        Ids::Server,
    )?;
    let url = stage.server.url(0);
    let run = |command: &mut Command, input: &Path| {
        let sample = stage.once(command.stdin(File::open(input)?), Output::Dropped)?;
        let added = stage.server.added("emp:events")?;
        ensure!(added == count, "{added} of {count} events in Redis");
        stage.server.run::<u64>(&["DEL", "emp:events"])?;
        Ok(sample)
    };
    stage.server.run::<u64>(&["DEL", "emp:events"])?;
    let own: Runner<'_> =
        Box::new(|| run(&mut stage.emp("home", &url, &["emit", "--stdin"]), &lines));
    let cli = stage.redis_cli(0)?;
    let other: Runner<'_> = Box::new(|| run(again(&cli).arg("--pipe"), &commands));
    let runs = in_turn(&mut [own, other], stage.rounds(7))?;
    fs::remove_file(lines)?;
    fs::remove_file(commands)?;
    let work = format!("`emp emit --stdin`, {} events", thousands(count));
    let beside = "`redis-cli --pipe`, commands ready-made";
    Ok(vec![Row::beside(
        &work,
        beside,
        &runs[0],
        &runs[1],
        Aim::Speed(0.8),
    )])
}

fn search_small(stage: &Stage) -> Result<Vec<Row>> {
    let count = 10_000;
    stage.fill(SMALL, count, Ids::Timestamps)?;
    let (job, found) = data::middle_job(count);
    let mut contenders = [
        emp_search(stage, SMALL, &job, found),
        cli_and_grep(stage, SMALL, &job)?,
    ];
    let runs = in_turn(&mut contenders, stage.rounds(40))?;
    let work = format!("`emp search`, {} entries", thousands(count));
    Ok(vec![Row::beside(
        &work,
        "`redis-cli XRANGE \\| grep`",
        &runs[0],
        &runs[1],
        Aim::Speed(3.0),
    )])
}

fn search_large(stage: &Stage) -> Result<Vec<Row>> {
    let count = stage.size(1_000_000);
    stage.fill(LARGE, count, Ids::Timestamps)?;
    let (job, found) = data::middle_job(count);
    let work = format!("`emp search`, {} entries, full scan", thousands(count));
    let mut contenders = vec![
        emp_search(stage, LARGE, &job, found),
        cli_and_grep(stage, LARGE, &job)?,
    ];
    // The limit: as many pages of the same size, each from another place of the same stream, asked
    // for one after the other over one connection, and thrown away. The places are random, because
    // one page over and over would come from the processor's cache; and one process asks for all,
    // because a start for each page would favour emp.
    if tools::find("redis-benchmark").is_some() {
        contenders.push(Box::new(|| {
            let mut drain = Command::new("redis-benchmark");
            drain.args(["-p", &stage.server.port(), "--dbnum", &LARGE.to_string()]);
            drain.args(["-q", "-c", "1", "-n", &(count / PAGE).to_string()]);
            drain.args(["-r", &(data::page_starts(count, PAGE) + 1).to_string()]);
            drain.args(["XRANGE", "emp:events", "1__rand_int__", "+"]);
            drain.args(["COUNT", &PAGE.to_string()]);
            stage.once(&mut drain, Output::Some)
        }));
    }
    let runs = in_turn(&mut contenders, stage.rounds(7))?;
    let limit = "the same pages, drained by `redis-benchmark`";
    // Redis's own limit: at most 1.3 times its time.
    let aim = Aim::Speed(1.0 / 1.3);
    Ok(vec![
        match runs.get(2) {
            Some(drained) => Row::beside(&work, limit, &runs[0], drained, aim),
            None => Row::alone(&work, limit, &runs[0], aim, "redis-benchmark is missing"),
        },
        Row::beside(
            &work,
            "`redis-cli XRANGE \\| grep`",
            &runs[0],
            &runs[1],
            Aim::Speed(3.0),
        ),
    ])
}

/// A file of events, beside the tools that everybody has.
fn file(stage: &Stage) -> Result<Vec<Row>> {
    let count = stage.size(1_000_000);
    let (job, found) = data::middle_job(count);
    let lines = stage.path("events.jsonl");
    data::write_lines(&mut BufWriter::new(File::create(&lines)?), count)?;
    let query = format!("job:{job}");
    let mut contenders: Vec<Runner<'_>> = vec![
        Box::new(|| {
            let mut emp = stage.emp("home", "redis://127.0.0.1:1", &["search", &query]);
            stage.once(
                emp.args(["-o", "jsonl", "--from"]).arg(&lines),
                Output::Lines(found),
            )
        }),
        Box::new(|| {
            let mut grep = Command::new("grep");
            // In bytes, as a person in a hurry would: several times faster than in UTF-8.
            grep.env("LC_ALL", "C")
                .arg(format!("\"jobId\":\"{job}\""))
                .arg(&lines);
            stage.once(&mut grep, Output::Lines(found))
        }),
    ];
    if tools::find("jq").is_some() {
        contenders.push(Box::new(|| {
            let mut jq = Command::new("jq");
            jq.arg("-c")
                .arg(format!("select(.jobId==\"{job}\")"))
                .arg(&lines);
            stage.once(&mut jq, Output::Lines(found))
        }));
    }
    let runs = in_turn(&mut contenders, stage.rounds(5))?;
    fs::remove_file(&lines)?;
    let work = format!("`emp search --from file`, {} lines", thousands(count));
    Ok(vec![
        match runs.get(2) {
            Some(jq) => Row::beside(&work, "`jq`", &runs[0], jq, Aim::Speed(10.0)),
            None => Row::alone(&work, "`jq`", &runs[0], Aim::Speed(10.0), "jq is missing"),
        },
        Row::beside(
            &work,
            "`grep`, which knows no fields",
            &runs[0],
            &runs[1],
            Aim::None,
        ),
    ])
}

fn emp_search<'a>(stage: &'a Stage, database: u8, job: &str, found: usize) -> Runner<'a> {
    let query = format!("job:{job}");
    let url = stage.server.url(database);
    Box::new(move || {
        let args = ["search", &query, "-o", "jsonl"];
        stage.once(&mut stage.emp("home", &url, &args), Output::Lines(found))
    })
}

fn cli_and_grep<'a>(stage: &'a Stage, database: u8, job: &str) -> Result<Runner<'a>> {
    let cli = stage.redis_cli(database)?;
    let words: Vec<_> = cli.get_args().map(|word| word.to_string_lossy()).collect();
    let script = format!(
        "redis-cli {} XRANGE emp:events - + | grep {job}",
        words.join(" ")
    );
    Ok(Box::new(move || {
        stage.once(Command::new("sh").args(["-c", &script]), Output::Some)
    }))
}
