//! A server, rules, and collectors that watch them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::super::leader::{Leader, Standing};
use super::super::notice::Pending;
use super::super::status::Shared;
use super::super::{Channel, Rules, Vitals, Watch};
use crate::config::{Inputs, Settings};
use crate::event::{Data, EntryId, Event, Millis, Origin};
use crate::store::redis::alerts::{AlertBoard, AlertKeys};
use crate::store::redis::server::{Server, soon};
use crate::store::redis::{Pipe, Timeouts};
use crate::time::Clock;

/// A lease that ends soon enough to wait for.
pub(super) const LEASE: Duration = Duration::from_millis(400);

/// Settings with these rules and no built-in ones.
pub(super) fn settings(rules: &str) -> Settings {
    let off = [
        "critical-errors",
        "service-failures",
        "new-error",
        "overtaken",
        "redis-memory",
    ];
    let off = off.map(|name| format!("[[alerts]]\nname = \"{name}\"\nenabled = false\n"));
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("{}{rules}", off.concat());
    std::fs::write(folder.path().join("emp.toml"), text).expect("a file");
    Settings::load(&Inputs {
        env: &|_| None,
        folder: folder.path(),
        file: None,
        flags: &[],
    })
    .expect("settings")
}

pub(in crate::collect::alerts) fn rules(text: &str) -> Arc<Rules> {
    let rules = Rules::new(&settings(text).alerts, &Clock::system());
    Arc::new(rules.expect("rules"))
}

/// A server and the rules that its collectors share.
pub(super) struct Site {
    pub(super) server: Server,
    pub(super) rules: Arc<Rules>,
    keys: AlertKeys,
    pub(super) vitals: watch::Sender<Vitals>,
    sequence: u64,
}

/// One collector as far as it leads or would like to.
pub(super) struct Collector {
    pub(super) leader: Leader,
    pub(super) shared: Arc<Shared>,
}

impl Site {
    pub(super) fn new(text: &str) -> Self {
        Self {
            server: Server::start(&[]),
            rules: rules(text),
            keys: AlertKeys::new("emp:events", "emp:errors"),
            vitals: watch::channel(Vitals::default()).0,
            sequence: 0,
        }
    }

    pub(super) fn board(&self, name: &str, lease: Duration) -> AlertBoard {
        let stream = ("emp:events".to_owned(), 10_000);
        let me = format!("{name}/1");
        AlertBoard::new(self.server.target(), self.keys.clone(), stream, me, lease)
    }

    pub(super) fn collector(&self, name: &str, lease: Duration) -> Collector {
        let shared = Arc::<Shared>::default();
        let leader = Leader::new(
            self.board(name, lease),
            Arc::clone(&self.rules),
            vec![Channel::Webhook],
            self.vitals.subscribe(),
            Arc::clone(&shared),
        );
        Collector { leader, shared }
    }

    pub(super) fn watch(&self) -> Watch {
        Watch::new(Arc::clone(&self.rules), self.keys.clone())
    }

    pub(super) fn pipe(&self) -> Pipe {
        Pipe::connect(&self.server.target(), Timeouts::default()).expect("a connection")
    }

    /// What one reader of a stream does with a page.
    pub(super) fn read(&self, watch: &mut Watch, events: &[Event]) {
        let mut pipe = self.pipe();
        watch.queue(&mut pipe, events, Clock::system_now());
        let mut replies = pipe.run(soon()).expect("replies");
        assert_eq!(watch.settle(&mut replies), Ok(()));
    }

    /// An event that arrives now.
    pub(super) fn event(&mut self, event_type: &str, data: Value) -> Event {
        self.event_at(Clock::system_now(), event_type, data)
    }

    pub(super) fn event_at(&mut self, at: Millis, event_type: &str, data: Value) -> Event {
        self.sequence += 1;
        Event {
            timestamp: at,
            service: "worker".to_owned(),
            event_type: event_type.to_owned(),
            data: Data::from_wire(&data.to_string()),
            origin: Some(Origin {
                stream: Arc::from("emp:errors"),
                entry: Some(EntryId {
                    ms: u64::try_from(at.get()).expect("after 1970"),
                    seq: self.sequence,
                }),
            }),
            ..Event::default()
        }
    }

    pub(super) fn errors(&mut self, count: usize) -> Vec<Event> {
        let error = |_| self.event("error.Timeout", json!({"message": "no answer"}));
        (0..count).map(error).collect()
    }

    pub(super) fn count(&self, command: &[&str]) -> u64 {
        let answer = self.server.ask(command).expect("an answer");
        answer.parse().expect("a number")
    }
}

impl Collector {
    /// A round that leads: what is due.
    pub(super) fn leads(&mut self) -> Vec<Pending> {
        match self.leader.round().expect("a round") {
            Standing::Leads { due, .. } => due,
            Standing::Follows => panic!("it does not lead"),
        }
    }

    pub(super) fn follows(&mut self) -> bool {
        matches!(self.leader.round().expect("a round"), Standing::Follows)
    }
}

/// Asks until it is so.
pub(super) fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !so() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::yield_now();
    }
}
