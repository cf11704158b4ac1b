use super::*;

/// SplitMix64, and lengths that spread by factors.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).expect("half")) / f64::from(u32::MAX)
    }

    fn length(&mut self, median: f64, spread: f64) -> f64 {
        let normal: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        median * (normal * spread).exp()
    }

    /// How many happen in a stretch in which `mean` are usual.
    fn count(&mut self, mean: f64) -> u32 {
        let parts = 1_000;
        let share = mean / f64::from(parts);
        let hits = (0..parts).filter(|_| self.unit() < share).count();
        u32::try_from(hits).expect("a count")
    }
}

fn at(number: usize) -> Millis {
    Millis::clamped(i64::try_from(number).expect("a number") * 10_000)
}

/// So many lengths, by this factor longer from one on.
fn lengths(seed: u64, count: usize, from: usize, factor: f64, spread: f64) -> Vec<(Millis, f64)> {
    let mut random = Random(seed);
    (0..count)
        .map(|n| {
            let ms = random.length(800.0, spread);
            (at(n), if n >= from { ms * factor } else { ms })
        })
        .collect()
}

#[test]
fn three_times_as_long_is_seen() {
    for seed in 0..200 {
        for (count, from, spread) in [(400, 340, 0.4), (2_000, 1_700, 0.8), (120, 90, 0.2)] {
            let lengths = lengths(seed, count, from, 3.0, spread);
            let change = of_lengths(&lengths);
            let Some(change) = change else {
                panic!("{seed} {count} {from} {spread}");
            };
            assert!(change.factor() > 2.0 && change.factor() < 4.5, "{change:?}");
            let off = change.since.since(at(from)).abs() / 10_000;
            assert!(off * 12 < i64::try_from(count).expect("a count"), "{off}");
        }
        let faster = of_lengths(&lengths(seed, 400, 300, 1.0 / 3.0, 0.4)).expect("a change");
        assert!(faster.factor() < 0.5);
    }
}

#[test]
fn noise_is_no_change() {
    for seed in 0..1_000 {
        for (count, spread) in [(60, 0.3), (100, 0.8), (400, 0.5), (3_000, 1.2)] {
            let lengths = lengths(seed, count, count, 1.0, spread);
            assert_eq!(of_lengths(&lengths), None, "{seed} {count} {spread}");
        }
    }
}

#[test]
fn mixtures_are_no_change() {
    for seed in 0..1_000 {
        let mut random = Random(seed);
        let mixed: Vec<_> = (0..600)
            .map(|n| {
                let long = random.unit() < 0.5;
                (
                    at(n),
                    random.length(if long { 26_000.0 } else { 2_400.0 }, 0.1),
                )
            })
            .collect();
        assert_eq!(of_lengths(&mixed), None, "{seed}");
    }
}

#[test]
fn too_little_says_nothing() {
    assert_eq!(of_lengths(&[]), None);
    assert_eq!(of_lengths(&lengths(1, 70, 50, 10.0, 0.1)), None);
    // Some microseconds more are no news.
    let tiny: Vec<_> = (0..400)
        .map(|n| (at(n), if n < 300 { 0.1 } else { 0.4 }))
        .collect();
    assert_eq!(of_lengths(&tiny), None);
}

#[test]
fn a_rate_that_changes_is_seen_and_noise_is_not() {
    let minute = 60_000;
    for seed in 0..500 {
        let mut random = Random(seed);
        let others: Vec<u32> = (0..40).map(|_| random.count(200.0)).collect();
        for mean in [0.5, 3.0, 20.0, 100.0] {
            let steady: Vec<u32> = (0..40).map(|_| random.count(mean)).collect();
            let found = of_counts(&steady, &others, at(0), minute);
            assert_eq!(found, None, "{seed} {mean}");
        }
        let more = (0..40).map(|n| random.count(if n < 34 { 5.0 } else { 60.0 }));
        let more: Vec<u32> = more.collect();
        let change = of_counts(&more, &others, at(0), minute).expect("a change");
        assert!(change.factor() > 4.0 && change.since == Millis::clamped(34 * minute));
        // Where everything is done more often, no type is news.
        let busy: Vec<u32> = others.iter().map(|count| count / 5).collect();
        let doubled = |counts: &[u32]| -> Vec<u32> {
            let counts = counts.iter().enumerate();
            let times = |(n, count): (usize, &u32)| if n < 30 { *count } else { count * 8 };
            counts.map(times).collect()
        };
        let found = of_counts(&doubled(&busy), &doubled(&others), at(0), minute);
        assert_eq!(found, None, "{seed}");
    }
    let silent = |n: u32| if n < 34 { 40 } else { 0 };
    let silent: Vec<u32> = (0..40).map(silent).collect();
    let change = of_counts(&silent, &[500; 40], at(0), minute).expect("a change");
    assert!(change.after == 0.0 && change.factor() == 0.0);
}
