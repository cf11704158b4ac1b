//! What rotel prints of what it receives.

use super::arrived::{Arrived, Log, Span};

/// What the lines are about.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    /// A resource, or nothing.
    Resource,
    Log,
    Span,
    /// The events and links of a span.
    Rest,
}

/// Reads what was printed.
pub fn read(printed: &str) -> Arrived {
    let mut arrived = Arrived::default();
    let (mut part, mut service) = (Part::Resource, String::new());
    for line in printed.lines() {
        let Some((name, value)) = split(line) else {
            continue;
        };
        match (part, name) {
            (_, "ResourceLog" | "ResourceSpans") => {
                (part, service) = (Part::Resource, String::new())
            }
            (_, "LogRecord") => {
                part = Part::Log;
                arrived.logs.push(Log {
                    service: service.clone(),
                    ..Log::default()
                });
            }
            (_, "Span") => {
                part = Part::Span;
                arrived.spans.push(Span::default());
            }
            (Part::Resource, "service.name") => service = value.to_owned(),
            (Part::Log, name) => {
                let log = arrived.logs.last_mut().expect("a record");
                match name {
                    "ObservedTimestamp" => log.observed = number(value),
                    "Timestamp" => log.at = number(value),
                    "SeverityText" => value.clone_into(&mut log.severity),
                    "EventName" => value.clone_into(&mut log.name),
                    "emp.stream" => value.clone_into(&mut log.entry.0),
                    "emp.entry_id" => value.clone_into(&mut log.entry.1),
                    "Trace ID" => value.clone_into(&mut log.trace),
                    "Span ID" => value.clone_into(&mut log.span),
                    _ => {}
                }
            }
            (Part::Span, name) => {
                let span = arrived.spans.last_mut().expect("a span");
                match name {
                    "Trace ID" => value.clone_into(&mut span.trace),
                    "Parent ID" => value.clone_into(&mut span.parent),
                    "ID" => value.clone_into(&mut span.id),
                    "Name" => value.clone_into(&mut span.name),
                    "Start time" => span.start = number(value),
                    "End time" => span.end = number(value),
                    "Status code" => {
                        value
                            .trim_start_matches("STATUS_CODE_")
                            .clone_into(&mut span.status);
                    }
                    "job.id" => value.clone_into(&mut span.job),
                    "emp.outside_parent" => span.is_outside = value == "true",
                    "Events" | "Links" => part = Part::Rest,
                    _ => {}
                }
            }
            (Part::Rest, "SpanLink") => arrived.spans.last_mut().expect("a span").links += 1,
            _ => {}
        }
    }
    arrived
}

/// `Name: value`, `     -> name: Str(value)` or `Thing #0`.
fn split(line: &str) -> Option<(&str, &str)> {
    if let Some((thing, number)) = line.split_once(" #")
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some((thing, number));
    }
    if let Some(attribute) = line.strip_prefix("     -> ") {
        let (name, value) = attribute.split_once(": ")?;
        let value = value.strip_suffix(')')?.split_once('(')?.1;
        return Some((name, value));
    }
    let (name, value) = line.split_once(':')?;
    Some((name.trim(), value.trim()))
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}
