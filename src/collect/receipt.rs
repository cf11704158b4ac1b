//! What acknowledges an entry: it travels with the event, and the last output to be done with it
//! hands the entry's id to the acker.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use crate::event::EntryId;

/// What the acker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ack {
    /// Everybody is done with this entry of the stream with this number.
    Entry(usize, EntryId),
    /// Nothing more will come.
    End,
}

/// One entry that was read, until everyone who has to do with it is done.
#[derive(Debug)]
pub(super) struct Receipt {
    id: EntryId,
    left: AtomicUsize,
    desk: Arc<Desk>,
}

/// Where the receipts of one stream come from, and where they go.
#[derive(Debug)]
pub(super) struct Desk {
    stream: usize,
    /// Entries that were read and are not acknowledged yet.
    open: Mutex<HashSet<EntryId>>,
    done: mpsc::Sender<Ack>,
}

impl Desk {
    /// A desk for the stream with this number.
    pub(super) fn new(stream: usize, done: mpsc::Sender<Ack>) -> Arc<Self> {
        Arc::new(Self {
            stream,
            open: Mutex::default(),
            done,
        })
    }

    /// A receipt that `shares` have to give up; `None` where the entry is on its way already.
    pub(super) fn receipt(self: &Arc<Self>, id: EntryId, shares: usize) -> Option<Arc<Receipt>> {
        self.lock().insert(id).then(|| {
            Arc::new(Receipt {
                id,
                left: AtomicUsize::new(shares),
                desk: Arc::clone(self),
            })
        })
    }

    /// The entry is acknowledged, or was never handed on: it may be read again.
    pub(super) fn forget(&self, ids: &[EntryId]) {
        let mut open = self.lock();
        for id in ids {
            open.remove(id);
        }
    }

    /// How many entries are on their way.
    pub(super) fn open(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<EntryId>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receipt {
    /// One of the shares is done. To be called once for each; a receipt that is merely dropped
    /// acknowledges nothing.
    pub(super) fn done(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            // Without an acker the process ends, and the entry stays pending.
            let _ = self.desk.done.send(Ack::Entry(self.desk.stream, self.id));
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
        assert_eq!(desk.open(), 1, "not acknowledged yet");
        desk.forget(&[id]);
        drop(desk.receipt(id, 1).expect("it may be read again"));
        assert!(acks.try_recv().is_err());
    }
}
