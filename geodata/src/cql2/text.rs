//! CQL2 text (OGC 21-065r2, annex B) by recursive descent.
//!
//! One grammar reads values and conditions alike; whether `a + 1` stands where a condition must is
//! checked when the expression is compiled, with better words than a grammar has.

mod wkt;

use super::error::Cql2Error;
use super::expression::{
    ArithmeticOperator, ArrayOperator, ComparisonOperator, Expression, SpatialOperator, TemporalOperator,
};
use super::lexer::{Placed, Token, tokens};
use super::limits::{Budget, MOST_ITEMS, MOST_OPERANDS, at_most};
use super::literals::{self, Positions};
use crate::crs::ReferenceSystem;

type Parsed = Result<Expression, Cql2Error>;

/// Reads a filter whose spatial literals are in this reference system.
///
/// # Errors
/// The character at which the grammar wants something else, or the limit that is passed.
pub fn parse_text(text: &str, system: ReferenceSystem) -> Result<Expression, Cql2Error> {
    Budget::length(text)?;
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, positions: Positions::new(system) };
    let expression = parser.expression()?;
    match parser.peek() {
        Token::End => Ok(expression),
        _ => Err(parser.wants("AND、OR 或结尾")),
    }
}

struct Parser<'t> {
    /// What is not read yet; the last is [`Token::End`] and stays.
    tokens: &'t [Placed],
    positions: Positions,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> &'t Token {
        self.tokens.first().map_or(&Token::End, |placed| &placed.token)
    }

    fn peek_second(&self) -> &'t Token {
        self.tokens.get(1).map_or(&Token::End, |placed| &placed.token)
    }

    fn advance(&mut self) {
        if self.tokens.len() > 1 {
            self.tokens = self.tokens.get(1..).unwrap_or_default();
        }
    }

    fn wants(&self, expected: &'static str) -> Cql2Error {
        let column = self.tokens.first().map_or(1, |placed| placed.column);
        Cql2Error::Syntax { column, expected, found: self.peek().shown() }
    }

    fn is_word(&self, keyword: &str) -> bool {
        matches!(self.peek(), Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn takes_word(&mut self, keyword: &str) -> bool {
        let found = self.is_word(keyword);
        if found {
            self.advance();
        }
        found
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, sign: &str, expected: &'static str) -> Result<(), Cql2Error> {
        if self.takes(sign) { Ok(()) } else { Err(self.wants(expected)) }
    }

    /// Conditions joined by `OR`.
    fn expression(&mut self) -> Parsed {
        self.positions.budget.enter()?;
        let first = self.conjunction()?;
        let mut parts = vec![first];
        while self.takes_word("OR") {
            parts.push(self.conjunction()?);
            at_most("OR 连接的条件数", parts.len(), MOST_ITEMS)?;
        }
        self.positions.budget.leave();
        Ok(single_or(parts, Expression::Or))
    }

    /// Conditions joined by `AND`.
    fn conjunction(&mut self) -> Parsed {
        let mut parts = vec![self.negation()?];
        while self.takes_word("AND") {
            parts.push(self.negation()?);
            at_most("AND 连接的条件数", parts.len(), MOST_ITEMS)?;
        }
        Ok(single_or(parts, Expression::And))
    }

    fn negation(&mut self) -> Parsed {
        if !self.takes_word("NOT") {
            return self.predicate();
        }
        self.positions.budget.enter()?;
        let inner = self.negation()?;
        self.positions.budget.leave();
        Ok(Expression::Not(Box::new(inner)))
    }

    /// A value, and what is said of it.
    fn predicate(&mut self) -> Parsed {
        let value = self.sum()?;
        if self.takes_word("IS") {
            let negated = self.takes_word("NOT");
            if !self.takes_word("NULL") {
                return Err(self.wants("NULL"));
            }
            return Ok(negated_if(negated, Expression::IsNull(Box::new(value))));
        }
        if let Token::Sign(sign) = self.peek()
            && let Some(operator) = ComparisonOperator::of(sign)
        {
            self.advance();
            let other = self.sum()?;
            return Ok(Expression::Comparison(operator, Box::new(value), Box::new(other)));
        }
        let negated = self.is_word("NOT") && self.takes_word("NOT");
        let told = if self.takes_word("LIKE") {
            Expression::Like(Box::new(value), Box::new(self.sum()?))
        } else if self.takes_word("BETWEEN") {
            let low = self.sum()?;
            if !self.takes_word("AND") {
                return Err(self.wants("AND"));
            }
            Expression::Between(Box::new(value), Box::new(low), Box::new(self.sum()?))
        } else if self.takes_word("IN") {
            self.expect("(", "左括号")?;
            Expression::In(Box::new(value), self.items("列表的项数")?)
        } else if negated {
            return Err(self.wants("LIKE、BETWEEN 或 IN"));
        } else {
            return Ok(value);
        };
        Ok(negated_if(negated, told))
    }

    fn sum(&mut self) -> Parsed {
        self.chain(&["+", "-"], Self::product)
    }

    fn product(&mut self) -> Parsed {
        self.chain(&["*", "/", "%", "div"], Self::power)
    }

    fn power(&mut self) -> Parsed {
        let base = self.factor()?;
        if !self.takes("^") {
            return Ok(base);
        }
        let exponent = self.factor()?;
        Ok(Expression::Arithmetic(ArithmeticOperator::Power, Box::new(base), Box::new(exponent)))
    }

    /// Operands of operators that bind alike, from the left.
    fn chain(&mut self, operators: &[&str], operand: impl Fn(&mut Self) -> Parsed) -> Parsed {
        let mut left = operand(self)?;
        let mut operands = 1;
        loop {
            let word = match self.peek() {
                Token::Sign(sign) => *sign,
                Token::Word(word) if word.eq_ignore_ascii_case("div") => "div",
                _ => return Ok(left),
            };
            let known = operators.contains(&word).then(|| ArithmeticOperator::of(word)).flatten();
            let Some(operator) = known else { return Ok(left) };
            self.advance();
            operands += 1;
            at_most("一个算式的项数", operands, MOST_OPERANDS)?;
            left = Expression::Arithmetic(operator, Box::new(left), Box::new(operand(self)?));
        }
    }

    fn factor(&mut self) -> Parsed {
        if self.takes("-") {
            return Ok(match self.primary()? {
                Expression::Number(number) => Expression::Number(-number),
                // CQL2 JSON has no negation; this is how the examples of the standard write it.
                other => Expression::Arithmetic(
                    ArithmeticOperator::Multiply,
                    Box::new(Expression::Number(-1.0)),
                    Box::new(other),
                ),
            });
        }
        if matches!((self.peek(), self.peek_second()), (Token::Sign("+"), Token::Number(_))) {
            self.advance();
        }
        self.primary()
    }

    fn primary(&mut self) -> Parsed {
        match self.peek() {
            Token::Text(text) => {
                self.advance();
                Ok(Expression::Text(text.clone()))
            }
            Token::Number(number) => {
                self.advance();
                Ok(Expression::Number(*number))
            }
            Token::Quoted(name) => {
                self.advance();
                Ok(Expression::Property(name.clone()))
            }
            Token::Sign("(") => {
                self.advance();
                self.bracketed()
            }
            Token::Word(word) => self.word(word),
            Token::Sign(_) | Token::End => Err(self.wants("一个值")),
        }
    }

    /// A bracket is a list when it holds a comma or nothing.
    fn bracketed(&mut self) -> Parsed {
        if self.takes(")") {
            return Ok(Expression::List(Vec::new()));
        }
        let first = self.expression()?;
        if !self.takes(",") {
            self.expect(")", "逗号或右括号")?;
            return Ok(first);
        }
        let mut items = vec![first];
        items.extend(self.items("列表的项数")?);
        Ok(Expression::List(items))
    }

    /// Expressions up to the closing bracket.
    fn items(&mut self, what: &'static str) -> Result<Vec<Expression>, Cql2Error> {
        let mut items = Vec::new();
        loop {
            items.push(self.expression()?);
            at_most(what, items.len(), MOST_ITEMS)?;
            if !self.takes(",") {
                self.expect(")", "逗号或右括号")?;
                return Ok(items);
            }
        }
    }

    fn word(&mut self, word: &str) -> Parsed {
        let upper = word.to_ascii_uppercase();
        let is_call = matches!(self.peek_second(), Token::Sign("("));
        match upper.as_str() {
            "TRUE" | "FALSE" => {
                self.advance();
                return Ok(Expression::Boolean(upper == "TRUE"));
            }
            "AND" | "OR" | "NOT" | "LIKE" | "BETWEEN" | "IN" | "IS" | "NULL" | "DIV" => {
                return Err(self.wants("一个值（属性名与关键字相同时请加双引号）"));
            }
            _ => {}
        }
        if wkt::is_kind(&upper)
            && (is_call || matches!(self.peek_second(), Token::Word(next) if next.eq_ignore_ascii_case("Z")))
        {
            return self.geometry(&upper);
        }
        self.advance();
        if !is_call {
            return Ok(Expression::Property(word.to_owned()));
        }
        self.advance();
        match upper.as_str() {
            "DATE" => literals::date(&self.lone_text()?),
            "TIMESTAMP" => literals::timestamp(&self.lone_text()?),
            "INTERVAL" => self.interval(),
            _ => self.call(word),
        }
    }

    /// A character literal and the closing bracket.
    fn lone_text(&mut self) -> Result<String, Cql2Error> {
        let Token::Text(text) = self.peek() else {
            return Err(self.wants("单引号中的时间"));
        };
        self.advance();
        self.expect(")", "右括号")?;
        Ok(text.clone())
    }

    fn interval(&mut self) -> Parsed {
        let start = self.bound()?;
        self.expect(",", "逗号")?;
        let end = self.bound()?;
        self.expect(")", "右括号")?;
        literals::interval(start, end)
    }

    fn bound(&mut self) -> Result<Option<Expression>, Cql2Error> {
        match self.peek() {
            Token::Text(text) => {
                self.advance();
                literals::bound(text)
            }
            Token::Sign("..") => {
                self.advance();
                Ok(None)
            }
            _ => {
                self.positions.budget.enter()?;
                let bound = self.primary()?;
                self.positions.budget.leave();
                Ok(Some(bound))
            }
        }
    }

    /// An operator or a function after its opening bracket.
    fn call(&mut self, name: &str) -> Parsed {
        let arguments = if self.takes(")") { Vec::new() } else { self.items("函数的参数个数")? };
        call(name, arguments)
    }
}

/// What a name with its arguments means, in both encodings.
pub(super) fn call(name: &str, arguments: Vec<Expression>) -> Parsed {
    if name.eq_ignore_ascii_case("CASEI") {
        let [inner] = counted(name, arguments)?;
        return Ok(Expression::Casei(Box::new(inner)));
    }
    if name.eq_ignore_ascii_case("ACCENTI") {
        let [inner] = counted(name, arguments)?;
        return Ok(Expression::Accenti(Box::new(inner)));
    }
    if let Some(operator) = SpatialOperator::of(name) {
        let [a, b] = counted(name, arguments)?;
        return Ok(Expression::Spatial(operator, Box::new(a), Box::new(b)));
    }
    if let Some(operator) = TemporalOperator::of(name) {
        let [a, b] = counted(name, arguments)?;
        return Ok(Expression::Temporal(operator, Box::new(a), Box::new(b)));
    }
    if let Some(operator) = ArrayOperator::of(name) {
        let [a, b] = counted(name, arguments)?;
        return Ok(Expression::Array(operator, Box::new(a), Box::new(b)));
    }
    Ok(Expression::Function(name.to_owned(), arguments))
}

/// Exactly this many arguments.
pub(super) fn counted<const N: usize>(
    name: &str,
    arguments: Vec<Expression>,
) -> Result<[Expression; N], Cql2Error> {
    arguments.try_into().map_err(|arguments: Vec<Expression>| Cql2Error::WrongCount {
        name: name.to_owned(),
        needed: N,
        found: arguments.len(),
    })
}

fn single_or(mut parts: Vec<Expression>, several: impl FnOnce(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(single)) => single,
        (_, last) => {
            parts.extend(last);
            several(parts)
        }
    }
}

fn negated_if(negated: bool, expression: Expression) -> Expression {
    if negated { Expression::Not(Box::new(expression)) } else { expression }
}

#[cfg(test)]
mod tests;
