//! Numbers and sizes as people read them.

/// Bytes in binary units with three digits: `512 B`, `1.50 KiB`, `21.9 MiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    // From 999.5 on, rounding would show a fourth digit.
    while amount >= 999.5 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    let decimals = match amount {
        amount if amount < 9.995 => 2,
        amount if amount < 99.95 => 1,
        _ => 0,
    };
    format!("{amount:.decimals$} {}", UNITS[unit])
}

/// Reads a size: `100MB` has 100,000,000 bytes, `100MiB` 104,857,600; `KB`, `K`, `512` and `B`
/// likewise, in any case, with or without a space. `None` for anything else.
pub fn parse_bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 12] = [
        ("", 1),
        ("b", 1),
        ("k", 1_000),
        ("kb", 1_000),
        ("kib", 1 << 10),
        ("m", 1_000_000),
        ("mb", 1_000_000),
        ("mib", 1 << 20),
        ("g", 1_000_000_000),
        ("gb", 1_000_000_000),
        ("gib", 1 << 30),
        ("tb", 1_000_000_000_000),
    ];
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start().to_ascii_lowercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

/// A number with its thousands apart: `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 event`, `2,000 events`.
pub fn number_of(number: u64, noun: &str) -> String {
    let number_text = count(number);
    match noun.strip_suffix('y') {
        _ if number == 1 => format!("{number_text} {noun}"),
        Some(stem) => format!("{number_text} {stem}ies"),
        None => format!("{number_text} {noun}s"),
    }
}

/// A share in per cent with one decimal, which never says 100 % of what is not all, nor 0 % of
/// what is not nothing.
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    let tenths = (u128::from(part) * 1000 + u128::from(whole) / 2) / u128::from(whole);
    let tenths = match tenths {
        1000 if part < whole => 999,
        0 if part > 0 => 1,
        tenths => tenths,
    };
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} %"),
        (whole, tenth) => format!("{whole}.{tenth} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_show_three_digits() {
        let shown = [0, 1023, 1024, 1536, 10_230, 22_963_814, 1_023_000, u64::MAX].map(bytes);
        let expected = [
            "0 B", "1023 B", "1.00 KiB", "1.50 KiB", "9.99 KiB", "21.9 MiB", "999 KiB", "16.0 EiB",
        ];
        assert_eq!(shown, expected);
        assert_eq!(bytes(1_023_900), "0.98 MiB");
    }

    #[test]
    fn sizes_as_people_type_them() {
        for (typed, bytes) in [
            ("100MB", Some(100_000_000)),
            ("100 MiB", Some(104_857_600)),
            ("32mib", Some(33_554_432)),
            ("5k", Some(5_000)),
            ("512", Some(512)),
            ("", None),
            ("MB", None),
            ("-1MB", None),
            ("1.5MB", None),
            ("1 parsec", None),
            ("99999999999999GB", None),
        ] {
            assert_eq!(parse_bytes(typed), bytes, "{typed}");
        }
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(count),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn shares_tell_all_from_nearly_all() {
        assert_eq!(percent(1, 1), "100 %");
        assert_eq!(percent(99_999, 100_000), "99.9 %");
        assert_eq!(percent(1, 100_000), "0.1 %");
        assert_eq!(percent(0, 5), "0 %");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(u64::MAX, u64::MAX), "100 %");
    }
}
