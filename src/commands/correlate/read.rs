//! Events beside those of one job: the newest, or those of the window.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};

use super::Args;
use crate::commands::Context;
use crate::commands::context::Place;
use crate::commands::report::warn_of_late;
use crate::commands::select::Selection;
use crate::error::Error;
use crate::event::Event;
use crate::output::Progress;
use crate::query::jobs::Jobs;
use crate::store::{Answer, Reader, Scan};

/// Events around a job that are looked at where no window is given.
const NEWEST: usize = 20_000;

/// Hands on every event of the window, whatever the filters say.
pub(super) fn everything(
    args: &Args,
    selection: &Selection,
    context: &Context,
    take: &mut dyn FnMut(&Event),
) -> Result<Answer, Error> {
    let (since, until) = args.window.bounds(&context.clock)?;
    let progress = Progress::spinner(&context.console, "reading");
    let looked_at = |count| progress.add(count);
    let scan = Scan {
        streams: selection.streams(),
        since,
        until,
        progress: &looked_at,
        ..Scan::default()
    };
    let mut reader = context.reader(args.select.from.as_deref())?;
    let answer = reader.each::<Error>(&scan, &mut |event| {
        take(event);
        Ok(())
    })?;
    progress.clear();
    Ok(answer)
}

/// What happens around a job: everything in the window, or the newest events. Those are read while the
/// job itself is looked for, and stop to be read with the process where it is not found.
pub(super) struct Surroundings {
    /// Where the job is to be looked for.
    pub(super) reader: Reader,
    state: State,
}

enum State {
    /// They are read.
    Read(Box<Near>),
    /// A thread reads them, and tells how many entries it has looked at.
    Ahead(JoinHandle<(Near, Option<Answer>)>, Receiver<u64>),
    /// They are read in their turn: there is no thread to be had.
    Later,
    /// So is a window: it may hold more than there is memory for, so that the job has to be known first.
    Window,
    /// The place, by this name, can be read only once.
    Once(String),
}

/// The newest events, and their jobs.
#[derive(Default)]
pub(super) struct Near {
    /// None of a window: those were shown one by one.
    pub(super) events: Arc<Vec<Event>>,
    pub(super) jobs: Jobs,
}

impl Surroundings {
    /// Begins to read where that is no hindrance.
    ///
    /// # Errors
    /// When the place to read from makes no sense.
    pub(super) fn begin(
        args: &Args,
        selection: &Selection,
        context: &Context,
    ) -> Result<Self, Error> {
        let from = args.select.from.as_deref();
        let mut reader = context.reader(from)?;
        let state = match Place::read_once(from) {
            Some(name) => State::Once(name.to_owned()),
            None if selection.has_window() => State::Window,
            None => {
                let near = context.reader(from)?;
                State::newest(&mut reader, near, selection.streams(), context)
            }
        };
        Ok(Self { reader, state })
    }

    /// What is around, once all is read; events of a window are shown to `see`. Nothing where the place
    /// can be read only once.
    ///
    /// # Errors
    /// When the window cannot be read.
    pub(super) fn finish(
        mut self,
        args: &Args,
        selection: &Selection,
        context: &Context,
        see: &mut dyn FnMut(&Event),
    ) -> Result<Near, Error> {
        let near = match self.state {
            State::Read(near) => *near,
            State::Once(name) => {
                let note = "can be read once only: the job is told without what is around it";
                context.console.note(&format!("{name} {note}"));
                Near::default()
            }
            State::Window => {
                let mut near = Near::default();
                let mut answer = everything(args, selection, context, &mut |event| {
                    near.jobs.push(event);
                    see(event);
                })?;
                context.report(&mut answer)?;
                near
            }
            State::Ahead(thread, looked_at) => awaited(thread, &looked_at, context).0,
            State::Later => {
                let progress = Progress::spinner(&context.console, "reading");
                let looked_at = |count| progress.add(count);
                let near = Near::read(&mut self.reader, selection.streams(), &looked_at);
                progress.clear();
                near.0
            }
        };
        warn_of_late(&near.jobs, context);
        Ok(near)
    }
}

impl State {
    /// Lets a thread read the newest events with `near`. Where they are all that there are, `reader` reads
    /// them again and nothing else.
    fn newest(
        reader: &mut Reader,
        mut near: Reader,
        streams: &[String],
        context: &Context,
    ) -> Self {
        let (counts, looked_at) = channel();
        let thread = thread::Builder::new().name("around".to_owned());
        let asked = streams.to_vec();
        let thread = thread.spawn(move || {
            // Nobody counts where the job was not found.
            Near::read(&mut near, &asked, &|count| counts.send(count).unwrap_or(()))
        });
        let Ok(thread) = thread else {
            return Self::Later;
        };
        let count = reader.count(streams);
        if count.is_none_or(|count| count >= NEWEST as u64) {
            return Self::Ahead(thread, looked_at);
        }
        let (near, answer) = awaited(thread, &looked_at, context);
        // Some may have been added since they were counted.
        let is_all = near.events.len() < NEWEST;
        let again = answer.filter(|_| is_all);
        if let Some(again) = again.and_then(|answer| Reader::again(&near.events, &answer)) {
            *reader = again;
        }
        Self::Read(Box::new(near))
    }
}

/// What the thread reads, once it is done.
fn awaited(
    thread: JoinHandle<(Near, Option<Answer>)>,
    looked_at: &Receiver<u64>,
    context: &Context,
) -> (Near, Option<Answer>) {
    let progress = Progress::spinner(&context.console, "reading");
    looked_at.iter().for_each(|count| progress.add(count));
    let near = thread.join().unwrap_or_else(|bug| resume_unwind(bug));
    progress.clear();
    near
}

impl Near {
    /// What cannot be read is told where the job itself is read.
    fn read(
        reader: &mut Reader,
        streams: &[String],
        looked_at: &dyn Fn(u64),
    ) -> (Self, Option<Answer>) {
        let scan = Scan {
            streams,
            progress: looked_at,
            ..Scan::default()
        };
        let newest = reader.newest(&scan, NEWEST);
        let (events, answer) = newest.map_or_else(
            |_| (Vec::new(), None),
            |(events, answer)| (events, Some(answer)),
        );
        let mut jobs = Jobs::default();
        events.iter().for_each(|event| jobs.push(event));
        let events = Arc::new(events);
        (Self { events, jobs }, answer)
    }
}
