//! A file that grows, or standard input as it comes.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use super::{GZIP, Line, Lines, STDIN, Streams, ZSTD, element, placed};
use crate::event::{Event, json};
use crate::store::Error;

/// Events handed out at once.
const PAGE: usize = 1000;

/// Bytes of standard input that are read ahead at once, in at most four chunks.
const CHUNK: usize = 256 * 1024;

/// Follows a plain file of events, from its beginning.
pub struct FileTail {
    name: String,
    lines: Lines<Box<dyn Read>>,
    streams: Streams,
    wanted: Vec<String>,
    ended: bool,
}

impl FileTail {
    /// Opens the file at `path`; `-` is standard input. `names` are the streams of lines that do
    /// not say theirs: events and errors. Only events of the streams `wanted` are told.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &str, names: [&str; 2], wanted: &[String]) -> Result<Self, Error> {
        let (name, input): (String, Box<dyn Read>) = if path == STDIN {
            (
                "standard input".to_owned(),
                Box::new(ReadAhead::new(io::stdin())),
            )
        } else {
            let file = open_plain(path).map_err(|source| Error::File {
                path: path.to_owned(),
                source,
            })?;
            (path.to_owned(), Box::new(Growing(file)))
        };
        let [events, errors] = names;
        Ok(Self {
            name,
            lines: Lines::new(input),
            streams: Streams {
                events: events.into(),
                errors: errors.into(),
            },
            wanted: wanted.to_vec(),
            ended: false,
        })
    }

    /// What was added since the last look, a page at most. Lines that are no JSON objects are
    /// passed over.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn poll(&mut self) -> Result<Vec<Event>, Error> {
        let mut events = Vec::new();
        while events.len() < PAGE {
            match self.lines.next_line() {
                Ok(Some(Line::Text(line))) => {
                    let Ok(event) = json::read(element(line.trim_ascii())) else {
                        continue;
                    };
                    let event = placed(event, &self.streams);
                    if event
                        .stream()
                        .is_some_and(|stream| self.wanted.iter().any(|one| one == stream))
                    {
                        events.push(event);
                    }
                }
                Ok(Some(Line::TooLong)) => {}
                Ok(None) => {
                    self.ended = true;
                    break;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(source) => {
                    return Err(Error::File {
                        path: self.name.clone(),
                        source,
                    });
                }
            }
        }
        Ok(events)
    }

    /// Whether nothing more can come: standard input was closed.
    pub fn has_ended(&self) -> bool {
        self.ended
    }
}

/// Opens a file that can grow; a packed one cannot.
fn open_plain(path: &str) -> io::Result<impl Read + use<>> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    file.by_ref().take(4).read_to_end(&mut head)?;
    if head.starts_with(GZIP) || head.starts_with(ZSTD) {
        let why = "a packed file does not grow; `emp search --from` reads it";
        return Err(io::Error::new(ErrorKind::InvalidInput, why));
    }
    // A pipe with a name cannot go back to its beginning.
    Ok(io::Cursor::new(head).chain(file))
}

/// A file whose end is not the end.
struct Growing<R>(R);

impl<R: Read> Read for Growing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(ErrorKind::WouldBlock.into()),
            length => Ok(length),
        }
    }
}

/// Reads an input on a thread of its own, a few chunks ahead, so that the reader never waits
/// longer than it wants: it gets [`ErrorKind::WouldBlock`] where nothing comes in time.
pub struct ReadAhead {
    chunks: Receiver<io::Result<Vec<u8>>>,
    /// The chunk at hand, and how much of it was handed out.
    chunk: Vec<u8>,
    given: usize,
    patience: Duration,
}

impl ReadAhead {
    /// Starts to read. A read waits a twentieth of a second at most.
    pub fn new(input: impl Read + Send + 'static) -> Self {
        let (sender, chunks) = sync_channel(4);
        let mut input = input;
        thread::spawn(move || {
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = match input.read(&mut chunk) {
                    Ok(0) => break,
                    Ok(length) => {
                        chunk.truncate(length);
                        Ok(chunk)
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = read.is_err();
                if sender.send(read).is_err() || failed {
                    break;
                }
            }
        });
        Self {
            chunks,
            chunk: Vec::new(),
            given: 0,
            patience: Duration::from_millis(50),
        }
    }
}

impl Read for ReadAhead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.chunk.len() {
            match self.chunks.recv_timeout(self.patience) {
                Ok(chunk) => (self.chunk, self.given) = (chunk?, 0),
                Err(RecvTimeoutError::Timeout) => return Err(ErrorKind::WouldBlock.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        let length = (&self.chunk[self.given..]).read(into)?;
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_packed_file_is_not_followed() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"\x1f\x8b\x08rest").expect("written");
        let path = file.path().to_string_lossy().into_owned();
        let refused = FileTail::open(&path, ["e", "x"], &[])
            .err()
            .expect("refused");
        assert!(matches!(refused, Error::File { .. }), "{refused}");
    }

    #[test]
    fn a_file_is_followed_as_it_grows() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_string_lossy().into_owned();
        let wanted = ["e".to_owned()];
        let mut tail = FileTail::open(&path, ["e", "x"], &wanted).expect("a tail");
        let mut types = || {
            let events = tail.poll().expect("events");
            events
                .into_iter()
                .map(|event| event.event_type)
                .collect::<Vec<_>>()
        };
        assert!(types().is_empty());
        write!(file, "{{\"eventType\":\"a.b\"}}\nno json\n{{\"eventType\":").expect("written");
        assert_eq!(types(), ["a.b"]);
        write!(file, "\"c.d\"}}\n{{\"eventType\":\"error.X\"}}\n").expect("written");
        assert_eq!(types(), ["c.d"]);
    }
}
