//! A span, as every backend of traces understands it. It must not know how one encodes it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::collect::output::Item;
use crate::event::{Data, Event, Level, Millis};

/// The type of the event as which a spool keeps a span.
const EVENT_TYPE: &str = "emp.span";

/// One operation of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Span {
    /// The trace that it belongs to.
    #[serde(with = "hex")]
    pub(crate) trace: [u8; 16],
    /// Its own id, never all zero.
    #[serde(with = "hex")]
    pub(crate) id: [u8; 8],
    /// The span that caused it; of a root, one that somebody else tells of.
    #[serde(with = "hex::maybe")]
    pub(crate) parent: Option<[u8; 8]>,
    /// What it does, in words of which there are few.
    pub(crate) name: SmolStr,
    /// Its place between two services.
    pub(crate) kind: SpanKind,
    /// When it began.
    #[serde(with = "millis")]
    pub(crate) start: Millis,
    /// When it ended, not before it began.
    #[serde(with = "millis")]
    pub(crate) end: Millis,
    /// Who did it; empty where events named nobody.
    pub(crate) service: SmolStr,
    /// Which instance of that service.
    pub(crate) instance: Option<SmolStr>,
    /// Why it failed; `None` where it did not.
    pub(crate) failure: Option<SmolStr>,
    /// Whether it is known to have succeeded.
    pub(crate) ok: bool,
    /// What else is known, by name.
    pub(crate) attributes: Vec<Attribute>,
    /// What happened meanwhile.
    pub(crate) events: Vec<SpanEvent>,
    /// Other spans that it has to do with.
    pub(crate) links: Vec<Link>,
}

/// What a span is between two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SpanKind {
    /// Within a service.
    Internal,
    /// It answers a request.
    Server,
    /// It asks another service.
    Client,
    /// It hands work over, to be done later.
    Producer,
    /// It does work that was handed over.
    Consumer,
}

/// What is known of something, and its name: most names are our own.
pub(crate) type Attribute = (Cow<'static, str>, Value);

/// What is known of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    /// Whether something is so.
    Flag(bool),
    /// How many, how often, how long.
    Number(i64),
    /// What somebody said.
    Text(SmolStr),
}

impl Value {
    /// The text, of one that is.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) | Self::Number(_) => None,
        }
    }

    /// The number, of one that is and is not negative.
    pub(crate) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => u64::try_from(*number).ok(),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<u64> for Value {
    /// OTLP has no larger numbers either.
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        (number as u64).into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<SmolStr> for Value {
    fn from(text: SmolStr) -> Self {
        Self::Text(text)
    }
}

/// Something that happened at one instant of a span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SpanEvent {
    /// What happened.
    pub(crate) name: SmolStr,
    /// When.
    #[serde(with = "millis")]
    pub(crate) at: Millis,
    /// What else is known, by name.
    pub(crate) attributes: Vec<Attribute>,
}

/// Another span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// Its trace.
    #[serde(with = "hex")]
    pub(crate) trace: [u8; 16],
    /// Its id.
    #[serde(with = "hex")]
    pub(crate) span: [u8; 8],
    /// What it has to do with this one, by name.
    pub(crate) attributes: Vec<Attribute>,
}

impl Item for Span {
    const NOUN: &'static str = "span";

    fn to_event(&self) -> Cow<'_, Event> {
        let data = match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(map)) => Data::from(map),
            // All of its keys are texts: it is always an object.
            _ => Data::Empty,
        };
        Cow::Owned(Event {
            timestamp: self.end,
            service: self.service.to_string(),
            event_type: EVENT_TYPE.to_owned(),
            // A full spool keeps errors longest.
            level: self.failure.is_some().then_some(Level::Error),
            data,
            ..Event::default()
        })
    }

    fn from_event(event: Event) -> Option<Self> {
        if event.event_type != EVENT_TYPE {
            return None;
        }
        serde_json::from_str(event.data.to_wire()?).ok()
    }

    fn size(&self) -> usize {
        let pairs = |attributes: &[Attribute]| -> usize {
            let sizes = attributes.iter().map(|(name, value)| {
                let text = value.as_str().map_or(8, str::len);
                16 + name.len() + text
            });
            sizes.sum()
        };
        let events = self.events.iter();
        let events = events.map(|event| 24 + event.name.len() + pairs(&event.attributes));
        let links = self.links.iter().map(|link| 40 + pairs(&link.attributes));
        let failure = self.failure.as_ref().map_or(0, SmolStr::len);
        128 + self.name.len()
            + self.service.len()
            + failure
            + pairs(&self.attributes)
            + events.sum::<usize>()
            + links.sum::<usize>()
    }
}

/// Ids as hex digits.
mod hex {
    use std::fmt::Write as _;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use crate::collect::spans::ids;

    pub(super) fn serialize<S: Serializer>(id: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(id))
    }

    pub(super) fn deserialize<'de, const N: usize, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        let text = String::deserialize(deserializer)?;
        ids::hex(&text).ok_or_else(|| D::Error::custom("no id"))
    }

    fn text(id: &[u8]) -> String {
        id.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    pub(super) mod maybe {
        use super::{Deserialize, Deserializer, Error, Serializer, ids, text};

        pub(in super::super) fn serialize<S: Serializer>(
            id: &Option<[u8; 8]>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match id {
                Some(id) => serializer.serialize_str(&text(id)),
                None => serializer.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<[u8; 8]>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            let id = |text: String| ids::hex(&text).ok_or_else(|| D::Error::custom("no id"));
            text.map(id).transpose()
        }
    }
}

/// Instants as numbers.
mod millis {
    use serde::de::{Deserialize, Deserializer};
    use serde::ser::Serializer;

    use crate::event::Millis;

    pub(super) fn serialize<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.get())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Millis, D::Error> {
        i64::deserialize(deserializer).map(Millis::clamped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spool_gives_back_what_it_kept() {
        let at = Millis::clamped(1_700_000_000_123);
        let mut span = Span {
            trace: [0xab; 16],
            id: [1; 8],
            parent: None,
            name: "job image".into(),
            kind: SpanKind::Client,
            start: at,
            end: at.plus(5),
            service: "worker".into(),
            instance: Some("w\"1".into()),
            failure: None,
            ok: true,
            attributes: vec![("a".into(), Value::from(1_i64)), ("b".into(), true.into())],
            events: vec![SpanEvent {
                name: "exception".into(),
                at,
                attributes: vec![("exception.message".into(), "no\nmemory".into())],
            }],
            links: vec![Link {
                trace: [2; 16],
                span: [3; 8],
                attributes: Vec::new(),
            }],
        };
        let event = span.to_event().into_owned();
        assert_eq!((event.level, event.timestamp), (None, span.end));
        assert_eq!(Span::from_event(event), Some(span.clone()));
        span.parent = Some([9; 8]);
        span.failure = Some("gone".into());
        let event = span.to_event().into_owned();
        assert_eq!(event.level, Some(Level::Error));
        assert!(span.size() > 200);
        let other = Event {
            event_type: "job.created".into(),
            ..event.clone()
        };
        assert_eq!(Span::from_event(other), None);
        let cut = Event {
            data: Data::from_wire(r#"{"trace":"zz"}"#),
            ..event.clone()
        };
        assert_eq!(Span::from_event(cut), None);
        assert_eq!(Span::from_event(event), Some(span));
    }
}
