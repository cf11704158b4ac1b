//! The usual course as a picture: Mermaid and Graphviz.

use std::fmt::Write;

use super::UsualReport;
use crate::quantity;

/// Links that are drawn, of those that leave a step: rarer ones make the picture unreadable.
const DRAWN: f64 = 0.02;

impl UsualReport {
    /// A flowchart in Mermaid's language (<https://mermaid.js.org/syntax/flowchart.html>).
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart TD\n");
        for (at, step) in self.steps.iter().enumerate() {
            let (service, event_type) = (&step.key.service, &step.key.event_type);
            let label = mermaid(&format!("{event_type}\u{0}{service}")).replace('\u{0}', "<br/>");
            _ = writeln!(text, "    s{at}[\"{label}\"]");
        }
        for (from, to, label) in self.drawn() {
            _ = writeln!(text, "    s{from} -->|\"{}\"| s{to}", mermaid(&label));
        }
        text
    }

    /// A graph in Graphviz's language (<https://graphviz.org/doc/info/lang.html>).
    pub fn dot(&self) -> String {
        let quoted = |text: &str| {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            escaped.replace('\u{0}', "\\n")
        };
        let mut text = String::from("digraph course {\n    node [shape=box];\n");
        for (at, step) in self.steps.iter().enumerate() {
            let (service, event_type) = (&step.key.service, &step.key.event_type);
            let label = quoted(&format!("{event_type}\u{0}{service}"));
            _ = writeln!(text, "    s{at} [label=\"{label}\"];");
        }
        for (from, to, label) in self.drawn() {
            _ = writeln!(text, "    s{from} -> s{to} [label=\"{}\"];", quoted(&label));
        }
        text.push_str("}\n");
        text
    }

    /// The links that are drawn, with their labels.
    fn drawn(&self) -> Vec<(usize, usize, String)> {
        let place = |key: &super::Key| self.steps.iter().position(|step| step.key == *key);
        let mut drawn = Vec::new();
        for (from, step) in self.steps.iter().enumerate() {
            for link in step.next.iter().filter(|link| link.share >= DRAWN) {
                let Some(to) = place(&link.key) else { continue };
                let percent = (link.share * 100.0).round();
                let p50 = quantity::rounded(link.delay.map_or(0.0, |delay| delay.p50));
                drawn.push((from, to, format!("{percent}%, {p50}")));
            }
        }
        drawn
    }
}

/// Text within quotes of Mermaid, which knows entities but no escapes.
fn mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '"' | '<' | '>' | '&' | '#' | '`' => _ = write!(out, "#{};", u32::from(char)),
            '\n' | '\r' => out.push(' '),
            char => out.push(char),
        }
    }
    out
}
