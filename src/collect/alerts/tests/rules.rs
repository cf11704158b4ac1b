use super::super::Rules;
use super::site::{rules, settings};
use crate::time::Clock;

#[test]
fn a_bad_query_is_told_with_its_rule_and_line() {
    let text = "[[alerts]]\nname = \"mine\"\nquery = \"level:loud\"\ncount = 1\n";
    let settings = settings(text);
    let error = Rules::new(&settings.alerts, &Clock::system()).expect_err("a bad query");
    let told = error.to_string();
    // Ten lines switch the built-in rules off.
    assert!(
        told.contains("emp.toml line 18: the rule `mine`: cannot read the query"),
        "{told}"
    );
    assert!(told.contains("at column 7"), "{told}");
    assert!(
        error
            .hints()
            .iter()
            .any(|hint| hint.contains("debug, info")),
        "{error:?}"
    );
}

#[test]
fn slips_are_doubted() {
    let text = "[[alerts]]\nname = \"a\"\nquery = \"type:x\"\ncount = 3\nby = \"servce\"\n\
                [[alerts]]\nname = \"b\"\nquery = \"servce:x\"\nsilent_for = \"90s\"\n";
    let rules = rules(text);
    assert_eq!(rules.doubts().len(), 1);
}

#[test]
fn the_built_in_queries_can_be_read() {
    let settings = crate::config::AlertSettings::default();
    let rules = Rules::new(&settings, &Clock::system()).expect("rules");
    assert_eq!(rules.len(), 5);
    assert!(rules.doubts().is_empty());
}
