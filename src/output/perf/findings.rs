//! What changed, in sentences, with what each rests on.

use std::io;

use super::{dim, labelled, length, minute, rate, times};
use crate::event::Level;
use crate::output::{Role, Screen};
use crate::quantity;
use crate::query::perf::{Finding, Kind, Overview};

/// Findings that are told in full.
const TOLD: usize = 5;

/// What changed, or why nothing is said.
pub(super) fn draw(report: &Overview, screen: &mut Screen) -> io::Result<()> {
    if report.findings.is_empty() {
        let histories = |count: usize| match report.by.as_str() {
            "eventType" | "step" => {
                format!("{} of durations", quantity::number_of(count as u64, "kind"))
            }
            _ => quantity::number_of(count as u64, "group"),
        };
        let (word, text) = match (report.judged, report.too_short) {
            (0, 0) => ("unknown", "no event says how long anything took".to_owned()),
            (0, few) => (
                "unknown",
                format!(
                    "too few durations to tell a change: {} with fewer than 80 of them",
                    histories(few)
                ),
            ),
            (judged, few) => (
                "steady",
                format!(
                    "no change that chance would not make: {} compared with their own \
                     past{}{}",
                    histories(judged),
                    match few {
                        0 => String::new(),
                        few => format!("; {}", too_few(few)),
                    },
                    match report.tells_job_types() {
                        true => "",
                        false => "; types of jobs are not told apart here",
                    }
                ),
            ),
        };
        let role = if word == "steady" {
            Role::Good
        } else {
            Role::Dim
        };
        return labelled(word, role, &text, screen);
    }
    let window = report.from.zip(report.until);
    let window = window.map_or(0, |(from, until)| until.since(from));
    for finding in report.findings.iter().take(TOLD) {
        tell(finding, window, screen)?;
    }
    let more = report.findings.len().saturating_sub(TOLD);
    if more > 0 {
        dim(&format!("and {more} more: -o json shows all"), screen)?;
    }
    if report.too_short > 0 {
        labelled("", Role::Plain, &too_few(report.too_short), screen)?;
    }
    Ok(())
}

/// Groups of which nothing can be said.
fn too_few(groups: usize) -> String {
    let have = if groups == 1 { "has" } else { "have" };
    format!("{groups} more {have} too few values to tell: 80 are needed")
}

/// What changed in one line, and what that rests on in another.
fn tell(finding: &Finding, window_ms: i64, screen: &mut Screen) -> io::Result<()> {
    let Finding {
        kind,
        factor,
        before,
        now,
        ..
    } = finding;
    let subject = match &finding.after_step {
        Some(from) => format!("from {from} to {}", finding.what),
        None => finding.what.clone(),
    };
    let subject = match &finding.job_types[..] {
        [] => subject,
        [only] => format!("{subject} in {only} jobs"),
        [first, others @ ..] => {
            format!("{subject} in {first} jobs (also in {})", others.join(", "))
        }
    };
    let since = minute(finding.since, window_ms, screen);
    let by = times(*factor);
    let (label, role, text) = match kind {
        Kind::Slower => (
            "slower",
            Role::Bad,
            format!("{subject}: {by} times as long since {since}"),
        ),
        Kind::WaitsLonger => (
            "waiting",
            Role::Bad,
            format!("{subject}: {by} times as long since {since}"),
        ),
        Kind::Faster => (
            "faster",
            Role::Good,
            format!("{subject}: {by} times as long since {since}"),
        ),
        Kind::More => (
            "more",
            Role::Level(Level::Warn),
            format!("{subject} since {since}"),
        ),
        Kind::Fewer => (
            "fewer",
            Role::Level(Level::Warn),
            format!("{subject} since {since}"),
        ),
    };
    labelled(label, role, &text, screen)?;
    let samples = format!(
        "{} seen since, {} before",
        quantity::count(finding.samples_now as u64),
        quantity::count(finding.samples_before as u64)
    );
    let evidence = match kind {
        Kind::More | Kind::Fewer => format!(
            "{}, was {} ({} to {}); {samples}",
            rate(*now),
            rate(*before),
            rate(finding.usual_from),
            rate(finding.usual_to)
        ),
        _ => format!(
            "p50 {}, was {} ({} to {}); {samples}",
            length(*now),
            length(*before),
            length(finding.usual_from),
            length(finding.usual_to)
        ),
    };
    labelled("", Role::Plain, &evidence, screen)
}
