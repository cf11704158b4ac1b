use super::check_form;
use crate::collect::spans::Span;
use crate::collect::spans::samples::*;

#[test]
fn a_job_of_many_events_is_bounded() {
    let mut lines = vec![
        "0 api job.queued".to_owned(),
        "1 worker job.claimed".to_owned(),
    ];
    for at in 0..25_000 {
        lines.push(format!("{} worker step.upload_started", 2 + at * 2));
        lines.push(format!("{} worker note.a", 2 + at * 2));
        lines.push(format!("{} worker step.upload_completed", 3 + at * 2));
        lines.push(format!("{} worker step.lost_started", 3 + at * 2));
    }
    lines.push("60000 worker job.completed".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let trace = tell("job_1", milestones(&events(&lines)));
    check_form(&trace);
    let root = &trace.spans[0];
    assert_eq!(trace.spans.len(), 1000);
    let dropped = |span: &Span, name: &str| {
        let found = span.attributes.iter().find(|(known, _)| known == name);
        found.and_then(|(_, value)| value.as_u64())
    };
    assert_eq!(
        dropped(root, "emp.dropped_spans"),
        Some(50_000 + 4 - 1000 - 1)
    );
    let events: u64 = trace
        .spans
        .iter()
        .map(|span| span.events.len() as u64 + dropped(span, "emp.dropped_events").unwrap_or(0))
        .sum();
    assert_eq!(events, 25_000);
    assert_eq!(trace.run.steps.len(), 256);
}
