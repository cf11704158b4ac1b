//! How much of its memory a server uses.

use std::time::{Duration, Instant};

use super::pipe::Pipe;
use super::resp::Reply;
use crate::store::Error;

/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Bytes in use.
    pub(crate) used: u64,
    /// Bytes it may use; 0 is no limit.
    pub(crate) limit: u64,
}

impl Memory {
    /// Asks; a user who may not ask learns nothing, as with a server that has no limit.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) fn ask(pipe: &mut Pipe) -> Result<Self, Error> {
        pipe.queue(&[b"INFO", b"memory"]);
        let reply = pipe.run(Instant::now() + PATIENCE)?.next();
        let text = reply.text().unwrap_or_default();
        let number = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(':'));
            let found = lines.find(|(known, _)| *known == name);
            found.and_then(|(_, value)| value.trim().parse().ok())
        };
        if let Reply::Error(text) = &reply
            && !text.starts_with("NOPERM")
        {
            return Err(pipe.answer(text, None));
        }
        Ok(Self {
            used: number("used_memory").unwrap_or(0),
            limit: number("maxmemory").unwrap_or(0),
        })
    }

    /// The share in use, from 0 to 1 and more; `None` where there is no limit.
    pub(crate) fn share(&self) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share needs no more than a few digits"
        )]
        let share = self.used as f64 / self.limit as f64;
        (self.limit > 0).then_some(share)
    }
}
