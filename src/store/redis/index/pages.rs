//! The collector's side: what a page of events adds to the index, in its own round trip.

use std::collections::VecDeque;

use super::block::Block;
use super::keys::{BUCKETS, Keys, Kind, Place};
use super::segment::Segment;
use super::{KEY_LIFE, SEGMENT_AGE};
use crate::event::Event;
use crate::store::Error;
use crate::store::redis::pipe::{Pipe, Replies};
use crate::store::redis::resp::Reply;

/// Segments that one which is begun may take away.
const PRUNED: usize = 4;

const PRUNE: &str = include_str!("prune.lua");

/// The index of one stream, as one collector keeps it for its group.
#[derive(Debug)]
pub(crate) struct Index {
    pub(super) stream: String,
    pub(super) group: String,
    pub(super) keys: Keys,
    segment: Segment,
    /// One for each bucket; empty but while a page is queued.
    blocks: Vec<Block>,
    /// What was queued and waits for its replies, page by page.
    sent: VecDeque<Sent>,
    /// Keys that may have no expiry.
    owed: Vec<String>,
}

/// What was queued of a page, in this order.
#[derive(Debug, Default)]
struct Sent {
    /// Keys whose expiries were owed.
    owed: Vec<String>,
    /// That the segment is there; only where the page has a record or relies on one.
    names_segment: bool,
    /// Whether the server should have known it before.
    knew_segment: bool,
    /// Whether it has lost what was sent before this.
    is_lost: bool,
    /// Whether the page relies on what was sent before.
    relies: bool,
    appends: Vec<Append>,
    /// Whether it takes away what was trimmed.
    prunes: bool,
}

#[derive(Debug)]
struct Append {
    key: String,
    bytes: usize,
    /// Whether an expiry goes with it.
    expires: bool,
}

impl Index {
    /// The index of a stream, kept by a collector of this group.
    pub(crate) fn new(stream: &str, group: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            group: group.to_owned(),
            keys: Keys::new(stream),
            segment: Segment::new(),
            blocks: (0..BUCKETS).map(|_| Block::default()).collect(),
            sent: VecDeque::new(),
            owed: Vec::new(),
        }
    }

    /// Queues what these events add; where they begin a segment, what was trimmed is taken away, as it
    /// is with each [heartbeat](Self::heartbeat). They have to be of this stream. Call
    /// [`Self::settle`] once the pipe has run; where it has not, [`Self::lose`] them and queue them
    /// again. More may be queued before.
    pub(crate) fn queue<'e>(
        &mut self,
        pipe: &mut Pipe,
        events: impl IntoIterator<Item = &'e Event>,
    ) {
        let life = KEY_LIFE.as_secs().to_string();
        let expire = |pipe: &mut Pipe, key: &str| {
            pipe.queue(&[b"EXPIRE", key.as_bytes(), life.as_bytes()]);
        };
        if self.segment.is_done(SEGMENT_AGE) {
            self.segment = Segment::new();
        }
        let mut sent = Sent {
            owed: std::mem::take(&mut self.owed),
            ..Sent::default()
        };
        for key in &sent.owed {
            expire(pipe, key);
        }

        let (newest, relies) = self.sort(events);
        if let Some(newest) = newest {
            let (segments, score) = (self.keys.segments(), newest.to_string());
            // Before the records: a segment whose score is there is not taken away.
            let [key, score, name] = [&segments, &score, &self.segment.name].map(String::as_bytes);
            pipe.queue(&[b"ZADD", key, b"GT", score, name]);
            sent.names_segment = true;
            sent.knew_segment = std::mem::replace(&mut self.segment.is_known, true);
            sent.relies = relies;
            sent.prunes = !sent.knew_segment;
        }
        let mut bytes = Vec::new();
        for (bucket, block) in (0u8..).zip(&mut self.blocks) {
            let records = block.len();
            if records == 0 {
                continue;
            }
            bytes.clear();
            block.take(&mut bytes);
            let key = self.keys.bucket(&self.segment.name, bucket);
            pipe.queue(&[b"APPEND", key.as_bytes(), &bytes]);
            let expires = self.segment.begin(bucket, records);
            if expires {
                expire(pipe, &key);
            }
            let bytes = bytes.len();
            sent.appends.push(Append {
                key,
                bytes,
                expires,
            });
        }
        if sent.prunes {
            self.queue_prune(pipe, PRUNED);
        }
        self.sent.push_back(sent);
    }

    /// Nobody knows what became of what was queued.
    pub(crate) fn lose(&mut self) {
        self.owed
            .extend(self.sent.drain(..).flat_map(|sent| sent.owed));
        self.segment = Segment::new();
    }

    /// Puts what the events name into the blocks. Says when the newest of them was added, and
    /// whether a value was left out because the segment names it.
    fn sort<'e>(&mut self, events: impl IntoIterator<Item = &'e Event>) -> (Option<u64>, bool) {
        let (mut newest, mut relies) = (None, false);
        for event in events {
            let Some(entry) = event.entry() else {
                continue;
            };
            for (id, value) in event.ids.iter() {
                let Some(kind) = Kind::of(id) else {
                    continue;
                };
                newest = newest.max(Some(entry.ms));
                let place = Place::of(kind, value);
                if kind == Kind::Other && self.segment.names(place) {
                    relies = true;
                } else {
                    self.blocks[usize::from(place.bucket)].push(place, entry);
                }
            }
        }
        (newest, relies)
    }

    /// Takes the replies to what was queued first.
    ///
    /// # Errors
    /// When the server refused any of it, or has lost what was there before: these events are not
    /// indexed. Queue them again, or run [`Self::disable`], before one of them is acknowledged.
    pub(crate) fn settle(&mut self, pipe: &Pipe, replies: &mut Replies) -> Result<(), Error> {
        let sent = self.sent.pop_front().unwrap_or_default();
        let mut refused = None;
        let mut number = || match replies.next() {
            Reply::Int(number) => Ok(usize::try_from(number).unwrap_or(0)),
            Reply::Error(text) => {
                refused.get_or_insert(text);
                Ok(0)
            }
            _ => Err(pipe.malformed()),
        };
        for _ in &sent.owed {
            number()?;
        }
        let mut is_lost = sent.is_lost;
        if sent.names_segment {
            // A name that is new to the server though not to us.
            is_lost |= number()? > 0 && sent.knew_segment;
        }
        let mut orphans = Vec::new();
        for append in sent.appends {
            let length = number()?;
            match append.expires {
                true => _ = number()?,
                false if length == append.bytes => orphans.push(append.key),
                false => {}
            }
        }
        if sent.prunes {
            // A segment too many costs memory until it expires, and nothing else.
            replies.next();
        }

        if is_lost && sent.relies {
            refused.get_or_insert_with(|| "it has lost the index since the page before".to_owned());
        }
        if is_lost || refused.is_some() || !orphans.is_empty() {
            self.segment = Segment::new();
            for later in &mut self.sent {
                later.is_lost = true;
            }
        }
        self.owed.extend(orphans);
        match refused {
            Some(text) => {
                self.owed.extend(sent.owed);
                Err(pipe.answer(&text, None))
            }
            None => Ok(()),
        }
    }

    /// Takes away up to `limit` segments of which every entry was trimmed.
    pub(super) fn queue_prune(&self, pipe: &mut Pipe, limit: usize) {
        let (segments, limit) = (self.keys.segments(), limit.to_string());
        let buckets = BUCKETS.to_string();
        pipe.queue(&[
            b"EVAL",
            PRUNE.as_bytes(),
            b"2",
            self.stream.as_bytes(),
            segments.as_bytes(),
            self.keys.prefix.as_bytes(),
            buckets.as_bytes(),
            limit.as_bytes(),
        ]);
    }
}
