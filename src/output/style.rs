//! What each part of the output means, and the colour that goes with it.

use owo_colors::{AnsiColors, Style};

use crate::event::Level;

/// The meaning of a piece of text; the colour follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role<'a> {
    /// Plain text.
    Plain,
    /// Headings and table heads.
    Heading,
    /// What matters less: separators, units, hints.
    Dim,
    /// What matters most in a line.
    Strong,
    /// A service; each name has a colour of its own, the same in every command.
    Service(&'a str),
    /// A level, or text that shares its seriousness.
    Level(Level),
    /// A part that the query matched.
    Match,
    /// A good verdict.
    Good,
    /// A doubtful verdict.
    Doubt,
    /// A bad verdict.
    Bad,
}

impl Role<'_> {
    pub(super) fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Heading => style.bold().underline(),
            Self::Dim => style.dimmed(),
            Self::Strong => style.bold(),
            Self::Service(name) => style.color(service_colour(name)),
            Self::Level(Level::Debug) => style.dimmed(),
            Self::Level(Level::Info) => style,
            Self::Level(Level::Warn) | Self::Doubt => style.yellow(),
            Self::Level(Level::Error) | Self::Bad => style.red().bold(),
            Self::Match => style.black().on_yellow(),
            Self::Good => style.green(),
        }
    }
}

/// The services of the documents keep the same colour everywhere; others get one by their name.
fn service_colour(name: &str) -> AnsiColors {
    const OTHERS: [AnsiColors; 4] = [
        AnsiColors::BrightBlue,
        AnsiColors::BrightCyan,
        AnsiColors::BrightMagenta,
        AnsiColors::BrightGreen,
    ];
    match name {
        "api-server" => AnsiColors::Cyan,
        "webhook-service" => AnsiColors::Magenta,
        "worker" => AnsiColors::Green,
        "machine" => AnsiColors::Blue,
        "monitor" => AnsiColors::BrightBlack,
        other => {
            let sum = other
                .bytes()
                .fold(0usize, |sum, byte| sum * 31 % 997 + usize::from(byte));
            OTHERS[sum % OTHERS.len()]
        }
    }
}
