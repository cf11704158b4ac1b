//! A webhook's other end: it keeps what is posted, and answers as it is told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// One request.
pub(super) struct Post {
    /// By name in lower case.
    pub(super) headers: HashMap<String, String>,
    pub(super) body: Vec<u8>,
    stream: TcpStream,
}

/// A server on a port of its own. It ends with the test's process.
pub(super) struct Hook {
    pub(super) url: String,
    posts: Receiver<Post>,
}

impl Hook {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, posts) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let sender = sender.clone();
                std::thread::spawn(move || read(stream, &sender));
            }
        });
        Self {
            url: format!("http://{address}/hook/secret"),
            posts,
        }
    }

    /// The next request; it waits for its answer.
    pub(super) fn next(&self) -> Post {
        let post = self.posts.recv_timeout(Duration::from_secs(30));
        post.expect("nothing was posted")
    }
}

impl Post {
    pub(super) fn answer(mut self, status: &str) -> Self {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        // Whoever posted may be gone.
        let _ = self.stream.write_all(head.as_bytes());
        self
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(super) fn id(&self) -> &str {
        &self.headers["x-emp-notice-id"]
    }
}

fn read(stream: TcpStream, posts: &Sender<Post>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let mut headers = HashMap::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
        if let Some((name, value)) = line.split_once(": ") {
            headers.insert(name.to_lowercase(), value.trim_end().to_owned());
        }
        line.clear();
    }
    let length = headers.get("content-length").map_or("0", String::as_str);
    let mut body = vec![0; length.parse().expect("a length")];
    if reader.read_exact(&mut body).is_ok() {
        let _ = posts.send(Post {
            headers,
            body,
            stream,
        });
    }
}
