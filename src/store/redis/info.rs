//! What `XINFO STREAM` says, for a follower: also where there is no stream yet, and where the user
//! may not ask.

use super::progress::{Finding, Progress};
use super::resp::Reply;
use super::wire::Connection;
use crate::event::EntryId;
use crate::store::Error;

/// An answer to `XINFO STREAM`.
pub(super) enum Info {
    Known(Reply),
    Missing,
    /// This user may not ask.
    Hidden,
}

impl Info {
    pub(super) fn ask(connection: &mut Connection, stream: &str) -> Result<Self, Error> {
        connection.command(&["XINFO", "STREAM", stream]);
        connection.send()?;
        match connection.reply()? {
            Reply::Error(text) if text.starts_with("ERR no such key") => Ok(Self::Missing),
            Reply::Error(text) if text.starts_with("NOPERM") => Ok(Self::Hidden),
            Reply::Error(text) => Err(connection.answer(&text, Some(stream))),
            reply => Ok(Self::Known(reply)),
        }
    }

    /// The last id of the stream, also where the user may not ask for it directly.
    pub(super) fn last_id(
        &self,
        connection: &mut Connection,
        stream: &str,
    ) -> Result<EntryId, Error> {
        let text = match self {
            Self::Missing => return Ok(EntryId::MIN),
            Self::Known(info) => info
                .field("last-generated-id")
                .and_then(Reply::text)
                .map(str::to_owned),
            Self::Hidden => {
                connection.command(&["XREVRANGE", stream, "+", "-", "COUNT", "1"]);
                connection.send()?;
                match connection.reply()? {
                    Reply::Error(text) => return Err(connection.answer(&text, Some(stream))),
                    Reply::Array(entries) if entries.is_empty() => return Ok(EntryId::MIN),
                    reply => {
                        let entry = reply
                            .values()
                            .first()
                            .and_then(|entry| entry.values().first());
                        entry.and_then(Reply::text).map(str::to_owned)
                    }
                }
            }
        };
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| connection.malformed())
    }

    /// What the answer means for reading.
    pub(super) fn check(&self, progress: &mut Progress) -> Finding {
        match self {
            Self::Known(info) => progress.check(Some(info)),
            Self::Missing => progress.check(None),
            Self::Hidden => Finding::Fine,
        }
    }
}
