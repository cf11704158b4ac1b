//! Sorting more events than fit into memory.
//!
//! Sorted runs go to temporary files without a name, so that nothing stays behind however the
//! process ends; then they are merged. Equal keys keep the order of arrival.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::vec;

use super::Error;
use crate::event::{EntryId, Event, Millis, SortKey as Key, json};

/// Bytes held in memory before a run is written.
const BUDGET: usize = 32 * 1024 * 1024;

/// Bytes that an event costs beside its line.
const OVERHEAD: usize = size_of::<Item>();

/// Runs merged at once. Each costs an open file and a read buffer.
const FAN_IN: usize = 128;

/// One event on its way: its key and its JSON form.
struct Item {
    key: Key,
    line: Box<[u8]>,
}

/// Takes events in any order.
pub(super) struct Sorter {
    budget: usize,
    fan_in: usize,
    held: Vec<Item>,
    bytes: usize,
    runs: Vec<File>,
}

impl Sorter {
    pub(super) fn new() -> Self {
        Self::with_limits(BUDGET, FAN_IN)
    }

    fn with_limits(budget: usize, fan_in: usize) -> Self {
        Self {
            budget,
            fan_in,
            held: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
        }
    }

    /// Takes one event, to be sorted by `key`.
    pub(super) fn push(&mut self, key: Key, event: &Event) -> Result<(), Error> {
        let line = json::write(event).into_bytes().into_boxed_slice();
        self.bytes += line.len() + OVERHEAD;
        self.held.push(Item { key, line });
        if self.bytes >= self.budget {
            self.spill().map_err(failed)?;
        }
        Ok(())
    }

    /// The events, in the order of their keys.
    pub(super) fn finish(mut self) -> Result<Sorted, Error> {
        self.held.sort_by_key(|item| item.key);
        Merge::new(self.runs, self.held)
            .map(|merge| Sorted { merge })
            .map_err(failed)
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_by_key(|item| item.key);
        let run = write_run(self.held.drain(..).map(Ok))?;
        self.bytes = 0;
        self.runs.push(run);
        if self.runs.len() >= self.fan_in {
            let merge = Merge::new(std::mem::take(&mut self.runs), Vec::new())?;
            self.runs.push(write_run(merge)?);
        }
        Ok(())
    }
}

/// The sorted events, read back one by one.
pub(super) struct Sorted {
    merge: Merge,
}

impl Iterator for Sorted {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let event = |item: Item| json::read(&item.line).map_err(io::Error::from);
        Some(self.merge.next()?.and_then(event).map_err(failed))
    }
}

fn failed(error: io::Error) -> Error {
    Error::Sort {
        reason: error.to_string(),
    }
}

/// Where the items of one run come from.
enum Run {
    Memory(vec::IntoIter<Item>),
    File(BufReader<File>),
}

impl Run {
    fn next(&mut self) -> io::Result<Option<Item>> {
        match self {
            Self::Memory(items) => Ok(items.next()),
            Self::File(file) => read_item(file),
        }
    }
}

/// Merges runs, of which the later ones hold what arrived later.
struct Merge {
    runs: Vec<Run>,
    /// The first item of each run; the run's number keeps equal keys in order.
    heads: BinaryHeap<Reverse<Head>>,
    broken: bool,
}

struct Head {
    run: usize,
    item: Item,
}

impl Head {
    fn rank(&self) -> (Key, usize) {
        (self.item.key, self.run)
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl Merge {
    fn new(files: Vec<File>, memory: Vec<Item>) -> io::Result<Self> {
        let mut runs = Vec::with_capacity(files.len() + 1);
        for mut file in files {
            file.rewind()?;
            runs.push(Run::File(BufReader::with_capacity(32 * 1024, file)));
        }
        runs.push(Run::Memory(memory.into_iter()));
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (number, run) in runs.iter_mut().enumerate() {
            if let Some(item) = run.next()? {
                heads.push(Reverse(Head { run: number, item }));
            }
        }
        Ok(Self {
            runs,
            heads,
            broken: false,
        })
    }

    fn step(&mut self) -> io::Result<Option<Item>> {
        let Some(mut first) = self.heads.peek_mut() else {
            return Ok(None);
        };
        let head = &mut first.0;
        match self.runs[head.run].next()? {
            Some(item) => Ok(Some(std::mem::replace(&mut head.item, item))),
            None => Ok(Some(PeekMut::pop(first).0.item)),
        }
    }
}

impl Iterator for Merge {
    type Item = io::Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            return None;
        }
        let step = self.step();
        self.broken = step.is_err();
        step.transpose()
    }
}

/// Bytes of an item before its line: the key and the length of the line.
const HEAD: usize = 5 * size_of::<u64>();

fn write_run(items: impl Iterator<Item = io::Result<Item>>) -> io::Result<File> {
    let mut run = BufWriter::with_capacity(256 * 1024, tempfile::tempfile()?);
    for item in items {
        let Item {
            key: (at, entry, rank),
            line,
        } = item?;
        run.write_all(&at.get().to_le_bytes())?;
        run.write_all(&entry.ms.to_le_bytes())?;
        run.write_all(&entry.seq.to_le_bytes())?;
        run.write_all(&rank.to_le_bytes())?;
        run.write_all(&(line.len() as u64).to_le_bytes())?;
        run.write_all(&line)?;
    }
    run.into_inner().map_err(io::IntoInnerError::into_error)
}

fn read_item(run: &mut BufReader<File>) -> io::Result<Option<Item>> {
    let mut head = [0; HEAD];
    let mut known = 0;
    while known < HEAD {
        match run.read(&mut head[known..]) {
            Ok(0) if known == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => known += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let [at, ms, seq, rank, length] = [0, 8, 16, 24, 32].map(|from| {
        let mut word = [0; 8];
        word.copy_from_slice(&head[from..from + 8]);
        u64::from_le_bytes(word)
    });
    let length = usize::try_from(length).map_err(io::Error::other)?;
    let mut line = vec![0; length].into_boxed_slice();
    run.read_exact(&mut line)?;
    Ok(Some(Item {
        key: (Millis::clamped(at.cast_signed()), EntryId { ms, seq }, rank),
        line,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::samples;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_a_stable_sort_in_memory(
            events in samples::events(80), budget in 1usize..4000, fan_in in 2usize..5,
        ) {
            let mut sorter = Sorter::with_limits(budget, fan_in);
            for event in &events {
                sorter.push(event.sort_key(), event).expect("room");
            }
            prop_assert!(sorter.runs.len() < fan_in && sorter.bytes < budget);
            let sorted: Vec<Event> = sorter.finish().expect("sorted").map(|event| event.expect("read")).collect();
            let mut expected = events;
            expected.sort_by_key(Event::sort_key);
            prop_assert_eq!(sorted, expected);
        }

        #[test]
        fn entries_survive_the_way_through_a_line(event in samples::event()) {
            let line = json::write(&event);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(json::read(line.as_bytes()).expect("an event"), event);
        }
    }
}
