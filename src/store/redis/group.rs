//! One consumer of a consumer group: takes entries of a stream, its own first, and acknowledges.
//!
//! Waiting and taking are two commands. `XREAD BLOCK` waits without taking anything; what is there
//! is then taken in a transaction together with the counters of stream and group, which tell
//! exactly how many entries were trimmed before anybody read them.

mod lent;
mod pending;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use self::lent::Lent;
use super::entry::{Outline, Traced};
use super::gap::{Gap, Lag, Position};
use super::member::Membership;
use super::resp::{Malformed, Reply};
use super::taken::{Page, Pending};
use super::target::Target;
use super::wire::{Connection, Timeouts};
use crate::event::{EntryId, Event};
use crate::store::Error;

/// Bytes of a page; entries beyond are left for the next one, which finds them among the pending.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Events that are used again: about as many as outputs have before more waits elsewhere, and notes that
/// are on their way.
const LENT: usize = 9 * 1024;
/// The bytes of an entry beyond which its event is not used again: it has more room than others need.
const LENT_BYTES: usize = 4 * 1024;

/// A connection that reads for a consumer group. After an error of its own it is of no use any
/// more.
pub(crate) struct GroupReader {
    pub(super) membership: Membership,
    pub(super) connection: Connection,
    /// Whether the counters may be asked.
    counted: bool,
    /// Where the group stands, to wait for what comes after.
    delivered: EntryId,
    lag: Lag,
    /// Pages that were asked for, each with so many entries; their replies come in this order.
    asked: VecDeque<usize>,
    lent: Lent<Event>,
}

impl GroupReader {
    /// Connects, and makes stream and group where they are missing; says whether it did.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub(crate) fn join(
        target: &Target,
        timeouts: Timeouts,
        membership: Membership,
    ) -> Result<(Self, bool), Error> {
        let mut connection = Connection::reading(target, timeouts)?;
        connection.send()?;
        connection.greet()?;
        let mut reader = Self {
            membership,
            connection,
            counted: true,
            delivered: EntryId::MIN,
            lag: Lag::default(),
            asked: VecDeque::new(),
            lent: Lent::new(LENT),
        };
        let made = reader.make_group()?;
        reader.prune_handed_on()?;
        Ok((reader, made))
    }

    /// A group begins with the first entry there is. What was trimmed before that is no loss, so
    /// the server is told how many entries those were.
    fn make_group(&mut self) -> Result<bool, Error> {
        let Membership { stream, group, .. } = &self.membership;
        self.connection.command(&["XINFO", "STREAM", stream]);
        self.connection.send()?;
        let info = self.connection.reply()?;
        let count = |name| info.field(name).and_then(Reply::count).unwrap_or(0);
        let gone = count("entries-added").saturating_sub(count("length"));
        let create = ["XGROUP", "CREATE", stream, group, "0", "MKSTREAM"];
        for counted in [true, false] {
            let gone = gone.to_string();
            match counted {
                true => {
                    let counted = [&create[..], &["ENTRIESREAD", &gone]].concat();
                    self.connection.command(&counted);
                }
                // Before Redis 7.
                false => self.connection.command(&create),
            }
            self.connection.send()?;
            match self.connection.reply()? {
                Reply::Error(text) if text.starts_with("BUSYGROUP") => return Ok(false),
                Reply::Error(text) if counted && text.starts_with("ERR ") => {}
                Reply::Error(text) => return Err(self.connection.answer(&text, Some(stream))),
                _ => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Entries that nobody in the group has yet, at most `count`; an empty page where there are
    /// none. What was asked for ahead comes first.
    ///
    /// # Errors
    /// When the server does not answer, or the group is gone.
    pub(crate) fn take(&mut self, count: usize) -> Result<Page, Error> {
        if !self.is_ahead() {
            self.ask_ahead(count)?;
        }
        let count = self.asked.pop_front().unwrap_or(count);
        let page = self.taken(count)?;
        if page.taken < count {
            // No backlog: events are few, and to keep them takes more than to make them.
            self.lent.clear();
        }
        Ok(page)
    }

    /// Asks for a page that a later [`Self::take`] gives, so that the server works on it meanwhile.
    /// Until it was taken nothing else may be asked here.
    ///
    /// # Errors
    /// When nothing can be sent.
    pub(crate) fn ask_ahead(&mut self, count: usize) -> Result<(), Error> {
        let stream = Arc::clone(&self.membership.stream);
        if self.counted {
            self.connection.command(&["MULTI"]);
            self.connection.command(&["XINFO", "STREAM", &stream]);
            self.connection.command(&["XINFO", "GROUPS", &stream]);
        }
        self.ask(count, ">");
        if self.counted {
            self.connection.command(&["XINFO", "GROUPS", &stream]);
            self.connection.command(&["EXEC"]);
        }
        self.connection.send()?;
        self.asked.push_back(count);
        Ok(())
    }

    /// How many pages were asked for that nobody has taken.
    pub(crate) fn ahead(&self) -> usize {
        self.asked.len()
    }

    /// Whether there are such pages.
    pub(crate) fn is_ahead(&self) -> bool {
        self.ahead() > 0
    }

    fn taken(&mut self, count: usize) -> Result<Page, Error> {
        if self.counted {
            if let Some(page) = self.taken_counted()? {
                return Ok(page);
            }
            self.counted = false;
            if !self.asked.is_empty() {
                // The rights were taken away meanwhile, and another such answer is on its way.
                return Err(self.connection.malformed());
            }
            self.ask(count, ">");
            self.connection.send()?;
        }
        let page = self.streams_page()?;
        self.delivered = page.last().unwrap_or(self.delivered);
        Ok(page)
    }

    /// Queues a read: of the consumer's pending entries after an id, or for `>` of new ones.
    fn ask(&mut self, count: usize, after: &str) {
        let count = count.to_string();
        let Membership {
            stream,
            group,
            consumer,
        } = &self.membership;
        self.connection.command(&[
            "XREADGROUP",
            "GROUP",
            group,
            consumer,
            "COUNT",
            &count,
            "STREAMS",
            stream,
            after,
        ]);
    }

    /// Entries that came together with the counters around that; `None` where this user may not
    /// ask for them.
    fn taken_counted(&mut self) -> Result<Option<Page>, Error> {
        let stream = Arc::clone(&self.membership.stream);
        let mut forbidden = false;
        for _ in 0..5 {
            match self.connection.reply()? {
                Reply::Error(text) if text.starts_with("NOPERM") => forbidden = true,
                Reply::Error(text) => return Err(self.connection.answer(&text, Some(&stream))),
                _ => {}
            }
        }
        if forbidden {
            // The transaction was given up, and the answer to `EXEC` says so.
            let _ = self.connection.reply()?;
            return Ok(None);
        }
        if self.connection.array(&stream)? != Some(4) {
            return Err(self.connection.malformed());
        }
        let info = self.connection.reply()?;
        let before = Position::of_group(&self.connection.reply()?, &self.membership.group);
        let mut page = self.streams_page()?;
        let after = Position::of_group(&self.connection.reply()?, &self.membership.group);
        page.missed = Gap::between(&info, before, after, page.taken);
        if let Some(after) = after {
            self.delivered = after.delivered;
            self.lag = after.lag(&info);
            page.is_alone = after.consumers.is_some_and(|count| count <= 1);
        }
        Ok(Some(page))
    }

    /// How far the group was behind after the last page was taken.
    pub(crate) fn lag(&self) -> Lag {
        self.lag
    }

    /// Asks how far the group is behind, without taking anything.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) fn measure_lag(&mut self) -> Result<Lag, Error> {
        let stream = Arc::clone(&self.membership.stream);
        self.connection.command(&["XINFO", "STREAM", &stream]);
        self.connection.command(&["XINFO", "GROUPS", &stream]);
        self.connection.send()?;
        let info = self.connection.reply()?;
        let position = Position::of_group(&self.connection.reply()?, &self.membership.group);
        self.lag = position.map(|at| at.lag(&info)).unwrap_or_default();
        Ok(self.lag)
    }

    /// Waits until there may be something to take, for `block` at most.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) fn wait(&mut self, block: Duration) -> Result<(), Error> {
        let stream = Arc::clone(&self.membership.stream);
        let (block, after) = (block.as_millis().to_string(), self.delivered.to_string());
        self.connection.command(&[
            "XREAD", "COUNT", "1", "BLOCK", &block, "STREAMS", &stream, &after,
        ]);
        self.connection.send()?;
        self.streams_page().map(drop)
    }

    /// What `XREAD` and `XREADGROUP` answer for one stream.
    fn streams_page(&mut self) -> Result<Page, Error> {
        let stream = Arc::clone(&self.membership.stream);
        let mut page = Page::default();
        match self.connection.array(&stream)? {
            None | Some(0) => return Ok(page),
            Some(1) => {}
            Some(_) => return Err(self.connection.malformed()),
        }
        if self.connection.array(&stream)? != Some(2) {
            return Err(self.connection.malformed());
        }
        self.connection.value()?;
        self.connection.done();
        self.entries(&mut page)?;
        Ok(page)
    }

    fn entries(&mut self, page: &mut Page) -> Result<(), Error> {
        let stream = Arc::clone(&self.membership.stream);
        page.taken = self.connection.array(&stream)?.unwrap_or(0);
        let (mut bytes, mut outline) = (0, Outline::default());
        for _ in 0..page.taken {
            outline.clear();
            let gone = match self.connection.pending_entry(&mut outline)? {
                Traced::Gone(id) => id,
                Traced::Entry => None,
            };
            let malformed = |Malformed| self.connection.malformed();
            let entry = outline.last(self.connection.buffer());
            bytes += outline.bytes();
            if page.left_out.is_some() || (bytes > PAGE_BYTES && !page.events.is_empty()) {
                let id = match entry {
                    Some(entry) => Some(entry.id().map_err(malformed)?),
                    None => gone,
                };
                let after = page.last().unwrap_or_default();
                let until = id.or(page.left_out.map(|left| left.until));
                page.left_out = until.map(|until| Pending { after, until });
            } else if let Some(entry) = entry {
                let event = if outline.bytes() <= LENT_BYTES {
                    let decode = |event: &mut Event| entry.decode_into(event, &stream);
                    let (event, decoded) = self.lent.lend(decode);
                    decoded.map(|()| event)
                } else {
                    entry.decode(&stream).map(Arc::new)
                };
                page.events.push(event.map_err(malformed)?);
            } else {
                page.gone.extend(gone);
            }
            self.connection.done();
        }
        Ok(())
    }
}
