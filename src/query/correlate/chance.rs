//! How likely chance alone does this: Fisher's exact test, and what remains of it when many values are
//! tested at once.
//!
//! This room knows counts only. Fisher, R. A. (1922), <https://doi.org/10.2307/2340521>; Benjamini, Y.
//! and Hochberg, Y. (1995), <https://doi.org/10.1111/j.2517-6161.1995.tb02031.x>.

/// Counts of two groups, with and without something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Four {
    /// In the group, with it.
    pub(crate) group_with: u64,
    /// In the group, without it.
    pub(crate) group_without: u64,
    /// In the rest, with it.
    pub(crate) rest_with: u64,
    /// In the rest, without it.
    pub(crate) rest_without: u64,
}

impl Four {
    /// How likely it is that at least so many of the group have it if group and having it have nothing
    /// to do with each other: Fisher's exact test, one-sided.
    pub(crate) fn chance(self) -> f64 {
        self.ln_chance().exp().min(1.0)
    }

    /// The natural logarithm of [`Self::chance`], which does not vanish where that is tiny.
    pub(crate) fn ln_chance(self) -> f64 {
        let (have, group) = (self.have(), self.group());
        let all = have + self.rest_without + self.group_without;
        let least = (have + group).saturating_sub(all);
        if self.group_with <= least {
            return 0.0;
        }
        let expected = float(have) * float(group) / float(all).max(1.0);
        if float(self.group_with) > expected {
            let most = have.min(group);
            let first = ln_probability(self.group_with, have, group, all);
            let (mut term, mut sum) = (1.0, 1.0);
            for with in self.group_with..most {
                term *= float(have - with) * float(group - with)
                    / (float(with + 1) * float(all + with + 1 - have - group));
                sum += term;
                if term < sum * 1e-17 {
                    break;
                }
            }
            return (first + sum.ln()).min(0.0);
        }
        // Most of it lies above: what lies below is summed up, and the rest is the answer.
        let last = self.group_with - 1;
        let first = ln_probability(last, have, group, all);
        let (mut term, mut sum) = (1.0, 1.0);
        for with in (least + 1..=last).rev() {
            term *= float(with) * float(all + with - have - group)
                / (float(have + 1 - with) * float(group + 1 - with));
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        let below = (first + sum.ln()).exp().min(1.0);
        (1.0 - below).max(f64::MIN_POSITIVE).ln()
    }

    /// How much more often the group occurs where it is than everywhere: 1 is as often.
    pub(crate) fn lift(self) -> f64 {
        let all = self.group() + self.rest_with + self.rest_without;
        let expected = float(self.have()) * float(self.group());
        if expected == 0.0 {
            return 0.0;
        }
        float(self.group_with) * float(all) / expected
    }

    /// All with it.
    pub(crate) fn have(self) -> u64 {
        self.group_with + self.rest_with
    }

    /// The whole group.
    pub(crate) fn group(self) -> u64 {
        self.group_with + self.group_without
    }
}

/// The hypergeometric probability that `with` of a group have what `have` of `all` have.
fn ln_probability(with: u64, have: u64, group: u64, all: u64) -> f64 {
    ln_choose(have, with) + ln_choose(all - have, group - with) - ln_choose(all, group)
}

fn ln_choose(all: u64, some: u64) -> f64 {
    ln_factorial(all) - ln_factorial(some) - ln_factorial(all.saturating_sub(some))
}

/// The logarithm of n!, which is that of Γ(n + 1): Stirling's series beyond the first numbers.
fn ln_factorial(n: u64) -> f64 {
    if n < 32 {
        return (2..=n).map(|factor| float(factor).ln()).sum();
    }
    let n = float(n);
    let correction = 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3)) + 1.0 / (1260.0 * n.powi(5));
    n * n.ln() - n + 0.5 * (std::f64::consts::TAU * n).ln() + correction
}

#[expect(clippy::cast_precision_loss, reason = "counts of jobs")]
fn float(count: u64) -> f64 {
    count as f64
}

/// Chances of several tests, put right for how many tests there were (`tests`, at least as many): of
/// those that are taken for real because they are no greater than a limit, no more than that share is
/// chance. Where nothing is real, that is the chance of any claim at all. Benjamini and Hochberg.
pub(crate) fn put_right(chances: &[f64], tests: usize) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*b].total_cmp(&chances[*a]));
    let mut right = vec![1.0; chances.len()];
    let mut least: f64 = 1.0;
    for (before, at) in order.into_iter().enumerate() {
        let rank = chances.len() - before;
        #[expect(clippy::cast_precision_loss, reason = "counts of tests")]
        let factor = tests.max(chances.len()) as f64 / rank as f64;
        least = least.min(chances[at] * factor);
        right[at] = least;
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four(group_with: u64, group_without: u64, rest_with: u64, rest_without: u64) -> Four {
        Four {
            group_with,
            group_without,
            rest_with,
            rest_without,
        }
    }

    /// The same with whole numbers, as the definition says it.
    fn plain(four: Four) -> f64 {
        fn choose(all: u64, some: u64) -> f64 {
            (0..some).fold(1.0, |product, at| {
                product * float(all - at) / float(some - at)
            })
        }
        let (have, group) = (four.have(), four.group());
        let all = have + four.group_without + four.rest_without;
        let lacks = all - have;
        (four.group_with..=have.min(group))
            .filter(|with| group - with <= lacks)
            .map(|with| choose(have, with) * choose(lacks, group - with) / choose(all, group))
            .sum()
    }

    #[test]
    fn tea_is_tasted() {
        // Fisher's own lady, and fractions that whole numbers give exactly.
        for (counts, chance) in [
            (four(4, 0, 0, 4), 1.0 / 70.0),
            (four(3, 1, 1, 3), 17.0 / 70.0),
            (four(10, 2, 3, 15), 619.0 / 1_330_665.0),
            (four(0, 5, 0, 5), 1.0),
            (four(0, 0, 0, 0), 1.0),
        ] {
            let found = counts.chance();
            assert!((found - chance).abs() < 1e-12, "{counts:?}: {found}");
        }
    }

    #[test]
    fn every_small_table_agrees_with_the_definition() {
        for number in 0..7_u64.pow(4) {
            let digit = |place: u32| number / 7_u64.pow(place) % 7;
            let counts = four(digit(0), digit(1), digit(2), digit(3));
            let (found, right) = (counts.chance(), plain(counts));
            assert!((found - right).abs() < 1e-10, "{counts:?}: {found} {right}");
        }
    }

    #[test]
    fn many_and_rare_do_not_vanish() {
        let ln = four(5_000, 5_000, 100, 989_900).ln_chance();
        assert!(ln.is_finite() && ln < -10_000.0, "{ln}");
        let usual = four(100, 9_900, 10_000, 980_000).chance();
        assert!((0.4..0.7).contains(&usual), "{usual}");
        let below = four(1, 9_999, 10_000, 980_000).chance();
        assert!(below > 0.999, "{below}");
    }

    #[test]
    fn many_tests_make_each_say_less() {
        let right = put_right(&[0.01, 0.04, 0.03, 0.005], 4);
        for (found, expected) in right.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{right:?}");
        }
        assert!((put_right(&[0.001], 100)[0] - 0.1).abs() < 1e-12);
        assert_eq!(put_right(&[], 5), Vec::<f64>::new());
    }
}
