//! What else happened lately, for telling whether one job is unusual.

use super::Context;
use crate::error::Error;
use crate::query::jobs::Jobs;
use crate::store::Scan;

/// Events that are looked at: some hundred jobs, read in some milliseconds.
const NEWEST: usize = 5_000;

/// The jobs of the newest events; none where the place can be read only once.
///
/// # Errors
/// When the address of the place makes no sense.
pub(super) fn recent_jobs(from: Option<&str>, context: &Context) -> Result<Option<Jobs>, Error> {
    if from == Some("-") {
        return Ok(None);
    }
    let settings = &context.settings;
    let streams = [settings.events.name.clone(), settings.errors.name.clone()];
    let scan = Scan {
        streams: &streams,
        ..Scan::default()
    };
    let mut jobs = Jobs::default();
    // What cannot be read was told where the job itself was read: this is only a comparison.
    let Ok((events, _)) = context.reader(from)?.newest(&scan, NEWEST) else {
        return Ok(None);
    };
    events.iter().for_each(|event| jobs.push(event));
    Ok(Some(jobs))
}
