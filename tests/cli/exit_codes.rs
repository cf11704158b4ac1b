//! The table of exit codes, and that each code that a command can end with today means what the
//! table says.

use std::fs;
use std::path::Path;

use emp_cli::error::exit_code;

use crate::support::{Sandbox, TestRedis};

#[test]
fn the_reference_holds_the_table() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    let page = fs::read_to_string(page).expect("docs/cli.md: run `cargo xtask codegen`");
    let mut codes = Vec::new();
    for (code, meaning) in exit_code::TABLE {
        assert!(
            page.contains(&format!("| {code} | {meaning} |")),
            "{code} is not in docs/cli.md"
        );
        assert!(!codes.contains(&code), "{code} stands twice");
        codes.push(code);
    }
}

#[test]
fn commands_end_as_the_table_says() {
    let redis = TestRedis::start();
    let sandbox = Sandbox::with(&redis);
    let nowhere = Sandbox::new();
    let emit = [
        "emit",
        "job.created",
        "--job-id",
        "job_1",
        "--service",
        "test",
    ];
    let cases: [(&Sandbox, &[&str], u8); 11] = [
        (&sandbox, &["--version"], exit_code::YES),
        (&sandbox, &emit, exit_code::YES),
        (&sandbox, &["search", "job:job_1"], exit_code::YES),
        (&sandbox, &["search", "job:job_2"], exit_code::NO),
        (&sandbox, &["timeline", "job_2"], exit_code::NO),
        (&sandbox, &["search", "--no-such-flag"], exit_code::USAGE),
        (&sandbox, &["search", "(job:job_1"], exit_code::USAGE),
        (&sandbox, &["search", "--since", "soon"], exit_code::USAGE),
        (&sandbox, &["emit", "no type at all"], exit_code::USAGE),
        (&nowhere, &["search", "job:job_1"], exit_code::NO_SOURCE),
        (
            &nowhere,
            &["search", "--from", "no-such-file.jsonl"],
            exit_code::NO_SOURCE,
        ),
    ];
    for (sandbox, args, code) in cases {
        let output = sandbox.command(args).output().expect("emp runs");
        assert_eq!(
            output.status.code(),
            Some(i32::from(code)),
            "emp {args:?}: {output:#?}"
        );
    }
}

#[test]
fn emission_never_fails_its_host() {
    let sandbox = Sandbox::new();
    let emit = [
        "emit",
        "job.created",
        "--job-id",
        "job_1",
        "--service",
        "test",
    ];
    sandbox.emp(&emit).assert().success().stdout("");
    let kept = sandbox.stdout(&["search", "job:job_1", "-o", "jsonl"]);
    assert_eq!(kept.lines().count(), 1, "{kept}");
}
