//! The collectors of a system, as they tell of themselves.
//!
//! Each writes its last words, a JSON text, under a key of its own that expires after a day; how
//! long ago that was shows in the time the key has left, by the server's clock alone. A sorted set
//! names those that were heard of. Keys carry a digest of the streams' names, so that two systems on
//! one server do not mix.

use std::time::Instant;

use super::pipe::Pipe;
use super::resp::Reply;
use super::system::prefix;
use super::target::Target;
use super::wire::Timeouts;
use crate::store::Error;

/// Milliseconds after which a collector that says nothing is forgotten. Part of the format: ages are
/// counted from it.
const REMEMBERED_MS: u64 = 24 * 60 * 60 * 1000;
/// Collectors that are looked at, those heard of last.
const MOST: usize = 100;

/// Where the collectors of two streams tell of themselves.
#[derive(Clone, Debug)]
pub(crate) struct Heartbeats {
    prefix: String,
}

/// One that was heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastWords {
    /// Its name in the consumer groups.
    pub(crate) consumer: String,
    /// How long ago it spoke, in milliseconds.
    pub(crate) age_ms: u64,
    /// What it said.
    pub(crate) words: String,
}

/// What is known of the collectors of two streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roll {
    /// Those that were heard of within a day, by name.
    pub(crate) collectors: Vec<LastWords>,
    /// Entries in the stream of dead letters.
    pub(crate) dead_letters: Option<u64>,
}

impl Heartbeats {
    /// For collectors of these streams.
    pub(crate) fn of(events: &str, errors: &str) -> Self {
        Self {
            prefix: format!("{}seen", prefix(events, errors)),
        }
    }

    fn roll(&self) -> String {
        self.prefix.clone()
    }

    fn words(&self, consumer: &str) -> String {
        format!("{}:{consumer}", self.prefix)
    }

    /// Queues what a collector says at a time, in ms since 1970.
    pub(crate) fn beat(&self, pipe: &mut Pipe, consumer: &str, words: &str, now: i64) {
        let (roll, key) = (self.roll(), self.words(consumer));
        let kept = REMEMBERED_MS.to_string();
        let forgotten = now.saturating_sub_unsigned(REMEMBERED_MS).to_string();
        let now = now.to_string();
        pipe.queue(&[
            b"SET",
            key.as_bytes(),
            words.as_bytes(),
            b"PX",
            kept.as_bytes(),
        ]);
        pipe.queue(&[
            b"ZADD",
            roll.as_bytes(),
            now.as_bytes(),
            consumer.as_bytes(),
        ]);
        pipe.queue(&[
            b"ZREMRANGEBYSCORE",
            roll.as_bytes(),
            b"-inf",
            forgotten.as_bytes(),
        ]);
        pipe.queue(&[b"PEXPIRE", roll.as_bytes(), kept.as_bytes()]);
    }

    /// Queues the end of a collector that leaves nothing behind.
    pub(crate) fn farewell(&self, pipe: &mut Pipe, consumer: &str) {
        pipe.queue(&[b"DEL", self.words(consumer).as_bytes()]);
        pipe.queue(&[b"ZREM", self.roll().as_bytes(), consumer.as_bytes()]);
    }

    /// Everyone who was heard of, and how many dead letters lie in a stream. What this user may not
    /// ask counts as not there.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) fn read(
        &self,
        target: &Target,
        dead: &str,
        timeouts: Timeouts,
    ) -> Result<Roll, Error> {
        let mut pipe = Pipe::connect(target, timeouts)?;
        let last = (MOST - 1).to_string();
        let roll = self.roll();
        pipe.queue(&[b"ZREVRANGE", roll.as_bytes(), b"0", last.as_bytes()]);
        pipe.queue(&[b"XLEN", dead.as_bytes()]);
        let mut replies = pipe.run(Instant::now() + timeouts.reply)?;
        let known = replies.next();
        let known: Vec<String> = known.values().iter().filter_map(name).collect();
        let dead_letters = replies.next().count();
        let collectors = self.words_of(&mut pipe, known, timeouts)?;
        Ok(Roll {
            collectors,
            dead_letters,
        })
    }

    /// What one collector said last; `None` where it was not heard of for a day.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) fn read_one(
        &self,
        target: &Target,
        consumer: &str,
        timeouts: Timeouts,
    ) -> Result<Option<LastWords>, Error> {
        let mut pipe = Pipe::connect(target, timeouts)?;
        let words = self.words_of(&mut pipe, vec![consumer.to_owned()], timeouts)?;
        Ok(words.into_iter().next())
    }

    fn words_of(
        &self,
        pipe: &mut Pipe,
        mut names: Vec<String>,
        timeouts: Timeouts,
    ) -> Result<Vec<LastWords>, Error> {
        names.sort();
        for consumer in &names {
            let key = self.words(consumer);
            pipe.queue(&[b"GET", key.as_bytes()]);
            pipe.queue(&[b"PTTL", key.as_bytes()]);
        }
        let mut replies = pipe.run(Instant::now() + timeouts.reply)?;
        let mut found = Vec::new();
        for consumer in names {
            let (words, left) = (replies.next(), replies.next());
            if let Reply::Error(text) = &words
                && !text.starts_with("NOPERM")
            {
                return Err(pipe.answer(text, Some(&self.words(&consumer))));
            }
            if let (Some(words), Some(left)) = (name(&words), left.count()) {
                found.push(LastWords {
                    consumer,
                    age_ms: REMEMBERED_MS.saturating_sub(left),
                    words,
                });
            }
        }
        Ok(found)
    }
}

fn name(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::server::{Server, soon};
    use super::*;

    fn said(pipe: &mut Pipe, queue: impl FnOnce(&mut Pipe)) {
        queue(pipe);
        pipe.run(soon()).expect("answers");
    }

    #[test]
    fn collectors_are_heard_of_until_they_leave() {
        let server = Server::start(&[]);
        let mut pipe = Pipe::connect(&server.target(), Timeouts::default()).expect("connected");
        let beats = Heartbeats::of("emp:events", "emp:errors");
        let other = Heartbeats::of("other:events", "emp:errors");
        let read = |of: &Heartbeats| {
            let roll = of.read(&server.target(), "emp:dead", Timeouts::default());
            roll.expect("answers")
        };
        assert_eq!(
            (read(&beats).collectors, read(&beats).dead_letters),
            (vec![], Some(0))
        );
        said(&mut pipe, |pipe| beats.beat(pipe, "b", "{\"n\":1}", 1_000));
        said(&mut pipe, |pipe| beats.beat(pipe, "a b:*", "old", 1_000));
        said(&mut pipe, |pipe| beats.beat(pipe, "a b:*", "new", 2_000));
        let words: Vec<_> = read(&beats).collectors;
        let names: Vec<_> = words.iter().map(|of| (&*of.consumer, &*of.words)).collect();
        assert_eq!(names, [("a b:*", "new"), ("b", "{\"n\":1}")]);
        assert!(words.iter().all(|of| of.age_ms < 60_000), "{words:?}");
        assert!(read(&other).collectors.is_empty());

        // A day is nearly over for one, and quite for another.
        server.run(&["PEXPIRE", &beats.words("b"), "10000"]);
        let of = |consumer| {
            let one = beats.read_one(&server.target(), consumer, Timeouts::default());
            one.expect("answers")
        };
        let age = of("b").expect("known").age_ms;
        assert!(
            (REMEMBERED_MS - 10_000..REMEMBERED_MS).contains(&age),
            "{age}"
        );
        assert_eq!(of("c"), None);
        let later = 2_000 + i64::try_from(REMEMBERED_MS).expect("a day");
        said(&mut pipe, |pipe| beats.beat(pipe, "a b:*", "newer", later));
        assert_eq!(read(&beats).collectors.len(), 1, "b is forgotten");
        said(&mut pipe, |pipe| beats.farewell(pipe, "a b:*"));
        assert!(read(&beats).collectors.is_empty());
        server.run(&["SET", &beats.roll(), "x"]);
        assert!(read(&beats).collectors.is_empty());
    }
}
