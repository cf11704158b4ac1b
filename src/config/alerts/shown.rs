//! How a rule is shown to people: as they would write it.

use std::fmt;
use std::time::Duration;

use super::{AlertRule, COOLDOWN, Condition, RESOLVE_AFTER};
use crate::quantity;

/// The condition and how bad it is, spelt as in `emp.toml`: `count = 10, window = "1m" (the
/// default), query = "*", severity = "warning"`.
impl fmt::Display for AlertRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |length: &Duration| {
            let ms = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
            quantity::round(ms).replace(' ', "")
        };
        let by = |f: &mut fmt::Formatter<'_>, by: &Option<String>| match by {
            Some(by) => write!(f, ", by = {by:?}"),
            None => Ok(()),
        };
        match &self.condition {
            Condition::Rate {
                query,
                count,
                window,
                window_given,
                by: field,
            } => {
                write!(f, "count = {count}, window = {:?}", time(window))?;
                if !window_given {
                    f.write_str(" (the default)")?;
                }
                write!(f, ", query = {query:?}")?;
                by(f, field)?;
            }
            Condition::New { query, by: field } => {
                write!(f, "new = true, query = {query:?}")?;
                by(f, field)?;
            }
            Condition::Silent { query, silent_for } => {
                write!(f, "silent_for = {:?}, query = {query:?}", time(silent_for))?;
            }
            Condition::Stuck { stuck_for } => write!(f, "stuck_for = {:?}", time(stuck_for))?,
            Condition::Overtaken { within } => {
                write!(f, "overtaken_within = {:?}", time(within))?;
            }
            Condition::Memory { percent } => write!(f, "redis_memory = \"{percent}%\"")?,
        }
        write!(f, ", severity = {:?}", self.severity.as_str())?;
        // Most rules leave these alone.
        for (name, length, usual) in [
            ("cooldown", self.cooldown, COOLDOWN),
            ("resolve_after", self.resolve_after, RESOLVE_AFTER),
        ] {
            if length != usual {
                write!(f, ", {name} = {:?}", time(&length))?;
            }
        }
        Ok(())
    }
}
