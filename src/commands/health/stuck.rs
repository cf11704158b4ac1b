//! `emp health --stuck`: the running jobs that are overdue.

use super::Args;
use crate::commands::Context;
use crate::commands::report::{gather, print, warn_of_late};
use crate::commands::select::{SelectArgs, Selection, WindowArgs};
use crate::error::{Error, Exit};
use crate::output::stuck::StuckReport;
use crate::query::course::{Model, THRESHOLD_MS, stuck as overdue};
use crate::query::jobs::{Held, Jobs};

pub(super) fn stuck(args: &Args, context: &mut Context) -> Result<Exit, Error> {
    let mut select = SelectArgs::default();
    select.no_index = args.no_index;
    let window = WindowArgs {
        since: args.since.clone(),
        last: args.last.clone(),
        ..WindowArgs::default()
    };
    let selection = Selection::new(&[], &select, &window, context)?;
    let (mut jobs, mut held) = (Jobs::default(), Held::default());
    let stream = context.settings.events.name.clone();
    gather(&selection, args.from.as_deref(), context, &mut |event| {
        jobs.push(event);
        held.push(event, &stream);
    })?;
    warn_of_late(&jobs, context);
    let options = context.timeline_options();
    if held.is_cut() || selection.since().is_some() {
        jobs.cut();
    }
    let (model, mut running) = Model::survey(&jobs, &options);
    let all = running.len();
    if let Some(export) = &context.export {
        running.retain(|id| export.job.as_deref() == Some(id));
    }
    let partly = u64::try_from(all - running.len()).unwrap_or(u64::MAX);
    let all = running.len();
    running.retain(|id| {
        let course = jobs.course(id, &options);
        !course.is_some_and(|course| held.may_have_lost(&course))
    });
    let lost = u64::try_from(all - running.len()).unwrap_or(u64::MAX);
    let report = StuckReport {
        running: u64::try_from(running.len()).unwrap_or(u64::MAX),
        jobs: u64::try_from(jobs.len()).unwrap_or(u64::MAX),
        threshold_ms: THRESHOLD_MS,
        stuck: overdue(&jobs, &running, &model, &options),
        left_out: jobs.left_out(),
        partly_held: partly,
        end_not_held: lost,
        events_begin: held.begins(),
        from: selection.since(),
        stream: &stream,
        now: options.now,
    };
    print(&report, args.output, &args.columns, context)?;
    // Of a window in which no job did anything, nobody can say that none is stuck.
    let is_blind = jobs.is_empty() && selection.since().is_some();
    Ok(if report.stuck.is_empty() && !is_blind {
        Exit::Yes
    } else {
        Exit::No
    })
}
