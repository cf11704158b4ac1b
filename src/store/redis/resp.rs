//! RESP2, the protocol of Redis: commands into bytes, bytes into replies.
//!
//! Replies are untrusted. [`Skim`] finds where a reply ends without looking into it, keeps its
//! place between reads, and needs neither recursion nor memory; what looks into a reply does so
//! only after that. Format: <https://redis.io/docs/latest/develop/reference/protocol-spec/>.

#[cfg(feature = "cli")]
use crate::event::EntryId;

/// The longest bulk string taken from a server, as `proto-max-bulk-len` sets it there.
const MAX_BULK: usize = 512 * 1024 * 1024;
/// The most values that one reply may announce.
const MAX_VALUES: usize = 1 << 28;
/// The longest simple string or error.
const MAX_LINE: usize = 64 * 1024;
/// How deep arrays may nest in a reply that is kept as a [`Reply`].
const MAX_DEPTH: usize = 8;

/// Bytes that are no RESP2 reply, or not the reply that the command asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Appends a command.
pub(super) fn command(out: &mut Vec<u8>, arguments: &[&[u8]]) {
    header(out, b'*', arguments.len());
    for argument in arguments {
        bulk(out, argument);
    }
}

/// Appends the header of an array (`*`) or a bulk string (`$`).
pub(super) fn header(out: &mut Vec<u8>, kind: u8, length: usize) {
    // Written from its end, in one piece: a command holds a header for each of its words, and
    // with a text of its own for each number they would take a seventh of a bulk emission's time.
    let mut text = *b"*18446744073709551615\r\n";
    let mut at = text.len() - 2;
    let mut rest = length;
    loop {
        at -= 1;
        text[at] = b"0123456789"[rest % 10];
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    at -= 1;
    text[at] = kind;
    out.extend_from_slice(&text[at..]);
}

/// Appends a bulk string.
pub(super) fn bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    header(out, b'$', bytes.len());
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// The words of a command that is written into its place, one by one.
#[cfg(feature = "cli")]
#[derive(Debug)]
pub(super) struct Words<'a> {
    out: &'a mut Vec<u8>,
    left: usize,
}

#[cfg(feature = "cli")]
impl<'a> Words<'a> {
    /// Begins a command of so many words.
    pub(super) fn begin(out: &'a mut Vec<u8>, count: usize) -> Self {
        header(out, b'*', count);
        Self { out, left: count }
    }

    /// Adds a word.
    pub(super) fn word(&mut self, word: &[u8]) -> &mut Self {
        self.joined(&[word])
    }

    /// Adds a word of several parts.
    pub(super) fn joined(&mut self, parts: &[&[u8]]) -> &mut Self {
        header(self.out, b'$', parts.iter().map(|part| part.len()).sum());
        parts
            .iter()
            .for_each(|part| self.out.extend_from_slice(part));
        self.out.extend_from_slice(b"\r\n");
        self.left -= 1;
        self
    }

    /// Adds a number.
    pub(super) fn number(&mut self, number: impl itoa::Integer) -> &mut Self {
        self.word(itoa::Buffer::new().format(number).as_bytes())
    }

    /// Adds the id of an entry.
    pub(super) fn id(&mut self, id: EntryId) -> &mut Self {
        let (mut ms, mut seq) = (itoa::Buffer::new(), itoa::Buffer::new());
        let (ms, seq) = (ms.format(id.ms), seq.format(id.seq));
        self.joined(&[ms.as_bytes(), b"-", seq.as_bytes()])
    }
}

#[cfg(feature = "cli")]
impl Drop for Words<'_> {
    fn drop(&mut self) {
        debug_assert!(self.left == 0, "{} words are missing", self.left);
    }
}

/// One piece of a reply: a whole simple value, or the header of an array.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A null bulk string or a null array.
    Nil,
    /// An integer.
    Int(i64),
    /// A simple or a bulk string.
    Text(&'a [u8]),
    /// An error, in the server's words.
    Error(&'a [u8]),
    /// An array of so many values, which follow.
    Array(usize),
}

impl<'a> Token<'a> {
    /// The token at `at` and where it ends; `None` when it has not arrived whole.
    #[inline]
    pub(super) fn read(bytes: &'a [u8], at: usize) -> Result<Option<(Self, usize)>, Malformed> {
        match Self::short(bytes, at) {
            Some(token) => Ok(Some(token)),
            None => Self::any(bytes, at),
        }
    }

    /// The same for bulk strings and arrays with at most three digits, as nearly all tokens of a page
    /// are, which has tens of thousands. `None` says nothing.
    #[inline]
    fn short(bytes: &'a [u8], at: usize) -> Option<(Self, usize)> {
        let digit = |byte: u8| usize::from(byte.wrapping_sub(b'0'));
        let head = bytes.get(at..)?.first_chunk::<6>()?;
        let (length, start) = match *head {
            [_, a, b'\r', b'\n', ..] if digit(a) < 10 => (digit(a), at + 4),
            [_, a, b, b'\r', b'\n', _] if digit(a) < 10 && digit(b) < 10 => {
                (digit(a) * 10 + digit(b), at + 5)
            }
            [_, a, b, c, b'\r', b'\n'] if digit(a) < 10 && digit(b) < 10 && digit(c) < 10 => {
                (digit(a) * 100 + digit(b) * 10 + digit(c), at + 6)
            }
            _ => return None,
        };
        let end = start + length + 2;
        match head[0] {
            b'*' => Some((Self::Array(length), start)),
            b'$' => match bytes.get(start..end)? {
                [text @ .., b'\r', b'\n'] => Some((Self::Text(text), end)),
                _ => None,
            },
            _ => None,
        }
    }

    fn any(bytes: &'a [u8], at: usize) -> Result<Option<(Self, usize)>, Malformed> {
        let Some((&kind, rest)) = bytes.get(at..).and_then(<[u8]>::split_first) else {
            return Ok(None);
        };
        let start = at + 1;
        match kind {
            b'$' | b'*' | b':' => {
                let Some((value, length)) = number(rest)? else {
                    return Ok(None);
                };
                let end = start + length;
                if kind == b':' {
                    return Ok(Some((Self::Int(value), end)));
                }
                if value == -1 {
                    return Ok(Some((Self::Nil, end)));
                }
                let count = usize::try_from(value).map_err(|_| Malformed)?;
                if kind == b'*' {
                    let taken = count <= MAX_VALUES;
                    return taken
                        .then_some(Some((Self::Array(count), end)))
                        .ok_or(Malformed);
                }
                if count > MAX_BULK {
                    return Err(Malformed);
                }
                match bytes.get(end + count..end + count + 2) {
                    Some(b"\r\n") => Ok(Some((
                        Self::Text(&bytes[end..end + count]),
                        end + count + 2,
                    ))),
                    Some(_) => Err(Malformed),
                    None => Ok(None),
                }
            }
            b'+' | b'-' => {
                let Some(length) = memchr::memchr(b'\r', &rest[..rest.len().min(MAX_LINE)]) else {
                    return if rest.len() < MAX_LINE {
                        Ok(None)
                    } else {
                        Err(Malformed)
                    };
                };
                let line = &rest[..length];
                match rest.get(length + 1) {
                    Some(b'\n') if kind == b'+' => Ok(Some((Self::Text(line), start + length + 2))),
                    Some(b'\n') => Ok(Some((Self::Error(line), start + length + 2))),
                    Some(_) => Err(Malformed),
                    None => Ok(None),
                }
            }
            _ => Err(Malformed),
        }
    }
}

/// The number that ends with CRLF, and its length with it.
fn number(bytes: &[u8]) -> Result<Option<(i64, usize)>, Malformed> {
    let negative = bytes.first() == Some(&b'-');
    let first = usize::from(negative);
    let mut value: i64 = 0;
    for (index, byte) in bytes.iter().enumerate().skip(first) {
        match byte {
            b'0'..=b'9' => {
                let digit = i64::from(byte - b'0');
                let digit = if negative { -digit } else { digit };
                value = value
                    .checked_mul(10)
                    .and_then(|value| value.checked_add(digit))
                    .ok_or(Malformed)?;
                // Zeros in front would make a header as long as the sender likes.
                if index > 20 {
                    return Err(Malformed);
                }
            }
            b'\r' if index > first => {
                return match bytes.get(index + 1) {
                    Some(b'\n') => Ok(Some((value, index + 2))),
                    Some(_) => Err(Malformed),
                    None => Ok(None),
                };
            }
            _ => return Err(Malformed),
        }
    }
    Ok(None)
}

/// Finds the end of one value, whatever it holds.
#[derive(Debug)]
pub(super) struct Skim {
    at: usize,
    pending: usize,
}

impl Skim {
    /// For the value that begins at `at`.
    pub(super) fn new(at: usize) -> Self {
        Self { at, pending: 1 }
    }

    /// Where the value ends; `None` when it has not arrived whole. Call it again with more bytes
    /// behind the same ones.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        while self.pending > 0 {
            let Some((token, end)) = Token::read(bytes, self.at)? else {
                return Ok(None);
            };
            let children = if let Token::Array(count) = token {
                count
            } else {
                0
            };
            self.pending = self.pending - 1 + children;
            if self.pending > MAX_VALUES {
                return Err(Malformed);
            }
            self.at = end;
        }
        Ok(Some(self.at))
    }
}

/// A reply that is looked into at leisure. Pages of entries never become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Nothing.
    Nil,
    /// An integer.
    Int(i64),
    /// A string.
    Text(Vec<u8>),
    /// An error inside of a reply.
    Error(String),
    /// Several values.
    Array(Vec<Reply>),
}

impl Reply {
    /// The one value that `bytes` are.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        match Self::parse_at(bytes, 0, 0)? {
            (reply, end) if end == bytes.len() => Ok(reply),
            _ => Err(Malformed),
        }
    }

    fn parse_at(bytes: &[u8], at: usize, depth: usize) -> Result<(Self, usize), Malformed> {
        let (token, mut end) = Token::read(bytes, at)?.ok_or(Malformed)?;
        let reply = match token {
            Token::Nil => Self::Nil,
            Token::Int(value) => Self::Int(value),
            Token::Text(text) => Self::Text(text.to_vec()),
            Token::Error(text) => Self::Error(String::from_utf8_lossy(text).into_owned()),
            Token::Array(_) if depth == MAX_DEPTH => return Err(Malformed),
            Token::Array(count) => {
                // Not sized ahead: the count is only what the server says.
                let mut values = Vec::new();
                for _ in 0..count {
                    let (value, next) = Self::parse_at(bytes, end, depth + 1)?;
                    values.push(value);
                    end = next;
                }
                Self::Array(values)
            }
        };
        Ok((reply, end))
    }

    /// The string.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

/// What readers ask of a reply.
#[cfg(feature = "cli")]
impl Reply {
    /// The integer, if it is not negative.
    pub(super) fn count(&self) -> Option<u64> {
        match self {
            Self::Int(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The values; none where this is no array.
    pub(super) fn values(&self) -> &[Self] {
        match self {
            Self::Array(values) => values,
            _ => &[],
        }
    }

    /// The value after a name, in an array of names and values as `XINFO` answers.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        let mut pairs = self.values().chunks_exact(2);
        pairs
            .find(|pair| pair[0].text() == Some(name))
            .map(|pair| &pair[1])
    }
}

#[cfg(test)]
mod tests;
