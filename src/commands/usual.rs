//! What else happened lately, for telling whether one job is unusual.

use super::Context;
use super::context::Place;
use crate::error::Error;
use crate::query::jobs::{Jobs, Limits};
use crate::store::Scan;

/// Events that are looked at: some hundred jobs, read in some milliseconds.
const NEWEST: usize = 3_000;

/// Why a look is over.
enum End {
    Enough,
    Failed,
}

impl From<crate::store::Error> for End {
    fn from(_: crate::store::Error) -> Self {
        Self::Failed
    }
}

/// The jobs of the events that came last; none where the place can be read only once.
///
/// # Errors
/// When the address of the place makes no sense.
pub(super) fn recent_jobs(from: Option<&str>, context: &Context) -> Result<Option<Jobs>, Error> {
    let place = Place::of(from);
    if place == Place::File("-") {
        return Ok(None);
    }
    let settings = &context.settings;
    let streams = [settings.events.name.clone(), settings.errors.name.clone()];
    let scan = Scan {
        streams: &streams,
        newest_first: true,
        ..Scan::default()
    };
    // A file is read from its beginning, and holds the newest at its end.
    let mut jobs = Jobs::with_limits(Limits {
        steps: 2 * NEWEST,
        ..Limits::default()
    });
    let ends = matches!(place, Place::Everywhere | Place::Redis(_));
    let mut left = NEWEST;
    let read = context.reader(from)?.each::<End>(&scan, &mut |event| {
        jobs.push(event);
        left = left.saturating_sub(1);
        if left == 0 && ends {
            return Err(End::Enough);
        }
        Ok(())
    });
    // What cannot be read was told where the job itself was read: this is only a comparison.
    Ok(match read {
        Err(End::Failed) => None,
        Ok(_) => Some(jobs),
        Err(End::Enough) => {
            jobs.cut();
            Some(jobs)
        }
    })
}
