//! Figures over many values with bounded memory: lengths, different values, counts over time.
//!
//! This room knows numbers and instants only, not events.

mod distinct;
mod summary;
mod trend;

pub use distinct::Distinct;
pub use summary::{Figures, Summary};
pub use trend::Trend;

/// A share of a whole, 0 where there is none.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of events")]
    let (part, whole) = (part as f64, whole as f64);
    if whole == 0.0 { 0.0 } else { part / whole }
}
