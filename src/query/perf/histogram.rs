//! How many lengths lie in which stretch: bounds go 1, 2, 5, 10, and so on.

use serde::Serialize;

use crate::query::numbers::Summary;

/// Bins at most.
const MOST: usize = 24;

/// Lengths up to a bound, beyond that of the bin before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bin {
    /// The bound, in milliseconds; the last bin has none.
    pub up_to: Option<f64>,
    /// How many.
    pub count: u64,
}

/// The bins from the least value to the greatest; none where there is no value.
pub(super) fn bins(took: &Summary) -> Vec<Bin> {
    let Some(figures) = took.figures() else {
        return Vec::new();
    };
    let mut bounds = Vec::new();
    let mut decade = 0.001;
    'all: while decade < 1e13 {
        for step in [1.0, 2.0, 5.0] {
            let bound: f64 = decade * step;
            // 0.1 + 0.2 and the like must not show.
            let bound = (bound * 1e6).round() / 1e6;
            if bound >= figures.min {
                bounds.push(bound);
            }
            if bound >= figures.max || bounds.len() >= MOST {
                break 'all;
            }
        }
        decade *= 10.0;
    }
    let counts = took.buckets(&bounds);
    let uppers = bounds.into_iter().map(Some).chain([None]);
    let mut bins: Vec<Bin> = uppers
        .zip(counts)
        .map(|(up_to, count)| Bin { up_to, count })
        .collect();
    if bins.last().is_some_and(|bin| bin.count == 0) {
        bins.pop();
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_every_length() {
        let mut took = Summary::default();
        assert!(bins(&took).is_empty());
        for ms in [0.0, 0.4, 3.0, 4.0, 70.0, 100.0] {
            took.push(ms);
        }
        let bins = bins(&took);
        assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), 6);
        let filled = bins.iter().filter(|bin| bin.count > 0);
        let filled: Vec<_> = filled.map(|bin| (bin.up_to, bin.count)).collect();
        assert_eq!(
            filled,
            [
                (Some(0.001), 1),
                (Some(0.5), 1),
                (Some(5.0), 2),
                (Some(100.0), 2)
            ]
        );
    }

    #[test]
    fn lengths_without_end_have_a_last_bin() {
        let mut took = Summary::default();
        took.push(0.0);
        took.push(1e300);
        let bins = bins(&took);
        assert!(bins.len() <= MOST + 1);
        assert_eq!(
            bins.last().map(|bin| (bin.up_to, bin.count)),
            Some((None, 1))
        );
    }
}
