//! Keeps what a scan reads of a stream, on a thread of its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::file::{self, Anchor};
use crate::digest::digest;
use crate::event::EntryId;
use crate::store::private;
use crate::store::redis::entry::Outline;

/// About how many bytes a block has before it is compressed.
const BLOCK: usize = 1024 * 1024;
/// Blocks that wait to be written.
const WAITING: usize = 2;
/// By so much a file may be larger than it should: when it has its size, those blocks are under way, one
/// that is being written and one that fills.
pub(super) const BEYOND: u64 = ((WAITING + 2) * BLOCK) as u64;
/// Files that were not added to for so long are taken away when another one is begun.
const UNUSED: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Takes what is read, in order and without gaps.
pub(in crate::store::redis) struct Keeper {
    place: Place,
    /// Where what is read next has to begin.
    next: EntryId,
    /// The last entry of the stream, and how many there ever were up to it.
    anchor: (EntryId, u64),
    /// Fewer entries are not worth a block.
    few: u64,
    block: Filling,
    /// The last entry that was handed to the writer, and a digest of it.
    last: Option<(EntryId, u128)>,
    /// Entries that came after it for which there was no room.
    beyond: u64,
    writer: Option<Writer>,
}

/// Where it is kept.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// What it is of.
    pub(super) name: String,
    /// Where the file goes on; `None` for one that begins anew.
    pub(super) end: Option<u64>,
    pub(super) most_bytes: u64,
}

/// A block that is not full.
#[derive(Default)]
struct Filling {
    ids: Option<(EntryId, EntryId)>,
    entries: u32,
    bytes: Vec<u8>,
    /// Where the last entry begins.
    last_at: usize,
}

/// The thread that writes.
struct Writer {
    blocks: SyncSender<Told>,
    /// Bytes of the file so far.
    size: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

enum Told {
    Block(Filling),
    Finish(Anchor),
}

impl Keeper {
    pub(super) fn new(place: Place, next: EntryId, anchor: (EntryId, u64), few: u64) -> Self {
        Self {
            place,
            next,
            anchor,
            few,
            block: Filling::default(),
            last: None,
            beyond: 0,
            writer: None,
        }
    }

    /// Whether what begins here comes next.
    pub(in crate::store::redis) fn follows(&self, from: EntryId) -> bool {
        from == self.next
    }

    /// Takes entries of a page, or of a part of one; `false` where no more can be kept.
    pub(in crate::store::redis) fn take(&mut self, outline: &Outline, buffer: &[u8]) -> bool {
        let entries = outline.entries(buffer);
        for entry in entries {
            if self.beyond > 0 || (self.block.entries == 0 && self.is_full()) {
                self.beyond += 1;
                continue;
            }
            let Ok(id) = entry.id() else { return false };
            let bytes = entry.bytes();
            if bytes.len() > file::MAX_BLOCK / 2 {
                return false;
            }
            self.block.push(id, bytes);
            if self.block.bytes.len() >= BLOCK && !self.pass_on() {
                return false;
            }
        }
        true
    }

    /// Whether the file has the size that it keeps to.
    fn is_full(&self) -> bool {
        let size = self.writer.as_ref();
        size.is_some_and(|writer| writer.size.load(Ordering::Relaxed) >= self.place.most_bytes)
    }

    /// All up to this id was taken.
    pub(in crate::store::redis) fn reached(&mut self, to: EntryId) {
        self.next = to.next();
    }

    /// Hands the block to the writer; `false` where there is none any more.
    fn pass_on(&mut self) -> bool {
        let block = std::mem::take(&mut self.block);
        let last = block.ids.map(|(_, last)| last);
        self.last = last.map(|last| (last, digest(&block.bytes[block.last_at..])));
        let writer = self.writer.take();
        let writer = writer.or_else(|| Writer::start(self.place.clone()));
        let told = writer
            .as_ref()
            .is_some_and(|writer| writer.blocks.send(Told::Block(block)).is_ok());
        self.writer = writer;
        told
    }

    /// Ends what was kept, if all of the stream was read.
    pub(super) fn finish(mut self) {
        let (end, added) = self.anchor;
        let is_worth_it = self.writer.is_some() || u64::from(self.block.entries) >= self.few;
        if self.next != end.next() || !is_worth_it {
            return;
        }
        if self.block.entries > 0 && !self.pass_on() {
            return;
        }
        // Nothing but its beginning goes from a stream, so those beyond are there too.
        let (Some((last, digest)), Some(writer), Some(added)) =
            (self.last, self.writer, added.checked_sub(self.beyond))
        else {
            return;
        };
        let anchor = Anchor {
            last,
            added,
            digest,
        };
        if writer.blocks.send(Told::Finish(anchor)).is_ok() {
            drop(writer.blocks);
            let _ = writer.thread.join();
        }
    }
}

impl Filling {
    fn push(&mut self, id: EntryId, bytes: &[u8]) {
        self.ids = Some((self.ids.map_or(id, |(first, _)| first), id));
        self.entries += 1;
        self.last_at = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
    }
}

impl Writer {
    /// `None` where the system has no thread.
    fn start(place: Place) -> Option<Self> {
        let (blocks, told) = sync_channel(WAITING);
        let size = Arc::new(AtomicU64::new(0));
        let written = Arc::clone(&size);
        let thread = thread::Builder::new().name("keeper".to_owned());
        let thread = thread.spawn(move || {
            // What cannot be kept is read again another time.
            let _ = place.write(&told, &written);
        });
        Some(Self {
            blocks,
            size,
            thread: thread.ok()?,
        })
    }
}

impl Place {
    /// Writes what it is told until it is told to finish. Without that nobody sees what was written.
    fn write(&self, told: &Receiver<Told>, size: &AtomicU64) -> io::Result<()> {
        match self.end {
            Some(end) => Self::write_to(&mut self.go_on(end)?, told, size).map(drop),
            None => {
                let folder = self.path.parent().unwrap_or(&self.path);
                private::make_folders(folder)?;
                clear_unused(folder);
                // Its owner's alone, under a name that nobody else uses, and gone if it is not finished.
                let mut new = tempfile::NamedTempFile::new_in(folder)?;
                file::begin(new.as_file_mut(), &self.name)?;
                if Self::write_to(new.as_file_mut(), told, size)? {
                    new.persist(&self.path)?;
                }
                Ok(())
            }
        }
    }

    /// Adds what it is told; says whether that was finished.
    fn write_to(file: &mut File, told: &Receiver<Told>, size: &AtomicU64) -> io::Result<bool> {
        for told in told {
            match told {
                Told::Block(block) => {
                    let Some(ids) = block.ids else { continue };
                    file::add_block(file, ids, block.entries, &block.bytes)?;
                    size.store(file.stream_position()?, Ordering::Relaxed);
                }
                Told::Finish(anchor) => return file::add_anchor(file, &anchor).map(|()| true),
            }
        }
        Ok(false)
    }

    /// The file as it was read, unless another process goes on with it.
    fn go_on(&self, end: u64) -> io::Result<File> {
        let mut file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        file.try_lock()?;
        let contents = file::read(&mut file, &self.name)?;
        if contents.is_none_or(|contents| contents.end != end) {
            return Err(io::ErrorKind::StaleNetworkFileHandle.into());
        }
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        Ok(file)
    }
}

/// Takes away what nobody has added to for long.
fn clear_unused(folder: &Path) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = file.path();
        let is_ours = path.extension().is_some_and(|ending| ending == "kept");
        let modified = file.metadata().and_then(|about| about.modified());
        let unused = modified.ok().and_then(|at| at.elapsed().ok());
        if is_ours && unused.is_some_and(|unused| unused > UNUSED) {
            let _ = fs::remove_file(path);
        }
    }
}
