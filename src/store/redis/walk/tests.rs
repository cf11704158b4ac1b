//! Every entry comes once and in order, whatever the clock of a stream did.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::store::redis::index::Found;

fn id((ms, seq): (u64, u64)) -> EntryId {
    EntryId { ms, seq }
}

/// What a server with these streams answers on a walk, and how many entries came in vain.
fn answers(
    streams: &[BTreeSet<EntryId>],
    cursors: Vec<Cursor>,
    newest_first: bool,
) -> (Vec<Vec<EntryId>>, usize) {
    let reply = |index: usize, page: &Page| -> Vec<EntryId> {
        let held = &streams[index];
        let mut found: Vec<EntryId> = match &page.part {
            Part::Kept(_) => Vec::new(),
            Part::Range(from, to) => held.range(*from..=*to).copied().collect(),
            Part::Ids(ids) => ids.iter().copied().filter(|id| held.contains(id)).collect(),
        };
        if newest_first {
            found.reverse();
        }
        if matches!(page.part, Part::Range(..)) {
            found.truncate(page.most);
        }
        found
    };
    let mut walk = Walk::new(cursors, newest_first);
    let mut read = vec![Vec::new(); streams.len()];
    let mut in_vain = 0;
    loop {
        while walk.plan() {}
        let Some((index, page)) = walk.asked.front() else {
            break;
        };
        let (index, found) = (*index, reply(*index, page));
        let least = walk.next().expect("more to come");
        let times = found.iter().map(|id| id.time());
        assert!(times.clone().all(|time| match newest_first {
            true => time <= least,
            false => time >= least,
        }));
        let later: usize = walk
            .asked
            .iter()
            .skip(1)
            .map(|(i, page)| reply(*i, page).len())
            .sum();
        let arrived = walk.arrived(found.last().copied(), found.len(), found.len() * 400);
        assert!(arrived.is_ok());
        if walk.in_vain() > 0 {
            in_vain += later;
        }
        read[index].extend(found);
    }
    (read, in_vain)
}

fn all(streams: &[BTreeSet<EntryId>]) -> Vec<Cursor> {
    let cursor = |held: &BTreeSet<EntryId>| {
        let (Some(from), Some(to)) = (held.first(), held.last()) else {
            return Cursor::new(&"s".into(), []);
        };
        let stream: Arc<str> = "s".into();
        Bounds {
            stream,
            from: *from,
            to: *to,
            count: None,
        }
        .all()
    };
    streams.iter().map(cursor).collect()
}

fn expected(streams: &[BTreeSet<EntryId>], newest_first: bool) -> Vec<Vec<EntryId>> {
    let entries = |held: &BTreeSet<EntryId>| -> Vec<EntryId> {
        match newest_first {
            true => held.iter().rev().copied().collect(),
            false => held.iter().copied().collect(),
        }
    };
    streams.iter().map(entries).collect()
}

/// Entries of a stream whose rate changes: so many, so far apart, so often.
fn stream() -> impl Strategy<Value = BTreeSet<EntryId>> {
    let gap = prop_oneof![Just(0_u64), 1..5_u64, 100..200_u64, Just(100_000_000)];
    let stretches = prop::collection::vec((gap, 1..2_000_usize), 0..6);
    stretches.prop_map(|stretches| {
        let (mut ms, mut seq) = (1_000_000, 0);
        let mut held = BTreeSet::new();
        for (gap, count) in stretches {
            for _ in 0..count {
                (ms, seq) = (ms + gap, seq + 1);
                held.insert(id((ms, seq)));
            }
        }
        held
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_entry_comes_once_and_in_order(
        streams in prop::collection::vec(stream(), 1..4),
        newest_first: bool,
    ) {
        let (read, _) = answers(&streams, all(&streams), newest_first);
        prop_assert_eq!(read, expected(&streams, newest_first));
    }

    #[test]
    fn what_an_index_found_comes_with_all_that_it_does_not_know(
        held in stream(),
        newest_first: bool,
        share in 1..20_usize,
    ) {
        let middle = held.iter().nth(held.len() / 3).copied().unwrap_or_default();
        let after = held.iter().nth(held.len() / 2).copied().unwrap_or_default();
        let ids = held.iter().filter(|id| (middle..=after).contains(id) && **id != middle);
        let ids: Vec<_> = ids.step_by(share).copied().collect();
        let found = Found { until: middle, ids: ids.clone(), after, knows: true };
        let (Some(from), Some(to)) = (held.first(), held.last()) else { return Ok(()); };
        let bounds = Bounds { stream: "s".into(), from: *from, to: *to, count: None };
        let wanted: BTreeSet<EntryId> = held
            .iter()
            .copied()
            .filter(|id| *id <= middle || *id > after || ids.contains(id))
            .collect();
        let (read, _) = answers(&[held], vec![bounds.only(found)], newest_first);
        prop_assert_eq!(read, expected(&[wanted], newest_first));
    }
}

#[test]
fn little_comes_in_vain_where_the_rate_is_steady() {
    let streams = [(0..100_000).map(|n| id((1_000 + n * 7, 0))).collect()];
    for newest_first in [false, true] {
        let (read, in_vain) = answers(&streams, all(&streams), newest_first);
        assert_eq!(read[0].len(), 100_000);
        assert_eq!(in_vain, 0);
    }
}

#[test]
fn what_cannot_be_an_answer_is_none() {
    let bounds = Bounds {
        stream: "s".into(),
        from: id((5, 0)),
        to: id((9, 0)),
        count: None,
    };
    for (last, count) in [((10, 0), 1), ((4, 9), 1), ((6, 0), 1_000)] {
        let mut walk = Walk::new(vec![bounds.all()], false);
        assert!(walk.plan());
        assert!(walk.arrived(Some(id(last)), count, 1_000).is_err());
    }
}
