//! How often each value of something came, in bounded memory.

use std::collections::HashMap;

use serde::Serialize;

/// Values that are told apart; what is beyond counts as others.
const MOST: usize = 1_000;

/// Counts by value.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    counts: HashMap<String, u64>,
    others: u64,
    missing: u64,
}

/// One value and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// The value.
    pub value: String,
    /// How many failures have it.
    pub count: u64,
}

/// All values of one thing, the most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shares {
    /// What it is: `service`, `machine`, `version`.
    pub of: String,
    /// The values.
    pub values: Vec<Share>,
    /// How many failures have a value beyond those.
    pub others: u64,
    /// How many failures have none.
    pub missing: u64,
}

impl Tally {
    pub(super) fn push(&mut self, value: Option<&str>) {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            self.missing += 1;
            return;
        };
        if let Some(count) = self.counts.get_mut(value) {
            *count += 1;
        } else if self.counts.len() < MOST {
            self.counts.insert(value.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    /// The `most` most frequent ones.
    pub(super) fn shares(&self, of: &str, most: usize) -> Shares {
        let counts = self.counts.iter();
        let mut values: Vec<Share> = counts
            .map(|(value, count)| Share {
                value: value.clone(),
                count: *count,
            })
            .collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        let rest: u64 = values.iter().skip(most).map(|share| share.count).sum();
        values.truncate(most);
        Shares {
            of: of.to_owned(),
            values,
            others: self.others + rest,
            missing: self.missing,
        }
    }
}

impl Shares {
    /// How many failures there are.
    pub fn total(&self) -> u64 {
        let told: u64 = self.values.iter().map(|share| share.count).sum();
        told + self.others + self.missing
    }

    /// Whether there is anything to tell.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_somewhere() {
        let mut tally = Tally::default();
        for number in 0..5_000 {
            tally.push(Some(&format!("v{number}")));
            tally.push(Some("often"));
        }
        tally.push(None);
        tally.push(Some(""));
        let shares = tally.shares("machine", 3);
        assert_eq!((shares.total(), shares.missing), (10_002, 2));
        assert_eq!(shares.values.len(), 3);
        assert_eq!(
            shares.values[0],
            Share {
                value: "often".to_owned(),
                count: 5_000
            }
        );
    }
}
