//! stub

/// stub
#[derive(Debug, thiserror::Error)]
#[error("stub")]
pub struct Error;
impl Error {
    pub fn hints(&self) -> Vec<String> {
        Vec::new()
    }
    pub fn is_usage(&self) -> bool {
        false
    }
}
