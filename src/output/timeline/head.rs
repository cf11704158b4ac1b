//! The head: what it is, how it ended, when, and who took part.

use std::io;

use super::glyphs::Glyphs;
use super::{count, service};
use crate::event::Level;
use crate::output::{Role, Screen, cells, escape};
use crate::quantity::{self, duration};
use crate::query::timeline::{Outcome, State, Timeline};

pub(super) fn draw(timeline: &Timeline, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    title(timeline, glyphs, screen)?;
    let mut events = quantity::count(timeline.event_count as u64);
    if timeline.failure_count > 0 {
        events.push_str(&format!(" ({})", count(timeline.failure_count, "failure")));
    }
    let zoned = timeline
        .started_at
        .timestamp()
        .to_zoned(screen.zone().clone());
    let start = zoned.strftime("%Y-%m-%d %H:%M:%S%.3f %Z");
    events.push_str(&format!(
        " in {}, from {start}",
        duration(timeline.span_ms())
    ));
    field("events", &events, screen)?;
    if timeline.left_out > 0 {
        let note = format!(
            "{} left out",
            quantity::number_of(timeline.left_out, "older event")
        );
        let note = screen.paint(Role::Doubt, &note);
        field("", &note, screen)?;
    }
    clocks(timeline, glyphs, screen)?;
    let names = timeline.services.iter().map(|lane| lane.service.as_str());
    list("services", names, glyphs, screen)?;
    let groups = [
        ("job", &timeline.jobs),
        ("trace", &timeline.traces),
        ("worker", &timeline.workers),
        ("machine", &timeline.machines),
        ("user", &timeline.users),
        ("request", &timeline.requests),
    ];
    for (noun, ids) in groups {
        if noun == timeline.subject.kind.noun() || ids.is_empty() {
            continue;
        }
        let label = if ids.len() == 1 {
            noun.to_owned()
        } else {
            format!("{noun}s")
        };
        list(&label, ids.iter().map(String::as_str), glyphs, screen)?;
    }
    Ok(())
}

/// Clocks that are off: nobody should take the way from one machine to another for slow.
fn clocks(timeline: &Timeline, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let mut label = "clocks";
    let room = screen.width().saturating_sub(LABEL + 4).max(16);
    for clock in &timeline.clocks {
        let place = match clock.host.as_str() {
            "" => String::new(),
            host => format!(" on {}", escape(host)),
        };
        let way = if clock.ahead_ms > 0 {
            "ahead of"
        } else {
            "behind"
        };
        let text = format!(
            "the clock of {}{place} is {} {way} Redis: gaps, handoffs and lengths across it are off by that",
            service(&clock.service),
            duration(clock.ahead_ms.abs())
        );
        for line in cells::wrap(&text, room, 3, glyphs.ellipsis) {
            let line = screen.paint(Role::Doubt, &line);
            field(std::mem::take(&mut label), &line, screen)?;
        }
    }
    Ok(())
}

/// What it is and how it stands, on one line where that fits.
fn title(timeline: &Timeline, glyphs: &Glyphs, screen: &mut Screen) -> io::Result<()> {
    let kind = timeline.subject.kind.noun();
    let id = escape(&timeline.subject.id);
    let mut used = kind.len() + 1 + cells::width(&id);
    let mut line = screen.paint(Role::Dim, kind) + " " + &screen.paint(Role::Strong, &id);
    let job_type = timeline.job_type.iter().map(|job_type| {
        let text = cells::cut(&escape(job_type), 40, glyphs.ellipsis);
        (Role::Level(Level::Info), text)
    });
    let role = role(timeline.outcome, &timeline.state);
    let verdict = verdict(timeline, glyphs).map(|text| (role, text));
    for (role, text) in job_type.chain(verdict) {
        let needed = 2 + cells::width(&text);
        if used + needed > screen.width() {
            screen.line(std::mem::take(&mut line))?;
            used = 0;
        }
        line.push_str(&format!("  {}", screen.paint(role, &text)));
        used += needed;
    }
    screen.line(line)
}

/// How a subject stands, in a few words.
fn verdict(timeline: &Timeline, glyphs: &Glyphs) -> Option<String> {
    let outcome = timeline.outcome?;
    let state = &timeline.state;
    let mark = if state.is_silent {
        glyphs.warning
    } else {
        glyphs.of_outcome(outcome)
    };
    let lasted = duration(timeline.duration_ms);
    let mut text = match outcome {
        Outcome::Completed => format!("{mark} completed in {lasted}"),
        Outcome::Failed | Outcome::TimedOut | Outcome::Cancelled => {
            format!("{mark} {} after {lasted}", outcome.word())
        }
        Outcome::Unfinished if state.held_from.is_some() => "? end not held".to_owned(),
        Outcome::Unfinished if state.is_silent => {
            let word = escape(&state.word);
            format!("{mark} {word}, silent for {}", duration(state.quiet_ms))
        }
        Outcome::Unfinished => {
            let so_far = timeline.now.since(timeline.started_at).max(0);
            format!(
                "{mark} {}, {} so far",
                escape(&state.word),
                duration(so_far)
            )
        }
    };
    if timeline.attempts > 1 {
        text.push_str(&format!(", attempt {}", timeline.attempts));
    }
    Some(text)
}

/// The seriousness of an outcome.
pub(super) fn role(outcome: Option<Outcome>, state: &State) -> Role<'static> {
    match outcome {
        Some(Outcome::Completed) => Role::Good,
        Some(Outcome::Failed | Outcome::TimedOut) => Role::Bad,
        Some(Outcome::Cancelled) => Role::Doubt,
        Some(Outcome::Unfinished) if state.is_silent || state.held_from.is_some() => Role::Doubt,
        Some(Outcome::Unfinished) | None => Role::Strong,
    }
}

fn field(label: &str, value: &str, screen: &mut Screen) -> io::Result<()> {
    let label = screen.paint(Role::Dim, &cells::pad(label, LABEL));
    screen.line(format!("  {label}  {value}"))
}

const LABEL: usize = 8;

/// As many whole names as two lines hold, at least one.
fn list<'a>(
    label: &str,
    names: impl Iterator<Item = &'a str>,
    glyphs: &Glyphs,
    screen: &mut Screen,
) -> io::Result<()> {
    let is_services = label == "services";
    let room = screen.width().saturating_sub(LABEL + 4).max(16);
    let (mut line, mut used, mut lines) = (String::new(), 0, 0);
    let mut names = names.peekable();
    let mut label = label;
    while let Some(name) = names.next() {
        let shown = if is_services {
            service(name)
        } else {
            escape(name)
        };
        let shown = cells::cut(&shown, 4 * room, glyphs.ellipsis);
        let comma = if names.peek().is_some() { ", " } else { "" };
        let needed = cells::width(&shown) + comma.len();
        if used > 0 && used + needed > room {
            field(std::mem::take(&mut label), line.trim_end(), screen)?;
            (line, used, lines) = (String::new(), 0, lines + 1);
        }
        if lines == 2 {
            let more = format!("and {} more", names.count() + 1);
            return field("", &screen.paint(Role::Dim, &more), screen);
        }
        let role = if is_services {
            Role::Service(name)
        } else {
            Role::Level(Level::Info)
        };
        line.push_str(&screen.paint(role, &shown));
        line.push_str(comma);
        used += needed;
    }
    field(label, &line, screen)
}
