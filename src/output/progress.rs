//! Progress on a terminal's standard error, for work that takes longer than half a second.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Console;

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// Counts that are passed between two looks at the clock.
const STRIDE: u64 = 1024;

/// A counter that becomes visible when the work takes long.
pub struct Progress {
    bar: RefCell<Option<ProgressBar>>,
    started: Instant,
    count: Cell<u64>,
    what: &'static str,
}

impl Progress {
    /// A counter of `what` without a known end; silent where standard error is no terminal.
    pub fn spinner(console: &Console, what: &'static str) -> Self {
        let bar = console.shows_progress().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            let style =
                ProgressStyle::with_template("{spinner} {msg}: {human_pos} events, {elapsed}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
                .with_message(what)
        });
        Self {
            bar: RefCell::new(bar),
            started: Instant::now(),
            count: Cell::new(0),
            what,
        }
    }

    /// One more.
    pub fn tick(&self) {
        let count = self.count.get() + 1;
        self.count.set(count);
        if count.is_multiple_of(STRIDE)
            && let Some(bar) = &*self.bar.borrow()
            && self.started.elapsed() > PATIENCE
        {
            if bar.is_hidden() {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.set_message(self.what);
            }
            bar.set_position(count);
        }
    }

    /// Takes the counter off the screen, before data is printed.
    pub fn clear(&self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
