//! What sets some jobs apart from others: values that occur among them far more often than chance
//! would have it.
//!
//! Each value (of worker, machine, job type, user, service or a field of data) is tested by Fisher's
//! exact test, one-sided, and the chances are put right for the number of values tested (Benjamini and
//! Hochberg at [`CERTAIN`]). A value that only rides on another is listed under it: where it is gone
//! without the other, and the other is no worse with it. Nothing is claimed of causes: a value that
//! stands out is where to look.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::chance::{Four, put_right};

/// Expected share of false claims that is accepted. Where nothing is wrong it is the chance of any
/// claim at all.
pub(crate) const CERTAIN: f64 = 0.001;

/// Fewer jobs than this on either side are not compared.
pub(crate) const ENOUGH: u64 = 5;

/// A value that fewer jobs have is not tested, whoever has it.
const TESTED: u64 = 5;

/// A value that fewer jobs of the group have is not claimed.
const CLAIMED: u64 = 4;

/// A value at which the group is hardly more frequent explains little, however certain it is.
const LIFT: f64 = 1.3;

/// Findings that are looked at for what rides on what.
const MOST: usize = 100;

/// Chance below which a value still counts beside another one, shared out among all that are asked.
const BESIDE: f64 = 0.01;

/// The values of one job.
pub(crate) type Values<'a> = Vec<(Field<'a>, &'a str)>;

/// Where a value stands. The order is that in which equals are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Field<'a> {
    Machine,
    Worker,
    JobType,
    Service,
    User,
    Data(&'a str),
}

impl Field<'_> {
    /// What a query calls it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Machine => "machine".to_owned(),
            Self::Worker => "worker".to_owned(),
            Self::JobType => "jobType".to_owned(),
            Self::Service => "service".to_owned(),
            Self::User => "user".to_owned(),
            Self::Data(path) => format!("data.{path}"),
        }
    }
}

/// One value that stands out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The field.
    pub field: String,
    /// Its value.
    pub value: String,
    /// Jobs of the group that have it, of
    pub group: u64,
    /// all jobs that have it.
    pub of: u64,
    /// Jobs of the group that have another value or none, of
    pub group_elsewhere: u64,
    /// all those.
    pub of_elsewhere: u64,
    /// How much more often the group occurs with it than among all jobs.
    pub lift: f64,
    /// How likely chance alone does this, put right for the number of values tested.
    pub chance: f64,
    /// Values that stand out only because they come with this one.
    pub with_it: Vec<Finding>,
}

/// What a comparison comes to.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// Jobs of the group.
    #[serde(rename = "jobs")]
    pub group: u64,
    /// The jobs they were compared with.
    pub rest: u64,
    /// Values that were tested.
    pub tested: usize,
    /// Whether both sides have jobs enough for any claim.
    pub enough: bool,
    /// What stands out, greatest lift first.
    pub findings: Vec<Finding>,
}

/// Compares jobs of a group with the rest.
#[derive(Debug, Default)]
pub(crate) struct Contrast<'a> {
    jobs: Vec<(bool, Vec<u32>)>,
    known: HashMap<(Field<'a>, &'a str), u32>,
    values: Vec<(Field<'a>, &'a str)>,
    counts: Vec<(u64, u64)>,
}

/// A value that is not likely chance.
struct Suspect {
    value: u32,
    four: Four,
    ln_chance: f64,
    chance: f64,
}

impl<'a> Contrast<'a> {
    /// Takes a job in.
    pub(crate) fn push(&mut self, is_group: bool, values: Values<'a>) {
        let mut own = Vec::with_capacity(values.len());
        for value in values {
            let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
            let at = *self.known.entry(value).or_insert(next);
            if at == next {
                self.values.push(value);
                self.counts.push((0, 0));
            }
            if own.contains(&at) {
                continue;
            }
            own.push(at);
            if let Some((group, rest)) = self.counts.get_mut(at as usize) {
                *(if is_group { group } else { rest }) += 1;
            }
        }
        self.jobs.push((is_group, own));
    }

    /// What stands out.
    pub(crate) fn findings(&self) -> Findings {
        let group = self.count(|is_group| is_group);
        let rest = self.count(|is_group| !is_group);
        let enough = group >= ENOUGH && rest >= ENOUGH;
        let mut findings = Findings {
            group,
            rest,
            enough,
            ..Findings::default()
        };
        if enough {
            let (tested, suspects) = self.suspects(group, rest);
            findings.tested = tested;
            findings.findings = self.fold(suspects);
        }
        findings
    }

    fn count(&self, which: impl Fn(bool) -> bool) -> u64 {
        self.jobs.iter().filter(|(group, _)| which(*group)).count() as u64
    }

    /// The values that are not likely chance, surest first, and how many were tested.
    fn suspects(&self, group: u64, rest: u64) -> (usize, Vec<Suspect>) {
        // What is tested depends on how often a value occurs, never on where: or chance would choose.
        let tested: Vec<(u32, Four)> = (0..)
            .zip(&self.counts)
            .filter(|(_, (with, other))| with + other >= TESTED && with + other < group + rest)
            .map(|(value, (with, other))| {
                let four = Four {
                    group_with: *with,
                    group_without: group - with,
                    rest_with: *other,
                    rest_without: rest - other,
                };
                (value, four)
            })
            .collect();
        let ln: Vec<f64> = tested.iter().map(|(_, four)| four.ln_chance()).collect();
        let plain: Vec<f64> = ln.iter().map(|ln| ln.exp()).collect();
        let right = put_right(&plain, tested.len());
        let mut suspects: Vec<Suspect> = tested
            .iter()
            .zip(ln.iter().zip(right))
            .map(|((value, four), (ln, chance))| Suspect {
                value: *value,
                four: *four,
                ln_chance: *ln,
                chance,
            })
            .filter(|one| {
                one.chance <= CERTAIN && one.four.group_with >= CLAIMED && one.four.lift() >= LIFT
            })
            .collect();
        let named = |one: &Suspect| self.values.get(one.value as usize).copied();
        suspects.sort_by(|a, b| {
            let surest = a.ln_chance.total_cmp(&b.ln_chance);
            surest.then_with(|| named(a).cmp(&named(b)))
        });
        suspects.truncate(MOST);
        (tested.len(), suspects)
    }

    /// Puts values that only ride on others under those.
    fn fold(&self, suspects: Vec<Suspect>) -> Vec<Finding> {
        let limit = (BESIDE / float(suspects.len().max(1))).ln();
        let mut taken: Vec<(u32, Finding)> = Vec::new();
        for suspect in suspects {
            let own: HashSet<u32> = taken.iter().map(|(value, _)| *value).collect();
            // Where none of what was found before is, does this still stand out?
            let apart = self.four(suspect.value, |values| {
                !values.iter().any(|value| own.contains(value))
            });
            let carrier = taken.iter().position(|(other, _)| {
                let within = self.four(suspect.value, |values| values.contains(other));
                let shared = within.have() * 2 > suspect.four.have();
                shared && within.ln_chance() > limit
            });
            let finding = self.finding(&suspect);
            match carrier {
                Some(at) if apart.ln_chance() > limit => taken[at].1.with_it.push(finding),
                _ if taken.is_empty() || apart.ln_chance() <= limit => {
                    taken.push((suspect.value, finding));
                }
                // Neither alone nor clearly on another: several together carry it.
                None => {
                    let best = taken
                        .iter_mut()
                        .max_by_key(|(other, _)| self.shared(suspect.value, *other));
                    if let Some((_, best)) = best {
                        best.with_it.push(finding);
                    }
                }
                Some(_) => taken.push((suspect.value, finding)),
            }
        }
        let mut findings: Vec<Finding> = taken.into_iter().map(|(_, finding)| finding).collect();
        findings.sort_by(|a, b| b.lift.total_cmp(&a.lift));
        findings
    }

    /// The counts of a value among some of the jobs.
    fn four(&self, value: u32, among: impl Fn(&[u32]) -> bool) -> Four {
        let mut four = Four::default();
        for (is_group, values) in &self.jobs {
            if !among(values) {
                continue;
            }
            let cell = match (is_group, values.contains(&value)) {
                (true, true) => &mut four.group_with,
                (true, false) => &mut four.group_without,
                (false, true) => &mut four.rest_with,
                (false, false) => &mut four.rest_without,
            };
            *cell += 1;
        }
        four
    }

    fn shared(&self, one: u32, other: u32) -> usize {
        let both = |values: &Vec<u32>| values.contains(&one) && values.contains(&other);
        self.jobs.iter().filter(|(_, values)| both(values)).count()
    }

    fn finding(&self, suspect: &Suspect) -> Finding {
        let four = suspect.four;
        let (field, value) = self.values[suspect.value as usize];
        Finding {
            field: field.name(),
            value: value.to_owned(),
            group: four.group_with,
            of: four.have(),
            group_elsewhere: four.group_without,
            of_elsewhere: four.group_without + four.rest_without,
            lift: four.lift(),
            chance: suspect.chance,
            with_it: Vec::new(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of values")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
