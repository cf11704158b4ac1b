//! Every help page, and what the reference page must hold of it.

use std::fs;
use std::path::Path;

use clap::Command;

use crate::support::Sandbox;

/// The built command tree.
fn tree() -> Command {
    let mut emp = emp_cli::cli::command();
    emp.build();
    emp
}

/// The words that call each visible command, `emp` itself first.
fn commands(tree: &Command) -> Vec<(Vec<&str>, &Command)> {
    let mut found = vec![(Vec::new(), tree)];
    let mut next = 0;
    while let Some((words, command)) = found.get(next).cloned() {
        next += 1;
        for below in command.get_subcommands() {
            if !below.is_hide_set() && below.get_name() != "help" {
                let words = words.iter().copied().chain([below.get_name()]).collect();
                found.push((words, below));
            }
        }
    }
    found
}

fn reference() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    fs::read_to_string(page).expect("docs/cli.md: run `cargo xtask codegen`")
}

#[test]
fn every_page_is_as_it_was_last_read() {
    let sandbox = Sandbox::new();
    for (words, _) in commands(&tree()) {
        let page = sandbox.stdout(&[&words[..], &["--help"]].concat());
        let name = [&["help"], &words[..]].concat().join("-");
        insta::assert_snapshot!(name, page);
    }
}

#[test]
fn the_short_page_is_short() {
    let sandbox = Sandbox::new();
    let pages = tree();
    for (words, _) in commands(&pages) {
        let lines = |flag| {
            sandbox
                .stdout(&[&words[..], &[flag]].concat())
                .lines()
                .count()
        };
        assert!(lines("-h") <= lines("--help"), "{words:?}");
        assert!(
            lines("-h") <= 70,
            "{words:?}: nobody reads {} lines",
            lines("-h")
        );
    }
}

#[test]
fn examples_and_the_readme_quote_what_a_shell_would_expand() {
    let sandbox = Sandbox::new();
    let mut pages: Vec<_> = commands(&tree())
        .into_iter()
        .map(|(words, _)| sandbox.stdout(&[&words[..], &["--help"]].concat()))
        .collect();
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    pages.push(fs::read_to_string(readme).expect("README.md"));
    let typed = pages.iter().flat_map(|page| page.lines());
    for line in typed.filter(|line| line.trim_start().starts_with("emp ")) {
        let bare = line.split('\'').step_by(2).collect::<String>();
        let bare = bare.split(" #").next().unwrap_or_default();
        assert!(!bare.contains(['*', '?']), "{line}");
    }
}

#[test]
fn every_command_has_examples() {
    let sandbox = Sandbox::new();
    for (words, command) in commands(&tree()) {
        let page = sandbox.stdout(&[&words[..], &["--help"]].concat());
        // A command of commands shows them instead.
        if command.has_subcommands() && !words.is_empty() {
            continue;
        }
        assert!(
            page.contains("Examples:"),
            "{words:?} has no examples:\n{page}"
        );
    }
}

#[test]
fn every_first_line_is_an_imperative_without_a_period() {
    let pages = tree();
    for (words, command) in commands(&pages) {
        let about = command
            .get_about()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(!about.is_empty(), "{words:?} says nothing");
        assert!(!about.ends_with('.'), "{words:?}: {about}");
        assert!(about.starts_with(char::is_uppercase), "{words:?}: {about}");
    }
}

#[test]
fn every_option_says_what_it_does() {
    let pages = tree();
    for (words, command) in commands(&pages) {
        for argument in command
            .get_arguments()
            .filter(|argument| !argument.is_hide_set())
        {
            assert!(
                argument.get_help().is_some(),
                "{words:?}: {argument} says nothing"
            );
        }
    }
}

#[test]
fn the_reference_names_every_command_and_flag() {
    let page = reference();
    let pages = tree();
    for (words, command) in commands(&pages) {
        if words.is_empty() {
            continue;
        }
        let heading = format!("\n## emp {}\n", words.join(" "));
        let start = page
            .find(&heading)
            .unwrap_or_else(|| panic!("no {heading:?}"));
        let section = &page[start + heading.len()..];
        let section = &section[..section.find("\n## ").unwrap_or(section.len())];
        for argument in command.get_arguments() {
            let is_own = !argument.is_hide_set() && !argument.is_global_set();
            let Some(long) = argument.get_long().filter(|long| is_own && *long != "help") else {
                continue;
            };
            assert!(
                section.contains(&format!("--{long}")),
                "{words:?}: no --{long}"
            );
        }
    }
    for argument in pages
        .get_arguments()
        .filter(|argument| !argument.is_hide_set())
    {
        if let Some(long) = argument
            .get_long()
            .filter(|long| !["help", "version"].contains(long))
        {
            assert!(page.contains(&format!("--{long}")), "no --{long}");
        }
    }
}
