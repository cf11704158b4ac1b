//! What a follower knows of one stream: how far it has read, and what was lost on the way.
//!
//! `XINFO STREAM` tells how many entries were ever added (since Redis 7). Together with our own
//! count of what we read, that gives the number of entries that were trimmed before we came.

use std::collections::VecDeque;

use super::resp::Reply;
use crate::event::EntryId;

/// How many of the last ids are remembered, to know a stream again after its server lost some of
/// its end: about a second of a heavy load, as `appendfsync everysec` may lose.
const REMEMBERED: usize = 4096;

/// Where reading stands in one stream.
#[derive(Debug)]
pub(super) struct Progress {
    /// The last entry that was read; what comes next lies after it.
    pub(super) after: EntryId,
    /// Where reading began.
    start: EntryId,
    /// How many entries had been added up to `after`; `None` when that is not known (yet).
    count: Option<u64>,
    recent: VecDeque<EntryId>,
}

/// What a look at the stream has shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// Nothing is amiss.
    Fine,
    /// Entries were gone before we read them: so many, or unknown.
    Missed(Option<u64>),
    /// The stream ends before what we have read: its server lost its end, or all of it.
    Rewound,
}

impl Progress {
    pub(super) fn new(after: EntryId) -> Self {
        Self {
            after,
            start: after,
            count: None,
            recent: VecDeque::with_capacity(REMEMBERED),
        }
    }

    /// Notes an entry that was read.
    pub(super) fn read(&mut self, id: EntryId) {
        self.after = id;
        self.count = self.count.map(|count| count + 1);
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(id);
    }

    /// Compares with what `XINFO STREAM` answers, `None` for a stream that does not exist.
    pub(super) fn check(&mut self, info: Option<&Reply>) -> Finding {
        let Some(info) = info else {
            self.count = Some(0);
            return Finding::Fine;
        };
        let id = |name| {
            info.field(name)
                .and_then(Reply::text)
                .and_then(|text| text.parse().ok())
        };
        let Some(last) = id("last-generated-id") else {
            return Finding::Fine;
        };
        if last < self.after {
            self.rewind(last);
            return Finding::Rewound;
        }
        let first: Option<EntryId> = info
            .field("first-entry")
            .and_then(|entry| entry.values().first())
            .and_then(Reply::text)
            .and_then(|text| text.parse().ok());
        let length = info.field("length").and_then(Reply::count).unwrap_or(0);
        // How many entries lie after the last one we read is known where all do, or none.
        let waiting = match first {
            _ if last == self.after => 0,
            Some(first) if first <= self.after => return Finding::Fine,
            _ => length,
        };
        let Some(added) = info.field("entries-added").and_then(Reply::count) else {
            let lost = waiting > 0 && !self.recent.is_empty();
            return if lost {
                Finding::Missed(None)
            } else {
                Finding::Fine
            };
        };
        let now = added.saturating_sub(waiting);
        match self.count.replace(now) {
            Some(before) if now > before => Finding::Missed(Some(now - before)),
            _ => Finding::Fine,
        }
    }

    /// Goes back to the end of a stream that we know, or to the start of one that we do not.
    fn rewind(&mut self, last: EntryId) {
        let known = last <= self.start || self.recent.contains(&last);
        self.after = if known { last } else { EntryId::MIN };
        self.start = self.start.min(self.after);
        self.count = None;
        self.recent.retain(|&id| id <= self.after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> EntryId {
        EntryId { ms, seq: 0 }
    }

    fn info(last: u64, first: Option<u64>, length: i64, added: Option<i64>) -> Reply {
        let text = |text: &str| Reply::Text(text.into());
        let mut fields = vec![
            text("length"),
            Reply::Int(length),
            text("last-generated-id"),
            text(&at(last).to_string()),
            text("first-entry"),
            first.map_or(Reply::Nil, |first| {
                Reply::Array(vec![text(&at(first).to_string()), Reply::Array(Vec::new())])
            }),
        ];
        if let Some(added) = added {
            fields.extend([text("entries-added"), Reply::Int(added)]);
        }
        Reply::Array(fields)
    }

    #[test]
    fn entries_that_were_trimmed_are_counted_once() {
        let mut progress = Progress::new(at(10));
        assert_eq!(
            progress.check(Some(&info(10, Some(1), 10, Some(10)))),
            Finding::Fine
        );
        progress.read(at(11));
        // 12 to 17 were added and trimmed; 18 to 20 are left.
        let behind = info(20, Some(18), 3, Some(20));
        assert_eq!(progress.check(Some(&behind)), Finding::Missed(Some(6)));
        assert_eq!(progress.check(Some(&behind)), Finding::Fine);
        for ms in 18..=20 {
            progress.read(at(ms));
        }
        assert_eq!(
            progress.check(Some(&info(20, Some(18), 3, Some(20)))),
            Finding::Fine
        );
        // All of 21 to 25 came and went.
        assert_eq!(
            progress.check(Some(&info(25, None, 0, Some(25)))),
            Finding::Missed(Some(5))
        );
    }

    #[test]
    fn a_loss_in_the_middle_shows_when_all_is_read() {
        let mut progress = Progress::new(at(0));
        assert_eq!(progress.check(None), Finding::Fine);
        progress.read(at(1));
        progress.read(at(5));
        assert_eq!(
            progress.check(Some(&info(9, Some(5), 5, Some(9)))),
            Finding::Fine
        );
        progress.read(at(9));
        assert_eq!(
            progress.check(Some(&info(9, Some(5), 5, Some(9)))),
            Finding::Missed(Some(6))
        );
    }

    #[test]
    fn old_servers_cannot_tell_how_many() {
        let mut progress = Progress::new(at(0));
        assert_eq!(
            progress.check(Some(&info(9, Some(5), 5, None))),
            Finding::Fine
        );
        progress.read(at(5));
        assert_eq!(
            progress.check(Some(&info(9, Some(5), 5, None))),
            Finding::Fine
        );
        assert_eq!(
            progress.check(Some(&info(20, Some(15), 5, None))),
            Finding::Missed(None)
        );
    }

    #[test]
    fn a_stream_that_lost_its_end_is_known_again() {
        let mut progress = Progress::new(at(10));
        (11..=20).for_each(|ms| progress.read(at(ms)));
        assert_eq!(
            progress.check(Some(&info(15, Some(1), 15, Some(15)))),
            Finding::Rewound
        );
        assert_eq!(progress.after, at(15));
        // To before the point where we started: nothing of it is new to us.
        assert_eq!(
            progress.check(Some(&info(8, Some(1), 8, Some(8)))),
            Finding::Rewound
        );
        assert_eq!(progress.after, at(8));
    }

    #[test]
    fn a_stream_that_is_another_one_is_read_from_its_start() {
        let mut progress = Progress::new(at(10));
        progress.read(at(20));
        assert_eq!(
            progress.check(Some(&info(15, Some(12), 3, Some(3)))),
            Finding::Rewound
        );
        assert_eq!(progress.after, EntryId::MIN);
    }
}
