//! What events are grouped by.

use std::borrow::Cow;

use crate::event::Event;
use crate::query::Field;

/// What events are grouped by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// Their type.
    #[default]
    EventType,
    /// Who says what: service and type.
    Step,
    /// The type of their job, which only some events of a job name.
    JobType,
    /// A field.
    Field(Field),
}

/// What can be grouped by, for hints.
pub const KNOWN: &str = "eventType, step, service, worker, machine, jobType, user, level, stream, \
    or data.FIELD";

impl By {
    /// Reads a name; `None` for one that nobody knows.
    pub fn parse(name: &str) -> Option<Self> {
        let plain: String = name
            .chars()
            .filter(|char| !matches!(char, '-' | '_'))
            .collect();
        Some(match plain.to_ascii_lowercase().as_str() {
            "step" => Self::Step,
            "jobtype" => Self::JobType,
            _ => match Field::parse(name) {
                Field::EventType => Self::EventType,
                field @ (Field::Service
                | Field::Id(_)
                | Field::Level
                | Field::Stream
                | Field::Path(_)) => Self::Field(field),
                _ => return None,
            },
        })
    }

    /// Its name, for people and programs.
    pub fn name(&self) -> String {
        match self {
            Self::EventType => "eventType".to_owned(),
            Self::Step => "step".to_owned(),
            Self::JobType => "jobType".to_owned(),
            Self::Field(field) => field.name().into_owned(),
        }
    }

    /// What an event is grouped under: the service, where that is a part of it, and the rest; `None`
    /// for an event that lacks it.
    pub(super) fn key<'e>(&self, event: &'e Event) -> (&'e str, Option<Cow<'e, str>>) {
        let event_type = || Some(Cow::from(event.event_type.as_str()));
        let (service, text) = match self {
            Self::EventType => ("", event_type()),
            Self::Step => (event.service.as_str(), event_type()),
            Self::JobType => ("", None),
            Self::Field(field) => ("", field.first(event).map(Cow::from)),
        };
        (service, text.filter(|text| !text.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Id;

    #[test]
    fn names_are_read_in_any_spelling() {
        for (name, by) in [
            ("type", By::EventType),
            ("step", By::Step),
            ("job-type", By::JobType),
            ("jobType", By::JobType),
            ("worker", By::Field(Field::Id(Id::Worker))),
            ("data.model", By::Field(Field::Path("model".to_owned()))),
        ] {
            assert_eq!(By::parse(name), Some(by), "{name}");
        }
        for none in ["", "data", "model", "timestamp"] {
            assert_eq!(By::parse(none), None, "{none}");
        }
    }
}
