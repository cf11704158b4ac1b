//! From the text of a query to its words, terms and connectives.
//!
//! Quotes open only where a word, a field's name or a value starts, so that `can't` is a word.
//! Parentheses inside a word belong to it as long as they are balanced, so that `run()` is one.

use super::error::Fault;
use super::term::Op;
use crate::glob::Slot;

/// The longest query that is read, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// One piece of a query.
#[derive(Debug)]
pub(super) enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Word(Raw),
    Term { name: String, op: Op, value: Raw },
}

/// A word or a value as it was written.
#[derive(Debug)]
pub(super) struct Raw {
    /// Its characters; of a regular expression every one stands for itself.
    pub(super) slots: Vec<Slot>,
    /// Whether quotes or backslashes take any meaning from it.
    pub(super) quoted: bool,
    /// Where it starts, in characters from 0.
    pub(super) at: usize,
}

impl Raw {
    /// The text, with wildcards as the characters they are written with.
    pub(super) fn text(&self) -> String {
        self.slots
            .iter()
            .map(|slot| match slot {
                Slot::Char(char) => *char,
                Slot::One => '?',
                Slot::Many => '*',
            })
            .collect()
    }
}

/// Takes a query apart; with each piece comes its place.
pub(super) fn tokens(query: &str) -> Result<Vec<(usize, Token)>, Fault> {
    if query.len() > MAX_BYTES {
        return Err(Fault::new(0, "the query is longer than 64 KiB"));
    }
    let mut lexer = Lexer {
        chars: query.chars().collect(),
        at: 0,
    };
    let mut tokens = Vec::new();
    loop {
        while lexer.peek(0).is_some_and(char::is_whitespace) {
            lexer.at += 1;
        }
        let at = lexer.at;
        let Some(first) = lexer.peek(0) else {
            return Ok(tokens);
        };
        tokens.push((at, lexer.token(first)?));
    }
}

/// What a pattern outside of a query means: `*` and `?` are wildcards, a backslash takes the
/// meaning from what follows it.
pub(super) fn pattern(text: &str) -> Raw {
    let mut slots = Vec::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        slots.push(match char {
            '\\' => Slot::Char(chars.next().unwrap_or('\\')),
            char => wildcard(char),
        });
    }
    Raw {
        slots,
        quoted: !text.chars().all(char::is_alphanumeric),
        at: 0,
    }
}

fn wildcard(char: char) -> Slot {
    match char {
        '*' => Slot::Many,
        '?' => Slot::One,
        char => Slot::Char(char),
    }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn follows(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(ahead, char)| self.peek(ahead) == Some(char))
    }

    fn token(&mut self, first: char) -> Result<Token, Fault> {
        if let Some((_, length)) = self.operator() {
            let operator: String = self.chars[self.at..self.at + length].iter().collect();
            return Err(Fault::new(
                self.at,
                format!("expected a field's name right before `{operator}`"),
            )
            .tip("write field:value or field>number without spaces; quote text to search for it"));
        }
        match first {
            '(' => {
                self.at += 1;
                Ok(Token::Open)
            }
            ')' => {
                self.at += 1;
                Ok(Token::Close)
            }
            '-' | '!' => {
                self.at += 1;
                if self
                    .peek(0)
                    .is_none_or(|char| char.is_whitespace() || char == ')')
                {
                    return Err(Fault::new(
                        self.at - 1,
                        format!("expected a term right after `{first}`"),
                    )
                    .tip(format!(
                        "to search for the character itself, write \"{first}\""
                    )));
                }
                Ok(Token::Not)
            }
            quote @ ('"' | '\'') => {
                let word = self.quoted(quote)?;
                self.word_or_term(word, true)
            }
            _ => {
                let may_be_name = first.is_alphabetic() || matches!(first, '_' | '@' | '$');
                let word = self.bare(may_be_name)?;
                if !word.quoted && self.operator().is_none() {
                    match word.text().as_str() {
                        "AND" => return Ok(Token::And),
                        "OR" => return Ok(Token::Or),
                        "NOT" => return Ok(Token::Not),
                        _ => {}
                    }
                }
                self.word_or_term(word, may_be_name)
            }
        }
    }

    /// What was read is a field's name if an operator follows.
    fn word_or_term(&mut self, word: Raw, may_be_name: bool) -> Result<Token, Fault> {
        let operator = may_be_name.then(|| self.operator()).flatten();
        let Some((op, length)) = operator else {
            return Ok(Token::Word(word));
        };
        if word.slots.iter().any(|slot| !matches!(slot, Slot::Char(_))) {
            return Err(
                Fault::new(word.at, "expected a field's name without wildcards")
                    .tip("`id:…` searches all ids; a word alone searches everything"),
            );
        }
        let name = word.text();
        if name.is_empty() {
            return Err(Fault::new(word.at, "expected a field's name"));
        }
        self.at += length;
        let value = self.value(&name, op)?;
        Ok(Token::Term { name, op, value })
    }

    fn value(&mut self, name: &str, op: Op) -> Result<Raw, Fault> {
        match self.peek(0) {
            None => Err(self.no_value(name, op)),
            Some(char) if char.is_whitespace() || char == ')' => Err(self.no_value(name, op)),
            Some(char @ ('=' | '<' | '>' | '~' | ':')) => Err(Fault::new(
                self.at,
                format!("expected a value after `{op}`, not `{char}`"),
            )
            .tip("operators are : :~ = != > >= < <=")),
            Some('(') if op != Op::Matches => Err(Fault::new(
                self.at,
                format!("expected a value after `{op}`, not a group"),
            )
            .tip(format!(
                "write ({name}{op}a OR {name}{op}b), or {name}:~^(a|b)$"
            ))),
            Some(quote @ ('"' | '\'')) if op == Op::Matches => self.quoted_regex(quote),
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            Some(_) if op == Op::Matches => self.bare_regex(),
            Some(_) => self.bare(false),
        }
    }

    fn no_value(&self, name: &str, op: Op) -> Fault {
        let fault = Fault::new(self.at, format!("expected a value right after `{op}`"));
        if op == Op::Is {
            fault.tip(format!(
                "{name}:* finds events that have a {name}, -{name}:* those without"
            ))
        } else {
            fault
        }
    }

    /// The operator that stands here, and its length.
    fn operator(&self) -> Option<(Op, usize)> {
        Some(match (self.peek(0)?, self.peek(1)) {
            (':', Some('~')) => (Op::Matches, 2),
            (':', _) if self.follows("::") || self.follows("://") => return None,
            (':', _) => (Op::Is, 1),
            ('!', Some('=')) => (Op::Ne, 2),
            ('>', Some('=')) => (Op::Ge, 2),
            ('<', Some('=')) => (Op::Le, 2),
            ('=', _) => (Op::Eq, 1),
            ('>', _) => (Op::Gt, 1),
            ('<', _) => (Op::Lt, 1),
            _ => return None,
        })
    }

    /// A word, a name or a value without quotes. An operator ends it only if it may be a name.
    fn bare(&mut self, mut may_be_name: bool) -> Result<Raw, Fault> {
        let at = self.at;
        let mut raw = Raw {
            slots: Vec::new(),
            quoted: false,
            at,
        };
        let mut open = Vec::new();
        while let Some(char) = self.peek(0) {
            match char {
                char if char.is_whitespace() => break,
                ')' if open.is_empty() => break,
                // `NOT(...)` is a connective before a group, not a word.
                '(' if matches!(
                    &self.chars[at..self.at],
                    ['A', 'N', 'D'] | ['O', 'R'] | ['N', 'O', 'T']
                ) =>
                {
                    break;
                }
                // `Rust::path:12` and `https://host:80` are words.
                ':' if self.follows("::") || self.follows("://") => may_be_name = false,
                _ if may_be_name && self.operator().is_some() => break,
                '\\' => {
                    raw.quoted = true;
                    self.at += 1;
                    let escaped = self.peek(0).ok_or_else(|| self.lone_backslash())?;
                    raw.slots.push(Slot::Char(escaped));
                    self.at += 1;
                    continue;
                }
                '(' => open.push(self.at),
                ')' => drop(open.pop()),
                _ => {}
            }
            raw.slots.push(wildcard(char));
            self.at += 1;
        }
        closed(&open)?;
        Ok(raw)
    }

    fn quoted(&mut self, quote: char) -> Result<Raw, Fault> {
        self.between(quote, |char, text| {
            text.push(match char {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                char => char,
            });
        })
    }

    /// In a regular expression a backslash keeps its meaning, but for quotes, which it only
    /// protects from ending the value.
    fn quoted_regex(&mut self, quote: char) -> Result<Raw, Fault> {
        self.between(quote, push_regex_escape)
    }

    fn bare_regex(&mut self) -> Result<Raw, Fault> {
        let at = self.at;
        let mut text = String::new();
        let mut open = Vec::new();
        while let Some(char) = self.peek(0) {
            match char {
                char if char.is_whitespace() => break,
                ')' if open.is_empty() => break,
                '(' => open.push(self.at),
                ')' => drop(open.pop()),
                '\\' => {
                    self.at += 1;
                    let escaped = self.peek(0).ok_or_else(|| self.lone_backslash())?;
                    push_regex_escape(escaped, &mut text);
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            text.push(char);
            self.at += 1;
        }
        closed(&open)?;
        Ok(Raw {
            slots: text.chars().map(Slot::Char).collect(),
            quoted: true,
            at,
        })
    }

    /// The text up to the closing quote; `escape` says what a backslash and a character mean.
    fn between(&mut self, quote: char, escape: impl Fn(char, &mut String)) -> Result<Raw, Fault> {
        let at = self.at;
        let unclosed = || {
            Fault::new(at, format!("expected a closing {quote} for this quote"))
                .tip(format!("write \\{quote} for the character itself"))
        };
        let mut text = String::new();
        loop {
            self.at += 1;
            match self.peek(0).ok_or_else(unclosed)? {
                char if char == quote => break,
                '\\' => {
                    self.at += 1;
                    escape(self.peek(0).ok_or_else(unclosed)?, &mut text);
                }
                char => text.push(char),
            }
        }
        self.at += 1;
        let ends = |char: char| char.is_whitespace() || matches!(char, '(' | ')');
        if self.operator().is_none() && !self.peek(0).is_none_or(ends) {
            return Err(
                Fault::new(self.at, "expected a space after the closing quote")
                    .tip(format!("write \\{quote} for a quote inside of quotes")),
            );
        }
        Ok(Raw {
            slots: text.chars().map(Slot::Char).collect(),
            quoted: true,
            at,
        })
    }

    fn lone_backslash(&self) -> Fault {
        Fault::new(self.at - 1, "expected a character after `\\`").tip("write \\\\ for a backslash")
    }
}

/// A word must not take the parenthesis that closes a group around it.
fn closed(open: &[usize]) -> Result<(), Fault> {
    match open.last() {
        Some(at) => Err(unclosed(*at)),
        None => Ok(()),
    }
}

/// A parenthesis that nothing closes.
pub(super) fn unclosed(at: usize) -> Fault {
    Fault::new(at, "expected a `)` that closes this `(`")
        .tip("to search for the character itself, write \"(\"")
}

fn push_regex_escape(char: char, text: &mut String) {
    if !matches!(char, '"' | '\'') {
        text.push('\\');
    }
    text.push(char);
}
