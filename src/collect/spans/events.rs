//! What happened within the spans of a job: events, and errors as OpenTelemetry names them.

use smol_str::{SmolStr, format_smolstr};

use super::draft::{Draft, Failure, ROOT};
use super::milestone::{Milestone, Text};
use super::nest::{Named, Sweep};
use super::span::SpanEvent;
use super::story::Story;
use crate::event::Millis;
use crate::maps::Set;
use crate::query::timeline::{Mark, Outcome};

/// What neither began nor ended anything is an event of the span that it lies in.
pub(super) fn add_events(story: &Story<'_>, drafts: &mut [Draft], named: &Named, used: &[bool]) {
    let mut sweep = Sweep::new(drafts);
    for (at, milestone) in story.milestones.iter().enumerate() {
        if used[at] {
            continue;
        }
        let scope = milestone.span.or(milestone.parent);
        let place = scope
            .and_then(|scope| named.resolve(scope))
            .unwrap_or_else(|| sweep.at(milestone.at, drafts));
        let mut event = event_of(milestone);
        if story.notes[at].marks.has(Mark::AfterEnd) {
            event.attributes.push(("emp.after_end".into(), true.into()));
        }
        drafts[place].push_event(event);
    }
}

/// What failed without an error event of its own says so in one.
pub(super) fn add_failures(story: &Story<'_>, drafts: &mut [Draft]) {
    let said = |event: &SpanEvent| {
        let mut pairs = event.attributes.iter();
        let message = pairs.find(|(name, _)| name == "exception.message");
        message.and_then(|(_, value)| value.as_str().map(SmolStr::from))
    };
    let events = drafts.iter().flat_map(|draft| &draft.events);
    let mut told: Set<SmolStr> = events.filter_map(said).collect();
    if !matches!(story.outcome, Outcome::Completed | Outcome::Cancelled) {
        drafts[ROOT].failure = failure_of(story, story.end);
    }
    // The innermost come last: what they tell is not told again.
    for draft in drafts.iter_mut().rev() {
        let Some(failure) = draft.failure.clone() else {
            continue;
        };
        if failure.message.is_none() && failure.error.is_none() {
            continue;
        }
        if told.insert(failure.text().clone()) {
            let at = draft.end;
            draft.push_event(exception(at, failure.error, failure.message, None));
        }
    }
}

/// Why a job failed: what its end says, else the last failure before it that says anything.
fn failure_of(story: &Story<'_>, end: Option<usize>) -> Option<Failure> {
    let all = &story.milestones;
    let own = end.map(|end| Failure::of(&all[end]));
    if own.as_ref().is_some_and(|own| own.message.is_some()) {
        return own;
    }
    let before = all[..end.unwrap_or(all.len())].iter().rev();
    let said = before
        .filter(|one| one.says_failure())
        .find(|one| one.text(Text::Message).is_some());
    let silent = || end.is_none().then(|| silence(story)).flatten();
    said.map(Failure::of).or(own).or_else(silent)
}

/// A job that was given up: nobody would look for it if it seemed well.
fn silence(story: &Story<'_>) -> Option<Failure> {
    let last = story.milestones.last()?;
    let fallback = match &*last.service {
        "" => format_smolstr!("it never ended: {} was the last word", last.event_type),
        service => format_smolstr!(
            "it never ended: {} of {service} was the last word",
            last.event_type
        ),
    };
    Some(Failure {
        error: None,
        message: None,
        fallback,
    })
}

fn event_of(milestone: &Milestone<'_>) -> SpanEvent {
    let text = |text| milestone.text(text).map(SmolStr::from);
    if milestone.is_error_event() {
        let (error, message) = (text(Text::Error), text(Text::Message));
        return exception(milestone.at, error, message, text(Text::Stack));
    }
    let mut attributes = vec![("service.name".into(), (&*milestone.service).into())];
    for (name, value) in [
        ("emp.subject", text(Text::Subject)),
        ("exception.type", text(Text::Error)),
        ("exception.message", text(Text::Message)),
    ] {
        attributes.extend(value.map(|value| (name.into(), value.into())));
    }
    SpanEvent {
        name: (&*milestone.event_type).into(),
        at: milestone.at,
        attributes,
    }
}

/// An exception, by the names of OpenTelemetry's semantic conventions.
fn exception(
    at: Millis,
    error: Option<SmolStr>,
    message: Option<SmolStr>,
    stack: Option<SmolStr>,
) -> SpanEvent {
    let attributes = [
        ("exception.type", error),
        ("exception.message", message),
        ("exception.stacktrace", stack),
    ];
    let named = |(name, value): (&'static str, Option<SmolStr>)| Some((name.into(), value?.into()));
    SpanEvent {
        name: "exception".into(),
        at,
        attributes: attributes.into_iter().filter_map(named).collect(),
    }
}
