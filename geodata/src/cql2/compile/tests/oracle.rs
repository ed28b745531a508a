//! Filters evaluated once more, straight from the syntax tree over the properties as JSON: slow, without
//! columns, indices or prepared shapes.

use geo::{Geometry, Relate};
use serde_json::{Map, Value as Json};

use crate::cql2::like::Pattern;
use crate::cql2::time::Span;
use crate::cql2::{ArithmeticOperator, ArrayOperator, ComparisonOperator, Expression, SpatialOperator};
use crate::snapshot::Feature;

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Unknown,
    Text(String),
    Number(f64),
    Boolean(bool),
    Time(Span),
    List(Vec<Json>),
    Shape(Geometry<f64>),
}

/// Whether the feature is selected.
pub(super) fn selects(expression: &Expression, feature: &Feature) -> bool {
    let properties = serde_json::from_str(feature.properties()).unwrap();
    Oracle { feature, properties }.truth(expression) == Some(true)
}

struct Oracle<'f> {
    feature: &'f Feature,
    properties: Map<String, Json>,
}

impl Oracle<'_> {
    fn truth(&self, expression: &Expression) -> Option<bool> {
        match expression {
            Expression::And(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.truth(part)).collect();
                if parts.contains(&Some(false)) {
                    Some(false)
                } else {
                    (!parts.contains(&None)).then_some(true)
                }
            }
            Expression::Or(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.truth(part)).collect();
                if parts.contains(&Some(true)) {
                    Some(true)
                } else {
                    (!parts.contains(&None)).then_some(false)
                }
            }
            Expression::Not(inner) => self.truth(inner).map(|truth| !truth),
            Expression::IsNull(inner) => Some(self.value(inner) == Value::Unknown),
            Expression::Comparison(operator, a, b) => compared(*operator, &self.value(a), &self.value(b)),
            Expression::Like(value, pattern) => match (self.value(value), self.value(pattern)) {
                (Value::Text(text), Value::Text(pattern)) => Some(Pattern::new(&pattern).matches(&text)),
                _ => None,
            },
            Expression::Spatial(operator, a, b) => match (self.value(a), self.value(b)) {
                (Value::Shape(a), Value::Shape(b)) => Some(related(*operator, &a, &b)),
                _ => None,
            },
            Expression::Temporal(operator, a, b) => match (self.value(a), self.value(b)) {
                (Value::Time(a), Value::Time(b)) => Some(a.relates(*operator, b)),
                _ => None,
            },
            Expression::Array(operator, a, b) => match (self.value(a), self.value(b)) {
                (Value::List(a), Value::List(b)) => Some(match operator {
                    ArrayOperator::Equals => {
                        a.iter().all(|x| b.contains(x)) && b.iter().all(|x| a.contains(x))
                    }
                    ArrayOperator::Contains => b.iter().all(|x| a.contains(x)),
                    ArrayOperator::ContainedBy => a.iter().all(|x| b.contains(x)),
                    ArrayOperator::Overlaps => a.iter().any(|x| b.contains(x)),
                }),
                _ => None,
            },
            other => match self.value(other) {
                Value::Boolean(truth) => Some(truth),
                _ => None,
            },
        }
    }

    fn value(&self, expression: &Expression) -> Value {
        match expression {
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Number(number) => Value::Number(*number),
            Expression::Boolean(truth) => Value::Boolean(*truth),
            Expression::Time(span) => Value::Time(*span),
            Expression::Geometry(shape) => Value::Shape(shape.clone()),
            Expression::List(items) => Value::List(
                items
                    .iter()
                    .map(|item| match item {
                        Expression::Text(text) => Json::from(text.as_str()),
                        Expression::Number(number) => Json::from(*number),
                        other => panic!("{other:?}"),
                    })
                    .collect(),
            ),
            Expression::Property(name) => self.property(name),
            Expression::Arithmetic(operator, a, b) => match (self.value(a), self.value(b)) {
                (Value::Number(a), Value::Number(b)) => calculated(*operator, a, b),
                _ => Value::Unknown,
            },
            condition => self.truth(condition).map_or(Value::Unknown, Value::Boolean),
        }
    }

    fn property(&self, name: &str) -> Value {
        match name {
            "id" => return Value::Number(f64::from(self.feature.id())),
            "geometry" => return self.feature.geometry().cloned().map_or(Value::Unknown, Value::Shape),
            _ => {}
        }
        match self.properties.get(name) {
            // Of mixed kinds, so all are texts.
            Some(value) if name == "mixed" && !value.is_null() => {
                Value::Text(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            }
            Some(Json::String(text)) => {
                Span::instant(text).map_or_else(|| Value::Text(text.clone()), Value::Time)
            }
            Some(Json::Number(number)) => Value::Number(number.as_f64().unwrap()),
            Some(Json::Bool(truth)) => Value::Boolean(*truth),
            Some(Json::Array(items)) => Value::List(items.clone()),
            _ => Value::Unknown,
        }
    }
}

fn compared(operator: ComparisonOperator, a: &Value, b: &Value) -> Option<bool> {
    let ordering = match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b)?,
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        _ => return None,
    };
    Some(match operator {
        ComparisonOperator::Equal => ordering.is_eq(),
        ComparisonOperator::NotEqual => ordering.is_ne(),
        ComparisonOperator::Less => ordering.is_lt(),
        ComparisonOperator::Greater => ordering.is_gt(),
        ComparisonOperator::LessOrEqual => ordering.is_le(),
        ComparisonOperator::GreaterOrEqual => ordering.is_ge(),
    })
}

fn calculated(operator: ArithmeticOperator, a: f64, b: f64) -> Value {
    let result = match operator {
        ArithmeticOperator::Add => a + b,
        ArithmeticOperator::Subtract => a - b,
        ArithmeticOperator::Multiply => a * b,
        ArithmeticOperator::Divide => a / b,
        ArithmeticOperator::Modulo => a % b,
        ArithmeticOperator::IntegerDivide => (a / b).trunc(),
        ArithmeticOperator::Power => a.powf(b),
    };
    if result.is_finite() { Value::Number(result) } else { Value::Unknown }
}

fn related(operator: SpatialOperator, a: &Geometry<f64>, b: &Geometry<f64>) -> bool {
    let matrix = a.relate(b);
    match operator {
        SpatialOperator::Intersects => matrix.is_intersects(),
        SpatialOperator::Equals => matrix.is_equal_topo(),
        SpatialOperator::Disjoint => matrix.is_disjoint(),
        SpatialOperator::Touches => matrix.is_touches(),
        SpatialOperator::Within => matrix.is_within(),
        SpatialOperator::Overlaps => matrix.is_overlaps(),
        SpatialOperator::Crosses => matrix.is_crosses(),
        SpatialOperator::Contains => matrix.is_contains(),
    }
}
