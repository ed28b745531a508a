//! From a syntax tree to closures over columns.
//!
//! Logic has three values (OGC 21-065r2, section 6.4): what is asked of a value that is not known is
//! unknown, and only what is true selects a feature.

mod lists;
mod scalars;
mod spatial;
mod values;
mod words;

use std::cell::Cell;
use std::sync::Arc;

use super::error::Cql2Error;
use super::expression::{ComparisonOperator, Expression};
use super::like::Pattern;
use super::prepared::Envelope;
use super::queryables::{GEOMETRY, ID, Kind, Queryables};
use crate::snapshot::{Column, Feature};
use spatial::{Relation, ToLiteral};
use values::{ListSource, NumberSource, ShapeSource, TextSource, TimeSource, Value};

/// True, false or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    False,
    True,
    Unknown,
}

/// Members of a chunk with the columns that a filter asked for.
pub(crate) struct Rows<'c> {
    pub(crate) members: &'c [Arc<Feature>],
    /// Envelopes of the members, side by side; nothing where they have no position.
    pub(crate) envelopes: &'c [Envelope],
    pub(crate) columns: &'c [Arc<Column>],
    /// Positions of outlines that were looked at.
    pub(crate) work: Cell<u64>,
}

type Predicate = Box<dyn Fn(&Rows<'_>, usize) -> Truth + Send + Sync>;
type IsKnown = Box<dyn Fn(&Rows<'_>, usize) -> bool + Send + Sync>;

/// A part of a filter that has to be true.
enum Condition {
    /// Asked row by row.
    OfEach(Predicate),
    /// A relation to a literal.
    Spatial(ToLiteral),
}

/// A condition that is ready to be asked of the features of a layer.
pub struct Filter {
    /// All of these; the quickest to answer first.
    conditions: Vec<Condition>,
    needed: Vec<(Arc<str>, Kind)>,
    envelopes: Option<Vec<Envelope>>,
    parts: u64,
}

impl Filter {
    /// Checks an expression against what a layer has and makes it ready.
    ///
    /// # Errors
    /// The property, function or kind of value that does not fit.
    pub fn compile(expression: &Expression, queryables: &Queryables) -> Result<Self, Cql2Error> {
        let mut compiler = Compiler { queryables, needed: Vec::new() };
        let conditions = compiler.conditions(expression)?;
        let Compiler { needed, .. } = compiler;
        let mut parts = 1;
        expression.visit(&mut |part| {
            parts += match part {
                // What is written out is looked up among its like.
                Expression::Text(_)
                | Expression::Number(_)
                | Expression::Boolean(_)
                | Expression::Time(_)
                | Expression::Geometry(_) => 0,
                Expression::Words(alternatives) => {
                    8 * alternatives.iter().map(Vec::len).sum::<usize>() as u64
                }
                _ => 1,
            };
        });
        Ok(Self { conditions, needed, envelopes: spatial::envelopes(expression), parts })
    }

    /// The columns that [`Rows`] must have, in their order.
    pub(crate) fn needed(&self) -> &[(Arc<str>, Kind)] {
        &self.needed
    }

    /// Whatever is selected meets one of these; `None` if the filter does not say where.
    pub(crate) fn envelopes(&self) -> Option<&[Envelope]> {
        self.envelopes.as_deref()
    }

    /// How many values and operators are looked at for a feature, at the most.
    pub(crate) fn parts(&self) -> u64 {
        self.parts
    }

    /// Keeps the rows whose members are selected, in any order. Nothing once `rows` exceeds this work.
    ///
    /// One condition is asked of all rows before the next, so that what it reads lies side by side.
    pub(crate) fn keep_selected(
        &self,
        rows: &Rows<'_>,
        mut found: Vec<usize>,
        most_work: u64,
    ) -> Option<Vec<usize>> {
        for condition in &self.conditions {
            match condition {
                Condition::OfEach(predicate) => {
                    found.retain(|row| rows.work.get() <= most_work && predicate(rows, *row) == Truth::True);
                }
                Condition::Spatial(condition) => condition.keep_selected(rows, &mut found, most_work),
            }
            if rows.work.get() > most_work {
                return None;
            }
        }
        Some(found)
    }
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("needed", &self.needed).finish_non_exhaustive()
    }
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::True => Self::False,
            Self::Unknown => Self::Unknown,
        }
    }

    fn of(known: Option<bool>) -> Self {
        match known {
            Some(true) => Self::True,
            Some(false) => Self::False,
            None => Self::Unknown,
        }
    }

    fn known(self) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Unknown => None,
        }
    }
}

impl Rows<'_> {
    fn column(&self, slot: usize) -> Option<&Column> {
        self.columns.get(slot).map(AsRef::as_ref)
    }

    fn member(&self, row: usize) -> Option<&Feature> {
        self.members.get(row).map(AsRef::as_ref)
    }
}

struct Compiler<'q> {
    queryables: &'q Queryables,
    needed: Vec<(Arc<str>, Kind)>,
}

impl Compiler<'_> {
    /// The column of a property.
    fn slot(&mut self, name: &Arc<str>, kind: Kind) -> usize {
        let known = self.needed.iter().position(|(known, _)| known == name);
        known.unwrap_or_else(|| {
            self.needed.push((Arc::clone(name), kind));
            self.needed.len() - 1
        })
    }

    fn property(&mut self, name: &str) -> Result<Value, Cql2Error> {
        let queryable = self.queryables.named(name)?;
        let (name, kind) = (Arc::clone(&queryable.name), queryable.kind);
        Ok(match (&*name, kind) {
            (ID, _) => Value::Number(NumberSource::Id),
            (GEOMETRY, _) | (_, Kind::Geometry) => Value::Shape(ShapeSource::Feature),
            (_, Kind::Text) => Value::Text(TextSource::Column(self.slot(&name, kind))),
            (_, Kind::Integer | Kind::Number) => Value::Number(NumberSource::Column(self.slot(&name, kind))),
            (_, Kind::Date | Kind::Timestamp) => Value::Time(TimeSource::Column(self.slot(&name, kind))),
            (_, Kind::List) => Value::List(ListSource::Column(self.slot(&name, kind))),
            (_, Kind::Boolean) => {
                let slot = self.slot(&name, kind);
                Value::Truth(Box::new(move |rows, row| {
                    Truth::of(rows.column(slot).and_then(|column| column.boolean(row)))
                }))
            }
        })
    }

    /// A value of any kind.
    fn value(&mut self, expression: &Expression) -> Result<Value, Cql2Error> {
        match expression {
            Expression::Text(text) => Ok(Value::Text(TextSource::Constant(text.as_str().into()))),
            Expression::Number(number) => Ok(Value::Number(NumberSource::Constant(*number))),
            Expression::Time(span) => Ok(Value::Time(TimeSource::Constant(*span))),
            Expression::Interval(start, end) => self.interval(start.as_deref(), end.as_deref()),
            Expression::Geometry(shape) => spatial::literal(shape),
            Expression::List(items) => lists::literal(items),
            Expression::Property(name) => self.property(name),
            Expression::Casei(inner) => {
                let inner = self.text("CASEI", inner)?;
                Ok(Value::Text(inner.folded(super::fold::without_case)))
            }
            Expression::Accenti(inner) => {
                let inner = self.text("ACCENTI", inner)?;
                Ok(Value::Text(inner.folded(super::fold::without_accents)))
            }
            Expression::Arithmetic(operator, a, b) => self.arithmetic(*operator, a, b),
            Expression::Function(name, arguments) => self.function(name, arguments),
            condition => self.condition(condition).map(Value::Truth),
        }
    }

    /// The conditions that all have to be true for an expression to be.
    fn conditions(&mut self, expression: &Expression) -> Result<Vec<Condition>, Cql2Error> {
        let mut parts = Vec::new();
        flatten(expression, &mut parts);
        parts.sort_by_key(|part| cost(part));
        let compiled = parts.into_iter().map(|part| match part {
            Expression::Spatial(operator, a, b) => {
                self.relation(*operator, a, b).map(|relation| match relation {
                    Relation::ToLiteral(relation) => Condition::Spatial(relation),
                    Relation::Other(predicate) => Condition::OfEach(predicate),
                })
            }
            other => self.condition(other).map(Condition::OfEach),
        });
        compiled.collect()
    }

    /// A condition.
    fn condition(&mut self, expression: &Expression) -> Result<Predicate, Cql2Error> {
        match expression {
            Expression::Boolean(value) => {
                let truth = Truth::of(Some(*value));
                Ok(Box::new(move |_, _| truth))
            }
            Expression::And(parts) => self.all_of(parts),
            Expression::Or(parts) => self.any_of(parts),
            Expression::Not(inner) => {
                let inner = self.condition(inner)?;
                Ok(Box::new(move |rows, row| inner(rows, row).not()))
            }
            Expression::Comparison(operator, a, b) => self.comparison(*operator, a, b),
            Expression::Like(value, pattern) => self.like(value, pattern),
            Expression::Between(value, low, high) => {
                let low = self.comparison(ComparisonOperator::GreaterOrEqual, value, low)?;
                let high = self.comparison(ComparisonOperator::LessOrEqual, value, high)?;
                Ok(both(low, high))
            }
            Expression::In(value, items) => self.one_of(value, items),
            Expression::IsNull(inner) => self.is_null(inner),
            Expression::Spatial(operator, a, b) => self.spatial(*operator, a, b),
            Expression::Temporal(operator, a, b) => self.temporal(*operator, a, b),
            Expression::Array(operator, a, b) => self.array(*operator, a, b),
            Expression::Words(alternatives) => self.words(alternatives),
            other => match self.value(other)? {
                Value::Truth(predicate) => Ok(predicate),
                value => Err(Cql2Error::WrongKind {
                    place: "条件".to_owned(),
                    expected: "一个条件，如 name = '葵涌公园'",
                    found: value.shown(),
                }),
            },
        }
    }

    /// What is quick to answer is asked first.
    fn all_of(&mut self, parts: &[Expression]) -> Result<Predicate, Cql2Error> {
        let mut parts: Vec<&Expression> = parts.iter().collect();
        parts.sort_by_key(|part| cost(part));
        let parts = parts.into_iter().map(|part| self.condition(part)).collect::<Result<Vec<_>, _>>()?;
        Ok(Box::new(move |rows, row| {
            let mut truth = Truth::True;
            for part in &parts {
                match part(rows, row) {
                    Truth::False => return Truth::False,
                    Truth::Unknown => truth = Truth::Unknown,
                    Truth::True => {}
                }
            }
            truth
        }))
    }

    fn any_of(&mut self, parts: &[Expression]) -> Result<Predicate, Cql2Error> {
        let mut parts: Vec<&Expression> = parts.iter().collect();
        parts.sort_by_key(|part| cost(part));
        let parts = parts.into_iter().map(|part| self.condition(part)).collect::<Result<Vec<_>, _>>()?;
        Ok(Box::new(move |rows, row| {
            let mut truth = Truth::False;
            for part in &parts {
                match part(rows, row) {
                    Truth::True => return Truth::True,
                    Truth::Unknown => truth = Truth::Unknown,
                    Truth::False => {}
                }
            }
            truth
        }))
    }

    fn like(&mut self, value: &Expression, pattern: &Expression) -> Result<Predicate, Cql2Error> {
        let value = self.text("LIKE", value)?;
        let TextSource::Constant(pattern) = self.text("LIKE", pattern)? else {
            return Err(Cql2Error::WrongKind {
                place: "LIKE 的模式".to_owned(),
                expected: "单引号中的文字",
                found: "属性".to_owned(),
            });
        };
        let pattern = Pattern::new(&pattern);
        if let TextSource::Column(slot) = value {
            return Ok(Box::new(move |rows, row| {
                let text = rows.column(slot).and_then(|column| column.text(row));
                Truth::of(text.map(|text| pattern.matches(text)))
            }));
        }
        Ok(Box::new(move |rows, row| Truth::of(value.get(rows, row).map(|text| pattern.matches(&text)))))
    }

    fn is_null(&mut self, inner: &Expression) -> Result<Predicate, Cql2Error> {
        let known: IsKnown = match self.value(inner)? {
            Value::Text(source) => Box::new(move |rows, row| source.get(rows, row).is_some()),
            Value::Number(source) => Box::new(move |rows, row| source.get(rows, row).is_some()),
            Value::Time(source) => Box::new(move |rows, row| source.get(rows, row).is_some()),
            Value::List(source) => Box::new(move |rows, row| source.get(rows, row).is_some()),
            Value::Truth(predicate) => Box::new(move |rows, row| predicate(rows, row) != Truth::Unknown),
            Value::Shape(ShapeSource::Feature) => {
                Box::new(|rows, row| rows.member(row).is_some_and(|member| member.geometry().is_some()))
            }
            Value::Shape(ShapeSource::Constant(_)) => Box::new(|_, _| true),
        };
        Ok(Box::new(move |rows, row| Truth::of(Some(!known(rows, row)))))
    }
}

/// The operands of conjunctions within conjunctions.
fn flatten<'e>(expression: &'e Expression, parts: &mut Vec<&'e Expression>) {
    match expression {
        Expression::And(inner) => inner.iter().for_each(|part| flatten(part, parts)),
        other => parts.push(other),
    }
}

fn both(a: Predicate, b: Predicate) -> Predicate {
    Box::new(move |rows, row| match (a(rows, row), b(rows, row)) {
        (Truth::False, _) | (_, Truth::False) => Truth::False,
        (Truth::True, Truth::True) => Truth::True,
        _ => Truth::Unknown,
    })
}

/// How long an expression takes to answer, roughly, in nanoseconds.
fn cost(expression: &Expression) -> u32 {
    let mut cost = 0;
    expression.visit(&mut |part| {
        cost += match part {
            Expression::Text(_) | Expression::Property(_) | Expression::Like(..) => 5,
            Expression::Spatial(
                super::SpatialOperator::Intersects | super::SpatialOperator::Disjoint,
                ..,
            ) => 100,
            Expression::Spatial(..) | Expression::Function(..) => 1_000,
            Expression::Words(_) => 200,
            Expression::Casei(_) | Expression::Accenti(_) | Expression::Array(..) => 50,
            _ => 1,
        };
    });
    cost
}

#[cfg(test)]
mod tests;
