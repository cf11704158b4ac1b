//! Which entries name a job or a trace: kept by collectors, asked by readers.
//!
//! Each stream has an index of its own, so that it is cut as its stream is cut, and two systems on
//! one server do not mix. All of it lies under `emp:index:{STREAM}:`:
//!
//! | key | what it holds |
//! |---|---|
//! | `SEGMENT:BUCKET` | which entries name which values, as [blocks](block) |
//! | `segments` | a sorted set of the segments there are; the score is the time of the last entry that is in one |
//! | `meta` | what readers may rely on, see below |
//! | `off:GROUP` | collectors of that group keep no index now |
//!
//! A value belongs into one of 64 buckets, by its digest. So a page of entries costs at most 64
//! commands, however many jobs it names, and a reader fetches of each segment the one key in which
//! a value can be. A collector writes to a segment of its own; when that holds enough it begins
//! another. A segment goes, all of it, when its last entry was trimmed. Of workers, machines, users
//! and requests a segment says only that there is such a one.
//!
//! **What readers may rely on.** A reader must answer as a scan of all entries would. `meta` names
//! a consumer group and an entry `from`, and says: every entry after `from` that this group was
//! given and has acknowledged is in the index. So these together are all that can matter:
//!
//! 1. entries up to `from`, which are scanned;
//! 2. entries in the index;
//! 3. entries that the group was given and has not acknowledged, by their ids;
//! 4. entries that the group was not given yet, which are scanned.
//!
//! The reader takes 2, 3 and where 4 begins at one moment (`MULTI`). An entry is indexed before it
//! is acknowledged, so at that moment it is in one of the four. What the index holds too much (an
//! id twice, of an entry that was trimmed, of another value at the same place) does no harm:
//! readers fetch the entry and look at it.
//!
//! **When `meta` holds no more.** Keys can vanish. A reader does not trust `meta` where the server
//! was started anew since (it may have lost its last second, but not what collectors did on the
//! strength of that), where it has evicted any key since, or where the stream ends before an entry
//! that `meta` knows. Nor does it trust the index for entries that are older than the index's keys
//! are sure to live. Collectors look at the same things with each heartbeat; where `meta` does not
//! hold they write it anew, from the stream's last entry on. Not from the last one that the group
//! was given: a collector that outlived its server may still acknowledge entries that it was given
//! before. Entry ids that are ahead of the server's clock would be taken for younger than their
//! keys, so there is no `meta` then.
//!
//! **What cannot be noticed:** a hand that deletes single keys of the index, acknowledges entries
//! or deletes consumers of the group, moves the group's position, or puts a stream back in its place
//! that was away while another had its name.
//!
//! This room knows nothing of how collectors read and acknowledge.

mod block;
mod keys;
mod lookup;
mod pages;
mod pledge;
mod segment;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub(super) use lookup::{Found, look_up};
pub(crate) use pages::Index;
pub(crate) use pledge::Standing;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a key of the index lives after it was begun: only a backstop for an index that no
/// collector keeps any more.
const KEY_LIFE: Duration = DAY.saturating_mul(32);
/// How long a collector goes on with one segment, whose keys' life begins with it.
const SEGMENT_AGE: Duration = DAY;
/// How far entry ids may run ahead of the server's clock.
const AHEAD: Duration = Duration::from_secs(12 * 60 * 60);
/// The age up to which an entry's keys are sure to be there: [`KEY_LIFE`] less
/// [`SEGMENT_AGE`] and [`AHEAD`].
const TRUSTED_AGE: Duration = DAY.saturating_mul(30);
/// How long `meta` outlives the last heartbeat. Less than keys live, so that they are still there
/// where it is.
const META_LIFE: Duration = DAY;
/// How long a group without an index stays so after it said so last.
const OFF_LIFE: Duration = Duration::from_secs(10 * 60);

/// The most entries that are fetched by their ids. Beyond that there is no gain over a scan.
const MAX_IDS: usize = 75_000;
