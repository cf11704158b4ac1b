//! `emp config show`: each value with where it came from.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

use crate::support::Sandbox;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    value: Option<String>,
    origin: String,
}

fn shown(sandbox: &Sandbox, args: &[&str], variables: &[(&str, &str)]) -> BTreeMap<String, Shown> {
    let mut command = sandbox.command(&[args, &["config", "show", "-o", "json"]].concat());
    command
        .env_remove("EMP_URL")
        .env_remove("EMP_TIMEOUT")
        .envs(variables.iter().copied());
    let output = command.output().expect("emp runs");
    assert!(output.status.success(), "{output:#?}");
    serde_json::from_slice(&output.stdout).expect("a JSON object")
}

#[test]
fn each_layer_is_named() {
    let sandbox = Sandbox::new();
    let project = sandbox.write("emp.toml", "[redis]\nurl = \"redis://project:1\"\n");
    let user = sandbox.work().join("../config/emp");
    fs::create_dir_all(&user).expect("a folder");
    fs::write(
        user.join("config.toml"),
        "[redis]\nurl = \"redis://user:1\"\n[timeline]\ngap = \"2s\"\n",
    )
    .expect("a file");

    let flag = ["--url", "redis://flag:1"];
    let own = ("EMP_URL", "redis://own:1");
    let generic = ("REDIS_URL", "redis://generic:1");
    let file = project.display().to_string();
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str, &'a str);
    let layers: [Case<'_>; 3] = [
        (&flag, &[own, generic], "redis://flag:1", "the flag --url"),
        (
            &[],
            &[own, generic],
            "redis://own:1",
            "the variable EMP_URL",
        ),
        (&[], &[generic], "redis://project:1", &file),
    ];
    let check = |(args, variables, value, origin): Case<'_>| {
        let all = shown(&sandbox, args, variables);
        let url = &all["redis.url"];
        assert_eq!(url.value.as_deref(), Some(value));
        assert!(url.origin.ends_with(origin), "{url:?}");
        // The user's file counts for what the project's does not say.
        assert!(all["timeline.gap"].origin.ends_with("emp/config.toml"));
        assert_eq!(all["streams.events"].origin, "the default");
    };
    layers.into_iter().for_each(check);
    fs::remove_file(project).expect("removed");
    check((&[], &[generic], "redis://user:1", "emp/config.toml"));
    fs::write(user.join("config.toml"), "[timeline]\ngap = \"2s\"\n").expect("a file");
    check((
        &[],
        &[generic],
        "redis://generic:1",
        "the variable REDIS_URL",
    ));
    let host = [("REDIS_HOST", "h"), ("REDIS_PORT", "7")];
    check((&[], &host, "redis://h:7", "the variable REDIS_HOST"));
    check((&[], &[], "redis://127.0.0.1:6379", "the default"));
}

#[test]
fn the_file_is_found_upwards_or_named() {
    let sandbox = Sandbox::new();
    sandbox.write("emp.toml", "[emit]\nservice = \"above\"\n");
    let deep = sandbox.work().join("a/b");
    fs::create_dir_all(&deep).expect("a folder");
    let mut command = sandbox.command(&["config", "show"]);
    let output = command.current_dir(&deep).output().expect("emp runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let line = text.lines().find(|line| line.starts_with("emit.service"));
    let line = line.expect("the setting");
    let cells: Vec<_> = line.split_whitespace().collect();
    assert_eq!(cells[1], "above", "{line}");
    assert!(cells[2].ends_with("emp.toml"), "{line}");

    sandbox.write("own.toml", "[emit]\ntimeout = \"1s\"\n");
    let all = shown(&sandbox, &["--config", "own.toml"], &[]);
    assert_eq!(all["emit.timeout"].origin, "own.toml");
    assert_eq!(
        all["emit.service"].value, None,
        "the named file stands alone"
    );
}

#[test]
fn passwords_are_masked_everywhere() {
    let sandbox = Sandbox::new();
    let cases = [
        [("EMP_URL", "redis://me:hunter2@h:1/3"), ("X", "")],
        [("REDIS_HOST", "h"), ("REDIS_PASSWORD", "hunter2")],
        [
            ("EMP_URL", "redis+unix:///run/r.sock?user=me&pass=hunter2"),
            ("X", ""),
        ],
        [("EMP_URL", "me:hunter2@h:1"), ("X", "")],
    ];
    for variables in cases {
        for form in ["text", "json"] {
            let mut command = sandbox.command(&["config", "show", "-v", "-o", form]);
            let output = command.env_remove("EMP_URL").envs(variables).output();
            let output = output.expect("emp runs");
            let text = String::from_utf8(output.stdout).expect("text");
            let said = String::from_utf8(output.stderr).expect("text");
            assert!(
                output.status.success() && text.contains("***"),
                "{text}{said}"
            );
            assert!(!format!("{text}{said}").contains("hunter2"), "{text}{said}");
        }
    }
}

#[test]
fn a_variable_that_nothing_reads_is_named_with_the_one_that_was_meant() {
    let sandbox = Sandbox::new();
    let commands: [&[&str]; 2] = [
        &["config", "show"],
        &["collect", "--check", "--file", "none"],
    ];
    for args in commands {
        let mut command = sandbox.command(args);
        command.env("EMP_REDIS_URL", "redis://never:1");
        let said = command.output().expect("emp runs").stderr;
        let said = String::from_utf8(said).expect("text");
        let word = "warning: nothing reads the variable EMP_REDIS_URL: did you mean EMP_URL?";
        assert!(said.contains(word), "{said}");
        assert_eq!(said.matches("nothing reads").count(), 1, "{said}");
    }
}

#[test]
fn a_wrong_key_is_named_with_the_one_that_was_meant() {
    let sandbox = Sandbox::new();
    sandbox.write("emp.toml", "[streams]\nevent_max_len = 5\n");
    let output = sandbox
        .command(&["config", "show"])
        .output()
        .expect("emp runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("emp.toml: there is no setting `streams.event_max_len`"),
        "{said}"
    );
    assert!(
        said.contains("hint: did you mean `streams.events_max_len`?"),
        "{said}"
    );
}

/// The rules that a call of `emp config show` lists, and what it says.
fn rules(sandbox: &Sandbox) -> (String, String, Option<i32>) {
    let mut command = sandbox.command(&["config", "show"]);
    let output = command.output().expect("emp runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines = text.lines().filter(|line| line.starts_with("alerts."));
    let lines: Vec<_> = lines.collect();
    let said = String::from_utf8(output.stderr).expect("text");
    (lines.join("\n"), said, output.status.code())
}

#[test]
fn rules_of_alerts_are_listed_as_they_are_written() {
    let sandbox = Sandbox::new();
    let help = sandbox.stdout(&["collect", "--help"]);
    let (_, example) = help.split_once("lists all:\n").expect("an example");
    let file = sandbox.write("emp.toml", example);
    let (rules, said, code) = rules(&sandbox);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(rules.lines().count(), 7, "{rules}");
    let line = |name: &str| rules.lines().find(|line| line.starts_with(name));
    let own = line("alerts.slow-gpu").expect("the rule");
    let path = file.file_name().expect("a name").to_string_lossy();
    assert!(own.contains("count = 20, window = \"5m\""), "{own}");
    assert!(own.ends_with(&format!("{path} line 2")), "{own}");
    let built_in = line("alerts.new-error").expect("the rule");
    assert!(built_in.ends_with("the built-in rules"), "{built_in}");
}

#[test]
fn a_broken_file_is_told_after_what_the_others_say() {
    let sandbox = Sandbox::new();
    sandbox.write("emp.toml", "[redis]\nurl = \"redis://h:1\"\n\n[timeline\n");
    let mut command = sandbox.command(&["config", "show"]);
    let output = command.env("EMP_SERVICE", "mine").output();
    let output = output.expect("emp runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{said}");
    let service = text.lines().find(|line| line.starts_with("emit.service"));
    let service = service.expect("the setting");
    assert!(service.contains("the variable EMP_SERVICE"), "{service}");
    assert!(said.contains("emp.toml line 4: "), "{said}");
}
