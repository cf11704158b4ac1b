//! What readers may rely on, as collectors say it: see [`super`].

use super::keys::BUCKETS;
use super::pages::Index;
use super::{AHEAD, KEY_LIFE, META_LIFE, OFF_LIFE};
use crate::store::Error;
use crate::store::redis::pipe::{Pipe, Replies};
use crate::store::redis::resp::Reply;

/// Segments that a heartbeat may take away.
const PRUNED: usize = 100;

const HEARTBEAT: &str = include_str!("heartbeat.lua");
const DISABLE: &str = include_str!("disable.lua");

/// Whether readers of the stream use its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// They do.
    Kept,
    /// They do from now on, for entries from now on (a group that has read nothing yet: for all).
    Anew,
    /// They use what another group has said.
    AnotherGroup,
    /// They do not: a collector of this group keeps no index, or could not, within ten minutes.
    Off,
    /// They do not: there is no such stream or group.
    NoGroup,
    /// They do not: the stream's entry ids are ahead of the server's clock.
    Ahead,
}

impl Index {
    /// Says that the index is kept. Run it once before the first entry is read, then every few
    /// seconds; each takes one call of [`Self::settle_heartbeat`].
    pub(crate) fn heartbeat(&self, pipe: &mut Pipe) {
        let (meta, segments) = (self.keys.meta(), self.keys.segments());
        let off = self.keys.off(&self.group);
        let seconds = |time: std::time::Duration| time.as_secs().to_string();
        pipe.queue(&[
            b"EVAL",
            HEARTBEAT.as_bytes(),
            b"4",
            self.stream.as_bytes(),
            meta.as_bytes(),
            segments.as_bytes(),
            off.as_bytes(),
            self.group.as_bytes(),
            seconds(META_LIFE).as_bytes(),
            seconds(KEY_LIFE).as_bytes(),
            AHEAD.as_millis().to_string().as_bytes(),
            self.keys.prefix.as_bytes(),
            BUCKETS.to_string().as_bytes(),
        ]);
        self.queue_prune(pipe, PRUNED);
    }

    /// Takes the replies to a heartbeat.
    ///
    /// # Errors
    /// When the server refused it. What readers were told before stands until it expires, and is
    /// right as long as every page is settled or [disabled](Self::disable).
    pub(crate) fn settle_heartbeat(
        &self,
        pipe: &Pipe,
        replies: &mut Replies,
    ) -> Result<Standing, Error> {
        let standing = match replies.next() {
            Reply::Error(text) => Err(pipe.answer(&text, None)),
            reply => match reply.text() {
                Some("kept") => Ok(Standing::Kept),
                Some("anew") => Ok(Standing::Anew),
                Some("another group") => Ok(Standing::AnotherGroup),
                Some("off") => Ok(Standing::Off),
                Some("no group") => Ok(Standing::NoGroup),
                Some("ahead") => Ok(Standing::Ahead),
                _ => Err(pipe.malformed()),
            },
        };
        match replies.next() {
            Reply::Error(text) => standing.and(Err(pipe.answer(&text, None))),
            _ => standing,
        }
    }

    /// Tells readers not to use the index, for ten minutes. A collector that keeps none runs this
    /// for every page between reading and acknowledging it, for others of its group may keep one;
    /// so does a collector whose page could not be indexed. Each takes one call of
    /// [`Self::settle_disable`].
    pub(crate) fn disable(&self, pipe: &mut Pipe) {
        let (meta, off) = (self.keys.meta(), self.keys.off(&self.group));
        pipe.queue(&[
            b"EVAL",
            DISABLE.as_bytes(),
            b"2",
            meta.as_bytes(),
            off.as_bytes(),
            self.group.as_bytes(),
            OFF_LIFE.as_secs().to_string().as_bytes(),
        ]);
    }

    /// Takes the reply to [`Self::disable`].
    ///
    /// # Errors
    /// When the server refused it: nothing of the page may be acknowledged yet.
    pub(crate) fn settle_disable(&self, pipe: &Pipe, replies: &mut Replies) -> Result<(), Error> {
        match replies.next() {
            Reply::Error(text) => Err(pipe.answer(&text, None)),
            _ => Ok(()),
        }
    }
}
