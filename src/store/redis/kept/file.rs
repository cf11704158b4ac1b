//! The file of one stream: blocks of entries as the server sent them, compressed, and anchors.
//!
//! ```text
//! file    = head record*
//! head    = magic (8) | length of the name (2) | source and key of the stream
//! record  = 1 | first id (16) | last id (16) | entries (4) | bytes (4) | compressed bytes (4) | check (8)
//!             | a zstd frame
//!         | 2 | last id (16) | entries ever added up to it (8) | digest of the last entry (16) | check (8)
//! ```
//!
//! All numbers are little-endian. A check is a digest of what stands before it in its record: what a block
//! says of itself must be right even where its frame is not, as the server is asked for it then. An anchor
//! says that the stream held exactly what stands before it, up to that id; what stands behind the last one
//! was never finished. A file only grows, so that whoever reads it needs no lock; where it has to shrink,
//! another one takes its place.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use crate::digest::digest;
use crate::event::EntryId;

const MAGIC: &[u8; 8] = b"empkept\x02";
const BLOCK: u8 = 1;
const ANCHOR: u8 = 2;

/// Bytes of a block's record before its frame, the kind included.
const BLOCK_HEAD: usize = 1 + 16 + 16 + 3 * 4 + CHECK;
/// Bytes of an anchor's record.
const ANCHOR_SIZE: usize = 1 + 16 + 8 + 16 + CHECK;
/// Bytes of a check.
const CHECK: usize = 8;

/// The most bytes of a block, compressed or not.
pub(super) const MAX_BLOCK: usize = 8 * 1024 * 1024;

/// Compressing is to keep up with a server that sends.
const LEVEL: i32 = 1;

/// Entries that lie beside each other in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::redis) struct Block {
    pub(in crate::store::redis) first: EntryId,
    pub(in crate::store::redis) last: EntryId,
    pub(super) entries: u32,
    pub(super) bytes: u32,
    pub(super) packed: u32,
    pub(super) at: u64,
}

/// What the stream was up to the last entry that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) last: EntryId,
    /// How many entries were ever added, that one included.
    pub(super) added: u64,
    /// A digest of that entry as the server sent it.
    pub(super) digest: u128,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) blocks: Vec<Block>,
    pub(super) anchor: Anchor,
    /// Where the next record goes.
    pub(super) end: u64,
}

/// Writes the head of a new file.
pub(super) fn begin(file: &mut File, name: &str) -> io::Result<()> {
    let length = u16::try_from(name.len()).map_err(io::Error::other)?;
    let mut head = MAGIC.to_vec();
    head.extend(length.to_le_bytes());
    head.extend(name.as_bytes());
    file.write_all(&head)
}

/// Adds a block of so many entries.
pub(super) fn add_block(
    file: &mut File,
    (first, last): (EntryId, EntryId),
    entries: u32,
    bytes: &[u8],
) -> io::Result<()> {
    let mut packer = zstd::bulk::Compressor::new(LEVEL)?;
    packer.include_checksum(true)?;
    let packed = packer.compress(bytes)?;
    let mut record = Vec::with_capacity(BLOCK_HEAD + packed.len());
    record.push(BLOCK);
    put_id(&mut record, first);
    put_id(&mut record, last);
    for number in [entries as usize, bytes.len(), packed.len()] {
        let number = u32::try_from(number).map_err(io::Error::other)?;
        record.extend(number.to_le_bytes());
    }
    seal(&mut record);
    record.extend(packed);
    file.write_all(&record)
}

/// Adds an anchor.
pub(super) fn add_anchor(file: &mut File, anchor: &Anchor) -> io::Result<()> {
    let mut record = vec![ANCHOR];
    put_id(&mut record, anchor.last);
    record.extend(anchor.added.to_le_bytes());
    record.extend(anchor.digest.to_le_bytes());
    seal(&mut record);
    file.write_all(&record)
}

/// What a file of this name holds; `None` where that makes no sense, or nothing was finished.
pub(super) fn read(file: &mut File, name: &str) -> io::Result<Option<Contents>> {
    let length = file.metadata()?.len();
    let mut reader = io::BufReader::with_capacity(BLOCK_HEAD, &mut *file);
    reader.seek(SeekFrom::Start(0))?;
    let mut head = vec![0; MAGIC.len() + 2 + name.len()];
    if !fill(&mut reader, &mut head)? {
        return Ok(None);
    }
    let mut expected = MAGIC.to_vec();
    expected.extend(u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
    expected.extend(name.as_bytes());
    if head != expected {
        return Ok(None);
    }
    let mut at = head.len() as u64;
    let (mut blocks, mut finished): (Vec<Block>, _) = (Vec::new(), None);
    let mut kind = [0];
    while fill(&mut reader, &mut kind)? {
        if kind == [BLOCK] {
            let mut rest = [0; BLOCK_HEAD - 1];
            if !fill(&mut reader, &mut rest)? || !is_sealed(BLOCK, &rest) {
                break;
            }
            let block = block(&rest, at + BLOCK_HEAD as u64);
            let end = block.at + u64::from(block.packed);
            let before = blocks.last().map(|block| block.last);
            if !block.makes_sense(before) || end > length {
                break;
            }
            reader.seek_relative(i64::from(block.packed))?;
            blocks.push(block);
            at = end;
        } else if kind == [ANCHOR] {
            let mut rest = [0; ANCHOR_SIZE - 1];
            if !fill(&mut reader, &mut rest)? || !is_sealed(ANCHOR, &rest) {
                break;
            }
            let anchor = Anchor {
                last: id(&rest),
                added: u64::from_le_bytes(part(&rest, 16)),
                digest: u128::from_le_bytes(part(&rest, 24)),
            };
            if blocks.last().map(|block| block.last) != Some(anchor.last) {
                break;
            }
            at += ANCHOR_SIZE as u64;
            finished = Some((blocks.len(), anchor, at));
        } else {
            break;
        }
    }
    Ok(finished.map(|(count, anchor, end)| {
        blocks.truncate(count);
        Contents {
            blocks,
            anchor,
            end,
        }
    }))
}

impl Block {
    fn makes_sense(&self, before: Option<EntryId>) -> bool {
        let size = |bytes: u32| (1..=MAX_BLOCK).contains(&(bytes as usize));
        self.first <= self.last
            && before.is_none_or(|before| before < self.first)
            && self.entries > 0
            && size(self.bytes)
            && size(self.packed)
    }

    /// Bytes of its record.
    pub(super) fn size(&self) -> u64 {
        BLOCK_HEAD as u64 + u64::from(self.packed)
    }

    /// Its entries as the server sent them, in place of what `bytes` held.
    ///
    /// # Errors
    /// When the file cannot be read, or does not hold what was written.
    pub(super) fn load(&self, file: &File, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut packed = vec![0; self.packed as usize];
        let mut file = file;
        file.seek(SeekFrom::Start(self.at))?;
        file.read_exact(&mut packed)?;
        bytes.resize(self.bytes as usize, 0);
        let held = zstd::bulk::decompress_to_buffer(&packed, bytes)?;
        match held == bytes.len() {
            true => Ok(()),
            false => Err(ErrorKind::InvalidData.into()),
        }
    }
}

/// Fills a buffer; `false` where the file ends before that.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn block(head: &[u8; BLOCK_HEAD - 1], at: u64) -> Block {
    let number = |place| u32::from_le_bytes(part(head, place));
    Block {
        first: id(head),
        last: id(&head[16..]),
        entries: number(32),
        bytes: number(36),
        packed: number(40),
        at,
    }
}

/// Appends the check of a record so far.
fn seal(record: &mut Vec<u8>) {
    let check = digest(record).to_le_bytes();
    record.extend_from_slice(&check[..CHECK]);
}

/// Whether the check of a record of this kind is right.
fn is_sealed(kind: u8, rest: &[u8]) -> bool {
    let (said, _) = rest.split_at(rest.len() - CHECK);
    let mut record = [&[kind], said].concat();
    seal(&mut record);
    record[1..] == *rest
}

fn put_id(record: &mut Vec<u8>, id: EntryId) {
    record.extend(id.ms.to_le_bytes());
    record.extend(id.seq.to_le_bytes());
}

fn id(bytes: &[u8]) -> EntryId {
    EntryId {
        ms: u64::from_le_bytes(part(bytes, 0)),
        seq: u64::from_le_bytes(part(bytes, 8)),
    }
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[at..at + N]);
    part
}
