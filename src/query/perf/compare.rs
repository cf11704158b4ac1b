//! A window beside a baseline: what takes longer by more than chance.
//!
//! A group is slower when its median or its 95th percentile went up by more than the limit and by more
//! than chance: what chance makes of a percentile of so many lengths lies between two others, and the
//! stretches of both sides must not meet. That takes no shape of the lengths for granted; mixtures,
//! whose medians jump, have wide stretches.

use std::collections::HashSet;

use serde::Serialize;

use super::Overview;
use super::baseline::{Baseline, Known, Took};
use super::findings::is_most;

/// Lengths on both sides that a median needs.
const MEDIAN: u64 = 20;
/// Lengths on both sides that a 95th percentile needs.
const TAIL: u64 = 100;
/// Half of a stretch in standard errors. Two that just do not meet are 3.3 apart, in those of their
/// difference.
const ERRORS: f64 = 2.33;
/// The limit where none is given, as a share.
pub const LIMIT: f64 = 0.2;
/// Less than this is no news, in milliseconds.
const LEAST_MS: f64 = 1.0;

/// A window beside a baseline.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// Tells this report from others: `perfComparison`.
    pub report: &'static str,
    /// What rows are grouped by.
    pub by: String,
    /// What the window is compared with.
    pub baseline: String,
    /// By what share something must go up to be slower.
    pub limit: f64,
    /// Groups that are slower.
    pub slower: usize,
    /// Groups that could be judged.
    pub judged: usize,
    /// The groups, slower ones first.
    pub groups: Vec<Pair>,
}

/// One group on both sides.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    /// What it is called.
    pub group: String,
    /// The service that says all of it.
    pub service: Option<String>,
    /// What comes of it.
    pub verdict: Verdict,
    /// Events before.
    pub count_before: u64,
    /// Events now.
    pub count: u64,
    /// Events a minute before.
    pub per_minute_before: Option<f64>,
    /// Events a minute now.
    pub per_minute: Option<f64>,
    /// Lengths before.
    pub durations_before: u64,
    /// Lengths now.
    pub durations: u64,
    /// Median before, in milliseconds.
    pub p50_before: Option<f64>,
    /// Median now.
    pub p50: Option<f64>,
    /// Its change as a share of before.
    pub p50_change: Option<f64>,
    /// 95th percentile before.
    pub p95_before: Option<f64>,
    /// 95th percentile now.
    pub p95: Option<f64>,
    /// Its change as a share of before.
    pub p95_change: Option<f64>,
}

/// What comes of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It takes longer, by more than the limit and more than chance.
    Slower,
    /// It takes less time, likewise.
    Faster,
    /// It did not happen before.
    New,
    /// It happens no more.
    Gone,
    /// Neither.
    Same,
    /// There are too few lengths to tell.
    TooFew,
    /// It has no lengths.
    NoDurations,
}

impl Comparison {
    /// Compares; `limit` is a share.
    pub fn of(overview: &Overview, baseline: &Baseline, limit: f64) -> Self {
        let seen: HashSet<&str> = overview
            .groups
            .iter()
            .map(|row| row.group.as_str())
            .collect();
        let gone = baseline.groups.keys();
        let gone = gone.filter(|name| !seen.contains(name.as_str()));
        let sides = overview.groups.iter().map(|row| {
            let now = Known::of(row);
            (row.group.as_str(), row.service.clone(), now)
        });
        let sides = sides.chain(gone.map(|name| (name.as_str(), None, Known::default())));
        let mut groups: Vec<Pair> = sides
            .map(|(group, service, now)| {
                let before = baseline.groups.get(group).cloned().unwrap_or_default();
                let a_minute = |known: &Known, minutes: Option<f64>| {
                    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
                    let count = known.count as f64;
                    minutes.map(|minutes| count / minutes)
                };
                Pair {
                    service,
                    per_minute_before: a_minute(&before, baseline.minutes),
                    per_minute: a_minute(&now, overview.minutes()),
                    ..pair(group, &before, &now, limit)
                }
            })
            .filter(|pair| pair.count > 0 || pair.count_before > 0)
            .collect();
        groups.sort_by(|a, b| {
            (a.verdict.cmp(&b.verdict))
                .then_with(|| b.most().total_cmp(&a.most()))
                .then_with(|| b.count.cmp(&a.count))
                .then_with(|| a.group.cmp(&b.group))
        });
        parts_first(&mut groups);
        let of = |wanted: &[Verdict]| {
            let groups = groups.iter();
            groups.filter(|pair| wanted.contains(&pair.verdict)).count()
        };
        Self {
            report: "perfComparison",
            by: overview.by.clone(),
            baseline: baseline.label.clone(),
            limit,
            slower: of(&[Verdict::Slower]),
            judged: of(&[Verdict::Slower, Verdict::Faster, Verdict::Same]),
            groups,
        }
    }
}

impl Pair {
    /// The greatest change by any measure.
    fn most(&self) -> f64 {
        let change = |change: Option<f64>| change.unwrap_or(0.0).abs();
        change(self.p50_change).max(change(self.p95_change))
    }
}

/// Of two that changed by much the same the one that is a part of the other comes first.
fn parts_first(groups: &mut [Pair]) {
    let size = |pair: &Pair| (1.0 + pair.most(), pair.p50_before.unwrap_or(0.0));
    for at in 0..groups.len() {
        let whole = &groups[at];
        if !matches!(whole.verdict, Verdict::Slower | Verdict::Faster) {
            break;
        }
        let part = (at + 1..groups.len()).find(|other| {
            let part = &groups[*other];
            part.verdict == whole.verdict && is_most(size(part), size(whole))
        });
        if let Some(part) = part {
            groups[at..=part].rotate_right(1);
        }
    }
}

fn pair(group: &str, before: &Known, now: &Known, limit: f64) -> Pair {
    let change = |of: fn(&Took) -> f64| {
        let (before, now) = (of(&before.took?), of(&now.took?));
        (before > 0.0).then(|| now / before - 1.0)
    };
    let of = |known: &Known, of: fn(&Took) -> f64| known.took.as_ref().map(of);
    let durations = |known: &Known| known.took.map_or(0, |took| took.count);
    Pair {
        group: group.to_owned(),
        service: None,
        verdict: verdict(before, now, limit),
        count_before: before.count,
        count: now.count,
        per_minute_before: None,
        per_minute: None,
        durations_before: durations(before),
        durations: durations(now),
        p50_before: of(before, |took| took.p50),
        p50: of(now, |took| took.p50),
        p50_change: change(|took| took.p50),
        p95_before: of(before, |took| took.p95),
        p95: of(now, |took| took.p95),
        p95_change: change(|took| took.p95),
    }
}

fn verdict(before: &Known, now: &Known, limit: f64) -> Verdict {
    match (before.count, now.count) {
        (0, _) => return Verdict::New,
        (_, 0) => return Verdict::Gone,
        _ => {}
    }
    let (old, new) = match (before.took, now.took) {
        (Some(old), Some(new)) => (old, new),
        (None, None) => return Verdict::NoDurations,
        _ => return Verdict::TooFew,
    };
    let least = old.count.min(new.count);
    if least < MEDIAN {
        return Verdict::TooFew;
    }
    let moved = |share: f64, old: f64, new: f64| {
        let (Some(low), Some(high)) = (before.stretch(share), now.stretch(share)) else {
            return 0;
        };
        if (new - old).abs() < LEAST_MS {
            0
        } else if new > old * (1.0 + limit) && high.0 > low.1 {
            1
        } else if old > new * (1.0 + limit) && high.1 < low.0 {
            -1
        } else {
            0
        }
    };
    let median = moved(0.5, old.p50, new.p50);
    let tail = match least >= TAIL {
        true => moved(0.95, old.p95, new.p95),
        false => 0,
    };
    match (median, tail) {
        (1, _) | (_, 1) => Verdict::Slower,
        (-1, _) | (_, -1) => Verdict::Faster,
        _ => Verdict::Same,
    }
}

impl Known {
    /// Between what lengths chance moves the percentile of this share; `None` where too little is
    /// known.
    fn stretch(&self, share: f64) -> Option<(f64, f64)> {
        #[expect(clippy::cast_precision_loss, reason = "a count of events")]
        let count = self.took?.count as f64;
        let error = ERRORS * (share * (1.0 - share) / count).sqrt();
        let quantiles = self.quantiles.iter();
        let below = quantiles.clone().rfind(|(at, _)| *at <= share - error);
        let above = quantiles.clone().find(|(at, _)| *at >= share + error);
        let least = self.quantiles.first()?;
        let most = self.quantiles.last()?;
        Some((below.unwrap_or(least).1, above.unwrap_or(most).1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths that lie evenly between two.
    fn known(count: u64, from: f64, to: f64) -> Known {
        let at = |share: f64| from + (to - from) * share;
        let shares = (0..=50).map(|share| f64::from(share) / 50.0);
        Known {
            count,
            took: Some(Took {
                count,
                p50: at(0.5),
                p95: at(0.95),
            }),
            quantiles: shares.map(|share| (share, at(share))).collect(),
        }
    }

    #[test]
    fn chance_is_no_change() {
        let nothing = Known::default;
        for (before, now, expected) in [
            (
                known(500, 50.0, 150.0),
                known(500, 75.0, 225.0),
                Verdict::Slower,
            ),
            (
                known(500, 50.0, 150.0),
                known(500, 25.0, 75.0),
                Verdict::Faster,
            ),
            (
                known(500, 50.0, 150.0),
                known(500, 55.0, 165.0),
                Verdict::Same,
            ),
            // The same change, but of few lengths that spread widely.
            (known(25, 0.0, 500.0), known(25, 0.0, 750.0), Verdict::Same),
            (
                known(19, 50.0, 150.0),
                known(500, 500.0, 900.0),
                Verdict::TooFew,
            ),
            (known(500, 0.0, 0.2), known(500, 0.5, 0.9), Verdict::Same),
            (nothing(), known(9, 1.0, 1.0), Verdict::New),
            (known(9, 1.0, 1.0), nothing(), Verdict::Gone),
        ] {
            assert_eq!(verdict(&before, &now, 0.2), expected, "{before:?} {now:?}");
        }
        let silent = Known {
            count: 5,
            ..Known::default()
        };
        assert_eq!(verdict(&silent, &silent, 0.2), Verdict::NoDurations);
    }

    #[test]
    fn a_longer_tail_alone_is_slower() {
        let before = known(500, 50.0, 150.0);
        let mut now = before.clone();
        for (share, ms) in &mut now.quantiles {
            *ms *= if *share > 0.8 { 3.0 } else { 1.0 };
        }
        now.took = now.took.map(|took| Took {
            p95: took.p95 * 3.0,
            ..took
        });
        assert_eq!(verdict(&before, &now, 0.2), Verdict::Slower);
    }

    #[test]
    fn the_limit_is_a_share() {
        let (before, now) = (known(10_000, 95.0, 105.0), known(10_000, 123.0, 137.0));
        assert_eq!(verdict(&before, &now, 0.2), Verdict::Slower);
        assert_eq!(verdict(&before, &now, 0.4), Verdict::Same);
    }
}
