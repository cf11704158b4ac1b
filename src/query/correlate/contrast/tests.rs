use super::*;

/// A small stream of numbers that looks like chance.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below
    }
}

const NAMES: [&str; 24] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
    "t", "u", "v", "w", "x",
];

/// So many jobs on five machines of two workers each; those of machine `bad` fail more often.
fn system(seed: u64, jobs: u64, bad: Option<u64>) -> Findings {
    let mut dice = Dice(seed);
    let mut contrast = Contrast::default();
    let name = |number: u64| NAMES[usize::try_from(number).expect("a number")];
    for _ in 0..jobs {
        let (machine, half) = (dice.roll(5), dice.roll(2));
        let percent = if bad == Some(machine) { 45 } else { 6 };
        let failed = dice.roll(100) < percent;
        contrast.push(
            failed,
            vec![
                (Field::Machine, name(machine)),
                (Field::Worker, name(machine * 2 + half)),
                (Field::Data("version"), name(machine / 2)),
                (Field::JobType, name(dice.roll(3))),
                (Field::User, name(dice.roll(24))),
                (Field::Data("queue"), "default"),
                (Field::Data("priority"), name(dice.roll(4))),
            ],
        );
    }
    contrast.findings()
}

#[test]
fn a_bad_machine_is_named_first_and_alone() {
    for seed in 0..20 {
        let found = system(seed, 2_000, Some(seed % 5));
        let top: Vec<_> = found.findings.iter().map(|one| &*one.field).collect();
        assert_eq!(top, ["machine"], "{seed}: {found:#?}");
        let machine = &found.findings[0];
        assert_eq!(
            machine.value,
            NAMES[usize::try_from(seed % 5).expect("one")]
        );
        assert!(machine.with_it.iter().any(|one| one.field == "worker"));
        assert!(machine.lift > 2.0 && machine.chance < 1e-6);
    }
}

#[test]
fn where_nothing_is_wrong_nothing_is_claimed() {
    for seed in 0..200 {
        let found = system(1_000 + seed, 1_000, None);
        assert!(found.enough && found.tested > 30, "{found:?}");
        assert_eq!(found.findings.len(), 0, "{seed}: {found:#?}");
    }
}

#[test]
fn two_causes_are_two() {
    let mut dice = Dice(7);
    let mut contrast = Contrast::default();
    for _ in 0..3_000 {
        let (machine, model) = (dice.roll(6), dice.roll(5));
        let percent = 4 + 40 * u64::from(machine == 2) + 40 * u64::from(model == 4);
        contrast.push(
            dice.roll(100) < percent,
            vec![
                (
                    Field::Machine,
                    ["m0", "m1", "m2", "m3", "m4", "m5"][usize::try_from(machine).expect("one")],
                ),
                (
                    Field::Data("model"),
                    NAMES[usize::try_from(model).expect("one")],
                ),
            ],
        );
    }
    let found = contrast.findings();
    let mut top: Vec<_> = found
        .findings
        .iter()
        .map(|one| (&*one.field, &*one.value))
        .collect();
    top.sort_unstable();
    assert_eq!(top, [("data.model", "e"), ("machine", "m2")]);
}

#[test]
fn few_jobs_say_nothing() {
    let mut contrast = Contrast::default();
    for number in 0..50 {
        contrast.push(
            number < 4,
            vec![(Field::Machine, if number < 4 { "a" } else { "b" })],
        );
    }
    let found = contrast.findings();
    assert!(!found.enough && found.findings.is_empty());
    assert_eq!((found.group, found.rest), (4, 46));
}
