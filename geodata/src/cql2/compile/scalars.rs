//! Comparison, calculation, times, and functions.

use std::cmp::Ordering;

use super::values::{ListSource, NumberSource, ShapeSource, TextSource, TimeSource, Value};
use super::{Compiler, Predicate, Rows, Truth};
use crate::cql2::error::{Cql2Error, shown};
use crate::cql2::expression::{ArithmeticOperator, ComparisonOperator, Expression, TemporalOperator};
use crate::cql2::functions::{Call, FUNCTIONS};
use crate::cql2::time::Span;
use crate::crs::Wgs84;
use crate::geometry::{area_m2, distance_m, length_m};
use crate::snapshot::Feature;

impl ComparisonOperator {
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::Greater => ordering.is_gt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// A day equals every moment in it; before and after it is what its ends say.
    fn accepts_spans(self, a: Span, b: Span) -> bool {
        let (before, after) = (a.end_ms < b.start_ms, a.start_ms > b.end_ms);
        match self {
            Self::Equal => !before && !after,
            Self::NotEqual => before || after,
            Self::Less => before,
            Self::Greater => after,
            Self::LessOrEqual => !after,
            Self::GreaterOrEqual => !before,
        }
    }
}

impl Compiler<'_> {
    pub(super) fn text(&mut self, place: &str, expression: &Expression) -> Result<TextSource, Cql2Error> {
        match self.value(expression)? {
            Value::Text(source) => Ok(source),
            other => Err(wrong(place, "文字", &other)),
        }
    }

    fn number(&mut self, place: &str, expression: &Expression) -> Result<NumberSource, Cql2Error> {
        match self.value(expression)? {
            Value::Number(source) => Ok(source),
            other => Err(wrong(place, "数字", &other)),
        }
    }

    fn time(&mut self, place: &str, expression: &Expression) -> Result<TimeSource, Cql2Error> {
        match self.value(expression)? {
            Value::Time(source) => Ok(source),
            other => {
                Err(wrong(place, "时间，如 DATE('2026-05-01') 或 TIMESTAMP('2026-05-01T08:00:00Z')", &other))
            }
        }
    }

    pub(super) fn comparison(
        &mut self,
        operator: ComparisonOperator,
        a: &Expression,
        b: &Expression,
    ) -> Result<Predicate, Cql2Error> {
        let place = operator.word();
        match (self.value(a)?, self.value(b)?) {
            // Nearly always the one side is written out, and what it makes of the other is known beforehand.
            (Value::Truth(a), Value::Truth(_)) if let Expression::Boolean(b) = b => {
                let if_true = Truth::of(Some(operator.accepts(true.cmp(b))));
                let if_false = Truth::of(Some(operator.accepts(false.cmp(b))));
                Ok(Box::new(move |rows, row| match a(rows, row) {
                    Truth::True => if_true,
                    Truth::False => if_false,
                    Truth::Unknown => Truth::Unknown,
                }))
            }
            (Value::Text(a), Value::Text(b)) => Ok(compare_texts(operator, a, b)),
            (Value::Number(a), Value::Number(b)) => Ok(compare_numbers(operator, a, b)),
            (Value::Time(a), Value::Time(b)) => Ok(Box::new(move |rows, row| {
                let spans = a.get(rows, row).zip(b.get(rows, row));
                Truth::of(spans.map(|(a, b)| operator.accepts_spans(a, b)))
            })),
            (Value::Truth(a), Value::Truth(b)) => Ok(Box::new(move |rows, row| {
                let values = a(rows, row).known().zip(b(rows, row).known());
                Truth::of(values.map(|(a, b)| operator.accepts(a.cmp(&b))))
            })),
            (Value::Shape(_), _) | (_, Value::Shape(_)) => Err(Cql2Error::WrongKind {
                place: format!("{place} 的两边"),
                expected: "文字、数字、时间或是否（比较几何请用 S_EQUALS 等空间运算）",
                found: "几何".to_owned(),
            }),
            (Value::List(_), _) | (_, Value::List(_)) => Err(Cql2Error::WrongKind {
                place: format!("{place} 的两边"),
                expected: "文字、数字、时间或是否（比较列表请用 A_CONTAINS 等数组运算）",
                found: "列表".to_owned(),
            }),
            (a, b) => Err(Cql2Error::WrongKind {
                place: format!("{place} 的两边"),
                expected: "同一种值（文字加单引号，时间写成 TIMESTAMP('…')）",
                found: format!("{}和{}", a.shown(), b.shown()),
            }),
        }
    }

    pub(super) fn one_of(
        &mut self,
        value: &Expression,
        items: &[Expression],
    ) -> Result<Predicate, Cql2Error> {
        let texts: Option<Vec<Box<str>>> = items
            .iter()
            .map(|item| match item {
                Expression::Text(text) => Some(text.as_str().into()),
                _ => None,
            })
            .collect();
        let numbers: Option<Vec<f64>> = items
            .iter()
            .map(|item| match item {
                Expression::Number(number) => Some(*number),
                _ => None,
            })
            .collect();
        if let Some(mut texts) = texts {
            let value = self.text("IN", value)?;
            texts.sort_unstable();
            return Ok(Box::new(move |rows, row| {
                let found = |text: &str| texts.binary_search_by(|item| (**item).cmp(text)).is_ok();
                Truth::of(value.get(rows, row).map(|text| found(&text)))
            }));
        }
        if let Some(mut numbers) = numbers {
            let value = self.number("IN", value)?;
            numbers.sort_unstable_by(f64::total_cmp);
            return Ok(Box::new(move |rows, row| {
                // A negative zero equals a positive one.
                let found =
                    |number: f64| numbers.binary_search_by(|item| item.total_cmp(&(number + 0.0))).is_ok();
                Truth::of(value.get(rows, row).map(found))
            }));
        }
        let equal = |item: &Expression| {
            Expression::Comparison(ComparisonOperator::Equal, Box::new(value.clone()), Box::new(item.clone()))
        };
        self.any_of(&items.iter().map(equal).collect::<Vec<_>>())
    }

    pub(super) fn arithmetic(
        &mut self,
        operator: ArithmeticOperator,
        a: &Expression,
        b: &Expression,
    ) -> Result<Value, Cql2Error> {
        let a = self.number(operator.word(), a)?;
        let b = self.number(operator.word(), b)?;
        let calculate = move |a: f64, b: f64| {
            let result = match operator {
                ArithmeticOperator::Add => a + b,
                ArithmeticOperator::Subtract => a - b,
                ArithmeticOperator::Multiply => a * b,
                ArithmeticOperator::Divide => a / b,
                ArithmeticOperator::Modulo => a % b,
                ArithmeticOperator::IntegerDivide => (a / b).trunc(),
                ArithmeticOperator::Power => a.powf(b),
            };
            Some(result).filter(|result| result.is_finite())
        };
        if let (NumberSource::Constant(a), NumberSource::Constant(b)) = (&a, &b)
            && let Some(result) = calculate(*a, *b)
        {
            return Ok(Value::Number(NumberSource::Constant(result)));
        }
        Ok(Value::Number(NumberSource::Calculated(Box::new(move |rows, row| {
            calculate(a.get(rows, row)?, b.get(rows, row)?)
        }))))
    }

    pub(super) fn interval(
        &mut self,
        start: Option<&Expression>,
        end: Option<&Expression>,
    ) -> Result<Value, Cql2Error> {
        let start = start.map(|start| self.time("INTERVAL", start)).transpose()?;
        let end = end.map(|end| self.time("INTERVAL", end)).transpose()?;
        let bound = |source: &Option<TimeSource>, rows: &Rows<'_>, row: usize| match source {
            None => Some(None),
            Some(source) => source.get(rows, row).map(Some),
        };
        Ok(Value::Time(TimeSource::Calculated(Box::new(move |rows, row| {
            let span = Span::between(bound(&start, rows, row)?, bound(&end, rows, row)?);
            (!span.is_reversed()).then_some(span)
        }))))
    }

    pub(super) fn temporal(
        &mut self,
        operator: TemporalOperator,
        a: &Expression,
        b: &Expression,
    ) -> Result<Predicate, Cql2Error> {
        let place = operator.word().to_uppercase();
        let (a, b) = (self.time(&place, a)?, self.time(&place, b)?);
        Ok(Box::new(move |rows, row| {
            let spans = a.get(rows, row).zip(b.get(rows, row));
            Truth::of(spans.map(|(a, b)| a.relates(operator, b)))
        }))
    }

    pub(super) fn function(&mut self, name: &str, arguments: &[Expression]) -> Result<Value, Cql2Error> {
        let function =
            FUNCTIONS.iter().find(|known| known.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
                Cql2Error::UnknownFunction {
                    name: shown(name),
                    known: FUNCTIONS.iter().map(|known| known.name).collect::<Vec<_>>().join("、"),
                }
            })?;
        if arguments.len() != function.arguments.len() {
            return Err(Cql2Error::WrongCount {
                name: function.name.to_owned(),
                needed: function.arguments.len(),
                found: arguments.len(),
            });
        }
        let mut values =
            arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>, _>>()?.into_iter();
        match (function.call, values.next(), values.next()) {
            (Call::Distance, Some(Value::Shape(a)), Some(Value::Shape(b))) => distance(a, b),
            (Call::Length, Some(Value::Shape(shape)), _) => Ok(of_shape(shape, length_m)),
            (Call::Area, Some(Value::Shape(shape)), _) => Ok(of_shape(shape, area_m2)),
            (Call::Vertices, Some(Value::Shape(shape)), _) => Ok(of_shape(shape, vertices)),
            (Call::GeometryType, Some(Value::Shape(shape)), _) => {
                Ok(Value::Text(TextSource::Calculated(Box::new(move |rows, row| {
                    shape.get(rows, row).map(geometry_type)
                }))))
            }
            (Call::CharacterCount, Some(Value::Text(text)), _) => {
                Ok(calculated(move |rows, row| text.get(rows, row).map(|text| count(text.chars().count()))))
            }
            (Call::ItemCount, Some(Value::List(list)), _) => Ok(item_count(list)),
            (Call::Absolute, Some(Value::Number(number)), _) => {
                Ok(calculated(move |rows, row| number.get(rows, row).map(f64::abs)))
            }
            (Call::Round, Some(Value::Number(number)), _) => {
                Ok(calculated(move |rows, row| number.get(rows, row).map(f64::round)))
            }
            (Call::Year, Some(Value::Time(time)), _) => Ok(calculated(move |rows, row| {
                time.get(rows, row).and_then(Span::civil).map(|(year, _)| year)
            })),
            (Call::Month, Some(Value::Time(time)), _) => Ok(calculated(move |rows, row| {
                time.get(rows, row).and_then(Span::civil).map(|(_, month)| month)
            })),
            (_, first, second) => {
                let given: Vec<String> = first.iter().chain(&second).map(Value::shown).collect();
                Err(Cql2Error::WrongKind {
                    place: format!("函数 {} 的参数", function.name),
                    expected: function.arguments.first().map_or("", |argument| argument.kind.shown()),
                    found: given.join("、"),
                })
            }
        }
    }
}

fn compare_texts(operator: ComparisonOperator, a: TextSource, b: TextSource) -> Predicate {
    if let (TextSource::Column(slot), TextSource::Constant(text)) = (&a, &b) {
        let (slot, text) = (*slot, text.clone());
        return Box::new(move |rows, row| {
            let found = rows.column(slot).and_then(|column| column.text(row));
            Truth::of(found.map(|found| operator.accepts(found.cmp(&text))))
        });
    }
    Box::new(move |rows, row| {
        let texts = a.get(rows, row).zip(b.get(rows, row));
        Truth::of(texts.map(|(a, b)| operator.accepts(a.cmp(&b))))
    })
}

fn compare_numbers(operator: ComparisonOperator, a: NumberSource, b: NumberSource) -> Predicate {
    Box::new(move |rows, row| {
        let numbers = a.get(rows, row).zip(b.get(rows, row));
        Truth::of(numbers.and_then(|(a, b)| a.partial_cmp(&b)).map(|ordering| operator.accepts(ordering)))
    })
}

fn calculated(calculate: impl Fn(&Rows<'_>, usize) -> Option<f64> + Send + Sync + 'static) -> Value {
    Value::Number(NumberSource::Calculated(Box::new(calculate)))
}

/// Positions that measuring one position on the ellipsoid costs as much as looking at.
const MEASURE_COST: f64 = 32.0;

fn of_shape(shape: ShapeSource, measure: fn(&geo::Geometry<f64>) -> f64) -> Value {
    calculated(move |rows, row| {
        let shape = shape.get(rows, row)?;
        rows.spend(vertices(shape) * MEASURE_COST);
        Some(measure(shape))
    })
}

/// From a point on either side to the shape on the other.
fn distance(a: ShapeSource, b: ShapeSource) -> Result<Value, Cql2Error> {
    let (point, shape) = match (a, b) {
        (shape, ShapeSource::Constant(point)) | (ShapeSource::Constant(point), shape) => (point, shape),
        (ShapeSource::Feature, ShapeSource::Feature) => {
            return Ok(calculated(|rows, row| rows.member(row).and_then(Feature::geometry).map(|_| 0.0)));
        }
    };
    let geo::Geometry::Point(point) = point.shape() else {
        return Err(Cql2Error::WrongKind {
            place: "函数 distance_m 的参数".to_owned(),
            expected: "一个点，如 distance_m(geometry, POINT(114.41 22.63))",
            found: "别的几何".to_owned(),
        });
    };
    let from = Wgs84 { lon: point.x(), lat: point.y() };
    Ok(calculated(move |rows, row| {
        let shape = shape.get(rows, row)?;
        rows.spend(vertices(shape));
        Some(distance_m(from, shape)).filter(|distance| distance.is_finite())
    }))
}

fn item_count(list: ListSource) -> Value {
    calculated(move |rows, row| list.get(rows, row).map(|items| count(items.len())))
}

fn vertices(shape: &geo::Geometry<f64>) -> f64 {
    count(geo::CoordsIter::coords_count(shape))
}

#[expect(clippy::cast_precision_loss, reason = "counts of what is in memory stay below 2^53")]
fn count(items: usize) -> f64 {
    items as f64
}

fn geometry_type(shape: &geo::Geometry<f64>) -> &'static str {
    use geo::Geometry as G;
    match shape {
        G::Point(_) => "Point",
        G::MultiPoint(_) => "MultiPoint",
        G::Line(_) | G::LineString(_) => "LineString",
        G::MultiLineString(_) => "MultiLineString",
        G::Polygon(_) | G::Rect(_) | G::Triangle(_) => "Polygon",
        G::MultiPolygon(_) => "MultiPolygon",
        G::GeometryCollection(_) => "GeometryCollection",
    }
}

fn wrong(place: &str, expected: &'static str, found: &Value) -> Cql2Error {
    Cql2Error::WrongKind { place: place.to_owned(), expected, found: found.shown() }
}
