//! Array predicates: lists as sets.

use super::values::{ListSource, NumberSource, TextSource, Value};
use super::{Compiler, Predicate, Truth};
use crate::cql2::error::Cql2Error;
use crate::cql2::expression::{ArrayOperator, Expression};
use crate::snapshot::Item;

pub(super) fn literal(items: &[Expression]) -> Result<Value, Cql2Error> {
    let item = |item: &Expression| match item {
        Expression::Text(text) => Ok(Item::Text(text.as_str().into())),
        Expression::Number(number) => Ok(Item::Number(*number)),
        Expression::Boolean(value) => Ok(Item::Boolean(*value)),
        _ => Err(Cql2Error::WrongKind {
            place: "列表的项".to_owned(),
            expected: "文字、数字或是否",
            found: "别的值".to_owned(),
        }),
    };
    Ok(Value::List(ListSource::Constant(items.iter().map(item).collect::<Result<_, _>>()?)))
}

impl Compiler<'_> {
    pub(super) fn array(
        &mut self,
        operator: ArrayOperator,
        a: &Expression,
        b: &Expression,
    ) -> Result<Predicate, Cql2Error> {
        let place = operator.word().to_uppercase();
        let (a, b) = (self.list(&place, a)?, self.list(&place, b)?);
        Ok(Box::new(move |rows, row| {
            let lists = a.get(rows, row).zip(b.get(rows, row));
            Truth::of(lists.map(|(a, b)| {
                rows.spend_items(a.len(), b.len());
                match operator {
                    ArrayOperator::Equals => holds_all(a, b) && holds_all(b, a),
                    ArrayOperator::Contains => holds_all(a, b),
                    ArrayOperator::ContainedBy => holds_all(b, a),
                    ArrayOperator::Overlaps => a.iter().any(|item| b.contains(item)),
                }
            }))
        }))
    }

    /// A list; brackets around a single value are read as that value, so it is a list here.
    fn list(&mut self, place: &str, expression: &Expression) -> Result<ListSource, Cql2Error> {
        let single = match self.value(expression)? {
            Value::List(source) => return Ok(source),
            Value::Text(TextSource::Constant(text)) => Item::Text(text),
            Value::Number(NumberSource::Constant(number)) => Item::Number(number),
            other => {
                return Err(Cql2Error::WrongKind {
                    place: place.to_owned(),
                    expected: "列表，如 facilities 或 ('饮水点','公厕')",
                    found: other.shown(),
                });
            }
        };
        Ok(ListSource::Constant(Box::new([single])))
    }
}

impl super::Rows<'_> {
    fn spend_items(&self, a: usize, b: usize) {
        self.work.set(self.work.get().saturating_add(a.saturating_mul(b) as u64));
    }
}

fn holds_all(outer: &[Item], inner: &[Item]) -> bool {
    inner.iter().all(|item| outer.contains(item))
}
