//! News from every place that a live command follows: Redis, the journal, a file.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Context;
use super::context::Place;
use crate::error::Error;
use crate::event::{Event, Millis, json};
use crate::store::redis::{Change, Follower, Start, Target, Timeouts};
use crate::store::{self, FileTail, Journal, JournalTail, Once};

/// How often the journal and files are looked at, and pictures drawn anew.
const TICK: Duration = Duration::from_millis(500);

/// How often a Redis that was away from the beginning is tried.
const RETRY: Duration = Duration::from_secs(2);

/// What a live command is told.
pub(super) enum News {
    /// Something happened; each event is told once.
    Events(Vec<Event>),
    /// Nothing happened for a while; time went on.
    Quiet,
}

/// Follows streams in one or several places.
pub(super) struct Live {
    redis: Option<Redis>,
    journal: Option<JournalTail>,
    file: Option<FileTail>,
    once: Once,
    /// Events without an id that were told before, as JSON, and how often.
    told: HashMap<String, usize>,
}

/// A server that is followed, or waited for.
struct Redis {
    target: Target,
    streams: Vec<String>,
    follower: Option<Follower>,
    /// Where to begin once it answers.
    start: Start,
    /// Entries of before are not told: of a server that was away when following began, what it
    /// held then cannot be told apart in another way.
    not_before: Option<Millis>,
    next_try: Instant,
}

impl Live {
    /// Follows what `--from` names, from `since` or from now on.
    pub(super) fn open(
        context: &Context,
        from: Option<&str>,
        streams: &[String],
        since: Option<Millis>,
    ) -> Result<Self, Error> {
        let settings = &context.settings;
        let redis = |url: &str| -> Result<Redis, Error> {
            let target = Target::parse(url, settings.ca.as_deref())?;
            Redis::open(target, streams, since, context)
        };
        let journal = |path: &Path| JournalTail::new(path, streams, since.is_some());
        let mut live = Self {
            redis: None,
            journal: None,
            file: None,
            once: Once::default(),
            told: HashMap::new(),
        };
        match Place::of(from) {
            Place::Everywhere => {
                live.redis = Some(redis(&settings.url)?);
                live.journal = Some(journal(&settings.journal)?);
            }
            Place::Redis(url) => live.redis = Some(redis(url)?),
            Place::Journal => live.journal = Some(journal(&settings.journal)?),
            Place::File(path) if Journal::is_at(Path::new(path)) => {
                live.journal = Some(journal(Path::new(path))?);
            }
            Place::File(path) => {
                let (events, errors) = (&settings.events.name, &settings.errors.name);
                live.file = Some(FileTail::open(path, [events, errors], streams)?);
            }
        }
        Ok(live)
    }

    /// Does not tell of this event again, which may be met once more.
    pub(super) fn has_told(&mut self, event: &Event) {
        match event.event_id {
            Some(_) => _ = self.once.is_first(event),
            None => *self.told.entry(json::write(event)).or_default() += 1,
        }
    }

    fn is_news(&mut self, event: &Event) -> bool {
        if event.event_id.is_some() || self.told.is_empty() {
            return self.once.is_first(event);
        }
        match self.told.get_mut(&json::write(event)) {
            Some(times @ 1..) => {
                *times -= 1;
                false
            }
            _ => true,
        }
    }

    /// Tells the news until `told` has enough (`false`), the source ends, or Ctrl-C.
    pub(super) fn run(
        mut self,
        context: &mut Context,
        mut told: impl FnMut(News, &mut Context) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let interrupt = tokio::signal::ctrl_c();
            tokio::pin!(interrupt);
            // Whoever is told something may interrupt: that is listened for before.
            tokio::select! {
                biased;
                _ = &mut interrupt => return Ok(()),
                () = std::future::ready(()) => {}
            }
            let mut tick = tokio::time::interval(TICK);
            loop {
                let follower = self
                    .redis
                    .as_mut()
                    .and_then(|redis| redis.follower.as_mut());
                let events = tokio::select! {
                    _ = &mut interrupt => return Ok(()),
                    change = next(follower) => self.change(change, context),
                    _ = tick.tick() => {
                        let polled = self.poll(context)?;
                        if polled.is_empty() && (self.has_ended() || !told(News::Quiet, context)?) {
                            return Ok(());
                        }
                        // There may be more than a page.
                        if !polled.is_empty() {
                            tick.reset_immediately();
                        }
                        polled
                    }
                };
                let mut fresh: Vec<_> = events
                    .into_iter()
                    .filter(|event| self.is_news(event))
                    .collect();
                // What came together is shown in the order in which it happened: entry ids of two
                // streams have none within a millisecond.
                fresh.sort_by_key(Event::sort_key);
                if !fresh.is_empty() && !told(News::Events(fresh), context)? {
                    return Ok(());
                }
            }
        })
    }

    /// What the journal and the file have got since the last look; also tries a server that was
    /// away.
    fn poll(&mut self, context: &Context) -> Result<Vec<Event>, Error> {
        if let Some(redis) = &mut self.redis {
            redis.retry(context);
        }
        let mut events = Vec::new();
        if let Some(journal) = &mut self.journal {
            events.extend(journal.poll()?);
        }
        if let Some(file) = &mut self.file {
            events.extend(file.poll()?);
        }
        Ok(events)
    }

    fn has_ended(&self) -> bool {
        self.file.as_ref().is_some_and(FileTail::has_ended)
    }

    fn change(&mut self, change: Option<Change>, context: &Context) -> Vec<Event> {
        let console = &context.console;
        match change {
            Some(Change::Events(mut events)) => {
                let not_before = self.redis.as_ref().and_then(|redis| redis.not_before);
                if let Some(begin) = not_before {
                    events.retain(|event| event.entry().is_none_or(|entry| entry.time() >= begin));
                }
                return events;
            }
            Some(Change::Lost {
                server,
                error,
                retry_in,
            }) => console.warning(&format!(
                "lost {server}: {error}; trying again in {:.1} s",
                retry_in.as_secs_f64()
            )),
            Some(Change::Back { server, after }) => console.warning(&format!(
                "{server} is back after {:.1} s; going on after the last event",
                after.as_secs_f64()
            )),
            Some(Change::Missed {
                stream,
                count: Some(count),
            }) => console.warning(&format!(
                "{count} entries of {stream} were trimmed before they could be shown"
            )),
            Some(Change::Missed {
                stream,
                count: None,
            }) => console.warning(&format!(
                "entries of {stream} may have been trimmed before they could be shown"
            )),
            Some(Change::Rewound { stream, .. }) => console.warning(&format!(
                "{stream} has lost data; going on with what it holds now"
            )),
            // Its thread died; begin anew after the last that was told.
            None => {
                if let Some(redis) = &mut self.redis {
                    redis.follower = None;
                }
            }
        }
        Vec::new()
    }
}

/// The follower's next change; waits forever where there is none.
async fn next(follower: Option<&mut Follower>) -> Option<Change> {
    match follower {
        Some(follower) => follower.next().await,
        None => std::future::pending().await,
    }
}

impl Redis {
    fn open(
        target: Target,
        streams: &[String],
        since: Option<Millis>,
        context: &Context,
    ) -> Result<Self, Error> {
        let mut redis = Self {
            target,
            streams: streams.to_vec(),
            follower: None,
            start: since.map_or(Start::Now, Start::Since),
            not_before: None,
            next_try: Instant::now(),
        };
        match redis.connect() {
            Ok(()) => {}
            Err(error) if error.is_retryable() => {
                context
                    .console
                    .warning(&format!("{error}; trying again until it answers"));
                // Nothing that happens from now on is to be missed once it answers.
                if since.is_none() {
                    redis.start = Start::Since(context.clock.now);
                    redis.not_before = Some(context.clock.now);
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(redis)
    }

    fn connect(&mut self) -> Result<(), store::Error> {
        self.next_try = Instant::now() + RETRY;
        let (target, streams) = (self.target.clone(), self.streams.clone());
        self.follower = Some(Follower::start(
            target,
            streams,
            self.start,
            Timeouts::default(),
        )?);
        Ok(())
    }

    fn retry(&mut self, context: &Context) {
        if self.follower.is_none() && Instant::now() >= self.next_try && self.connect().is_ok() {
            let server = &self.target;
            context.console.warning(&format!("{server} answers now"));
        }
    }
}
