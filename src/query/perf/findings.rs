//! What changed, said in a way that people can check.

use serde::Serialize;

use super::change::{self, Change};
use super::links::Links;
use super::within::Within;
use super::{By, Perf};
use crate::event::Millis;
use crate::query::step;

/// Stretches of time that rates are compared in, at most.
const STRETCHES: i64 = 48;
/// The shortest of them.
const SHORTEST_MS: i64 = 64_000;
/// What lies between two steps is told before an operation only if it changed by so much more.
const INDIRECT: f64 = 0.5;

/// Changes by factors nearer to each other than this may be one change,
const ALIKE: f64 = 0.85;
/// where one of the operations is at least this part of the other.
const MOSTLY: f64 = 0.5;

/// What kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// It takes longer.
    Slower,
    /// Jobs wait longer for their turn.
    WaitsLonger,
    /// It happens more often.
    More,
    /// It happens less often.
    Fewer,
    /// It takes less time.
    Faster,
}

/// A change that stayed until the end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What kind of change.
    pub kind: Kind,
    /// What it is about: a group, a step, or the wait for a worker.
    pub what: String,
    /// The types of jobs in which it changed, the clearest first, where only they show it and not all
    /// jobs together. The figures are those of the first.
    pub job_types: Vec<String>,
    /// The step before, where the time between two steps changed.
    pub after_step: Option<String>,
    /// By what factor.
    pub factor: f64,
    /// Since when.
    #[serde(serialize_with = "crate::query::timeline::rfc3339")]
    pub since: Millis,
    /// The median length in milliseconds, or events a minute, before that.
    pub before: f64,
    /// The same since.
    pub now: f64,
    /// What was within the usual before.
    pub usual_from: f64,
    /// The other end of that.
    pub usual_to: f64,
    /// Lengths, or events, that this rests on.
    pub samples_before: usize,
    /// The same since.
    pub samples_now: usize,
    /// The group in the table.
    #[serde(skip)]
    pub(super) group: Option<usize>,
}

/// All that changed, what matters most first; and how much could be judged.
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    /// Histories that were long enough.
    pub(super) judged: usize,
    /// Histories that were not.
    pub(super) too_short: usize,
}

/// Looks at every group, also within types of jobs, every link between steps and the wait.
pub(super) fn find(perf: &Perf, links: &Links<'_>, within: &Within<'_>) -> Found {
    let mut found = Found {
        findings: Vec::new(),
        judged: 0,
        too_short: 0,
    };
    let groups = perf.groups.all();
    for (at, group) in groups.iter().enumerate() {
        if group.count == 0 || group.took.count() == 0 {
            continue;
        }
        let lengths = group.history.lengths();
        if !change::is_enough(lengths.len()) {
            found.too_short += 1;
            continue;
        }
        found.judged += 1;
        let own = change::of_lengths(&lengths).map(|change| (change, Vec::new()));
        let inner = || match perf.options.by {
            By::EventType | By::Step => within.change(&group.service, &group.name),
            By::JobType | By::Field(_) => None,
        };
        let change = own.or_else(|| inner().map(|inner| (inner.change, inner.job_types)));
        if let Some((change, job_types)) = change {
            let finding = of_length(group.full(), None, &change);
            found.findings.push(Finding {
                group: Some(at),
                job_types,
                ..finding
            });
        }
    }
    // An operation with its own length says more than the silence before its end.
    let told: Vec<String> = (found.findings.iter())
        .filter_map(|finding| Some(groups.get(finding.group?)?.name.clone()))
        .collect();
    let is_told = |event_type: &str| {
        let stem = |text| step::read(text).map(|reading| reading.stem);
        let mut told = told.iter();
        told.any(|name| {
            name == event_type || stem(name).is_some_and(|is| stem(event_type) == Some(is))
        })
    };
    for link in links.all() {
        let lengths = link.history.lengths();
        let is_told = is_told(link.types.0) || is_told(link.types.1);
        if is_told || !change::is_enough(lengths.len()) {
            continue;
        }
        found.judged += 1;
        if let Some(change) = change::of_lengths(&lengths) {
            found
                .findings
                .push(of_length(link.to, Some(link.from), &change));
        }
    }
    if let Some(change) = change::of_lengths(&links.waits.lengths())
        && change.factor() > 1.0
    {
        let finding = of_length("the wait for a worker".to_owned(), None, &change);
        found.findings.push(Finding {
            kind: Kind::WaitsLonger,
            ..finding
        });
    }
    rates(perf, &mut found.findings);
    found.findings.sort_by(|a, b| {
        (a.rank().cmp(&b.rank()))
            .then_with(|| b.weight().total_cmp(&a.weight()))
            .then_with(|| a.what.cmp(&b.what))
    });
    parts_first(&mut found.findings);
    found
}

/// Puts what is most of another operation, and changed with it, before that. By chance the whole may
/// have changed by a little more.
fn parts_first(findings: &mut [Finding]) {
    let is_part = |part: &Finding, whole: &Finding| {
        part.kind == whole.kind
            && matches!(whole.kind, Kind::Slower | Kind::Faster)
            && part.after_step.is_none()
            && is_most((part.weight(), part.before), (whole.weight(), whole.before))
    };
    for at in 0..findings.len() {
        let later = at + 1..findings.len();
        let parts = later.filter(|other| is_part(&findings[*other], &findings[at]));
        let part = parts.min_by(|a, b| findings[*a].before.total_cmp(&findings[*b].before));
        if let Some(part) = part {
            findings[at..=part].rotate_right(1);
        }
    }
}

/// Whether an operation may be most of another: both changed by much the same (first) and the one
/// took a little less than the other (second).
pub(super) fn is_most(part: (f64, f64), whole: (f64, f64)) -> bool {
    part.0 > whole.0 * ALIKE && part.1 < whole.1 && part.1 > whole.1 * MOSTLY
}

/// Groups that became more or less frequent while others did not.
fn rates(perf: &Perf, findings: &mut Vec<Finding>) {
    let Some((first, last)) = perf.all.span() else {
        return;
    };
    let mut width = SHORTEST_MS.max(perf.all.width_ms());
    while last.since(first) / width > STRETCHES {
        width *= 2;
    }
    for (at, group) in perf.groups.all().iter().enumerate() {
        let width = width.max(group.history.width_ms());
        let all = perf.all.counts(first, last, width);
        let own = group.history.counts(first, last, width);
        let others = all.iter().zip(&own);
        let others: Vec<u32> = others.map(|(all, own)| all.saturating_sub(*own)).collect();
        let from = Millis::clamped(first.get().div_euclid(width) * width);
        let Some(change) = change::of_counts(&own, &others, from, width) else {
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "a length of time")]
        let a_minute = 60_000.0 / width as f64;
        let scaled = Change {
            before: change.before * a_minute,
            after: change.after * a_minute,
            band: (change.band.0 * a_minute, change.band.1 * a_minute),
            ..change
        };
        let is_more = change.after > change.before;
        findings.push(Finding {
            kind: if is_more { Kind::More } else { Kind::Fewer },
            group: Some(at),
            ..of_length(group.full(), None, &scaled)
        });
    }
}

fn of_length(what: String, after_step: Option<String>, change: &Change) -> Finding {
    let factor = change.factor();
    Finding {
        kind: if factor > 1.0 {
            Kind::Slower
        } else {
            Kind::Faster
        },
        what,
        job_types: Vec::new(),
        after_step,
        factor,
        since: change.since,
        before: change.before,
        now: change.after,
        usual_from: change.band.0,
        usual_to: change.band.1,
        samples_before: change.samples.0,
        samples_now: change.samples.1,
        group: None,
    }
}

impl Finding {
    /// What is told first. Waiting longer is what follows from slower work.
    fn rank(&self) -> Kind {
        match &self.after_step {
            // From a queue to a claim is waiting as well.
            Some(_) if self.is_wait() && self.kind == Kind::Slower => Kind::WaitsLonger,
            _ => self.kind,
        }
    }

    fn is_wait(&self) -> bool {
        let event_type = self.what.rsplit(' ').next().unwrap_or_default();
        crate::query::timeline::word(event_type).as_deref() == Some(crate::query::timeline::CLAIMED)
    }

    /// How much it matters among those of its kind. What is part of something else changes by a
    /// greater factor than the whole, so the greater factor is nearer to the cause.
    fn weight(&self) -> f64 {
        let factor = self.factor.max(1e-9);
        let by = factor.max(1.0 / factor);
        match self.after_step {
            Some(_) => 1.0 + (by - 1.0) * INDIRECT,
            None => by,
        }
    }
}
