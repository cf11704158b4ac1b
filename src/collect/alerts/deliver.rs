//! Carries notices to one place, one after the other, while this collector leads.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::command::Command;
use super::notice::{Notice, lot};
use super::status::{Counter, Shared};
use super::webhook::Webhook;
use super::{Channel, Message};

/// A way to tell people.
#[derive(Clone, Debug)]
pub(super) enum Carrier {
    Webhook(Arc<Webhook>),
    Command(Arc<Command>),
}

/// What came of one attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// They know.
    Done,
    /// Not now.
    Failed {
        /// Why, without secrets.
        reason: String,
        /// When to try again at the earliest, where the other side says so.
        after: Option<Duration>,
    },
    /// Never, as it is.
    Refused {
        /// Why, without secrets.
        reason: String,
    },
}

/// How often and how long something is tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The wait after the first attempt; it doubles each time.
    pub(super) first: Duration,
    /// The longest wait.
    pub(super) longest: Duration,
    /// How many attempts, and for how long, until a notice is given up.
    pub(super) attempts: u32,
    pub(super) patience: Duration,
}

impl Carrier {
    pub(super) fn channel(&self) -> Channel {
        match self {
            Self::Webhook(_) => Channel::Webhook,
            Self::Command(_) => Channel::Command,
        }
    }

    /// A server that is away comes back; a command that failed did half of its work perhaps.
    pub(super) fn pace(&self) -> Pace {
        let (attempts, patience) = match self {
            Self::Webhook(_) => (u32::MAX, Duration::from_secs(3600)),
            Self::Command(_) => (3, Duration::from_secs(3600)),
        };
        Pace {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            attempts,
            patience,
        }
    }

    async fn attempt(&self, notice: &Notice) -> Attempt {
        match self {
            Self::Webhook(webhook) => webhook.attempt(notice).await,
            Self::Command(command) => command.attempt(notice).await,
        }
    }
}

/// What carries the notices of one time of leading.
#[derive(Debug)]
pub(super) struct Courier {
    pub(super) carrier: Carrier,
    pub(super) pace: Pace,
    pub(super) notices: mpsc::UnboundedReceiver<Notice>,
    /// Until when this collector leads.
    pub(super) lease: watch::Receiver<std::time::Instant>,
    pub(super) done: std::sync::mpsc::Sender<Message>,
    pub(super) shared: Arc<Shared>,
}

impl Courier {
    /// Carries until nothing more can come, or until the lease is lost: an attempt that is under
    /// way then is dropped, for the next leader makes it again.
    pub(super) async fn run(mut self) {
        let lease = self.lease.clone();
        tokio::select! {
            biased;
            () = lost(lease) => {}
            () = self.carry() => {}
        }
    }

    async fn carry(&mut self) {
        while let Some(notice) = self.notices.recv().await {
            self.deliver(&notice).await;
            let channel = self.carrier.channel();
            let id = notice.id;
            if self.done.send(Message::Done { channel, id }).is_err() {
                return;
            }
        }
    }

    async fn deliver(&self, notice: &Notice) {
        let began = Instant::now();
        let mut wait = self.pace.first;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (reason, after) = match self.carrier.attempt(notice).await {
                Attempt::Done => {
                    self.shared.count(Counter::Delivered, 1);
                    self.tried(None);
                    return;
                }
                Attempt::Failed { reason, after } => (reason, after),
                Attempt::Refused { reason } => return self.give_up(notice, &reason),
            };
            self.tried(Some(&reason));
            self.shared.count(Counter::Failed, 1);
            let pause = after.unwrap_or(wait).min(self.pace.longest);
            let late = began.elapsed() + pause > self.pace.patience;
            if attempt >= self.pace.attempts || late {
                return self.give_up(notice, &reason);
            }
            tokio::time::sleep(jittered(pause, lot(notice, attempt))).await;
            wait = (wait * 2).min(self.pace.longest);
        }
    }

    fn tried(&self, reason: Option<&str>) {
        let reason = reason.map(str::to_owned);
        // As in `give_up`: at the end nobody is left to hear it.
        let _ = self
            .done
            .send(Message::Tried(self.carrier.channel(), reason));
    }

    fn give_up(&self, notice: &Notice, reason: &str) {
        self.shared.count(Counter::Failed, 1);
        self.shared.count(Counter::Dropped, 1);
        let (rule, channel) = (&notice.rule, self.carrier.channel().as_str());
        let text = format!("a notice of {rule} was given up: the {channel} {reason}");
        // The end of telling is the end of this process: then nobody is left to hear it.
        let _ = self.done.send(Message::Trouble(text));
    }
}

/// From the wait to a quarter more, so that several do not come back at once.
fn jittered(wait: Duration, lot: u128) -> Duration {
    let share = u32::try_from(lot % 256).unwrap_or(0);
    wait + wait * share / 1024
}

/// Returns once the lease has run out, or nobody renews it any more.
async fn lost(mut lease: watch::Receiver<std::time::Instant>) {
    loop {
        let until = Instant::from_std(*lease.borrow_and_update());
        if until <= Instant::now() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep_until(until) => {}
            changed = lease.changed() => if changed.is_err() {
                return;
            },
        }
    }
}
