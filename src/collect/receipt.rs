//! What acknowledges an entry: it travels with the event, and the last output to be done with it
//! hands it to the acker. An entry that every output has, and that waits for the spans of
//! its job, is noted as that: whoever takes it over from a collector that died hands it to no output
//! again.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use crate::event::{EntryId, Millis};
use crate::maps::Set;
use crate::time::Clock;

/// What the acker is told.
#[derive(Debug)]
pub(super) enum Ack {
    /// Everybody is done with these entries.
    Done(Vec<Receipt>),
    /// Every output has these, which still wait for what becomes of their jobs.
    HandedOn(Vec<Receipt>),
    /// A canary was seen; `None` where it was read, else the output that has it.
    Canary(String, Option<&'static str>, Millis),
    /// Nothing more will come.
    End,
}

/// One entry that was read, until everyone who has to do with it is done: its outputs together, and
/// whoever [holds](Hold) it. A copy stands for the same entry, and is no further share.
#[derive(Clone, Debug)]
pub(super) struct Receipt {
    sheet: Arc<Sheet>,
    line: usize,
}

/// What is known of entries that were read together. They lie side by side: whoever looks at one of
/// them looks at the next. It stays until nobody has a receipt for any of them.
#[derive(Debug)]
struct Sheet {
    lines: Vec<Line>,
    desk: Arc<Desk>,
}

/// What is known of one entry.
#[derive(Debug)]
struct Line {
    id: EntryId,
    /// Outputs that are not done.
    outputs: AtomicU32,
    /// Shares that are not given up: one of all outputs, one of each hold.
    shares: AtomicU32,
    /// Whether it is noted that every output has it.
    handed_on: AtomicBool,
}

/// A share of a receipt that is given up by being dropped. A job's entry waits until its spans are made
/// of it, or nobody wants it for any.
#[derive(Debug)]
pub(super) struct Hold(Option<Receipt>);

impl From<&Receipt> for Hold {
    fn from(receipt: &Receipt) -> Self {
        receipt.line().shares.fetch_add(1, Ordering::Relaxed);
        Self(Some(receipt.clone()))
    }
}

impl Hold {
    /// Gives up many, of which the acker is told at once. All have the same one.
    pub(super) fn give_up(holds: impl IntoIterator<Item = Self>) {
        let done = holds.into_iter().filter_map(|mut hold| hold.end());
        Receipt::tell(done.collect(), Ack::Done);
    }

    /// Gives up the share; the receipt where it was the last.
    fn end(&mut self) -> Option<Receipt> {
        let receipt = self.0.take()?;
        // In a hurry things are dropped that are not done.
        let is_closed = receipt.sheet.desk.closed.load(Ordering::Relaxed);
        let counts = !is_closed && !std::thread::panicking();
        (counts && receipt.give_up_share()).then_some(receipt)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        Receipt::tell(self.end().into_iter().collect(), Ack::Done);
    }
}

/// Where the receipts of one stream come from, and where they go.
#[derive(Debug)]
pub(super) struct Desk {
    stream: usize,
    /// Entries that were read and are not acknowledged yet.
    open: Mutex<Set<EntryId>>,
    /// How many of them everybody is done with.
    delivered: AtomicUsize,
    /// Whether drops count no longer.
    closed: AtomicBool,
    done: mpsc::Sender<Ack>,
}

impl Desk {
    /// A desk for the stream with this number.
    pub(super) fn new(stream: usize, done: mpsc::Sender<Ack>) -> Arc<Self> {
        Arc::new(Self {
            stream,
            open: Mutex::default(),
            delivered: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            done,
        })
    }

    /// A receipt that `outputs` have to be done with; `None` where the entry is on its way already.
    pub(super) fn receipt(self: &Arc<Self>, id: EntryId, outputs: usize) -> Option<Receipt> {
        self.receipts([(id, false)], outputs).pop()?
    }

    /// The same for each of many that were read together; with whether it is noted that every output
    /// has the entry.
    pub(super) fn receipts(
        self: &Arc<Self>,
        ids: impl IntoIterator<Item = (EntryId, bool)>,
        outputs: usize,
    ) -> Vec<Option<Receipt>> {
        let outputs = u32::try_from(outputs).unwrap_or(u32::MAX);
        let ids = ids.into_iter();
        let mut lines = Vec::with_capacity(ids.size_hint().1.unwrap_or_default());
        let mut open = self.lock();
        let line = |(id, handed_on): (EntryId, bool)| {
            open.insert(id).then(|| {
                lines.push(Line {
                    id,
                    outputs: outputs.into(),
                    shares: 1.into(),
                    handed_on: handed_on.into(),
                });
                lines.len() - 1
            })
        };
        let places: Vec<_> = ids.map(line).collect();
        drop(open);
        let desk = Arc::clone(self);
        let sheet = Arc::new(Sheet { lines, desk });
        let receipt = |line| Receipt {
            sheet: Arc::clone(&sheet),
            line,
        };
        places.into_iter().map(|line| line.map(receipt)).collect()
    }

    /// Entries that everybody is done with are acknowledged.
    pub(super) fn acknowledged(&self, ids: &[EntryId]) {
        self.forget(ids);
        self.delivered.fetch_sub(ids.len(), Ordering::AcqRel);
    }

    /// The entry was never handed on: it may be read again.
    pub(super) fn forget(&self, ids: &[EntryId]) {
        let mut open = self.lock();
        for id in ids {
            open.remove(id);
        }
    }

    /// A canary was read, on its way to every output.
    pub(super) fn canary(&self, id: &str) {
        self.tell(Ack::Canary(id.to_owned(), None, Clock::system_now()));
    }

    /// Without an acker the process ends, and entries stay pending.
    fn tell(&self, ack: Ack) {
        let _ = self.done.send(ack);
    }

    /// Time is up: what is dropped from now on was not done.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// How many entries are on their way.
    pub(super) fn open(&self) -> usize {
        self.lock().len()
    }

    /// How many of those everybody is done with, and are merely not acknowledged.
    pub(super) fn delivered(&self) -> usize {
        self.delivered.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Set<EntryId>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receipt {
    fn line(&self) -> &Line {
        &self.sheet.lines[self.line]
    }

    /// The entry.
    pub(super) fn id(&self) -> EntryId {
        self.line().id
    }

    /// The number of its stream.
    pub(super) fn stream(&self) -> usize {
        self.sheet.desk.stream
    }

    /// Whether it is noted that every output has it, perhaps since before it was read here.
    pub(super) fn was_handed_on(&self) -> bool {
        self.line().handed_on.load(Ordering::Relaxed)
    }

    /// Marks that this is noted, if anybody still waits for anything; says whether.
    pub(super) fn mark_handed_on(&self) -> bool {
        let line = self.line();
        let waits = line.shares.load(Ordering::Acquire) > 0;
        if waits {
            line.handed_on.store(true, Ordering::Relaxed);
        }
        waits
    }

    /// One of the outputs is done with these. To be called once for each; a receipt that is merely
    /// dropped acknowledges nothing. All have the same acker.
    pub(super) fn done(receipts: impl IntoIterator<Item = Self>) {
        let by_all = receipts.into_iter().filter(Self::output_done);
        let (done, waiting) = by_all.partition(Self::give_up_share);
        Self::tell(waiting, Ack::HandedOn);
        Self::tell(done, Ack::Done);
    }

    /// The share of all outputs is given up of these, as none gets them.
    pub(super) fn give_up(receipts: impl IntoIterator<Item = Self>) {
        let done = receipts.into_iter().filter(Self::give_up_share);
        Self::tell(done.collect(), Ack::Done);
    }

    /// One of the outputs is done; says whether it was the last.
    fn output_done(&self) -> bool {
        self.line().outputs.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Gives up a share; says whether it was the last.
    fn give_up_share(&self) -> bool {
        let is_last = self.line().shares.fetch_sub(1, Ordering::AcqRel) == 1;
        if is_last {
            self.sheet.desk.delivered.fetch_add(1, Ordering::AcqRel);
        }
        is_last
    }

    fn tell(receipts: Vec<Self>, ack: impl FnOnce(Vec<Self>) -> Ack) {
        if let Some(first) = receipts.first() {
            let desk = Arc::clone(&first.sheet.desk);
            desk.tell(ack(receipts));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the acker is told next: whether the entries are done, which they are, and whether it is
    /// noted that every output has them.
    fn told(acks: &mpsc::Receiver<Ack>) -> Option<(bool, Vec<(EntryId, bool)>)> {
        let said = |receipt: &Receipt| (receipt.id(), receipt.was_handed_on());
        let all = |receipts: Vec<Receipt>| receipts.iter().map(said).collect();
        match acks.try_recv().ok()? {
            Ack::Done(receipts) => Some((true, all(receipts))),
            Ack::HandedOn(receipts) => Some((false, all(receipts))),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_last_share_acknowledges_and_a_drop_does_not() {
        let (done, acks) = mpsc::channel();
        let desk = Desk::new(1, done);
        let id = EntryId { ms: 7, seq: 1 };
        let receipt = desk.receipt(id, 2).expect("a new entry");
        assert_eq!((receipt.id(), receipt.stream()), (id, 1));
        assert!(desk.receipt(id, 2).is_none(), "it is on its way");
        Receipt::done([receipt.clone()]);
        assert!(acks.try_recv().is_err());
        Receipt::done([receipt]);
        assert_eq!(told(&acks), Some((true, vec![(id, false)])));
        let counts = || (desk.open(), desk.delivered());
        assert_eq!(counts(), (1, 1), "not acknowledged yet");
        desk.acknowledged(&[id]);
        assert_eq!(counts(), (0, 0));
        drop(desk.receipt(id, 1).expect("it may be read again"));
        assert!(acks.try_recv().is_err());
    }

    #[test]
    fn an_entry_that_only_a_hold_keeps_is_handed_on() {
        let (done, acks) = mpsc::channel();
        let desk = Desk::new(0, done);
        let ids = [1, 2, 3].map(|ms| EntryId { ms, seq: 0 });
        let pairs = ids.into_iter().zip([false, false, true]);
        let receipts = desk.receipts(pairs, 1);
        let [held, free, known] = <[_; 3]>::try_from(receipts).expect("three");
        let [held, free, known] = [held, free, known].map(|receipt| receipt.expect("new"));
        let hold = Hold::from(&held);
        drop(Hold::from(&free));
        // Of a batch each gets its own answer.
        Receipt::done([held.clone(), free]);
        assert_eq!(told(&acks), Some((false, vec![(ids[0], false)])));
        assert_eq!(told(&acks), Some((true, vec![(ids[1], false)])));
        assert!(acks.try_recv().is_err());
        assert!(held.mark_handed_on() && held.was_handed_on());
        drop(hold);
        assert_eq!(told(&acks), Some((true, vec![(ids[0], true)])));
        assert!(!held.mark_handed_on(), "nobody waits for it");
        assert!(known.was_handed_on());
        let hold = Hold::from(&known);
        Receipt::give_up([known]);
        assert!(acks.try_recv().is_err());
        drop(hold);
        assert_eq!(told(&acks), Some((true, vec![(ids[2], true)])));
    }

    #[test]
    fn a_hold_counts_unless_time_is_up() {
        let (done, acks) = mpsc::channel();
        let desk = Desk::new(0, done);
        let holds = |ms| {
            let receipt = desk.receipt(EntryId { ms, seq: 0 }, 1);
            let receipt = receipt.expect("a new entry");
            let holds = [Hold::from(&receipt), Hold::from(&receipt)];
            Receipt::give_up([receipt]);
            holds
        };
        let ([one, two], others) = (holds(1), holds(2));
        drop(one);
        assert!(acks.try_recv().is_err());
        drop(two);
        assert!(acks.try_recv().is_ok());
        desk.close();
        drop(others);
        assert!(acks.try_recv().is_err());
    }

    #[test]
    fn holds_that_are_given_up_together_are_told_of_at_once() {
        let (done, acks) = mpsc::channel();
        let desk = Desk::new(0, done);
        let ids = [1, 2, 3, 4].map(|ms| EntryId { ms, seq: 0 });
        let receipts = ids.map(|id| desk.receipt(id, 1).expect("a new entry"));
        let mut holds: Vec<_> = receipts.iter().map(Hold::from).collect();
        let [one, two, three, four] = receipts;
        Receipt::give_up([one, three, four]);
        let last = holds.pop();
        // The second still waits for its output.
        Hold::give_up(holds);
        let first = vec![(ids[0], false), (ids[2], false)];
        assert_eq!(told(&acks), Some((true, first)));
        Receipt::done([two]);
        assert_eq!(told(&acks), Some((true, vec![(ids[1], false)])));
        assert_eq!(desk.delivered(), 3);
        desk.close();
        Hold::give_up(last);
        assert!(acks.try_recv().is_err(), "time is up");
    }
}
