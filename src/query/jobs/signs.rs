//! Signs of life of workers and machines.

use serde::Serialize;

use super::names::{Name, Names};
use crate::event::{Id, Millis};
use crate::maps::Map;

/// Workers and machines that are kept in mind.
const MOST: usize = 100_000;

/// The last event that names a worker or a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sign<'a> {
    /// The emitter's clock.
    #[serde(serialize_with = "crate::query::timeline::rfc3339")]
    pub at: Millis,
    /// What was said.
    pub event_type: &'a str,
    /// Who said it.
    pub service: &'a str,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Signs(Map<(Id, Name), (Millis, Name, Name)>);

impl Signs {
    pub(super) fn push(
        &mut self,
        service: Name,
        worker: Name,
        machine: Name,
        event_type: Name,
        at: Millis,
    ) {
        for (kind, name) in [(Id::Worker, worker), (Id::Machine, machine)] {
            let key = (kind, name);
            if name.is_none() || (self.0.len() >= MOST && !self.0.contains_key(&key)) {
                continue;
            }
            let last = self.0.entry(key).or_insert((at, event_type, service));
            if at >= last.0 {
                *last = (at, event_type, service);
            }
        }
    }

    pub(super) fn last<'a>(&self, kind: Id, name: Name, names: &'a Names) -> Option<Sign<'a>> {
        let (at, event_type, service) = *self.0.get(&(kind, name))?;
        Some(Sign {
            at,
            event_type: names.text(event_type),
            service: names.text(service),
        })
    }
}
