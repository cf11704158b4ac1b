//! What is refused, where the error points, and what is bounded.

use super::{clock, filter};
use crate::query::Filter;

#[test]
fn errors_point_at_the_place() {
    let cases = [
        ("job:", 5, "expected a value right after `:`"),
        ("job: x", 5, "expected a value right after `:`"),
        ("(job:)", 6, "expected a value right after `:`"),
        ("a AND", 6, "expected a word or field:value"),
        ("a OR ", 5, "expected a word or field:value"),
        ("AND a", 1, "expected a word or field:value before `AND`"),
        ("a OR OR b", 6, "expected a word or field:value before `OR`"),
        ("NOT", 4, "expected a word or field:value"),
        ("a - b", 3, "expected a term right after `-`"),
        ("()", 2, "expected a word or field:value before `)`"),
        ("(a", 1, "expected a `)` that closes this `(`"),
        ("a (b (c)", 3, "expected a `)` that closes this `(`"),
        ("run(a", 4, "expected a `)` that closes this `(`"),
        ("a)", 2, "expected a `(` somewhere before this `)`"),
        ("x \"abc", 3, "expected a closing \" for this quote"),
        ("é job:'abc", 7, "expected a closing ' for this quote"),
        ("\"a\"b", 4, "expected a space after the closing quote"),
        ("\"\"", 1, "expected something between the quotes"),
        (
            "level >= warn",
            7,
            "expected a field's name right before `>=`",
        ),
        (":x", 1, "expected a field's name right before `:`"),
        ("\"\":x", 1, "expected a field's name"),
        ("data.*:x", 1, "expected a field's name without wildcards"),
        ("job:(a OR b)", 5, "expected a value after `:`, not a group"),
        ("n:>5", 3, "expected a value after `:`, not `>`"),
        ("n==5", 3, "expected a value after `=`, not `=`"),
        ("a\\", 2, "expected a character after `\\`"),
        ("level:eror", 7, "expected a level"),
        ("timestamp>soon", 11, "expected a time"),
        ("timestamp:2025*", 11, "expected a time without wildcards"),
        ("v:one", 3, "expected a number"),
        (
            "durationMs>5parsecs",
            12,
            "expected a number with a unit, not `parsecs`",
        ),
        (
            "type:~[a",
            7,
            "expected a regular expression (unclosed character class)",
        ),
        (
            "type:~\\w{1000}",
            7,
            "expected a regular expression (it matches too many texts)",
        ),
    ];
    for (query, column, message) in cases {
        let error = Filter::parse(query, &clock()).expect_err(query);
        assert_eq!(
            error.to_string(),
            format!("cannot read the query: {message} at column {column}"),
            "{query}"
        );
        assert_eq!(error.column(), column);
        let hints = error.hints();
        assert_eq!(hints[0], query);
        assert_eq!(hints[1].chars().count(), column, "{query}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let refused = |query: &str| {
        let error = Filter::parse(query, &clock()).expect_err("an error");
        error.to_string()
    };
    assert!(refused(&"(".repeat(60_000)).contains("at most 64"));
    assert!(refused(&"-".repeat(60_000)).contains("right after"));
    assert!(refused(&format!("{}x", "-".repeat(60_000))).contains("at most 64"));
    assert!(refused(&"NOT ".repeat(10_000)).contains("at most 64"));
    assert!(refused(&"(".repeat(100_000)).contains("64 KiB"));
    assert!(refused(&"a:~b ".repeat(33)).contains("at most 32"));
    assert!(
        refused(&format!("a:~{}{}", "(".repeat(10_000), ")".repeat(10_000)))
            .contains("regular expression")
    );
    filter(&format!("{}x{}", "(".repeat(64), ")".repeat(64)));
    filter("x OR ".repeat(10_000).trim_end_matches(" OR "));
}
