//! `emp errors alerts`: what the rules of alerts say about what has happened.

use std::sync::Arc;

use super::super::Context;
use super::super::report::ReportArgs;
use super::reading::{Asked, Reach};
use crate::collect::alerts::{Replay, Rules};
use crate::config::{AlertRule, Condition, Severity};
use crate::error::{Error, Exit};
use crate::event::{Event, Millis};
use crate::output::errors::{AlertsView, RuleLine};
use crate::output::report::Form;
use crate::query::errors::Window;
use crate::query::notice::{Log, Told};

/// Show which alerts the rules of emp.toml would fire over the window, and which did fire
///
/// The rules are run as the collector runs them, over the events as they arrived. A kind of error
/// counts as new if no event of the seven days before the window has it. Without a window, all
/// events are taken. Rules that events alone cannot tell (open jobs, trimming, memory) are named.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  emp errors alerts --last 24h
  emp errors alerts --threshold critical
  emp --config draft.toml errors alerts --from events.ndjson")]
pub struct Args {
    /// Only rules of at least this severity
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t)]
    threshold: Threshold,
    #[command(flatten)]
    pub(super) asked: Asked,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Threshold {
    /// All rules
    #[default]
    Warning,
    /// Only critical ones
    Critical,
}

pub(super) fn look(args: &Args, context: &mut Context) -> Result<Exit, Error> {
    let (options, asked) = args.asked.options(context)?;
    let rules = Rules::new(&context.settings.alerts, &context.clock)?;
    let least = match args.threshold {
        Threshold::Warning => Severity::Warning,
        Threshold::Critical => Severity::Critical,
    };
    let mut replay = Replay::new(Arc::new(rules), options.since);
    let mut fired = Log::default();
    let since = options.since.unwrap_or(Millis::MIN);
    let take = &mut |event: &Event| match Told::read(event) {
        Some(told) => {
            if event.timestamp >= since {
                fired.push(told);
            }
        }
        None => replay.push(event),
    };
    let mut read = asked.events(&[], Reach::Before, &|_| true, context, take)?;
    let window = Window::of(&options, &read.witness);
    let rules = context.settings.alerts.rules()?.into_iter();
    let rules = rules.filter(|rule| rule.severity >= least);
    let rules: Vec<RuleLine> = rules.map(|rule| rule_line(&rule)).collect();
    let known = |rule: &str| rules.iter().any(|line| line.name == rule);
    let (mut would_fire, more_would_fire) = replay.finish(window.until);
    would_fire.retain(|alert| known(&alert.rule));
    let (mut fired, more_fired) = fired.finish();
    fired.retain(|alert| least == Severity::Warning || alert.severity == least.as_str());
    let nothing = read.witness.span().is_none();
    let none = would_fire.is_empty() && fired.is_empty();
    if nothing {
        read.explain_nothing(context)?;
    }
    if !nothing || args.report.output != Form::Text {
        let again = args.asked.again();
        let view = AlertsView {
            window,
            rules,
            would_fire,
            more_would_fire,
            fired,
            more_fired,
            again: &again,
        };
        args.report.print(&view, context)?;
    }
    read.report(context)?;
    Ok(if none { Exit::No } else { Exit::Yes })
}

fn rule_line(rule: &AlertRule) -> RuleLine {
    RuleLine {
        name: rule.name.clone(),
        severity: rule.severity.as_str(),
        condition: rule.to_string(),
        is_replayed: matches!(
            rule.condition,
            Condition::Rate { .. } | Condition::New { .. } | Condition::Silent { .. }
        ),
    }
}
