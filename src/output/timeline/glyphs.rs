//! The characters of the drawing, for terminals with and without Unicode.

use crate::output::Screen;
use crate::query::timeline::{Mark, Outcome, Row, Timeline};

pub(super) struct Glyphs {
    pub(super) failure: &'static str,
    pub(super) good: &'static str,
    pub(super) cancelled: &'static str,
    pub(super) open: &'static str,
    pub(super) warning: &'static str,
    pub(super) arrow: &'static str,
    pub(super) ellipsis: &'static str,
    pub(super) times: &'static str,
    pub(super) delta: &'static str,
    /// The rule that marks a gap, and the one that marks a new day.
    pub(super) dash: &'static str,
    pub(super) rule: &'static str,
    /// In lanes: an event, a stretch in which the service had the last word, and one without an
    /// event for longer than a gap.
    pub(super) event: char,
    pub(super) held: char,
    pub(super) silence: char,
    pub(super) axis: char,
    pub(super) tick: char,
}

const UNICODE: Glyphs = Glyphs {
    failure: "✗",
    good: "✓",
    cancelled: "⊘",
    open: "▸",
    warning: "!",
    arrow: "→",
    ellipsis: "…",
    times: "×",
    delta: "+Δ",
    dash: "┄",
    rule: "─",
    event: '●',
    held: '━',
    silence: '╌',
    axis: '─',
    tick: '┴',
};

const ASCII: Glyphs = Glyphs {
    failure: "x",
    good: "*",
    cancelled: "-",
    open: ">",
    warning: "!",
    arrow: "->",
    ellipsis: "...",
    times: "x",
    delta: "DELTA",
    dash: "-",
    rule: "-",
    event: 'o',
    held: '=',
    silence: '.',
    axis: '-',
    tick: '+',
};

impl Glyphs {
    pub(super) fn of(screen: &Screen) -> &'static Self {
        if screen.unicode() { &UNICODE } else { &ASCII }
    }

    /// The mark in front of an event.
    pub(super) fn of_row(&self, row: &Row, timeline: &Timeline) -> &'static str {
        if row.has(Mark::Failure) {
            self.failure
        } else if row.has(Mark::End) {
            timeline
                .outcome
                .map_or(" ", |outcome| self.of_outcome(outcome))
        } else {
            " "
        }
    }

    pub(super) fn of_outcome(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Completed => self.good,
            Outcome::Failed | Outcome::TimedOut => self.failure,
            Outcome::Cancelled => self.cancelled,
            Outcome::Unfinished => self.open,
        }
    }
}
