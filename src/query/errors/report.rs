//! Failures by kind: how many, since when, where, and whether that is new.

use serde::Serialize;

use super::Options;
use super::failure::{Failure, id_text};
use super::groups::{Group, Groups};
use super::pulse::{Setting, State};
use super::tally::Share;
use super::witness::Witness;
use crate::event::Millis;
use crate::query::timeline::{rfc3339, rfc3339_or_null};

/// Stretches of a trend.
const STRETCHES: usize = 16;

/// Services of one kind that are listed.
const SERVICES: usize = 20;

/// A rate an hour over less than this says nothing.
const SHORTEST_MS: i64 = 60_000;

/// What a kind that nobody has asked a window for can be new within.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Takes failures that are linked already.
#[derive(Debug)]
pub struct Errors {
    options: Options,
    groups: Groups,
}

/// What fails.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorsReport {
    /// The time that it is about.
    pub window: Window,
    /// How many failures.
    pub failures: u64,
    /// The same an hour; `None` for a time that is too short.
    pub per_hour: Option<f64>,
    /// How many in each of equal parts of the window.
    pub trend: Vec<f64>,
    /// Events that told of failures that other events had told; they are not counted.
    pub linked: u64,
    /// Different kinds.
    pub kinds: u64,
    /// Whether the number of kinds is an estimate, right to about 3 %.
    pub kinds_are_estimated: bool,
    /// Failures of kinds for which there was no room: they are put together by name.
    pub lumped: u64,
    /// Groups, what matters most first.
    pub groups: Vec<Row>,
    /// Groups that were left out because fewer were asked for.
    pub more_groups: u64,
    /// The newest failures, oldest first.
    pub recent: Vec<Failure>,
}

/// The time that a report is about.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// Its beginning: as asked for, or the oldest event.
    #[serde(serialize_with = "rfc3339")]
    pub from: Millis,
    /// Its end: as asked for, or now, or the newest event.
    #[serde(serialize_with = "rfc3339")]
    pub until: Millis,
    /// The oldest event that was looked at, where there is one.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub known_from: Option<Millis>,
    /// The instant of the report.
    #[serde(serialize_with = "rfc3339")]
    pub now: Millis,
}

/// One kind of failure.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Its number: 16 hex digits.
    pub id: String,
    /// It in words: name and masked message.
    pub fingerprint: String,
    /// The error's name, or the type of the event.
    pub name: String,
    /// The top frames of its stack, innermost first.
    pub frames: Vec<String>,
    /// Whether it is new, back or ongoing.
    pub state: State,
    /// How long it was silent before it came back, in milliseconds.
    pub silent_ms: Option<i64>,
    /// How many.
    pub count: u64,
    /// How many an hour, since its stream is known; `None` for a time that is too short.
    pub per_hour: Option<f64>,
    /// How many in each of equal parts of the window.
    pub trend: Vec<f64>,
    /// The first within the window.
    #[serde(serialize_with = "rfc3339")]
    pub first_seen: Millis,
    /// The first of all that are known.
    #[serde(serialize_with = "rfc3339")]
    pub known_since: Millis,
    /// The last.
    #[serde(serialize_with = "rfc3339")]
    pub last_seen: Millis,
    /// Who tells of it, the most frequent first.
    pub services: Vec<Share>,
    /// Different jobs.
    pub jobs: u64,
    /// Whether that is an estimate, right to about 3 %.
    pub jobs_are_estimated: bool,
    /// Different users.
    pub users: u64,
    /// Whether that is an estimate, right to about 3 %.
    pub users_are_estimated: bool,
    /// Whether these are different kinds of one name, for which there was no room.
    pub is_lump: bool,
    /// The newest one.
    pub newest: Failure,
}

impl Errors {
    /// Nothing yet.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            groups: Groups::default(),
        }
    }

    /// Takes a failure, in the order of time.
    pub fn push(&mut self, failure: Failure) {
        if !self.options.takes(&failure) {
            return;
        }
        match self.options.since {
            Some(since) if failure.at < since => self.groups.remember(&failure),
            _ => self.groups.push(failure),
        }
    }

    /// The report with so many groups.
    pub fn finish(self, witness: &Witness, limit: usize) -> ErrorsReport {
        let Self { options, groups } = self;
        let window = Window::of(&options, witness);
        let mut rows: Vec<(Row, &Group)> = groups
            .all()
            .map(|(text, group)| (row(text, group, &groups, &window, &options, witness), group))
            .collect();
        let rank = |row: &Row| match row.state {
            State::New => 0,
            State::Back => 1,
            _ => 2,
        };
        rows.sort_by(|(a, _), (b, _)| {
            let order = rank(a).cmp(&rank(b)).then(b.count.cmp(&a.count));
            let order = order.then(b.last_seen.cmp(&a.last_seen));
            order.then(a.id.cmp(&b.id))
        });
        let more = rows.len().saturating_sub(limit);
        let rows = rows.into_iter().take(limit).map(|(mut row, group)| {
            row.trend = window.trend(&group.trend);
            row
        });
        let rows: Vec<Row> = rows.collect();
        ErrorsReport {
            per_hour: per_hour(groups.count, window.until.since(window.held_from())),
            window,
            failures: groups.count,
            trend: window.trend(&groups.trend),
            linked: groups.linked,
            kinds: groups.kinds.count().min(groups.count),
            kinds_are_estimated: groups.kinds.is_estimate(),
            lumped: groups.lumps.values().map(|group| group.count).sum(),
            groups: rows,
            more_groups: u64::try_from(more).unwrap_or(u64::MAX),
            recent: groups.recent.into(),
        }
    }
}

impl Window {
    /// Its beginning, or the oldest event where nothing older is held.
    pub fn held_from(&self) -> Millis {
        let known = self.known_from.unwrap_or(self.from);
        known.max(self.from).min(self.until)
    }

    /// The window that was asked for, with what is known of its ends.
    pub fn of(options: &Options, witness: &Witness) -> Self {
        let span = witness.span();
        let newest = span.map(|(_, newest)| newest);
        let until = options.until.map(|until| until.min(options.now));
        let until = until.unwrap_or(match options.since {
            Some(_) => options.now,
            None => newest.unwrap_or(options.now),
        });
        let known_from = span.map(|(oldest, _)| oldest);
        let from = options.since.or(known_from).unwrap_or(until);
        Self {
            from: from.min(until),
            until,
            known_from,
            now: options.now,
        }
    }

    /// Counts of equal parts, to two digits.
    pub(super) fn trend(&self, trend: &crate::query::numbers::Trend) -> Vec<f64> {
        let parts = trend.between(self.from, self.until.plus(1), STRETCHES);
        parts
            .into_iter()
            .map(|part| (part * 100.0).round() / 100.0)
            .collect()
    }

    /// What chance is judged by, for a kind that these streams tell of.
    pub(super) fn setting(
        &self,
        options: &Options,
        streams: &[String],
        witness: &Witness,
        kinds: usize,
    ) -> Setting {
        let oldest = streams
            .iter()
            .filter_map(|stream| witness.oldest_of(stream));
        let known_from = oldest.max().unwrap_or(self.from);
        let length = self.until.since(known_from).max(0);
        Setting {
            known_from,
            before: options
                .since
                .unwrap_or(self.until.plus(-DAY_MS.min(length / 2))),
            end: self.until,
            kinds,
        }
    }
}

/// How many an hour, over a time that is long enough.
pub(super) fn per_hour(count: u64, length_ms: i64) -> Option<f64> {
    if length_ms < SHORTEST_MS {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate of three digits")]
    let rate = count as f64 * 3_600_000.0 / length_ms as f64;
    Some((rate * 1000.0).round() / 1000.0)
}

fn row(
    text: String,
    group: &Group,
    groups: &Groups,
    window: &Window,
    options: &Options,
    witness: &Witness,
) -> Row {
    let setting = window.setting(options, &group.streams, witness, groups.known.len());
    let (state, silence) = match group.is_lump {
        true => (State::Unknown, None),
        false => group.pulse.state(&setting),
    };
    // Of a kind that was not remembered nobody can say that it did not happen.
    let untold = groups.past_is_full && matches!(state, State::New | State::FirstSeen);
    let oldest = group
        .streams
        .iter()
        .filter_map(|stream| witness.oldest_of(stream));
    let from = oldest.min().unwrap_or(window.from).max(window.from);
    let newest = &group.newest;
    Row {
        id: id_text(group.id),
        fingerprint: text,
        name: newest.kind.name.clone(),
        frames: match group.is_lump {
            true => Vec::new(),
            false => newest.kind.frames.clone(),
        },
        state: if untold { State::Unknown } else { state },
        silent_ms: silence.map(|silence| silence.until.since(silence.from)),
        count: group.count,
        per_hour: per_hour(group.count, window.until.since(from)),
        trend: Vec::new(),
        first_seen: group.first,
        known_since: group.pulse.first,
        last_seen: group.pulse.last,
        services: group.services.shares("service", SERVICES).values,
        jobs: group.jobs.count().min(group.count),
        jobs_are_estimated: group.jobs.is_estimate(),
        users: group.users.count().min(group.count),
        users_are_estimated: group.users.is_estimate(),
        is_lump: group.is_lump,
        newest: newest.clone(),
    }
}
