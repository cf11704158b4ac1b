//! `emp perf` about jobs as a whole: the slowest, all over time, their usual course.

use super::window::Window;
use super::{Args, Graph};
use crate::commands::Context;
use crate::commands::report::{gather, warn_of_late};
use crate::error::{Error, Exit};
use crate::event::Event;
use crate::output::perf::Steps;
use crate::output::report::shell_word;
use crate::query::course::{Model, dot, mermaid};
use crate::query::jobs::Jobs;
use crate::query::perf::{self, Slowest};

impl Args {
    /// Reports that are about jobs alone.
    pub(super) fn jobs(&self, context: &mut Context) -> Result<Exit, Error> {
        let window = Window::new(&self.window, &self.history, None, context)?;
        let selection = window.selection(&self.select, context)?;
        let mut jobs = Jobs::default();
        let mut inside = Inside::default();
        gather(
            &selection,
            self.select.from.as_deref(),
            context,
            &mut |event| {
                inside.push(event, &window);
                jobs.push(event);
            },
        )?;
        self.say_parts(context);
        warn_of_late(&jobs, context);
        let options = context.timeline_options();
        if jobs.is_empty() || inside.0 == 0 {
            window.explain_nothing(inside.1, context);
            return Ok(Exit::No);
        }
        let Some(count) = self.slowest else {
            let Some((from, until)) = window.span(&jobs, context) else {
                return Ok(Exit::No);
            };
            let flow = perf::Flow::of(&jobs, from, until, &options);
            let next = vec![
                (
                    "emp perf --slowest 10".to_owned(),
                    "the jobs that took longest",
                ),
                ("emp perf".to_owned(), "what took the time"),
            ];
            self.print(&flow, next, context)?;
            return Ok(Exit::Yes);
        };
        let slowest = Slowest::of(&jobs, count, window.since, &options);
        let mut next = Vec::new();
        if let Some(job) = slowest.slowest.first() {
            let id = shell_word(&job.job_id);
            next.push((format!("emp perf {id}"), "its steps beside the usual"));
            next.push((
                format!("emp timeline {id}"),
                "everything that happened to it",
            ));
        }
        next.push(("emp perf --steps".to_owned(), "the usual course of jobs"));
        self.print(&slowest, next, context)?;
        Ok(Exit::Yes)
    }

    /// Says that what follows is not about whole jobs.
    fn say_parts(&self, context: &Context) {
        if !self.select.takes_whole_jobs() {
            let note =
                "only some events of jobs are selected: lengths and courses are of these alone";
            context.console.note(note);
        }
    }

    pub(super) fn steps(&self, context: &mut Context) -> Result<Exit, Error> {
        let window = Window::new(&self.window, "0s", None, context)?;
        let selection = window.selection(&self.select, context)?;
        let mut jobs = Jobs::default();
        gather(
            &selection,
            self.select.from.as_deref(),
            context,
            &mut |event| {
                jobs.push(event);
            },
        )?;
        self.say_parts(context);
        warn_of_late(&jobs, context);
        if context.export.is_some() {
            jobs.cut();
        }
        let mut types = Model::of(&jobs, &context.timeline_options()).report();
        if let Some(wanted) = &self.job_type {
            types.retain(|usual| usual.job_type == *wanted);
        }
        if types.is_empty() {
            let note = format!(
                "none of {} jobs completed that would teach a course",
                jobs.len()
            );
            context.console.note(&note);
            return Ok(Exit::No);
        }
        if let Some(graph) = self.graph {
            let text = match graph {
                Graph::Mermaid => mermaid(&types),
                Graph::Dot => dot(&types),
            };
            context.screen.lines(&text)?;
            context.screen.flush()?;
            return Ok(Exit::Yes);
        }
        let report = Steps {
            types,
            left_out: jobs.left_out().jobs,
        };
        let next = vec![
            (
                "emp perf --slowest 10".to_owned(),
                "the jobs that took longest",
            ),
            (
                "emp perf --steps --graph mermaid".to_owned(),
                "the course as a graph",
            ),
        ];
        self.print(&report, next, context)?;
        Ok(Exit::Yes)
    }
}

/// Events in the window, and before it.
#[derive(Default)]
struct Inside(u64, u64);

impl Inside {
    fn push(&mut self, event: &Event, window: &Window) {
        match window.since.is_none_or(|since| event.timestamp >= since) {
            true => self.0 += 1,
            false => self.1 += 1,
        }
    }
}
