//! The limit that a collector is measured by: a stream drained through a consumer group by a client
//! that does nothing else.
//!
//! One connection, one page after the other. What comes back is walked for its entry ids alone and
//! thrown away; the ids go into one `XACK`, in the same write as the question for the next page.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use anyhow::{Result, bail, ensure};

use crate::bench::measure::Sample;

/// Entries of a page: with twice as many, as the collector asks for, the server needs 5 % more for them.
const PAGE: usize = 512;

/// What the next reply is to.
enum Asked {
    Select,
    Page,
    /// With so many ids.
    Ack(usize),
}

/// Drains `emp:events` for a group, and looks that it had so many entries.
pub(super) fn drain(port: &str, database: u8, group: &str, count: usize) -> Result<Sample> {
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

    /// Walks the next reply. An entry is an array of two, its id and its fields; around all of
    /// them is another one, of the stream's name and the entries.
    fn reply(&mut self) -> Result<Reply> {
        self.ids.clear();
        let mut reply = Reply {
            ids: 0,
            number: None,
        };
        let (mut left, mut pairs, mut in_pair) = (1, 0, false);
        while left > 0 {
            left -= 1;
            let (kind, number) = self.header()?;
            let follows_pair = std::mem::replace(&mut in_pair, kind == b'*' && number == 2);
            match kind {
                b'*' => left += usize::try_from(number).unwrap_or(0),
                b'$' => {
                    let length = usize::try_from(number).unwrap_or(0);
                    self.fill(length + 2)?;
                    if follows_pair && pairs > 1 {
                        let id = &self.input[self.at..self.at + length + 2];
                        write!(self.ids, "${length}\r\n")?;
                        self.ids.extend_from_slice(id);
                        reply.ids += 1;
                    }
                    self.at += length + 2;
                }
                b':' => reply.number = usize::try_from(number).ok(),
                b'+' => {}
                _ => bail!("the server refuses"),
            }
            pairs += usize::from(in_pair);
        }
        Ok(reply)
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
    use std::thread;

    use super::*;

    #[test]
    fn a_page_is_walked_for_its_ids_however_it_is_cut() {
        let server = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = server.local_addr().expect("an address").port().to_string();
        let entry = "*2\r\n$3\r\n1-0\r\n*4\r\n$1\r\na\r\n$2\r\n*2\r\n$1\r\nb\r\n$0\r\n\r\n";
        let page = format!("*1\r\n*2\r\n$10\r\nemp:events\r\n*2\r\n{entry}{entry}:7\r\n");
        let sender = thread::spawn(move || {
            let (mut stream, _) = server.accept().expect("a client");
            for byte in page.bytes() {
                stream.write_all(&[byte]).expect("sent");
            }
        });
        let mut link = Link::open(&port).expect("connected");
        assert_eq!(link.reply().expect("a page").ids, 2);
        assert_eq!(link.ids, b"$3\r\n1-0\r\n$3\r\n1-0\r\n");
        assert_eq!(link.reply().expect("a number").number, Some(7));
        sender.join().expect("it sent all");
        assert!(link.reply().is_err());
    }
}
