//! The collector's side: what a page of events adds to the index, in its own round trip.

use std::collections::HashMap;

use uuid::Uuid;

use super::keys::{Keys, Kind, member};
use super::pack::{UNREADABLE, pack};
use super::recent::Recent;
use super::{KEY_LIFE, MAX_IDS};
use crate::event::Event;
use crate::store::Error;
use crate::store::redis::pipe::{Pipe, Replies};
use crate::store::redis::resp::Reply;

/// A value's score is so much later than the entry that set it, in milliseconds: a job that goes
/// on for a minute costs six scores and not one for each page. Its keys go as much later.
const SCORE_AHEAD_MS: u64 = 10_000;

/// Values that a page may take away, beside as many as it adds.
const PRUNED: usize = 64;

const PRUNE: &str = include_str!("prune.lua");

/// The index of one stream, as one collector keeps it for its group.
#[derive(Debug)]
pub(crate) struct Index {
    pub(super) stream: String,
    pub(super) group: String,
    pub(super) keys: Keys,
    recent: Recent,
    /// A name among those that are known: while it is there, so is what `recent` remembers.
    presence: String,
    /// What was queued and waits for its reply.
    sent: Vec<Sent>,
    /// What is known once all of it has worked.
    noted: Vec<(u64, u64)>,
    /// Values that were new to the server though not to us, with their scores.
    lost: Vec<(Vec<u8>, u64)>,
    /// Keys that hold more than they should.
    full: Vec<Vec<u8>>,
}

#[derive(Debug)]
enum Sent {
    /// Whether the page relies on what was sent before.
    Presence(bool),
    Append {
        key: Vec<u8>,
        bytes: usize,
        /// The score that is said to be there already.
        known: Option<u64>,
    },
    Other,
    Prune,
}

/// What a page says of one value.
#[derive(Default)]
struct Touched {
    ids: Vec<u8>,
    newest: u64,
}

impl Index {
    /// The index of a stream, kept by a collector of this group.
    pub(crate) fn new(stream: &str, group: &str) -> Self {
        Self {
            stream: stream.to_owned(),
            group: group.to_owned(),
            keys: Keys::new(stream),
            recent: Recent::new(),
            presence: format!("!{}", Uuid::new_v4().simple()),
            sent: Vec::new(),
            noted: Vec::new(),
            lost: Vec::new(),
            full: Vec::new(),
        }
    }

    /// Queues what these events add, and takes away what was trimmed. They have to be of this
    /// stream. Call [`Self::settle`] once the pipe has run; where it has not, queue them again.
    pub(crate) fn queue<'e>(
        &mut self,
        pipe: &mut Pipe,
        events: impl IntoIterator<Item = &'e Event>,
    ) {
        self.sent.clear();
        self.noted.clear();
        self.recent.age();
        let page = page(events);
        let life = KEY_LIFE.as_secs().to_string();
        let life = life.as_bytes();

        let mut scores: Vec<(Vec<u8>, String)> = Vec::new();
        let mut appends: Vec<(Vec<u8>, Vec<u8>, Option<u64>)> = Vec::with_capacity(page.len());
        let mut expiring: Vec<Vec<u8>> = Vec::new();
        let mut relies = false;
        for (name, score) in std::mem::take(&mut self.lost) {
            expiring.push([self.keys.prefix.as_bytes(), &name].concat());
            scores.push((name, score.to_string()));
        }
        for ((kind, value), touched) in page {
            let mark = self.recent.mark((kind, value));
            let known = self.recent.score(mark);
            if known.is_none_or(|score| touched.newest > score) {
                let score = touched.newest.saturating_add(SCORE_AHEAD_MS);
                scores.push((member(kind, value), score.to_string()));
                self.noted.push((mark, score));
            }
            relies |= known.is_some();
            if kind == Kind::Other {
                continue;
            }
            let key = self.keys.value(kind, value);
            if known.is_none() {
                expiring.push(key.clone());
            }
            appends.push((key, touched.ids, known));
        }

        let known = self.keys.known();
        pipe.queue(&[b"ZADD", known.as_bytes(), b"inf", self.presence.as_bytes()]);
        self.sent.push(Sent::Presence(relies));
        // Before the ids: a value whose score is there is not taken away.
        if !scores.is_empty() {
            let mut command: Vec<&[u8]> = vec![b"ZADD", known.as_bytes(), b"GT"];
            for (name, score) in &scores {
                command.extend([score.as_bytes(), name]);
            }
            pipe.queue(&command);
            self.sent.push(Sent::Other);
        }
        for (key, ids, known) in appends {
            pipe.queue(&[b"APPEND", &key, &ids]);
            let bytes = ids.len();
            self.sent.push(Sent::Append { key, bytes, known });
        }
        for key in expiring {
            pipe.queue(&[b"EXPIRE", &key, life]);
            self.sent.push(Sent::Other);
        }
        for key in std::mem::take(&mut self.full) {
            pipe.queue(&[b"SET", &key, &UNREADABLE, b"EX", life]);
            self.sent.push(Sent::Other);
        }
        self.queue_prune(pipe, scores.len() + PRUNED);
        self.sent.push(Sent::Prune);
    }

    /// Takes the replies to what was queued last.
    ///
    /// # Errors
    /// When the server refused any of it, or has lost what was there before: these events are not
    /// indexed. Queue them again, or run [`Self::disable`], before one of them is acknowledged.
    pub(crate) fn settle(&mut self, pipe: &Pipe, replies: &mut Replies) -> Result<(), Error> {
        let mut refused = None;
        let mut forgotten = false;
        for sent in self.sent.drain(..) {
            match (sent, replies.next()) {
                // A value too many costs memory until it expires, and nothing else.
                (Sent::Prune, _) => {}
                (_, Reply::Error(text)) => _ = refused.get_or_insert(text),
                (Sent::Presence(relies), Reply::Int(1..)) => {
                    forgotten = true;
                    if relies {
                        let text = "it has lost the index since the page before";
                        refused.get_or_insert(text.to_owned());
                    }
                }
                (Sent::Append { key, bytes, known }, Reply::Int(length)) => {
                    let length = usize::try_from(length).unwrap_or(0);
                    if length > MAX_IDS {
                        self.full.push(key);
                    } else if length == bytes
                        && let Some(score) = known
                    {
                        let name = key[self.keys.prefix.len()..].to_vec();
                        self.lost.push((name, score));
                        forgotten = true;
                    }
                }
                (Sent::Presence(_) | Sent::Other, Reply::Int(_) | Reply::Text(_)) => {}
                _ => return Err(pipe.malformed()),
            }
        }
        if forgotten || refused.is_some() {
            self.recent.forget();
        }
        if let Some(text) = refused {
            return Err(pipe.answer(&text, None));
        }
        for (mark, score) in self.noted.drain(..) {
            self.recent.note(mark, score);
        }
        Ok(())
    }

    /// Takes away up to `limit` values of which every entry was trimmed.
    pub(super) fn queue_prune(&self, pipe: &mut Pipe, limit: usize) {
        let (known, limit) = (self.keys.known(), limit.to_string());
        pipe.queue(&[
            b"EVAL",
            PRUNE.as_bytes(),
            b"2",
            self.stream.as_bytes(),
            known.as_bytes(),
            self.keys.prefix.as_bytes(),
            limit.as_bytes(),
        ]);
    }
}

/// Each value that the events name, with the entries that name it.
fn page<'e>(events: impl IntoIterator<Item = &'e Event>) -> HashMap<(Kind, &'e str), Touched> {
    let mut page: HashMap<(Kind, &str), Touched> = HashMap::new();
    let mut packed = Vec::new();
    for event in events {
        let Some(entry) = event.entry() else {
            continue;
        };
        packed.clear();
        pack(entry, &mut packed);
        for (id, value) in event.ids.iter() {
            if let Some(kind) = Kind::of(id) {
                let touched = page.entry((kind, value)).or_default();
                touched.newest = touched.newest.max(entry.ms);
                if kind != Kind::Other {
                    touched.ids.extend_from_slice(&packed);
                }
            }
        }
    }
    page
}
