//! Against a real Redis, and real HTTP where something is posted.

mod delivery;
mod hook;
mod leading;
mod rules;
mod site;
mod watching;

pub(super) use site::rules as rules_of;
