//! Removing entries that nobody needs any more: old ones, or under pressure all that every
//! consumer group has.
//!
//! The bound is the oldest entry that some group has not read or not acknowledged, whichever group
//! that is: another program's counts as much as a collector's.

use std::time::{Duration, Instant};

use super::pipe::{Pipe, Replies};
use super::resp::Reply;
use crate::event::EntryId;
use crate::store::Error;

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What may be removed from one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trim<'a> {
    /// Key of the stream.
    pub(crate) stream: &'a str,
    /// Entries below this one are old, by the server's clock.
    pub(crate) old: EntryId,
    /// Entries beyond so many are too many, be they old or not.
    pub(crate) max_len: u64,
    /// Whether everything that all groups have may go.
    pub(crate) all_read: bool,
}

/// What was done to one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trimmed {
    /// Entries removed.
    pub(crate) removed: u64,
    /// The oldest entry there was before that.
    pub(crate) first: Option<EntryId>,
}

struct Found {
    length: u64,
    first: Option<EntryId>,
    /// Names of the groups, and the last entry each has taken.
    groups: Vec<(Vec<u8>, EntryId)>,
}

impl Trim<'_> {
    /// Trims streams, in three round trips for all of them. A key that holds no stream is left
    /// alone.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    pub(crate) fn run(trims: &[Self], pipe: &mut Pipe) -> Result<Vec<Trimmed>, Error> {
        for trim in trims {
            pipe.queue(&[b"XINFO", b"STREAM", trim.stream.as_bytes()]);
            pipe.queue(&[b"XINFO", b"GROUPS", trim.stream.as_bytes()]);
        }
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        let found: Vec<_> = trims
            .iter()
            .map(|trim| trim.look(pipe, &mut replies))
            .collect::<Result<_, _>>()?;
        for (trim, found) in trims.iter().zip(&found) {
            for (group, _) in found.iter().flat_map(|found| &found.groups) {
                pipe.queue(&[b"XPENDING", trim.stream.as_bytes(), group]);
            }
        }
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        let mut asked = Vec::new();
        for (trim, found) in trims.iter().zip(&found) {
            let Some(found) = found else {
                asked.push(0);
                continue;
            };
            let needed = found.needed(&mut replies);
            asked.push(trim.queue(found, needed, pipe));
        }
        let mut replies = pipe.run(Instant::now() + PATIENCE)?;
        let trimmed = trims.iter().zip(&found).zip(asked);
        trimmed
            .map(|((trim, found), commands)| {
                let mut removed = 0;
                for _ in 0..commands {
                    removed += match replies.next() {
                        Reply::Error(text) => return Err(pipe.answer(&text, Some(trim.stream))),
                        reply => reply.count().unwrap_or(0),
                    };
                }
                let first = found.as_ref().and_then(|found| found.first);
                Ok(Trimmed { removed, first })
            })
            .collect()
    }

    fn look(&self, pipe: &Pipe, replies: &mut Replies) -> Result<Option<Found>, Error> {
        let (info, groups) = (replies.next(), replies.next());
        if let Reply::Error(text) = &info {
            return match text.starts_with("ERR no such key") || text.starts_with("WRONGTYPE") {
                true => Ok(None),
                false => Err(pipe.answer(text, Some(self.stream))),
            };
        }
        let first = info.field("first-entry");
        Ok(Some(Found {
            length: info.field("length").and_then(Reply::count).unwrap_or(0),
            first: id(first.and_then(|entry| entry.values().first())),
            groups: groups
                .values()
                .iter()
                .filter_map(|group| match group.field("name") {
                    Some(Reply::Text(name)) => {
                        let last = id(group.field("last-delivered-id"));
                        Some((name.clone(), last.unwrap_or(EntryId::MIN)))
                    }
                    _ => None,
                })
                .collect(),
        }))
    }

    /// Queues what is to be removed; says how many commands that takes.
    fn queue(&self, found: &Found, needed: EntryId, pipe: &mut Pipe) -> usize {
        let bound = match self.all_read {
            true => needed,
            false => self.old.min(needed),
        };
        let mut commands = 0;
        if found.first.is_some_and(|first| first < bound) {
            let bound = bound.to_string();
            pipe.queue(&[
                b"XTRIM",
                self.stream.as_bytes(),
                b"MINID",
                b"~",
                bound.as_bytes(),
            ]);
            commands += 1;
        }
        let surplus = found.length.saturating_sub(self.max_len);
        if surplus > 0 && found.first.is_some_and(|first| first < needed) {
            // At most the surplus, and of that only what everybody has.
            let (needed, surplus) = (needed.to_string(), surplus.to_string());
            pipe.queue(&[
                b"XTRIM",
                self.stream.as_bytes(),
                b"MINID",
                b"~",
                needed.as_bytes(),
                b"LIMIT",
                surplus.as_bytes(),
            ]);
            commands += 1;
        }
        commands
    }
}

impl Found {
    /// The oldest entry that some group still needs; the greatest id where none does.
    fn needed(&self, replies: &mut Replies) -> EntryId {
        let groups = self.groups.iter().map(|(_, last)| {
            let pending = replies.next();
            let oldest = id(pending.values().get(1));
            // A user who may not ask is told nothing: then everything unread counts as needed,
            // and so does everything that was ever delivered.
            match pending {
                Reply::Array(_) => oldest.unwrap_or(last.next()).min(last.next()),
                _ => EntryId::MIN,
            }
        });
        groups.min().unwrap_or(EntryId::MAX)
    }
}

fn id(reply: Option<&Reply>) -> Option<EntryId> {
    reply?.text()?.parse().ok()
}
