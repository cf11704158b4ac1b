//! The events of a job system, the same on every machine.
//!
//! A thousand entries hold a hundred jobs of ten events each, interleaved. They are 20 ms apart.

use std::io::{self, Write};

/// Timestamp of the first event, and the time part of its entry id: 2001-09-09T01:46:40Z.
///
/// Chosen for its digits: a `1` and twelve more, which is what `redis-benchmark` can put into
/// a command at random (`1__rand_int__`).
const START_MS: u64 = 1_000_000_000_000;
const STEP_MS: u64 = 20;

/// How long `count` entries take, in milliseconds.
pub(crate) fn span_ms(count: usize) -> u64 {
    count as u64 * STEP_MS
}

/// Milliseconds from the first of `count` entries to the last that a page of `page` can begin at.
pub(crate) fn page_starts(count: usize, page: usize) -> u64 {
    (count.saturating_sub(page) as u64) * STEP_MS
}

/// A job in the middle of `count` entries, and how many events it has.
pub(crate) fn middle_job(count: usize) -> (String, usize) {
    (format!("job_{:06}", count / 20), 10)
}

const STEPS: [(&str, &str); 10] = [
    ("api-server", "job.created"),
    ("api-server", "job.queued"),
    ("worker", "worker.claimed_job"),
    ("worker", "connector.processing_started"),
    ("machine", "job.progress_updated"),
    ("machine", "job.progress_updated"),
    ("machine", "job.progress_updated"),
    ("worker", "connector.processing_completed"),
    ("api-server", "job.completed"),
    ("webhook-service", "webhook.delivered"),
];

struct Event {
    ms: u64,
    service: &'static str,
    event_type: &'static str,
    trace: String,
    job: String,
    worker: String,
    data: String,
    event_id: String,
}

/// The event with this number of those that begin at that time.
fn event(start_ms: u64, index: usize) -> Event {
    let job = index / 1000 * 100 + index % 100;
    let step = index % 1000 / 100;
    let (service, event_type) = STEPS[step];
    let (a, b) = (mix(job as u64), mix(index as u64 + (1 << 40)));
    let ms = start_ms + index as u64 * STEP_MS;
    Event {
        ms,
        service,
        event_type,
        trace: format!("{a:016x}{:016x}", mix(a)),
        job: format!("job_{job:06}"),
        worker: format!("worker_{}", a % 40),
        data: format!(
            r#"{{"jobType":"txt2img","step":{step},"durationMs":{},"queueDepth":{},"model":"sdxl-base-1.0"}}"#,
            b % 45_000,
            b % 97
        ),
        // A UUID of version 7: its first 48 bits are the time.
        event_id: format!(
            "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
            ms >> 16,
            ms & 0xffff,
            b & 0xfff,
            0x8000 | (a & 0x3fff),
            b >> 16
        ),
    }
}

/// A number that looks random (splitmix64).
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Where entries get their ids from.
#[derive(Clone, Copy)]
pub(crate) enum Ids {
    /// From the events' own time, for a stream that is read.
    Timestamps,
    /// The same, with events that begin at that time.
    Since(u64),
    /// From the server, with the cap that emitters set, for a stream that is written.
    Server,
}

/// Writes `count` events as `XADD` commands in the protocol of Redis.
pub(crate) fn write_commands(out: &mut impl Write, count: usize, ids: Ids) -> io::Result<()> {
    for index in 0..count {
        write_command(out, index, ids)?;
    }
    out.flush()
}

/// Writes the event with this number as an `XADD` command.
pub(crate) fn write_command(out: &mut impl Write, index: usize, ids: Ids) -> io::Result<()> {
    let start_ms = match ids {
        Ids::Timestamps | Ids::Server => START_MS,
        Ids::Since(ms) => ms,
    };
    let event = event(start_ms, index);
    let ms = event.ms.to_string();
    let id = format!("{ms}-0");
    let head: &[&str] = match ids {
        Ids::Timestamps | Ids::Since(_) => &["XADD", "emp:events", &id],
        Ids::Server => &["XADD", "emp:events", "MAXLEN", "~", "10000", "*"],
    };
    let fields = [
        ("timestamp", &*ms),
        ("service", event.service),
        ("eventType", event.event_type),
        ("traceId", &event.trace),
        ("jobId", &event.job),
        ("workerId", &event.worker),
        ("data", &event.data),
        ("eventId", &event.event_id),
    ];
    write!(out, "*{}\r\n", head.len() + fields.len() * 2)?;
    let words = head.iter().copied();
    for word in words.chain(fields.iter().flat_map(|(name, value)| [*name, *value])) {
        write!(out, "${}\r\n{word}\r\n", word.len())?;
    }
    Ok(())
}

/// Writes `count` events as lines of JSON, as `-o jsonl` prints them.
pub(crate) fn write_lines(out: &mut impl Write, count: usize) -> io::Result<()> {
    for index in 0..count {
        let event = event(START_MS, index);
        // 1000000000 s is 01:46:40 of that day; the data ends before the day after the next.
        let of_day = event.ms - START_MS + ((60 + 46) * 60 + 40) * 1000;
        let (day, ms) = (of_day / 86_400_000, of_day % 86_400_000);
        writeln!(
            out,
            r#"{{"timestamp":"2001-09-{:02}T{:02}:{:02}:{:02}.{:03}Z","service":"{}","eventType":"{}","traceId":"{}","jobId":"{}","workerId":"{}","data":{},"eventId":"{}"}}"#,
            9 + day,
            ms / 3_600_000,
            ms / 60_000 % 60,
            ms / 1000 % 60,
            ms % 1000,
            event.service,
            event.event_type,
            event.trace,
            event.job,
            event.worker,
            event.data,
            event.event_id,
        )?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: usize) -> String {
        let mut lines = Vec::new();
        write_lines(&mut lines, count).expect("memory");
        String::from_utf8(lines).expect("text")
    }

    #[test]
    fn lines_are_events_with_the_time_that_the_commands_say() {
        for (index, line) in lines(2000).lines().enumerate() {
            let read = emp_cli::event::json::read(line.as_bytes()).expect("an event");
            assert_eq!(
                read.timestamp.get(),
                i64::try_from(event(START_MS, index).ms).expect("a time")
            );
            assert!(read.extra.is_empty(), "{line}");
            assert!(
                emp_cli::event::naming::is_well_formed(&read.event_type),
                "{line}"
            );
        }
    }

    #[test]
    fn the_middle_job_is_there_as_often_as_said() {
        let (job, times) = middle_job(10_000);
        assert_eq!(lines(10_000).matches(&format!("\"{job}\"")).count(), times);
    }

    #[test]
    fn random_pages_begin_within_the_data() {
        let last = START_MS + page_starts(10_000, 1000);
        assert_eq!(last, event(START_MS, 9000).ms);
        assert_eq!(START_MS.to_string(), format!("1{:012}", 0));
    }
}
