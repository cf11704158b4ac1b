//! `emp export`: everything about one job in one file, for a colleague.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::Context;
use super::context::host;
use super::select::{SelectArgs, Selection, WindowArgs};
use super::status::job_status;
use super::subject::{Sought, explain_nothing, search};
use super::vitals::look;
use crate::error::{Error, Exit};
use crate::event::{Event, Id, Millis, event_id_at, json};
use crate::output::Progress;
use crate::output::report::shell_word;
use crate::quantity;
use crate::query::course::Model;
use crate::query::jobs::Jobs;
use crate::query::subject::Found;
use crate::query::timeline::Outcome;
use crate::store::{FileWriter, Scan};

/// How much time before a job is looked at for what else happened, in milliseconds.
const BEFORE_MS: i64 = 60 * 60_000;
/// The same after it.
const AFTER_MS: i64 = 10 * 60_000;
/// Who says what is no event of the system.
const SERVICE: &str = "emp";

/// What an export says that it is.
const ABOUT: &str = "emp.export.about";

/// An export, as its first event tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Exported {
    /// When it was made.
    pub(super) made: Millis,
    /// The job that is in it as a whole.
    pub(super) job: Option<String>,
    /// Where the stream of events began.
    pub(super) begins: Option<Millis>,
}

impl Exported {
    /// What the first event of a file says; `None` where the file is no export.
    pub(super) fn of(first: &Event) -> Option<Self> {
        if first.event_type != ABOUT || first.service != SERVICE {
            return None;
        }
        let is_job = first.data.text("subject.kind") == Some(Id::Job.noun());
        let job = first.data.text("subject.id").filter(|_| is_job);
        Some(Self {
            made: first.timestamp,
            job: job.map(str::to_owned),
            begins: first.data.text("eventsBegin").and_then(Millis::parse),
        })
    }
}

/// Write everything about a job into one file that a colleague opens with --from
///
/// The file holds the job's events and errors, what else happened from an hour before its first event
/// to ten minutes after its last, or until now while it goes on (the newest events of that, see
/// --context), its last status, the
/// health of the event system now, and the usual course of jobs of its type. All of it are events:
/// those of type emp.export.* are emp's own. It is packed where its name ends in .gz or .zst.
///
/// Who reads it with --from stands at the time at which it was made. The job is in it as a whole, other
/// jobs in part: what commands call usual there is learned from that hour alone, and can differ from
/// what they say on the server.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp export job_123
  emp export job_123 --output-file /tmp/job_123.ndjson.zst
  emp export job_123 --context 0
  emp timeline job_123 --from job_123.ndjson.gz")]
pub struct Args {
    /// Id of a job, trace, worker, machine, user or request, or its beginning
    #[arg(value_name = "ID", add = super::completions::jobs())]
    id: String,
    #[command(flatten)]
    select: SelectArgs,
    /// The file, packed where its name ends in .gz or .zst; - for standard output [default:
    /// ID.ndjson.gz]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Output")]
    output_file: Option<PathBuf>,
    /// Replace a file of this name
    #[arg(long, help_heading = "Output")]
    force: bool,
    /// How many of the newest events around it are written as well
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20_000,
        help_heading = "Output"
    )]
    context: usize,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    context.reads_from(args.select.from.as_deref());
    let selection = Selection::new(&[], &args.select, &WindowArgs::default(), context)?;
    let reader = &mut context.reader(args.select.from.as_deref())?;
    let (found, begins) = match search(&args.id, &args.select, &selection, reader, None, context)? {
        Sought::Found(found, begins, _) => (found, begins),
        Sought::Nothing(answer) => {
            explain_nothing(&args.id, answer, &selection, context)?;
            return Ok(Exit::No);
        }
    };
    let (kind, id) = (found.subject.kind, found.subject.id.clone());
    let path = args.output_file.clone().unwrap_or_else(|| file_name(&id));
    let others = surroundings(&args, &found, context)?;
    let about = about(&args, &found, begins, &others, context);
    let (own, around) = (found.events().len(), others.len());
    let mut events: Vec<&Event> = found.events().iter().chain(&others).collect();
    events.sort_by_key(|event| event.sort_key());
    // Whoever opens the file learns from its first line what it is.
    let (head, tail) = about.split_at(1.min(about.len()));
    let events: Vec<&Event> = head.iter().chain(events).chain(tail).collect();
    if path == Path::new("-") {
        for event in events {
            context.screen.line(json::write(event))?;
        }
        context.screen.flush()?;
        return Ok(Exit::Yes);
    }
    let mut writer = FileWriter::begin(&path)?;
    for event in events {
        writer.event(event)?;
    }
    let bytes = writer.finish(args.force)?;
    let count = |count| quantity::count(u64::try_from(count).unwrap_or(u64::MAX));
    let own = format!("{} events of the {} {id}", count(own), kind.noun());
    context.screen.line(format!(
        "{}: {}, {} around it, {}",
        path.display(),
        crate::output::escape(&own),
        count(around),
        quantity::bytes(bytes)
    ))?;
    if found.left_out() > 0 {
        let left = quantity::number_of(found.left_out(), "older event");
        context
            .console
            .warning(&format!("{left} left out to bound memory"));
    }
    context.screen.reads_from(path.to_str());
    let next = |command: &str| format!("emp {command} {}", shell_word(&id));
    context.screen.next_commands(&[
        (next("timeline"), "its story, from the file alone"),
        (next("correlate"), "what else happened, from the file alone"),
    ])?;
    context.screen.flush()?;
    Ok(Exit::Yes)
}

/// A name for the file: an id may hold anything.
fn file_name(id: &str) -> PathBuf {
    let plain = |char: char| {
        let keeps = char.is_ascii_alphanumeric() || "-_.".contains(char);
        if keeps { char } else { '_' }
    };
    let name: String = id.chars().take(100).map(plain).collect();
    PathBuf::from(format!("{}.ndjson.gz", name.trim_start_matches('.')))
}

/// What else happened around it, without its own events.
fn surroundings(args: &Args, found: &Found, context: &Context) -> Result<Vec<Event>, Error> {
    if args.context == 0 || args.select.from.as_deref() == Some("-") {
        return Ok(Vec::new());
    }
    let times = || found.events().iter().map(|event| event.timestamp);
    let settings = &context.settings;
    let streams = [settings.events.name.clone(), settings.errors.name.clone()];
    let subject = &found.subject;
    let accept = |event: &Event| !subject.is_in(event);
    // Whether who holds a job still lives shows in what happens until now.
    let mut jobs = Jobs::default();
    found.events().iter().for_each(|event| jobs.push(event));
    let options = context.timeline_options();
    let course = jobs.course(&subject.id, &options);
    let goes_on = course.is_some_and(|course| course.outcome == Outcome::Unfinished);
    let last = times().max().filter(|_| !goes_on);
    let progress = Progress::spinner(&context.console, "reading");
    let scan = Scan {
        streams: &streams,
        since: times().min().map(|first| first.plus(-BEFORE_MS)),
        until: last.map(|last| last.plus(AFTER_MS)),
        accept: &accept,
        progress: &|count| progress.add(count),
        ..Scan::default()
    };
    let mut reader = context.reader(args.select.from.as_deref())?;
    let (events, mut answer) = reader.newest(&scan, args.context)?;
    progress.clear();
    context.report(&mut answer)?;
    Ok(events)
}

/// What emp itself knows about it, as events of its own.
fn about(
    args: &Args,
    found: &Found,
    begins: Option<Millis>,
    others: &[Event],
    context: &Context,
) -> Vec<Event> {
    let subject = &found.subject;
    let options = context.timeline_options();
    let mut jobs = Jobs::default();
    others
        .iter()
        .chain(found.events())
        .for_each(|event| jobs.push(event));
    let usual = Model::of(&jobs, &options).report();
    let own_type = jobs
        .course(&subject.id, &options)
        .map(|course| course.job_type.to_owned());
    let own_type = own_type.filter(|own| !own.is_empty());
    let usual = usual
        .into_iter()
        .find(|usual| Some(&usual.job_type) == own_type.as_ref());
    let mut about = vec![(
        ABOUT,
        json!({
            "subject": subject,
            "version": env!("CARGO_PKG_VERSION"),
            "host": host(),
            "eventsBegin": begins.map(|begins| begins.to_string()),
            "ownEvents": found.events().len(),
            "leftOut": found.left_out(),
            "aroundEvents": others.len(),
        }),
    )];
    if let Some(usual) = usual {
        about.push(("emp.export.usual", json!(usual)));
    }
    let from = args.select.from.as_deref();
    if subject.kind == Id::Job
        && let Some(status) = job_status(&subject.id, from, context)
    {
        about.push(("emp.export.status", json!(status.data)));
    }
    // What cannot be asked now is not there: the file is of use without it.
    if let Ok(health) = look(None, from, context) {
        about.push(("emp.export.health", json!(health)));
    }
    let event = |(event_type, data): (&str, Value)| {
        let data = match data {
            Value::Object(data) => data,
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        Event {
            timestamp: context.clock.now,
            service: SERVICE.to_owned(),
            event_type: event_type.to_owned(),
            data: data.into(),
            event_id: Some(event_id_at(context.clock.now)),
            ..Event::default()
        }
    };
    about.into_iter().map(event).collect()
}
