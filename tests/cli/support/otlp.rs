//! A receiver of OTLP over gRPC and HTTP on one port, which answers as it is told.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, Uri};
use axum::serve::Listener;
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use http_body_util::{BodyExt, Full};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

/// How the next request is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    /// As a success with this message.
    Message(Vec<u8>),
    /// The same, compressed.
    Gzip(Vec<u8>),
    /// With a status of HTTP, headers and a body.
    Http(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// With a status of gRPC, a message and details as they go into their header.
    Grpc(u8, &'static str, String),
    /// Never.
    Silence,
    /// With half an answer, after which the connection ends.
    Half,
}

/// A request that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its path, with the query.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// The message, unpacked.
    pub message: Vec<u8>,
}

/// Decides how a request is answered.
type Decide = Box<dyn FnMut(&Taken) -> Reply + Send>;

#[derive(Default)]
struct Book {
    replies: VecDeque<Reply>,
    taken: Vec<Taken>,
    /// Where it is there, nothing is kept.
    decide: Option<Decide>,
}

/// A receiver on a port of its own, ended on drop.
pub struct Receiver {
    address: SocketAddr,
    scheme: &'static str,
    book: Arc<Mutex<Book>>,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// One that takes everything, until it is told otherwise.
    pub fn start() -> Self {
        Self::start_at(0)
    }

    /// The same on this port.
    pub fn start_at(port: u16) -> Self {
        Self::start_with(port, None)
    }

    /// One that answers each request as `decide` says and keeps none.
    pub fn start_deciding(decide: impl FnMut(&Taken) -> Reply + Send + 'static) -> Self {
        Self::start_deciding_at(0, decide)
    }

    /// The same on this port.
    pub fn start_deciding_at(
        port: u16,
        decide: impl FnMut(&Taken) -> Reply + Send + 'static,
    ) -> Self {
        let receiver = Self::start_at(port);
        receiver.book().decide = Some(Box::new(decide));
        receiver
    }

    /// The same over TLS. What it offers in ALPN must hold `h2` for gRPC.
    pub fn start_tls(config: ServerConfig) -> Self {
        Self::start_with(0, Some(config))
    }

    fn start_with(port: u16, tls: Option<ServerConfig>) -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("a port");
        listener.set_nonblocking(true).expect("a setting");
        let address = listener.local_addr().expect("an address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let book = Arc::<Mutex<Book>>::default();
        let app = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&book));
        let (end, ended) = oneshot::channel::<()>();
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                let app = app.into_make_service();
                // Whoever ends it drops open connections too.
                let served = async {
                    match tls {
                        None => axum::serve(listener, app).await,
                        Some(config) => {
                            let acceptor = TlsAcceptor::from(Arc::new(config));
                            axum::serve(Tls(listener, acceptor), app).await
                        }
                    }
                };
                tokio::select! { _ = served => {}, _ = ended => {} }
            });
            runtime.shutdown_background();
        };
        Self {
            address,
            scheme,
            book,
            end: Some(end),
            thread: Some(thread::spawn(serve)),
        }
    }

    /// Its address, without a path.
    pub fn url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.address.port())
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers the next request so; one that nothing was said about is taken.
    pub fn then(&self, reply: Reply) {
        self.book().replies.push_back(reply);
    }

    /// What it got so far.
    pub fn taken(&self) -> Vec<Taken> {
        self.book().taken.clone()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("a book")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Connections over TLS.
struct Tls(TcpListener, TlsAcceptor);

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            if let Ok((stream, address)) = self.0.accept().await
                && let Ok(stream) = self.1.accept(stream).await
            {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

async fn answer(
    State(book): State<Arc<Mutex<Book>>>,
    uri: Uri,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response<Body> {
    let kind = headers.get("content-type").cloned();
    let is_grpc = kind.is_some_and(|kind| kind == "application/grpc");
    let encoding = match is_grpc {
        true => "grpc-encoding",
        false => "content-encoding",
    };
    let is_gzip = headers.get(encoding).is_some_and(|kind| kind == "gzip");
    let bytes = match is_grpc {
        true => {
            let length = u32::from_be_bytes([body[1], body[2], body[3], body[4]]);
            assert_eq!(body[0], u8::from(is_gzip), "the mark of compression");
            assert_eq!(length as usize, body.len() - 5, "the length of the message");
            &body[5..]
        }
        false => &body[..],
    };
    let mut message = bytes.to_vec();
    if is_gzip {
        message.clear();
        let mut decoder = GzDecoder::new(bytes);
        decoder.read_to_end(&mut message).expect("gzip");
    }
    let reply = {
        let mut book = book.lock().expect("a book");
        let taken = Taken {
            path: uri.to_string(),
            headers,
            message,
        };
        match &mut book.decide {
            Some(decide) => Some(decide(&taken)),
            None => {
                book.taken.push(taken);
                book.replies.pop_front()
            }
        }
    };
    match reply.unwrap_or(Reply::Message(Vec::new())) {
        Reply::Message(message) => success(is_grpc, &message, false),
        Reply::Gzip(message) => success(is_grpc, &message, true),
        Reply::Http(status, headers, body) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(body.into()).expect("a response")
        }
        Reply::Grpc(code, message, details) => {
            let mut response = Response::builder()
                .header("content-type", "application/grpc")
                .header("grpc-status", u16::from(code))
                .header("grpc-message", message);
            if !details.is_empty() {
                response = response.header("grpc-status-details-bin", details);
            }
            response.body(Body::empty()).expect("a response")
        }
        Reply::Silence => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            success(is_grpc, &[], false)
        }
        Reply::Half => {
            let half = [Ok("half"), Err(io::Error::other("cut off"))];
            let half = Body::from_stream(tonic::codegen::tokio_stream::iter(half));
            let kind = if is_grpc { GRPC } else { PROTOBUF };
            let response = Response::builder().header("content-type", kind);
            response.body(half).expect("a response")
        }
    }
}

const GRPC: &str = "application/grpc";
const PROTOBUF: &str = "application/x-protobuf";

/// A message as the protocol of the request has it.
fn success(is_grpc: bool, message: &[u8], gzip: bool) -> Response<Body> {
    let mut packed = message.to_vec();
    if gzip {
        let mut encoder = GzEncoder::new(message, Compression::fast());
        packed.clear();
        encoder.read_to_end(&mut packed).expect("gzip");
    }
    let encoding = if gzip { "gzip" } else { "identity" };
    if !is_grpc {
        let response = Response::builder()
            .header("content-type", PROTOBUF)
            .header("content-encoding", encoding);
        return response.body(packed.into()).expect("a response");
    }
    let length = u32::try_from(packed.len()).expect("a short message");
    let mut frame = vec![u8::from(gzip)];
    frame.extend_from_slice(&length.to_be_bytes());
    frame.append(&mut packed);
    let trailers = async {
        let status = HeaderValue::from_static("0");
        Some(Ok(HeaderMap::from_iter([(
            HeaderName::from_static("grpc-status"),
            status,
        )])))
    };
    let body = Full::new(axum::body::Bytes::from(frame)).with_trailers(trailers);
    Response::builder()
        .header("content-type", GRPC)
        .header("grpc-encoding", encoding)
        .body(Body::new(body))
        .expect("a response")
}
