//! One order that cannot be, in data and in words.

use serde::Serialize;

use crate::event::Millis;
use crate::quantity;
use crate::query::jobs::Moved;
use crate::query::timeline::rfc3339;

/// In which way an order cannot be. The gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Two workers claimed one try.
    ClaimedTwice,
    /// It was completed before anybody worked on it.
    CompletedBeforeStart,
    /// Two events end it in different ways.
    EndedTwice,
    /// Somebody works on it after its end.
    AfterEnd,
    /// A step came before the one that hands over to it.
    NegativeHandoff,
}

/// What one of the two events said.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// Who.
    pub service: String,
    /// What.
    pub event_type: String,
    /// The worker it names, or empty.
    pub worker: String,
    /// The machine it names, or empty.
    pub machine: String,
    /// When, by the emitter's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: Millis,
}

impl Said {
    fn of(step: &Moved<'_>) -> Self {
        Self {
            service: step.service.to_owned(),
            event_type: step.event_type.to_owned(),
            worker: step.worker.to_owned(),
            machine: step.machine.to_owned(),
            at: step.at,
        }
    }

    fn who(&self) -> &str {
        if self.worker.is_empty() {
            &self.service
        } else {
            &self.worker
        }
    }
}

/// One order that cannot be.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Race {
    /// In which way.
    pub kind: Kind,
    /// The job.
    pub job_id: String,
    /// The same in words.
    pub text: String,
    /// What happened first.
    pub first: Said,
    /// What should not have followed.
    pub second: Said,
    /// Time between the two, in milliseconds.
    pub between_ms: i64,
    /// Whether the server heard them in this order too; else only the emitters' clocks say so.
    pub heard: bool,
}

/// Whether the server heard two steps in this order; `None` where it does not tell.
pub(super) fn heard_in_order(first: &Moved<'_>, second: &Moved<'_>) -> Option<bool> {
    Some(first.heard? <= second.heard?)
}

/// Tells of two steps in the wrong order.
pub(super) fn race(kind: Kind, job: &str, first: &Moved<'_>, second: &Moved<'_>) -> Race {
    let (one, other) = (Said::of(first), Said::of(second));
    let between_ms = second.moment.since(first.moment);
    let after = quantity::duration(between_ms);
    let (was, then) = (&one.event_type, &other.event_type);
    let text = match kind {
        Kind::ClaimedTwice => format!(
            "claimed by {} and, {after} later, by {} in the same try",
            one.who(),
            other.who()
        ),
        Kind::CompletedBeforeStart => format!(
            "{} said {was} {after} before {} said {then}",
            one.who(),
            other.who()
        ),
        Kind::EndedTwice => format!(
            "{} said {was} and, {after} later, {} said {then}",
            one.who(),
            other.who()
        ),
        Kind::AfterEnd => format!("{} said {then} {after} after {was}", other.who()),
        Kind::NegativeHandoff => format!(
            "{} said {was} {after} before {} said {then}, which comes first elsewhere",
            one.who(),
            other.who()
        ),
    };
    Race {
        kind,
        job_id: job.to_owned(),
        text,
        heard: heard_in_order(first, second) == Some(true),
        first: one,
        second: other,
        between_ms,
    }
}
