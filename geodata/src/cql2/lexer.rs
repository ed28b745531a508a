//! The words and signs of CQL2 text.

use super::error::{Cql2Error, shown};

/// A word or sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// An identifier or a keyword.
    Word(String),
    /// An identifier in double quotes.
    Quoted(String),
    /// A character literal.
    Text(String),
    /// A number without its sign.
    Number(f64),
    /// A sign of one or two characters.
    Sign(&'static str),
    /// After the last.
    End,
}

/// A token and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    /// 1-based character.
    pub(super) column: usize,
}

/// Two-character signs go first.
const SIGNS: [&str; 14] = ["<>", "<=", ">=", "=", "<", ">", "(", ")", ",", "+", "-", "*", "/", "^"];

impl Token {
    /// How it is named in an error.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) | Self::Quoted(word) => format!("“{}”", shown(word)),
            Self::Text(text) => format!("文字“{}”", shown(text)),
            Self::Number(number) => format!("数字 {number}"),
            Self::Sign(sign) => format!("“{sign}”"),
            Self::End => "结尾".to_owned(),
        }
    }
}

/// Cuts a text into tokens; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, Cql2Error> {
    let mut lexer = Lexer { rest: text, column: 1 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let column = lexer.column;
        let token = lexer.token()?;
        let at_end = token == Token::End;
        tokens.push(Placed { token, column });
        if at_end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    rest: &'t str,
    column: usize,
}

impl<'t> Lexer<'t> {
    fn skip_space(&mut self) {
        let length = self.rest.len() - self.rest.trim_start().len();
        self.take(length);
    }

    /// Takes bytes that end at a character's end.
    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.column += taken.chars().count();
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let length = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        self.take(length)
    }

    fn token(&mut self) -> Result<Token, Cql2Error> {
        let Some(first) = self.rest.chars().next() else {
            return Ok(Token::End);
        };
        match first {
            '\'' => self.quoted('\'').map(Token::Text),
            '"' => self.quoted('"').map(Token::Quoted),
            '0'..='9' => self.number(),
            '.' if self.rest.chars().nth(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            '.' if self.rest.starts_with("..") => {
                self.take(2);
                Ok(Token::Sign(".."))
            }
            '%' => {
                self.take(1);
                Ok(Token::Sign("%"))
            }
            first if starts_a_word(first) => Ok(Token::Word(self.take_while(is_in_a_word).to_owned())),
            _ => self.sign(),
        }
    }

    fn sign(&mut self) -> Result<Token, Cql2Error> {
        if self.rest.starts_with("!=") {
            return Err(self.wants("“<>”（不等于）"));
        }
        let sign = SIGNS
            .into_iter()
            .find(|sign| self.rest.starts_with(sign))
            .ok_or_else(|| self.wants("属性、值或运算符"))?;
        self.take(sign.len());
        Ok(Token::Sign(sign))
    }

    fn wants(&self, expected: &'static str) -> Cql2Error {
        let found = format!("“{}”", self.rest.chars().next().unwrap_or(' '));
        Cql2Error::Syntax { column: self.column, expected, found }
    }

    /// A text up to its closing quote; the quote itself is doubled or follows a backslash. Other
    /// backslashes stay: patterns of `LIKE` need them.
    fn quoted(&mut self, quote: char) -> Result<String, Cql2Error> {
        let mut text = String::new();
        self.take(1);
        loop {
            text.push_str(self.take_while(|letter| letter != quote && letter != '\\'));
            let mut next = self.rest.chars();
            match (next.next(), next.next()) {
                (Some('\\'), Some(escaped)) if escaped == quote => {
                    text.push(quote);
                    self.take(2);
                }
                (Some('\\'), _) => {
                    text.push('\\');
                    self.take(1);
                    // A doubled backslash before the closing quote is not an escaped quote.
                    if self.rest.starts_with('\\') {
                        text.push('\\');
                        self.take(1);
                    }
                }
                (Some(_), Some(doubled)) if doubled == quote => {
                    text.push(quote);
                    self.take(2);
                }
                (Some(_), _) => {
                    self.take(1);
                    return Ok(text);
                }
                (None, _) => {
                    return Err(Cql2Error::Syntax {
                        column: self.column,
                        expected: if quote == '\'' {
                            "结束文字的单引号"
                        } else {
                            "结束属性名的双引号"
                        },
                        found: Token::End.shown(),
                    });
                }
            }
        }
    }

    fn number(&mut self) -> Result<Token, Cql2Error> {
        let column = self.column;
        let start = self.rest;
        let mut length = self.take_while(|letter| letter.is_ascii_digit()).len();
        if self.rest.starts_with('.') && !self.rest.starts_with("..") {
            length += self.take(1).len() + self.take_while(|letter| letter.is_ascii_digit()).len();
        }
        let exponent =
            self.rest.strip_prefix(['e', 'E']).map(|rest| rest.strip_prefix(['+', '-']).unwrap_or(rest));
        if let Some(digits) =
            exponent.filter(|digits| digits.starts_with(|digit: char| digit.is_ascii_digit()))
        {
            let lead = self.rest.len() - digits.len();
            length += self.take(lead).len() + self.take_while(|letter| letter.is_ascii_digit()).len();
        }
        let text = start.get(..length).unwrap_or_default();
        let followed_by_word = self.rest.starts_with(is_in_a_word);
        text.parse()
            .ok()
            .filter(|number: &f64| number.is_finite() && !followed_by_word)
            .map(Token::Number)
            .ok_or(Cql2Error::Syntax {
                column, expected: "一个数字", found: format!("“{}”", shown(start))
            })
    }
}

/// Letters of any script, as the standard lists them by code point, `:` and `_`.
fn starts_a_word(letter: char) -> bool {
    letter == ':' || letter == '_' || letter.is_alphabetic()
}

fn is_in_a_word(letter: char) -> bool {
    starts_a_word(letter) || letter == '.' || letter.is_numeric() || matches!(letter, '\u{300}'..='\u{36F}')
}
