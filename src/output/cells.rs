//! Text in terminal cells: wide characters take two, combining ones none.
//!
//! All text must be escaped already, and not yet painted.

use unicode_width::UnicodeWidthStr;

/// The number of cells that text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Text filled up with spaces on the right; longer text stays as it is.
pub fn pad(text: &str, cells: usize) -> String {
    let missing = cells.saturating_sub(width(text));
    format!("{text}{:missing$}", "")
}

/// Text filled up with spaces on the left; longer text stays as it is.
pub fn pad_left(text: &str, cells: usize) -> String {
    let missing = cells.saturating_sub(width(text));
    format!("{:missing$}{text}", "")
}

/// The longest start of text that takes at most `cells`.
pub fn start(text: &str, cells: usize) -> &str {
    // A run of combining characters takes no cells, but it must not be without end either.
    let most = 4 * cells + 8;
    let mut end = 0;
    for (count, (at, char)) in text.char_indices().enumerate() {
        let next = at + char.len_utf8();
        if count >= most || width(&text[..next]) > cells {
            break;
        }
        end = next;
    }
    &text[..end]
}

/// Text that takes at most `cells`; where some is missing, `ellipsis` says so.
pub fn cut(text: &str, cells: usize, ellipsis: &str) -> String {
    // Bytes are never fewer than a quarter of the cells, which spares measuring very long text.
    if text.len() <= 4 * cells + 8 && width(text) <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(width(ellipsis));
    let kept = start(text, room);
    if kept.len() == text.len() {
        return text.to_owned();
    }
    format!("{kept}{}", start(ellipsis, cells))
}

/// Text on at most `lines` lines of `cells`, broken at spaces where there are any; where some is
/// missing, `ellipsis` says so.
pub fn wrap(text: &str, cells: usize, lines: usize, ellipsis: &str) -> Vec<String> {
    let cells = cells.max(1);
    let mut wrapped = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if wrapped.len() + 1 == lines {
            wrapped.push(cut(rest, cells, ellipsis));
            break;
        }
        let fits = start(rest, cells);
        let end = if fits.len() == rest.len() || rest[fits.len()..].starts_with(' ') {
            fits.len()
        } else {
            match fits.rfind(' ') {
                Some(space) if space > 0 => space,
                // One character wider than the line must still move on.
                _ if fits.is_empty() => rest.chars().next().map_or(rest.len(), char::len_utf8),
                _ => fits.len(),
            }
        };
        wrapped.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_and_combining_characters_count_as_shown() {
        assert_eq!(width("a作e\u{301}🚀"), 6);
        assert_eq!(pad("作", 4), "作  ");
        assert_eq!(pad_left("作", 4), "  作");
    }

    #[test]
    fn cutting_never_exceeds_the_cells() {
        assert_eq!(cut("abcdef", 6, "…"), "abcdef");
        assert_eq!(cut("abcdefg", 6, "…"), "abcde…");
        assert_eq!(cut("作業中です", 6, "…"), "作業…");
        assert_eq!(cut("abcdef", 4, "..."), "a...");
        assert_eq!(cut("abcdef", 2, "..."), "..");
        assert_eq!(cut("abc", 0, "…"), "");
        let zalgo = format!("a{}", "\u{301}".repeat(10_000));
        assert!(cut(&zalgo, 5, "…").len() < 100);
    }

    #[test]
    fn wrapping_breaks_at_spaces() {
        assert_eq!(
            wrap("out of memory on device 0", 13, 9, "…"),
            ["out of memory", "on device 0"]
        );
        assert_eq!(wrap("abcdefgh", 3, 2, "…"), ["abc", "de…"]);
        assert_eq!(wrap("作業中", 1, 9, "…"), ["作", "業", "中"]);
        assert!(wrap("  ", 3, 2, "…").is_empty());
    }
}
