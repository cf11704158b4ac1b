//! Lanes of different items, to whoever only watches and ends them.

use super::{Lane, LaneReport, Room};
use crate::collect::output::Item;

/// A lane of whatever item.
pub(in crate::collect) trait AnyLane: Send + Sync {
    /// Whether more is welcome.
    fn room(&self) -> Room;
    /// Nothing more comes.
    fn close(&self);
    /// Time is up.
    fn end(&self);
    /// How things stand.
    fn report(&self) -> LaneReport;
}

impl<I: Item> AnyLane for Lane<I> {
    fn room(&self) -> Room {
        Lane::room(self)
    }

    fn close(&self) {
        Lane::close(self);
    }

    fn end(&self) {
        Lane::end(self);
    }

    fn report(&self) -> LaneReport {
        Lane::report(self)
    }
}
