//! What was read of long streams before, kept on this machine, so that the next question asks the server
//! only for what came since.
//!
//! Entries of a stream never change. They go: the oldest by trimming, any by `XDEL`, all with the key
//! (and only who deletes the key can write others under the same ids: as many, with the last one as it
//! was, and the server says nothing of it).
//! So what is kept is used only where it is proved that of it nothing went but its beginning, by what
//! the server says of the stream in one moment. Let `L` be the last entry that is kept, and `added` how
//! many entries there ever were up to it. Then
//!
//! - `L` is there, and says what it said: no later state of the server lost it (a failover and a
//!   restored snapshot lose the newest entries first), and nobody made the stream anew;
//! - as many entries came since as the stream's own counter says; what it holds beside those is as many
//!   as are kept from its oldest entry on. So none of either went but from the front.
//!
//! Where that does not hold, where the server does not count (before 7.0), or where a file is broken,
//! everything is read from the server, and kept anew.

mod file;
mod keeper;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use file::Block;
use file::{Anchor, Contents};
pub(super) use keeper::Keeper;
use keeper::Place;

use super::entry::Outline;
use super::resp::{Malformed, Reply};
use super::walk::Bounds;
use super::wire::Connection;
use crate::digest::digest;
use crate::event::EntryId;
use crate::store::Error;

/// Streams of no more entries are read in no time.
const SHORT: u64 = 10_000;
/// Such a share of that is not worth a block.
const FEW: u64 = 10;

/// Where to keep what is read, and how much.
#[derive(Clone, Debug)]
pub struct Keep {
    /// The folder.
    folder: PathBuf,
    /// Bytes that a stream's file keeps to.
    most_bytes: u64,
    /// Streams of no more entries are not kept.
    pub(super) short: u64,
}

impl Keep {
    /// In this folder, so many bytes of each stream.
    pub fn new(folder: PathBuf, most_bytes: u64) -> Self {
        Self {
            folder,
            most_bytes,
            short: SHORT,
        }
    }
}

/// What is kept of one stream, and what will be.
pub(super) struct Kept {
    path: PathBuf,
    /// Nothing older is asked for.
    from: EntryId,
    blocks: Vec<Block>,
    file: Option<File>,
    keeper: Option<Keeper>,
}

/// What a server says of a stream in one moment.
struct Moment {
    length: u64,
    added: u64,
    first: EntryId,
    last: EntryId,
}

/// A file that may hold what is still true.
struct Candidate {
    file: File,
    contents: Contents,
}

/// Looks what is kept of streams, and proves it. Their bounds become those of that moment.
///
/// # Errors
/// When the server does not answer.
pub(super) fn look(
    connection: &mut Connection,
    source: &str,
    bounds: &mut [Bounds],
    keep: &Keep,
) -> Result<Vec<Option<Kept>>, Error> {
    let mut candidates = Vec::with_capacity(bounds.len());
    for bounds in &*bounds {
        let name = format!("{source}\n{}", bounds.stream);
        let path = keep
            .folder
            .join(format!("{:016x}.kept", digest(name.as_bytes()) >> 64));
        let candidate = Candidate::open(&path, &name);
        connection.command(&["XINFO", "STREAM", &bounds.stream]);
        if let Some(candidate) = &candidate {
            let last = candidate.contents.anchor.last.to_string();
            connection.command(&["XRANGE", &bounds.stream, &last, &last]);
        }
        candidates.push((path, name, candidate));
    }
    connection.send()?;
    let mut kept = Vec::with_capacity(bounds.len());
    for (bounds, (path, name, candidate)) in bounds.iter_mut().zip(candidates) {
        let moment = Moment::of(&connection.reply()?);
        let is_there = match &candidate {
            Some(candidate) => is_there(connection, &bounds.stream, &candidate.contents.anchor)?,
            None => false,
        };
        let Some(moment) = moment.filter(|moment| moment.length > keep.short) else {
            kept.push(None);
            continue;
        };
        let is_whole = bounds.from <= moment.first;
        bounds.from = bounds.from.max(moment.first);
        bounds.to = moment.last;
        let most = keep.most_bytes.saturating_add(keeper::BEYOND);
        let candidate = candidate.filter(|candidate| {
            is_there && candidate.contents.end <= most && candidate.holds(&moment)
        });
        let (next, begins_anew) = match &candidate {
            Some(candidate) => (candidate.contents.anchor.last.next(), false),
            None => (bounds.from, true),
        };
        let end = candidate.as_ref().map(|candidate| candidate.contents.end);
        let has_room = end.is_none_or(|end| end < keep.most_bytes);
        let keeper = (has_room && (is_whole || !begins_anew)).then(|| {
            let place = Place {
                path: path.clone(),
                name,
                end,
                most_bytes: keep.most_bytes,
            };
            let anchor = (moment.last, moment.added);
            Keeper::new(place, next, anchor, keep.short / FEW)
        });
        let (file, blocks) = candidate
            .map(|candidate| (candidate.file, candidate.contents.blocks))
            .unzip();
        kept.push(Some(Kept {
            path,
            from: bounds.from,
            blocks: blocks.unwrap_or_default(),
            file,
            keeper,
        }));
    }
    Ok(kept)
}

impl Kept {
    /// The blocks that hold what is asked for; of the first one perhaps only the end is.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Block> {
        let blocks = self.blocks.iter();
        let wanted = blocks.filter(|block| block.last >= self.from);
        wanted.map(|block| Block {
            first: block.first.max(self.from),
            ..*block
        })
    }

    /// How many entries are kept.
    pub(super) fn entries(&self) -> u64 {
        let blocks = self.blocks.iter();
        blocks.map(|block| u64::from(block.entries)).sum()
    }

    /// The last entry that is kept.
    pub(super) fn last(&self) -> Option<EntryId> {
        self.blocks.last().map(|block| block.last)
    }

    /// What goes on keeping, if anything does.
    pub(super) fn keeper(&mut self) -> Option<&mut Keeper> {
        self.keeper.as_mut()
    }

    /// Keeps nothing more of it.
    pub(super) fn give_up(&mut self) {
        self.keeper = None;
    }

    /// Takes a file away that does not hold what was written: the next answer begins it anew.
    pub(super) fn is_broken(&mut self) {
        self.give_up();
        let _ = fs::remove_file(&self.path);
    }

    /// Ends what was kept where all is read.
    pub(super) fn finish(self) {
        if let Some(keeper) = self.keeper {
            keeper.finish();
        }
    }

    /// The entries of a block that are asked for; `None` where they cannot be read back.
    pub(super) fn load(
        &self,
        block: &Block,
        outline: &mut Outline,
        bytes: &mut Vec<u8>,
    ) -> Option<()> {
        block.load(self.file.as_ref()?, bytes).ok()?;
        outline.draw(bytes).ok()?;
        outline.drop_before(bytes, self.from).ok()
    }
}

impl Moment {
    /// `None` where the server does not count, or lost count of what was deleted last.
    fn of(info: &Reply) -> Option<Self> {
        let count = |name| info.field(name).and_then(Reply::count);
        let id = |reply: &Reply| reply.text()?.parse().ok();
        let entry = |name| id(info.field(name)?.values().first()?);
        let last: EntryId = entry("last-entry")?;
        let moment = Self {
            length: count("length")?,
            added: count("entries-added")?,
            first: entry("first-entry")?,
            last,
        };
        (info.field("last-generated-id").and_then(id) == Some(last)).then_some(moment)
    }
}

impl Candidate {
    fn open(path: &Path, name: &str) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let contents = file::read(&mut file, name).ok()??;
        Some(Self { file, contents })
    }

    /// Whether the stream holds exactly what is kept from its oldest entry on, and what came since. One
    /// that is mostly gone is not worth its room either.
    fn holds(&self, moment: &Moment) -> bool {
        let Contents {
            blocks,
            anchor,
            end,
        } = &self.contents;
        let gone = blocks.iter().filter(|block| block.last < moment.first);
        if gone.map(Block::size).sum::<u64>() > end / 2 {
            return false;
        }
        let came = moment.added.checked_sub(anchor.added);
        let left = came.and_then(|came| moment.length.checked_sub(came));
        left.is_some() && left == self.count_from(moment.first)
    }

    /// How many kept entries are not older than this one.
    fn count_from(&self, first: EntryId) -> Option<u64> {
        let mut count = 0;
        for block in &self.contents.blocks {
            if first <= block.first {
                count += u64::from(block.entries);
            } else if first <= block.last {
                let (mut outline, mut bytes) = (Outline::default(), Vec::new());
                block.load(&self.file, &mut bytes).ok()?;
                outline.draw(&bytes).ok()?;
                outline.drop_before(&bytes, first).ok()?;
                count += outline.len() as u64;
            }
        }
        Some(count)
    }
}

/// Whether the last entry that is kept is in the stream, as it was.
fn is_there(
    connection: &mut Connection,
    stream: &Arc<str>,
    anchor: &Anchor,
) -> Result<bool, Error> {
    let mut found = false;
    for _ in 0..connection.array(stream)?.unwrap_or(0) {
        let mut outline = Outline::default();
        connection.entry(&mut outline)?;
        let entry = outline.last(connection.buffer()).ok_or(Malformed);
        let entry = entry.map_err(|Malformed| connection.malformed())?;
        found = digest(entry.bytes()) == anchor.digest;
        connection.done();
    }
    Ok(found)
}
