//! What a server needs for its part alone: a stream read by a client that throws everything away.
//!
//! [`drain`] goes through a consumer group, as a collector does: one page after the other, which is
//! walked for its entry ids alone; those go into one `XACK`, in the same write as the question for
//! the next page. [`scan`] reads as answers do: it knows where pages begin, so that some are always
//! on their way.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use redis::streams::StreamRangeReply;
use redis::{Commands, Connection};

use super::measure::Sample;

/// Entries of a page: with twice as many, as the collector asks for, the server needs 5 % more for them.
const PAGE: usize = 512;

/// Entries of a page that is merely read, about as many as emp asks for.
const SCANNED: usize = 400;

/// Pages that are on their way at once.
const AHEAD: usize = 3;

/// What the next reply is to.
enum Asked {
    Select,
    Page,
    /// With so many ids.
    Ack(usize),
}

/// Drains `emp:events` for a group, and looks that it had so many entries.
pub(crate) fn drain(port: &str, database: u8, group: &str, count: usize) -> Result<Sample> {
    let start = Instant::now();
    let mut link = Link::open(port)?;
    let read = command(
        "XREADGROUP GROUP {} raw COUNT {} STREAMS emp:events >",
        &[group, &PAGE.to_string()],
    );
    let select = command("SELECT {}", &[&database.to_string()]);
    link.stream
        .write_all(&[select.as_slice(), &read].concat())?;
    let mut asked = VecDeque::from([Asked::Select, Asked::Page]);

    let mut taken = 0;
    let mut output = Vec::new();
    while let Some(next) = asked.pop_front() {
        let reply = link.reply()?;
        match next {
            Asked::Page if reply.ids > 0 => {
                output.clear();
                write!(output, "*{}\r\n$4\r\nXACK\r\n", 3 + reply.ids)?;
                write!(
                    output,
                    "$10\r\nemp:events\r\n${}\r\n{group}\r\n",
                    group.len()
                )?;
                output.extend_from_slice(&link.ids);
                output.extend_from_slice(&read);
                link.stream.write_all(&output)?;
                asked.extend([Asked::Ack(reply.ids), Asked::Page]);
                taken += reply.ids;
            }
            Asked::Ack(ids) => ensure!(reply.number == Some(ids), "not all were acknowledged"),
            Asked::Page | Asked::Select => {}
        }
    }
    ensure!(taken == count, "drained {taken} of {count} entries");
    Ok(Sample {
        wall: start.elapsed(),
        peak: 0,
    })
}

/// Where the pages of a stream begin.
pub(crate) struct Starts {
    stream: String,
    ids: Vec<String>,
    entries: usize,
}

impl Starts {
    /// Looks for them, which takes its time.
    pub(crate) fn find(link: &mut Connection, stream: &str) -> Result<Self> {
        let mut starts = Self {
            stream: stream.to_owned(),
            ids: Vec::new(),
            entries: 0,
        };
        let mut from = "-".to_owned();
        loop {
            let page: StreamRangeReply = link.xrange_count(stream, &from, "+", SCANNED)?;
            starts.entries += page.ids.len();
            starts
                .ids
                .extend(page.ids.first().map(|entry| entry.id.clone()));
            match page.ids.last() {
                Some(last) if page.ids.len() == SCANNED => from = format!("({}", last.id),
                _ => return Ok(starts),
            }
        }
    }
}

/// Reads a stream from its beginning to its end, and looks that it had all its entries.
pub(crate) fn scan(port: &str, database: u8, starts: &Starts) -> Result<Sample> {
    let start = Instant::now();
    let mut link = Link::open(port)?;
    link.stream
        .write_all(&command("SELECT {}", &[&database.to_string()]))?;
    let pages = starts.ids.iter().map(|id| {
        let count = SCANNED.to_string();
        command("XRANGE {} {} + COUNT {}", &[&starts.stream, id, &count])
    });
    let mut on_way = 1;
    let mut entries = 0;
    for page in pages {
        link.stream.write_all(&page)?;
        on_way += 1;
        while on_way > AHEAD {
            entries += link.skip()?;
            on_way -= 1;
        }
    }
    for _ in 0..on_way {
        entries += link.skip()?;
    }
    let wanted = starts.entries;
    ensure!(entries == wanted, "read {entries} of {wanted} entries");
    Ok(Sample {
        wall: start.elapsed(),
        peak: 0,
    })
}

/// A command in the protocol of Redis; each `{}` stands for one of the values.
fn command(text: &str, values: &[&str]) -> Vec<u8> {
    let mut values = values.iter().copied();
    let words = text.split(' ').map(|word| match word {
        "{}" => values.next().unwrap_or_default(),
        word => word,
    });
    let words: Vec<&str> = words.collect();
    let mut out = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        out.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
    }
    out
}

/// What is remembered of a reply.
struct Reply {
    ids: usize,
    number: Option<usize>,
}

/// A connection.
struct Link {
    stream: TcpStream,
    input: Vec<u8>,
    /// What of the input was walked.
    at: usize,
    /// How much of the input there is.
    end: usize,
    /// The ids of the last reply, as words of a command.
    ids: Vec<u8>,
}

impl Link {
    fn open(port: &str) -> Result<Self> {
        let stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            input: vec![0; 1 << 20],
            at: 0,
            end: 0,
            ids: Vec::new(),
        })
    }

    /// Walks the next reply for its ids. An entry is an array of two, its id and its fields; around all
    /// of them is another one, of the stream's name and the entries.
    fn reply(&mut self) -> Result<Reply> {
        let mut ids = std::mem::take(&mut self.ids);
        ids.clear();
        let mut reply = Reply {
            ids: 0,
            number: None,
        };
        let (mut pairs, mut in_pair) = (0, false);
        self.walk(|kind, number, text| {
            let follows_pair = std::mem::replace(&mut in_pair, kind == b'*' && number == 2);
            match kind {
                b'$' if follows_pair && pairs > 1 => {
                    write!(ids, "${number}\r\n")?;
                    ids.extend_from_slice(text);
                    reply.ids += 1;
                }
                b':' => reply.number = usize::try_from(number).ok(),
                _ => {}
            }
            pairs += usize::from(in_pair);
            Ok(())
        })?;
        self.ids = ids;
        Ok(reply)
    }

    /// Walks over the next reply; how many values it has, where it is an array.
    fn skip(&mut self) -> Result<usize> {
        let mut values = None;
        self.walk(|kind, number, _| {
            values.get_or_insert(if kind == b'*' { number } else { 0 });
            Ok(())
        })?;
        Ok(usize::try_from(values.unwrap_or(0)).unwrap_or(0))
    }

    /// Walks the next reply, value by value: the kind of each, its number, and the bytes of a text with
    /// the end of its line.
    fn walk(&mut self, mut seen: impl FnMut(u8, i64, &[u8]) -> Result<()>) -> Result<()> {
        let mut left = 1;
        while left > 0 {
            left -= 1;
            let (kind, number) = self.header()?;
            let count = usize::try_from(number).unwrap_or(0);
            let length = match kind {
                b'*' => {
                    left += count;
                    0
                }
                b'$' => count + 2,
                b'+' | b':' => 0,
                _ => bail!("the server refuses"),
            };
            self.fill(length)?;
            seen(kind, number, &self.input[self.at..self.at + length])?;
            self.at += length;
        }
        Ok(())
    }

    /// The kind and the number of the next value; of a word its number is 0.
    fn header(&mut self) -> Result<(u8, i64)> {
        loop {
            let held = &self.input[self.at..self.end];
            if let Some(length) = held.iter().position(|byte| *byte == b'\n') {
                let kind = held[0];
                let text = std::str::from_utf8(&held[1..length - 1])?;
                let number = text.parse().unwrap_or(0);
                self.at += length + 1;
                return Ok((kind, number));
            }
            self.fill(held.len() + 1)?;
        }
    }

    /// Reads until there are so many bytes that were not walked.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        while self.end - self.at < wanted {
            if self.at == self.end || self.end == self.input.len() {
                self.input.copy_within(self.at..self.end, 0);
                self.end -= self.at;
                self.at = 0;
            }
            let read = self.stream.read(&mut self.input[self.end..])?;
            ensure!(read > 0, "the server hung up");
            self.end += read;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    /// A connection to a server that sends this, so many bytes at a time, and hangs up.
    fn link_to(sent: String, at_once: usize) -> (Link, JoinHandle<()>) {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = server.local_addr().expect("an address").port().to_string();
        let sender = thread::spawn(move || {
            let (mut stream, _) = server.accept().expect("a client");
            for bytes in sent.as_bytes().chunks(at_once) {
                stream.write_all(bytes).expect("sent");
            }
        });
        (Link::open(&port).expect("connected"), sender)
    }

    #[test]
    fn a_page_is_walked_for_its_ids_however_it_is_cut() {
        let entry = "*2\r\n$3\r\n1-0\r\n*4\r\n$1\r\na\r\n$2\r\n*2\r\n$1\r\nb\r\n$0\r\n\r\n";
        let page = format!("*1\r\n*2\r\n$10\r\nemp:events\r\n*2\r\n{entry}{entry}:7\r\n");
        let (mut link, sender) = link_to(page, 1);
        assert_eq!(link.reply().expect("a page").ids, 2);
        assert_eq!(link.ids, b"$3\r\n1-0\r\n$3\r\n1-0\r\n");
        assert_eq!(link.reply().expect("a number").number, Some(7));
        sender.join().expect("it sent all");
        assert!(link.reply().is_err());
    }

    #[test]
    fn a_page_that_is_merely_read_is_counted() {
        let entry = "*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\na\r\n$2\r\n*9\r\n";
        let replies = format!("+OK\r\n*3\r\n{entry}{entry}{entry}*0\r\n-ERR no\r\n");
        let (mut link, sender) = link_to(replies, usize::MAX);
        let counts = [(); 3].map(|()| link.skip().expect("a reply"));
        assert_eq!(counts, [0, 3, 0]);
        sender.join().expect("it sent all");
        assert!(link.skip().is_err(), "a refusal");
    }
}
