//! What a query asks for, in the syntax of either engine.
//!
//! Three kinds of tokens live side by side: words and pairs of characters as they are, pinyin behind one
//! underscore, topics behind two. No word holds an underscore, so none is taken for another.

use std::fmt::Write as _;

/// A token as it stands in the index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(String);

impl Token {
    /// A word or a pair of characters.
    pub fn word(text: &str) -> Self {
        Self(spelled("", text))
    }

    /// Pinyin without tones, in full or by its initials.
    pub fn pinyin(text: &str) -> Self {
        Self(spelled("_", text))
    }

    /// A topic.
    pub fn topic(id: &str) -> Self {
        Self(spelled("__", id))
    }

    /// The spelling in the index.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Letters, digits and the common Chinese characters as they are, anything else by its number: the
/// engines do not agree on what belongs to a word. A beginning stays a beginning.
fn spelled(sign: &str, text: &str) -> String {
    let mut spelled = String::with_capacity(sign.len() + text.len());
    spelled.push_str(sign);
    for character in text.chars() {
        match character {
            'a'..='z' | '0'..='9' | '_' | '\u{4e00}'..='\u{9fa5}' => spelled.push(character),
            // Writing to a String cannot fail.
            other => drop(write!(spelled, "_{:x}_", u32::from(other))),
        }
    }
    spelled
}

/// A condition on the tokens of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// The token is there.
    Token(Token),
    /// A token that begins so is there.
    Prefix(Token),
    /// All hold; an empty list is never made.
    All(Vec<Self>),
    /// One of them holds; an empty list is never made.
    Any(Vec<Self>),
}

impl Expression {
    /// All of them, `None` if there are none.
    pub fn all(parts: Vec<Self>) -> Option<Self> {
        Self::joined(parts, Self::All)
    }

    /// Any of them, `None` if there are none.
    pub fn any(parts: Vec<Self>) -> Option<Self> {
        Self::joined(parts, Self::Any)
    }

    fn joined(mut parts: Vec<Self>, join: fn(Vec<Self>) -> Self) -> Option<Self> {
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(join(parts)),
        }
    }

    /// For `MATCH` of FTS5 (SQLite, "Full-text Query Syntax").
    pub fn for_fts5(&self) -> String {
        match self {
            Self::Token(token) => format!("\"{}\"", token.0),
            Self::Prefix(token) => format!("\"{}\" *", token.0),
            Self::All(parts) => Self::list(parts, " AND ", Self::for_fts5),
            Self::Any(parts) => Self::list(parts, " OR ", Self::for_fts5),
        }
    }

    /// For a `tsquery` of PostgreSQL (manual, section 8.11.2).
    pub fn for_tsquery(&self) -> String {
        match self {
            Self::Token(token) => format!("'{}'", token.0),
            Self::Prefix(token) => format!("'{}':*", token.0),
            Self::All(parts) => Self::list(parts, " & ", Self::for_tsquery),
            Self::Any(parts) => Self::list(parts, " | ", Self::for_tsquery),
        }
    }

    fn list(parts: &[Self], separator: &str, write: fn(&Self) -> String) -> String {
        let parts: Vec<String> = parts.iter().map(write).collect();
        format!("({})", parts.join(separator))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_either_syntax_reaches_an_engine() {
        for text in ["\"", "'", "*", ":", "(", ")", "-", "^", "\\", "&", "|", "!", "\0", " "] {
            let token = Token::word(text);
            assert!(token.as_str().chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{text:?}");
        }
    }

    #[test]
    fn conditions_are_written_for_both_engines() {
        let word = |text: &str| Expression::Token(Token::word(text));
        let pinyin = Expression::Prefix(Token::pinyin("gxy"));
        let either = Expression::any(vec![word("gxy"), pinyin]).unwrap();
        let both = Expression::all(vec![word("血压"), either]).unwrap();
        assert_eq!(both.for_fts5(), r#"("血压" AND ("gxy" OR "_gxy" *))"#);
        assert_eq!(both.for_tsquery(), "('血压' & ('gxy' | '_gxy':*))");
        assert_eq!(Expression::all(Vec::new()), None);
    }

    #[test]
    fn a_beginning_stays_a_beginning() {
        assert!(Token::word("𠀀血").as_str().starts_with(Token::word("𠀀").as_str()));
    }
}
