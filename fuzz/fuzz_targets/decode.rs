//! Any bytes in an entry or a line are read without a crash, and what was read survives being
//! written and read again.

#![no_main]

use std::sync::Arc;

use emp_cli::event::{EntryId, json, wire};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Zero bytes part the names and values of an entry.
    let pieces: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
    let fields = pieces
        .chunks(2)
        .map(|pair| (pair[0], pair.get(1).copied().unwrap_or_default()));
    let event = wire::decode(&Arc::from("s"), EntryId { ms: 1, seq: 0 }, fields);
    wire::encode(&event);
    let line = json::write(&event);
    assert!(json::read(line.as_bytes()).is_ok(), "{line}");

    if let Ok(event) = json::read(bytes) {
        let line = json::write(&event);
        assert!(!line.contains('\n'), "{line}");
        assert!(json::read(line.as_bytes()).is_ok(), "{line}");
    }
});
