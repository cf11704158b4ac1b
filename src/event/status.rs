//! Live status: what changes every second and so never enters a stream.
//!
//! It is published on a channel for whoever listens, and the last value is kept under a key with a
//! short time to live. Channels and payloads are part of the wire contract.

use serde_json::{Map, Value};

use super::{Id, Millis};

/// How long the last value is kept, in seconds: long enough to see where a job stood, short enough
/// that a dead one does not look alive.
pub const STATUS_TTL_SECONDS: u64 = 60;

/// What a status is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StatusKind {
    /// Progress of a job: `job:<id>:status`.
    Job,
    /// GPU figures of a machine: `machine:<id>:gpu`.
    Machine,
    /// Progress of a workflow in ComfyUI, by job: `comfyui:<id>:progress`.
    Comfyui,
}

impl StatusKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Job, Self::Machine, Self::Comfyui];

    /// First and last part of the channel's name.
    fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::Job => ("job", "status"),
            Self::Machine => ("machine", "gpu"),
            Self::Comfyui => ("comfyui", "progress"),
        }
    }

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        self.parts().0
    }

    /// Which id names what it is about.
    pub fn id(self) -> Id {
        match self {
            Self::Job | Self::Comfyui => Id::Job,
            Self::Machine => Id::Machine,
        }
    }

    /// The channel for an id; a pattern where the id is one.
    pub fn channel(self, id: &str) -> String {
        let (entity, topic) = self.parts();
        format!("{entity}:{id}:{topic}")
    }

    /// The key of the last value: `job:<id>:latest-status`.
    pub fn latest_key(self, id: &str) -> String {
        let (entity, topic) = self.parts();
        format!("{entity}:{id}:latest-{topic}")
    }
}

/// One value of a live status.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// What it is about.
    pub kind: StatusKind,
    /// Its id.
    pub id: String,
    /// The figures.
    pub data: Map<String, Value>,
}

impl Status {
    /// Reads a message. A payload that is no JSON object stands under `value`; `None` for a
    /// channel that is none of ours.
    pub fn read(channel: &str, payload: &str) -> Option<Self> {
        let (kind, id) = StatusKind::ALL.into_iter().find_map(|kind| {
            let (entity, topic) = kind.parts();
            let rest = channel.strip_prefix(entity)?.strip_prefix(':')?;
            let id = rest.strip_suffix(topic)?.strip_suffix(':')?;
            (!id.is_empty()).then(|| (kind, id.to_owned()))
        })?;
        let data = match serde_json::from_str(payload) {
            Ok(Value::Object(map)) => map,
            Ok(other) => Map::from_iter([("value".to_owned(), other)]),
            Err(_) => Map::from_iter([("value".to_owned(), payload.into())]),
        };
        Some(Self { kind, id, data })
    }

    /// The payload: the figures with the id and, where they tell none, the time.
    pub fn payload(&self, now: Millis) -> String {
        let mut map = Map::new();
        map.insert(
            self.kind.id().wire_name().to_owned(),
            self.id.as_str().into(),
        );
        map.insert("timestamp".to_owned(), now.get().into());
        for (name, value) in &self.data {
            map.insert(name.clone(), value.clone());
        }
        Value::Object(map).to_string()
    }

    /// How far it is, from 0 to 1: `progress` as a share or in percent, or `step` of
    /// `totalSteps`.
    pub fn share(&self) -> Option<f64> {
        let number = |name: &str| self.data.get(name).and_then(Value::as_f64);
        let share = match (number("progress"), number("step"), number("totalSteps")) {
            (Some(progress), ..) if progress > 1.0 => progress / 100.0,
            // 1 is one percent where progress is counted in whole numbers.
            (Some(progress), ..) => match self.data.get("progress").and_then(Value::as_i64) {
                Some(percent) => f64::from(i32::try_from(percent).unwrap_or(0)) / 100.0,
                None => progress,
            },
            (None, Some(step), Some(total)) if total > 0.0 => step / total,
            _ => return None,
        };
        Some(share.clamp(0.0, 1.0))
    }

    /// When it was said, where it tells.
    pub fn at(&self) -> Option<Millis> {
        let value = self.data.get("timestamp")?;
        match value {
            Value::String(text) => Millis::parse(text),
            other => Millis::parse(&other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_those_of_the_documents() {
        for (kind, channel, key) in [
            (StatusKind::Job, "job:j:1:status", "job:j:1:latest-status"),
            (
                StatusKind::Machine,
                "machine:j:1:gpu",
                "machine:j:1:latest-gpu",
            ),
            (
                StatusKind::Comfyui,
                "comfyui:j:1:progress",
                "comfyui:j:1:latest-progress",
            ),
        ] {
            assert_eq!(kind.channel("j:1"), channel);
            assert_eq!(kind.latest_key("j:1"), key);
            let read = Status::read(channel, "{}").expect("a status");
            assert_eq!((read.kind, read.id.as_str()), (kind, "j:1"));
        }
        for other in [
            "job::status",
            "job:1:latest-status",
            "jobs:1:status",
            "",
            "job:status",
        ] {
            assert_eq!(Status::read(other, "{}"), None, "{other}");
        }
    }

    #[test]
    fn progress_is_a_share_however_it_is_told() {
        for (payload, share) in [
            (r#"{"progress":42}"#, Some(0.42)),
            (r#"{"progress":1}"#, Some(0.01)),
            (r#"{"progress":0.5}"#, Some(0.5)),
            (r#"{"progress":100}"#, Some(1.0)),
            (r#"{"progress":250}"#, Some(1.0)),
            (r#"{"step":5,"totalSteps":20}"#, Some(0.25)),
            (r#"{"step":5,"totalSteps":0}"#, None),
            (r#"{"progress":"soon"}"#, None),
            ("no json", None),
        ] {
            let status = Status::read("job:1:status", payload).expect("a status");
            assert_eq!(status.share(), share, "{payload}");
        }
    }

    #[test]
    fn the_payload_names_what_it_is_about() {
        let status = Status::read("machine:m1:gpu", r#"{"utilization":97}"#).expect("a status");
        assert_eq!(
            status.payload(Millis::clamped(5)),
            r#"{"machineId":"m1","timestamp":5,"utilization":97}"#
        );
    }
}
