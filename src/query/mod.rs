//! Pure analyses: events in, plain structs out. No I/O, no clock, no printing.

pub mod subject;
pub mod timeline;

/// stub
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct Error;
impl Error {
    pub fn hints(&self) -> Vec<String> {
        Vec::new()
    }
}
