//! The thread of the rounds: it keeps time, and hands what is due to whoever carries it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use super::deliver::{Carrier, Courier};
use super::leader::{Leader, Standing};
use super::notice::{Notice, Pending};
use super::status::Shared;
use super::{Channel, Message, Tell};
use crate::collect::outage::Outage;
use crate::event::Level;

/// The time between two rounds.
const ROUND: Duration = Duration::from_secs(1);

/// How long a collector that stops waits for notices that are under way.
const FAREWELL: Duration = Duration::from_secs(2);

/// The thread of the rounds.
pub(super) struct Office {
    pub(super) leader: Leader,
    pub(super) carriers: Vec<Carrier>,
    pub(super) shared: Arc<Shared>,
    pub(super) handle: Handle,
    pub(super) inbox: Sender<Message>,
    pub(super) term: Option<Term>,
    pub(super) tell: Tell,
    pub(super) outage: Outage,
    /// Whether it was told that alerts do not work.
    pub(super) told: bool,
    /// Who does not take notices now, and why.
    pub(super) deaf: BTreeMap<Channel, String>,
}

/// One time of leading: what carries its notices.
pub(super) struct Term {
    lease: watch::Sender<Instant>,
    couriers: Vec<(Channel, mpsc::UnboundedSender<Notice>)>,
    /// On their way.
    under_way: HashSet<(Channel, String)>,
}

impl Office {
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        let mut next = Instant::now();
        loop {
            let wait = next.saturating_duration_since(Instant::now());
            match messages.recv_timeout(wait) {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(message) => {
                    if self.hear(message) {
                        next = Instant::now();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.round();
                    next = Instant::now() + ROUND;
                }
            }
        }
        self.leave(messages);
    }

    /// Takes a message; whether the outbox should be written at once. A leader that dies before
    /// that has its successor tell again.
    fn hear(&mut self, message: Message) -> bool {
        match (message, &mut self.term) {
            (Message::Trouble(text), _) => {
                (self.tell)(Level::Warn, &text);
                false
            }
            (Message::Tried(channel, reason), _) => {
                self.tried(channel, reason);
                false
            }
            (Message::Done { channel, id }, Some(term)) => {
                term.under_way.remove(&(channel, id.clone()));
                self.leader.done(channel, id);
                true
            }
            _ => false,
        }
    }

    /// Tells when somebody begins to take no notices, and when they do again.
    fn tried(&mut self, channel: Channel, reason: Option<String>) {
        let name = channel.as_str();
        match reason {
            Some(reason) => {
                let text = format!("notices wait, trying again: the {name} {reason}");
                if self.deaf.insert(channel, reason).is_none() {
                    (self.tell)(Level::Warn, &text);
                }
            }
            None => {
                if self.deaf.remove(&channel).is_some() {
                    (self.tell)(Level::Info, &format!("the {name} takes notices again"));
                }
            }
        }
    }

    /// Ends what is under way, within bounds, and lets another collector lead at once.
    fn leave(mut self, messages: &Receiver<Message>) {
        let end = Instant::now() + FAREWELL;
        let busy = |office: &Self| {
            let term = office.term.as_ref();
            term.is_some_and(|term| !term.under_way.is_empty())
        };
        while busy(&self) {
            let wait = end.saturating_duration_since(Instant::now());
            let Ok(message) = messages.recv_timeout(wait) else {
                break;
            };
            self.hear(message);
        }
        // Without a term nobody tells any more.
        if self.term.take().is_some() {
            // What was delivered is written; where that fails, it is told again.
            let _ = self.leader.round();
            self.leader.release();
        }
    }

    fn round(&mut self) {
        let trouble = match self.leader.round() {
            Ok(Standing::Follows) => {
                self.term = None;
                self.deaf.clear();
                None
            }
            Ok(Standing::Leads {
                until,
                due,
                news,
                refused,
            }) => {
                for notice in &news {
                    if let Some((level, text)) = notice.line() {
                        (self.tell)(level, &text);
                    }
                }
                self.lead(until, due);
                refused.map(|reason| format!("what is known of alerts cannot be kept: {reason}"))
            }
            // Whoever leads goes on telling until the lease ends.
            Err(error) => {
                let text = format!("alerts are not watched: {error}");
                self.shared.trouble(Some(&text));
                if self.outage.met("alerts", &error) {
                    return;
                }
                Some(text)
            }
        };
        self.outage.over("alerts");
        let mut deaf = self.deaf.iter();
        let deaf = deaf.next();
        let deaf =
            deaf.map(|(channel, why)| format!("notices wait: the {} {why}", channel.as_str()));
        self.shared
            .trouble(trouble.as_ref().or(deaf.as_ref()).map(String::as_str));
        match (trouble, self.told) {
            (Some(text), false) => (self.tell)(Level::Warn, &text),
            (None, true) => (self.tell)(Level::Info, "alerts are watched again"),
            (Some(_), true) | (None, false) => return,
        }
        self.told = !self.told;
    }

    fn lead(&mut self, until: Instant, due: Vec<Pending>) {
        let ended = |term: &Term| *term.lease.borrow() <= Instant::now();
        // Couriers that saw the end of the lease are gone, whatever was won since.
        if self.term.as_ref().is_none_or(ended) {
            self.term = Some(self.begin(until));
        }
        let Some(term) = &mut self.term else {
            return;
        };
        term.lease.send_replace(until);
        for pending in due {
            let name = (pending.to, pending.notice.id.clone());
            let mut couriers = term.couriers.iter();
            let courier = couriers.find(|(channel, _)| *channel == pending.to);
            if let Some((_, courier)) = courier
                && !term.under_way.contains(&name)
                && courier.send(pending.notice).is_ok()
            {
                term.under_way.insert(name);
            }
        }
    }

    fn begin(&self, until: Instant) -> Term {
        let (lease, _) = watch::channel(until);
        let couriers = self.carriers.iter().map(|carrier| {
            let (notices, received) = mpsc::unbounded_channel();
            let courier = Courier {
                carrier: carrier.clone(),
                pace: carrier.pace(),
                notices: received,
                lease: lease.subscribe(),
                done: self.inbox.clone(),
                shared: Arc::clone(&self.shared),
            };
            self.handle.spawn(courier.run());
            (carrier.channel(), notices)
        });
        Term {
            couriers: couriers.collect(),
            under_way: HashSet::new(),
            lease,
        }
    }
}
