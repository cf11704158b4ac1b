//! What `--baseline` names: the time before the window, or a file.

use std::fs;
use std::path::Path;

use super::window::{Window, length_ms};
use crate::commands::Context;
use crate::commands::report::gather;
use crate::commands::select::{SelectArgs, WindowArgs};
use crate::error::Error;
use crate::query::perf::{Baseline, Options, Overview, Perf};

/// A report that is larger than this is none, but a file of events.
const REPORT_BYTES: u64 = 32 * 1024 * 1024;

/// What a window is compared with.
#[derive(Clone, Debug)]
pub(super) enum Against {
    /// So many milliseconds before it, as they were typed.
    Before(i64, String),
    /// A report of `emp perf -o json`.
    Report(Box<Baseline>),
    /// A file of events.
    Events(String),
}

impl Against {
    /// Reads what was typed: a length of time, or the path of a file.
    ///
    /// # Errors
    /// When it is neither.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let path = Path::new(text);
        if !path.exists() {
            return match length_ms(text) {
                Ok(0) => Err(Error::usage("a baseline of no length tells nothing")),
                Ok(ms) => Ok(Self::Before(ms, text.to_owned())),
                Err(_) => Err(Error::usage_hint(
                    format!("`{text}` is neither a length of time nor a file"),
                    "a baseline is 24h, a file of events, or a report of `emp perf -o json`",
                )),
            };
        }
        if fs::metadata(path)?.len() <= REPORT_BYTES
            && let Ok(report) = fs::read_to_string(path)
            && let Some(baseline) = Baseline::read(&report, text)
        {
            return Ok(Self::Report(Box::new(baseline)));
        }
        Ok(Self::Events(text.to_owned()))
    }

    /// How far before the window it begins.
    pub(super) fn length_ms(&self) -> Option<i64> {
        match self {
            Self::Before(ms, _) => Some(*ms),
            Self::Report(_) | Self::Events(_) => None,
        }
    }

    /// The figures to compare with.
    ///
    /// # Errors
    /// When a file cannot be read, or holds groups of another kind.
    pub(super) fn baseline(
        self,
        overview: &Overview,
        options: Options,
        select: &SelectArgs,
        context: &Context,
    ) -> Result<Baseline, Error> {
        match self {
            Self::Before(ms, text) => Ok(Baseline::before(overview, ms, &text)),
            Self::Report(baseline) if baseline.by == overview.by => Ok(*baseline),
            Self::Report(baseline) => Err(Error::usage_hint(
                format!("{} is grouped by {}", baseline.label, baseline.by),
                format!("add --by {}", baseline.by),
            )),
            Self::Events(path) => {
                let window = Window::new(&WindowArgs::default(), "0s", None, context)?;
                let selection = window.selection(select, context)?;
                let mut perf = Perf::new(Options {
                    since: None,
                    until: None,
                    before: None,
                    histogram: false,
                    ..options
                });
                gather(&selection, Some(&path), context, &mut |event| {
                    perf.push(event);
                })?;
                Ok(Baseline::other(&perf.overview(None), &path))
            }
        }
    }
}

/// A share from text in percent: `20%`.
pub(super) fn share(text: &str) -> Result<f64, Error> {
    let hint = |meant: String| Error::usage_hint(format!("`{text}` is no percentage"), meant);
    let number = text.trim();
    let percent = number.strip_suffix('%').map(str::trim_end);
    match percent.unwrap_or(number).parse::<f64>() {
        Ok(share) if share.is_finite() && share >= 0.0 => match percent {
            Some(_) => Ok(share / 100.0),
            // Less than 1 is more often a share than a percentage.
            None if share > 0.0 && share < 1.0 => {
                let meant = (share * 1e6).round() / 1e4;
                Err(hint(format!("write {meant}% for that share")))
            }
            None => Err(hint(format!("write it as {share}%"))),
        },
        _ => Err(hint("write it as 20%".to_owned())),
    }
}
