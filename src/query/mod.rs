//! Pure analyses: events in, plain structs out. No I/O, no clock, no printing.
//!
//! # The query language
//!
//! A query is words and `field:value` terms, separated by spaces:
//!
//! ```text
//! job:job_123 (service:worker OR level:error) -type:*.progress_updated data.durationMs>1000 "out of memory"
//! ```
//!
//! **Connectives.** Terms side by side must all be true, as with `AND`; `OR` binds weaker. `NOT`,
//! `-` and `!` exclude what follows; `(` `)` group. The connectives are written in capitals.
//!
//! **Words.** A word occurs, in any case, in the type, the service, an id, the text of `data` or
//! the value of an unknown field. `*` stands for any characters within that text and `?` for one;
//! `*` alone is true for every event.
//!
//! **Quotes.** `"…"` and `'…'` take the meaning from spaces, wildcards and everything else; within
//! them `\n`, `\t` and `\r` are control characters. Elsewhere a backslash takes the meaning from
//! the character after it.
//!
//! **Fields.** By name on the wire, kebab, snake or short, in any case: see [`Field`]. `id` is any
//! of the six ids that name something. `data.path.to.x` is a value in `data`. Any other name is a
//! field that the emitter added, or else a value in `data`, so that `durationMs>1000` works.
//!
//! | written | true if a value of the field |
//! |---|---|
//! | `field:*` | is there |
//! | `field:value` | is this, as a whole, with `*` and `?` |
//! | `field:~regex` | has a part that the regular expression matches |
//! | `field=value` | is this, as a whole, without wildcards |
//! | `field>value` `>=` `<` `<=` | compares so |
//!
//! A missing field has no value, so only `field!=value`, which is `-field=value`, is true for it.
//! Of an array in `data` any item counts; objects only match regular expressions, by their JSON.
//! Capitals matter in values, but not in levels.
//!
//! **Numbers.** `data.n:5` is true for `5`, `5.0` and `"5"`. Compared values may have a unit: a
//! duration (`1.5s`, `1h30m`) or a size (`10KB`, `1MiB`). They count in the unit that the last word
//! of the field's name says (`durationMs`, `elapsed_seconds`, `memoryMB`), else in milliseconds
//! and bytes. Other values compare as text, and so do quoted ones.
//!
//! **Levels and times.** `level>=warn` compares by order; an event without a level has `info`.
//! `timestamp>15m` and `timestamp>=10:30` compare times; a bare duration means ago.

mod both;
pub(crate) mod correlate;
pub(crate) mod course;
mod error;
pub mod errors;
mod expr;
mod field;
mod filter;
pub(crate) mod fingerprint;
pub mod health;
mod highlight;
pub(crate) mod jobs;
mod lexer;
mod literals;
pub(crate) mod notice;
mod number;
pub mod numbers;
mod parser;
pub(crate) mod perf;
mod skew;
pub(crate) mod step;
pub mod subject;
mod term;
#[cfg(test)]
mod tests;
mod text;
pub mod timeline;

pub use error::Error;
pub use field::Field;
pub use filter::Filter;
