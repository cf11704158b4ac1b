//! House-keeping in Redis, a few times a minute: old entries are removed, or under pressure all
//! that every group has; what emitters left in this machine's journal is moved to the streams.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::alerts::{QuietJob, Vitals};
use super::intake::Ends;
use super::jobs::{Ended, give_up};
use super::outage::Outage;
use super::overtake::{Overtake, read_to};
use super::pause::Backoff;
use super::stop::Stop;
use crate::config::Settings;
use crate::emit::Emitter;
use crate::event::{EntryId, Millis};
use crate::output::Log;
use crate::quantity;
use crate::store::Error;
use crate::store::redis::joblog::JobKeys;
use crate::store::redis::{Memory, Pipe, Target, Timeouts, Trim, facts};
use crate::time::Clock;

/// The pause between two rounds, a quarter longer or shorter, so that collectors take turns.
const EVERY: Duration = Duration::from_secs(10);
/// The pause after a round that failed.
const SOON: Duration = Duration::from_secs(2);
/// Its name among those who meet an outage.
const PART: &str = "keeper";
/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Open jobs that alerts are told of.
const MOST_QUIET: usize = 100;
/// Open jobs that one round gives up on.
const MOST_GIVEN_UP: usize = 200;
/// How long one round may move events out of the journal.
const DRAIN_SLICE: Duration = Duration::from_secs(2);

/// Keeps house.
pub(super) struct Keeper {
    pub(super) target: Target,
    pub(super) settings: Settings,
    pub(super) jobs: JobKeys,
    pub(super) ends: Ends,
    /// The shortest silence of an open job that somebody wants to know of.
    pub(super) stuck_after: Option<Duration>,
    pub(super) vitals: watch::Sender<Vitals>,
    pub(super) stop: Stop,
    pub(super) log: Log,
    pub(super) outage: Outage,
}

/// What one round remembers for the next.
#[derive(Default)]
struct State {
    pressed: bool,
    overtake: Overtake,
    failure: Option<String>,
}

impl Keeper {
    /// Starts the thread; it ends when the collector begins to.
    ///
    /// # Errors
    /// When the system has no thread.
    pub(super) fn start(self) -> std::io::Result<JoinHandle<()>> {
        thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || self.run())
    }

    fn run(self) {
        let mut pause = Backoff::new(EVERY, EVERY);
        let mut emitter = Emitter::new(&self.settings);
        let mut state = State::default();
        loop {
            let done = self.round(&mut state);
            match &done {
                Ok(()) => {
                    self.outage.over(PART);
                    state.failure = None;
                    self.drain(&mut emitter);
                }
                // Told for all who meet it.
                Err(error) if self.outage.met(PART, error) => state.failure = None,
                Err(error) => {
                    let reason = Some(error.to_string());
                    if state.failure != reason {
                        self.log
                            .warn(&format!("cannot keep the streams in order: {error}"));
                    }
                    state.failure = reason;
                }
            }
            let pause = match done {
                Ok(()) => pause.next(),
                Err(_) => SOON,
            };
            if self.stop.wait(pause) {
                return;
            }
        }
    }

    fn round(&self, state: &mut State) -> Result<(), Error> {
        let mut pipe = Pipe::connect(&self.target, Timeouts::default())?;
        let memory = Memory::ask(&mut pipe)?;
        let pressed = memory
            .share()
            .is_some_and(|share| share >= self.settings.collect.memory_share);
        if pressed != state.pressed {
            self.tell_pressure(pressed, &memory);
        }
        state.pressed = pressed;
        if self.settings.collect.trim {
            self.trim(&mut pipe, pressed)?;
        }
        self.give_up_jobs(&mut pipe)?;
        let quiet_jobs = match self.stuck_after {
            Some(silence) => self.quiet_jobs(&mut pipe, silence)?,
            None => Vec::new(),
        };
        let streams = [&self.settings.events, &self.settings.errors];
        let names = streams.map(|stream| stream.name.clone());
        let facts = facts(&self.target, &names, Timeouts::default())?;
        let vitals = Vitals {
            read_to: read_to(&facts, &self.settings),
            groups: state.overtake.look(&facts, &self.settings),
            used_memory: Some(memory.used),
            max_memory: Some(memory.limit),
            quiet_jobs,
        };
        self.vitals.send_replace(vitals);
        Ok(())
    }

    /// Open jobs without an event for that long.
    fn quiet_jobs(&self, pipe: &mut Pipe, silence: Duration) -> Result<Vec<QuietJob>, Error> {
        let quiet = self.abandoned(pipe, silence, MOST_QUIET)?.into_iter();
        Ok(quiet.map(|(job, last)| QuietJob { job, last }).collect())
    }

    fn abandoned(
        &self,
        pipe: &mut Pipe,
        silence: Duration,
        most: usize,
    ) -> Result<Vec<(String, Millis)>, Error> {
        let silence = i64::try_from(silence.as_millis()).unwrap_or(i64::MAX);
        let before = Clock::system_now().plus(-silence);
        self.jobs
            .abandoned(pipe, before, most, Instant::now() + PATIENCE)
    }

    /// Jobs that nobody has said anything of for so long get the spans that are known.
    fn give_up_jobs(&self, pipe: &mut Pipe) -> Result<(), Error> {
        for (job, _) in self.abandoned(pipe, self.settings.collect.job_timeout, MOST_GIVEN_UP)? {
            let given = give_up(&self.jobs, pipe, &job, Instant::now() + PATIENCE)?;
            let ended = given.into_iter().map(|log| Ended {
                job: job.as_str().into(),
                log,
                tokens: Vec::new(),
                again: false,
            });
            self.ends.tell(ended, || false);
        }
        Ok(())
    }

    fn tell_pressure(&self, pressed: bool, memory: &Memory) {
        let figures = format!(
            "{} of {}",
            quantity::bytes(memory.used),
            quantity::bytes(memory.limit)
        );
        match pressed {
            true => self.log.warn(&format!(
                "Redis uses {figures} of its memory: removing everything that all groups have"
            )),
            false => self
                .log
                .info(&format!("Redis uses {figures} of its memory")),
        }
    }

    fn trim(&self, pipe: &mut Pipe, all_read: bool) -> Result<(), Error> {
        // The server's clock made the ids; this machine's is close enough for days and hours.
        let now = Clock::system_now().get();
        let streams = [&self.settings.events, &self.settings.errors];
        let trims = streams.map(|stream| {
            let age = i64::try_from(stream.max_age.as_millis()).unwrap_or(i64::MAX);
            Trim {
                stream: &stream.name,
                old: EntryId {
                    ms: u64::try_from(now.saturating_sub(age)).unwrap_or(0),
                    seq: 0,
                },
                max_len: stream.max_len,
                all_read,
            }
        });
        let trimmed = Trim::run(&trims, pipe)?;
        for (stream, trimmed) in streams.iter().zip(trimmed) {
            if trimmed.removed > 0 {
                self.log.detail(&format!(
                    "{}: removed {} that every group has",
                    stream.name,
                    quantity::number_of(trimmed.removed, "entry")
                ));
            }
        }
        Ok(())
    }

    /// What emitters on this machine could not send.
    fn drain(&self, emitter: &mut Emitter) {
        if !emitter.has_backlog() {
            return;
        }
        match emitter.drain(Clock::system_now(), DRAIN_SLICE) {
            Ok(0) => {}
            Ok(moved) => self.log.info(&format!(
                "moved {} from the journal of this machine to Redis",
                quantity::number_of(moved, "event")
            )),
            Err(error) => self
                .log
                .warn(&format!("cannot move events from the journal: {error}")),
        }
    }
}
