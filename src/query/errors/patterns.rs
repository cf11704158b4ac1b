//! What errors of one name say again and again, and where they gather.

use std::collections::HashMap;

use serde::Serialize;

use super::Options;
use super::failure::{Failure, id_text};
use super::report::Window;
use super::tally::{Share, Shares, Tally};
use super::witness::Witness;
use crate::event::{Id, Millis};
use crate::query::numbers::{Distinct, Trend};
use crate::query::timeline::rfc3339;

/// Names that are told apart, and messages of one name.
const NAMES: usize = 500;
const TEMPLATES: usize = 200;

/// Messages of one name that are listed, and values of one thing.
const LISTED: usize = 5;

/// Failures that a share needs before anybody should look at it.
const ENOUGH: u64 = 5;

/// The share of one value at which failures gather there, in per cent.
const GATHERED: u64 = 80;

/// Takes failures that are linked already.
#[derive(Debug)]
pub struct Patterns {
    options: Options,
    names: HashMap<String, Name>,
    count: u64,
    left_out: u64,
}

/// Every name of an error and what belongs to it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PatternsReport {
    /// The time that it is about.
    pub window: Window,
    /// How many failures.
    pub failures: u64,
    /// Failures of names for which there was no room.
    pub left_out: u64,
    /// The names, the most frequent first.
    pub patterns: Vec<Pattern>,
}

/// All errors of one name.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pattern {
    /// The error's name, or the type of the event.
    pub name: String,
    /// How many.
    pub count: u64,
    /// How many in each of equal parts of the window.
    pub trend: Vec<f64>,
    /// The last.
    #[serde(serialize_with = "rfc3339")]
    pub last_seen: Millis,
    /// Different jobs.
    pub jobs: u64,
    /// Whether that is an estimate, right to about 3 %.
    pub jobs_are_estimated: bool,
    /// Jobs that met it more than once: it comes again when they are tried again. Of the first
    /// 100,000 failures of a name.
    pub jobs_again: u64,
    /// Different kinds.
    pub kinds: u64,
    /// Whether that is an estimate, right to about 3 %.
    pub kinds_are_estimated: bool,
    /// What they say, the most frequent first.
    pub templates: Vec<Template>,
    /// How they fall on machines, workers, versions, services and job types.
    pub shares: Vec<Shares>,
    /// The machine, worker, version or job type of at least 80 % of five or more, where not as many of
    /// all failures have it.
    pub gathered: Vec<Gathered>,
}

/// One value that most failures of a name have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gathered {
    /// Of what: `machine`, `version`.
    pub of: String,
    /// The value and how many have it.
    #[serde(flatten)]
    pub share: Share,
    /// How many have any value.
    pub among: u64,
    /// How many values there are among all failures of the window.
    pub values: u64,
}

/// One kind of what errors of a name say.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    /// The number of the kind.
    pub id: String,
    /// The message without what differs each time.
    pub message: String,
    /// How many say so.
    pub count: u64,
    /// The top frame of its stack.
    pub frame: Option<String>,
}

#[derive(Debug, Default)]
struct Name {
    count: u64,
    trend: Trend,
    last: Millis,
    jobs: Distinct,
    jobs_seen: HashMap<u64, bool>,
    kinds: Distinct,
    templates: HashMap<u64, Template>,
    tallies: [Tally; THINGS.len()],
}

/// What failures are counted by, what tells most first.
const THINGS: [&str; 5] = ["machine", "worker", "version", "service", "job type"];

/// Jobs of one name that are remembered.
const JOBS: usize = 100_000;

impl Patterns {
    /// Nothing yet.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            names: HashMap::new(),
            count: 0,
            left_out: 0,
        }
    }

    /// Takes a failure.
    pub fn push(&mut self, failure: &Failure) {
        let early = self.options.since.is_some_and(|since| failure.at < since);
        if early || !self.options.takes(failure) {
            return;
        }
        self.count += 1;
        let name = &failure.kind.name;
        if self.names.len() >= NAMES && !self.names.contains_key(name) {
            self.left_out += 1;
            return;
        }
        self.names.entry(name.clone()).or_default().push(failure);
    }

    /// The report.
    pub fn finish(self, witness: &Witness) -> PatternsReport {
        let window = Window::of(&self.options, witness);
        // Where all failures have one value, that says nothing about one name.
        let mut all: [HashMap<String, u64>; THINGS.len()] = Default::default();
        for name in self.names.values() {
            for (tally, all) in name.tallies.iter().zip(&mut all) {
                for share in tally.shares("", usize::MAX).values {
                    *all.entry(share.value).or_default() += share.count;
                }
            }
        }
        let patterns = self.names.into_iter();
        let mut patterns: Vec<Pattern> = patterns
            .map(|(text, name)| name.pattern(text, &window, &all))
            .collect();
        patterns.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        PatternsReport {
            window,
            failures: self.count,
            left_out: self.left_out,
            patterns,
        }
    }
}

impl Name {
    fn push(&mut self, failure: &Failure) {
        self.count += 1;
        self.trend.push(failure.at);
        self.last = match self.count {
            1 => failure.at,
            _ => self.last.max(failure.at),
        };
        if let Some(job) = failure.id(Id::Job) {
            self.jobs.push(job);
            let job = crate::digest::digest(job.as_bytes());
            let job = u64::try_from(job >> 64).unwrap_or(0);
            if let Some(again) = self.jobs_seen.get_mut(&job) {
                *again = true;
            } else if self.jobs_seen.len() < JOBS {
                self.jobs_seen.insert(job, false);
            }
        }
        let kind = &failure.kind;
        let id = kind.id();
        self.kinds.push(&id_text(id));
        if let Some(template) = self.templates.get_mut(&id) {
            template.count += 1;
        } else if self.templates.len() < TEMPLATES {
            let template = Template {
                id: id_text(id),
                message: match (kind.explicit, kind.message.as_str()) {
                    (true, _) => kind.text.clone(),
                    (false, message) => message.to_owned(),
                },
                count: 1,
                frame: kind.frames.first().cloned(),
            };
            self.templates.insert(id, template);
        }
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
    }

    fn pattern(
        self,
        name: String,
        window: &Window,
        all: &[HashMap<String, u64>; THINGS.len()],
    ) -> Pattern {
        let mut templates: Vec<Template> = self.templates.into_values().collect();
        templates.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.id.cmp(&b.id)));
        templates.truncate(LISTED);
        let shares: Vec<Shares> = self
            .tallies
            .iter()
            .zip(THINGS)
            .map(|(tally, of)| tally.shares(of, LISTED))
            .filter(|shares| !shares.is_empty())
            .collect();
        let gathered = shares.iter().filter_map(|shares| {
            let place = THINGS.iter().position(|thing| *thing == shares.of)?;
            // Most errors are of one service by their nature.
            let others = all.get(place).filter(|_| shares.of != "service")?;
            let first = shares.values.first()?;
            let among = shares.total() - shares.missing;
            let most = first.count >= ENOUGH && first.count * 100 >= among * GATHERED;
            // What all failures share tells nothing of this name.
            let everywhere: u64 = others.values().sum();
            let usual = others.get(&first.value).copied().unwrap_or(0);
            let tells = usual * 100 < everywhere * GATHERED;
            (most && tells && others.len() > 1).then(|| Gathered {
                of: shares.of.clone(),
                share: first.clone(),
                among,
                values: u64::try_from(others.len()).unwrap_or(u64::MAX),
            })
        });
        Pattern {
            gathered: gathered.collect(),
            name,
            count: self.count,
            trend: window.trend(&self.trend),
            last_seen: self.last,
            jobs: self.jobs.count().min(self.count),
            jobs_are_estimated: self.jobs.is_estimate(),
            jobs_again: {
                let again = self.jobs_seen.values().filter(|again| **again);
                u64::try_from(again.count()).unwrap_or(u64::MAX)
            },
            kinds: self.kinds.count().min(self.count),
            kinds_are_estimated: self.kinds.is_estimate(),
            templates,
            shares,
        }
    }
}
