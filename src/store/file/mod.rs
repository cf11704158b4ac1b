//! Files of events, one JSON object a line: plain, gzip or zstd, or standard input.
//!
//! What `-o jsonl` prints and what the collector logs. Anybody's lines are read; those that are
//! no JSON object are counted.

mod lines;
mod stamp;
mod tail;
mod write;

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

pub use self::lines::{Line, Lines};
pub use self::tail::{FileTail, ReadAhead};
pub use self::write::FileWriter;

use self::stamp::Span;
use super::{Coverage, Error, Latest, Scan, Sink, Source};
use crate::event::{Event, Origin, json};

/// The path that stands for standard input.
const STDIN: &str = "-";

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Lines between two words about the progress.
const PAGE: u64 = 4096;

/// Whether a path gives what it holds only once: standard input, a pipe.
pub fn is_read_once(path: &Path) -> bool {
    let held = path.metadata();
    path == Path::new(STDIN) || held.is_ok_and(|held| !held.is_file() && !held.is_dir())
}

/// Reads one file.
pub struct FileSource {
    path: PathBuf,
    streams: Streams,
    /// Standard input gives what it holds only once.
    drained: bool,
}

/// Where events belong that do not say it themselves.
struct Streams {
    events: Arc<str>,
    errors: Arc<str>,
}

impl FileSource {
    /// A source over the file at `path`; `-` is standard input. Lines without `_stream` belong to
    /// `errors` where they are error events, else to `events`.
    pub fn new(path: impl Into<PathBuf>, events: &str, errors: &str) -> Self {
        Self {
            path: path.into(),
            streams: Streams {
                events: events.into(),
                errors: errors.into(),
            },
            drained: false,
        }
    }

    /// The first event of the file, without taking anything from it; `None` where there is none, or
    /// where standard input would have to be waited for twice.
    pub fn first(&self) -> Option<Event> {
        let input: Box<dyn Read> = if self.is_stdin() {
            // What is only looked at stays in the buffer that the scan reads from.
            let mut input = io::stdin().lock();
            Box::new(io::Cursor::new(input.fill_buf().ok()?.to_vec()))
        } else {
            if !self.path.metadata().ok()?.is_file() {
                return None;
            }
            Box::new(File::open(&self.path).ok()?)
        };
        match Lines::new(unpacked(input).ok()?).next_line() {
            Ok(Some(Line::Text(line))) => json::read(element(line.trim_ascii())).ok(),
            _ => None,
        }
    }

    fn is_stdin(&self) -> bool {
        self.path == Path::new(STDIN)
    }

    fn open(&mut self) -> io::Result<Box<dyn Read>> {
        if !self.is_stdin() {
            return Ok(Box::new(File::open(&self.path)?));
        }
        if std::mem::replace(&mut self.drained, true) {
            return Err(io::Error::other("it can be read only once"));
        }
        Ok(Box::new(io::stdin().lock()))
    }
}

impl Source for FileSource {
    fn name(&self) -> String {
        if self.is_stdin() {
            "standard input".to_owned()
        } else {
            self.path.display().to_string()
        }
    }

    fn scan(&mut self, scan: &Scan<'_>, sink: &mut dyn Sink) -> Result<Coverage, Error> {
        let name = self.name();
        let failed = |source: io::Error| Error::File {
            path: name.clone(),
            source: match source.kind() {
                // The packers' own words for it differ, and say less.
                io::ErrorKind::UnexpectedEof => io::Error::new(
                    source.kind(),
                    "it ends in the middle of its compressed data",
                ),
                _ => source,
            },
        };
        let input = self.open().and_then(unpacked).map_err(failed)?;
        let mut coverage = Coverage {
            source: name.clone(),
            ..Coverage::default()
        };
        // To read it again, where that is asked for, is no more than to take each line apart now.
        let latest = scan.takes_latest().filter(|_| is_read_once(&self.path));
        coverage.latest = latest.is_some();
        let lines = Lines::new(input);
        read(lines, &self.streams, scan, latest, sink, &mut coverage)?.map_err(failed)?;
        Ok(coverage)
    }
}

/// The text of a file, whatever packs it; its first bytes tell, not its name.
fn unpacked(mut input: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    let mut head = Vec::with_capacity(ZSTD.len());
    input
        .by_ref()
        .take(u64::try_from(ZSTD.len()).unwrap_or(0))
        .read_to_end(&mut head)?;
    let (gzip, zstd) = (head.starts_with(GZIP), head.starts_with(ZSTD));
    let whole = io::Cursor::new(head).chain(input);
    Ok(if gzip {
        Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(
            lines::BUFFER,
            whole,
        )))
    } else if zstd {
        Box::new(zstd::stream::read::Decoder::new(whole)?)
    } else {
        Box::new(whole)
    })
}

/// Hands every accepted event to the sink. The outer error is the sink's, the inner one the
/// input's: what came before it has been read.
fn read<R: Read>(
    mut lines: Lines<R>,
    streams: &Streams,
    scan: &Scan<'_>,
    latest: Option<&RefCell<Latest>>,
    sink: &mut dyn Sink,
    coverage: &mut Coverage,
) -> Result<io::Result<()>, Error> {
    let mut span = Span::default();
    let mut told = 0;
    loop {
        if coverage.scanned - told >= PAGE {
            (scan.progress)(coverage.scanned - told);
            told = coverage.scanned;
        }
        let line = match lines.next_line() {
            Ok(Some(Line::Text(line))) => line,
            Ok(Some(Line::TooLong)) => {
                coverage.scanned += 1;
                coverage.unreadable += 1;
                continue;
            }
            Ok(None) => break,
            Err(error) => return Ok(Err(error)),
        };
        let line = element(line.trim_ascii());
        if line.is_empty() {
            continue;
        }
        coverage.scanned += 1;
        if line[0] != b'{' {
            coverage.unreadable += 1;
            continue;
        }
        let stamp = stamp::leading(line);
        let out_of_window = stamp.is_some_and(|stamp| {
            scan.since.is_some_and(|since| stamp < since)
                || scan.until.is_some_and(|until| stamp > until)
        });
        if out_of_window || !scan.may_hand_on(latest, line) {
            span.see(stamp);
            continue;
        }
        let Ok(event) = json::read(line) else {
            coverage.unreadable += 1;
            continue;
        };
        span.see(Some(event.timestamp));
        let mut event = placed(event, streams);
        if scan.wants_stream(event.stream().unwrap_or_default().as_bytes()) {
            scan.hand_on(&mut event, latest, sink)?;
        }
    }
    (scan.progress)(coverage.scanned - told);
    (coverage.oldest, coverage.newest) = span.ends();
    Ok(Ok(()))
}

/// The object on a line of a JSON array as `-o json` prints one: an element a line, the brackets on
/// lines of their own.
fn element(line: &[u8]) -> &[u8] {
    match line {
        b"[" | b"]" | b"[]" => b"",
        [b'{', .., b'}', b','] => &line[..line.len() - 1],
        _ => line,
    }
}

/// The event with a stream.
fn placed(mut event: Event, streams: &Streams) -> Event {
    if event.origin.is_none() {
        let stream = if event.is_error_event() {
            &streams.errors
        } else {
            &streams.events
        };
        event.origin = Some(Origin {
            stream: Arc::clone(stream),
            entry: None,
        });
    }
    event
}

#[cfg(test)]
mod tests;
