//! An error as an event: its name, what it says, what caused it, and where.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::error::Error;

use serde_json::{Map, Value};

/// Causes listed at most; a chain that never ends is cut.
const CAUSES: usize = 32;

/// Event type and data for an error. Fields of `context` do not replace the error's own.
pub(super) fn describe<E: Error + ?Sized>(error: &E, context: Value) -> (String, Value) {
    let name = name::<E>();
    let mut data = Map::new();
    data.insert("name".to_owned(), name.as_str().into());
    data.insert("message".to_owned(), error.to_string().into());
    let causes = causes(error.source());
    if !causes.is_empty() {
        data.insert("causes".to_owned(), causes.into());
    }
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        data.insert("stack".to_owned(), backtrace.to_string().into());
    }
    let more = match context {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        other => Map::from_iter([("value".to_owned(), other)]),
    };
    for (key, value) in more {
        data.entry(key).or_insert(value);
    }
    (format!("error.{name}"), data.into())
}

/// What a cause and those behind it say.
pub(in crate::emit) fn causes(first: Option<&(dyn Error + 'static)>) -> Vec<Value> {
    let mut causes = Vec::new();
    let mut next = first;
    while let Some(cause) = next.filter(|_| causes.len() < CAUSES) {
        causes.push(Value::from(cause.to_string()));
        next = cause.source();
    }
    causes
}

/// The type's own name: of `std::io::Error` it is `io::Error` that tells, so a name that says
/// nothing but `Error` keeps its module, as `IoError`.
fn name<E: ?Sized>() -> String {
    let full = std::any::type_name::<E>();
    let full = full
        .trim_start_matches("dyn ")
        .split(['<', ' '])
        .next()
        .unwrap_or(full);
    let mut parts = full.rsplit("::");
    let own = parts.next().unwrap_or(full);
    let module = parts.find(|part| !matches!(*part, "error" | "std" | "core" | "alloc"));
    match (own, module) {
        ("Error", Some(module)) => {
            let mut letters = module.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first
                .into_iter()
                .chain(letters)
                .chain("Error".chars())
                .collect()
        }
        _ => own.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, thiserror::Error)]
    #[error("upload failed")]
    struct UploadError(#[source] std::io::Error);

    #[test]
    fn an_error_tells_its_name_message_and_causes() {
        let error = UploadError(std::io::Error::other("disk full"));
        let (event_type, data) = describe(&error, json!({ "step": 3, "message": "not mine" }));
        assert_eq!(event_type, "error.UploadError");
        assert_eq!(data["message"], "upload failed");
        assert_eq!(data["causes"], json!(["disk full"]));
        assert_eq!(data["step"], 3);
    }

    #[test]
    fn a_name_that_says_nothing_keeps_its_module() {
        assert_eq!(name::<std::io::Error>(), "IoError");
        assert_eq!(name::<UploadError>(), "UploadError");
        assert_eq!(name::<dyn Error>(), "Error");
        assert_eq!(name::<dyn Error + Send + Sync>(), "Error");
    }
}
