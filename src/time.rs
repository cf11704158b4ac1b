//! Durations and instants as people type them, against a now and a zone that the caller gives.
//!
//! Nothing here reads a clock, but for [`Clock::system`].

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp, ToSpan};

use crate::event::{EntryId, Millis};

/// A text that is no time or duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no {kind}")]
pub struct Error {
    text: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Duration,
    Time,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Duration => "duration",
            Self::Time => "time",
        })
    }
}

impl Error {
    /// What to type instead.
    pub fn hints(&self) -> Vec<String> {
        let hint = match self.kind {
            Kind::Duration => "write a number with a unit: 250ms, 15s, 5m, 2h, 1d, 1h30m",
            Kind::Time => {
                "write 15m (ago), yesterday, 10:30, \"2025-09-27 10:30\", RFC 3339, epoch seconds \
                 or milliseconds, or a stream entry id"
            }
        };
        vec![hint.to_owned()]
    }
}

/// Reads a duration: `250ms`, `15s`, `5m`, `1h30m`, `2d`, `1.5s`. A day has 24 hours.
///
/// # Errors
/// When the text is no duration, or a negative one.
pub fn parse_duration(text: &str) -> Result<Duration, Error> {
    span_length(text.trim())
        .and_then(|length| Duration::try_from(length).ok())
        .ok_or_else(|| Error {
            text: text.to_owned(),
            kind: Kind::Duration,
        })
}

/// The signed length of what jiff reads as a span, in its friendly or its ISO 8601 form.
fn span_length(text: &str) -> Option<jiff::SignedDuration> {
    let span: Span = text.parse().ok()?;
    // Months and years have no fixed length, so they are no durations.
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// The zone of wall clocks. The system's is looked up when it is first needed: that takes a walk
/// through the zone database, which costs more than a whole `emp emit`.
#[derive(Clone, Debug)]
pub struct Zone(Arc<OnceLock<TimeZone>>);

impl Zone {
    /// The system's.
    pub fn system() -> Self {
        Self(Arc::default())
    }

    /// The zone itself.
    pub fn get(&self) -> &TimeZone {
        self.0.get_or_init(TimeZone::system)
    }
}

impl From<TimeZone> for Zone {
    fn from(zone: TimeZone) -> Self {
        Self(Arc::new(zone.into()))
    }
}

/// Now and here.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The instant that `15m` is measured from.
    pub now: Millis,
    /// The zone that `10:30` is meant in.
    pub zone: Zone,
}

impl Clock {
    /// The machine's clock and zone.
    pub fn system() -> Self {
        Self {
            now: Self::system_now(),
            zone: Zone::system(),
        }
    }

    /// The machine's clock alone.
    pub fn system_now() -> Millis {
        Millis::try_from(Timestamp::now()).unwrap_or_default()
    }

    /// Reads an instant. Tried in this order: `now`; a stream entry id; epoch seconds or
    /// milliseconds; RFC 3339; a local date with or without a time; `today` or `yesterday` with
    /// or without a time; a local time, meaning its last occurrence; a duration, meaning ago
    /// whatever its sign, with an optional `last` before it.
    ///
    /// # Errors
    /// When the text is none of these.
    pub fn instant(&self, text: &str) -> Result<Millis, Error> {
        let typed = text.trim();
        self.entry_or_epoch(typed)
            .or_else(|| self.calendar(typed))
            .or_else(|| self.ago(typed))
            .ok_or_else(|| Error {
                text: text.to_owned(),
                kind: Kind::Time,
            })
    }

    /// The instant `text` before now; for options that take nothing but a duration. The
    /// documents' `last 1h` is understood.
    ///
    /// # Errors
    /// When the text is no duration.
    pub fn last(&self, text: &str) -> Result<Millis, Error> {
        self.ago(text.trim()).ok_or_else(|| Error {
            text: text.to_owned(),
            kind: Kind::Duration,
        })
    }

    fn entry_or_epoch(&self, typed: &str) -> Option<Millis> {
        if typed.eq_ignore_ascii_case("now") {
            return Some(self.now);
        }
        if let Ok(entry) = typed.parse::<EntryId>() {
            return Some(entry.time());
        }
        // `Millis::parse` takes any number; a bare one of few digits is more likely a slip.
        let digits = typed.bytes().filter(u8::is_ascii_digit).count();
        let number = typed
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        if number && digits < 9 {
            return None;
        }
        Millis::parse(typed)
    }

    fn calendar(&self, typed: &str) -> Option<Millis> {
        if let Ok(at) = typed.parse::<DateTime>() {
            return self.local(at);
        }
        if let Ok(date) = typed.parse::<Date>() {
            return self.local(date.at(0, 0, 0, 0));
        }
        let now = self.now.timestamp().to_zoned(self.zone.get().clone());
        let (day, rest) = typed.split_once(' ').unwrap_or((typed, ""));
        let date = match day.to_ascii_lowercase().as_str() {
            "today" => now.date(),
            "yesterday" => now.date().checked_sub(1.day()).ok()?,
            _ => {
                let time: Time = typed.contains(':').then(|| typed.parse().ok())??;
                let today = self.local(now.date().to_datetime(time))?;
                return if today <= self.now {
                    Some(today)
                } else {
                    let yesterday = now.date().checked_sub(1.day()).ok()?;
                    self.local(yesterday.to_datetime(time))
                };
            }
        };
        let time = match rest.trim() {
            "" => Time::midnight(),
            time => time.parse().ok()?,
        };
        self.local(date.to_datetime(time))
    }

    fn ago(&self, typed: &str) -> Option<Millis> {
        let typed = typed.strip_prefix("last ").unwrap_or(typed).trim();
        let length = span_length(typed)?;
        let ms = i64::try_from(length.as_millis()).ok()?;
        Some(self.now.plus(-ms.checked_abs()?))
    }

    fn local(&self, at: DateTime) -> Option<Millis> {
        let zoned = at.to_zoned(self.zone.get().clone()).ok()?;
        Millis::try_from(zoned.timestamp()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock {
            now: Millis::parse("2025-09-27T10:30:00Z").expect("a time"),
            zone: TimeZone::get("Europe/Berlin").expect("a zone").into(),
        }
    }

    #[test]
    fn instants_as_people_type_them() {
        for (typed, meant) in [
            ("now", "2025-09-27T10:30:00.000Z"),
            ("15m", "2025-09-27T10:15:00.000Z"),
            ("-15m", "2025-09-27T10:15:00.000Z"),
            ("15m ago", "2025-09-27T10:15:00.000Z"),
            ("15 minutes", "2025-09-27T10:15:00.000Z"),
            ("last 1h", "2025-09-27T09:30:00.000Z"),
            ("1h30m", "2025-09-27T09:00:00.000Z"),
            ("2d", "2025-09-25T10:30:00.000Z"),
            ("today", "2025-09-26T22:00:00.000Z"),
            ("yesterday", "2025-09-25T22:00:00.000Z"),
            ("yesterday 08:15", "2025-09-26T06:15:00.000Z"),
            ("10:30", "2025-09-27T08:30:00.000Z"),
            ("23:50:10", "2025-09-26T21:50:10.000Z"),
            ("2025-09-27", "2025-09-26T22:00:00.000Z"),
            ("2025-09-27 10:30", "2025-09-27T08:30:00.000Z"),
            ("2025-09-27T10:30:01", "2025-09-27T08:30:01.000Z"),
            ("2025-09-27T10:30:01Z", "2025-09-27T10:30:01.000Z"),
            ("2025-09-27T10:30:01+02:00", "2025-09-27T08:30:01.000Z"),
            ("1758968999", "2025-09-27T10:29:59.000Z"),
            ("1758968999123", "2025-09-27T10:29:59.123Z"),
            ("1758968999123-4", "2025-09-27T10:29:59.123Z"),
        ] {
            let at = clock().instant(typed).expect(typed);
            assert_eq!(at.to_string(), meant, "{typed}");
        }
    }

    #[test]
    fn what_is_no_instant() {
        for typed in [
            "",
            "soon",
            "15",
            "15x",
            "25:00",
            "2025-13-01",
            "1mo",
            "yesterday noon",
        ] {
            let error = clock().instant(typed).expect_err(typed);
            assert_eq!(error.to_string(), format!("`{typed}` is no time"));
        }
        assert!(clock().last("10:30").is_err());
    }

    #[test]
    fn durations_as_people_type_them() {
        for (typed, ms) in [
            ("250ms", 250),
            ("1.5s", 1500),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("7d", 604_800_000),
            ("0s", 0),
        ] {
            assert_eq!(
                parse_duration(typed).expect(typed).as_millis(),
                ms,
                "{typed}"
            );
        }
        for typed in ["", "5", "-5s", "1y", "abc"] {
            assert!(parse_duration(typed).is_err(), "{typed}");
        }
    }
}
