//! `emp emit --status` and `emp stream --status`: what changes every second.

use super::Context;
use super::context::Place;
use crate::emit::Emitter;
use crate::error::{Error, Exit};
use crate::event::{Status, StatusKind};
use crate::output::StatusBoard;
use crate::store::redis::{Heard, Listener, Target, Timeouts, latest_status};

/// Publishes one status. A server that is away is no news to a script: the next status follows
/// within a second.
pub(super) fn publish(
    mut emitter: Emitter,
    status: &Status,
    strict: bool,
    context: &Context,
) -> Result<Exit, Error> {
    match emitter.publish(status, context.clock.now) {
        Ok(Some(heard)) => {
            context
                .console
                .detail(&format!("{heard} listeners heard it"));
            Ok(Exit::Yes)
        }
        Ok(None) if strict => Err(Error::Emit(crate::emit::Error::Waiting)),
        Ok(None) => Ok(Exit::Yes),
        Err(error) if strict || error.is_usage() => Err(error.into()),
        Err(error) => {
            context
                .console
                .detail(&format!("the status is gone: {error}"));
            Ok(Exit::Yes)
        }
    }
}

/// The last status of a job. It is a bonus: a server that is away says nothing.
pub(super) fn job_status(id: &str, from: Option<&str>, context: &Context) -> Option<Status> {
    let target = match Place::of(from) {
        Place::Everywhere => context.target().ok()?,
        Place::Redis(url) => Target::parse(url, context.settings.ca.as_deref()).ok()?,
        Place::Journal | Place::File(_) => return None,
    };
    latest_status(&target, StatusKind::Job, id, Timeouts::default()).ok()?
}

/// Shows statuses as they are published: as bars on a terminal, as JSON lines elsewhere.
pub(super) fn follow(
    jobs: &[String],
    machines: &[String],
    json: bool,
    limit: Option<u64>,
    context: &mut Context,
) -> Result<Exit, Error> {
    let patterns = patterns(jobs, machines);
    let mut listener = Listener::start(context.target()?, patterns, Timeouts::default())?;
    let mut board = StatusBoard::new(&context.screen, json);
    let mut left = limit.unwrap_or(u64::MAX);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let interrupt = tokio::signal::ctrl_c();
        tokio::pin!(interrupt);
        while left > 0 {
            let heard = tokio::select! {
                _ = &mut interrupt => break,
                heard = listener.next() => heard,
            };
            match heard {
                Some(Heard::Status(status)) => {
                    board.show(&status, &mut context.screen)?;
                    left -= 1;
                }
                Some(Heard::Lost { server, error }) => {
                    board.note(
                        &format!("lost {server}: {error}; trying again"),
                        &context.console,
                    );
                }
                Some(Heard::Back { server }) => {
                    board.note(&format!("{server} is back"), &context.console);
                }
                None => break,
            }
        }
        board.finish();
        Ok(Exit::Yes)
    })
}

/// The channels to listen to: those of the jobs and machines that were named, else all.
fn patterns(jobs: &[String], machines: &[String]) -> Vec<String> {
    let all = ["*".to_owned()];
    let (jobs, machines) = match (jobs, machines) {
        ([], []) => (&all[..], &all[..]),
        named => named,
    };
    let of = |kind: StatusKind| match kind {
        StatusKind::Job | StatusKind::Comfyui => jobs,
        StatusKind::Machine => machines,
    };
    let kinds = StatusKind::ALL.into_iter();
    kinds
        .flat_map(|kind| of(kind).iter().map(move |id| kind.channel(id)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_listened_to() {
        assert_eq!(
            patterns(&[], &[]),
            ["job:*:status", "machine:*:gpu", "comfyui:*:progress"]
        );
        assert_eq!(
            patterns(&["j1".to_owned()], &[]),
            ["job:j1:status", "comfyui:j1:progress"]
        );
    }
}
