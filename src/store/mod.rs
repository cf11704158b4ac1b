//! Where events live: Redis streams, the local journal, files.
//!
//! One trait, [`Source`], with the same answers from each. Only this room names Redis and SQLite.
//! It knows nothing of the query language: a [`Scan`] carries the test as a closure, and the
//! literals that let a source skip an entry before it is decoded.

mod error;
#[cfg(feature = "cli")]
mod file;
mod journal;
mod private;
#[cfg(feature = "cli")]
mod reader;
pub mod redis;
#[cfg(test)]
#[cfg(feature = "cli")]
mod samples;
#[cfg(feature = "cli")]
mod scan;
#[cfg(feature = "cli")]
mod sort;

pub use error::Error;
#[cfg(feature = "cli")]
pub use file::{FileSource, FileTail, FileWriter, Line, Lines, ReadAhead, is_read_once};
pub use journal::{Added, DrainGuard, Dropped, Journal};
#[cfg(feature = "cli")]
pub use journal::{JournalSource, JournalTail};
#[cfg(feature = "cli")]
pub use reader::{Answer, Latest, Once, Reader};
#[cfg(feature = "cli")]
pub use scan::{CLOCK_MARGIN_MS, Coverage, Only, Scan, Sink, Source};
