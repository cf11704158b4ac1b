//! Alerts: rules over what is collected, and who is told when one of them holds.
//!
//! Every reader of a stream counts what the rules ask about ([`Watch`]); the counts meet in Redis.
//! One collector at a time holds a lease ([`leader`]): once a second it looks at every rule
//! ([`round`]), moves the state of each alert on ([`state`]), writes state and notices in one
//! transaction, and tells ([`deliver`]). This room knows Redis only by the store's words for it,
//! and nothing of outputs.

mod command;
mod deliver;
mod leader;
mod notice;
mod office;
mod replay;
mod round;
mod rules;
mod state;
mod status;
#[cfg(test)]
mod tests;
mod vitals;
mod watch;
mod webhook;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::watch as latest;
use uuid::Uuid;

pub(crate) use replay::Replay;
pub(crate) use rules::Rules;
pub(crate) use status::{Summary, Totals};
pub(crate) use vitals::{GroupVitals, QuietJob, Vitals};
pub(crate) use watch::Watch;

use super::outage::Outage;
use crate::config::{NotifySettings, StreamSettings};
use crate::event::Level;
use crate::query::notice::{FIRED, RESOLVED, SERVICE};
use crate::store::redis::Target;
use crate::store::redis::alerts::{AlertBoard, AlertKeys};
use command::Command;
use deliver::Carrier;
use leader::Leader;
use office::Office;
use state::Status;
use status::Shared;
use webhook::Webhook;

/// Alerts of one rule that fire at once; of more, the first count.
const MAX_ALERTS: usize = 100;
/// Notices that wait to be delivered; of more, the oldest are dropped.
const MAX_OUTBOX: usize = 100;

/// How long a lease lives: a leader that dies is replaced after so long and a round.
const LEASE: Duration = Duration::from_secs(5);

/// Where notices go, besides the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Channel {
    Webhook,
    Command,
}

impl Channel {
    fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Command => "command",
        }
    }
}

/// What the thread of the rounds is told.
#[derive(Debug)]
enum Message {
    /// A notice needs no more telling.
    Done { channel: Channel, id: String },
    /// Something for people to know.
    Trouble(String),
    /// An attempt did not work, for this reason, or one did.
    Tried(Channel, Option<String>),
    /// The collector stops.
    Stop,
}

/// Why a command for notices cannot be run, as far as that can be told without running it.
pub(crate) fn command_trouble(text: &str) -> Option<String> {
    Command::trouble(text)
}

/// Takes a line for people, without secrets, and how serious it is.
pub(crate) type Tell = Box<dyn Fn(Level, &str) + Send>;

/// What a collector does about alerts.
#[derive(Debug)]
pub(crate) struct Alerts {
    rules: Arc<Rules>,
    keys: AlertKeys,
    board: AlertBoard,
    carriers: Vec<Carrier>,
    shared: Arc<Shared>,
}

/// Answers what is known of alerts at any time.
#[derive(Clone, Debug, Default)]
pub(crate) struct AlertStatus(Arc<Shared>);

impl AlertStatus {
    /// Which alerts fire, in all of the system, and who watches.
    pub(crate) fn summary(&self) -> Summary {
        self.0.summary()
    }

    /// What this process did.
    pub(crate) fn totals(&self) -> Totals {
        self.0.totals()
    }
}

impl Alerts {
    /// For the collector that calls itself `consumer`, over these two streams. Events about alerts
    /// go to the first.
    ///
    /// # Errors
    /// Why notices could not be posted, for people.
    pub(crate) fn new(
        rules: Rules,
        notify: &NotifySettings,
        streams: (&StreamSettings, &StreamSettings),
        target: Target,
        consumer: &str,
    ) -> Result<Self, String> {
        let keys = AlertKeys::new(&streams.0.name, &streams.1.name);
        // Two processes may have the same name by mistake; two leaders there must not be.
        let me = format!("{consumer}/{}", Uuid::new_v4().simple());
        let stream = (streams.0.name.clone(), streams.0.max_len);
        let webhook = Webhook::new(notify)?.map(Arc::new).map(Carrier::Webhook);
        let command = notify.command.clone();
        let command = command.map(|text| Command::new(text, notify.timeout));
        let command = command.map(Arc::new).map(Carrier::Command);
        Ok(Self {
            rules: Arc::new(rules),
            board: AlertBoard::new(target, keys.clone(), stream, me, LEASE),
            keys,
            carriers: webhook.into_iter().chain(command).collect(),
            shared: Arc::default(),
        })
    }

    /// The rules.
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What one reader of a stream counts with. Each has its own.
    pub(crate) fn watch(&self) -> Watch {
        Watch::new(Arc::clone(&self.rules), self.keys.clone())
    }

    /// What is known of alerts, while they run and after.
    pub(crate) fn status(&self) -> AlertStatus {
        AlertStatus(Arc::clone(&self.shared))
    }

    /// The shortest silence of an open job that a rule asks about: see [`Vitals::quiet_jobs`].
    pub(crate) fn stuck_after(&self) -> Option<Duration> {
        self.rules.stuck_after()
    }

    /// Watches until `stop`, then lets another collector take over; that takes as long as the
    /// server needs to answer, two seconds at most. What is not delivered by then waits in Redis.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) async fn run(
        self,
        vitals: latest::Receiver<Vitals>,
        (tell, outage): (Tell, Outage),
        stop: impl Future<Output = ()>,
    ) -> std::io::Result<()> {
        let (inbox, messages) = channel();
        let channels = self.carriers.iter().map(Carrier::channel).collect();
        let shared = Arc::clone(&self.shared);
        let leader = Leader::new(self.board, self.rules, channels, vitals, shared);
        let office = Office {
            leader,
            carriers: self.carriers,
            shared: self.shared,
            handle: Handle::current(),
            inbox: inbox.clone(),
            term: None,
            tell,
            outage,
            told: false,
            deaf: BTreeMap::new(),
        };
        let (ended, end) = tokio::sync::oneshot::channel::<()>();
        std::thread::Builder::new()
            .name("alerts".to_owned())
            .spawn(move || {
                office.run(&messages);
                let _ = ended.send(());
            })?;
        stop.await;
        let _ = inbox.send(Message::Stop);
        let _ = end.await;
        Ok(())
    }
}
