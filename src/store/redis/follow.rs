//! Reading what is added to streams, for as long as the caller likes.
//!
//! A thread of its own holds the connection: `XREAD BLOCK` must neither be dropped half way (its
//! reply would be lost) nor be hurried. It hands on one page at a time through a channel of
//! one, so a slow caller slows the reading and memory stays bounded. The position is kept as
//! concrete ids, so that a reconnect goes on where the last page ended, without gap or repeat.

use std::sync::{Arc, mpsc as threads};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use super::entry::Outline;
use super::info::Info;
use super::outage::Outage;
use super::progress::{Finding, Progress};
use super::resp::{Malformed, Reply};
use super::scan::first_entry_since;
use super::target::Target;
use super::wire::{Connection, Timeouts};
use crate::event::{EntryId, Event, Millis};
use crate::store::Error;

/// How long the server waits for news before it says that there are none.
const BLOCK: Duration = Duration::from_secs(2);
/// Entries of one stream in a page at most.
const MAX_PAGE: usize = 500;
/// Bytes of one stream in a page; entries beyond are read again with the next one.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Where following starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the next entry that is added.
    Now,
    /// With the first entry that can hold an event of this time; what was before and what is
    /// added later come as one sequence.
    Since(Millis),
}

/// What a follower tells.
#[derive(Debug)]
pub enum Change {
    /// Entries were read, in the order of their ids across streams.
    Events(Vec<Event>),
    /// The connection broke, or could not be made again for another reason than before.
    Lost {
        /// The address without its password.
        server: String,
        /// Why.
        error: Error,
        /// When the next attempt is made.
        retry_in: Duration,
    },
    /// The connection is there again; reading goes on after the last entry read.
    Back {
        /// The address without its password.
        server: String,
        /// How long it was lost.
        after: Duration,
    },
    /// Entries were trimmed or deleted before they could be read.
    Missed {
        /// Key of the stream.
        stream: String,
        /// How many; `None` where the server is too old to tell (then there may be none).
        count: Option<u64>,
    },
    /// The stream ends before what was read already: its server lost data.
    Rewound {
        /// Key of the stream.
        stream: String,
        /// The last entry that was read.
        from: EntryId,
        /// Where reading goes on: after this entry, or from the start if it is the least id.
        to: EntryId,
    },
}

/// Follows streams. It ends when it is dropped.
#[derive(Debug)]
pub struct Follower {
    changes: mpsc::Receiver<Change>,
    /// Dropped with the follower, which ends the thread's pauses.
    _stop: threads::Sender<()>,
}

impl Follower {
    /// Connects, finds the place to start at, and follows from then on. Blocks for no longer than
    /// `timeouts`.
    ///
    /// # Errors
    /// When the first connection fails; later ones are tried again and told as [`Change::Lost`].
    pub fn start(
        target: Target,
        streams: Vec<String>,
        start: Start,
        timeouts: Timeouts,
    ) -> Result<Self, Error> {
        let mut connection = connect(&target, timeouts)?;
        let streams = streams
            .into_iter()
            .map(|name| {
                let info = Info::ask(&mut connection, &name)?;
                let after = match start {
                    Start::Now => info.last_id(&mut connection, &name)?,
                    Start::Since(since) => before_first(since),
                };
                let mut progress = Progress::new(after);
                info.check(&mut progress);
                Ok(Stream {
                    name: Arc::from(name),
                    progress,
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let (sender, changes) = mpsc::channel(1);
        let (stop, stopped) = threads::channel();
        let reader = Reader {
            target,
            timeouts,
            streams,
            page: MAX_PAGE,
            changes: sender,
            stopped,
        };
        let failed = |error: std::io::Error| Error::Server {
            server: "this machine".to_owned(),
            reason: error.to_string(),
        };
        thread::Builder::new()
            .name("follow".to_owned())
            .spawn(move || reader.run(connection))
            .map_err(failed)?;
        Ok(Self {
            changes,
            _stop: stop,
        })
    }

    /// What happens next. May be dropped while it waits, without loss. `None` never comes as long
    /// as the follower works; it means that its thread died.
    pub async fn next(&mut self) -> Option<Change> {
        self.changes.recv().await
    }
}

struct Stream {
    name: Arc<str>,
    progress: Progress,
}

/// The caller has gone.
struct Gone;

/// Why a session ended.
enum End {
    Gone,
    Failed(Error),
}

impl From<Gone> for End {
    fn from(Gone: Gone) -> Self {
        Self::Gone
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The thread's side.
struct Reader {
    target: Target,
    timeouts: Timeouts,
    streams: Vec<Stream>,
    page: usize,
    changes: mpsc::Sender<Change>,
    stopped: threads::Receiver<()>,
}

impl Reader {
    fn run(mut self, connection: Connection) {
        let mut connection = Some(connection);
        let mut outage: Option<Outage> = None;
        loop {
            let error = match self.session(connection.take(), &mut outage) {
                End::Gone => return,
                End::Failed(error) => error,
            };
            let outage = outage.get_or_insert_with(Outage::new);
            let pause = outage.pause();
            let told = outage.is_news(&error).then(|| Change::Lost {
                server: self.target.to_string(),
                error,
                retry_in: pause,
            });
            if told.is_some_and(|change| self.tell(change).is_err()) {
                return;
            }
            // Nothing is ever sent: it waits for the time, or for the follower to be dropped.
            if self.stopped.recv_timeout(pause) == Err(threads::RecvTimeoutError::Disconnected) {
                return;
            }
        }
    }

    fn tell(&self, change: Change) -> Result<(), Gone> {
        self.changes.blocking_send(change).map_err(|_| Gone)
    }

    /// Reads until something fails. Only the first session is given its connection.
    fn session(&mut self, given: Option<Connection>, outage: &mut Option<Outage>) -> End {
        let read = |reader: &mut Self| -> Result<(), End> {
            let mut connection = match given {
                Some(connection) => connection,
                None => connect(&reader.target, reader.timeouts)?,
            };
            reader.check(&mut connection)?;
            if let Some(outage) = outage.take() {
                reader.tell(Change::Back {
                    server: reader.target.to_string(),
                    after: outage.since.elapsed(),
                })?;
            }
            while !reader.changes.is_closed() {
                let events = reader.read(&mut connection)?;
                // Before they are told: what was lost lies before them, and whoever stops after
                // the last event has been told of every loss. A server that dies in between takes
                // nothing from what was read.
                let checked = reader.check(&mut connection);
                if !events.is_empty() {
                    reader.tell(Change::Events(events))?;
                }
                checked?;
            }
            Err(End::Gone)
        };
        read(self).err().unwrap_or(End::Gone)
    }

    /// Looks for entries that were gone before they were read, and for streams that went back.
    fn check(&mut self, connection: &mut Connection) -> Result<(), End> {
        for index in 0..self.streams.len() {
            let stream = &mut self.streams[index];
            let info = Info::ask(connection, &stream.name)?;
            let from = stream.progress.after;
            let finding = info.check(&mut stream.progress);
            let (name, to) = (stream.name.to_string(), stream.progress.after);
            match finding {
                Finding::Fine => {}
                Finding::Missed(count) => self.tell(Change::Missed {
                    stream: name,
                    count,
                })?,
                Finding::Rewound => self.tell(Change::Rewound {
                    stream: name,
                    from,
                    to,
                })?,
            }
        }
        Ok(())
    }

    /// One page of all streams, in the order of entry ids; empty when nothing was added in time.
    fn read(&mut self, connection: &mut Connection) -> Result<Vec<Event>, Error> {
        let after: Vec<_> = self
            .streams
            .iter()
            .map(|stream| stream.progress.after.to_string())
            .collect();
        let (page, block) = (self.page.to_string(), BLOCK.as_millis().to_string());
        let mut command = vec!["XREAD", "COUNT", &page, "BLOCK", &block, "STREAMS"];
        command.extend(self.streams.iter().map(|stream| &*stream.name));
        command.extend(after.iter().map(String::as_str));
        connection.command(&command);
        connection.send()?;

        let mut events: Vec<(EntryId, usize, Event)> = Vec::new();
        let mut outline = Outline::default();
        // A stream with more than a page may go on before what another one holds: what lies
        // behind its last entry has to wait for its turn, and is read again then.
        let mut bound = EntryId::MAX;
        let mut cut = None;
        for _ in 0..connection.array("(several)")?.unwrap_or(0) {
            let (index, count) = self.page_header(connection)?;
            let stream = &self.streams[index];
            let (mut kept, mut bytes, mut last) = (0, 0, EntryId::MIN);
            for _ in 0..count {
                outline.clear();
                connection.entry(&mut outline)?;
                bytes += outline.bytes();
                if kept == 0 || bytes <= PAGE_BYTES {
                    let entry = outline.last(connection.buffer()).ok_or(Malformed);
                    let event = entry.and_then(|entry| entry.decode(&stream.name));
                    let event = event.map_err(|Malformed| connection.malformed())?;
                    last = event.entry().unwrap_or(last);
                    kept += 1;
                    events.push((last, index, event));
                }
                connection.done();
            }
            let full = kept < count || count >= self.page;
            if full {
                bound = bound.min(last);
            }
            if kept < count {
                cut = Some(kept.min(cut.unwrap_or(kept)));
            }
        }
        self.page = cut.unwrap_or((self.page * 2).min(MAX_PAGE));
        events.retain(|(id, ..)| *id <= bound);
        events.sort_by_key(|(id, index, _)| (*id, *index));
        for (id, index, _) in &events {
            self.streams[*index].progress.read(*id);
        }
        Ok(events.into_iter().map(|(.., event)| event).collect())
    }

    /// Which stream comes next in a reply, and how many entries of it.
    fn page_header(&self, connection: &mut Connection) -> Result<(usize, usize), Error> {
        if connection.array("(several)")? != Some(2) {
            return Err(connection.malformed());
        }
        let range = connection.value()?;
        let name = Reply::parse(connection.bytes(range));
        let index = self.streams.iter().position(|stream| match &name {
            Ok(Reply::Text(name)) => name == stream.name.as_bytes(),
            _ => false,
        });
        let count = connection.array("(several)")?;
        match (index, count) {
            (Some(index), Some(count)) => Ok((index, count)),
            _ => Err(connection.malformed()),
        }
    }
}

/// A connection whose silence outlasts [`BLOCK`] without being taken for a dead one.
fn connect(target: &Target, timeouts: Timeouts) -> Result<Connection, Error> {
    let reply = timeouts.reply + BLOCK;
    let mut connection = Connection::reading(target, Timeouts { reply, ..timeouts })?;
    connection.send()?;
    connection.greet()?;
    Ok(connection)
}

/// The id after which the entries of this time come.
fn before_first(since: Millis) -> EntryId {
    first_entry_since(since).previous()
}
