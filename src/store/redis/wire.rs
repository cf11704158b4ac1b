//! One connection to a server: commands out, replies in, every wait bounded.
//!
//! Credentials and database are sent with the first commands, so that one-shot work costs one
//! round trip. Replies are handed out as ranges of the buffer.

#[cfg(feature = "cli")]
mod entries;

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::ops::Range;
#[cfg(feature = "cli")]
use std::time::Duration;
use std::time::Instant;

use super::resp::{self, Malformed, Reply, Skim, Token};
use super::socket::Link;
use super::target::Target;
use crate::store::Error;

/// The largest single value (an entry, say) taken from a server: 128 times what emp emits.
const MAX_VALUE: usize = 128 * 1024 * 1024;
/// Room for replies at the start; a one-shot needs no more.
const FIRST_BUFFER: usize = 16 * 1024;
/// A buffer that a large value has made larger than this is given back.
const KEPT_BUFFER: usize = 16 * 1024 * 1024;
/// Bytes that are read at once: what has come beyond the values that are handed over is moved.
const READ: usize = 64 * 1024;
/// Bytes that are done with are moved out once there are so many.
const DONE: usize = 256 * 1024;

/// How long to wait for a server.
#[cfg(feature = "cli")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection to be there.
    pub connect: Duration,
    /// For the next byte of an answer.
    pub reply: Duration,
}

#[cfg(feature = "cli")]
impl Default for Timeouts {
    /// Patient enough for a busy server, short enough for a person who waits.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            reply: Duration::from_secs(10),
        }
    }
}

/// When waiting ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// At this time, whatever happens.
    At(Instant),
    /// After so much time without a byte.
    #[cfg(feature = "cli")]
    Silence(Duration),
}

/// A connection. After an error of its own (not of the server) it is of no use any more.
pub(super) struct Connection {
    target: Target,
    link: Link,
    limit: Limit,
    /// Commands that are not sent yet.
    pub(super) output: Vec<u8>,
    /// Replies to credentials and database that are still to come.
    greetings: usize,
    input: Vec<u8>,
    filled: usize,
    at: usize,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.target).finish()
    }
}

impl Connection {
    /// Connects, and queues credentials and database.
    pub(super) fn open(target: &Target, deadline: Instant) -> Result<Self, Error> {
        let link = Link::open(target, deadline).map_err(|error| unreachable(target, &error))?;
        let mut connection = Self {
            target: target.clone(),
            link,
            limit: Limit::At(deadline),
            output: Vec::with_capacity(1024),
            greetings: 0,
            input: vec![0; FIRST_BUFFER],
            filled: 0,
            at: 0,
        };
        if let Some((user, password)) = target.credentials() {
            connection.greetings += 1;
            match user {
                Some(user) => connection.command(&["AUTH", user, password]),
                None => connection.command(&["AUTH", password]),
            }
        }
        if target.database() != 0 {
            connection.greetings += 1;
            connection.command(&["SELECT", &target.database().to_string()]);
        }
        Ok(connection)
    }

    pub(super) fn set_limit(&mut self, limit: Limit) {
        self.limit = limit;
    }

    /// Queues a command.
    pub(super) fn command(&mut self, arguments: &[&str]) {
        let arguments: Vec<&[u8]> = arguments.iter().map(|text| text.as_bytes()).collect();
        resp::command(&mut self.output, &arguments);
    }

    /// Sends what is queued.
    pub(super) fn send(&mut self) -> Result<(), Error> {
        let sent = self.write_output();
        self.output.clear();
        sent.map_err(|error| self.last_words(&error))
    }

    /// Why nothing more can be sent. A server that closes a connection says so first, and that
    /// may lie here unread.
    fn last_words(&mut self, error: &io::Error) -> Error {
        let closed = unreachable(&self.target, error);
        if closed.is_timeout() {
            return closed;
        }
        match self.reply() {
            Ok(Reply::Error(text)) => self.answer(&text, None),
            Err(told @ Error::Refused { .. }) => told,
            _ => closed,
        }
    }

    fn write_output(&mut self) -> io::Result<()> {
        let mut sent = 0;
        while sent < self.output.len() {
            self.link.set_deadline(self.limit.next());
            match self.link.write(&self.output[sent..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.link.flush()
    }

    /// Waits for the replies to credentials and database. Every other read does so too.
    pub(super) fn greet(&mut self) -> Result<(), Error> {
        while self.greetings > 0 {
            let range = self.whole()?;
            if let Ok(Some((Token::Error(text), _))) = Token::read(&self.input[range], 0) {
                let text = String::from_utf8_lossy(text).into_owned();
                return Err(refused_greeting(&self.target, &text));
            }
            self.greetings -= 1;
        }
        Ok(())
    }

    /// The next value, whole, as a range for [`Self::bytes`]. It holds until [`Self::done`].
    pub(super) fn value(&mut self) -> Result<Range<usize>, Error> {
        self.greet()?;
        self.whole()
    }

    fn whole(&mut self) -> Result<Range<usize>, Error> {
        let start = self.at;
        let mut skim = Skim::new(start);
        loop {
            match skim.advance(&self.input[..self.filled]) {
                Ok(Some(end)) => {
                    self.at = end;
                    return Ok(start..end);
                }
                Ok(None) if self.filled - start > MAX_VALUE => return Err(self.too_large()),
                Ok(None) => self.fill()?,
                Err(Malformed) => return Err(self.malformed()),
            }
        }
    }

    /// The next reply as a tree. An error of the server is a [`Reply::Error`].
    pub(super) fn reply(&mut self) -> Result<Reply, Error> {
        let range = self.value()?;
        let reply = Reply::parse(&self.input[range]);
        self.done();
        reply.map_err(|Malformed| self.malformed())
    }

    /// The next reply, with an error that the server answers as an error.
    pub(super) fn reply_or_error(&mut self) -> Result<Reply, Error> {
        match self.reply()? {
            Reply::Error(text) => Err(self.answer(&text, None)),
            reply => Ok(reply),
        }
    }

    /// All values handed out are done with.
    pub(super) fn done(&mut self) {
        if self.at < self.filled && self.at < DONE {
            return;
        }
        self.input.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        if self.input.len() > KEPT_BUFFER && self.filled <= FIRST_BUFFER {
            self.input.truncate(FIRST_BUFFER);
            self.input.shrink_to_fit();
        }
    }

    fn fill(&mut self) -> Result<(), Error> {
        if self.filled == self.input.len() {
            self.input.resize(self.input.len() * 2, 0);
        }
        loop {
            self.link.set_deadline(self.limit.next());
            let room = self.filled..self.input.len().min(self.filled + READ);
            match self.link.read(&mut self.input[room]) {
                Ok(0) => {
                    return Err(unreachable(&self.target, &ErrorKind::UnexpectedEof.into()));
                }
                Ok(count) => {
                    self.filled += count;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(unreachable(&self.target, &error)),
            }
        }
    }

    /// The error for a server that answers something else than it should.
    pub(super) fn malformed(&self) -> Error {
        malformed(
            &self.target,
            &self.input[self.at.min(self.filled)..self.filled],
        )
    }

    fn too_large(&self) -> Error {
        Error::TooLarge {
            server: self.target.to_string(),
            limit: MAX_VALUE,
        }
    }

    /// The error for a server's answer about a key.
    pub(super) fn answer(&self, text: &str, key: Option<&str>) -> Error {
        answer(&self.target, text, key)
    }
}

/// What readers need beside it.
#[cfg(feature = "cli")]
impl Connection {
    /// Connects as readers do.
    pub(super) fn reading(target: &Target, timeouts: Timeouts) -> Result<Self, Error> {
        let mut connection = Self::open(target, Instant::now() + timeouts.connect)?;
        connection.limit = Limit::Silence(timeouts.reply);
        Ok(connection)
    }

    /// The length of the array that comes next, whose values then follow; `None` for a null.
    /// An error is the server's answer about `key`.
    pub(super) fn array(&mut self, key: &str) -> Result<Option<usize>, Error> {
        self.greet()?;
        loop {
            match Token::read(&self.input[..self.filled], self.at) {
                Ok(Some((token, end))) => {
                    self.at = end;
                    return match token {
                        Token::Array(count) => Ok(Some(count)),
                        Token::Nil => Ok(None),
                        Token::Error(text) => {
                            let text = String::from_utf8_lossy(text);
                            Err(answer(&self.target, &text, Some(key)))
                        }
                        Token::Int(_) | Token::Text(_) => Err(self.malformed()),
                    };
                }
                Ok(None) => self.fill()?,
                Err(Malformed) => return Err(self.malformed()),
            }
        }
    }

    pub(super) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.input[range]
    }

    /// The server's address.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }
}

impl Limit {
    fn next(self) -> Instant {
        match self {
            Self::At(deadline) => deadline,
            #[cfg(feature = "cli")]
            Self::Silence(time) => Instant::now() + time,
        }
    }
}

pub(super) fn unreachable(target: &Target, error: &io::Error) -> Error {
    let timed_out = matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock);
    let reason = match error.kind() {
        _ if timed_out => "no answer in time".to_owned(),
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        ErrorKind::NotFound => "no such socket".to_owned(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
            "the server closed the connection".to_owned()
        }
        _ => error.to_string(),
    };
    Error::Unreachable {
        server: target.to_string(),
        reason,
        timed_out,
    }
}

/// The error for bytes that are not what they should be.
pub(super) fn malformed(target: &Target, bytes: &[u8]) -> Error {
    let start = &bytes[..bytes.len().min(40)];
    let reason = match start.first() {
        Some(0x15) => "it speaks TLS: write rediss:// in its address".to_owned(),
        _ => format!(
            "it sent what is no reply of Redis: `{}`",
            start.escape_ascii()
        ),
    };
    Error::Server {
        server: target.to_string(),
        reason: target.without_secrets(&reason),
    }
}

/// Sorts a server's error by its first word, which is Redis's own code.
fn answer(target: &Target, text: &str, key: Option<&str>) -> Error {
    let server = target.to_string();
    let reason = target.without_secrets(text);
    // What Redis says to whoever sends more than a few words without a password.
    if text.contains("unauthenticated") {
        return Error::Refused {
            server,
            reason: format!("a password is needed ({reason})"),
        };
    }
    let code = text.split(' ').next().unwrap_or_default();
    match (code, key) {
        ("NOAUTH" | "WRONGPASS" | "NOPERM" | "DENIED", _) => Error::Refused { server, reason },
        ("WRONGTYPE", Some(key)) => Error::WrongType {
            server,
            key: key.to_owned(),
        },
        ("NOGROUP", Some(key)) => Error::NoGroup {
            server,
            key: key.to_owned(),
            reason,
        },
        ("OOM" | "READONLY" | "MISCONF" | "NOREPLICAS", _) => Error::NotWritable { server, reason },
        _ => Error::Server { server, reason },
    }
}

/// Errors to `AUTH` and `SELECT`: whatever is no passing state of the server, the address causes.
fn refused_greeting(target: &Target, text: &str) -> Error {
    let passing = [
        "LOADING",
        "MASTERDOWN",
        "BUSY",
        "OOM",
        "ERR max number of clients",
    ];
    if passing.iter().any(|state| text.starts_with(state)) {
        return answer(target, text, None);
    }
    Error::Refused {
        server: target.to_string(),
        reason: target.without_secrets(text),
    }
}
