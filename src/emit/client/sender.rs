//! The thread that talks to Redis, and the desk over which it gets its batches.
//!
//! Redis may let it wait; nobody waits for it longer than he likes. A batch that takes too long is
//! put into the journal by the worker, as an insurance, and taken out again when the answer comes.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::emit::Emitter;
use crate::event::Event;
use crate::store;
use crate::time::Clock;

/// How long one look at the journal may take before a new batch gets its turn.
const DRAIN_SLICE: Duration = Duration::from_millis(200);
/// How often a journal that waits for Redis is looked at.
const DRAIN_EVERY: Duration = Duration::from_secs(1);

/// What became of a batch: for each event whether Redis has it.
pub(super) type Outcome = Result<Vec<bool>, Option<store::Error>>;

/// Where the worker lays a batch down for the sender.
#[derive(Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    /// Tells either side that the other did something.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    slot: Slot,
    /// Somebody put events into the journal.
    nudged: bool,
    stopping: bool,
}

#[derive(Default)]
enum Slot {
    #[default]
    Free,
    Offered(Arc<Vec<Event>>),
    /// The sender has it; once nobody waits for the outcome any more, the places in the journal
    /// where it is safe meanwhile.
    Busy(Option<Vec<i64>>),
    Done(Outcome),
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the sender could take a batch now.
    pub(super) fn is_free(&self) -> bool {
        matches!(self.lock().slot, Slot::Free)
    }

    /// Gives a batch to the sender and waits for the outcome, at most `patience`.
    pub(super) fn offer(&self, batch: &Arc<Vec<Event>>, patience: Duration) -> Option<Outcome> {
        let mut state = self.lock();
        state.slot = Slot::Offered(Arc::clone(batch));
        self.changed.notify_all();
        self.outcome(state, patience)
    }

    /// Waits for the outcome of a batch that was offered.
    pub(super) fn wait(&self, patience: Duration) -> Option<Outcome> {
        self.outcome(self.lock(), patience)
    }

    fn outcome(&self, state: MutexGuard<'_, State>, patience: Duration) -> Option<Outcome> {
        let waited = self.changed.wait_timeout_while(state, patience, |state| {
            !matches!(state.slot, Slot::Done(_))
        });
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        Self::take_outcome(&mut state)
    }

    fn take_outcome(state: &mut State) -> Option<Outcome> {
        match std::mem::take(&mut state.slot) {
            Slot::Done(outcome) => Some(outcome),
            other => {
                state.slot = other;
                None
            }
        }
    }

    /// The batch that was offered lies in the journal now, at these places. Gives the outcome if
    /// it came just before, so that the caller can take the batch out again. A batch that the
    /// sender has not begun with is withdrawn: it goes to Redis from the journal. Nobody may wait
    /// for the outcome after that.
    pub(super) fn insure(&self, places: &[i64]) -> Option<Outcome> {
        let mut state = self.lock();
        match &mut state.slot {
            Slot::Offered(_) => state.slot = Slot::Free,
            Slot::Busy(insured) => *insured = Some(places.to_owned()),
            Slot::Free | Slot::Done(_) => {}
        }
        Self::take_outcome(&mut state)
    }

    /// Says that there is something in the journal.
    pub(super) fn nudge(&self) {
        self.lock().nudged = true;
        self.changed.notify_all();
    }

    pub(super) fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    /// The next batch; `None` when it is time to look at the journal, after `pause` at most, if
    /// there is one.
    fn next(&self, pause: Option<Duration>) -> Result<Option<Arc<Vec<Event>>>, Stopped> {
        let idle = |state: &mut State| {
            !state.stopping && !state.nudged && !matches!(state.slot, Slot::Offered(_))
        };
        let mut state = self.lock();
        state = if let Some(pause) = pause {
            let waited = self.changed.wait_timeout_while(state, pause, idle);
            waited.unwrap_or_else(PoisonError::into_inner).0
        } else {
            let waited = self.changed.wait_while(state, idle);
            waited.unwrap_or_else(PoisonError::into_inner)
        };
        state.nudged = false;
        match std::mem::take(&mut state.slot) {
            Slot::Offered(batch) => {
                state.slot = Slot::Busy(None);
                Ok(Some(batch))
            }
            other => {
                state.slot = other;
                if state.stopping {
                    Err(Stopped)
                } else {
                    Ok(None)
                }
            }
        }
    }

    /// Reports the outcome; gives the places to clear where the batch was insured meanwhile.
    fn finish(&self, outcome: Outcome) -> Vec<i64> {
        let mut state = self.lock();
        if let Slot::Busy(Some(places)) = std::mem::take(&mut state.slot) {
            return taken_of(&places, &outcome);
        }
        state.slot = Slot::Done(outcome);
        self.changed.notify_all();
        Vec::new()
    }
}

/// The worker has ended.
struct Stopped;

/// Of the places of a batch those whose events Redis has.
pub(super) fn taken_of(places: &[i64], outcome: &Outcome) -> Vec<i64> {
    let Ok(taken) = outcome else {
        return Vec::new();
    };
    let pairs = places.iter().zip(taken);
    pairs
        .filter(|(_, taken)| **taken)
        .map(|(place, _)| *place)
        .collect()
}

/// Runs until the desk is closed.
pub(super) fn run(desk: &Desk, mut emitter: Emitter) {
    // Before the first event, so that it need not wait for it.
    emitter.warm_up(Clock::system_now());
    let mut pause = DRAIN_EVERY;
    loop {
        match desk.next(emitter.has_backlog().then_some(pause)) {
            Ok(Some(batch)) => {
                let outcome = emitter.send_now(&batch, Clock::system_now());
                let safe = desk.finish(outcome);
                // Where this fails they go to Redis again, and readers drop the repeat.
                let _ = emitter.forget(&safe);
            }
            Ok(None) => {}
            Err(Stopped) => return,
        }
        // A failure leaves it waiting; the emitter remembers when to try again.
        let moved = emitter.drain(Clock::system_now(), DRAIN_SLICE).unwrap_or(0);
        pause = if moved > 0 {
            Duration::ZERO
        } else {
            DRAIN_EVERY
        };
    }
}
