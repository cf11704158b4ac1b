//! Why an output of OTLP cannot be built.

/// Settings that cannot be used together, found when the collector starts.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Certificates or the address are refused by what has to use them.
    #[error("cannot prepare OTLP to {url}: {reason}")]
    Client {
        /// The address.
        url: String,
        /// What is wrong, without secrets.
        reason: String,
    },
}

impl Error {
    /// What to try next.
    pub fn hints(&self) -> Vec<String> {
        vec![
            "look at otlp.ca, otlp.client_certificate and otlp.client_key in `emp config show`"
                .to_owned(),
        ]
    }
}

/// An error's last cause, which says what happened; the others say where it was noticed.
pub(super) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
