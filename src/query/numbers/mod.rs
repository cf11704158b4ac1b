//! Figures over many values with bounded memory: lengths, different values, counts over time.
//!
//! This room knows numbers and instants only, not events.

mod distinct;
mod summary;
mod trend;

pub use distinct::Distinct;
pub use summary::{Figures, Summary};
pub use trend::Trend;
