//! `emp config`: which settings count, and why.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::Context;
use crate::cli::Globals;
use crate::config::Settings;
use crate::error::{Error, Exit};

/// Show the settings and where each comes from
///
/// A setting comes from a flag, else its EMP_* variable, else the project's emp.toml, else the
/// user's ~/.config/emp/config.toml, else a generic variable such as REDIS_URL, else its default.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp config show
  emp config show -o json
  emp --url redis://cache:6379 config show")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show every setting with its value and origin, passwords masked
    #[command(after_help = "Examples:\n  emp config show\n  emp config show -o json")]
    Show {
        /// How to print the settings
        #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
        output: Format,
    },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// What can be read is shown even where something else makes no sense; that is told after it.
pub(crate) fn run(args: Args, globals: &Globals) -> Result<Exit, Error> {
    let Action::Show { output } = args.action;
    let (mut context, fault) = Context::salvage(globals);
    let rows = rows(&context.settings);
    let screen = &mut context.screen;
    match output {
        Format::Json => {
            let values = rows.into_iter().map(|row| {
                let value = json!({ "value": row.value, "origin": row.origin });
                (row.name, value)
            });
            let object = serde_json::Value::Object(values.collect());
            screen.line(format!("{object:#}"))?;
        }
        Format::Text => {
            let rows = rows.into_iter().map(|row| {
                let text = row.value.filter(|text| !text.is_empty());
                let text = text.unwrap_or_else(|| "(not set)".to_owned());
                [row.name, text, row.origin]
            });
            screen.table(["SETTING", "VALUE", "FROM"], rows)?;
        }
    }
    screen.flush()?;
    for stray in Context::strays() {
        context.console.warning(&stray.to_string());
    }
    for file in context.settings.files() {
        context.console.detail(&format!("read {}", file.display()));
    }
    match fault {
        Some(fault) => Err(fault),
        None => Ok(Exit::Yes),
    }
}

/// One setting.
struct Row {
    name: String,
    value: Option<String>,
    origin: String,
}

/// Every setting, then every rule of alerts that is in force, as it would be written.
fn rows(settings: &Settings) -> Vec<Row> {
    let values = settings.show().map(|(key, value)| Row {
        name: key.name.to_owned(),
        value: value.text,
        origin: value.origin.to_string(),
    });
    // Rules of which one makes no sense are the fault that is told.
    let rules = settings.alerts.rules().unwrap_or_default();
    let rules = rules.into_iter().map(|rule| Row {
        name: format!("alerts.{}", rule.name),
        value: Some(rule.to_string()),
        origin: match &rule.file {
            Some(file) => format!("{} line {}", file.display(), rule.line),
            None => "the built-in rules".to_owned(),
        },
    });
    values.chain(rules).collect()
}
