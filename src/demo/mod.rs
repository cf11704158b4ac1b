//! A simulated job system: the events that an api-server, a webhook service, a monitor, workers
//! and machines would write, with the faults that people look for.
//!
//! Some jobs fail, one is stuck on a worker that went silent, one waits long for a worker, one
//! succeeds on its second attempt. Nothing here does I/O or reads a clock: the caller says when
//! the simulation ends, and the same options give the same events to the byte. The room knows
//! nothing of how events are emitted or shown.
//!
//! A trial is a longer run for practice and for tests: an even background, and, where that is asked
//! for, causes planted in it whose truth is known.

mod failure;
mod fleet;
mod job;
mod plant;
mod random;
mod script;
mod simulation;
mod trial;

pub use plant::{Cause, Hanging, NewError, Plant, SkewedClock, SlowStep, Truth};
pub use simulation::{MAX_JOBS, Options, Simulation, simulate};
pub use trial::{FEWEST_JOBS, Trial, TrialOptions, trial};
