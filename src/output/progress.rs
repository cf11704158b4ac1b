//! Progress on a terminal's standard error, for work that takes longer than half a second.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Console;

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// A counter that becomes visible when the work takes long.
pub struct Progress {
    bar: RefCell<Option<ProgressBar>>,
    started: Instant,
}

impl Progress {
    /// A counter of `what` without a known end; silent where standard error is no terminal.
    pub fn spinner(console: &Console, what: &'static str) -> Self {
        let bar = console.shows_progress().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            let style =
                ProgressStyle::with_template("{spinner} {msg}: {human_pos} entries, {elapsed}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
                .with_message(what)
        });
        Self {
            bar: RefCell::new(bar),
            started: Instant::now(),
        }
    }

    /// So many more. Cheap enough for each page of entries, not for each entry.
    pub fn add(&self, count: u64) {
        if let Some(bar) = &*self.bar.borrow() {
            if bar.is_hidden() && self.started.elapsed() > PATIENCE {
                bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            bar.inc(count);
        }
    }

    /// Takes the counter off the screen, before data is printed.
    pub fn clear(&self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
