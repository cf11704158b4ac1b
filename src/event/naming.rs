//! The naming rules of the documents, as a judgement.
//!
//! Readers never refuse a badly named event; `emit` refuses only what no one could type back, and
//! `health` counts the rest.

use super::{Event, Id};

/// Why an event falls short of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flaw {
    /// The type is not `entity.action` in lower case.
    TypeForm,
    /// No service.
    NoService,
    /// No trace id.
    NoTrace,
    /// A `job.*` event without a job id.
    NoJob,
    /// A `worker.*` event without a worker id.
    NoWorker,
    /// A `machine.*` event without a machine id.
    NoMachine,
    /// `data` is no JSON object.
    DataForm,
}

impl Flaw {
    /// The flaw in a few words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TypeForm => "type is not entity.action",
            Self::NoService => "no service",
            Self::NoTrace => "no traceId",
            Self::NoJob => "job event without jobId",
            Self::NoWorker => "worker event without workerId",
            Self::NoMachine => "machine event without machineId",
            Self::DataForm => "data is no JSON object",
        }
    }
}

/// Everything that is wrong with an event's names and required ids.
pub fn flaws(event: &Event) -> Vec<Flaw> {
    let lacks = |id| event.id(id).is_none();
    let entity = event.event_type.split('.').next().unwrap_or_default();
    let checks = [
        (!is_well_formed(&event.event_type), Flaw::TypeForm),
        (event.service.is_empty(), Flaw::NoService),
        (lacks(Id::Trace), Flaw::NoTrace),
        (entity == "job" && lacks(Id::Job), Flaw::NoJob),
        (entity == "worker" && lacks(Id::Worker), Flaw::NoWorker),
        (entity == "machine" && lacks(Id::Machine), Flaw::NoMachine),
        (matches!(event.data, super::Data::Text(_)), Flaw::DataForm),
    ];
    checks
        .into_iter()
        .filter_map(|(wrong, flaw)| wrong.then_some(flaw))
        .collect()
}

/// Whether a type is `entity.action`: two or more parts of lower-case letters, digits, `_` and
/// `-`. The name of an error (`error.TypeError`) may have capitals.
pub fn is_well_formed(event_type: &str) -> bool {
    let mut parts = event_type.split('.');
    let entity = parts.next().unwrap_or_default();
    let capitals = entity == "error";
    let good = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| {
                matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')
                    || (capitals && byte.is_ascii_uppercase())
            })
    };
    let mut rest = parts.peekable();
    good(entity) && rest.peek().is_some() && rest.all(good)
}

/// Whether a type can be emitted: not empty, at most 200 bytes, no white space and no control
/// characters, which nobody could type back into a query.
pub fn is_emittable(event_type: &str) -> bool {
    !event_type.is_empty()
        && event_type.len() <= 200
        && !event_type
            .chars()
            .any(|char| char.is_whitespace() || char.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_documents_are_well_formed() {
        for good in [
            "job.created",
            "job.progress_updated",
            "connector.processing_failed",
            "redis_function.executing",
            "pm2.service_started",
            "error.TypeError",
        ] {
            assert!(is_well_formed(good), "{good}");
        }
        for bad in [
            "job",
            "Job.created",
            "job.",
            ".created",
            "job..x",
            "job.Created",
            "a b.c",
        ] {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_typed_is_not_emitted() {
        assert!(is_emittable("anything-goes"));
        for bad in ["", "a b", "a\tb", "a\u{1b}[31m", &"x".repeat(201)] {
            assert!(!is_emittable(bad), "{bad:?}");
        }
    }
}
