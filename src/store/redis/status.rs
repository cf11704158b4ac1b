//! Live status: published, kept for a moment, and listened to.
//!
//! What nobody hears in time is gone: that is what Pub/Sub is for. Nothing here touches a stream.

use std::sync::mpsc as threads;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use super::outage::Outage;
use super::resp::Reply;
use super::target::Target;
use super::wire::{Connection, Timeouts};
use crate::event::{Status, StatusKind};
use crate::store::Error;

/// Statuses that wait for a slow listener; more are passed over.
const WAITING: usize = 1024;

/// How often a silent server is asked whether it is still there.
const PING_AFTER: Duration = Duration::from_secs(10);

/// The last value of a status, while it is kept.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub fn latest_status(
    target: &Target,
    kind: StatusKind,
    id: &str,
    timeouts: Timeouts,
) -> Result<Option<Status>, Error> {
    let mut connection = Connection::reading(target, timeouts)?;
    connection.command(&["GET", &kind.latest_key(id)]);
    connection.send()?;
    Ok(match connection.reply()? {
        Reply::Text(payload) => Status::read(&kind.channel(id), &String::from_utf8_lossy(&payload)),
        _ => None,
    })
}

/// What a listener tells.
#[derive(Debug)]
pub enum Heard {
    /// A status was published.
    Status(Status),
    /// The connection broke; it is tried again.
    Lost {
        /// The address without its password.
        server: String,
        /// Why.
        error: Error,
    },
    /// The connection is there again.
    Back {
        /// The address without its password.
        server: String,
    },
}

/// Listens to channels. It ends when it is dropped.
#[derive(Debug)]
pub struct Listener {
    heard: mpsc::Receiver<Heard>,
    _stop: threads::Sender<()>,
}

impl Listener {
    /// Subscribes to patterns of channels. Blocks for no longer than `timeouts`.
    ///
    /// # Errors
    /// When the first connection fails; later ones are tried again.
    pub fn start(target: Target, patterns: Vec<String>, timeouts: Timeouts) -> Result<Self, Error> {
        let connection = subscribe(&target, &patterns, timeouts)?;
        let (sender, heard) = mpsc::channel(WAITING);
        let (stop, stopped) = threads::channel();
        let server = target.to_string();
        let run = move || {
            let mut connection = Some(connection);
            let mut outage: Option<Outage> = None;
            loop {
                let opened = match connection.take() {
                    Some(connection) => Ok(connection),
                    None => subscribe(&target, &patterns, timeouts),
                };
                let Err(error) = opened.and_then(|mut connection| {
                    if outage.take().is_some() {
                        let _ = sender.try_send(Heard::Back {
                            server: target.to_string(),
                        });
                    }
                    listen(&mut connection, &sender)
                }) else {
                    return;
                };
                let outage = outage.get_or_insert_with(Outage::new);
                if outage.is_news(&error) {
                    let _ = sender.try_send(Heard::Lost {
                        server: target.to_string(),
                        error,
                    });
                }
                // Nothing is ever sent: it waits for the time, or for the listener to be dropped.
                let waited = stopped.recv_timeout(outage.pause());
                if waited == Err(threads::RecvTimeoutError::Disconnected) {
                    return;
                }
            }
        };
        thread::Builder::new()
            .name("listen".to_owned())
            .spawn(run)
            .map_err(|error| Error::Server {
                server,
                reason: error.to_string(),
            })?;
        Ok(Self { heard, _stop: stop })
    }

    /// What is heard next. May be dropped while it waits, without loss.
    pub async fn next(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }
}

fn subscribe(
    target: &Target,
    patterns: &[String],
    timeouts: Timeouts,
) -> Result<Connection, Error> {
    // Silence is no sign of death here; a question that stays without answer is.
    let reply = timeouts.reply.max(PING_AFTER);
    let mut connection = Connection::reading(target, Timeouts { reply, ..timeouts })?;
    let mut command = vec!["PSUBSCRIBE"];
    command.extend(patterns.iter().map(String::as_str));
    connection.command(&command);
    connection.send()?;
    for _ in patterns {
        connection.reply_or_error()?;
    }
    Ok(connection)
}

/// Hands on what is published until the listener is dropped (`Ok`) or the connection breaks.
fn listen(connection: &mut Connection, sender: &mpsc::Sender<Heard>) -> Result<(), Error> {
    let mut asked = false;
    while !sender.is_closed() {
        let message = match connection.reply_or_error() {
            Err(error) if error.is_timeout() && !asked => {
                asked = true;
                connection.command(&["PING"]);
                connection.send()?;
                continue;
            }
            other => other?,
        };
        asked = false;
        if let Some(status) = status_of(&message) {
            // A full queue: the next value of the same thing follows within a second.
            let _ = sender.try_send(Heard::Status(status));
        }
    }
    Ok(())
}

/// The status of `pmessage <pattern> <channel> <payload>`.
fn status_of(message: &Reply) -> Option<Status> {
    let Reply::Array(parts) = message else {
        return None;
    };
    let [kind, _pattern, channel, payload] = parts.as_slice() else {
        return None;
    };
    let Reply::Text(payload) = payload else {
        return None;
    };
    (kind.text()? == "pmessage").then_some(())?;
    Status::read(channel.text()?, &String::from_utf8_lossy(payload))
}
