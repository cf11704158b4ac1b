//! Where events live: Redis streams, the local journal, files.
//!
//! One trait, [`Source`], with the same answers from each. Only this room names Redis and SQLite.
//! It knows nothing of the query language: a [`Scan`] carries the test as a closure, and the
//! literals that let a source skip an entry before it is decoded.

mod error;
mod file;
mod journal;
mod reader;
pub mod redis;
#[cfg(test)]
mod samples;
mod scan;
mod sort;

pub use error::Error;
pub use file::{FileSource, FileTail, Line, Lines, ReadAhead};
pub use journal::{DrainGuard, Journal, JournalSource, JournalTail};
pub use reader::{Answer, Once, Reader};
pub use scan::{CLOCK_MARGIN_MS, Coverage, Scan, Sink, Source};
