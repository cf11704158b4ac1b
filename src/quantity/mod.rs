//! Lengths of time, sizes and counts as people read them.

mod duration;
mod size;

pub use duration::{delta, duration, round, rounded};
pub use size::{bytes, count, number_of, parse_bytes, percent};
