//! What commands that report share: the flags, one more look every few seconds, and reading a
//! source to its end.

use std::time::Duration;

use clap::Args;

use super::Context;
use super::select::Selection;
use crate::error::{Error, Exit};
use crate::event::{Event, Millis};
use crate::output::Progress;
use crate::output::report::{Form, PrintError, Report};
use crate::quantity;
use crate::query::jobs::Jobs;

/// How a report is shown.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct ReportArgs {
    /// Show these columns of the table, or `all`
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Draw it anew every few seconds until Ctrl-C
    #[arg(short, long)]
    watch: bool,
    /// How often --watch looks
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    interval: String,
    /// How to print it
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: Form,
}

impl ReportArgs {
    /// Runs a look once, or again and again with `--watch`.
    ///
    /// # Errors
    /// Those of a look, and an interval that is none.
    pub fn looks(
        &self,
        from: Option<&str>,
        context: &mut Context,
        look: impl FnMut(&mut Context) -> Result<Exit, Error>,
    ) -> Result<Exit, Error> {
        looks(self.watch, &self.interval, from, context, look)
    }

    /// Prints a report as it was asked for.
    ///
    /// # Errors
    /// When a column is not known, or standard output is closed.
    pub fn print<R: Report>(&self, report: &R, context: &mut Context) -> Result<(), Error> {
        print(report, self.output, &self.columns, context)
    }
}

/// Prints a report in one of its forms.
///
/// # Errors
/// When a column is not known, or standard output is closed.
pub(super) fn print<R: Report>(
    report: &R,
    form: Form,
    columns: &[String],
    context: &mut Context,
) -> Result<(), Error> {
    let printed = context.screen.report(report, form, columns);
    printed.map_err(|error| match error {
        PrintError::Io(error) => error.into(),
        PrintError::Column(error) => Error::usage_hint(error.to_string(), error.hint()),
    })
}

/// Looks once at what `from` names, or again and again until Ctrl-C where somebody watches.
///
/// # Errors
/// Those of a look, an interval that is none, and a source that cannot be read again.
pub(super) fn looks(
    watch: bool,
    interval: &str,
    from: Option<&str>,
    context: &mut Context,
    mut look: impl FnMut(&mut Context) -> Result<Exit, Error>,
) -> Result<Exit, Error> {
    let interval = crate::time::parse_duration(interval)?.max(Duration::from_millis(100));
    if watch && from == Some("-") {
        return Err(Error::usage_hint(
            "standard input is read once, and cannot be watched",
            "write it to a file and watch that: `--from FILE --watch`",
        ));
    }
    context.reads_from(from);
    let exit = look(context)?;
    if !watch {
        return Ok(exit);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let interrupt = tokio::signal::ctrl_c();
        tokio::pin!(interrupt);
        loop {
            tokio::select! {
                _ = &mut interrupt => return Ok(Exit::Yes),
                () = tokio::time::sleep(interval) => {}
            }
            context.tick();
            if context.screen.is_terminal() {
                context.screen.clear()?;
            }
            look(context)?;
        }
    })
}

/// Says so where most events arrived long after they happened: what follows takes wrong clocks for right
/// ones then.
pub(super) fn warn_of_late(jobs: &Jobs, context: &Context) {
    if let Some((late, of)) = jobs.mostly_late() {
        context.console.warning(&format!(
            "{} of {} arrived more than a minute after they happened (a replay, a journal that was \
             emptied late, or the server's clock is ahead)",
            quantity::count(late),
            quantity::number_of(of, "event")
        ));
        context.console.note(
            "  hint: whose clock is wrong cannot be told then: a step between two clocks may look slow, \
             or out of order",
        );
    }
}

/// Hands every event of a selection on, once, with progress on a terminal, and tells how many there
/// were. Says so where nothing matches.
///
/// # Errors
/// When no source can be read.
pub(super) fn gather(
    selection: &Selection,
    from: Option<&str>,
    context: &Context,
    take: &mut dyn FnMut(&mut Event),
) -> Result<u64, Error> {
    Ok(gather_held(selection, from, context, take)?.found)
}

/// What was read.
pub(super) struct Gathered {
    /// Events of the selection.
    pub(super) found: u64,
    /// The oldest event that sources hold, whatever is selected; `None` where none can tell.
    pub(super) oldest: Option<Millis>,
}

/// The same, and how far back the sources go.
///
/// # Errors
/// When no source can be read.
pub(super) fn gather_held(
    selection: &Selection,
    from: Option<&str>,
    context: &Context,
    take: &mut dyn FnMut(&mut Event),
) -> Result<Gathered, Error> {
    let progress = Progress::spinner(&context.console, "reading");
    let accept = |event: &Event| selection.filter.matches(event);
    let looked_at = |count| progress.add(count);
    let scan = selection.scan(&accept, &looked_at);
    let mut found = 0;
    let mut answer = context.reader(from)?.each::<Error>(&scan, &mut |event| {
        found += 1;
        take(event);
        Ok(())
    })?;
    progress.clear();
    if found == 0 {
        selection.explain_nothing(&answer, context);
        if let Some(error) = context.unread(&mut answer) {
            return Err(error);
        }
    }
    let oldest = answer.coverage.iter().filter_map(|one| one.oldest).min();
    context.report(&mut answer)?;
    Ok(Gathered { found, oldest })
}
