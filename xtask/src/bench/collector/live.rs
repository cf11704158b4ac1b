//! A collector beside events that come all the time, and beside none.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::backend::Backend;
use super::process::Process;
use super::sweep;
use crate::bench::data::{self, Ids};
use crate::bench::report::{Amount, Row};
use crate::bench::stage::{LIVE, Stage, thousands};

/// Events a second.
const RATE: usize = 5000;
/// Events of one write: small enough that the server takes it with one read.
const AT_ONCE: usize = 25;
/// Round trips by which "well below one" is judged.
const MOST_TRIPS: f64 = 0.1;
/// How long a collector has for its start before it counts as idle.
const SETTLE: Duration = Duration::from_secs(3);

/// Memory at 5,000 events a second with the backend up and down, and at rest.
pub(in crate::bench) fn memory(stage: &Stage) -> Result<Vec<Row>> {
    let backend = Backend::start()?;
    let refused = {
        let gone = TcpListener::bind("127.0.0.1:0")?;
        format!("http://{}", gone.local_addr()?)
    };
    let seconds = if stage.size(10) == 10 { 30 } else { 10 };
    let up = busy(stage, "up", &backend.url(), seconds)?;
    let down = busy(stage, "down", &refused, seconds)?;
    let (idle, share) = idle(stage, &backend.url())?;
    let rate = thousands(RATE);
    let busy_for = |state: &str| {
        format!(
            "`emp collect`, {rate} events/s to file and OTLP for {seconds} s, backend {state}: peak memory"
        )
    };
    let bytes = Amount::Bytes;
    Ok(vec![
        Row::figure(&busy_for("up"), bytes(up.peak), bytes(30e6)),
        Row::figure(&busy_for("down"), bytes(down.peak), bytes(30e6)),
        Row::figure(
            "`emp collect` at rest: peak memory",
            bytes(idle),
            bytes(15e6),
        ),
        Row::figure(
            "`emp collect` at rest for 10 s: processor",
            Amount::Share(share),
            Amount::Share(0.01),
        ),
        Row::figure(
            &format!(
                "`emp collect`, {rate} events/s: reads of the server an event, at least its round trips"
            ),
            Amount::Number(up.trips),
            Amount::Number(MOST_TRIPS),
        ),
    ])
}

struct Busy {
    peak: f64,
    trips: f64,
}

/// Adds events at a steady rate while a collector works.
fn busy(stage: &Stage, name: &str, backend: &str, seconds: usize) -> Result<Busy> {
    let mut process = start(stage, name, backend)?;
    let mut link = stage.server.connect(LIVE)?;
    let mut writer = Writer::open(&stage.server.port())?;
    let reads_before = reads(&mut link)?;
    let cpu_before = process.cpu()?;
    let start = Instant::now();
    let writes = RATE * seconds / AT_ONCE;
    for write in 0..writes {
        let due = Duration::from_secs(1).mul_f64((write * AT_ONCE) as f64 / RATE as f64);
        // Behind by less than the machine's scheduler, it is on time.
        if let Some(early) = due.checked_sub(start.elapsed()) {
            thread::sleep(early);
        }
        writer.add(write * AT_ONCE, AT_ONCE)?;
    }
    let took = start.elapsed();
    ensure!(
        took.as_secs_f64() < seconds as f64 * 1.1,
        "events came for {took:?} and not for {seconds} s: the machine is too busy"
    );
    let cpu = process.cpu()?.saturating_sub(cpu_before);
    // Its own read of each write, and of the two questions.
    let reads = reads(&mut link)?.saturating_sub(reads_before + writes as u64 + 1);
    // What it has not read counts for nothing: it must keep up.
    let lag = stage
        .server
        .connect(LIVE)
        .and_then(|mut link| unread(&mut link))?;
    ensure!(lag < RATE, "{lag} events were not read");
    process.check()?;
    let peak = process.peak();
    println!(
        "{name}: {:.1} MB, {:.1} % of a core",
        peak as f64 / 1e6,
        cpu.as_secs_f64() / took.as_secs_f64() * 100.0
    );
    process.stop()?;
    process.wait(Duration::from_secs(30))?;
    Ok(Busy {
        peak: process.peak().max(peak) as f64,
        trips: reads as f64 / (writes * AT_ONCE) as f64,
    })
}

/// Peak memory and share of a core beside streams to which nothing comes.
fn idle(stage: &Stage, backend: &str) -> Result<(f64, f64)> {
    let mut process = start(stage, "idle", backend)?;
    thread::sleep(SETTLE);
    let (start, before) = (Instant::now(), process.cpu()?);
    thread::sleep(Duration::from_secs(10));
    let used = process.cpu()?.saturating_sub(before);
    let share = used.as_secs_f64() / start.elapsed().as_secs_f64();
    process.check()?;
    Ok((process.peak() as f64, share))
}

/// A collector to a file and to OTLP, with settings as they are by default.
fn start(stage: &Stage, name: &str, backend: &str) -> Result<Process> {
    sweep(stage, LIVE)?;
    let mut link = stage.server.connect(LIVE)?;
    redis::cmd("FLUSHDB").query::<()>(&mut link)?;
    let url = stage.server.url(LIVE);
    let mut emp = stage.emp(&format!("live-{name}"), &url, &["collect"]);
    let file = stage.path(&format!("live-{name}/events.log"));
    emp.args(["--consumer", "bench", "--listen", "127.0.0.1:0", "--file"])
        .arg(file)
        .args([
            "--otlp-protocol",
            "http/protobuf",
            "--otlp-endpoint",
            backend,
        ]);
    Process::start(&mut emp, &stage.path(&format!("live-{name}-notes")))
}

/// How often the server has read from any client.
fn reads(link: &mut redis::Connection) -> Result<u64> {
    let info: String = redis::cmd("INFO").arg("stats").query(link)?;
    let reads = info
        .lines()
        .find_map(|line| line.strip_prefix("total_reads_processed:"));
    Ok(reads.context("needs Redis 6 or newer")?.trim().parse()?)
}

/// Entries that the group was not given yet.
fn unread(link: &mut redis::Connection) -> Result<usize> {
    let groups: Vec<std::collections::HashMap<String, redis::Value>> = redis::cmd("XINFO")
        .arg(&["GROUPS", "emp:events"])
        .query(link)?;
    let lag = groups.first().and_then(|group| group.get("lag"));
    Ok(redis::from_redis_value(lag.context("no group")?.clone())?)
}

/// Adds events, a few at a time, over a connection of its own.
struct Writer {
    stream: TcpStream,
    output: Vec<u8>,
}

impl Writer {
    fn open(port: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
        stream.set_nodelay(true)?;
        stream.write_all(format!("SELECT {LIVE}\r\n").as_bytes())?;
        stream.read_exact(&mut [0; 5])?;
        Ok(Self {
            stream,
            output: Vec::new(),
        })
    }

    /// Adds the events from that number on, and waits until they are there.
    fn add(&mut self, first: usize, count: usize) -> Result<()> {
        self.output.clear();
        for index in first..first + count {
            data::write_command(&mut self.output, index, Ids::Server)?;
        }
        self.stream.write_all(&self.output)?;
        // Each answer is the line of a length and the line of an id.
        let mut lines = 0;
        let mut answer = [0; 4096];
        while lines < 2 * count {
            let read = self.stream.read(&mut answer)?;
            ensure!(read > 0, "the server hung up");
            ensure!(answer[0] != b'-', "the server refuses events");
            lines += answer[..read].iter().filter(|byte| **byte == b'\n').count();
        }
        Ok(())
    }
}
