//! Event text is untrusted: what could move, colour or clear a terminal is shown, not obeyed.

use std::borrow::Cow;

/// Shows control characters, escape sequences and invisible direction marks as `\n`, `\x1b`,
/// `\u{202e}`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            char if is_unsafe(char) && char.is_ascii() => {
                shown.push_str(&format!("\\x{:02x}", u32::from(char)));
            }
            char if is_unsafe(char) => shown.push_str(&char.escape_unicode().to_string()),
            char => shown.push(char),
        }
    }
    Cow::Owned(shown)
}

/// The same for a line of JSON, where such characters can only stand inside strings and so have
/// an escape that every reader understands.
pub fn escape_json(line: &str) -> Cow<'_, str> {
    if !line.chars().any(is_unsafe) {
        return Cow::Borrowed(line);
    }
    let mut shown = String::with_capacity(line.len() + 16);
    for char in line.chars() {
        if is_unsafe(char) {
            let mut units = [0; 2];
            for unit in char.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and the marks that turn the
/// direction of text or hide it.
fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_shown() {
        assert_eq!(escape("plain ✓ é"), "plain ✓ é");
        assert_eq!(
            escape("\u{1b}[2Jx\r\n\t\u{9b}31m"),
            "\\x1b[2Jx\\r\\n\\t\\u{9b}31m"
        );
        assert_eq!(escape("a\u{202e}b"), "a\\u{202e}b");
    }

    #[test]
    fn json_stays_json() {
        let line = "{\"a\":\"x\u{7f}\u{9b}\u{e0001}\"}";
        let shown = escape_json(line);
        assert!(!shown.chars().any(is_unsafe));
        let before: serde_json::Value = serde_json::from_str(line).expect("json");
        let after: serde_json::Value = serde_json::from_str(&shown).expect("json");
        assert_eq!(before, after);
    }
}
