//! One kind of failure in full: its samples, its jobs, and what its failures have in common.

use std::collections::HashMap;

use serde::Serialize;

use super::Options;
use super::explain::Explanation;
use super::failure::{Failure, id_text};
use super::pulse::{Pulse, State};
use super::report::{Window, per_hour};
use super::tally::{Shares, Tally};
use super::witness::Witness;
use crate::event::{Id, Millis};
use crate::query::numbers::{Distinct, Trend};
use crate::query::timeline::rfc3339;

/// Kinds that a text can mean, of which all is kept.
const MEANINGS: usize = 50;

/// Jobs that are listed.
const JOBS: usize = 1_000;

/// Values of one thing that are listed.
const VALUES: usize = 20;

/// The fewest characters of a number that mean a kind.
const SHORTEST: usize = 4;

/// Takes failures of the kinds that a text can mean, linked already.
#[derive(Debug)]
pub struct Detail {
    options: Options,
    typed: String,
    found: HashMap<u64, One>,
    more: Distinct,
}

/// What a typed text turned out to mean.
#[derive(Debug)]
pub enum Meaning {
    /// One kind.
    One(Box<DetailReport>),
    /// Several: number, text and count of each, the most frequent first, and how many more.
    Several(Vec<(String, String, u64)>, u64),
    /// None.
    Nothing,
}

/// One kind of failure.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DetailReport {
    /// Its number: 16 hex digits.
    pub id: String,
    /// It in words: name and masked message.
    pub fingerprint: String,
    /// The error's name, or the type of the event.
    pub name: String,
    /// The top frames of its stack, innermost first.
    pub frames: Vec<String>,
    /// The time that it is about.
    pub window: Window,
    /// Whether it is new, back or ongoing.
    pub state: State,
    /// How long it was silent before it came back, in milliseconds.
    pub silent_ms: Option<i64>,
    /// How many.
    pub count: u64,
    /// How many an hour; `None` for a time that is too short.
    pub per_hour: Option<f64>,
    /// How many in each of equal parts of the window.
    pub trend: Vec<f64>,
    /// The first within the window.
    #[serde(serialize_with = "rfc3339")]
    pub first_seen: Millis,
    /// The first of all that are known.
    #[serde(serialize_with = "rfc3339")]
    pub known_since: Millis,
    /// The last.
    #[serde(serialize_with = "rfc3339")]
    pub last_seen: Millis,
    /// Different jobs.
    pub job_count: u64,
    /// Whether that is an estimate, right to about 3 %.
    pub jobs_are_estimated: bool,
    /// The jobs, the last that failed first; not more than 1,000.
    pub jobs: Vec<JobShare>,
    /// Different users.
    pub users: u64,
    /// Whether that is an estimate, right to about 3 %.
    pub users_are_estimated: bool,
    /// How the failures fall on machines, workers, versions and the like.
    pub shares: Vec<Shares>,
    /// Which events told of them.
    pub told_by: Shares,
    /// The oldest within the window, with its stack.
    pub oldest: Failure,
    /// The newest, with its stack.
    pub newest: Failure,
    /// Why two of them are one kind; only where somebody asked.
    pub explanation: Option<Explanation>,
}

/// One job and how often it failed so.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobShare {
    /// Its id.
    pub job: String,
    /// How often.
    pub count: u64,
    /// When last.
    #[serde(serialize_with = "rfc3339")]
    pub last: Millis,
}

/// All of one kind.
#[derive(Debug)]
struct One {
    pulse: Pulse,
    count: u64,
    trend: Trend,
    jobs: Distinct,
    users: Distinct,
    by_job: HashMap<String, (u64, Millis)>,
    /// In the order of [`THINGS`].
    tallies: [Tally; THINGS.len()],
    told_by: Tally,
    streams: Vec<String>,
    samples: Option<(Failure, Failure)>,
    /// One whose message is another than that of the oldest.
    other: Option<Failure>,
}

/// What failures are counted by, what tells most first.
const THINGS: [&str; 5] = ["machine", "worker", "version", "service", "job type"];

impl Detail {
    /// For what a person typed: the number of a kind or its beginning, or (a part of) its words.
    pub fn new(typed: &str, options: Options) -> Self {
        Self {
            options,
            typed: typed.trim().to_lowercase(),
            found: HashMap::new(),
            more: Distinct::default(),
        }
    }

    /// Takes a failure, in the order of time.
    pub fn push(&mut self, failure: Failure) {
        let id = failure.kind.id();
        let number = id_text(id);
        let by_number = self.typed.len() >= SHORTEST && number.starts_with(&self.typed);
        let words = || failure.kind.text.to_lowercase().contains(&self.typed);
        if self.typed.is_empty() || !(by_number || words()) {
            return;
        }
        if !self.found.contains_key(&id) && self.found.len() >= MEANINGS {
            self.more.push(&number);
            return;
        }
        let before = self.options.since.is_some_and(|since| failure.at < since);
        self.found.entry(id).or_default().push(failure, before);
    }

    /// What is known; `explain` says why two are one kind.
    pub fn finish(self, witness: &Witness, explain: bool) -> Meaning {
        let in_window = |one: &One| one.count > 0;
        let mut found: Vec<(u64, One)> = self
            .found
            .into_iter()
            .filter(|(_, one)| in_window(one))
            .collect();
        let number = found.iter().position(|(id, _)| id_text(*id) == self.typed);
        let of_text = |(_, one): &(u64, One)| one.text().to_lowercase() == self.typed;
        let mut same = found.iter().enumerate().filter(|(_, one)| of_text(one));
        let exact = match (number, same.next(), same.next()) {
            (Some(at), ..) | (None, Some((at, _)), None) => Some(at),
            _ if found.len() == 1 && self.more.count() == 0 => Some(0),
            _ => None,
        };
        if let Some(at) = exact {
            let (id, one) = found.swap_remove(at);
            return one
                .report(id, &self.options, witness, explain)
                .map_or(Meaning::Nothing, |report| Meaning::One(Box::new(report)));
        }
        if found.is_empty() {
            return Meaning::Nothing;
        }
        found.sort_by(|(a_id, a), (b_id, b)| b.count.cmp(&a.count).then(a_id.cmp(b_id)));
        let candidates = found.into_iter().filter_map(|(id, one)| {
            let (_, newest) = one.samples?;
            Some((id_text(id), newest.kind.text, one.count))
        });
        Meaning::Several(candidates.collect(), self.more.count())
    }
}

impl Default for One {
    fn default() -> Self {
        Self {
            pulse: Pulse::default(),
            count: 0,
            trend: Trend::default(),
            jobs: Distinct::default(),
            users: Distinct::default(),
            by_job: HashMap::new(),
            tallies: std::array::from_fn(|_| Tally::default()),
            told_by: Tally::default(),
            streams: Vec::new(),
            samples: None,
            other: None,
        }
    }
}

impl One {
    fn text(&self) -> &str {
        let newest = self.samples.as_ref().map(|(_, newest)| newest);
        newest.map_or("", |newest| &newest.kind.text)
    }

    fn push(&mut self, failure: Failure, before: bool) {
        self.pulse.push(failure.at, failure.id(Id::Job));
        if before {
            return;
        }
        self.count += 1;
        self.trend.push(failure.at);
        let things = [
            failure.id(Id::Machine),
            failure.id(Id::Worker),
            failure.version.as_deref(),
            Some(failure.service.as_str()),
            failure.job_type.as_deref(),
        ];
        for (tally, value) in self.tallies.iter_mut().zip(things) {
            tally.push(value);
        }
        self.told_by.push(Some(&failure.event_type));
        for also in &failure.also {
            self.told_by.push(Some(&also.event_type));
        }
        if let Some(user) = failure.id(Id::User) {
            self.users.push(user);
        }
        if let Some(job) = failure.id(Id::Job) {
            self.jobs.push(job);
            self.note_job(job, failure.at);
        }
        let stream = failure.stream.clone().unwrap_or_default();
        if !self.streams.contains(&stream) && self.streams.len() < 4 {
            self.streams.push(stream);
        }
        match &mut self.samples {
            None => self.samples = Some((failure.clone(), failure)),
            Some((oldest, newest)) => {
                if self.other.is_none() && failure.message != oldest.message {
                    self.other = Some(failure.clone());
                }
                if failure.at < oldest.at {
                    *oldest = failure;
                } else if failure.at >= newest.at {
                    *newest = failure;
                }
            }
        }
    }

    /// Notes a job; of more than can be listed those that failed last stay.
    fn note_job(&mut self, job: &str, at: Millis) {
        if let Some((count, last)) = self.by_job.get_mut(job) {
            *count += 1;
            *last = at.max(*last);
            return;
        }
        self.by_job.insert(job.to_owned(), (1, at));
        if self.by_job.len() >= 2 * JOBS {
            let mut times: Vec<Millis> = self.by_job.values().map(|(_, last)| *last).collect();
            times.sort_unstable();
            let middle = times.get(JOBS).copied().unwrap_or(at);
            self.by_job.retain(|_, (_, last)| *last >= middle);
            // Thousands that failed at one moment would stay for ever.
            if self.by_job.len() >= 2 * JOBS {
                self.by_job.clear();
            }
        }
    }

    fn report(
        self,
        id: u64,
        options: &Options,
        witness: &Witness,
        explain: bool,
    ) -> Option<DetailReport> {
        let window = Window::of(options, witness);
        let (oldest, newest) = self.samples?;
        let setting = window.setting(options, &self.streams, witness, 1);
        let (state, silence) = self.pulse.state(&setting);
        let known = self
            .streams
            .iter()
            .filter_map(|stream| witness.oldest_of(stream));
        let from = known.min().unwrap_or(window.from).max(window.from);
        let jobs = self.by_job.into_iter();
        let mut jobs: Vec<JobShare> = jobs
            .map(|(job, (count, last))| JobShare { job, count, last })
            .collect();
        jobs.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.job.cmp(&b.job)));
        jobs.truncate(JOBS);
        let shares = self.tallies.iter().zip(THINGS);
        let explanation = explain.then(|| {
            let other = self.other.as_ref().unwrap_or(&newest);
            Explanation::of(&oldest, other)
        });
        Some(DetailReport {
            id: id_text(id),
            fingerprint: newest.kind.text.clone(),
            name: newest.kind.name.clone(),
            frames: newest.kind.frames.clone(),
            state,
            silent_ms: silence.map(|silence| silence.until.since(silence.from)),
            count: self.count,
            per_hour: per_hour(self.count, window.until.since(from)),
            trend: window.trend(&self.trend),
            first_seen: oldest.at,
            known_since: self.pulse.first,
            last_seen: newest.at,
            job_count: self.jobs.count().min(self.count),
            jobs_are_estimated: self.jobs.is_estimate(),
            jobs,
            users: self.users.count().min(self.count),
            users_are_estimated: self.users.is_estimate(),
            shares: shares
                .map(|(tally, of)| tally.shares(of, VALUES))
                .filter(|shares| !shares.is_empty())
                .collect(),
            told_by: self.told_by.shares("event type", VALUES),
            explanation,
            window,
            oldest,
            newest,
        })
    }
}
