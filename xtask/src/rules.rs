//! Rules over the sources that no compiler lint can hold: sizes and names of files, which room
//! may name which crate, words that must not stay.
//!
//! Every exception stands in a table here, with its reason.

use crate::place::Source;

/// A Rust file of more lines asks to be split.
const LONG: usize = 400;
/// A Rust file of more lines fails.
const TOO_LONG: usize = 800;

/// Lines that a page may have, because someone reads it whole.
const PAGES: [(&str, usize); 2] = [("README.md", 200), ("docs/events.md", 250)];

/// Names that say nothing about what is in a file.
const EMPTY_NAMES: [&str; 7] = [
    "util", "utils", "helper", "helpers", "common", "misc", "shared",
];

/// Lengths and names of files. Files that merely ask to be split are printed.
pub(crate) fn sizes(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for source in sources {
        let lines = source.text.lines().count();
        if let Some((_, most)) = PAGES.iter().find(|(path, _)| *path == source.path)
            && lines > *most
        {
            broken.push(format!("{}: {lines} lines, at most {most}", source.path));
        }
        if !source.path.ends_with(".rs") {
            continue;
        }
        if lines > TOO_LONG {
            broken.push(format!(
                "{}: {lines} lines, at most {TOO_LONG}",
                source.path
            ));
        } else if lines > LONG {
            println!("{}: {lines} lines; split it by a noun", source.path);
        }
        let parts = || source.path.trim_end_matches(".rs").split('/');
        let in_tests = parts().any(|part| part == "tests");
        if !in_tests && parts().any(|part| EMPTY_NAMES.contains(&part)) {
            broken.push(format!("{}: the name says nothing", source.path));
        }
    }
    broken
}

/// A name that only one room may use.
struct Door {
    name: &'static str,
    /// Where the rule holds.
    within: &'static str,
    /// Where the name is allowed: the beginnings of paths.
    rooms: &'static [&'static str],
    reason: &'static str,
}

const DOORS: [Door; 6] = [
    Door {
        name: "redis::",
        within: "src/",
        rooms: &["src/store/"],
        reason: "only the store names Redis",
    },
    Door {
        name: "rusqlite::",
        within: "src/",
        rooms: &["src/store/"],
        reason: "only the store names SQLite",
    },
    Door {
        name: "opentelemetry",
        within: "src/",
        // Instruments are OpenTelemetry, but not OTLP: they know no backend.
        rooms: &["src/collect/export", "src/collect/meters"],
        reason: OTLP,
    },
    Door {
        name: "tonic::",
        within: "src/",
        rooms: EXPORT,
        reason: OTLP,
    },
    Door {
        name: "reqwest::",
        within: "src/",
        // Webhooks of alerts are no export: they need neither its protocols nor its settings.
        rooms: &["src/collect/export", "src/collect/alerts/webhook.rs"],
        reason: OTLP,
    },
    Door {
        name: "thread::sleep",
        within: "tests/",
        // Something must pass the time between two looks; it has a deadline and says what it
        // waited for. `pace` is for load and chaos, which are about time itself.
        rooms: &["tests/cli/support/wait.rs", "tests/cli/support/pace.rs"],
        reason: "wait for a condition with `support::wait`, never for a time",
    },
];

const EXPORT: &[&str] = &["src/collect/export"];
const OTLP: &str = "only collect/export names OTLP and HTTP clients";

/// Names used outside their room.
pub(crate) fn doors(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".rs")) {
        // In a file that imports the store's own room, its name means that room.
        let imports = ["store::redis;", "store::redis::{self"];
        let own = imports.iter().any(|import| source.text.contains(import));
        for (number, line) in source.text.lines().enumerate() {
            // The standard library is everybody's: `std::thread` is `thread`.
            let code = line
                .split("//")
                .next()
                .unwrap_or_default()
                .replace("std::", "");
            for door in &DOORS {
                let holds = source.path.starts_with(door.within)
                    && !door.rooms.iter().any(|room| source.path.starts_with(room));
                let is_own = own && door.name == "redis::";
                if holds && !is_own && names(&code, door.name) {
                    broken.push(format!("{}:{}: {}", source.path, number + 1, door.reason));
                }
            }
        }
    }
    broken
}

/// Whether code uses a name by itself, not as the end of a longer path or word.
fn names(code: &str, name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'"');
    code.match_indices(name)
        .any(|(at, _)| at == 0 || !is_part(code.as_bytes()[at - 1]))
}

/// A word that must not stay in the repository.
struct Word {
    /// In two parts, so that this file does not hold the word.
    parts: (&'static str, &'static str),
    case: Case,
    reason: &'static str,
}

#[derive(PartialEq)]
enum Case {
    Exact,
    Any,
}

const UNFINISHED: &str = "finish it, or open an issue";
const NO_AUTHORS: &str = "say what the code does, not who or what wrote it";
const ONE_MACHINE: &str = "a path of one machine";

const WORDS: [Word; 18] = [
    Word {
        parts: ("TO", "DO"),
        case: Case::Exact,
        reason: UNFINISHED,
    },
    Word {
        parts: ("FIX", "ME"),
        case: Case::Exact,
        reason: UNFINISHED,
    },
    Word {
        parts: ("X", "XX:"),
        case: Case::Exact,
        reason: UNFINISHED,
    },
    Word {
        parts: ("todo", "!("),
        case: Case::Exact,
        reason: UNFINISHED,
    },
    Word {
        parts: ("unimplemented", "!("),
        case: Case::Exact,
        reason: UNFINISHED,
    },
    Word {
        parts: ("dbg", "!("),
        case: Case::Exact,
        reason: UNFINISHED,
    },
    Word {
        parts: ("#[ig", "nore"),
        case: Case::Exact,
        reason: "a test runs, or it is deleted",
    },
    Word {
        parts: ("#[al", "low("),
        case: Case::Exact,
        reason: "write #[expect(lint, reason = \"…\")]",
    },
    Word {
        parts: ("Cla", "ude"),
        case: Case::Any,
        reason: NO_AUTHORS,
    },
    Word {
        parts: ("Anthro", "pic"),
        case: Case::Any,
        reason: NO_AUTHORS,
    },
    Word {
        parts: ("Chat", "GPT"),
        case: Case::Any,
        reason: NO_AUTHORS,
    },
    Word {
        parts: ("Copi", "lot"),
        case: Case::Any,
        reason: NO_AUTHORS,
    },
    Word {
        parts: ("language ", "model"),
        case: Case::Any,
        reason: NO_AUTHORS,
    },
    Word {
        parts: ("AI-", "generated"),
        case: Case::Any,
        reason: NO_AUTHORS,
    },
    Word {
        parts: ("AI ", "assistant"),
        case: Case::Any,
        reason: NO_AUTHORS,
    },
    Word {
        parts: ("/wo", "rk/"),
        case: Case::Exact,
        reason: ONE_MACHINE,
    },
    Word {
        parts: ("/ro", "ot/"),
        case: Case::Exact,
        reason: ONE_MACHINE,
    },
    Word {
        parts: ("/tmp/", "wt"),
        case: Case::Exact,
        reason: ONE_MACHINE,
    },
];

/// Words allowed in one file: its path, the word, the reason.
const ALLOWED_WORDS: [(&str, &str, &str); 1] = [(
    "src/store/journal/tests/mod.rs",
    concat!("#[ig", "nore"),
    "not a test of its own: the test after it runs it in processes of their own",
)];

/// Words that must not stay.
pub(crate) fn words(sources: &[Source]) -> Vec<String> {
    let mut broken = Vec::new();
    for word in &WORDS {
        let text = [word.parts.0, word.parts.1].concat();
        let lower = text.to_lowercase();
        for source in sources {
            let allowed = ALLOWED_WORDS
                .iter()
                .any(|(path, word, _)| *path == source.path && *word == text);
            if allowed {
                continue;
            }
            for (number, line) in source.text.lines().enumerate() {
                let found = match word.case {
                    Case::Exact => line.contains(&text),
                    Case::Any => line.to_lowercase().contains(&lower),
                };
                if found {
                    let place = format!("{}:{}", source.path, number + 1);
                    broken.push(format!("{place}: `{text}`: {}", word.reason));
                }
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> [Source; 1] {
        [Source {
            path: path.to_owned(),
            text: text.to_owned(),
        }]
    }

    #[test]
    fn long_files_and_empty_names_are_found() {
        assert_eq!(sizes(&source("src/a.rs", &"x\n".repeat(800))).len(), 0);
        assert_eq!(sizes(&source("src/a.rs", &"x\n".repeat(801))).len(), 1);
        assert_eq!(sizes(&source("docs/a.md", &"x\n".repeat(801))).len(), 0);
        assert_eq!(sizes(&source("README.md", &"x\n".repeat(201))).len(), 1);
        assert_eq!(sizes(&source("src/emit/utils.rs", "")).len(), 1);
        assert_eq!(sizes(&source("src/helpers/mod.rs", "")).len(), 1);
        assert_eq!(sizes(&source("tests/cli/common/mod.rs", "")).len(), 0);
    }

    #[test]
    fn only_the_bare_name_is_behind_a_door() {
        let at = |path: &str, line: &str| doors(&source(path, line)).len();
        assert_eq!(at("src/emit/mod.rs", "use redis::Client;"), 1);
        assert_eq!(at("src/emit/mod.rs", "use crate::store::redis::Link;"), 0);
        let own = "use crate::store::redis::{self, Link};\nredis::facts()";
        assert_eq!(at("src/emit/mod.rs", own), 0);
        assert_eq!(at("src/emit/mod.rs", "// as redis::Client does"), 0);
        assert_eq!(at("src/emit/mod.rs", "\"redis://host\""), 0);
        assert_eq!(at("src/store/redis/link.rs", "use redis::Client;"), 0);
        assert_eq!(at("tests/cli/emit.rs", "std::thread::sleep(x)"), 1);
        assert_eq!(at("tests/cli/support/wait.rs", "thread::sleep(x)"), 0);
    }

    #[test]
    fn words_are_found_with_their_place() {
        let text = ["fine\n// TO", "DO: later\n"].concat();
        let found = words(&source("src/a.rs", &text));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("src/a.rs:2: "), "{}", found[0]);
        let name = ["written with CO", "PILOT"].concat();
        assert_eq!(words(&source("README.md", &name)).len(), 1);
    }
}
