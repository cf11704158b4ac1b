//! Against a real server, private to each test.

mod access;
mod scan;
mod write;
