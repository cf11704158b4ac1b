//! Events in the streams of a Redis or Valkey server.
//!
//! - [`Target`]: an address, parsed once; it never shows its password.
//! - [`RedisSource`]: reads streams page by page.
//! - [`Follower`]: reads what is added, for as long as the caller likes.
//! - [`Writer`]: adds events.
//! - [`facts`]: what the server tells about itself and its streams.
//!
//! All of them speak RESP2 over one small blocking connection with deadlines. It walks replies in
//! its buffer, where a client that builds a value for each field costs three times as much as the
//! server needs to answer. Only this room knows that there is one server.

mod entry;
mod facts;
mod follow;
mod info;
mod outage;
mod progress;
mod resp;
mod scan;
mod socket;
mod status;
mod target;
mod tls;
mod wire;
mod write;

#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;

pub use facts::{Consumer, Group, Held, Persistence, ServerFacts, StreamFacts, facts};
pub use follow::{Change, Follower, Start};
pub use scan::RedisSource;
pub use status::{Heard, Listener, latest_status};
pub use target::Target;
pub use wire::Timeouts;
pub use write::Writer;
