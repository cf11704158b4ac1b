//! Picks the few values out of `data` that spans and metrics need, in one pass and without
//! building the rest: most events are looked at only here.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::milestone::{Milestone, Number, Text};
use crate::event::{Data, Fields, Plain};
use crate::maps::Map;
use crate::query::step::TOOK_MS;
use crate::query::timeline::{MESSAGE_PATHS, starts};

/// What an event's kind makes worth looking for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// Whether it tells of trouble: message, class and stack.
    pub(super) failing: bool,
    /// Whether `name` is the class of an error.
    pub(super) error_event: bool,
    /// Its type: where that begins a job, `type` is the type of the job.
    pub(super) event_type: &'a str,
}

/// Fills in what `data` says.
pub(super) fn pick<'a>(data: &'a Data, wanted: Wanted<'_>, milestone: &mut Milestone<'a>) {
    let Data::Object(fields) = data else {
        return;
    };
    let parsed = || serde_json::from_str::<Picked<'a>>(fields.raw()).ok();
    let Some(picked) = Picked::of_plain(fields).or_else(parsed) else {
        return;
    };
    milestone.numbers = picked.numbers;
    milestone.set(Text::Subject, picked.subject.best());
    let typed = picked.plain_type.filter(|_| starts(wanted.event_type));
    milestone.set(Text::JobType, picked.job_type.or(typed));
    if wanted.failing {
        let named = if wanted.error_event {
            picked.name
        } else {
            None
        };
        milestone.set(Text::Error, picked.error.or(named));
        milestone.set(Text::Message, picked.message.best());
        milestone.set(Text::Stack, picked.stack);
    }
}

/// The best of several values, by the place of its name in a list.
#[derive(Default)]
struct Ranked<'a>(Option<(usize, Cow<'a, str>)>);

impl<'a> Ranked<'a> {
    fn offer(&mut self, rank: Option<usize>, text: Cow<'a, str>) {
        let Some(rank) = rank.filter(|_| !text.trim().is_empty()) else {
            return;
        };
        if self.0.as_ref().is_none_or(|(best, _)| rank <= *best) {
            self.0 = Some((rank, text));
        }
    }

    fn best(self) -> Option<Cow<'a, str>> {
        self.0.map(|(_, text)| text)
    }
}

#[derive(Default)]
struct Picked<'a> {
    numbers: [Option<u64>; Number::COUNT],
    subject: Ranked<'a>,
    job_type: Option<Cow<'a, str>>,
    plain_type: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    error: Option<Cow<'a, str>>,
    message: Ranked<'a>,
    stack: Option<Cow<'a, str>>,
}

/// A key that matters.
#[derive(Clone, Copy)]
enum Key {
    Number(Number),
    /// The number of retries, one less than that of attempts.
    Retries,
    Subject(usize),
    JobType,
    Type,
    Name,
    ErrorName,
    Stack,
    /// Rank of its text, and of a `message` within.
    Message(Option<usize>, Option<usize>),
    Other,
}

impl Key {
    fn of(key: &str) -> Self {
        KEYS.get(key).copied().unwrap_or(Self::Other)
    }
}

/// Every key that matters: a look at each in turn would cost more than all else that is done with one
/// that does not.
static KEYS: LazyLock<Map<&str, Key>> = LazyLock::new(|| {
    let mut keys = Map::default();
    for (rank, path) in MESSAGE_PATHS.into_iter().enumerate() {
        let (key, nested) = match path.strip_suffix(".message") {
            Some(key) => (key, true),
            None => (path, false),
        };
        let known = keys.entry(key).or_insert(Key::Message(None, None));
        if let Key::Message(plain, within) = known {
            let place = if nested { within } else { plain };
            *place = Some(rank);
        }
    }
    let others: [(Key, &[&'static str]); 13] = [
        (Key::Number(Number::Took), &TOOK_MS),
        (
            Key::Number(Number::Waited),
            &["claimTimeMs", "queueWaitMs", "queue_wait_ms", "waitTimeMs"],
        ),
        (
            Key::Number(Number::Attempt),
            &["attempt", "attemptNumber", "attempt_number"],
        ),
        (Key::Retries, &["retryCount", "retry_count", "retry"]),
        (Key::Subject(0), &["connectorType", "connector"]),
        (Key::Subject(1), &["functionName", "function"]),
        (Key::Subject(2), &["stepName", "step"]),
        (Key::Subject(3), &["componentName", "component"]),
        (Key::JobType, &["jobType", "job_type"]),
        (Key::Type, &["type"]),
        (Key::Name, &["name"]),
        (
            Key::ErrorName,
            &["errorName", "error_name", "errorType", "error_type"],
        ),
        (
            Key::Stack,
            &["stack", "stackTrace", "stack_trace", "stacktrace"],
        ),
    ];
    for (key, names) in others {
        keys.extend(names.iter().map(|name| (*name, key)));
    }
    keys
});

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(Key::of(key))
            }
        }

        deserializer.deserialize_str(Name)
    }
}

impl<'de> Deserialize<'de> for Picked<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Picked<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Picked<'de>, A::Error> {
                let mut picked = Picked::default();
                while let Some(key) = map.next_key::<Key>()? {
                    if matches!(key, Key::Other) {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        picked.take(key, map.next_value::<Piece<'de>>()?);
                    }
                }
                Ok(picked)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl<'a> Picked<'a> {
    /// What plain data says: most is, and needs no parser.
    fn of_plain(fields: &'a Fields) -> Option<Self> {
        let mut picked = Self::default();
        let is_plain = fields.each_plain(|key, value| match Key::of(key) {
            Key::Other => {}
            key => picked.take(key, value.into()),
        });
        is_plain.then_some(picked)
    }

    fn take(&mut self, key: Key, piece: Piece<'a>) {
        match (key, piece) {
            (Key::Number(number), piece) => {
                let slot = &mut self.numbers[number as usize];
                *slot = piece.number().or(*slot);
            }
            (Key::Retries, piece) => {
                let slot = &mut self.numbers[Number::Attempt as usize];
                *slot = slot.or(piece.number().map(|retries| retries.saturating_add(1)));
            }
            (Key::Subject(rank), Piece::Text(text)) => self.subject.offer(Some(rank), text),
            (Key::JobType, Piece::Text(text)) => self.job_type = Some(text),
            (Key::Type, Piece::Text(text)) => self.plain_type = Some(text),
            (Key::Name, Piece::Text(text)) => self.name = Some(text),
            (Key::ErrorName, Piece::Text(text)) => self.error = Some(text),
            (Key::Stack, Piece::Text(text)) => self.stack = Some(text),
            (Key::Message(rank, _), Piece::Text(text)) => self.message.offer(rank, text),
            (Key::Message(_, rank), Piece::Error(error)) => {
                if let Some(message) = error.message {
                    self.message.offer(rank, message);
                }
                self.error = self.error.take().or(error.name);
                self.stack = self.stack.take().or(error.stack);
            }
            _ => {}
        }
    }
}

/// A value, as far as it matters.
enum Piece<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    /// An object; what it would say if it were an error.
    Error(Nested<'a>),
    Other,
}

#[derive(Default)]
struct Nested<'a> {
    name: Option<Cow<'a, str>>,
    message: Option<Cow<'a, str>>,
    stack: Option<Cow<'a, str>>,
}

impl<'a> From<Plain<'a>> for Piece<'a> {
    fn from(value: Plain<'a>) -> Self {
        match value {
            Plain::Text(text) => Self::Text(text.into()),
            Plain::Word(word) => word.parse().map_or(Self::Other, Self::Number),
        }
    }
}

impl Piece<'_> {
    /// A whole number that is not negative; some emitters write numbers as texts.
    fn number(&self) -> Option<u64> {
        let number = match self {
            Self::Number(number) => *number,
            Self::Text(text) => text.trim().parse().ok()?,
            _ => return None,
        };
        // Far more than any job lasts, and every whole number below it has its own `f64`.
        const LARGEST: f64 = 9e15;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range is checked"
        )]
        (0.0..=LARGEST)
            .contains(&number)
            .then(|| number.round() as u64)
    }
}

impl<'de> Deserialize<'de> for Piece<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Piece<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Piece::Text(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Piece::Text(text.to_owned().into()))
            }

            #[expect(clippy::cast_precision_loss, reason = "larger ones are refused later")]
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Piece::Number(number as f64))
            }

            #[expect(clippy::cast_precision_loss, reason = "larger ones are refused later")]
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Piece::Number(number as f64))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Piece::Number(number))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Piece::Other)
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Piece::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Piece::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut nested = Nested::default();
                while let Some(key) = map.next_key::<Key>()? {
                    let slot = match key {
                        Key::Name => &mut nested.name,
                        Key::Stack => &mut nested.stack,
                        Key::Message(Some(0), _) => &mut nested.message,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    // A value that is itself an object is no text, however deep it goes.
                    if let Piece::Text(text) = map.next_value::<Piece<'de>>()? {
                        *slot = Some(text);
                    }
                }
                Ok(Piece::Error(nested))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
