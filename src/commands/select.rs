//! The flags that every query command shares, and the question they make.

use clap::Args;

use super::Context;
use crate::config::Settings;
use crate::error::Error;
use crate::event::{Event, Id, Literal, Millis};
use crate::quantity;
use crate::query::{Field, Filter};
use crate::store::{Answer, Only, Scan};
use crate::time::Clock;

/// Which events a query is about.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct SelectArgs {
    /// Only events of this service; globs such as 'api-*', repeatable
    #[arg(long, value_name = "NAME", add = super::completions::services())]
    service: Vec<String>,
    /// Only events of this type, such as job.failed or 'websocket.*'; repeatable
    #[arg(long, value_name = "TYPE", aliases = ["eventType", "type"], add = super::completions::event_types())]
    event_type: Vec<String>,
    /// Only events of this job; globs, repeatable
    #[arg(long, value_name = "ID", alias = "jobId", add = super::completions::jobs())]
    job_id: Vec<String>,
    /// Only events of this worker; globs, repeatable
    #[arg(long, value_name = "ID", alias = "workerId")]
    worker_id: Vec<String>,
    /// Only events of this machine; globs, repeatable
    #[arg(long, value_name = "ID", alias = "machineId")]
    machine_id: Vec<String>,
    /// Only events of this user; globs, repeatable
    #[arg(long, value_name = "ID", alias = "userId")]
    user_id: Vec<String>,
    /// Only events of this trace; globs, repeatable
    #[arg(long, value_name = "ID", alias = "traceId")]
    trace_id: Vec<String>,
    /// Only events of this request; globs, repeatable
    #[arg(long, value_name = "ID", alias = "requestId")]
    request_id: Vec<String>,
    /// Only events of this level: debug, info, warn or error; repeatable
    #[arg(long, value_name = "LEVEL", value_parser = ["debug", "info", "warn", "error"], hide_possible_values = true, ignore_case = true)]
    level: Vec<String>,
    /// A query, as the documents' scripts write it: jobId:job_123
    #[arg(long, value_name = "QUERY", hide = true)]
    filter: Vec<String>,
    /// Read only this stream: events, errors or the key of another; repeatable
    #[arg(long, value_name = "STREAM")]
    stream: Vec<String>,
    /// Read from here: a URL, a file (NDJSON, .gz, .zst), - for standard input, or journal
    #[arg(long, value_name = "SOURCE", value_hint = clap::ValueHint::AnyPath)]
    pub from: Option<String>,
    /// Read every entry from Redis: not by the collector's index, nor from the cache (cache.path)
    #[arg(long)]
    pub no_index: bool,
}

/// The window of a query.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Window")]
pub struct WindowArgs {
    /// Only events at or after this time: 15m (ago), yesterday, 10:30, RFC 3339, epoch, entry id
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub since: Option<String>,
    /// Only events at or before this time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub until: Option<String>,
    /// Only events of this last stretch of time: 15m, 1h, 2d
    #[arg(
        long,
        value_name = "DURATION",
        alias = "timespan",
        conflicts_with = "since"
    )]
    pub last: Option<String>,
}

impl WindowArgs {
    /// Both bounds; each may be open.
    pub fn bounds(&self, clock: &Clock) -> Result<(Option<Millis>, Option<Millis>), Error> {
        let at = |text: &String| clock.instant(text);
        let since = self.since.as_ref().map(at).transpose()?;
        let last = self
            .last
            .as_ref()
            .map(|text| clock.last(text))
            .transpose()?;
        let until = self.until.as_ref().map(at).transpose()?;
        let since = since.or(last);
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            return Err(Error::usage(format!(
                "the window ends ({until}) before it begins ({since})"
            )));
        }
        Ok((since, until))
    }
}

/// What a query command is asked: a filter, a window and streams.
pub struct Selection {
    /// The whole test but the window.
    pub filter: Filter,
    since: Option<Millis>,
    until: Option<Millis>,
    streams: Vec<String>,
    literals: Vec<Literal>,
    /// An id that every event has, and its kind where that is given.
    id: Option<(Option<Id>, String)>,
    /// Whether everything is read from where it is, whatever was kept of it.
    anew: bool,
}

impl Selection {
    /// Puts query words, flags and window together.
    ///
    /// # Errors
    /// When the query or a time cannot be read.
    pub fn new(
        query: &[String],
        select: &SelectArgs,
        window: &WindowArgs,
        context: &Context,
    ) -> Result<Self, Error> {
        let (since, until) = window.bounds(&context.clock)?;
        let filter = select.filter(query, &context.clock)?;
        let ids = filter.exact_ids().into_iter();
        // Of jobs and traces the index knows the entries, of other kinds only that they are there.
        let indexed = |(kind, _): &(Option<Id>, _)| match kind {
            Some(Id::Job) => 0,
            Some(Id::Trace) => 1,
            None => 2,
            Some(_) => 3,
        };
        let id = ids.min_by_key(indexed).filter(|_| !select.no_index);
        Ok(Self {
            id,
            anew: select.no_index,
            literals: filter.literals(),
            streams: select.streams(&context.settings),
            filter,
            since,
            until,
        })
    }

    /// The question to a source. `accept` is the whole test but the window; `progress` is told
    /// how many more entries were looked at.
    pub fn scan<'a>(
        &'a self,
        accept: &'a dyn Fn(&Event) -> bool,
        progress: &'a dyn Fn(u64),
    ) -> Scan<'a> {
        Scan {
            streams: &self.streams,
            since: self.since,
            until: self.until,
            literals: &self.literals,
            only: self.id.as_ref().map(|(kind, value)| match kind {
                Some(kind) => Only::Id(*kind, value),
                None => Only::AnyId(value),
            }),
            anew: self.anew,
            accept,
            progress,
            ..Scan::default()
        }
    }

    /// Keys of the streams to read.
    pub fn streams(&self) -> &[String] {
        &self.streams
    }

    /// Earliest timestamp asked for.
    pub fn since(&self) -> Option<Millis> {
        self.since
    }

    /// Whether only a window of time is looked at.
    pub fn has_window(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    /// Whether an event is in the window and passes the filter.
    pub fn takes(&self, event: &Event) -> bool {
        self.since.is_none_or(|since| event.timestamp >= since)
            && self.until.is_none_or(|until| event.timestamp <= until)
            && self.filter.matches(event)
    }

    /// Pieces of text without which no entry matches.
    pub fn literals(&self) -> impl Iterator<Item = Literal> {
        self.literals.iter().cloned()
    }

    /// Says what was searched in vain.
    pub fn explain_nothing(&self, answer: &Answer, context: &Context) {
        let bound = |bound: Option<Millis>, open: &str| {
            bound.map_or_else(|| open.to_owned(), |at| context.screen.date_clock(at))
        };
        context.console.note("nothing matches");
        for doubt in self.filter.doubts() {
            context.console.note(&format!("  {doubt}"));
        }
        for coverage in &answer.coverage {
            let held = match (coverage.oldest, coverage.newest) {
                (Some(oldest), Some(newest)) => format!(
                    "; it holds {} to {}",
                    context.screen.date_clock(oldest),
                    context.screen.date_clock(newest)
                ),
                _ => String::new(),
            };
            let how = if coverage.indexed { " by index" } else { "" };
            context.console.note(&format!(
                "  searched {} ({}){how}: {} entries scanned{held}",
                coverage.source,
                self.streams.join(", "),
                quantity::count(coverage.scanned),
            ));
        }
        if self.has_window() {
            context.console.note(&format!(
                "  in the window {} to {}",
                bound(self.since, "the beginning"),
                bound(self.until, "now")
            ));
        }
    }
}

impl SelectArgs {
    /// Whether every event is asked for.
    pub fn is_open(&self) -> bool {
        self.job_id.is_empty() && self.takes_whole_jobs()
    }

    /// The jobs and the machines that were named.
    pub fn subjects(&self) -> (&[String], &[String]) {
        (&self.job_id, &self.machine_id)
    }

    /// Whether all events of a job are selected, and not only some of them.
    pub fn takes_whole_jobs(&self) -> bool {
        let lists = [
            &self.service,
            &self.event_type,
            &self.worker_id,
            &self.machine_id,
            &self.user_id,
            &self.trace_id,
            &self.request_id,
            &self.level,
            &self.filter,
            &self.stream,
        ];
        lists.iter().all(|list| list.is_empty())
    }

    /// Takes out the types that are names of errors: they have no dot.
    pub fn take_error_names(&mut self) -> Vec<String> {
        let types = std::mem::take(&mut self.event_type);
        let (types, names) = types.into_iter().partition(|text| text.contains('.'));
        self.event_type = types;
        names
    }

    /// Every flag is a set of alternatives; flags and query words all have to hold.
    fn filter(&self, query: &[String], clock: &Clock) -> Result<Filter, Error> {
        let mut all = Vec::new();
        let words = query.join(" ");
        for text in std::iter::once(&words).chain(&self.filter) {
            all.push(Filter::parse(text, clock)?);
        }
        for (field, patterns) in [
            (Field::Service, &self.service),
            (Field::EventType, &self.event_type),
            (Field::Id(Id::Job), &self.job_id),
            (Field::Id(Id::Worker), &self.worker_id),
            (Field::Id(Id::Machine), &self.machine_id),
            (Field::Id(Id::User), &self.user_id),
            (Field::Id(Id::Trace), &self.trace_id),
            (Field::Id(Id::Request), &self.request_id),
            (Field::Level, &self.level),
        ] {
            let patterns = patterns
                .iter()
                .map(|pattern| Filter::field(field.clone(), pattern));
            let patterns: Vec<_> = patterns.collect::<Result<_, _>>()?;
            if !patterns.is_empty() {
                all.push(Filter::any(patterns));
            }
        }
        Ok(Filter::all(all))
    }

    fn streams(&self, settings: &Settings) -> Vec<String> {
        let (events, errors) = (&settings.events.name, &settings.errors.name);
        if self.stream.is_empty() {
            return vec![events.clone(), errors.clone()];
        }
        let mut streams: Vec<String> = Vec::new();
        for named in &self.stream {
            let key = match named.as_str() {
                "events" => events,
                "errors" => errors,
                _ => named,
            };
            if !streams.contains(key) {
                streams.push(key.clone());
            }
        }
        streams
    }
}
