//! The reader's side: where the entries that can matter lie.

use super::block;
use super::keys::{Keys, Kind, Place};
use super::{MAX_IDS, TRUSTED_AGE};
use crate::event::EntryId;
use crate::store::Error;
use crate::store::redis::resp::{self, Reply};
use crate::store::redis::wire::Connection;
use crate::store::scan::Only;

/// Entries asked for that a group was given and has not acknowledged. Where there are more,
/// everything from there on is scanned: they mostly lie side by side.
const MAX_PENDING: usize = 1000;

/// Which entries of a stream can matter, both lists of ids in order and none twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store::redis) struct Found {
    /// Every entry up to this one.
    pub(in crate::store::redis) until: EntryId,
    /// Of what comes between, these.
    pub(in crate::store::redis) ids: Vec<EntryId>,
    /// Every entry after this one.
    pub(in crate::store::redis) after: EntryId,
    /// Whether the index knows the id that is looked for.
    pub(in crate::store::redis) knows: bool,
}

/// Why a stream has to be read in full.
pub(in crate::store::redis) type Reason = &'static str;

const NONE: Reason = "no collector keeps an index of it";
const REFUSED: Reason = "this user may not read its index";

/// How often it is asked which segments there are, while collectors begin new ones.
const ATTEMPTS: usize = 5;

/// Finds what has to be read of each of these streams.
///
/// # Errors
/// When the server stops answering. What it refuses is a reason to read in full.
pub(in crate::store::redis) fn look_up(
    connection: &mut Connection,
    streams: &[&str],
    only: Only<'_>,
) -> Result<Vec<Result<Found, Reason>>, Error> {
    let Some((value, kinds)) = asked(only) else {
        return Ok(vec![Err("only jobs and traces are indexed"); streams.len()]);
    };
    let places: Vec<_> = kinds
        .iter()
        .map(|kind| (*kind, Place::of(*kind, value)))
        .collect();
    for _ in 0..ATTEMPTS {
        let kept = kept(connection, streams)?;
        if kept.iter().all(Result::is_err) {
            return Ok(kept
                .into_iter()
                .map(|kept| Err(kept.err().unwrap_or(NONE)))
                .collect());
        }
        if let Some(found) = find(connection, &kept, &places)? {
            return Ok(found);
        }
    }
    Ok(vec![Err("its index changes too fast"); streams.len()])
}

/// The index of a stream: who keeps it, and the names of its segments.
struct Kept<'s> {
    stream: &'s str,
    keys: Keys,
    group: Vec<u8>,
    segments: Vec<String>,
}

/// What collectors keep of each stream.
fn kept<'s>(
    connection: &mut Connection,
    streams: &[&'s str],
) -> Result<Vec<Result<Kept<'s>, Reason>>, Error> {
    let keys: Vec<Keys> = streams.iter().map(|stream| Keys::new(stream)).collect();
    for keys in &keys {
        connection.command(&["HGET", &keys.meta(), "group"]);
        connection.command(&["ZRANGE", &keys.segments(), "0", "-1"]);
    }
    connection.send()?;
    let mut all = Vec::with_capacity(keys.len());
    for (stream, keys) in streams.iter().zip(keys) {
        let (group, segments) = (connection.reply()?, connection.reply()?);
        if let Reply::Error(text) = &group
            && is_passing(text)
        {
            return Err(connection.answer(text, None));
        }
        all.push(match (group, segments) {
            (Reply::Text(group), Reply::Array(segments)) => Ok(Kept {
                stream,
                keys,
                group,
                segments: names(&segments),
            }),
            (Reply::Error(_), _) | (_, Reply::Error(_)) => Err(REFUSED),
            _ => Err(NONE),
        });
    }
    Ok(all)
}

fn names(segments: &[Reply]) -> Vec<String> {
    let names = segments.iter().filter_map(Reply::text);
    names.map(str::to_owned).collect()
}

/// Asks everything at one moment; `None` where there is a segment by then that is not in `kept`.
fn find(
    connection: &mut Connection,
    kept: &[Result<Kept<'_>, Reason>],
    places: &[(Kind, Place)],
) -> Result<Option<Vec<Result<Found, Reason>>>, Error> {
    let mut batch = Batch::new(connection);
    batch.ask(&[b"TIME"]);
    batch.ask(&[b"INFO", b"server"]);
    batch.ask(&[b"INFO", b"stats"]);
    let most = MAX_PENDING.to_string();
    for kept in kept.iter().flatten() {
        let (stream, group) = (kept.stream.as_bytes(), kept.group.as_slice());
        let (meta, segments) = (kept.keys.meta(), kept.keys.segments());
        let meta = meta.as_bytes();
        batch.ask(&[
            b"HMGET", meta, b"group", b"run", b"evicted", b"last", b"from",
        ]);
        batch.ask(&[b"XINFO", b"STREAM", stream]);
        batch.ask(&[b"XINFO", b"GROUPS", stream]);
        batch.ask(&[b"XPENDING", stream, group, b"-", b"+", most.as_bytes()]);
        batch.ask(&[b"ZRANGE", segments.as_bytes(), b"0", b"-1"]);
        for segment in &kept.segments {
            for (_, place) in places {
                let key = kept.keys.bucket(segment, place.bucket);
                batch.ask(&[b"GET", key.as_bytes()]);
            }
        }
    }
    let Some(replies) = batch.run()? else {
        return Ok(Some(vec![Err(REFUSED); kept.len()]));
    };
    let mut replies = replies.iter();
    let mut next = || replies.next().unwrap_or(&Reply::Nil);
    let server = Server::read(next(), next(), next());
    let mut all = Vec::with_capacity(kept.len());
    for kept in kept {
        let kept = match kept {
            Ok(kept) => kept,
            Err(reason) => {
                all.push(Err(*reason));
                continue;
            }
        };
        let (meta, info, groups, pending, segments) = (next(), next(), next(), next(), next());
        if !names(segments.values())
            .iter()
            .all(|name| kept.segments.contains(name))
        {
            return Ok(None);
        }
        let blocks: Vec<_> = (kept.segments.iter())
            .flat_map(|_| places)
            .map(|place| (place, next()))
            .collect();
        let found = || {
            let server = server.as_ref().ok_or(REFUSED)?;
            let mut found = server.pledged(&kept.group, meta, info, groups)?;
            for ((kind, place), blocks) in blocks {
                found.add_blocks(*kind, *place, blocks)?;
            }
            found.add_pending(pending)?;
            found
                .ids
                .retain(|id| found.until < *id && *id <= found.after);
            found.ids.sort_unstable();
            found.ids.dedup();
            Ok(found)
        };
        all.push(found());
    }
    Ok(Some(all))
}

/// The value that is looked for, and the kinds of ids that it can be.
fn asked(only: Only<'_>) -> Option<(&str, &'static [Kind])> {
    Some(match only {
        Only::Id(id, value) => match Kind::of(id)? {
            Kind::Job => (value, &[Kind::Job]),
            Kind::Trace => (value, &[Kind::Trace]),
            Kind::Other => return None,
        },
        Only::AnyId(value) | Only::Start(value) => (value, &[Kind::Job, Kind::Trace, Kind::Other]),
    })
}

/// Whether an error of the server concerns all that is asked of it now.
fn is_passing(text: &str) -> bool {
    ["NOAUTH", "LOADING", "DENIED", "MASTERDOWN", "BUSY"]
        .iter()
        .any(|code| text.starts_with(code))
}

/// Commands that are carried out at one moment.
struct Batch<'c> {
    connection: &'c mut Connection,
    queued: usize,
}

impl<'c> Batch<'c> {
    fn new(connection: &'c mut Connection) -> Self {
        connection.command(&["MULTI"]);
        Self {
            connection,
            queued: 0,
        }
    }

    fn ask(&mut self, command: &[&[u8]]) {
        resp::command(&mut self.connection.output, command);
        self.queued += 1;
    }

    /// The replies; `None` where the server refuses one of the commands.
    fn run(self) -> Result<Option<Vec<Reply>>, Error> {
        self.connection.command(&["EXEC"]);
        self.connection.send()?;
        // Before the last come `OK` and `QUEUED`, or why not.
        for _ in 0..=self.queued {
            self.connection.reply()?;
        }
        match self.connection.reply()? {
            Reply::Array(replies) => Ok(Some(replies)),
            _ => Ok(None),
        }
    }
}

/// The server at that moment.
struct Server {
    now_ms: u64,
    run: String,
    evicted: String,
}

impl Server {
    fn read(time: &Reply, server: &Reply, stats: &Reply) -> Option<Self> {
        let seconds: u64 = time.values().first()?.text()?.parse().ok()?;
        let line = |info: &Reply, name: &str| {
            let mut lines = info.text()?.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map(|value| value.trim().to_owned())
        };
        Some(Self {
            now_ms: seconds.checked_mul(1000)?,
            run: line(server, "run_id")?,
            evicted: line(stats, "evicted_keys")?,
        })
    }

    /// What collectors of the group have said, where it still holds.
    fn pledged(
        &self,
        group: &[u8],
        meta: &Reply,
        info: &Reply,
        groups: &Reply,
    ) -> Result<Found, Reason> {
        let [Reply::Text(pledged), run, evicted, last, from] = meta.values() else {
            return Err(NONE);
        };
        if pledged != group {
            return Err(NONE);
        }
        if run.text() != Some(&self.run) {
            return Err("the server was started anew since its index was made");
        }
        if evicted.text() != Some(&self.evicted) {
            return Err("the server has evicted keys since its index was made");
        }
        let end = info.field("last-generated-id").and_then(id).ok_or(NONE)?;
        if end < id(last).ok_or(NONE)? {
            return Err("the stream is not the one of which an index was made");
        }
        let named =
            |one: &&Reply| matches!(one.field("name"), Some(Reply::Text(name)) if name == group);
        let after = groups.values().iter().find(named).ok_or(NONE)?;
        let after = after.field("last-delivered-id").and_then(id).ok_or(NONE)?;
        let trusted = u64::try_from(TRUSTED_AGE.as_millis()).unwrap_or(u64::MAX);
        let old = EntryId {
            ms: self.now_ms.saturating_sub(trusted),
            seq: 0,
        }
        .previous();
        Ok(Found {
            until: id(from).ok_or(NONE)?.max(old),
            ids: Vec::new(),
            after,
            knows: false,
        })
    }
}

impl Found {
    fn add_blocks(&mut self, kind: Kind, place: Place, blocks: &Reply) -> Result<(), Reason> {
        let blocks = match blocks {
            Reply::Text(blocks) => blocks,
            Reply::Nil => return Ok(()),
            _ => return Err(REFUSED),
        };
        let before = self.ids.len();
        block::find(blocks, place, &mut self.ids).ok_or("its index cannot be read")?;
        if self.ids.len() > before {
            if kind == Kind::Other {
                return Err("the id is that of a worker, machine, user or request, too");
            }
            self.knows = true;
        }
        match self.ids.len() > MAX_IDS {
            true => Err("it names the id too often"),
            false => Ok(()),
        }
    }

    fn add_pending(&mut self, pending: &Reply) -> Result<(), Reason> {
        let Reply::Array(pending) = pending else {
            return Err(REFUSED);
        };
        let mut last = None;
        for entry in pending {
            let pending = entry.values().first().and_then(id).ok_or(REFUSED)?;
            self.ids.push(pending);
            last = Some(pending);
        }
        if let Some(last) = last
            && pending.len() >= MAX_PENDING
        {
            self.after = self.after.min(last.previous());
        }
        Ok(())
    }
}

fn id(reply: &Reply) -> Option<EntryId> {
    reply.text()?.parse().ok()
}
