//! Against a real Redis, and real HTTP where something is posted.

mod delivery;
mod leading;
mod rules;
mod site;
mod watching;
