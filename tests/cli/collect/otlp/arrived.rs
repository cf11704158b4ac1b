//! What every receiver can tell of what arrived, and whether that is what should.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::wanted::{Wanted, nanos, text};

/// Everything that arrived.
#[derive(Default)]
pub struct Arrived {
    pub logs: Vec<Log>,
    pub spans: Vec<Span>,
}

/// A log record.
#[derive(Debug, Default)]
pub struct Log {
    /// The stream and the entry that it came from.
    pub entry: (String, String),
    pub service: String,
    pub name: String,
    pub at: u64,
    pub observed: u64,
    pub severity: String,
    pub trace: String,
    pub span: String,
}

/// A span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Span {
    pub trace: String,
    pub id: String,
    /// Empty for a root.
    pub parent: String,
    pub name: String,
    pub start: u64,
    pub end: u64,
    /// `OK`, `ERROR` or `UNSET`.
    pub status: String,
    pub job: String,
    /// Whether it says that it does not lie within its parent.
    pub is_outside: bool,
    pub links: usize,
}

impl Arrived {
    /// Each event is there once, as it was.
    pub fn check_logs(&self, wanted: &Wanted) {
        let mut seen = HashSet::new();
        for log in &self.logs {
            let name = format!("{} {}", log.entry.0, log.entry.1);
            let event = wanted.events.get(&name);
            let event = event.unwrap_or_else(|| panic!("no event is {log:?}"));
            assert!(seen.insert(name), "twice: {log:?}");
            let is_error = log.name.starts_with("error.");
            let level = match text(event, "level") {
                "" if is_error => "error",
                "" => "info",
                level => level,
            };
            let ms: u64 = log
                .entry
                .1
                .split('-')
                .next()
                .unwrap_or_default()
                .parse()
                .expect("ms");
            assert_eq!(
                (
                    &*log.service,
                    &*log.name,
                    log.at,
                    log.observed,
                    &*log.severity,
                    &*log.trace,
                    &*log.span
                ),
                (
                    text(event, "service"),
                    text(event, "eventType"),
                    nanos(event),
                    ms * 1_000_000,
                    &*level.to_uppercase(),
                    text(event, "traceId"),
                    text(event, "spanId"),
                ),
                "{event}"
            );
        }
        assert_eq!(seen.len(), wanted.events.len(), "some did not arrive");
    }

    /// Each job that has ended is one tree. Says how many spans came more than once: a job is told
    /// again where more was said of it after its end.
    pub fn check_traces(&self, wanted: &Wanted) -> usize {
        // What came last counts.
        let mut jobs = BTreeMap::<&str, HashMap<&str, &Span>>::new();
        for span in &self.spans {
            jobs.entry(&span.job).or_default().insert(&span.id, span);
        }
        let mut ids = HashSet::new();
        let mut count = 0;
        for (id, job) in wanted.ended() {
            let spans = jobs.remove(id.as_str());
            let spans = spans.unwrap_or_else(|| panic!("{id} has no spans"));
            count += spans.len();
            let roots = spans.values().filter(|span| span.parent.is_empty());
            let roots: Vec<_> = roots.collect();
            let [root] = roots[..] else {
                panic!("{id} has {} roots", roots.len());
            };
            let (end, is_completed) = job.end.expect("an end");
            let status = if is_completed { "OK" } else { "ERROR" };
            let name = format!("job {}", job.job_type);
            assert_eq!(
                (&*root.name, root.start, root.end, &*root.status),
                (&*name, job.first, end, status),
                "{id}"
            );
            for span in spans.values() {
                assert!(
                    ids.insert((&span.trace, &span.id)),
                    "two have one id: {span:?}"
                );
                assert_eq!(span.trace, job.trace, "{span:?}");
                assert!(span.start <= span.end, "{span:?}");
                if span.parent.is_empty() {
                    continue;
                }
                let parent = spans.get(&*span.parent);
                let parent = parent.unwrap_or_else(|| panic!("no parent: {span:?}"));
                let is_within = span.start >= parent.start && span.end <= parent.end;
                assert_eq!(is_within, !span.is_outside, "{span:?} in {parent:?}");
            }
            let mut attempts: Vec<_> = named(&spans, "job.attempt").collect();
            attempts.sort_by_key(|span| span.start);
            assert_eq!(attempts.len(), job.claims, "{id}");
            // A job that could not be created waited for a claim until that was said.
            let waits = job.claims.max(1);
            assert_eq!(named(&spans, "job.queue_wait").count(), waits, "{id}");
            for (number, attempt) in attempts.iter().enumerate() {
                assert_eq!(attempt.links, number.min(1), "{attempt:?}");
            }
        }
        assert!(
            jobs.is_empty(),
            "spans of jobs that have not ended: {:?}",
            jobs.keys()
        );
        self.spans.len() - count
    }
}

fn named<'a>(spans: &HashMap<&str, &'a Span>, name: &str) -> impl Iterator<Item = &'a Span> {
    spans
        .values()
        .copied()
        .filter(move |span| span.name == name)
}
