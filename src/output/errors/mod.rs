//! What fails, as text: kinds in a table, one kind in full, one job, patterns, alerts.

mod alerts;
mod explain;
mod patterns;
mod report;
mod show;
mod story;

pub(crate) use alerts::{AlertsView, RuleLine};
pub(crate) use explain::draw as draw_explanation;
pub(crate) use patterns::PatternsView;
pub(crate) use report::ErrorsView;
pub(crate) use show::DetailView;
pub(crate) use story::StoryView;

use super::report::{bar, shell_word};
use super::{Role, Screen, cells, escape};
use crate::event::{Id, Millis};
use crate::quantity;
use crate::query::errors::{Failure, Shares, State, Window};

/// Digits of a kind's number that people see.
const SHORT: usize = 8;

/// The beginning of a kind's number, which is enough to type.
fn short(id: &str) -> &str {
    id.get(..SHORT).unwrap_or(id)
}

/// How long ago, in one unit: `now`, `12s ago`, `29m ago`, `5h ago`, `3d ago`.
fn ago(now: Millis, at: Millis) -> String {
    let seconds = now.since(at) / 1000;
    match seconds {
        ..1 => "now".to_owned(),
        1..60 => format!("{seconds}s ago"),
        60..3600 => format!("{}m ago", seconds / 60),
        3600..172_800 => format!("{}h ago", seconds / 3600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

/// A rate with three digits.
fn rate(per_hour: Option<f64>) -> String {
    match per_hour {
        None => "-".to_owned(),
        Some(rate) if rate >= 100.0 => format!("{rate:.0}"),
        Some(rate) if rate >= 10.0 => format!("{rate:.1}"),
        Some(rate) => format!("{rate:.2}"),
    }
}

/// A number, with a sign where it is an estimate.
fn about(number: u64, is_estimate: bool) -> String {
    let sign = if is_estimate { "~" } else { "" };
    format!("{sign}{}", quantity::count(number))
}

/// A number of things, with a sign where it is an estimate.
fn about_of(number: u64, is_estimate: bool, noun: &str) -> String {
    let sign = if is_estimate { "about " } else { "" };
    format!("{sign}{}", quantity::number_of(number, noun))
}

fn role(state: State) -> Role<'static> {
    match state {
        State::New => Role::Bad,
        State::Back => Role::Doubt,
        State::FirstSeen | State::Ongoing => Role::Plain,
        State::Unknown => Role::Dim,
    }
}

/// The length of a window, and its clock where it does not end now.
fn in_window(window: &Window, screen: &Screen) -> String {
    let round = |ms: i64| quantity::round(ms / 1000 * 1000);
    let length = round(window.until.since(window.from));
    let held = window.until.since(window.held_from());
    let when = match window.now.since(window.until) {
        0..60_000 => format!("in the last {length}"),
        _ => format!(
            "in {length} until {}",
            clock(window.until, window.now, screen)
        ),
    };
    match round(held) {
        same if same == length => when,
        held => format!("{when}, of which {held} are held"),
    }
}

/// Date and wall clock to the second.
fn seconds(at: Millis, screen: &Screen) -> String {
    let zoned = at.timestamp().to_zoned(screen.zone().clone());
    zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The wall clock to the second, with the date where that is another day's.
fn clock(at: Millis, now: Millis, screen: &Screen) -> String {
    let text = seconds(at, screen);
    match text.get(..10) == seconds(now, screen).get(..10) {
        true => text.get(11..).unwrap_or_default().to_owned(),
        false => text,
    }
}

/// Who and where: the ids of a failure that say that, the job first.
fn ids(failure: &Failure) -> Vec<String> {
    let kinds = [Id::Job, Id::Worker, Id::Machine, Id::User];
    let told = |kinds: &[Id]| {
        let ids = kinds
            .iter()
            .filter_map(|id| Some((id.noun(), failure.id(*id)?)));
        ids.map(|(noun, id)| format!("{noun} {}", escape(id)))
            .collect::<Vec<_>>()
    };
    match told(&kinds) {
        ids if ids.is_empty() => told(&[Id::Trace, Id::Request]),
        ids => ids,
    }
}

/// A text that goes on below its beginning where it is long; it must be escaped already.
fn wrapped(role: Role<'_>, text: &str, screen: &mut Screen) -> std::io::Result<()> {
    let room = if screen.is_narrow() {
        screen.width().saturating_sub(2)
    } else {
        usize::MAX / 8
    };
    for line in cells::wrap(text, room, 6, "...") {
        screen.line(format!("  {}", screen.paint(role, &line)))?;
    }
    Ok(())
}

/// A text of several lines, each escaped and indented.
fn block(text: &str, indent: &str, most: usize, screen: &mut Screen) -> std::io::Result<()> {
    let mut lines = text.lines();
    for line in lines.by_ref().take(most) {
        screen.line(format!("{indent}{}", escape(line.trim_end())))?;
    }
    match lines.count() {
        0 => Ok(()),
        more => {
            let more = quantity::number_of(u64::try_from(more).unwrap_or(u64::MAX), "line");
            screen.line(screen.paint(Role::Dim, &format!("{indent}({more} more)")))
        }
    }
}

/// Names of things and the cells that their values take at most.
const THING: usize = 9;
const VALUE: usize = 34;

/// How failures fall on the values of things, so many values of each.
fn shares(all: &[Shares], most: usize, screen: &mut Screen) -> std::io::Result<()> {
    const CELLS: usize = 16;
    let values = all
        .iter()
        .flat_map(|shares| shares.values.iter().take(most));
    let widest = values.map(|share| cells::width(&escape(&share.value)));
    let widest = widest.max().unwrap_or(0).clamp(19, VALUE);
    for shares in all {
        let total = shares.total();
        let mut head = format!("  {:<THING$}", shares.of);
        let shown = shares.values.iter().take(most);
        let left: u64 = shares
            .values
            .iter()
            .skip(most)
            .map(|share| share.count)
            .sum();
        let others = [
            ("(with other values)", shares.others + left),
            ("(without)", shares.missing),
        ];
        let lines = shown.map(|share| (share.value.as_str(), share.count, true));
        let others = others.into_iter().filter(|(_, count)| *count > 0);
        for (value, count, is_value) in
            lines.chain(others.map(|(value, count)| (value, count, false)))
        {
            let value = cells::pad(&cells::cut(&escape(value), widest, "..."), widest);
            let percent = quantity::percent(count, total);
            let count_text = quantity::count(count);
            #[expect(clippy::cast_precision_loss, reason = "a picture of some cells")]
            let part = count as f64 / total.max(1) as f64;
            let line = format!("{head} {value}  {count_text:>7}  {percent:>6}");
            match is_value {
                true => {
                    let bar = bar(part, CELLS, screen.unicode());
                    screen.line(format!("{line}  {bar}"))?;
                }
                false => screen.line(screen.paint(Role::Dim, &line))?,
            }
            head = " ".repeat(2 + THING);
        }
    }
    Ok(())
}

/// A command with what leads to the same events.
fn command(words: &str, id: &str, again: &str) -> String {
    let id = if id.is_empty() {
        String::new()
    } else {
        format!(" {}", shell_word(id))
    };
    format!("emp {words}{id}{again}")
}
