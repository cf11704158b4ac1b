use proptest::prelude::*;

use super::*;

fn reply() -> impl Strategy<Value = Reply> {
    let leaf = prop_oneof![
        Just(Reply::Nil),
        any::<i64>().prop_map(Reply::Int),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(Reply::Text),
        "[A-Z]{1,8} [ -~]{0,20}".prop_map(Reply::Error),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        proptest::collection::vec(inner, 0..6).prop_map(Reply::Array)
    })
}

fn encode(reply: &Reply, out: &mut Vec<u8>) {
    match reply {
        Reply::Nil => out.extend_from_slice(b"$-1\r\n"),
        Reply::Int(value) => out.extend_from_slice(format!(":{value}\r\n").as_bytes()),
        Reply::Text(text) => bulk(out, text),
        Reply::Error(text) => out.extend_from_slice(format!("-{text}\r\n").as_bytes()),
        Reply::Array(values) => {
            header(out, b'*', values.len());
            values.iter().for_each(|value| encode(value, out));
        }
    }
}

/// Bytes that look like a reply more often than chance.
fn crooked() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"*2\r\n".to_vec()),
        Just(b"*-1\r\n".to_vec()),
        Just(b"$3\r\nabc\r\n".to_vec()),
        Just(b"$99999999999\r\n".to_vec()),
        Just(b"*268435457\r\n".to_vec()),
        Just(b":-9223372036854775808\r\n".to_vec()),
        Just(b":9223372036854775808\r\n".to_vec()),
        Just(b"$-2\r\n".to_vec()),
        Just(b"+\r\n".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_split_of_a_reply_reads_alike(reply in reply(), cut in any::<prop::sample::Index>()) {
        let mut bytes = Vec::new();
        encode(&reply, &mut bytes);
        let whole = bytes.len();
        bytes.extend_from_slice(b"+next\r\n");
        let mut skim = Skim::new(0);
        let cut = cut.index(whole);
        prop_assert_eq!(skim.advance(&bytes[..cut]), Ok(None));
        prop_assert_eq!(skim.advance(&bytes), Ok(Some(whole)));
        prop_assert_eq!(Reply::parse(&bytes[..whole]), Ok(reply));
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in crooked()) {
        if let Ok(Some(end)) = Skim::new(0).advance(&bytes) {
            prop_assert!(end <= bytes.len());
            let _ = Reply::parse(&bytes[..end]);
        }
        let _ = Reply::parse(&bytes);
        let mut skim = Skim::new(0);
        for length in 0..bytes.len() {
            if skim.advance(&bytes[..length]) != Ok(None) {
                break;
            }
        }
    }
}

#[test]
fn headers_hold_any_length() {
    for length in [0, 9, 10, 65_536, usize::MAX] {
        let mut out = Vec::new();
        header(&mut out, b'$', length);
        assert_eq!(out, format!("${length}\r\n").into_bytes());
    }
}

#[test]
fn commands_are_arrays_of_bulk_strings() {
    let mut out = Vec::new();
    let long = [b'x'; 1203];
    command(&mut out, &[b"ECHO", b"", &long]);
    let expected = [
        b"*3\r\n$4\r\nECHO\r\n$0\r\n\r\n$1203\r\n",
        &long[..],
        b"\r\n",
    ]
    .concat();
    assert_eq!(out, expected);
}

#[test]
fn limits_hold() {
    let deep = b"*1\r\n".repeat(100_000);
    assert_eq!(Skim::new(0).advance(&deep), Ok(None));
    let mut closed = b"*1\r\n".repeat(MAX_DEPTH + 1);
    closed.extend_from_slice(b":1\r\n");
    assert_eq!(Reply::parse(&closed), Err(Malformed));
    assert_eq!(Reply::parse(&closed[4..]).map(drop), Ok(()));
    let wide = b"*268435456\r\n".repeat(2);
    assert_eq!(Skim::new(0).advance(&wide), Err(Malformed));
    assert_eq!(Token::read(b"$536870913\r\n", 0), Err(Malformed));
    assert_eq!(Token::read(b":0", 0), Ok(None));
    assert_eq!(Token::read(b":00000000000000000000000", 0), Err(Malformed));
    assert_eq!(Token::read(&[b'+'; MAX_LINE + 2], 0), Err(Malformed));
    assert_eq!(
        Token::read(b"HTTP/1.1 400 Bad Request\r\n", 0),
        Err(Malformed)
    );
}
