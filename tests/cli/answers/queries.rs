//! Queries at random, over what the events hold.

use emp_cli::event::{Id, Millis};
use emp_cli::query::{Field, Filter};
use emp_cli::time::Clock;

use super::events::{JOBS, SERVICES, TYPES};
use super::{ERRORS, EVENTS, Random};

/// How an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Sorted,
    Arrival,
    Newest(usize),
}

/// What a command line asks for: words, flags, a window, streams and a limit.
#[derive(Debug)]
pub(super) struct Query {
    words: String,
    flags: Vec<(Field, Vec<String>)>,
    pub(super) since: Option<Millis>,
    pub(super) until: Option<Millis>,
    pub(super) streams: Vec<String>,
    pub(super) order: Order,
}

/// Terms and words. Those on the entry's own id are left out: only Redis has one.
const TERMS: [&str; 48] = [
    "memory",
    "MEMORY",
    "\"out of memory\"",
    "'Out Of'",
    "caf*",
    "café",
    "\"line\\none\"",
    "\"\\\"quoted\\\"\"",
    "wörld",
    "作業",
    "job_1",
    "job_1*",
    "5",
    "gpu",
    "timeout",
    "*",
    "job:*",
    "-job:*",
    "type:error.*",
    "type:*.progress_updated",
    "type:~'^job\\.(failed|created)$'",
    "service:w*",
    "service:'a b'",
    "service!=worker",
    "worker:w-2",
    "id:job_12",
    "id:*_12?",
    "user:42",
    "level:error",
    "level>=warn",
    "level<warn",
    "trace:0*1",
    "v=1",
    "v:*",
    "data.durationMs>1s",
    "durationMs<=90",
    "data.durationMs:*",
    "data.ok:true",
    "data.retry:null",
    "data.tags:a100",
    "data.nested.deep.x>1",
    "data.nested:~deep",
    "data.size>=10KB",
    "data.big>5",
    "data:*broken*",
    "tenant:acme",
    "message:~'(?i)memory'",
    "stream:emp:errors",
];

impl Query {
    pub(super) fn everything() -> Self {
        Self {
            words: String::new(),
            flags: Vec::new(),
            since: None,
            until: None,
            streams: vec![EVENTS.to_owned(), ERRORS.to_owned()],
            order: Order::Sorted,
        }
    }

    pub(super) fn random(random: &mut Random, now: Millis) -> Self {
        let (since, until) = window(random, now);
        Self {
            words: if random.one_in(5) {
                String::new()
            } else {
                expression(random, 3)
            },
            flags: flags(random),
            since,
            until,
            streams: match random.below(4) {
                0 => vec![EVENTS.to_owned()],
                1 => vec![ERRORS.to_owned()],
                _ => vec![EVENTS.to_owned(), ERRORS.to_owned()],
            },
            order: match random.below(5) {
                0 | 1 => {
                    let most = if random.one_in(2) { 5 } else { 400 };
                    Order::Newest(usize::try_from(random.below(most)).expect("small"))
                }
                2 => Order::Arrival,
                _ => Order::Sorted,
            },
        }
    }

    /// The filter, put together as the commands do it.
    pub(super) fn filter(&self, clock: &Clock) -> Filter {
        let words = Filter::parse(&self.words, clock)
            .unwrap_or_else(|error| panic!("{:?}: {error}", self.words));
        let flags = self.flags.iter().map(|(field, patterns)| {
            let any = |pattern: &String| Filter::field(field.clone(), pattern).expect("a pattern");
            Filter::any(patterns.iter().map(any))
        });
        Filter::all(std::iter::once(words).chain(flags))
    }
}

fn expression(random: &mut Random, depth: u32) -> String {
    if depth == 0 || random.one_in(3) {
        return random.pick(&TERMS).to_owned();
    }
    let one = expression(random, depth - 1);
    match random.below(6) {
        0 => format!("{one} {}", expression(random, depth - 1)),
        1 => format!("({one} AND {})", expression(random, depth - 1)),
        2 | 3 => format!("({one} OR {})", expression(random, depth - 1)),
        4 => format!("NOT ({one})"),
        _ => format!("-({one})"),
    }
}

fn flags(random: &mut Random) -> Vec<(Field, Vec<String>)> {
    let choices: [(Field, &[&str]); 6] = [
        (Field::Service, &SERVICES),
        (Field::EventType, &TYPES),
        (Field::EventType, &["job.*", "*.connected", "error.*"]),
        (Field::Id(Id::Job), &JOBS),
        (Field::Id(Id::Job), &["job_*", "*2", "作*"]),
        (Field::Level, &["info", "warn", "error"]),
    ];
    let mut flags = Vec::new();
    while random.one_in(3) {
        let index = usize::try_from(random.below(choices.len() as u64)).expect("small");
        let (field, values) = &choices[index];
        let count = 1 + random.below(3);
        let patterns = (0..count).map(|_| random.pick(values).to_owned());
        flags.push((field.clone(), patterns.collect()));
    }
    flags
}

fn window(random: &mut Random, now: Millis) -> (Option<Millis>, Option<Millis>) {
    let mut at = || {
        let ago = i64::try_from(random.below(27 * 60)).expect("small") * 60_000;
        // Right on the entries' own times, too.
        now.plus(3_600_000 - ago)
    };
    let (one, other) = (at(), at());
    match random.below(5) {
        0 => (Some(one), None),
        1 => (None, Some(one)),
        2 => (Some(one.min(other)), Some(one.max(other))),
        _ => (None, None),
    }
}
