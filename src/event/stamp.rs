//! Instants as the wire carries them: whole milliseconds since 1970, UTC.

use std::fmt;

use jiff::Timestamp;

use super::digits::digits;

/// Milliseconds since 1970-01-01T00:00:00Z, always within the years that RFC 3339 can write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(i64);

impl Millis {
    /// The first instant that can be written.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// The last instant that can be written: 9999-12-30, which every zone can show.
    pub const MAX: Self = Self(253_402_207_200_000);

    /// `None` outside the years 1 to 9999.
    pub fn new(ms: i64) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0)
            .contains(&ms)
            .then_some(Self(ms))
    }

    /// The nearest instant that can be written.
    pub fn clamped(ms: i64) -> Self {
        Self(ms.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The number itself.
    pub fn get(self) -> i64 {
        self.0
    }

    /// This instant moved by `ms`, kept within what can be written.
    pub fn plus(self, ms: i64) -> Self {
        Self::clamped(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when it lies before.
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Reads a number whose unit nobody states. Clocks of this century tell seconds (below
    /// 10^11), milliseconds (below 10^14), microseconds (below 10^17) and nanoseconds apart.
    pub fn from_epoch(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let ms = match number.abs() {
            n if n < 1e11 => number * 1e3,
            n if n < 1e14 => number,
            n if n < 1e17 => number / 1e3,
            _ => number / 1e6,
        };
        #[expect(clippy::cast_possible_truncation, reason = "`new` checks the range")]
        Self::new(ms.round() as i64)
    }

    /// Reads what emitters write as a time: an epoch number in any usual unit, or RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        // The common case: thirteen digits, which an `f64` would carry exactly but more slowly.
        if let Some(ms) = digits(text.as_bytes())
            && (100_000_000_000..100_000_000_000_000).contains(&ms)
        {
            return Self::new(i64::try_from(ms).ok()?);
        }
        let text = text.trim();
        if let Ok(number) = text.parse::<f64>() {
            return Self::from_epoch(number);
        }
        Self::try_from(text.parse::<Timestamp>().ok()?).ok()
    }

    /// The same instant for calendar arithmetic and zones.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl TryFrom<Timestamp> for Millis {
    type Error = ();

    fn try_from(timestamp: Timestamp) -> Result<Self, ()> {
        Self::new(timestamp.as_millisecond()).ok_or(())
    }
}

/// RFC 3339 with milliseconds, UTC: `2025-09-27T10:30:00.123Z`.
impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_unit_and_writes_milliseconds() {
        for text in [
            "1700000000123",
            "1700000000.123",
            "1700000000123000",
            "1700000000123000000",
            "2023-11-14T22:13:20.123Z",
            "2023-11-14T23:13:20.123+01:00",
        ] {
            let parsed = Millis::parse(text).expect(text);
            assert_eq!(parsed.to_string(), "2023-11-14T22:13:20.123Z", "{text}");
        }
    }

    #[test]
    fn refuses_what_no_calendar_holds() {
        for text in ["", "soon", "NaN", "inf", "1e300", "99999-01-01T00:00:00Z"] {
            assert_eq!(Millis::parse(text), None, "{text}");
        }
        for edge in [Millis::MIN, Millis::MAX] {
            assert_eq!(Millis::parse(&edge.to_string()), Some(edge));
        }
    }
}
