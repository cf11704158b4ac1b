//! Numbers as small pictures.

/// A row of bars, one for each value; the greatest fills the line.
pub fn sparkline(values: &[f64], unicode: bool) -> String {
    let levels: &[char] = if unicode {
        &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    } else {
        &['.', ':', '-', '=', '+', '*', '#', '@']
    };
    let most = values.iter().copied().fold(0.0, f64::max);
    let level = |value: f64| {
        if value <= 0.0 || most <= 0.0 {
            return ' ';
        }
        #[expect(clippy::cast_precision_loss, reason = "eight levels")]
        let place = (value / most * levels.len() as f64).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and the number of levels"
        )]
        let place = (place as usize).clamp(1, levels.len());
        levels[place - 1]
    };
    values.iter().map(|value| level(*value)).collect()
}

/// A bar that fills a share (0 to 1) of so many cells; one that is not empty shows at least a bit.
pub fn bar(share: f64, cells: usize, unicode: bool) -> String {
    let eighths: &[char] = &['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
    let per_cell = if unicode { eighths.len() } else { 1 };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a picture of some cells"
    )]
    let units = (share.clamp(0.0, 1.0) * (cells * per_cell) as f64).round() as usize;
    let units = if share > 0.0 { units.max(1) } else { 0 };
    if !unicode {
        return "#".repeat(units);
    }
    let mut bar = "█".repeat(units / per_cell);
    if let Some(rest) = (units % per_cell).checked_sub(1) {
        bar.push(eighths[rest]);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_fills_the_line() {
        assert_eq!(sparkline(&[0.0, 1.0, 4.0, 8.0], true), " ▁▄█");
        assert_eq!(sparkline(&[0.0, 1.0, 4.0, 8.0], false), " .=@");
        assert_eq!(sparkline(&[0.0, 0.0], true), "  ");
        assert_eq!(sparkline(&[], true), "");
    }

    #[test]
    fn bars_show_something_where_there_is_something() {
        assert_eq!(bar(0.5, 4, true), "██");
        assert_eq!(bar(0.001, 4, true), "▏");
        assert_eq!(bar(0.001, 4, false), "#");
        assert_eq!(bar(1.0, 4, false), "####");
        assert_eq!(bar(0.0, 4, true), "");
    }
}
