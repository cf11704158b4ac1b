//! What every command works with: settings, clock, screen, sources.

use std::path::Path;

use super::export::Exported;
use crate::cli::Globals;
use crate::config::{Inputs, Origin, Settings, Stray, strays};
use crate::error::Error;
use crate::event::Millis;
use crate::output::{Console, Screen};
use crate::query::timeline::Options;
use crate::store::redis::{Keep, RedisSource, Target, Timeouts};
use crate::store::{Answer, FileSource, Journal, JournalSource, Reader, is_read_once};
use crate::time::Clock;

/// Settings, clock, screen and console of one call.
pub struct Context {
    /// All settings.
    pub settings: Settings,
    /// Now and the zone.
    pub clock: Clock,
    /// Standard output.
    pub screen: Screen,
    /// Standard error.
    pub console: Console,
    /// The export that is read; its time is now.
    pub(super) export: Option<Exported>,
}

impl Context {
    /// Reads settings and environment.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn load(globals: &Globals) -> Result<Self, Error> {
        Self::load_with(globals, &url_flag(globals))
    }

    /// The same with more flags that are settings.
    pub(super) fn load_with(
        globals: &Globals,
        flags: &[(&'static str, &'static str, String)],
    ) -> Result<Self, Error> {
        let folder = std::env::current_dir().unwrap_or_default();
        let settings = Settings::load(&Inputs {
            env: &env,
            folder: &folder,
            file: globals.config.as_deref(),
            flags,
        })?;
        Ok(Self::with(settings, globals))
    }

    /// The same for a command that goes on with what makes sense; the first thing that does not
    /// comes second.
    pub(super) fn salvage(globals: &Globals) -> (Self, Option<Error>) {
        let flags = url_flag(globals);
        let folder = std::env::current_dir().unwrap_or_default();
        let (settings, fault) = Settings::salvage(&Inputs {
            env: &env,
            folder: &folder,
            file: globals.config.as_deref(),
            flags: &flags,
        });
        (Self::with(settings, globals), fault.map(Error::from))
    }

    /// Variables of this process that look like settings and are none.
    pub(super) fn strays() -> Vec<Stray> {
        let names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
        strays(names)
    }

    pub(super) fn with(settings: Settings, globals: &Globals) -> Self {
        let clock = clock();
        Self {
            settings,
            screen: Screen::stdout(globals.color, clock.zone.clone()),
            console: Console::new(globals.color, globals.verbosity()),
            clock,
            export: None,
        }
    }

    /// Takes in what `--from` names. Who reads an export stands where it was made: how long ago
    /// something was, and what is late, was true then.
    pub(super) fn reads_from(&mut self, from: Option<&str>) {
        self.screen.reads_from(from);
        let Place::File(path) = Place::of(from) else {
            return;
        };
        if self.export.is_some() || Journal::is_at(Path::new(path)) {
            return;
        }
        let (events, errors) = (&self.settings.events.name, &self.settings.errors.name);
        let first = FileSource::new(path, events, errors).first();
        self.export = first.as_ref().and_then(Exported::of);
        let Some(export) = &self.export else { return };
        self.clock.now = export.made;
        let made = self.screen.date_clock(export.made);
        self.console
            .note(&format!("{path} was exported at {made}: that is now"));
    }

    /// Looks at the clock again; an export stays as old as it was.
    pub(super) fn tick(&mut self) {
        if self.export.is_none() {
            self.clock = clock();
        }
    }

    /// How the settings judge timelines and jobs, now.
    pub fn timeline_options(&self) -> Options {
        Options {
            gap: self.settings.gap,
            end_events: self.settings.end_events.clone(),
            now: self.clock.now,
        }
    }

    /// The server that the settings name.
    ///
    /// # Errors
    /// When the address makes no sense.
    pub fn target(&self) -> Result<Target, Error> {
        Ok(Target::parse(
            &self.settings.url,
            self.settings.ca.as_deref(),
        )?)
    }

    /// Says that a stream does not hold so many events, where they were written in one go.
    pub fn warn_of_cap(&self, written: u64) {
        let most = self.settings.events.max_len;
        if written > most {
            self.console.warning(&format!(
                "a stream keeps about {} events, so the oldest of these may be gone (hint: \
                 EMP_EVENTS_MAX_LEN, for all who emit, is how many it keeps)",
                crate::quantity::count(most)
            ));
        }
    }

    /// A reader over what `--from` names; without it, over Redis and whatever the journal holds.
    ///
    /// # Errors
    /// When the address makes no sense or the file cannot be opened.
    pub fn reader(&self, from: Option<&str>) -> Result<Reader, Error> {
        let settings = &self.settings;
        let journal = |path: &Path| Box::new(JournalSource::new(path));
        let keep = settings.cache.clone();
        let keep = keep.map(|folder| Keep::new(folder, settings.cache_max_bytes));
        let redis =
            |target| Box::new(RedisSource::new(target, Timeouts::default()).keeping(keep.clone()));
        Ok(Reader::new(match Place::of(from) {
            Place::Everywhere => vec![redis(self.target()?), journal(&settings.journal)],
            Place::Redis(url) => {
                let target = Target::parse(url, settings.ca.as_deref())?;
                vec![redis(target)]
            }
            Place::Journal => vec![journal(&settings.journal)],
            Place::File(path) if Journal::is_at(Path::new(path)) => {
                vec![journal(Path::new(path))]
            }
            Place::File(path) => {
                let (events, errors) = (&settings.events.name, &settings.errors.name);
                vec![Box::new(FileSource::new(path, events, errors))]
            }
        }))
    }

    /// Why an answer that holds nothing is no answer: a Redis that somebody named was not read. Where
    /// nobody named one, the journal is the store.
    pub fn unread(&self, answer: &mut Answer) -> Option<Error> {
        let named = self.settings.origin("redis.url") != Origin::Default;
        answer.unread.take().filter(|_| named).map(Error::from)
    }

    /// Says what went wrong beside an answer.
    ///
    /// # Errors
    /// When a source broke off: the part that was shown is not the whole answer.
    pub fn report(&self, answer: &mut Answer) -> Result<(), Error> {
        for warning in &answer.warnings {
            self.console.warning(warning);
        }
        for coverage in &answer.coverage {
            for note in &coverage.notes {
                self.console.detail(note);
            }
            let lines = match coverage.unreadable {
                0 => continue,
                1 => "1 line is no JSON object and was".to_owned(),
                count => format!("{count} lines are no JSON objects and were"),
            };
            self.console
                .warning(&format!("{}: {lines} passed over", coverage.source));
        }
        match answer.incomplete.take() {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}

/// Where a query reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// Redis and the journal.
    Everywhere,
    /// The Redis at this address.
    Redis(&'a str),
    /// The journal of the settings.
    Journal,
    /// This file, or standard input for `-`.
    File(&'a str),
}

impl<'a> Place<'a> {
    /// What `--from` means: an address has `://` in it, `journal` is the journal, anything else a
    /// path. A file of that name is `./journal`.
    pub(super) fn of(from: Option<&'a str>) -> Self {
        match from {
            None => Self::Everywhere,
            Some("journal") => Self::Journal,
            Some(url) if url.contains("://") => Self::Redis(url),
            Some(path) => Self::File(path),
        }
    }

    /// What `--from` names where that gives what it holds only once: standard input, a pipe.
    pub(super) fn read_once(from: Option<&'a str>) -> Option<&'a str> {
        match Self::of(from) {
            Self::Everywhere | Self::Redis(_) | Self::Journal => None,
            Self::File("-") => Some("standard input"),
            Self::File(path) => is_read_once(Path::new(path)).then_some(path),
        }
    }
}

/// The flag that is a setting, as `Settings::load` takes it.
pub(super) fn url_flag(globals: &Globals) -> Vec<(&'static str, &'static str, String)> {
    let url = globals.url.clone();
    url.into_iter()
        .map(|url| ("redis.url", "--url", url))
        .collect()
}

/// The name of the collector on this machine in its consumer groups; by default the host's, by which
/// it is known again after a restart.
pub(super) fn consumer_name(settings: &Settings) -> String {
    let named = settings.collect.consumer.clone();
    named.unwrap_or_else(host)
}

/// The name of this machine.
pub(super) fn host() -> String {
    let system = rustix::system::uname();
    system.nodename().to_string_lossy().into_owned()
}

/// An environment variable as text; one that is no text counts as not set.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The system's clock, or the one that `EMP_NOW` stops for tests and pictures.
pub(super) fn clock() -> Clock {
    Clock {
        now: ticking()(),
        ..Clock::system()
    }
}

/// The same clock, to be asked again and again.
pub(super) fn ticking() -> impl Fn() -> Millis {
    let stopped = env("EMP_NOW").as_deref().and_then(Millis::parse);
    move || stopped.unwrap_or_else(|| Clock::system().now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_names_a_place() {
        for (from, place) in [
            (None, Place::Everywhere),
            (Some("journal"), Place::Journal),
            (Some("./journal"), Place::File("./journal")),
            (Some("-"), Place::File("-")),
            (Some("rediss://h"), Place::Redis("rediss://h")),
            (Some("events.ndjson.gz"), Place::File("events.ndjson.gz")),
        ] {
            assert_eq!(Place::of(from), place);
        }
    }
}
