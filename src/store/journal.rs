//! stub
pub struct Journal;
pub struct JournalSource;
