//! Lengths of time as people read them.

/// A length of time in at most two units: `180 ms`, `12.3 s`, `4m 05s`, `2h 10m`, `3d 04h`.
/// What does not fit the last unit is cut off, so that no length is overstated.
pub fn duration(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    let seconds = ms / 1000;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        0 => format!("{sign}{ms} ms"),
        1..60 => format!("{sign}{seconds}.{} s", ms % 1000 / 100),
        60..3600 => format!("{sign}{minutes}m {:02}s", seconds % 60),
        3600..86_400 => format!("{sign}{hours}h {:02}m", minutes % 60),
        _ => format!("{sign}{}d {:02}h", hours / 24, hours % 24),
    }
}

/// The same of a length that may not be whole.
pub fn rounded(ms: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
    let ms = ms.round() as i64;
    duration(ms)
}

/// A round length without the parts that say nothing: `500 ms`, `5 s`, `1m 30s`, `2h`.
pub fn round(ms: i64) -> String {
    let text = duration(ms);
    let whole = ["m 00s", "h 00m", "d 00h"].iter().find_map(|tail| {
        let head = text.strip_suffix(tail)?;
        Some(format!("{head}{}", &tail[..1]))
    });
    whole.unwrap_or_else(|| text.replace(".0 s", " s"))
}

/// The time since the line before, to the millisecond while that says something: `+1.204s`,
/// `+4m05s`, `+2h10m`. Without spaces, so that a column of them can be read down.
pub fn delta(ms: i64) -> String {
    let sign = if ms < 0 { '-' } else { '+' };
    let length = ms.unsigned_abs();
    if length < 60_000 {
        return format!("{sign}{}.{:03}s", length / 1000, length % 1000);
    }
    let text = duration(i64::try_from(length).unwrap_or(i64::MAX)).replace(' ', "");
    format!("{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_at_most() {
        for (ms, text) in [
            (0, "0 ms"),
            (180, "180 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (12_399, "12.3 s"),
            (59_999, "59.9 s"),
            (60_000, "1m 00s"),
            (245_000, "4m 05s"),
            (3_599_999, "59m 59s"),
            (7_800_000, "2h 10m"),
            (86_400_000, "1d 00h"),
            (-1_500, "-1.5 s"),
            (i64::MIN, "-106751991167d 07h"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn round_lengths_stay_short() {
        for (ms, text) in [
            (500, "500 ms"),
            (1_000, "1 s"),
            (1_500, "1.5 s"),
            (60_000, "1m"),
            (90_000, "1m 30s"),
            (7_200_000, "2h"),
            (172_800_000, "2d"),
        ] {
            assert_eq!(round(ms), text);
        }
    }

    #[test]
    fn deltas_line_up() {
        for (ms, text) in [
            (0, "+0.000s"),
            (1_204, "+1.204s"),
            (59_999, "+59.999s"),
            (245_000, "+4m05s"),
            (-12, "-0.012s"),
        ] {
            assert_eq!(delta(ms), text);
        }
    }
}
