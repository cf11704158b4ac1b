//! The packed form of milestones: records, one after another, in a job's log.
//!
//! ```text
//! record     magic 0xE3, length of body and check (2 bytes), body, check (2 bytes)
//! body       kind (1 byte), then what the kind says
//! kind 1     a milestone: flags, stream (2 bytes), entry ms, entry seq, timestamp - entry ms,
//!            type, service, and then, where the flags say so, ids, numbers and texts
//! kind 2     so many milestones were left out because the log was full
//! kind 3     the first so many bytes of the log have been made into spans
//! ```
//!
//! Numbers are LEB128, signed ones zigzag, two-byte ones little endian. A text is a number, `2 n`
//! for the n-th of [`KNOWN`] or `2 n + 1` for n bytes that follow. Several versions of emp share
//! a log: the kinds, the known texts and the flags are only ever added to, at their end. What a
//! reader does not know it passes over: whole records by their length, later fields of a
//! milestone because they come last. A damaged record is passed over too; the next one is found
//! by magic and check.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::milestone::{Milestone, Number, Text};
use crate::digest;
use crate::event::{EntryId, Level, Millis};
use crate::maps::Map;

const MAGIC: u8 = 0xe3;
/// Magic and length.
const HEAD: usize = 3;
const CHECK: usize = 2;
/// Bytes that a usual milestone takes at least.
const USUAL: usize = 40;

const MILESTONE: u8 = 1;
const LEFT_OUT: u8 = 2;
const TOLD: u8 = 3;

/// Flags: two bits of level, then one bit for each thing that may be there.
const SPAN: u64 = 1 << 2;
const PARENT: u64 = 1 << 3;
const TRACE: u64 = 1 << 4;
const NUMBERS: usize = 5;
const TEXTS: usize = NUMBERS + Number::COUNT;

/// Types and services that take one byte. Only ever add to its end.
const KNOWN: [&str; 36] = [
    "",
    "api-server",
    "worker",
    "webhook-service",
    "machine",
    "monitor",
    "job.created",
    "job.queued",
    "job.claimed",
    "job.processing_started",
    "job.progress_updated",
    "job.completed",
    "job.failed",
    "job.cancelled",
    "job.timeout",
    "job.retry",
    "job.submitted",
    "job.assigned",
    "job.started",
    "job.requeued",
    "job.released",
    "worker.claimed_job",
    "connector.processing_started",
    "connector.processing_completed",
    "connector.processing_failed",
    "redis_function.executing",
    "redis_function.completed",
    "redis_function.failed",
    "websocket.connected",
    "websocket.subscribed",
    "websocket.disconnected",
    "webhook.sending",
    "webhook.delivered",
    "webhook.delivery_failed",
    "resource.exhausted",
    "api.error",
];

/// Where each of them stands.
static PLACES: LazyLock<Map<&str, u64>> = LazyLock::new(|| KNOWN.into_iter().zip(0..).collect());

/// Appends a milestone.
pub(crate) fn pack(milestone: &Milestone<'_>, out: &mut Vec<u8>) {
    record(out, MILESTONE, |out| {
        let mut flags = milestone.level as u64;
        for (flag, there) in [
            (SPAN, milestone.span.is_some()),
            (PARENT, milestone.parent.is_some()),
            (TRACE, milestone.trace.is_some()),
        ] {
            flags |= if there { flag } else { 0 };
        }
        for (index, number) in milestone.numbers.iter().enumerate() {
            flags |= u64::from(number.is_some()) << (NUMBERS + index);
        }
        for (index, text) in milestone.texts.iter().enumerate() {
            flags |= u64::from(text.is_some()) << (TEXTS + index);
        }
        number(out, flags);
        out.extend_from_slice(&milestone.stream.to_le_bytes());
        number(out, milestone.entry.ms);
        number(out, milestone.entry.seq);
        let server = i64::try_from(milestone.entry.ms).unwrap_or(i64::MAX);
        number(out, zigzag(milestone.at.get().wrapping_sub(server)));
        text(out, &milestone.event_type);
        text(out, &milestone.service);
        out.extend_from_slice(milestone.span.as_ref().map_or(&[], |id| &id[..]));
        out.extend_from_slice(milestone.parent.as_ref().map_or(&[], |id| &id[..]));
        out.extend_from_slice(milestone.trace.as_ref().map_or(&[], |id| &id[..]));
        for value in milestone.numbers.iter().flatten() {
            number(out, *value);
        }
        for value in milestone.texts.iter().flatten() {
            text(out, value);
        }
    });
}

/// Appends that so many milestones were left out.
pub(crate) fn pack_left_out(count: u64, out: &mut Vec<u8>) {
    record(out, LEFT_OUT, |out| number(out, count));
}

/// Appends that the first `bytes` of the log have been made into spans.
pub(crate) fn pack_told(bytes: u64, out: &mut Vec<u8>) {
    record(out, TOLD, |out| number(out, bytes));
}

fn record(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[MAGIC, 0, 0, kind]);
    body(out);
    let check = check(&out[start + HEAD..]);
    out.extend_from_slice(&check);
    // Every text has a limit, so that a milestone takes no more than 5 KiB.
    let length = u16::try_from(out.len() - start - HEAD).unwrap_or(0);
    out[start + 1..start + HEAD].copy_from_slice(&length.to_le_bytes());
}

/// What tells that a body is whole.
fn check(body: &[u8]) -> [u8; CHECK] {
    let [a, b, c, d] = digest::check(body).to_le_bytes();
    [a ^ c, b ^ d]
}

#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn text(out: &mut Vec<u8>, value: &str) {
    match PLACES.get(value) {
        Some(place) => number(out, place << 1),
        None => {
            number(out, (value.len() as u64) << 1 | 1);
            out.extend_from_slice(value.as_bytes());
        }
    }
}

/// The log of a job, as it was read: untrusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Log(Vec<u8>);

/// What a log holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Contents<'a> {
    /// The milestones, in the order in which they were appended, repeats included.
    pub(crate) milestones: Vec<Milestone<'a>>,
    /// What else.
    pub(crate) marks: Marks,
}

/// What a log holds beside milestones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// How many milestones were left out, about.
    pub(crate) left_out: u64,
    /// Whether spans were made of it before.
    pub(crate) told: bool,
    /// Whether milestones came after that.
    pub(crate) fresh: bool,
}

impl Log {
    /// For these bytes.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// All of it.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Reads all of it. Never fails: what cannot be read is passed over.
    pub(crate) fn read(&self) -> Contents<'_> {
        let mut milestones = Vec::with_capacity(self.0.len() / USUAL);
        let marks = self.walk(|mut reader| {
            let Some(milestone) = reader.milestone() else {
                return false;
            };
            milestones.push(milestone);
            true
        });
        Contents { milestones, marks }
    }

    /// Shows of each milestone when it was and what was said: less work than to read all of it.
    pub(super) fn skim(&self, mut see: impl FnMut(Millis, &str)) -> Marks {
        self.walk(|mut reader| {
            let head = reader.head();
            if let Some(head) = &head {
                see(head.at, &head.event_type);
            }
            head.is_some()
        })
    }

    /// Shows every record of a milestone to `read`, which says whether it is one.
    fn walk<'a>(&'a self, mut read: impl FnMut(Reader<'a>) -> bool) -> Marks {
        let mut left_out: u64 = 0;
        let mut told = 0;
        let mut last = None;
        let mut at = 0;
        while let Some((body, end)) = next_record(&self.0, &mut at) {
            let (kind, rest) = body.split_first().map_or((0, &[][..]), |(k, r)| (*k, r));
            let mut reader = Reader(rest);
            match kind {
                MILESTONE if read(Reader(rest)) => last = Some(at),
                LEFT_OUT => left_out = left_out.saturating_add(reader.number().unwrap_or(0)),
                TOLD => {
                    // A log that was lost meanwhile begins with what was said of the one before.
                    let bytes = usize::try_from(reader.number().unwrap_or(0));
                    told = told.max(bytes.ok().filter(|bytes| *bytes <= at).unwrap_or(0));
                }
                _ => {}
            }
            at = end;
        }
        Marks {
            left_out,
            told: told > 0,
            fresh: last.is_some_and(|last| last >= told),
        }
    }
}

/// The body of the next whole record from `at` on, and where it ends; `at` is moved to its start.
fn next_record<'a>(bytes: &'a [u8], at: &mut usize) -> Option<(&'a [u8], usize)> {
    loop {
        let rest = bytes.get(*at..)?;
        *at += memchr::memchr(MAGIC, rest)?;
        if let Some(found) = whole_record(bytes, *at) {
            return Some(found);
        }
        *at += 1;
    }
}

fn whole_record(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let length = bytes.get(at + 1..at + HEAD)?;
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    let end = at + HEAD + length;
    let (body, sum) = bytes
        .get(at + HEAD..end)?
        .split_at_checked(length.checked_sub(CHECK)?)?;
    (sum == check(body)).then_some((body, end))
}

/// What every milestone has, and comes first.
struct Head<'a> {
    flags: u64,
    stream: u16,
    entry: EntryId,
    at: Millis,
    event_type: Cow<'a, str>,
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn head(&mut self) -> Option<Head<'a>> {
        let flags = self.number()?;
        let stream = u16::from_le_bytes(self.array()?);
        let entry = EntryId {
            ms: self.number()?,
            seq: self.number()?,
        };
        let server = i64::try_from(entry.ms).unwrap_or(i64::MAX);
        Some(Head {
            flags,
            stream,
            entry,
            at: Millis::clamped(server.wrapping_add(unzigzag(self.number()?))),
            event_type: self.text()?,
        })
    }

    fn milestone(&mut self) -> Option<Milestone<'a>> {
        let Head {
            flags,
            stream,
            entry,
            at,
            event_type,
        } = self.head()?;
        let has = |bit: usize| flags >> bit & 1 == 1;
        let mut milestone = Milestone {
            stream,
            entry,
            at,
            event_type,
            service: self.text()?,
            level: Level::ALL[usize::from(has(0)) + 2 * usize::from(has(1))],
            ..Milestone::default()
        };
        if flags & SPAN != 0 {
            milestone.span = Some(self.array()?);
        }
        if flags & PARENT != 0 {
            milestone.parent = Some(self.array()?);
        }
        if flags & TRACE != 0 {
            milestone.trace = Some(self.array()?);
        }
        for index in 0..Number::COUNT {
            if has(NUMBERS + index) {
                milestone.numbers[index] = Some(self.number()?);
            }
        }
        for index in 0..Text::COUNT {
            if has(TEXTS + index) {
                milestone.texts[index] = Some(self.text()?);
            }
        }
        Some(milestone)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn text(&mut self) -> Option<Cow<'a, str>> {
        let number = self.number()?;
        let count = usize::try_from(number >> 1).ok()?;
        if number & 1 == 0 {
            return KNOWN.get(count).map(|known| Cow::Borrowed(*known));
        }
        let (text, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        // A repair looks at each byte, and nothing ever needs one.
        Some(
            std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed),
        )
    }
}

#[cfg(test)]
mod tests;
