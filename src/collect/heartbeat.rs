//! Says every few seconds in Redis that this collector lives, and how it stands.
//!
//! A thread of its own: a server that does not answer holds nothing up. Its outages are told by
//! whoever reads the streams.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::engine::Collector;
use super::plan::Remains;
use super::report::Told;
use crate::store::Error;
use crate::store::redis::{Heartbeats, Pipe, Target, Timeouts};

/// How often it is said.
const EVERY: Duration = Duration::from_secs(5);
/// How soon it is said again at the start.
const FIRST: Duration = Duration::from_millis(500);
/// How long the server may take.
const PATIENCE: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    reply: Duration::from_secs(2),
};
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Alerts that a heartbeat names: it is kept by the server.
const FIRING: usize = 20;

/// The thread at work.
pub(crate) struct Heartbeat {
    end: mpsc::Sender<Remains>,
    ended: mpsc::Receiver<()>,
}

impl Heartbeat {
    /// Starts to tell.
    ///
    /// # Errors
    /// When the system has no thread.
    pub(crate) fn start(collector: Arc<Collector>) -> std::io::Result<Self> {
        let (end, until) = mpsc::channel();
        let (over, ended) = mpsc::channel();
        thread::Builder::new()
            .name("heartbeat".to_owned())
            .spawn(move || {
                run(&collector, &until);
                let _ = over.send(());
            })?;
        Ok(Self { end, ended })
    }

    /// Says the last words: what is left, if anything is. They are let go if the server takes long.
    pub(crate) fn end(self, remains: Remains) {
        let _ = self.end.send(remains);
        let _ = self.ended.recv_timeout(FAREWELL);
    }
}

fn run(collector: &Collector, until: &mpsc::Receiver<Remains>) {
    let target = collector.target();
    let beats = collector.heartbeats();
    let mut pipe = None;
    // What is said first holds for a while: streams have the time to be joined.
    let mut pause = FIRST;
    loop {
        let told = tell(&mut pipe, target, |pipe| {
            beat(&beats, pipe, collector.told());
        });
        if told.is_err() {
            pipe = None;
        }
        let waited = until.recv_timeout(std::mem::replace(&mut pause, EVERY));
        match waited {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Ok(remains) if remains == Remains::default() => {
                let _ = tell(&mut pipe, target, |pipe| {
                    beats.farewell(pipe, collector.consumer());
                });
                return;
            }
            // What is left stays to be seen: the report says that it stopped.
            Ok(_) => {
                let _ = tell(&mut pipe, target, |pipe| {
                    beat(&beats, pipe, collector.told());
                });
                return;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn beat(beats: &Heartbeats, pipe: &mut Pipe, mut told: Told) {
    told.alerts.firing.truncate(FIRING);
    // A struct of numbers and texts can always be written.
    let words = serde_json::to_string(&told).unwrap_or_default();
    beats.beat(pipe, &told.report.consumer, &words, told.report.at);
}

fn tell(
    held: &mut Option<Pipe>,
    target: &Target,
    queue: impl FnOnce(&mut Pipe),
) -> Result<(), Error> {
    let pipe = match held {
        Some(pipe) => pipe,
        None => held.insert(Pipe::connect(target, PATIENCE)?),
    };
    queue(pipe);
    // What the server answers to single commands changes nothing: the next beat tries again.
    pipe.run(Instant::now() + PATIENCE.reply).map(drop)
}
