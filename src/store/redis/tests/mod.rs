//! Against a real server, private to each test.

mod access;
mod facts;
mod follow;
mod joblog;
mod scan;
mod write;
