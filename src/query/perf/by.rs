//! What events are grouped by.

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

    /// What an event is grouped under, with a service where that is a part of it; `None` for one
    /// that lacks it.
    pub(super) fn key(&self, event: &Event) -> Option<(String, String)> {
        let (service, text) = match self {
            Self::EventType => ("", Some(event.event_type.clone())),
            Self::Step => (event.service.as_str(), Some(event.event_type.clone())),
            Self::JobType => ("", None),
            Self::Field(field) => ("", field.first(event)),
        };
        let text = text.filter(|text| !text.is_empty())?;
        Some((service.to_owned(), text))
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
