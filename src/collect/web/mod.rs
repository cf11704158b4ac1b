//! What a collector answers over HTTP: whether it lives, whether it is ready, how it stands, and
//! its figures.
//!
//! It only reads. On loopback it answers to no other name than that of this machine, so that no web
//! page can read it through a name of its own that points here; beyond loopback it asks for a token.

mod access;
mod answers;
mod door;
mod probe;

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use super::{Collector, Error};
use access::Access;
use door::Door;
pub(crate) use probe::probe;

/// A place to listen at, taken before anything is read, so that a port in use is told at once.
pub(crate) struct Web {
    listener: TcpListener,
    address: SocketAddr,
    access: Access,
}

/// What answers are made from.
struct Site {
    collector: Arc<Collector>,
    access: Access,
}

impl Web {
    /// Takes an address, `HOST:PORT`.
    ///
    /// # Errors
    /// When it is no address, is in use, or can be reached from elsewhere without a token.
    pub(crate) fn bind(listen: &str, token: Option<&str>) -> Result<Self, Error> {
        let failed = |source| Error::Listen {
            address: listen.to_owned(),
            source,
        };
        let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map_err(failed)?.collect();
        let is_local = addresses.iter().all(|address| address.ip().is_loopback());
        if !is_local && token.is_none() {
            return Err(Error::ListenToken {
                address: listen.to_owned(),
            });
        }
        let listener = TcpListener::bind(&*addresses).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self {
            address: listener.local_addr().map_err(failed)?,
            listener,
            access: Access::new(is_local, token),
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers from now on, as a task of the runtime it is called in, for as long as that lives.
    ///
    /// # Errors
    /// When the runtime cannot take the socket.
    pub(crate) fn serve(self, collector: Arc<Collector>) -> Result<(), Error> {
        let listener = tokio::net::TcpListener::from_std(self.listener)?;
        let site = Arc::new(Site {
            collector,
            access: self.access,
        });
        let router = Router::new()
            .route("/", get(answers::pages))
            .route("/healthz", get(answers::alive))
            .route("/readyz", get(answers::ready))
            .route("/status", get(answers::status))
            .route("/metrics", get(answers::metrics))
            .fallback(answers::unknown)
            .layer(from_fn_with_state(Arc::clone(&site), access::guard))
            .with_state(site);
        tokio::spawn(async move { axum::serve(Door::new(listener), router).await });
        Ok(())
    }
}
