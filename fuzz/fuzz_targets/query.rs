//! Any text is read as a query or refused; what was read prints as the same query, and its
//! literals rule out no event that it lets through.

#![no_main]

use emp_cli::event::{Millis, json, may_match};
use emp_cli::query::Filter;
use emp_cli::time::Clock;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The first line is the query, the rest an event.
    let text = String::from_utf8_lossy(bytes);
    let (query, line) = text.split_once('\n').unwrap_or((&text, "{}"));
    let clock = Clock {
        now: Millis::clamped(1_758_968_000_000),
        zone: TimeZone::UTC,
    };
    let filter = match Filter::parse(query, &clock) {
        Ok(filter) => filter,
        Err(error) => {
            assert!(error.column() <= query.chars().count() + 1);
            error.hints();
            return;
        }
    };
    let printed = filter.to_string();
    assert_eq!(
        Filter::parse(&printed, &clock).as_ref(),
        Ok(&filter),
        "{printed}"
    );
    for range in filter.highlights(line) {
        assert!(line.get(range).is_some());
    }
    if let Ok(event) = json::read(line.as_bytes())
        && filter.matches(&event)
    {
        let literals = filter.literals();
        assert!(may_match(&literals, line.as_bytes()));
        assert!(may_match(&literals, json::write(&event).as_bytes()));
    }
});
