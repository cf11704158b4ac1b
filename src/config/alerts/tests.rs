use std::path::Path;
use std::time::Duration;

use super::*;

/// The rules of files, highest first, and the first fault.
fn load(files: &[&str]) -> Result<Vec<AlertRule>, Error> {
    let mut faults = Vec::new();
    let layers = files.iter().enumerate().map(|(index, text)| Layer {
        path: PathBuf::from(format!("{index}.toml")),
        tables: read(Path::new(&format!("{index}.toml")), text, &mut faults),
    });
    let layers = layers.collect();
    let settings = AlertSettings::new(layers, &mut faults);
    match faults.into_iter().next() {
        Some(fault) => Err(fault),
        None => settings.rules(),
    }
}

fn named<'a>(rules: &'a [AlertRule], name: &str) -> Option<&'a AlertRule> {
    rules.iter().find(|rule| rule.name == name)
}

#[test]
fn the_built_in_rules_are_the_documents_and_two_of_redis() {
    let rules = load(&[]).expect("rules");
    let names: Vec<_> = rules.iter().map(|rule| &*rule.name).collect();
    let expected = [
        "critical-errors",
        "service-failures",
        "new-error",
        "overtaken",
        "redis-memory",
    ];
    assert_eq!(names, expected);
    let limits: Vec<_> = rules
        .iter()
        .filter_map(|rule| match &rule.condition {
            Condition::Rate { count, window, .. } => Some((*count, window.as_secs())),
            _ => None,
        })
        .collect();
    assert_eq!(limits, [(10, 60), (5, 60)]);
    assert_eq!(rules[4].condition, Condition::Memory { percent: 80 });
    assert!(rules.iter().all(|rule| rule.file.is_none()));
}

#[test]
fn a_table_changes_what_it_names_and_the_highest_file_counts() {
    let project = "[[alerts]]\nname = \"critical-errors\"\ncount = 20\n";
    let user = "[[alerts]]\nname = \"critical-errors\"\ncount = 7\nwindow = \"5m\"\n\
                [[alerts]]\nname = \"new-error\"\nenabled = false\n\
                [[alerts]]\nname = \"mine\"\nstuck_for = \"10m\"\n";
    let rules = load(&[project, user]).expect("rules");
    let errors = named(&rules, "critical-errors").expect("a rule");
    let Condition::Rate { count, window, .. } = &errors.condition else {
        panic!("{errors:?}");
    };
    assert_eq!((*count, window.as_secs()), (20, 300));
    assert_eq!(errors.severity, Severity::Critical);
    assert_eq!(errors.file.as_deref(), Some(Path::new("0.toml")));
    assert_eq!(named(&rules, "new-error"), None);
    let mine = named(&rules, "mine").expect("a rule");
    let stuck_for = Duration::from_secs(600);
    assert_eq!(mine.condition, Condition::Stuck { stuck_for });
    assert_eq!(mine.severity, Severity::Warning);
    assert_eq!(mine.line, 9);
}

#[test]
fn every_condition_is_read() {
    let text = r#"
        [[alerts]]
        name = "a"
        query = "type:x"
        count = 3
        by = "service"
        cooldown = "1h"
        resolve_after = "90s"
        [[alerts]]
        name = "b"
        query = "type:x"
        new = true
        by = "data.model"
        [[alerts]]
        name = "c"
        query = "service:worker"
        silent_for = "5m"
        [[alerts]]
        name = "d"
        redis_memory = "50 %"
    "#;
    let rules = load(&[text]).expect("rules");
    let condition = |name| named(&rules, name).map(|rule| rule.condition.clone());
    let text = |text: &str| text.to_owned();
    let expected = Condition::Rate {
        query: text("type:x"),
        count: 3,
        window: Duration::from_secs(60),
        window_given: false,
        by: Some(text("service")),
    };
    assert_eq!(condition("a"), Some(expected));
    let by = Some(text("data.model"));
    let query = text("type:x");
    assert_eq!(condition("b"), Some(Condition::New { query, by }));
    let query = text("service:worker");
    let silent_for = Duration::from_secs(300);
    assert_eq!(
        condition("c"),
        Some(Condition::Silent { query, silent_for })
    );
    assert_eq!(condition("d"), Some(Condition::Memory { percent: 50 }));
    let first = named(&rules, "a").expect("a rule");
    assert_eq!(
        (first.cooldown.as_secs(), first.resolve_after.as_secs()),
        (3600, 90)
    );
}

#[test]
fn what_makes_no_sense_is_told_with_its_line() {
    for (text, message, hint) in [
        (
            "[alerts]\nx = 1\n",
            "0.toml line 1: `alerts` is a list of tables",
            "[[alerts]]",
        ),
        ("alerts = [1]\n", "line 1: a rule is a table", "[[alerts]]"),
        (
            "[[alerts]]\ncount = 1\n",
            "line 2: a rule has no name",
            "name =",
        ),
        (
            "[[alerts]]\nname = \"A b\"\n",
            "line 2: this is no name",
            "lower case",
        ),
        (
            "[[alerts]]\nname = \"a\"\nstuck_for = \"1m\"\n\n[[alerts]]\nname = \"a\"\nstuck_for = \"1m\"\n",
            "line 6: the rule `a` stands in this file twice",
            "another name",
        ),
        (
            "[[alerts]]\nname = \"a\"\nsilentfor = \"1m\"\n",
            "line 3: a rule has no `silentfor`",
            "did you mean `silent_for`?",
        ),
        (
            "[[alerts]]\nname = \"a\"\n",
            "line 2: the rule `a` has no condition",
            "stuck_for",
        ),
        (
            "[[alerts]]\nname = \"a\"\nstuck_for = \"1m\"\nredis_memory = \"1%\"\n",
            "line 2: the rule `a` has two conditions",
            "a rule of its own",
        ),
        (
            "[[alerts]]\nname = \"overtaken\"\nquery = \"*\"\n",
            "line 3: `query` means nothing beside `overtaken_within`",
            "take `query` out",
        ),
        (
            "[[alerts]]\nname = \"a\"\ncount = 1\n",
            "line 2: the rule `a` has no query",
            "query =",
        ),
        (
            "[[alerts]]\nname = \"a\"\ncount = 1\nquery = \"\"\n",
            "line 4: the rule `a` has no query",
            "query = \"*\" is every event",
        ),
        (
            "[[alerts]]\nname = \"a\"\ncount = 1\nwithin = \"5m\"\n",
            "line 4: a rule has no `within`",
            "did you mean `window`?",
        ),
        (
            "[[alerts]]\nname = \"a\"\ncommand = \"notify-send\"\n",
            "line 3: a rule has no `command`",
            "belongs in [notify]",
        ),
        (
            "[[alerts]]\nname = \"a\"\nzzz = 1\n",
            "line 3: a rule has no `zzz`",
            "may have: count, new, silent_for",
        ),
        (
            "[[alerts]]\nname = \"a\"\nquery = \"*\"\ncount = 0\n",
            "line 4: `count` of the rule `a` is not a whole number above zero",
            "count",
        ),
        (
            "[[alerts]]\nname = \"a\"\nquery = \"*\"\ncount = -1\n",
            "line 4: `count` is no text, whole number",
            "docs/alerts.md",
        ),
        (
            "[[alerts]]\nname = \"a\"\nstuck_for = \"soon\"\n",
            "line 3: `stuck_for` of the rule `a` is not a duration",
            "15m",
        ),
        (
            "[[alerts]]\nname = \"a\"\nstuck_for = \"10ms\"\n",
            "line 3: `stuck_for` of the rule `a` is not a time from 1s to 7d",
            "1s",
        ),
        (
            "[[alerts]]\nname = \"redis-memory\"\nredis_memory = \"180%\"\n",
            "line 3: `redis_memory` of the rule `redis-memory` is not a share",
            "100%",
        ),
        (
            "[[alerts]]\nname = \"a\"\nquery = \"*\"\nnew = false\n",
            "line 4: `new` of the rule `a` is not `true`",
            "enabled",
        ),
        (
            "[[alerts]]\nname = \"overtaken\"\nseverity = \"loud\"\n",
            "line 3: `severity` of the rule `overtaken` is not `warning` or `critical`",
            "critical",
        ),
    ] {
        let error = load(&[text]).expect_err(text);
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.hints()[0].contains(hint), "{:?}", error.hints());
    }
}

#[test]
fn rules_are_bounded() {
    let rule = |number| format!("[[alerts]]\nname = \"r{number}\"\nstuck_for = \"1m\"\n");
    let text: String = (0..=MAX_RULES).map(rule).collect();
    let error = load(&[&text]).expect_err("too many");
    assert!(error.to_string().contains("more than 100 rules"), "{error}");
}

#[test]
fn a_rule_is_shown_as_it_is_written() {
    let text = "[[alerts]]\nname = \"a\"\nquery = 'type:x \"y\"'\ncount = 3\nby = \"service\"\n\
                [[alerts]]\nname = \"b\"\nquery = \"*\"\nsilent_for = \"90s\"\n\
                [[alerts]]\nname = \"c\"\nstuck_for = \"2h\"\nseverity = \"critical\"\n\
                cooldown = \"20s\"\nresolve_after = \"5m\"\n";
    let rules = load(&[text]).expect("rules");
    let shown = |name| named(&rules, name).map(ToString::to_string);
    for (name, expected) in [
        (
            "a",
            "count = 3, window = \"1m\" (the default), query = \"type:x \\\"y\\\"\", \
             by = \"service\", severity = \"warning\"",
        ),
        (
            "b",
            "silent_for = \"1m30s\", query = \"*\", severity = \"warning\"",
        ),
        (
            "c",
            "stuck_for = \"2h\", severity = \"critical\", cooldown = \"20s\"",
        ),
        (
            "new-error",
            "new = true, query = \"type:error.*\", severity = \"warning\", cooldown = \"10s\"",
        ),
        (
            "critical-errors",
            "count = 10, window = \"1m\", query = \"type:error.* -level:warn\", \
             severity = \"critical\"",
        ),
        (
            "overtaken",
            "overtaken_within = \"10m\", severity = \"critical\"",
        ),
        (
            "redis-memory",
            "redis_memory = \"80%\", severity = \"critical\"",
        ),
    ] {
        assert_eq!(shown(name).as_deref(), Some(expected));
    }
    let length = crate::time::parse_duration("1m30s").expect("as it is written");
    assert_eq!(length.as_secs(), 90);
    let query = named(&rules, "b").and_then(|rule| rule.query_at.clone());
    assert_eq!(query, Some((PathBuf::from("0.toml"), 8)));
}
