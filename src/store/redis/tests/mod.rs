//! Against a real server, private to each test.

mod access;
mod count;
mod facts;
mod follow;
mod group;
mod joblog;
mod kept;
mod latest;
mod rights;
mod scan;
mod trim;
mod write;
