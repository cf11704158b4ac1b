//! From tokens to an expression, by recursive descent of bounded depth.
//!
//! ```text
//! any   = all { OR all }
//! all   = not { [AND] not }
//! not   = { NOT } ( "(" any ")" | word | term )
//! ```

use std::iter::Peekable;
use std::vec::IntoIter;

use super::error::Fault;
use super::expr::Expr;
use super::field::Field;
use super::lexer::{Token, tokens, unclosed};
use super::term::{Op, Term};
use crate::glob::Glob;
use crate::time::Clock;

/// How deep parentheses and negations may nest.
const MAX_DEPTH: usize = 64;
/// How many regular expressions a query may hold; each may take a megabyte.
const MAX_REGEXES: usize = 32;

/// Reads a query. An empty one is true for every event.
pub(super) fn parse(query: &str, clock: &Clock) -> Result<Expr, Fault> {
    let mut parser = Parser {
        tokens: tokens(query)?.into_iter().peekable(),
        end: query.trim_end().chars().count(),
        clock,
        depth: 0,
        regexes: 0,
    };
    if parser.tokens.peek().is_none() {
        return Ok(Expr::everything());
    }
    let expr = parser.any()?;
    match parser.tokens.next() {
        // Everything else is taken by the rules above.
        Some((at, _)) => Err(Fault::new(at, "expected a `(` somewhere before this `)`")
            .tip("to search for the character itself, write \")\"")),
        None => Ok(expr),
    }
}

struct Parser<'a> {
    tokens: Peekable<IntoIter<(usize, Token)>>,
    end: usize,
    clock: &'a Clock,
    depth: usize,
    regexes: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expr, Fault> {
        let mut parts = vec![self.all()?];
        while self
            .tokens
            .next_if(|(_, token)| matches!(token, Token::Or))
            .is_some()
        {
            parts.push(self.all()?);
        }
        Ok(Expr::any(parts))
    }

    fn all(&mut self) -> Result<Expr, Fault> {
        let mut parts = vec![self.not()?];
        loop {
            match self.tokens.peek() {
                None | Some((_, Token::Or | Token::Close)) => return Ok(Expr::all(parts)),
                Some((_, Token::And)) => {
                    self.tokens.next();
                }
                Some(_) => {}
            }
            parts.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Expr, Fault> {
        let Some((at, token)) = self.tokens.next() else {
            return Err(Fault::new(self.end, "expected a word or field:value")
                .tip("to search for AND, OR or NOT themselves, quote them"));
        };
        match token {
            Token::Not => Ok(Expr::Not(Box::new(self.nested(at, Self::not)?))),
            Token::Open => {
                let expr = self.nested(at, Self::any)?;
                match self.tokens.next() {
                    Some(_) => Ok(expr),
                    None => Err(unclosed(at)),
                }
            }
            Token::Word(raw) => {
                let glob = Glob::new(raw.slots, true);
                if glob.is_everything() {
                    return Ok(Expr::everything());
                }
                if glob.text().is_some_and(|text| text.is_empty()) {
                    return Err(Fault::new(at, "expected something between the quotes"));
                }
                Ok(Expr::Word(glob))
            }
            Token::Term { name, op, value } => {
                self.regexes += usize::from(op == Op::Matches);
                if self.regexes > MAX_REGEXES {
                    return Err(Fault::new(
                        at,
                        format!("expected at most {MAX_REGEXES} regular expressions"),
                    ));
                }
                Term::new(Field::parse(&name), op, &value, Some(self.clock)).map(Expr::Term)
            }
            Token::And => Err(dangling(at, "AND")),
            Token::Or => Err(dangling(at, "OR")),
            Token::Close => Err(Fault::new(at, "expected a word or field:value before `)`")),
        }
    }

    fn nested(
        &mut self,
        at: usize,
        rule: fn(&mut Self) -> Result<Expr, Fault>,
    ) -> Result<Expr, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::new(
                at,
                format!("expected at most {MAX_DEPTH} parentheses and negations within each other"),
            ));
        }
        let expr = rule(self)?;
        self.depth -= 1;
        Ok(expr)
    }
}

fn dangling(at: usize, word: &str) -> Fault {
    Fault::new(
        at,
        format!("expected a word or field:value before `{word}`"),
    )
    .tip(format!("to search for the word itself, write \"{word}\""))
}
