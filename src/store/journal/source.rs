//! The journal as a source for queries.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::PathBuf;

use rusqlite::named_params;

use super::super::{CLOCK_MARGIN_MS, Coverage, Latest, Scan, Sink, Source};
use super::{Error, Journal, PAGE_BYTES, Raw};
use crate::event::{Event, Millis};

/// Rows read in one transaction. A long one would keep the write-ahead log from being reused.
const PAGE_ROWS: i64 = 1000;

/// In the order in which the events were added. `+` keeps SQLite from sorting the whole window
/// for every page.
const FORWARD: &str = "
    SELECT seq, timestamp, stream, line FROM event
    WHERE seq > :seq AND seq <= :top AND +timestamp BETWEEN :since AND :until
    ORDER BY seq LIMIT :rows";

/// Newest first; among equal timestamps in the order in which they were added.
const BACKWARD: &str = "
    SELECT seq, timestamp, stream, line FROM event
    WHERE timestamp BETWEEN :since AND :until
        AND NOT (timestamp = :until AND seq <= :seq) AND seq <= :top
    ORDER BY timestamp DESC, seq LIMIT :rows";

/// Reads the journal; one that is not there holds nothing.
pub struct JournalSource {
    path: PathBuf,
}

impl JournalSource {
    /// A source over the journal at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

/// Where the next page begins.
struct Place {
    seq: i64,
    until: i64,
}

struct Page {
    events: Vec<Event>,
    scanned: u64,
    /// The last row that was looked at, whatever stream it was of.
    last: Option<(i64, i64)>,
}

impl Source for JournalSource {
    fn name(&self) -> String {
        format!("the journal {}", self.path.display())
    }

    fn scan(&mut self, scan: &Scan<'_>, sink: &mut dyn Sink) -> Result<Coverage, Error> {
        let mut coverage = Coverage {
            source: self.name(),
            ..Coverage::default()
        };
        let Some(journal) = Journal::open_existing(&self.path)? else {
            coverage.latest = scan.takes_latest().is_some();
            return Ok(coverage);
        };
        // Of many, what came last is read again by the index.
        let latest = match scan.takes_latest() {
            Some(latest) if journal.len()? > latest.borrow().limit() as u64 => None,
            latest => latest,
        };
        coverage.latest = latest.is_some();
        (coverage.oldest, coverage.newest) = journal.span()?.unzip();
        // A scan ends even while others keep adding.
        let top = journal.last_seq()?;
        let mut place = Place {
            seq: 0,
            until: scan.until.map_or(i64::MAX, Millis::get),
        };
        loop {
            let page = journal.page(scan, latest, &place, top)?;
            coverage.scanned += page.scanned;
            (scan.progress)(page.scanned);
            for mut event in page.events {
                scan.hand_on(&mut event, latest, sink)?;
            }
            let Some((seq, timestamp)) = page.last else {
                return Ok(coverage);
            };
            place.seq = seq;
            if scan.newest_first {
                place.until = timestamp;
                // The sink allows for a server's clock; an order by timestamp needs no such margin.
                let reached = Millis::clamped(timestamp).plus(-CLOCK_MARGIN_MS);
                if let ControlFlow::Break(()) = sink.reached(reached) {
                    return Ok(coverage);
                }
            }
        }
    }
}

impl Journal {
    fn page(
        &self,
        scan: &Scan<'_>,
        latest: Option<&RefCell<Latest>>,
        place: &Place,
        top: i64,
    ) -> Result<Page, Error> {
        let sql = if scan.newest_first { BACKWARD } else { FORWARD };
        self.try_read(|db| {
            let mut select = db.prepare_cached(sql)?;
            let mut rows = select.query(named_params! {
                ":seq": place.seq,
                ":top": top,
                ":since": scan.since.map_or(i64::MIN, Millis::get),
                ":until": place.until,
                ":rows": PAGE_ROWS,
            })?;
            let mut page = Page {
                events: Vec::new(),
                scanned: 0,
                last: None,
            };
            let mut bytes = 0;
            while bytes < PAGE_BYTES
                && let Some(row) = rows.next()?
            {
                let raw = Raw::of(row)?;
                page.last = Some((raw.seq, raw.timestamp));
                if !scan.wants_stream(raw.stream) {
                    continue;
                }
                page.scanned += 1;
                if scan.may_hand_on(latest, raw.line) {
                    bytes += raw.line.len();
                    page.events.push(raw.event());
                }
            }
            Ok(page)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn pages_come_from_an_index_and_are_not_sorted() {
        let folder = tempfile::tempdir().expect("a folder");
        let journal =
            Journal::open(&folder.path().join("j.db"), Duration::from_secs(1)).expect("a journal");
        for (sql, index) in [
            (FORWARD, "INTEGER PRIMARY KEY"),
            (BACKWARD, "event_by_time"),
        ] {
            let mut explain = journal
                .db
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .expect("sql");
            let plan: Vec<String> = explain
                .query_map([0i64; 5], |row| row.get(3))
                .expect("a plan")
                .collect::<Result<_, _>>()
                .expect("a plan");
            let plan = plan.join("; ");
            assert!(
                plan.contains(index) && !plan.contains("TEMP B-TREE"),
                "{plan}"
            );
        }
    }
}
