//! `emp config`: which settings count, and why.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::Context;
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

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit, Error> {
    let Action::Show { output } = args.action;
    let settings = &context.settings;
    let screen = &mut context.screen;
    match output {
        Format::Json => {
            let values = settings.show().map(|(key, value)| {
                let origin = value.origin.to_string();
                (
                    key.name.to_owned(),
                    json!({ "value": value.text, "origin": origin }),
                )
            });
            let object = serde_json::Value::Object(values.collect());
            screen.line(format!("{object:#}"))?;
        }
        Format::Text => {
            let rows = settings.show().map(|(key, value)| {
                let text = value.text.filter(|text| !text.is_empty());
                let text = text.unwrap_or_else(|| "(not set)".to_owned());
                [key.name.to_owned(), text, value.origin.to_string()]
            });
            screen.table(["SETTING", "VALUE", "FROM"], rows)?;
        }
    }
    screen.flush()?;
    for file in context.settings.files() {
        context.console.detail(&format!("read {}", file.display()));
    }
    Ok(Exit::Yes)
}
