//! Variables that look like ours and are not: a setting whose name is misspelt sets nothing.

use std::fmt;

use super::error::nearest;
use super::keys;

/// What every variable of ours begins with.
const OURS: &str = "EMP_";

/// Variables of ours that are no settings: what is known of an event, of a terminal, of a clock.
const OTHERS: [&str; 14] = [
    "EMP_DISABLED",
    "EMP_ENVIRONMENT",
    "EMP_INSTANCE_ID",
    "EMP_JOB_ID",
    "EMP_MACHINE_ID",
    "EMP_NOW",
    "EMP_REGION",
    "EMP_REQUEST_ID",
    "EMP_SERVICE_VERSION",
    "EMP_TRACE_ID",
    "EMP_USER_ID",
    "EMP_WIDTH",
    "EMP_WORKER_ID",
    "EMP_WORKER_INDEX",
];

/// What a command that is told of alerts gets, and what tests do.
const GIVEN: [&str; 2] = ["EMP_ALERT_", "EMP_TEST_"];

/// A variable that nothing reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stray {
    name: String,
    /// The one that was probably meant.
    nearest: Option<&'static str>,
}

impl fmt::Display for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing reads the variable {}", self.name)?;
        match self.nearest {
            Some(nearest) => write!(f, ": did you mean {nearest}?"),
            None => write!(f, ": `emp config show` lists every setting"),
        }
    }
}

/// Those among the names of variables, in the order of their names.
pub(crate) fn strays(names: impl IntoIterator<Item = String>) -> Vec<Stray> {
    let is_known = |name: &str| {
        OTHERS.contains(&name)
            || GIVEN.iter().any(|given| name.starts_with(given))
            || keys::all().any(|key| key.env == name)
    };
    let ours = names.into_iter().filter(|name| name.starts_with(OURS));
    let strays = ours.filter(|name| !is_known(name));
    let mut strays: Vec<Stray> = strays
        .map(|name| Stray {
            nearest: meant(&name),
            name,
        })
        .collect();
    strays.sort_by(|a, b| a.name.cmp(&b.name));
    strays
}

/// The variable that was meant, by its own name or by that of its setting.
fn meant(name: &str) -> Option<&'static str> {
    let written = name.trim_start_matches(OURS);
    let is_setting = |key: &&keys::Key| key.name.replace('.', "_").eq_ignore_ascii_case(written);
    if let Some(key) = keys::all().find(is_setting) {
        return Some(key.env);
    }
    let known = || keys::all().map(|key| key.env).chain(OTHERS);
    let own = |variable: &'static str| variable.trim_start_matches(OURS);
    let nearest = nearest(&written.to_uppercase(), known().map(own))?;
    known().find(|variable| own(variable) == nearest)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use regex::Regex;

    use super::*;

    fn told(names: &[&str]) -> Vec<String> {
        let strays = strays(names.iter().map(ToString::to_string));
        strays.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_misspelt_leads_to_what_was_meant() {
        let names = [
            "PATH",
            "EMP_URL",
            "EMP_REDIS_URL",
            "EMP_JOB",
            "EMP_ZZZ",
            "EMP_BATCH_DELY",
        ];
        assert_eq!(
            told(&names),
            [
                "nothing reads the variable EMP_BATCH_DELY: did you mean EMP_BATCH_DELAY?",
                "nothing reads the variable EMP_JOB: did you mean EMP_JOB_ID?",
                "nothing reads the variable EMP_REDIS_URL: did you mean EMP_URL?",
                "nothing reads the variable EMP_ZZZ: `emp config show` lists every setting",
            ]
        );
    }

    /// Every variable that the program names is known here.
    #[test]
    fn no_variable_of_ours_is_a_stray() {
        fn named(folder: &Path, names: &mut Vec<String>) {
            let name = Regex::new(r#""(EMP_[A-Z0-9_]*[A-Z0-9])""#).expect("a pattern");
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    named(&path, names);
                } else if !path.ends_with("config/strays.rs") {
                    let text = std::fs::read_to_string(&path).expect("a text");
                    names.extend(name.captures_iter(&text).map(|found| found[1].to_owned()));
                }
            }
        }
        let mut names = Vec::new();
        named(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut names,
        );
        assert!(names.len() > 50, "{names:?}");
        let settings = keys::all().map(|key| key.env.to_owned());
        assert_eq!(strays(names.into_iter().chain(settings)), []);
    }
}
