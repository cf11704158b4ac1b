//! Pages of entries, read on a thread of their own.
//!
//! A server takes about as long to find a page as this side takes to look at it. The thread asks for
//! pages before the one ahead of them is here ([`Walk`]), and takes in what comes while another is
//! looked at: the server never waits for the eyes of this side. What is kept of a stream comes from a
//! file, and what is not is kept ([`Kept`]). It hands pages on in pieces of at most
//! [`PIECE`] bytes, two of which wait, so that memory depends neither on the number of entries nor on
//! their size. It knows nothing of what is asked of entries.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use super::entry::Outline;
use super::kept::{Block, Keeper, Kept};
use super::resp::Malformed;
use super::walk::{Coming, Walk};
use super::wire::Connection;
use crate::event::Millis;
use crate::store::Error;

/// Bytes of a page that are held at once.
const PIECE: usize = 8 * 1024 * 1024;

/// A page, or a part of one.
pub(super) struct Piece {
    /// Key of the stream.
    pub(super) stream: Arc<str>,
    /// Where entries and their words lie in the bytes.
    pub(super) outline: Outline,
    /// What the server sent.
    pub(super) bytes: Vec<u8>,
    /// The server's clock at the next entry in the way of the walk, where the page ends with this
    /// piece and is not the last.
    pub(super) next: Option<Millis>,
}

/// All pages of a walk, piece by piece. The thread ends by itself once this is dropped.
pub(super) struct Pages {
    pieces: Receiver<Piece>,
    used: Sender<Piece>,
    thread: JoinHandle<(Connection, Result<(), Error>)>,
}

impl Pages {
    /// Begins to read; with what is kept of each stream of the walk.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(super) fn read(
        mut connection: Connection,
        mut walk: Walk,
        mut kept: Vec<Option<Kept>>,
    ) -> Result<Self, Error> {
        let target = connection.target().clone();
        let (sender, pieces) = sync_channel(1);
        let (used, room) = channel();
        let thread = thread::Builder::new().name("pages".to_owned());
        let thread = thread
            .spawn(move || {
                let result = read(&mut connection, &mut walk, &mut kept, &sender, &room);
                (connection, result)
            })
            .map_err(|error| super::wire::unreachable(&target, &error))?;
        Ok(Self {
            pieces,
            used,
            thread,
        })
    }

    /// The next piece; `None` where there is none, or no other can be read.
    pub(super) fn next(&self) -> Option<Piece> {
        self.pieces.recv().ok()
    }

    /// Gives a piece back that was looked at: its room is used again.
    pub(super) fn give_back(&self, piece: Piece) {
        // Nobody needs it where all is read.
        let _ = self.used.send(piece);
    }

    /// The connection, once there are no more pieces.
    ///
    /// # Errors
    /// Why not all could be read.
    pub(super) fn end(self) -> Result<Connection, Error> {
        drop(self.pieces);
        match self.thread.join() {
            Ok((connection, result)) => result.map(|()| connection),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// Reads all that a walk points at, as long as somebody takes it.
fn read(
    connection: &mut Connection,
    walk: &mut Walk,
    kept: &mut [Option<Kept>],
    sender: &SyncSender<Piece>,
    room: &Receiver<Piece>,
) -> Result<(), Error> {
    walk.ask(connection)?;
    while let Some(coming) = walk.coming() {
        let piece = || {
            let used = room.try_recv().ok();
            used.map(|piece| (piece.outline, piece.bytes))
                .unwrap_or_default()
        };
        let goes_on = match &coming.kept {
            Some(block) => load(connection, walk, kept, (&coming, block), piece(), sender)?,
            None => receive(connection, walk, kept, &coming, piece, sender)?,
        };
        if !goes_on {
            return Ok(());
        }
        for _ in 0..walk.in_vain() {
            // One by one: all together may be more than there is room for.
            for _ in 0..connection.array(&coming.stream)?.unwrap_or(0) {
                connection.value()?;
                connection.done();
            }
        }
    }
    for kept in kept.iter_mut().filter_map(Option::take) {
        kept.finish();
    }
    Ok(())
}

/// Reads the next page back, if it can be; `false` where nobody takes it.
fn load(
    connection: &mut Connection,
    walk: &mut Walk,
    kept: &mut [Option<Kept>],
    (coming, block): (&Coming, &Block),
    (mut outline, mut bytes): (Outline, Vec<u8>),
    sender: &SyncSender<Piece>,
) -> Result<bool, Error> {
    let kept = kept[coming.index].as_mut();
    let loaded = kept
        .as_deref()
        .and_then(|kept| kept.load(block, &mut outline, &mut bytes));
    if loaded.is_none() {
        kept.into_iter().for_each(Kept::is_broken);
        walk.is_lost();
        walk.ask(connection)?;
        return Ok(true);
    }
    let arrived = walk.arrived(Some(block.last), outline.len(), outline.bytes());
    arrived.map_err(|Malformed| connection.malformed())?;
    walk.ask(connection)?;
    if walk.is_newest_first() {
        outline.reverse();
    }
    let piece = Piece {
        stream: Arc::clone(&coming.stream),
        outline,
        bytes,
        next: walk.next(),
    };
    Ok(sender.send(piece).is_ok())
}

/// Takes the next page from the server; `false` where nobody takes it.
fn receive(
    connection: &mut Connection,
    walk: &mut Walk,
    kept: &mut [Option<Kept>],
    coming: &Coming,
    piece: impl Fn() -> (Outline, Vec<u8>),
    sender: &SyncSender<Piece>,
) -> Result<bool, Error> {
    let Coming {
        stream, replies, ..
    } = coming;
    let mut kept = kept.get_mut(coming.index).and_then(Option::as_mut);
    if let Some(kept) = &mut kept {
        let follows = |keeper: &Keeper| coming.from.is_some_and(|from| keeper.follows(from));
        if !kept.keeper().is_some_and(|keeper| follows(keeper)) {
            kept.give_up();
        }
    }
    let (mut left, mut replies, mut count, mut bytes) = (0, *replies, 0, 0);
    loop {
        let (mut outline, spare) = piece();
        outline.clear();
        while (left > 0 || replies > 0) && connection.held() < PIECE {
            if left > 0 {
                connection.entry(&mut outline)?;
                left -= 1;
            } else {
                left = connection.array(stream)?.unwrap_or(0);
                count += left;
                replies -= 1;
            }
        }
        bytes += outline.bytes();
        if let Some(kept) = &mut kept
            && let Some(keeper) = kept.keeper()
            && !keeper.take(&outline, connection.buffer())
        {
            kept.give_up();
        }
        let is_whole = left == 0 && replies == 0;
        if is_whole {
            let last = outline.last(connection.buffer());
            let noted = last
                .map(|last| last.id())
                .transpose()
                .and_then(|last| walk.arrived(last, count, bytes));
            let to = noted.map_err(|Malformed| connection.malformed())?;
            if let (Some(to), Some(keeper)) = (to, kept.as_mut().and_then(|kept| kept.keeper())) {
                keeper.reached(to);
            }
            walk.ask(connection)?;
        }
        let piece = Piece {
            stream: Arc::clone(stream),
            outline,
            bytes: connection.hand_over(spare),
            next: walk.next().filter(|_| is_whole),
        };
        if sender.send(piece).is_err() {
            return Ok(false);
        }
        if is_whole {
            return Ok(true);
        }
    }
}
