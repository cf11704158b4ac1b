//! One page: noted in Redis, then handed to every lane.

use std::sync::Arc;
use std::time::Instant;

use super::Intake;
use super::notes::Noted;
use crate::collect::jobs::Next;
use crate::collect::lane::{Parcel, Ticket};
use crate::collect::output::Item;
use crate::collect::receipt::Receipt;
use crate::event::EntryId;
use crate::quantity;
use crate::store::Error;
use crate::store::redis::{Gap, Page};

impl Intake {
    /// Notes a page and hands it on; says how many entries of it were not on their way already.
    pub(super) fn process(&mut self, page: Page) -> Result<u64, Error> {
        let count = self.send(page, Next::Unknown)?;
        self.settle()?;
        Ok(count)
    }

    /// Sends the notes of what of a page is not on its way already; says how many entries that is.
    pub(super) fn send(&mut self, page: Page, next: Next) -> Result<u64, Error> {
        self.tell_missed(page.missed);
        self.let_go(&page.gone);
        // Until not too many jobs wait for their last events.
        while self.notes.is_full() {
            self.notes.send(Vec::new(), Vec::new(), next)?;
            self.settle()?;
        }
        let ids = page.events.iter().filter_map(|event| event.entry());
        let ids = ids.map(|id| (id, page.handed_on.contains(&id)));
        let receipts = self.desk.receipts(ids, self.lanes.len());
        let read = page
            .events
            .into_iter()
            .filter(|event| event.entry().is_some());
        let on_way = |(event, receipt): (_, Option<_>)| Some((event, receipt?));
        let (events, receipts): (Vec<_>, Vec<_>) = read.zip(receipts).filter_map(on_way).unzip();
        let count = events.len() as u64;
        self.notes.send(events, receipts, next)?;
        Ok(count)
    }

    /// Waits until all that was sent is noted, and hands it on.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        while self.settle_next()? {}
        Ok(())
    }

    /// The same for the page that was sent first; `false` where there is none.
    pub(super) fn settle_next(&mut self) -> Result<bool, Error> {
        let Some(noted) = self.notes.settle()? else {
            return Ok(false);
        };
        self.hand_on(noted);
        Ok(true)
    }

    /// Gives up what was sent and is not noted: its entries may be read again.
    pub(super) fn lose(&mut self) {
        let lost = self.notes.lose();
        self.desk.forget(&lost);
    }

    /// Hands every lane what was noted.
    pub(super) fn hand_on(&self, noted: Noted) {
        let Noted {
            events,
            receipts,
            ended,
        } = noted;
        self.meters.events(events.iter().map(|event| &**event));
        for id in events.iter().filter_map(|event| event.canary()) {
            self.desk.canary(id);
        }
        let is_wanted = |receipt: &Receipt| !self.lanes.is_empty() && !receipt.was_handed_on();
        let (wanted, rest): (Vec<_>, Vec<_>) = events
            .iter()
            .zip(receipts)
            .partition(|(_, receipt)| is_wanted(receipt));
        let now = Instant::now();
        for lane in &self.lanes {
            lane.push(wanted.iter().map(|(event, receipt)| {
                let ticket = Ticket::Receipt(receipt.clone());
                Parcel::new(Arc::clone(event), ticket, now)
            }));
        }
        self.teller.tell(ended);
        Receipt::give_up(rest.into_iter().map(|(_, receipt)| receipt));
        self.tally.jobs(self.notes.counts());
        self.tally.read(events.len() as u64);
    }

    /// Pending entries that were trimmed: nobody can deliver them any more. Those that are on
    /// their way are here in memory.
    fn let_go(&self, gone: &[EntryId]) {
        let receipts = gone.iter().filter_map(|id| self.desk.receipt(*id, 1));
        let receipts: Vec<_> = receipts.collect();
        let lost = receipts.len() as u64;
        Receipt::done(receipts);
        if lost > 0 {
            self.tally.trimmed(lost);
            self.log.error(&format!(
                "{}: {} trimmed after a collector took them and before it delivered them: lost",
                self.membership.stream,
                quantity::number_of(lost, "entry")
            ));
        }
    }

    pub(super) fn tell_missed(&self, gap: Gap) {
        let stream = &self.membership.stream;
        match self.tally.missed(gap) {
            Some(0) => self.log.error(&format!(
                "{stream}: entries may have been trimmed before they were read; the server cannot \
                 tell how many"
            )),
            Some(lost) => self.log.error(&format!(
                "{stream}: {} trimmed before they were read: lost (hint: a larger \
                 streams.*_max_len gives more time)",
                quantity::number_of(lost, "entry")
            )),
            None => {}
        }
    }
}
