//! Whether something changed and stayed so: lengths of time, and counts.
//!
//! A history is cut in two where both parts agree best with their own medians. A change is claimed
//! only where every test says so:
//!
//! 1. there are enough values on both sides,
//! 2. the median changed by a factor that matters,
//! 3. nearly all of the later part lies outside the band of the earlier: its median, give or take
//!    some robust standard deviations (from the median absolute deviation, and never less than what
//!    chance alone makes of a median of so few values),
//! 4. of lengths, the rank test of Mann and Whitney says that chance does not do that. It minds
//!    mixtures, whose medians jump.
//!
//! Pure numbers. The point is to say nothing about noise: a change that is missed shows in the table.

use super::history::median;
use crate::event::Millis;

/// Values of one piece of a history, at least.
const PIECE: usize = 8;
/// Pieces of a history, at most.
const PIECES: usize = 40;
/// Pieces before a change, at least.
const BEFORE: usize = 8;
/// Pieces after a change, at least.
const AFTER: usize = 2;
/// Values after a change, at least.
const VALUES: usize = 20;
/// A change by less than this factor does not matter.
const FACTOR: f64 = 1.5;
/// A change by less than this does not matter either, in milliseconds.
const LEAST_MS: f64 = 2.0;
/// Width of the band in robust standard deviations.
const BAND: f64 = 3.0;
/// Standard deviations of the rank test.
const RANKS: f64 = 5.0;
/// What the later part may have inside of the band, as one in so many pieces.
const INSIDE: usize = 4;

/// Stretches of time with counts, at least.
const STRETCHES: usize = 12;
/// Stretches after a change of a rate, at least.
const LATER: usize = 4;
/// A rate that changed by less than this factor changed within what loads do.
const RATE_FACTOR: f64 = 2.0;
/// The median rate of the later part is outside of a band of so many robust standard deviations, and
/// each of its rates outside of half of that.
const RATE_BAND: f64 = 5.0;
/// Events more or fewer than expected, at least.
const EVENTS: f64 = 30.0;

/// A change that stayed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    /// Since when, to the width of a stretch.
    pub(super) since: Millis,
    /// What was usual before: the median of lengths, or events a stretch.
    pub(super) before: f64,
    /// The band of what was usual.
    pub(super) band: (f64, f64),
    /// What it is since.
    pub(super) after: f64,
    /// Values that this rests on, before and after.
    pub(super) samples: (usize, usize),
}

impl Change {
    /// By what factor.
    pub(super) fn factor(&self) -> f64 {
        self.after / self.before.max(1e-9)
    }
}

/// Whether there are enough lengths to tell a change.
pub(super) fn is_enough(lengths: usize) -> bool {
    lengths >= PIECE * (BEFORE + AFTER)
}

/// A change of lengths, which come by time.
pub(super) fn of_lengths(lengths: &[(Millis, f64)]) -> Option<Change> {
    if !is_enough(lengths.len()) {
        return None;
    }
    let size = PIECE.max(lengths.len().div_ceil(PIECES));
    // The odd end belongs to the last piece.
    let number = lengths.len() / size;
    let piece = |at: usize| {
        let end = if at + 1 == number {
            lengths.len()
        } else {
            (at + 1) * size
        };
        &lengths[at * size..end]
    };
    // Lengths spread by factors, not by sums.
    let log = |ms: f64| (ms + 1.0).ln();
    let medians: Vec<f64> = (0..number)
        .map(|at| median(&mut logs(piece(at), log)))
        .collect();
    let split = split(&medians, BEFORE, AFTER)?;
    let first = sharpen(lengths, split * size, size, log);
    let (before, after) = lengths.split_at(first);
    if after.len() < VALUES {
        return None;
    }
    let usual = median(&mut medians[..split].to_vec());
    let spread = deviation(&medians[..split]);
    // What chance makes of the median of one piece.
    let mut rests: Vec<f64> = Vec::with_capacity(before.len());
    for (at, middle) in medians[..split].iter().enumerate() {
        let values = logs(piece(at), log);
        rests.extend(values.iter().map(|value| (value - middle).abs()));
    }
    let chance = 1.2533 * 1.4826 * median(&mut rests) / root(size);
    let width = BAND * spread.max(chance);
    let later = &medians[split..];
    let is_up = median(&mut later.to_vec()) > usual;
    let outside = |value: &&f64| match is_up {
        true => **value > usual + width,
        false => **value < usual - width,
    };
    let outliers = later.iter().filter(outside).count();
    if (later.len() - outliers) * INSIDE > later.len() {
        return None;
    }
    let plain = |values: &[(Millis, f64)]| median(&mut logs(values, |ms| ms));
    let change = Change {
        since: after.first()?.0,
        before: plain(before),
        band: (
            ((usual - width).exp() - 1.0).max(0.0),
            (usual + width).exp() - 1.0,
        ),
        after: plain(after),
        samples: (before.len(), after.len()),
    };
    let factor = change.factor();
    let matters = factor.max(1.0 / factor.max(1e-9)) >= FACTOR
        && (change.after - change.before).abs() >= LEAST_MS;
    let score = ranks(before, after);
    let agrees = if is_up { score } else { -score };
    (matters && agrees >= RANKS).then_some(change)
}

/// A change of counts in stretches of equal length, the first of which begins at `from`. `others` are
/// the counts of everything else, in the same stretches: what changes as they do is no news.
pub(super) fn of_counts(
    counts: &[u32],
    others: &[u32],
    from: Millis,
    width_ms: i64,
) -> Option<Change> {
    if counts.len() < STRETCHES || counts.len() != others.len() {
        return None;
    }
    // Square roots of counts that come by chance all have the same deviation: one half.
    let roots: Vec<f64> = counts
        .iter()
        .map(|count| f64::from(*count).sqrt())
        .collect();
    let split = split(&roots, BEFORE, LATER)?;
    let usual = median(&mut roots[..split].to_vec());
    let width = RATE_BAND * deviation(&roots[..split]).max(0.5);
    let later = &roots[split..];
    let is_up = median(&mut later.to_vec()) > usual;
    let beyond = |value: f64, width: f64| match is_up {
        true => value > usual + width,
        false => value < usual - width,
    };
    let stays = later.iter().all(|value| beyond(*value, width / 2.0));
    // Once before would mean that it happens.
    let is_new = !roots[..split].iter().any(|value| beyond(*value, width));
    if !beyond(median(&mut later.to_vec()), width) || !stays || !is_new {
        return None;
    }
    let mean = |counts: &[u32]| {
        let sum: f64 = counts.iter().copied().map(f64::from).sum();
        sum / number(counts.len()).max(1.0)
    };
    let change = Change {
        since: from.plus(width_ms.saturating_mul(i64::try_from(split).unwrap_or(0))),
        before: mean(&counts[..split]),
        band: ((usual - width).max(0.0).powi(2), (usual + width).powi(2)),
        after: mean(&counts[split..]),
        samples: (
            counts[..split].iter().map(|count| *count as usize).sum(),
            counts[split..].iter().map(|count| *count as usize).sum(),
        ),
    };
    let around = mean(&others[split..]) / mean(&others[..split]).max(1e-9);
    let own = change.factor();
    let beside = own / around.max(1e-9);
    let by = |factor: f64| {
        if is_up {
            factor
        } else {
            1.0 / factor.max(1e-9)
        }
    };
    let moved = (change.after - change.before).abs() * number(later.len());
    let matters = by(own) >= RATE_FACTOR && by(beside) >= RATE_FACTOR && moved >= EVENTS;
    matters.then_some(change)
}

fn logs(values: &[(Millis, f64)], of: impl Fn(f64) -> f64) -> Vec<f64> {
    values.iter().map(|(_, ms)| of(*ms)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "some thousand values at most")]
fn number(count: usize) -> f64 {
    count as f64
}

fn root(count: usize) -> f64 {
    number(count).sqrt()
}

/// Where two parts agree best with their own medians: the sum of distances is least.
fn split(values: &[f64], before: usize, after: usize) -> Option<usize> {
    let last = values.len().checked_sub(after)?;
    let distance = |part: &[f64]| {
        let middle = median(&mut part.to_vec());
        let distances = part.iter().map(|value| (value - middle).abs());
        distances.sum::<f64>()
    };
    let cost = |at: &usize| distance(&values[..*at]) + distance(&values[*at..]);
    (before..=last).min_by(|a, b| cost(a).total_cmp(&cost(b)))
}

/// The very value at which the later part begins, near the piece with which it does.
fn sharpen(lengths: &[(Millis, f64)], near: usize, size: usize, log: impl Fn(f64) -> f64) -> usize {
    let (before, after) = lengths.split_at(near);
    let low = median(&mut logs(before, &log));
    let high = median(&mut logs(after, &log));
    let from = near.saturating_sub(size);
    let until = (near + size).min(lengths.len());
    // Each value costs its distance from the median of the part that it is counted to.
    let (mut cost, mut best) = (0.0, (0.0, from));
    for (at, (_, ms)) in lengths.iter().enumerate().take(until).skip(from) {
        cost += (log(*ms) - low).abs() - (log(*ms) - high).abs();
        if cost < best.0 {
            best = (cost, at + 1);
        }
    }
    best.1
}

/// The standard deviation as outliers do not change it: from the median absolute deviation.
fn deviation(values: &[f64]) -> f64 {
    let middle = median(&mut values.to_vec());
    let mut distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    1.4826 * median(&mut distances)
}

/// The rank test of Mann and Whitney: by how many standard deviations the later values are greater.
fn ranks(before: &[(Millis, f64)], after: &[(Millis, f64)]) -> f64 {
    let side = |values: &[(Millis, f64)], is_after: bool| {
        let values = values.iter();
        let sides: Vec<_> = values.map(|(_, ms)| (*ms, is_after)).collect();
        sides
    };
    let mut all = side(before, false);
    all.extend(side(after, true));
    all.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    let (mut sum, mut ties, mut place) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|(a, _), (b, _)| a.total_cmp(b).is_eq()) {
        let size = number(equal.len());
        let later = number(equal.iter().filter(|(_, is_after)| *is_after).count());
        sum += later * (place + (size + 1.0) / 2.0);
        ties += size * (size * size - 1.0);
        place += size;
    }
    let (m, n) = (number(before.len()), number(after.len()));
    let all = m + n;
    let least = n * (n + 1.0) / 2.0;
    let variance = m * n / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)).max(1.0));
    if variance <= 0.0 {
        return 0.0;
    }
    (sum - least - m * n / 2.0) / variance.sqrt()
}

#[cfg(test)]
mod tests;
