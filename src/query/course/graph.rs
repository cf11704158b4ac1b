//! The usual course as a picture: Mermaid and Graphviz.

use std::fmt::Write;

use super::UsualReport;
use crate::quantity;

/// Links that are drawn, of those that leave a step: rarer ones make the picture unreadable.
const DRAWN: f64 = 0.02;

/// A flowchart in Mermaid's language (<https://mermaid.js.org/syntax/flowchart.html>), a subgraph for
/// each type of jobs.
pub fn mermaid(types: &[UsualReport]) -> String {
    let mut text = String::from("flowchart TD\n");
    for (number, usual) in types.iter().enumerate() {
        let title = entities(&usual.title());
        _ = writeln!(text, "    subgraph t{number}[\"{title}\"]");
        for (at, step) in usual.steps.iter().enumerate() {
            let (service, event_type) = (&step.key.service, &step.key.event_type);
            let label = entities(&format!("{event_type}\u{0}{service}")).replace('\u{0}', "<br/>");
            _ = writeln!(text, "        t{number}s{at}[\"{label}\"]");
        }
        for (from, to, label) in usual.drawn() {
            let label = entities(&label);
            _ = writeln!(
                text,
                "        t{number}s{from} -->|\"{label}\"| t{number}s{to}"
            );
        }
        text.push_str("    end\n");
    }
    text
}

/// A graph in Graphviz's language (<https://graphviz.org/doc/info/lang.html>), a cluster for each type
/// of jobs.
pub fn dot(types: &[UsualReport]) -> String {
    let quoted = |text: &str| {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        escaped.replace('\u{0}', "\\n")
    };
    let mut text = String::from("digraph course {\n    node [shape=box];\n");
    for (number, usual) in types.iter().enumerate() {
        let title = quoted(&usual.title());
        _ = writeln!(
            text,
            "    subgraph cluster_{number} {{\n        label=\"{title}\";"
        );
        for (at, step) in usual.steps.iter().enumerate() {
            let (service, event_type) = (&step.key.service, &step.key.event_type);
            let label = quoted(&format!("{event_type}\u{0}{service}"));
            _ = writeln!(text, "        t{number}s{at} [label=\"{label}\"];");
        }
        for (from, to, label) in usual.drawn() {
            let label = quoted(&label);
            _ = writeln!(
                text,
                "        t{number}s{from} -> t{number}s{to} [label=\"{label}\"];"
            );
        }
        text.push_str("    }\n");
    }
    text.push_str("}\n");
    text
}

impl UsualReport {
    /// What a part of a picture is called.
    fn title(&self) -> String {
        let job_type = match self.job_type.as_str() {
            "" => "no type",
            job_type => job_type,
        };
        let jobs = quantity::number_of(self.jobs, "completed job");
        format!("{job_type}, {jobs}")
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
fn entities(text: &str) -> String {
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
