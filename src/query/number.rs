//! Numbers in queries and events, and the units of durations and sizes.

use std::cmp::Ordering;

use serde_json::Value;

use crate::time::parse_duration;

/// A number that keeps all digits of an integer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Int(i128),
    Float(f64),
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.order(*other) == Some(Ordering::Equal)
    }
}

impl Number {
    /// Reads a decimal number: `12`, `-1.5`, `2e3`. No `inf`, no `nan`, no spaces.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(is_part) {
            return None;
        }
        match text.parse() {
            Ok(int) => Some(Self::Int(int)),
            Err(_) => {
                let float = text.parse::<f64>().ok()?;
                float.is_finite().then_some(Self::Float(float))
            }
        }
    }

    pub(super) fn of_json(value: &serde_json::Number) -> Option<Self> {
        value
            .as_i64()
            .map(i128::from)
            .or_else(|| value.as_u64().map(i128::from))
            .map(Self::Int)
            .or_else(|| value.as_f64().map(Self::Float))
    }

    pub(super) fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            _ => self.float().partial_cmp(&other.float()),
        }
    }

    fn float(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "only beside a float")]
            Self::Int(int) => int as f64,
            Self::Float(float) => float,
        }
    }
}

/// Whether a byte can stand in the text of a number.
pub(super) fn is_part(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')
}

/// A value that starts like a number but has a unit that nobody knows.
#[derive(Debug, PartialEq)]
pub(super) struct UnknownUnit(pub(super) String);

/// Reads a number, a duration (`1.5s`, `1h30m`) or a size (`10KB`, `1MiB`) in the unit of a field.
/// `None` for text that is none of them.
///
/// A field tells its unit by its last word: `durationMs`, `elapsed_seconds`, `memoryMB`. Without
/// one, durations are milliseconds and sizes bytes.
pub(super) fn quantity(text: &str, field: &str) -> Result<Option<Number>, UnknownUnit> {
    if let Some(number) = Number::parse(text) {
        return Ok(Some(number));
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|char: char| char.is_ascii_digit() || char == '.') {
        return Ok(None);
    }
    let letters = text
        .find(|char: char| char.is_alphabetic())
        .unwrap_or(text.len());
    let (amount, unit) = text.split_at(letters);
    let amount = Number::parse(amount).map(Number::float);
    if let (Some(amount), Some(bytes)) = (amount, factor(&SIZES, unit)) {
        return Ok(Some(Number::Float(
            amount * bytes / field_unit(field, &SIZES),
        )));
    }
    if let Ok(length) = parse_duration(text) {
        #[expect(clippy::cast_precision_loss, reason = "a duration is no exact number")]
        let ms = length.as_nanos() as f64 / 1e6;
        return Ok(Some(Number::Float(ms / field_unit(field, &DURATIONS))));
    }
    match amount {
        Some(_) if unit.chars().all(char::is_alphabetic) => Err(UnknownUnit(unit.to_owned())),
        _ => Ok(None),
    }
}

/// Units of sizes, in bytes. Longer names stand before those they end in.
const SIZES: [(&str, f64); 10] = [
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
    ("tib", 1_099_511_627_776.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("bytes", 1.0),
    ("b", 1.0),
];

/// Words that field names end in, in milliseconds.
const DURATIONS: [(&str, f64); 18] = [
    ("ms", 1.0),
    ("millis", 1.0),
    ("milliseconds", 1.0),
    ("us", 1e-3),
    ("micros", 1e-3),
    ("microseconds", 1e-3),
    ("ns", 1e-6),
    ("nanos", 1e-6),
    ("nanoseconds", 1e-6),
    ("s", 1e3),
    ("sec", 1e3),
    ("secs", 1e3),
    ("seconds", 1e3),
    ("min", 6e4),
    ("mins", 6e4),
    ("minutes", 6e4),
    ("h", 3.6e6),
    ("hours", 3.6e6),
];

fn factor(units: &[(&str, f64)], name: &str) -> Option<f64> {
    units
        .iter()
        .find(|(unit, _)| unit.eq_ignore_ascii_case(name))
        .map(|(_, factor)| *factor)
}

/// The unit that the last word of a field's name says, or 1.
fn field_unit(name: &str, units: &[(&str, f64)]) -> f64 {
    units
        .iter()
        .find(|(unit, _)| ends_in_word(name, unit))
        .map_or(1.0, |(_, factor)| *factor)
}

/// Whether a name in camel, snake or kebab case has this last word.
fn ends_in_word(name: &str, word: &str) -> bool {
    let Some((before, last)) = name
        .len()
        .checked_sub(word.len())
        .and_then(|at| name.split_at_checked(at))
    else {
        return false;
    };
    let hump = last.starts_with(|char: char| char.is_ascii_uppercase())
        && !before.ends_with(|char: char| char.is_ascii_uppercase());
    last.eq_ignore_ascii_case(word)
        && (hump || before.is_empty() || before.ends_with(['_', '-', '.']))
}

/// The number that a JSON value is, or that its text spells.
pub(super) fn in_json(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Number::of_json(number),
        Value::String(text) => Number::parse(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let number = |text: &str| Number::parse(text).expect(text);
        assert_eq!(number("5"), number("5.0"));
        assert_eq!(number("2e3"), number("+2000"));
        assert_ne!(
            number("12345678901234567890"),
            number("12345678901234567891")
        );
        assert_eq!(number("-1").order(number("0.5")), Some(Ordering::Less));
        for bad in [
            "", "inf", "nan", "1e999", "1_000", " 1", "0x10", "e", "-", "1-2",
        ] {
            assert!(Number::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn quantities_are_in_the_unit_of_the_field() {
        for (text, field, expected) in [
            ("1000", "durationMs", 1000.0),
            ("1.5s", "durationMs", 1500.0),
            ("1.5s", "data.elapsed", 1500.0),
            ("1h30m", "waitSeconds", 5400.0),
            ("2s", "elapsed_s", 2.0),
            ("2s", "gaps", 2000.0),
            ("250us", "took_us", 250.0),
            ("10KB", "size", 10_000.0),
            ("10KiB", "size", 10_240.0),
            ("1gb", "memoryMB", 1000.0),
            ("1GiB", "memoryMiB", 1024.0),
            ("1.5b", "x", 1.5),
            ("1MB", "HTTPMB", 1e6),
        ] {
            let number = quantity(text, field).expect(text).expect(text);
            assert_eq!(number, Number::Float(expected), "{text} {field}");
        }
    }

    #[test]
    fn what_is_no_quantity() {
        for text in ["abc", "2025-01-01", "1.2.3", "10.0.0.1:80", "", "a5"] {
            assert_eq!(quantity(text, "x"), Ok(None), "{text}");
        }
        assert_eq!(
            quantity("5parsecs", "x"),
            Err(UnknownUnit("parsecs".into()))
        );
        assert_eq!(quantity("-5é", "x"), Err(UnknownUnit("é".into())));
    }
}
