//! stub
pub struct FileSource;
