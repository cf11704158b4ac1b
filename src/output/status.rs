//! Live status: a bar for each job on a terminal, JSON lines elsewhere.

use std::collections::HashMap;
use std::io;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value};

use super::{Console, Screen, escape, escape_json};
use crate::event::{Status, StatusKind};

/// Bars shown at most; what comes beyond is counted by the JSON lines alone.
const BARS: usize = 40;

/// Steps of a bar.
const STEPS: u64 = 1000;

/// Shows the last status of everything.
pub struct StatusBoard {
    bars: Option<MultiProgress>,
    shown: HashMap<(StatusKind, String), ProgressBar>,
}

impl StatusBoard {
    /// A board for this screen; `json` asks for lines even on a terminal.
    pub fn new(screen: &Screen, json: bool) -> Self {
        let bars = (screen.is_terminal() && !json).then(|| {
            let bars = MultiProgress::new();
            bars.set_draw_target(ProgressDrawTarget::stdout());
            bars
        });
        Self {
            bars,
            shown: HashMap::new(),
        }
    }

    /// Shows a status.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn show(&mut self, status: &Status, screen: &mut Screen) -> io::Result<()> {
        let Some(bars) = &self.bars else {
            screen.line(escape_json(&line(status)))?;
            return screen.flush();
        };
        let key = (status.kind, status.id.clone());
        if !self.shown.contains_key(&key) {
            if self.shown.len() == BARS {
                return Ok(());
            }
            let bar = bars.add(ProgressBar::new(STEPS));
            self.shown.insert(key.clone(), bar);
        }
        let Some(bar) = self.shown.get(&key) else {
            return Ok(());
        };
        let head = format!("{} {}", status.kind.as_str(), escape(&status.id));
        match status.share() {
            Some(share) => {
                bar.set_style(style("{prefix} [{bar:30}] {msg}", screen.unicode()));
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "a share lies between 0 and 1"
                )]
                bar.set_position((share * STEPS as f64) as u64);
            }
            None => bar.set_style(style("{prefix} {msg}", screen.unicode())),
        }
        bar.set_prefix(head);
        bar.set_message(figures(status));
        bar.tick();
        Ok(())
    }

    /// Says something about the connection without spoiling the bars.
    pub fn note(&self, text: &str, console: &Console) {
        match &self.bars {
            Some(bars) => bars.suspend(|| console.warning(text)),
            None => console.warning(text),
        }
    }

    /// Leaves the last figures on the screen.
    pub fn finish(self) {
        for bar in self.shown.values() {
            bar.abandon();
        }
    }
}

fn style(template: &str, unicode: bool) -> ProgressStyle {
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars(if unicode { "━━╌" } else { "=>-" })
}

/// One JSON object: kind and id, then the figures.
fn line(status: &Status) -> String {
    let mut map = Map::new();
    map.insert("status".to_owned(), status.kind.as_str().into());
    map.insert("id".to_owned(), status.id.as_str().into());
    for (name, value) in &status.data {
        map.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Value::Object(map).to_string()
}

/// The figures in a row; what is long (a preview image) or said already is left out.
pub(super) fn figures(status: &Status) -> String {
    const LONGEST: usize = 40;
    let said = ["timestamp", "jobId", "machineId", "preview", "previewImage"];
    let mut parts = Vec::new();
    if let Some(share) = status.share() {
        parts.push(format!("{:.0} %", share * 100.0));
    }
    for (name, value) in &status.data {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let repeats = name == "progress" && status.share().is_some();
        if !said.contains(&name.as_str()) && !repeats && text.chars().count() <= LONGEST {
            parts.push(format!("{}={}", escape(name), escape(&text)));
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_said_once() {
        let payload = r#"{"jobId":"j","timestamp":5,"progress":42,"fps":12.5,"eta":"3 s","preview":"data:…"}"#;
        let status = Status::read("job:j:status", payload).expect("a status");
        assert_eq!(figures(&status), "42 % fps=12.5 eta=3 s");
        assert_eq!(
            line(&status),
            r#"{"status":"job","id":"j","jobId":"j","timestamp":5,"progress":42,"fps":12.5,"eta":"3 s","preview":"data:…"}"#
        );
    }
}
