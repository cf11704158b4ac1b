use proptest::prelude::*;

use super::*;

fn milestone() -> impl Strategy<Value = Milestone<'static>> {
    let word = prop_oneof![
        prop::sample::select(&KNOWN[..]).prop_map(str::to_owned),
        ".{0,12}",
    ];
    let number = prop::option::of(prop_oneof![0..300_u64, any::<u64>()]);
    let text = prop::option::of(word.clone().prop_map(Cow::Owned));
    (
        (any::<u16>(), any::<u64>(), any::<u64>(), any::<i64>()),
        (word.clone(), word, prop::sample::select(&Level::ALL[..])),
        any::<(Option<[u8; 8]>, Option<[u8; 8]>, Option<[u8; 16]>)>(),
        prop::array::uniform3(number),
        prop::array::uniform9(text),
    )
        .prop_map(|(place, words, ids, numbers, texts)| Milestone {
            stream: place.0,
            entry: EntryId {
                ms: place.1,
                seq: place.2,
            },
            at: Millis::clamped(place.3),
            event_type: words.0.into(),
            service: words.1.into(),
            level: words.2,
            span: ids.0,
            parent: ids.1,
            trace: ids.2,
            numbers,
            texts,
        })
}

proptest! {
    #[test]
    fn what_is_packed_reads_back(milestones in prop::collection::vec(milestone(), 0..8)) {
        let mut bytes = Vec::new();
        for milestone in &milestones {
            pack(milestone, &mut bytes);
        }
        let log = Log::new(bytes);
        prop_assert_eq!(&log.read().milestones, &milestones);
        let mut skimmed = Vec::new();
        let marks = log.skim(|at, event_type| skimmed.push((at, event_type.to_owned())));
        let heads = milestones.iter().map(|one| (one.at, one.event_type.clone().into_owned()));
        prop_assert_eq!(skimmed, heads.collect::<Vec<_>>());
        prop_assert_eq!(marks, log.read().marks);
    }

    #[test]
    fn damage_costs_only_the_records_that_it_meets(
        milestones in prop::collection::vec(milestone(), 3),
        noise in prop::collection::vec(any::<u8>(), 0..40),
        place in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let mut records = milestones.iter().map(|milestone| {
            let mut record = Vec::new();
            pack(milestone, &mut record);
            record
        }).collect::<Vec<_>>();
        let at = place.index(records[1].len());
        records[1][at] ^= flip;
        let log = Log::new([&records[0], &noise, &records[1], &records[2]].map(Vec::as_slice).concat());
        let read = log.read().milestones;
        prop_assert_eq!(read.first(), milestones.first());
        // Noise may by chance be a head that holds the last record, but for its check.
        prop_assert_eq!(read.last(), milestones.last());
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let log = Log::new(bytes.clone());
        let _ = log.read();
        let mut whole = Vec::new();
        record(&mut whole, MILESTONE, |out| out.extend_from_slice(&bytes));
        let log = Log::new(whole);
        let _ = log.read();
    }
}

#[test]
fn newer_records_and_fields_are_passed_over() {
    let milestone = Milestone {
        event_type: "job.created".into(),
        ..Milestone::default()
    };
    let mut bytes = Vec::new();
    record(&mut bytes, 9, |out| {
        out.extend_from_slice(b"of a later version")
    });
    pack(&milestone, &mut bytes);
    // The same with a later flag, and what it announces at the end.
    let mut later = Vec::new();
    pack(&milestone, &mut later);
    let body = later[HEAD + 2..later.len() - CHECK].to_vec();
    record(&mut bytes, MILESTONE, |out| {
        number(out, Level::Info as u64 | 1 << 40);
        out.extend_from_slice(&body);
        out.extend_from_slice(b"later");
    });
    let log = Log::new(bytes);
    assert_eq!(log.read().milestones, [milestone.clone(), milestone]);
}

#[test]
fn a_log_knows_what_was_told() {
    let milestone = Milestone::default();
    let mut bytes = Vec::new();
    pack(&milestone, &mut bytes);
    let once = bytes.len();
    let state = |bytes: &[u8]| {
        let log = Log::new(bytes.to_vec());
        let read = log.read();
        (read.marks.told, read.marks.fresh, read.marks.left_out)
    };
    assert_eq!(state(&[]), (false, false, 0));
    assert_eq!(state(&bytes), (false, true, 0));
    pack_left_out(3, &mut bytes);
    pack_told(once as u64, &mut bytes);
    pack_left_out(4, &mut bytes);
    assert_eq!(state(&bytes), (true, false, 7));
    pack(&milestone, &mut bytes);
    assert_eq!(state(&bytes), (true, true, 7));
    // What was owed to a log that was lost meanwhile.
    bytes.clear();
    pack_told(1000, &mut bytes);
    pack(&milestone, &mut bytes);
    assert_eq!(state(&bytes), (false, true, 0));
}

/// Whoever changes this makes logs that collectors of another version cannot read.
#[test]
fn the_form_is_what_it_was() {
    let mut milestone = Milestone {
        stream: 0x1234,
        entry: EntryId { ms: 1000, seq: 2 },
        at: Millis::clamped(998),
        event_type: "job.claimed".into(),
        service: "w".into(),
        level: Level::Warn,
        span: Some([7; 8]),
        ..Milestone::default()
    };
    milestone.numbers[Number::Waited as usize] = Some(300);
    milestone.set(Text::Worker, Some("w1".into()));
    let mut bytes = Vec::new();
    pack(&milestone, &mut bytes);
    let expected = [
        &[
            0xe3, 27, 0, 1, 0xc6, 0x02, 0x34, 0x12, 0xe8, 0x07, 2, 3, 16, 3,
        ][..],
        b"w",
        &[7; 8],
        &[0xac, 0x02, 5],
        b"w1",
    ]
    .concat();
    assert_eq!(bytes[..bytes.len() - CHECK], expected);
}
