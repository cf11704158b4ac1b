//! Whether a text is a JSON object, and what its keys look like, without building it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::json::Name;

/// What names of fields look like. Who looks for fields of a kind need not look further where no name
/// is of that kind.
#[derive(Clone, Copy, Default)]
pub(super) struct Names {
    pub(super) id: bool,
    /// Before this place of a plain object there is none.
    pub(super) length: Option<u32>,
    pub(super) kind: bool,
}

impl Names {
    /// Looks at a name, and keeps that it is at `at` if that matters.
    pub(super) fn see(&mut self, name: &[u8], at: usize) {
        match name {
            [.., b'I', b'd'] | [.., b'_', b'i', b'd'] => self.id = true,
            [.., b'M', b's'] | [.., b'_', b'm', b's'] if self.length.is_none() => {
                self.length = Some(u32::try_from(at).unwrap_or(0));
            }
            [.., b'y', b'p', b'e'] => self.kind = true,
            _ => {}
        }
    }
}

/// What a JSON object looks like from outside. It is read as strictly as [`Map`] is.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) empty: bool,
    /// Whether [`plain`] can tell what it holds; then there are no spaces either.
    pub(super) plain: bool,
    pub(super) names: Names,
}

impl Shape {
    /// The shape of a text, as the parser would find it.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub(super) fn of(text: &str) -> Result<Self, serde_json::Error> {
        match shape_of_plain(text) {
            Some(shape) => Ok(shape),
            None => serde_json::from_str(text),
        }
    }
}

/// The shape of an object that [`plain`] can tell; `None` says nothing. It takes a third of the time of
/// a parser.
fn shape_of_plain(text: &str) -> Option<Shape> {
    let mut shape = Shape {
        empty: true,
        plain: true,
        names: Names::default(),
    };
    plain(text, 0, |at, key, _| {
        shape.empty = false;
        shape.names.see(key.as_bytes(), at);
    })?;
    Some(shape)
}

/// Shows the places, keys and values of an object without spaces, escapes and nested values, as most
/// emitters write most of what they say, from a place of a key on; `None` where it is another.
pub(super) fn plain<'a>(
    text: &'a str,
    from: usize,
    mut see: impl FnMut(usize, &'a str, &'a str),
) -> Option<()> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut rest = inner.get(from..)?;
    while !rest.is_empty() {
        let at = inner.len() - rest.len();
        let (key, after) = string(rest)?;
        let value = after.strip_prefix(':')?;
        let after = match value.as_bytes().first()? {
            b'"' => string(value)?.1,
            b't' => value.strip_prefix("true")?,
            b'f' => value.strip_prefix("false")?,
            b'n' => value.strip_prefix("null")?,
            _ => number(value)?,
        };
        see(at, key, &value[..value.len() - after.len()]);
        rest = match after.strip_prefix(',') {
            // Something has to follow.
            Some(next) if !next.is_empty() => next,
            None if after.is_empty() => after,
            _ => return None,
        };
    }
    Some(())
}

/// A string without escapes, and what follows it.
fn string(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let end = inner
        .bytes()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))?;
    let (held, rest) = inner.split_at(end);
    Some((held, rest.strip_prefix('"')?))
}

/// What follows a number of at most eighteen digits without an exponent.
fn number(text: &str) -> Option<&str> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    if whole == 0 || (text.starts_with('0') && whole > 1) {
        return None;
    }
    let (mut length, mut rest) = (whole, &text[whole..]);
    if let Some(part) = rest.strip_prefix('.') {
        let count = digits(part);
        if count == 0 {
            return None;
        }
        length += count;
        rest = &part[count..];
    }
    (length <= 18).then_some(rest)
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Shape;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
                let mut shape = Shape {
                    empty: true,
                    plain: false,
                    names: Names::default(),
                };
                while let Some((Name(key), Valid)) = map.next_entry()? {
                    shape.empty = false;
                    shape.names.see(key.as_bytes(), 0);
                }
                Ok(shape)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Any value that [`Value`] can hold, thrown away.
struct Valid;

impl<'de> Deserialize<'de> for Valid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Valid {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}
