//! Against a real server: a collector that keeps the index, and readers that ask it.

mod equal;
mod on_way;
mod pages;
mod pledge;
mod threads;

use std::cell::Cell;
use std::sync::Arc;

use super::{Index, Standing};
use crate::event::{EntryId, Event, Literal, wire};
use crate::store::redis::pipe::{Pipe, Replies};
use crate::store::redis::resp::Reply;
use crate::store::redis::server::{Server, soon};
use crate::store::redis::{RedisSource, Timeouts};
use crate::store::{Coverage, Error, Only, Scan, Source};

/// A collector of one stream, as far as the index is concerned.
struct Collector {
    index: Index,
    pipe: Pipe,
    stream: Arc<str>,
    group: String,
    name: String,
    /// Read and not indexed.
    read: Vec<Event>,
    /// Indexed and not acknowledged.
    indexed: Vec<EntryId>,
}

impl Collector {
    fn start(server: &Server, stream: &str, name: &str) -> Self {
        Self::of_group(server, stream, "g", name)
    }

    fn of_group(server: &Server, stream: &str, group: &str, name: &str) -> Self {
        let mut collector = Self {
            index: Index::new(stream, group),
            pipe: Pipe::connect(&server.target(), Timeouts::default()).expect("a connection"),
            stream: stream.into(),
            group: group.to_owned(),
            name: name.to_owned(),
            read: Vec::new(),
            indexed: Vec::new(),
        };
        collector.heal();
        collector
    }

    /// Makes the group, where there is none.
    fn heal(&mut self) {
        let (stream, group) = (self.stream.to_string(), self.group.clone());
        self.ask(&["XGROUP", "CREATE", &stream, &group, "0", "MKSTREAM"]);
    }

    fn run(&mut self) -> Replies {
        self.pipe.run(soon()).expect("replies")
    }

    fn ask(&mut self, command: &[&str]) -> Reply {
        let command: Vec<&[u8]> = command.iter().map(|part| part.as_bytes()).collect();
        self.pipe.queue(&command);
        self.run().next()
    }

    fn beat(&mut self) -> Standing {
        self.index.heartbeat(&mut self.pipe);
        let mut replies = self.run();
        let standing = self.index.settle_heartbeat(&self.pipe, &mut replies);
        standing.expect("a heartbeat")
    }

    fn disable(&mut self) {
        self.index.disable(&mut self.pipe);
        let mut replies = self.run();
        let settled = self.index.settle_disable(&self.pipe, &mut replies);
        settled.expect("disabled");
    }

    /// Reads up to so many entries, new ones (`>`) or its own again (`0`).
    fn read(&mut self, count: usize, after: &str) {
        let (stream, group, name) = (
            self.stream.to_string(),
            self.group.clone(),
            self.name.clone(),
        );
        let count = count.to_string();
        let reply = self.ask(&[
            "XREADGROUP",
            "GROUP",
            &group,
            &name,
            "COUNT",
            &count,
            "STREAMS",
            &stream,
            after,
        ]);
        if matches!(&reply, Reply::Error(text) if text.starts_with("NOGROUP")) {
            self.heal();
        }
        for stream in reply.values() {
            let entries = stream.values().get(1).map(Reply::values);
            self.take(entries.unwrap_or_default());
        }
    }

    /// Takes over up to so many entries of other consumers.
    fn claim(&mut self, count: usize) {
        let (stream, group, name) = (
            self.stream.to_string(),
            self.group.clone(),
            self.name.clone(),
        );
        let count = count.to_string();
        let reply = self.ask(&[
            "XAUTOCLAIM",
            &stream,
            &group,
            &name,
            "0",
            "0",
            "COUNT",
            &count,
        ]);
        let entries = reply.values().get(1).map(Reply::values);
        self.take(entries.unwrap_or_default());
    }

    fn take(&mut self, entries: &[Reply]) {
        for entry in entries {
            let [id, Reply::Array(fields)] = entry.values() else {
                continue; // It was trimmed.
            };
            let id = id.text().and_then(|id| id.parse().ok()).expect("an id");
            let fields = fields.chunks_exact(2).map(|pair| match pair {
                [Reply::Text(name), Reply::Text(value)] => (name.as_slice(), value.as_slice()),
                _ => panic!("no field"),
            });
            self.read.push(wire::decode(&self.stream, id, fields));
        }
    }

    /// Indexes what was read.
    fn index(&mut self) {
        let events = std::mem::take(&mut self.read);
        if self.try_index(&events).is_err() {
            // The server has lost what was there before.
            self.try_index(&events).expect("indexed");
        }
        self.indexed.extend(events.iter().filter_map(Event::entry));
    }

    fn try_index(&mut self, events: &[Event]) -> Result<(), Error> {
        self.send(events);
        self.settle()
    }

    /// Sends what these add, and waits for nothing.
    fn send(&mut self, events: &[Event]) {
        self.index.queue(&mut self.pipe, events);
        self.pipe.send(soon()).expect("sent");
    }

    /// Takes the replies to what was sent first.
    fn settle(&mut self) -> Result<(), Error> {
        let mut replies = self.pipe.receive(soon()).expect("replies");
        let settled = self.index.settle(&self.pipe, &mut replies);
        assert_eq!(replies.next(), Reply::Nil, "all replies were taken");
        settled
    }

    /// Reads what is new.
    fn news(&mut self) -> Vec<Event> {
        self.read(50_000, ">");
        std::mem::take(&mut self.read)
    }

    /// Reads a page that relies on what the server has lost: it is refused once.
    fn follow_after_loss(&mut self) -> Error {
        self.read(10, ">");
        let events = std::mem::take(&mut self.read);
        let error = self.try_index(&events).expect_err("lost");
        self.try_index(&events).expect("indexed");
        self.indexed.extend(events.iter().filter_map(Event::entry));
        self.acknowledge(usize::MAX);
        error
    }

    /// Acknowledges the first so many of what was indexed.
    fn acknowledge(&mut self, count: usize) {
        let count = count.min(self.indexed.len());
        let ids: Vec<String> = self
            .indexed
            .drain(..count)
            .map(|id| id.to_string())
            .collect();
        if ids.is_empty() {
            return;
        }
        let (stream, group) = (self.stream.to_string(), self.group.clone());
        let mut command = vec!["XACK", &stream, &group];
        command.extend(ids.iter().map(String::as_str));
        self.ask(&command);
    }

    /// Reads, indexes and acknowledges all there is.
    fn follow(&mut self) {
        loop {
            self.read(500, ">");
            if self.read.is_empty() {
                return;
            }
            self.index();
            self.acknowledge(usize::MAX);
        }
    }
}

fn xadd(stream: &str, fields: &[(&str, &str)]) -> Vec<Vec<u8>> {
    let mut command: Vec<Vec<u8>> = vec![b"XADD".into(), stream.into(), b"*".into()];
    let fields = fields.iter().flat_map(|(name, value)| [*name, *value]);
    command.extend(fields.map(|part| part.as_bytes().to_vec()));
    command
}

/// The server's clock in milliseconds.
fn now(server: &Server) -> u64 {
    let time = server.run(&["TIME"]);
    let seconds = time.values().first().and_then(Reply::text);
    seconds.expect("text").parse::<u64>().expect("a number") * 1000
}

/// Adds entries that each name one job.
fn add_jobs<'a>(server: &Server, stream: &str, jobs: impl IntoIterator<Item = &'a str>) {
    let add = |job| xadd(stream, &[("eventType", "job.created"), ("jobId", job)]);
    server.run_all(jobs.into_iter().map(add));
}

/// What a person asks: by index or in full.
#[derive(Clone, Debug)]
struct Question<'a> {
    streams: &'a [&'a str],
    only: Only<'a>,
    newest_first: bool,
    since: Option<crate::event::Millis>,
    /// Also asks for this service.
    service: Option<&'a str>,
}

impl<'a> Question<'a> {
    fn about(stream: &'a [&'a str], only: Only<'a>) -> Self {
        Self {
            streams: stream,
            only,
            newest_first: false,
            since: None,
            service: None,
        }
    }

    fn accepts(&self, event: &Event) -> bool {
        let ids = || {
            event
                .ids
                .iter()
                .filter(|(id, _)| crate::event::Id::SUBJECTS.contains(id))
        };
        self.service.is_none_or(|service| event.service == service)
            && match self.only {
                Only::Id(id, value) => event.id(id) == Some(value),
                Only::AnyId(value) => ids().any(|(_, id)| id == value),
                Only::Start(value) => ids().any(|(_, id)| id.starts_with(value)),
            }
    }

    fn ask(&self, source: &mut RedisSource, indexed: bool) -> (Vec<Event>, Coverage) {
        let streams: Vec<_> = self.streams.iter().map(ToString::to_string).collect();
        let (Only::Id(_, value) | Only::AnyId(value) | Only::Start(value)) = self.only;
        let literals: Vec<_> = Literal::new(value, false).into_iter().collect();
        let told = Cell::new(0);
        let scan = Scan {
            streams: &streams,
            since: self.since,
            newest_first: self.newest_first,
            literals: &literals,
            only: indexed.then_some(self.only),
            accept: &|event| self.accepts(event),
            progress: &|count| told.set(told.get() + count),
            ..Scan::default()
        };
        let mut kept = Vec::new();
        let coverage = source.scan(&scan, &mut kept).expect("an answer");
        assert_eq!(told.get(), coverage.scanned);
        (kept, coverage)
    }

    /// By index; the same as in full.
    fn answer(&self, server: &Server) -> (Vec<EntryId>, Coverage) {
        let mut source = RedisSource::new(server.target(), Timeouts::default());
        let (mut full, held) = self.ask(&mut source, false);
        let (mut events, coverage) = self.ask(&mut source, true);
        assert_eq!(
            (held.oldest, held.newest),
            (coverage.oldest, coverage.newest)
        );
        for events in [&mut full, &mut events] {
            for stream in self.streams {
                let of_stream = events.iter().filter(|event| event.stream() == Some(stream));
                let sorted = match self.newest_first {
                    true => of_stream.is_sorted_by(|a, b| a.entry() > b.entry()),
                    false => of_stream.is_sorted_by(|a, b| a.entry() < b.entry()),
                };
                assert!(sorted, "{self:?}");
            }
            events.sort_by_key(|event| (event.stream().map(str::to_owned), event.entry()));
        }
        // Where one has the id in full, others do not matter.
        if let Only::Start(value) = self.only {
            let in_full = |event: &Event| {
                event
                    .ids
                    .iter()
                    .any(|(id, held)| crate::event::Id::SUBJECTS.contains(&id) && held == value)
            };
            if full.iter().any(in_full) {
                full.retain(in_full);
                events.retain(in_full);
            }
        }
        assert_eq!(events, full, "{self:?}: {:?}", coverage.notes);
        let ids = events.iter().filter_map(Event::entry);
        (ids.collect(), coverage)
    }
}
