//! The rounds of one collector: whoever holds the lease looks at every rule once a second and says
//! which notices are due. The others only look who leads.
//!
//! What is due is written before it is told: a leader that dies has its notices told by the next
//! one, and so may a notice be told twice, but never by two that live: nobody tells after its lease
//! has run out.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use super::notice::{Notice, Pending};
use super::round;
use super::rules::Rules;
use super::state::State;
use super::status::Shared;
use super::vitals::Vitals;
use super::{Channel, MAX_OUTBOX};
use crate::store::Error;
use crate::store::redis::alerts::{AlertBoard, Changes, Saved};

/// What came of a round.
#[derive(Debug)]
pub(super) enum Standing {
    /// Another collector leads.
    Follows,
    /// This one leads until then, unless a later round says more.
    Leads {
        /// When it must stop telling.
        until: Instant,
        /// What is to be told.
        due: Vec<Pending>,
        /// What this round found.
        news: Vec<Notice>,
        /// Why nothing can be written, where that is so: then a successor knows nothing of it.
        refused: Option<String>,
    },
}

/// One collector's part.
#[derive(Debug)]
pub(super) struct Leader {
    board: AlertBoard,
    rules: Arc<Rules>,
    channels: Vec<Channel>,
    vitals: watch::Receiver<Vitals>,
    shared: Arc<Shared>,
    /// Delivered, or given up, and not yet taken out of the outbox.
    done: Vec<(Channel, String)>,
    /// What the server did not take, while it takes no writes.
    unsaved: Option<(State, Changes)>,
}

impl Leader {
    pub(super) fn new(
        board: AlertBoard,
        rules: Arc<Rules>,
        channels: Vec<Channel>,
        vitals: watch::Receiver<Vitals>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            board,
            rules,
            channels,
            vitals,
            shared,
            done: Vec::new(),
            unsaved: None,
        }
    }

    /// One round.
    ///
    /// # Errors
    /// When the server does not answer. The lease may still be held.
    pub(super) fn round(&mut self) -> Result<Standing, Error> {
        let asked = Instant::now();
        let look = self.board.look()?;
        let leads = look.holder.as_deref() == Some(self.board.me());
        if !leads {
            self.stand_down(State::read(look.state.as_deref()), look.holder);
            return Ok(Standing::Follows);
        }
        let (mut state, mut changes) = match &self.unsaved {
            Some(unsaved) => unsaved.clone(),
            None => (State::read(look.state.as_deref()), Changes::default()),
        };
        let answers = self.board.read(&round::asks(&self.rules, look.now))?;
        let vitals = self.vitals.borrow().clone();
        let (rules, channels) = (&self.rules, &self.channels);
        let round = round::run(rules, &mut state, answers, &vitals, channels, look.now);
        let done = &self.done;
        state.outbox.retain(|pending| {
            // A channel that is not configured any more has nobody to tell.
            channels.contains(&pending.to)
                && !done.contains(&(pending.to, pending.notice.id.clone()))
        });
        changes.told.extend(round.changes.told);
        changes.events.extend(round.changes.events);
        let text = state.write();
        changes.state = (look.state.as_deref() != Some(&text)).then_some(text);
        let refused = match self.board.save(&changes, look.now)? {
            Saved::Lost => {
                self.stand_down(State::read(look.state.as_deref()), None);
                return Ok(Standing::Follows);
            }
            Saved::Done => {
                self.done.clear();
                self.unsaved = None;
                None
            }
            Saved::Refused(reason) => {
                let over = changes.events.len().saturating_sub(MAX_OUTBOX);
                changes.events.drain(..over);
                self.unsaved = Some((state.clone(), changes));
                Some(reason)
            }
        };
        for notice in &round.notices {
            self.shared.told(notice.status);
        }
        self.shared.dropped(round.dropped);
        self.shared
            .look(&state, &self.rules, Some(self.board.me()), true);
        Ok(Standing::Leads {
            // A tenth of the lease for whatever happens between a look at the clock and a post.
            until: asked + self.board.lease() * 9 / 10,
            due: state.outbox,
            news: round.notices,
            refused,
        })
    }

    /// A notice needs no more telling.
    pub(super) fn done(&mut self, channel: Channel, id: String) {
        self.done.push((channel, id));
    }

    /// Lets another collector lead at once.
    pub(super) fn release(&mut self) {
        // Where the server does not answer, the lease ends by itself.
        let _ = self.board.release();
    }

    fn stand_down(&mut self, state: State, holder: Option<String>) {
        self.done.clear();
        self.unsaved = None;
        self.shared
            .look(&state, &self.rules, holder.as_deref(), false);
    }
}
