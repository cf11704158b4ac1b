//! Events in the streams of a Redis or Valkey server.
//!
//! - [`Target`]: an address, parsed once; it never shows its password.
//! - [`RedisSource`]: reads streams page by page.
//! - [`Follower`]: reads what is added, for as long as the caller likes.
//! - [`Writer`]: adds events.
//! - `Index`: which entries name a job or a trace.
//! - [`facts`]: what the server tells about itself and its streams.
//! - `joblog`: what collectors keep about jobs, on a `Pipe`.
//!
//! All of them speak RESP2 over one small blocking connection with deadlines. It walks replies in
//! its buffer, where a client that builds a value for each field costs three times as much as the
//! server needs to answer. Only this room knows that there is one server.

#[cfg(feature = "cli")]
pub(crate) mod alerts;
#[cfg(feature = "cli")]
mod collectors;
#[cfg(feature = "cli")]
mod dead;
#[cfg(feature = "cli")]
mod entry;
#[cfg(feature = "cli")]
mod facts;
#[cfg(feature = "cli")]
mod follow;
#[cfg(feature = "cli")]
mod gap;
#[cfg(feature = "cli")]
mod group;
#[cfg(feature = "cli")]
mod handed_on;
#[cfg(feature = "cli")]
mod index;
#[cfg(feature = "cli")]
mod info;
#[cfg(feature = "cli")]
pub(crate) mod joblog;
#[cfg(feature = "cli")]
mod kept;
#[cfg(feature = "cli")]
mod member;
#[cfg(feature = "cli")]
mod memory;
#[cfg(feature = "cli")]
mod outage;
#[cfg(feature = "cli")]
mod pages;
#[cfg(feature = "cli")]
mod pipe;
#[cfg(feature = "cli")]
mod probe;
#[cfg(feature = "cli")]
mod progress;
mod resp;
#[cfg(feature = "cli")]
mod rights;
#[cfg(feature = "cli")]
mod scan;
mod socket;
#[cfg(feature = "cli")]
mod status;
#[cfg(feature = "cli")]
mod system;
#[cfg(feature = "cli")]
mod taken;
mod target;
mod tls;
#[cfg(feature = "cli")]
mod trim;
#[cfg(feature = "cli")]
mod walk;
mod wire;
mod write;

#[cfg(test)]
#[cfg(feature = "cli")]
pub(crate) mod server;
#[cfg(test)]
#[cfg(feature = "cli")]
mod tests;

#[cfg(feature = "cli")]
pub(crate) use collectors::{Heartbeats, LastWords};
#[cfg(feature = "cli")]
pub(crate) use dead::DeadLetter;
#[cfg(feature = "cli")]
pub use facts::{Consumer, Group, Held, Persistence, ServerFacts, StreamFacts, facts};
#[cfg(feature = "cli")]
pub use follow::{Change, Follower, Start};
#[cfg(feature = "cli")]
pub(crate) use gap::{Gap, Lag};
#[cfg(feature = "cli")]
pub(crate) use group::GroupReader;
#[cfg(feature = "cli")]
pub(crate) use index::{Index, Standing};
#[cfg(feature = "cli")]
pub use kept::Keep;
#[cfg(feature = "cli")]
pub(crate) use member::Membership;
#[cfg(feature = "cli")]
pub(crate) use memory::Memory;
#[cfg(feature = "cli")]
pub(crate) use pipe::{Pipe, Replies};
#[cfg(feature = "cli")]
pub(crate) use probe::Trail;
#[cfg(feature = "cli")]
pub(crate) use rights::{Plans, Right, rights};
#[cfg(feature = "cli")]
pub use scan::RedisSource;
#[cfg(feature = "cli")]
pub use status::{Heard, Listener, latest_status};
#[cfg(feature = "cli")]
pub(crate) use taken::{Page, Pending};
pub use target::Target;
#[cfg(feature = "cli")]
pub(crate) use trim::Trim;
#[cfg(feature = "cli")]
pub use wire::Timeouts;
pub use write::Writer;
