//! What a server tells about itself and its streams, for people who check its health.
//!
//! Whatever this user may not ask, or this server does not know, is `None`.

use std::time::Instant;

use super::gap::Position;
use super::resp::Reply;
use super::target::Target;
use super::wire::{Connection, Timeouts};
use crate::event::{EntryId, Millis};
use crate::store::Error;

/// A server at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerFacts {
    /// The address without its password.
    pub server: String,
    /// Version of Redis (of Valkey, its own).
    pub version: Option<String>,
    /// `standalone`, `cluster` or `sentinel`.
    pub mode: Option<String>,
    /// `master` or `slave`, as the server says.
    pub role: Option<String>,
    /// Seconds since it started.
    pub uptime_s: Option<u64>,
    /// Connections of clients.
    pub clients: Option<u64>,
    /// Bytes in use.
    pub used_memory: Option<u64>,
    /// Bytes it may use; 0 is no limit.
    pub max_memory: Option<u64>,
    /// What it removes when memory runs out: `noeviction`, `allkeys-lru`, …
    pub eviction: Option<String>,
    /// How it keeps data over a restart.
    pub persistence: Persistence,
    /// Its clock.
    pub time: Option<Millis>,
    /// How long a `PING` took, in milliseconds.
    pub round_trip_ms: f64,
    /// The streams, in the order asked for.
    pub streams: Vec<StreamFacts>,
}

/// How a server keeps data over a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Persistence {
    /// Whether snapshots are taken on their own.
    pub snapshots: Option<bool>,
    /// Whether the last snapshot worked.
    pub snapshot_ok: Option<bool>,
    /// When the last snapshot was taken.
    pub snapshot_at: Option<Millis>,
    /// Whether every write is logged.
    pub log: Option<bool>,
    /// Whether the last write to the log worked.
    pub log_ok: Option<bool>,
    /// Whether data is still being loaded.
    pub loading: Option<bool>,
}

/// One stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamFacts {
    /// Its key.
    pub name: String,
    /// What the key holds.
    pub held: Held,
    /// Entries in it.
    pub length: Option<u64>,
    /// Bytes it takes, as the server estimates.
    pub memory: Option<u64>,
    /// Entries ever added; servers before 7.0 do not count them.
    pub entries_added: Option<u64>,
    /// The oldest entry.
    pub first: Option<EntryId>,
    /// The newest entry.
    pub last: Option<EntryId>,
    /// Consumer groups; `None` where this user may not ask.
    pub groups: Option<Vec<Group>>,
}

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing: no entry was ever added.
    Nothing,
    /// A stream.
    Stream,
    /// Something else.
    Other,
}

/// A consumer group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Entries delivered and not acknowledged.
    pub pending: u64,
    /// Entries not delivered yet; `None` when the server cannot tell.
    pub lag: Option<u64>,
    /// The last entry delivered.
    pub last_delivered: Option<EntryId>,
    /// Its consumers.
    pub consumers: Vec<Consumer>,
}

/// A consumer of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// Entries it was given and has not acknowledged.
    pub pending: u64,
    /// Milliseconds since it last asked.
    pub idle_ms: u64,
}

/// Asks a server about itself and its streams.
///
/// # Errors
/// When the server cannot be reached, refuses access, or is still loading.
pub fn facts(
    target: &Target,
    streams: &[String],
    timeouts: Timeouts,
) -> Result<ServerFacts, Error> {
    let mut connection = Connection::reading(target, timeouts)?;
    // Credentials first: what is measured is a plain round trip.
    connection.send()?;
    connection.greet()?;
    let start = Instant::now();
    let ping = ask(&mut connection, &["PING"])?;
    let round_trip_ms = start.elapsed().as_secs_f64() * 1000.0;
    if let Reply::Error(text) = ping {
        // NOPERM concerns this command only; anything else concerns the server.
        if !text.starts_with("NOPERM") {
            return Err(connection.answer(&text, None));
        }
    }
    let time = server_time(&ask(&mut connection, &["TIME"])?);
    let info = ask(&mut connection, &["INFO"])?;
    let info = Sections(info.text().unwrap_or_default());
    let save = ask(&mut connection, &["CONFIG", "GET", "save"])?;
    let streams = streams
        .iter()
        .map(|stream| stream_facts(&mut connection, stream))
        .collect::<Result<_, _>>()?;
    let text = |name| info.get(name).map(str::to_owned);
    Ok(ServerFacts {
        server: target.to_string(),
        version: text("valkey_version").or_else(|| text("redis_version")),
        mode: text("redis_mode"),
        role: text("role"),
        uptime_s: info.number("uptime_in_seconds"),
        clients: info.number("connected_clients"),
        used_memory: info.number("used_memory"),
        max_memory: info.number("maxmemory"),
        eviction: text("maxmemory_policy"),
        persistence: Persistence {
            snapshots: save
                .field("save")
                .and_then(Reply::text)
                .map(|rules| !rules.is_empty()),
            snapshot_ok: info
                .get("rdb_last_bgsave_status")
                .map(|status| status == "ok"),
            snapshot_at: info.number("rdb_last_save_time").and_then(seconds),
            log: info.get("aof_enabled").map(|enabled| enabled == "1"),
            log_ok: info
                .get("aof_last_write_status")
                .map(|status| status == "ok"),
            loading: info.get("loading").map(|loading| loading == "1"),
        },
        time,
        round_trip_ms,
        streams,
    })
}

fn stream_facts(connection: &mut Connection, stream: &str) -> Result<StreamFacts, Error> {
    let info = ask(connection, &["XINFO", "STREAM", stream])?;
    let length = ask(connection, &["XLEN", stream])?;
    let memory = ask(connection, &["MEMORY", "USAGE", stream])?;
    let groups = ask(connection, &["XINFO", "GROUPS", stream])?;
    let held = match (&info, &length) {
        (Reply::Error(text), _) | (_, Reply::Error(text)) if text.starts_with("WRONGTYPE") => {
            Held::Other
        }
        (Reply::Error(text), _) if text.contains("no such key") => Held::Nothing,
        (Reply::Error(_), Reply::Int(0)) => Held::Nothing,
        _ => Held::Stream,
    };
    let entry = |name| {
        info.field(name)
            .and_then(|entry| id(entry.values().first()))
    };
    let mut facts = StreamFacts {
        name: stream.to_owned(),
        held,
        length: length.count(),
        memory: memory.count(),
        entries_added: info.field("entries-added").and_then(Reply::count),
        first: entry("first-entry"),
        last: entry("last-entry"),
        groups: None,
    };
    if held != Held::Stream {
        facts.groups = Some(Vec::new());
    } else if let Reply::Array(groups) = groups {
        let groups = groups
            .iter()
            .map(|group| group_facts(connection, stream, &info, group));
        facts.groups = Some(groups.collect::<Result<_, _>>()?);
    }
    Ok(facts)
}

fn group_facts(
    connection: &mut Connection,
    stream: &str,
    info: &Reply,
    group: &Reply,
) -> Result<Group, Error> {
    // Names are bytes: the one the server gave is what it is asked about.
    let name = match group.field("name") {
        Some(Reply::Text(name)) => name.clone(),
        _ => return Err(connection.malformed()),
    };
    let arguments: [&[u8]; 4] = [b"XINFO", b"CONSUMERS", stream.as_bytes(), &name];
    super::resp::command(&mut connection.output, &arguments);
    connection.send()?;
    let consumers = connection.reply()?;
    let count = |reply: &Reply, name| reply.field(name).and_then(Reply::count);
    Ok(Group {
        name: String::from_utf8_lossy(&name).into_owned(),
        pending: count(group, "pending").unwrap_or(0),
        lag: Position::of(group).and_then(|position| position.known_lag(info)),
        last_delivered: id(group.field("last-delivered-id")),
        consumers: consumers
            .values()
            .iter()
            .map(|consumer| Consumer {
                name: match consumer.field("name") {
                    Some(Reply::Text(name)) => String::from_utf8_lossy(name).into_owned(),
                    _ => String::new(),
                },
                pending: count(consumer, "pending").unwrap_or(0),
                idle_ms: count(consumer, "idle").unwrap_or(0),
            })
            .collect(),
    })
}

/// Asks one thing. Of the server's errors, only those that stop everything are errors here.
fn ask(connection: &mut Connection, command: &[&str]) -> Result<Reply, Error> {
    connection.command(command);
    connection.send()?;
    match connection.reply()? {
        Reply::Error(text)
            if ["NOAUTH", "LOADING", "DENIED"]
                .iter()
                .any(|code| text.starts_with(code)) =>
        {
            Err(connection.answer(&text, None))
        }
        reply => Ok(reply),
    }
}

fn id(reply: Option<&Reply>) -> Option<EntryId> {
    reply?.text()?.parse().ok()
}

fn seconds(seconds: u64) -> Option<Millis> {
    Millis::new(i64::try_from(seconds).ok()?.checked_mul(1000)?)
}

/// `TIME` answers seconds and microseconds.
pub(super) fn server_time(reply: &Reply) -> Option<Millis> {
    let part = |index: usize| reply.values().get(index)?.text()?.parse::<i64>().ok();
    let micros = part(1)?;
    Millis::new(part(0)?.checked_mul(1000)?.checked_add(micros / 1000)?)
}

/// The text of `INFO`: a line for each `name:value`.
struct Sections<'a>(&'a str);

impl<'a> Sections<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        let mut lines = self.0.lines().filter_map(|line| line.split_once(':'));
        lines
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.trim())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}
