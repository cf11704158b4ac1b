//! What collectors keep in Redis is kept for a system: its two streams. Two systems on one server do
//! not meet.

use crate::digest::digest;

/// The beginning of all keys of the collectors of these streams.
pub(super) fn prefix(events: &str, errors: &str) -> String {
    let streams = digest(format!("{events}\n{errors}").as_bytes()) >> 96;
    format!("emp:collector:{streams:08x}:")
}
