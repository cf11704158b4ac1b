//! Jobs that have ended, and wait a little for what other streams and other collectors still have
//! to say of them.

use std::collections::VecDeque;

use smol_str::SmolStr;

use crate::event::Millis;
use crate::maps::Map;

/// By how much the clocks of a server and of a collector may differ, in milliseconds.
const CLOCKS_MS: i64 = 2_000;

/// The most tokens that are held before jobs are let go early.
const MAX_TOKENS: usize = 20_000;

/// Ended jobs, each with the tokens of the entries that must not be acknowledged yet.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    linger_ms: i64,
    most: usize,
    queue: VecDeque<Wait>,
    tokens: Map<SmolStr, Vec<T>>,
    held: usize,
}

/// One job.
#[derive(Debug)]
struct Wait {
    job: SmolStr,
    due: Millis,
    /// When the server heard of it, with its end.
    heard: Millis,
}

impl<T> Waiting<T> {
    pub(super) fn new(linger_ms: i64, most: usize) -> Self {
        Self {
            linger_ms,
            most,
            queue: VecDeque::new(),
            tokens: Map::default(),
            held: 0,
        }
    }

    /// Lets a job wait from now on, of whose end the server heard at `heard`. One that waits already is
    /// let go when it would have been.
    pub(super) fn add(&mut self, job: SmolStr, tokens: Vec<T>, heard: Millis, now: Millis) {
        self.held += tokens.len();
        if let Some(held) = self.tokens.get_mut(&job) {
            held.extend(tokens);
            return;
        }
        self.tokens.insert(job.clone(), tokens);
        self.queue.push_back(Wait {
            job,
            due: now.plus(self.linger_ms),
            heard,
        });
    }

    /// Lets go of jobs that ended so long ago that all there is of them would have been heard.
    pub(super) fn hurry(&mut self, now: Millis) {
        let before = now.plus(-self.linger_ms - CLOCKS_MS);
        let long_ago = |wait: &&mut Wait| wait.heard < before;
        for wait in self.queue.iter_mut().take_while(long_ago) {
            wait.due = Millis::MIN;
        }
    }

    /// The next job that has waited long enough, or for which there is no room.
    pub(super) fn pop(&mut self, now: Millis) -> Option<(SmolStr, Vec<T>)> {
        let Wait { due, .. } = self.queue.front()?;
        // A due time further away than any wait: the clock was set back.
        let is_due = *due <= now || due.since(now) > self.linger_ms;
        if !is_due && self.queue.len() <= self.most && self.held <= MAX_TOKENS {
            return None;
        }
        self.pop_any()
    }

    /// The next job, however long it has waited.
    pub(super) fn pop_any(&mut self) -> Option<(SmolStr, Vec<T>)> {
        let Wait { job, .. } = self.queue.pop_front()?;
        let tokens = self.tokens.remove(&job).unwrap_or_default();
        self.held -= tokens.len();
        Some((job, tokens))
    }

    /// The job whose turn it is.
    pub(super) fn front(&self) -> Option<&str> {
        self.queue.front().map(|wait| wait.job.as_str())
    }

    /// Puts a job back that was let go in vain: it is due.
    pub(super) fn put_back(&mut self, job: SmolStr, tokens: Vec<T>) {
        self.held += tokens.len();
        match self.tokens.get_mut(&job) {
            Some(held) => held.extend(tokens),
            None => {
                self.tokens.insert(job.clone(), tokens);
                self.queue.push_front(Wait {
                    job,
                    due: Millis::MIN,
                    heard: Millis::MIN,
                });
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Milliseconds until the next job is due.
    pub(super) fn due_in(&self, now: Millis) -> Option<i64> {
        let Wait { due, .. } = self.queue.front()?;
        Some(due.since(now).clamp(0, self.linger_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Millis {
        Millis::clamped(1_000_000 + ms)
    }

    #[test]
    fn jobs_are_let_go_when_due_or_too_many_and_if_the_clock_is_set_back() {
        let mut waiting = Waiting::new(2_000, 3);
        waiting.add("a".into(), vec![1], at(0), at(0));
        waiting.add("b".into(), vec![2], at(500), at(500));
        waiting.add("a".into(), vec![3], at(1_000), at(1_000));
        assert_eq!(waiting.pop(at(1_999)), None);
        assert_eq!(waiting.due_in(at(1_500)), Some(500));
        assert_eq!(waiting.pop(at(2_000)), Some(("a".into(), vec![1, 3])));
        assert_eq!(waiting.pop(at(2_000)), None);
        waiting.put_back("a".into(), vec![1]);
        assert_eq!(waiting.pop(at(2_000)), Some(("a".into(), vec![1])));
        assert_eq!(waiting.pop(at(-5_000)), Some(("b".into(), vec![2])));
        for job in ["c", "d", "e", "f"] {
            waiting.add(job.into(), vec![9], at(3_000), at(3_000));
        }
        assert_eq!(waiting.pop(at(3_000)), Some(("c".into(), vec![9])));
        assert_eq!(
            (waiting.pop(at(3_000)), waiting.len(), waiting.held),
            (None, 3, 3)
        );
    }

    #[test]
    fn who_ended_long_ago_does_not_wait_when_nothing_more_is_to_be_read() {
        let mut waiting = Waiting::new(500, 10);
        waiting.add("old".into(), vec![1], at(0), at(10_000));
        waiting.add("young".into(), vec![2], at(9_900), at(10_000));
        assert_eq!(waiting.pop(at(10_100)), None);
        waiting.hurry(at(10_100));
        assert_eq!(waiting.due_in(at(10_100)), Some(0));
        assert_eq!(waiting.pop(at(10_100)), Some(("old".into(), vec![1])));
        assert_eq!(waiting.pop(at(10_100)), None);
        assert_eq!(waiting.due_in(at(10_100)), Some(400));
    }
}
