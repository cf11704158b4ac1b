//! Items that go to an output together, and where their other copy is.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crate::collect::output::Item;
use crate::collect::receipt::{Hold, Receipt};

/// One item on its way.
pub(in crate::collect) struct Parcel<I> {
    pub(super) item: Arc<I>,
    pub(super) size: usize,
    pub(super) since: Instant,
    ticket: Ticket,
}

/// What acknowledges the entries that an item came from.
pub(in crate::collect) enum Ticket {
    /// They are acknowledged already, or others see to it.
    None,
    /// A share of this receipt.
    Receipt(Receipt),
    /// These, which are given up.
    Holds(Vec<Hold>),
}

impl<I: Item> Parcel<I> {
    /// An item that waits since then, and what acknowledges the entries it came from.
    pub(in crate::collect) fn new(item: Arc<I>, ticket: Ticket, since: Instant) -> Self {
        Self {
            size: item.size(),
            item,
            since,
            ticket,
        }
    }

    pub(super) fn spooled(item: I) -> Self {
        Self::new(Arc::new(item), Ticket::None, Instant::now())
    }

    /// These are delivered or safe.
    pub(super) fn done<'p>(parcels: impl IntoIterator<Item = &'p mut Self>)
    where
        I: 'p,
    {
        let (mut receipts, mut held) = (Vec::new(), Vec::new());
        for parcel in parcels {
            match std::mem::replace(&mut parcel.ticket, Ticket::None) {
                Ticket::None => {}
                Ticket::Receipt(receipt) => receipts.push(receipt),
                Ticket::Holds(holds) => held.extend(holds),
            }
        }
        Receipt::done(receipts);
        Hold::give_up(held);
    }
}

/// What is handed to an output at once.
pub(in crate::collect) struct Batch<I> {
    parcels: Vec<Parcel<I>>,
    /// Their places in the spool, if they are there.
    places: Option<Vec<i64>>,
    /// How many from the start are delivered or buried.
    finished: usize,
}

impl<I: Item> Batch<I> {
    pub(super) fn of_parcels(parcels: Vec<Parcel<I>>) -> Self {
        Self {
            parcels,
            places: None,
            finished: 0,
        }
    }

    pub(super) fn of_spool(parcels: Vec<Parcel<I>>, places: Vec<i64>) -> Self {
        Self {
            parcels,
            places: Some(places),
            finished: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.parcels.len()
    }

    /// What is left of it.
    pub(super) fn items(&self) -> impl Iterator<Item = &I> {
        self.parcels[self.finished..]
            .iter()
            .map(|parcel| &*parcel.item)
    }

    pub(super) fn part(&self, range: &Range<usize>) -> Vec<&I> {
        let part = self.parcels[range.clone()].iter();
        part.map(|parcel| &*parcel.item).collect()
    }

    /// Whether a part of it that is not done stands in memory only.
    pub(super) fn is_unsafe(&self) -> bool {
        self.places.is_none() && self.finished < self.parcels.len()
    }

    /// The rest of it is in the spool now.
    pub(super) fn secured(&mut self, places: Vec<i64>) {
        Parcel::done(&mut self.parcels[self.finished..]);
        let mut all = vec![0; self.finished];
        all.extend(places);
        self.places = Some(all);
    }

    /// The next part is done with. Gives back its places in the spool.
    pub(super) fn finish(&mut self, range: &Range<usize>) -> &[i64] {
        self.finished = range.end;
        match &self.places {
            Some(places) => &places[range.clone()],
            None => {
                Parcel::done(&mut self.parcels[range.clone()]);
                &[]
            }
        }
    }
}
