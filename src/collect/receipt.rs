//! What acknowledges an entry: it travels with the event, and the last output to be done with it
//! hands the entry's id to the acker. An entry that every output has, and that waits for the spans of
//! its job, is noted as that: whoever takes it over from a collector that died hands it to no output
//! again.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use crate::event::{EntryId, Millis};
use crate::maps::Set;
use crate::time::Clock;

/// What the acker is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ack {
    /// Everybody is done with this entry of the stream with this number.
    Entry(usize, EntryId),
    /// Every output has this one, which still waits for what becomes of its job.
    HandedOn(usize, EntryId),
    /// Everybody is done with this one, of which that was said before.
    Told(usize, EntryId),
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

/// A share of a receipt that is given up by being dropped, for those who pass it on; a copy is another
/// share. A job's entry waits until its spans are made of it, or nobody wants it for any.
#[derive(Debug)]
pub(super) struct Hold(Receipt);

impl Hold {
    /// Another share of the receipt.
    pub(super) fn new(receipt: Receipt) -> Self {
        receipt.line().shares.fetch_add(1, Ordering::Relaxed);
        Self(receipt)
    }

    /// The entry.
    pub(super) fn id(&self) -> EntryId {
        self.0.line().id
    }

    /// The receipt.
    pub(super) fn receipt(&self) -> &Receipt {
        &self.0
    }
}

impl Clone for Hold {
    fn clone(&self) -> Self {
        // Not the last share: this one is not given up yet.
        Self::new(self.0.clone())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // In a hurry things are dropped that are not done.
        if !std::thread::panicking() && !self.0.sheet.desk.closed.load(Ordering::Relaxed) {
            self.0.give_up();
        }
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
        let seen = Ack::Canary(id.to_owned(), None, Clock::system_now());
        let _ = self.done.send(seen);
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

    /// Whether every output had it before it was read here.
    pub(super) fn was_handed_on(&self) -> bool {
        self.line().handed_on.load(Ordering::Relaxed)
    }

    /// One of the outputs is done. To be called once for each; a receipt that is merely dropped
    /// acknowledges nothing.
    pub(super) fn done(&self) {
        let line = self.line();
        if line.outputs.fetch_sub(1, Ordering::AcqRel) > 1 {
            return;
        }
        // While this share is not given up nobody can say that all is done.
        if line.shares.load(Ordering::Acquire) > 1 {
            line.handed_on.store(true, Ordering::Relaxed);
            let desk = &self.sheet.desk;
            let _ = desk.done.send(Ack::HandedOn(desk.stream, line.id));
        }
        self.give_up();
    }

    /// One share is given up: that of a hold, or that of all outputs where none gets it.
    pub(super) fn give_up(&self) {
        let (line, desk) = (self.line(), &self.sheet.desk);
        if line.shares.fetch_sub(1, Ordering::AcqRel) == 1 {
            desk.delivered.fetch_add(1, Ordering::AcqRel);
            // Without an acker the process ends, and the entry stays pending.
            let _ = desk.done.send(match self.was_handed_on() {
                true => Ack::Told(desk.stream, line.id),
                false => Ack::Entry(desk.stream, line.id),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_share_acknowledges_and_a_drop_does_not() {
        let (done, acks) = mpsc::channel();
        let desk = Desk::new(1, done);
        let id = EntryId { ms: 7, seq: 1 };
        let receipt = desk.receipt(id, 2).expect("a new entry");
        assert!(desk.receipt(id, 2).is_none(), "it is on its way");
        receipt.done();
        assert!(acks.try_recv().is_err());
        receipt.done();
        assert_eq!(acks.try_recv(), Ok(Ack::Entry(1, id)));
        let counts = || (desk.open(), desk.delivered());
        assert_eq!(counts(), (1, 1), "not acknowledged yet");
        desk.acknowledged(&[id]);
        assert_eq!(counts(), (0, 0));
        drop(desk.receipt(id, 1).expect("it may be read again"));
        assert!(acks.try_recv().is_err());
    }

    #[test]
    fn an_entry_that_only_a_hold_keeps_is_noted_before_and_forgotten_after() {
        let (done, acks) = mpsc::channel();
        let desk = Desk::new(0, done);
        let ids = [1, 2, 3].map(|ms| EntryId { ms, seq: 0 });
        let pairs = ids.into_iter().zip([false, false, true]);
        let receipts = desk.receipts(pairs, 1);
        let [held, free, known] = <[_; 3]>::try_from(receipts).expect("three");
        let [held, free, known] = [held, free, known].map(|receipt| receipt.expect("new"));
        let hold = Hold::new(held.clone());
        held.done();
        assert_eq!(acks.try_recv(), Ok(Ack::HandedOn(0, ids[0])));
        assert!(acks.try_recv().is_err());
        drop(hold);
        assert_eq!(acks.try_recv(), Ok(Ack::Told(0, ids[0])));
        drop(Hold::new(free.clone()));
        free.done();
        assert_eq!(acks.try_recv(), Ok(Ack::Entry(0, ids[1])));
        assert!(known.was_handed_on() && !free.was_handed_on());
        let hold = Hold::new(known.clone());
        known.give_up();
        assert!(acks.try_recv().is_err());
        drop(hold);
        assert_eq!(acks.try_recv(), Ok(Ack::Told(0, ids[2])));
    }

    #[test]
    fn a_hold_is_given_up_with_its_last_copy_unless_time_is_up() {
        let (done, acks) = mpsc::channel();
        let desk = Desk::new(0, done);
        let hold = |ms| {
            let receipt = desk
                .receipt(EntryId { ms, seq: 0 }, 1)
                .expect("a new entry");
            let hold = Hold::new(receipt.clone());
            receipt.give_up();
            hold
        };
        let (one, two) = (hold(1), hold(2));
        let copy = one.clone();
        drop(one);
        assert!(acks.try_recv().is_err());
        drop(copy);
        assert!(acks.try_recv().is_ok());
        desk.close();
        drop(two);
        assert!(acks.try_recv().is_err());
    }
}
