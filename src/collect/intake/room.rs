//! Whether lanes have room for what is read, and what is done until they have.

use std::time::Duration;

use super::{Intake, PAGE};
use crate::collect::lane::Room;
use crate::collect::stop::Phase;
use crate::store::Error;
use crate::store::redis::{GroupReader, Lag};

/// Full pages that are asked for before the one at hand is done, so that the server always has one to
/// make ready.
const AHEAD: usize = 3;
/// How often a lane that takes no more is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(20);
/// The same of one whose output works: soon enough that it does not run out of work meanwhile.
pub(super) const ASK_SOON: Duration = Duration::from_millis(5);
/// How often such a lane is asked, a quarter of a second long, before the spool takes the page. Not a
/// time: where the whole machine stood still, the output did too.
const COURTESY: u32 = 50;

impl Intake {
    /// Waits while an output that works is behind, for a moment; while one would have to drop
    /// events that the stream still keeps safe, for as long as it does; and while memory is the
    /// only place left for them. `false` when the end begins.
    pub(super) fn await_room(&mut self, reader: &mut GroupReader) -> Result<bool, Error> {
        let mut lag = reader.lag();
        let mut asked = 0;
        loop {
            let room = self.waited_for.iter().map(|lane| lane.room());
            let pause = match room.max().unwrap_or(Room::Free) {
                Room::Free => return Ok(true),
                Room::Busy if asked == COURTESY || self.is_at_risk(lag) => return Ok(true),
                Room::Busy => {
                    asked += 1;
                    ASK_SOON
                }
                // It was taken already.
                Room::Tight | Room::Shut if reader.is_ahead() => return Ok(true),
                room @ (Room::Tight | Room::Shut) => {
                    // It may take long, and other outputs have room.
                    self.notes.catch_up()?;
                    self.settle()?;
                    lag = reader.measure_lag()?;
                    self.tally.reached(lag);
                    if room == Room::Tight && self.is_at_risk(lag) {
                        return Ok(true);
                    }
                    ASK_AGAIN
                }
            };
            if self.stop.wait(pause) {
                return Ok(false);
            }
        }
    }

    /// Whether trimming comes near to what the group has not read. Three quarters of the cap are
    /// left then: at 5,000 events a second and a cap of 10,000 that is a second and a half.
    fn is_at_risk(&self, lag: Lag) -> bool {
        lag.unread > self.cap / 4
    }

    /// Whether every lane takes more, and the end has not begun.
    fn has_room(&self) -> bool {
        let mut lanes = self.waited_for.iter();
        self.stop.phase() == Phase::Running && lanes.all(|lane| lane.room() == Room::Free)
    }

    /// Asks for full pages ahead, as far as there is room for them.
    pub(super) fn ask_ahead(&self, reader: &mut GroupReader) -> Result<(), Error> {
        while reader.ahead() < AHEAD && self.has_room() {
            reader.ask_ahead(PAGE)?;
        }
        Ok(())
    }
}
