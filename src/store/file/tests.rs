use std::cell::RefCell;
use std::fs;
use std::io::Write;

use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::TempDir;

use super::super::samples::{START, STREAMS};
use super::*;
use crate::event::{Literal, Millis};

fn scan<'a>(streams: &'a [String], literals: &'a [Literal]) -> Scan<'a> {
    Scan {
        streams,
        literals,
        ..Scan::default()
    }
}

fn file(bytes: &[u8]) -> (TempDir, FileSource) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events");
    fs::write(&path, bytes).expect("written");
    (folder, FileSource::new(path, STREAMS[0], STREAMS[1]))
}

/// What was found, and how the scan ended.
fn ask(bytes: &[u8], scan: &Scan<'_>) -> (Vec<String>, Result<Coverage, Error>) {
    let (_folder, mut source) = file(bytes);
    let mut kept = Vec::new();
    let end = source.scan(scan, &mut kept);
    (
        kept.into_iter().map(|event| event.event_type).collect(),
        end,
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).expect("packed");
    packer.finish().expect("packed")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("packed")
}

const TWO: &[u8] = b"{\"eventType\":\"a.b\"}\n{\"eventType\":\"c.d\"}\n";
const ONE: &[u8] = b"{\"eventType\":\"e.f\"}";

#[test]
fn packed_files_are_known_by_their_bytes() {
    let plain = [TWO, ONE].concat();
    let packed = [
        gzip(&plain),
        zstd(&plain),
        [gzip(TWO), gzip(ONE)].concat(),
        [zstd(TWO), zstd(ONE)].concat(),
    ];
    for bytes in packed.iter().chain([&plain]) {
        let (found, end) = ask(bytes, &scan(&[], &[]));
        assert_eq!(found, ["a.b", "c.d", "e.f"]);
        assert_eq!(end.expect("read").scanned, 3);
    }
}

#[test]
fn what_a_broken_file_holds_comes_before_the_error() {
    let lines: String = (0..20_000)
        .map(|n| format!("{{\"eventType\":\"a.b\",\"n\":\"{}\"}}\n", n * 7919))
        .collect();
    for packed in [gzip(lines.as_bytes()), zstd(lines.as_bytes())] {
        let (found, end) = ask(&packed[..packed.len() / 2], &scan(&[], &[]));
        assert!(found.len() > 1000, "{}", found.len());
        let Err(Error::File { source, .. }) = end else {
            panic!("{end:?}");
        };
        assert!(
            source.to_string().contains("ends in the middle"),
            "{source}"
        );
    }
}

#[test]
fn endings_marks_and_empty_lines_do_not_matter() {
    let text = b"\xef\xbb\xbf{\"eventType\":\"a.b\"}\r\n\r\n  \n\t{\"eventType\":\"c.d\"} \r\n{\"eventType\":\"e.f\"}";
    let (found, end) = ask(text, &scan(&[], &[]));
    assert_eq!(found, ["a.b", "c.d", "e.f"]);
    let coverage = end.expect("read");
    assert_eq!((coverage.scanned, coverage.unreadable), (3, 0));
}

#[test]
fn lines_that_are_no_object_are_counted() {
    let mut text =
        b"plain\n[1]\n{\"eventType\":\"a.b\"}\n{broken\nnull\n{\"x\":\"\xff\"}\n".to_vec();
    text.extend(b"{\"data\":\"");
    text.resize(text.len() + 5 * 1024 * 1024, b'x');
    text.extend(b"\"}\n{\"eventType\":\"c.d\"}\n");
    let (found, end) = ask(&text, &scan(&[], &[]));
    assert_eq!(found, ["a.b", "", "c.d"]);
    let coverage = end.expect("read");
    assert_eq!((coverage.scanned, coverage.unreadable), (8, 5));
}

#[test]
fn a_line_without_a_stream_goes_where_its_type_belongs() {
    let text = concat!(
        "{\"eventType\":\"a.b\"}\n",
        "{\"eventType\":\"error.X\"}\n",
        "{\"eventType\":\"c.d\",\"_stream\":\"mine\"}\n",
    );
    for (stream, expected) in [
        (STREAMS[0], "a.b"),
        (STREAMS[1], "error.X"),
        ("mine", "c.d"),
    ] {
        let streams = [stream.to_owned()];
        let (_folder, mut source) = file(text.as_bytes());
        let mut kept = Vec::new();
        source.scan(&scan(&streams, &[]), &mut kept).expect("read");
        assert_eq!(kept.len(), 1);
        assert_eq!(
            (kept[0].event_type.as_str(), kept[0].stream()),
            (expected, Some(stream))
        );
    }
}

#[test]
fn the_span_is_told_where_it_is_known() {
    let lines = [
        "2023-11-14T22:13:22.000Z",
        "2023-11-14T22:13:20.000Z",
        "2023-11-14T22:13:21.000Z",
    ]
    .map(|at| format!("{{\"timestamp\":\"{at}\",\"eventType\":\"a.b\"}}\n"))
    .concat();
    let absent = [Literal::new("zzz", false).expect("a literal")];
    let (found, end) = ask(lines.as_bytes(), &scan(&[], &absent));
    let coverage = end.expect("read");
    assert!(found.is_empty());
    assert_eq!(coverage.oldest, Millis::new(START));
    assert_eq!(coverage.newest, Millis::new(START + 2000));
    let unknown = [lines.as_str(), "{\"eventType\":\"a.b\",\"timestamp\":1}\n"].concat();
    let coverage = ask(unknown.as_bytes(), &scan(&[], &absent))
        .1
        .expect("read");
    assert_eq!((coverage.oldest, coverage.newest), (None, None));
    let coverage = ask(unknown.as_bytes(), &scan(&[], &[])).1.expect("read");
    assert_eq!(coverage.oldest, Millis::new(1000));
}

#[test]
fn progress_is_told_on_the_way_also_where_nothing_matches() {
    let lines = "{\"eventType\":\"a.b\"}\nno json\n".repeat(5000);
    let absent = [Literal::new("zzz", false).expect("a literal")];
    let told = RefCell::new(Vec::new());
    let scan = Scan {
        progress: &|count| told.borrow_mut().push(count),
        ..scan(&[], &absent)
    };
    let (_, end) = ask(lines.as_bytes(), &scan);
    assert_eq!(end.expect("read").scanned, 10_000);
    assert_eq!(told.take(), [PAGE, PAGE, 10_000 - 2 * PAGE]);
}

#[test]
fn what_is_no_file_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().to_owned(), folder.path().join("none")] {
        let mut source = FileSource::new(&path, STREAMS[0], STREAMS[1]);
        let error = source
            .scan(&scan(&[], &[]), &mut Vec::new())
            .expect_err("no file");
        assert!(
            matches!(error, Error::File { path: shown, .. } if shown == path.display().to_string())
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(mut bytes in any::<Vec<u8>>(), pack in 0u8..6, cut in any::<prop::sample::Index>()) {
        match pack {
            0 => bytes.splice(0..0, GZIP.iter().copied()).for_each(drop),
            1 => bytes.splice(0..0, ZSTD.iter().copied()).for_each(drop),
            2 => bytes = gzip(&bytes),
            3 => bytes = zstd(&bytes),
            4 => {
                bytes = gzip(&[TWO, &bytes].concat());
                let at = cut.index(bytes.len());
                bytes[at] ^= 0x55;
            }
            _ => {}
        }
        let (found, end) = ask(&bytes, &scan(&[], &[]));
        if let Ok(coverage) = end {
            prop_assert_eq!(found.len() as u64 + coverage.unreadable, coverage.scanned);
        }
    }
}
