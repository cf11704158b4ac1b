//! Pages of entries, read on a thread of their own.
//!
//! A server takes about as long to find a page as this side takes to look at it. The thread asks for
//! pages before the one ahead of them is here ([`Walk`]), and takes in what comes while another is
//! looked at: the server never waits for the eyes of this side. It hands pages on in pieces of at most
//! [`PIECE`] bytes, two of which wait, so that memory depends neither on the number of entries nor on
//! their size. It knows nothing of what is asked of entries.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

use super::entry::Outline;
use super::resp::Malformed;
use super::walk::Walk;
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
    /// Begins to read.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(super) fn read(mut connection: Connection, mut walk: Walk) -> Result<Self, Error> {
        let target = connection.target().clone();
        let (sender, pieces) = sync_channel(1);
        let (used, room) = channel();
        let thread = thread::Builder::new().name("pages".to_owned());
        let thread = thread
            .spawn(move || {
                let result = read(&mut connection, &mut walk, &sender, &room);
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
    sender: &SyncSender<Piece>,
    room: &Receiver<Piece>,
) -> Result<(), Error> {
    walk.ask(connection)?;
    while let Some((stream, mut replies)) = walk.coming() {
        let stream = Arc::clone(stream);
        let (mut left, mut count, mut bytes) = (0, 0, 0);
        loop {
            let used = room.try_recv().ok();
            let (mut outline, spare) = used
                .map(|piece| (piece.outline, piece.bytes))
                .unwrap_or_default();
            outline.clear();
            while (left > 0 || replies > 0) && connection.held() < PIECE {
                if left > 0 {
                    connection.entry(&mut outline)?;
                    left -= 1;
                } else {
                    left = connection.array(&stream)?.unwrap_or(0);
                    count += left;
                    replies -= 1;
                }
            }
            bytes += outline.bytes();
            let is_whole = left == 0 && replies == 0;
            if is_whole {
                let last = outline.last(connection.buffer());
                let noted = last
                    .map(|last| last.id())
                    .transpose()
                    .and_then(|last| walk.arrived(last, count, bytes));
                noted.map_err(|Malformed| connection.malformed())?;
                walk.ask(connection)?;
            }
            let piece = Piece {
                stream: Arc::clone(&stream),
                outline,
                bytes: connection.hand_over(spare),
                next: walk.next().filter(|_| is_whole),
            };
            if sender.send(piece).is_err() {
                return Ok(());
            }
            if is_whole {
                break;
            }
        }
        for _ in 0..walk.in_vain() {
            // One by one: all together may be more than there is room for.
            for _ in 0..connection.array(&stream)?.unwrap_or(0) {
                connection.value()?;
                connection.done();
            }
        }
    }
    Ok(())
}
