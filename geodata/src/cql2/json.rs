//! CQL2 JSON (OGC 21-065r2, section 9 and annex C).

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point,
    Polygon,
};
use serde_json::{Map, Value};

use super::error::Cql2Error;
use super::expression::{ArithmeticOperator, ComparisonOperator, Expression};
use super::limits::{Budget, MOST_ITEMS, at_most};
use super::literals::{self, Positions};
use super::text::{call, counted};
use crate::crs::ReferenceSystem;

type Parsed = Result<Expression, Cql2Error>;

/// Reads a filter whose spatial literals are in this reference system.
///
/// # Errors
/// The path at which something else is needed, or the limit that is passed.
pub fn parse_json(text: &str, system: ReferenceSystem) -> Result<Expression, Cql2Error> {
    Budget::length(text)?;
    let value: Value = serde_json::from_str(text).map_err(|error| {
        // The parser stops at a depth of its own, which it tells in words only.
        if error.to_string().starts_with("recursion limit exceeded") {
            return Budget::too_deep();
        }
        Cql2Error::NotJson { line: error.line(), column: error.column() }
    })?;
    let mut reader = Reader { positions: Positions::new(system), path: "filter".to_owned() };
    reader.expression(&value)
}

struct Reader {
    positions: Positions,
    path: String,
}

impl Reader {
    fn wants(&self, expected: &'static str) -> Cql2Error {
        Cql2Error::Json { at: self.path.clone(), expected }
    }

    /// Reads something below a step of the path.
    fn below<T>(
        &mut self,
        step: &str,
        read: impl FnOnce(&mut Self) -> Result<T, Cql2Error>,
    ) -> Result<T, Cql2Error> {
        self.positions.budget.enter()?;
        let length = self.path.len();
        self.path.push_str(step);
        let result = read(self)?;
        self.path.truncate(length);
        self.positions.budget.leave();
        Ok(result)
    }

    fn expression(&mut self, value: &Value) -> Parsed {
        match value {
            Value::Bool(value) => Ok(Expression::Boolean(*value)),
            Value::Number(number) => number
                .as_f64()
                .filter(|number| number.is_finite())
                .map(Expression::Number)
                .ok_or_else(|| self.wants("数字")),
            Value::String(text) => Ok(Expression::Text(text.clone())),
            Value::Array(items) => Ok(Expression::List(self.expressions(items)?)),
            Value::Object(members) => self.object(members),
            Value::Null => Err(self.wants("一个值；没有值的条件请用 isNull")),
        }
    }

    fn expressions(&mut self, items: &[Value]) -> Result<Vec<Expression>, Cql2Error> {
        at_most("列表的项数", items.len(), MOST_ITEMS)?;
        items
            .iter()
            .enumerate()
            .map(|(place, item)| self.below(&format!("[{place}]"), |reader| reader.expression(item)))
            .collect()
    }

    fn object(&mut self, members: &Map<String, Value>) -> Parsed {
        if let Some(operator) = members.get("op") {
            return self.operation(operator, members.get("args"));
        }
        if let Some(name) = members.get("property") {
            let name = name.as_str().ok_or_else(|| self.wants("属性名"))?;
            return Ok(Expression::Property(name.to_owned()));
        }
        if let Some(date) = members.get("date") {
            return literals::date(date.as_str().ok_or_else(|| self.wants("日期"))?);
        }
        if let Some(timestamp) = members.get("timestamp") {
            return literals::timestamp(timestamp.as_str().ok_or_else(|| self.wants("时间"))?);
        }
        if let Some(interval) = members.get("interval") {
            return self.below(".interval", |reader| reader.interval(interval));
        }
        if let Some(bbox) = members.get("bbox").filter(|_| !members.contains_key("type")) {
            let numbers = self.below(".bbox", |reader| reader.numbers(bbox))?;
            return self.positions.bbox(&numbers);
        }
        if members.contains_key("type") {
            return literals::geometry(self.geometry(members)?);
        }
        Err(self.wants("带有 op、property、date、timestamp、interval、bbox 或几何的对象"))
    }

    fn operation(&mut self, operator: &Value, arguments: Option<&Value>) -> Parsed {
        let name = operator.as_str().ok_or_else(|| self.wants("字符串 op"))?;
        let arguments = match arguments {
            Some(Value::Array(arguments)) => arguments.as_slice(),
            None => &[],
            Some(_) => return Err(self.wants("数组 args")),
        };
        let arguments = self.below(".args", |reader| reader.expressions(arguments))?;
        self.applied(name, arguments)
    }

    fn applied(&mut self, name: &str, arguments: Vec<Expression>) -> Parsed {
        if let Some(operator) = ComparisonOperator::of(name) {
            let [a, b] = counted(name, arguments)?;
            return Ok(Expression::Comparison(operator, Box::new(a), Box::new(b)));
        }
        if let Some(operator) = ArithmeticOperator::of(name) {
            let [a, b] = counted(name, arguments)?;
            return Ok(Expression::Arithmetic(operator, Box::new(a), Box::new(b)));
        }
        match name {
            "and" | "or" if arguments.len() < 2 => Err(self.wants("至少两个 args")),
            "and" => Ok(Expression::And(arguments)),
            "or" => Ok(Expression::Or(arguments)),
            "not" => {
                let [inner] = counted(name, arguments)?;
                Ok(Expression::Not(Box::new(inner)))
            }
            "like" => {
                let [value, pattern] = counted(name, arguments)?;
                Ok(Expression::Like(Box::new(value), Box::new(pattern)))
            }
            "between" => {
                let [value, low, high] = counted(name, arguments)?;
                Ok(Expression::Between(Box::new(value), Box::new(low), Box::new(high)))
            }
            "in" => match counted(name, arguments)? {
                [value, Expression::List(items)] if !items.is_empty() => {
                    Ok(Expression::In(Box::new(value), items))
                }
                _ => Err(self.wants("in 的第二个参数是不为空的数组")),
            },
            "isNull" => {
                let [inner] = counted(name, arguments)?;
                Ok(Expression::IsNull(Box::new(inner)))
            }
            _ => call(name, arguments),
        }
    }

    fn interval(&mut self, interval: &Value) -> Parsed {
        let Some([start, end]) = interval.as_array().map(Vec::as_slice) else {
            return Err(self.wants("开始和结束两项"));
        };
        let start = self.bound(start)?;
        let end = self.bound(end)?;
        literals::interval(start, end)
    }

    fn bound(&mut self, bound: &Value) -> Result<Option<Expression>, Cql2Error> {
        match bound {
            Value::String(text) => literals::bound(text),
            other => self.expression(other).map(Some),
        }
    }

    fn array<'v>(&self, value: &'v Value) -> Result<&'v [Value], Cql2Error> {
        value.as_array().map(Vec::as_slice).ok_or_else(|| self.wants("数组"))
    }

    fn numbers(&mut self, value: &Value) -> Result<Vec<f64>, Cql2Error> {
        let number = |value: &Value| value.as_f64().filter(|number| number.is_finite());
        self.array(value)?.iter().map(|value| number(value).ok_or_else(|| self.wants("数字"))).collect()
    }

    fn geometry(&mut self, members: &Map<String, Value>) -> Result<Geometry<f64>, Cql2Error> {
        let kind = members.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind == "GeometryCollection" {
            let parts = members.get("geometries").ok_or_else(|| self.wants("成员 geometries"))?;
            let parts = self.array(parts)?;
            return Ok(Geometry::GeometryCollection(GeometryCollection(
                parts
                    .iter()
                    .enumerate()
                    .map(|(place, part)| {
                        self.below(&format!(".geometries[{place}]"), |reader| match part {
                            Value::Object(members) => reader.geometry(members),
                            _ => Err(reader.wants("几何对象")),
                        })
                    })
                    .collect::<Result<_, _>>()?,
            )));
        }
        let coordinates = members.get("coordinates").ok_or_else(|| self.wants("几何的 coordinates"))?;
        self.below(".coordinates", |reader| reader.shape(kind, coordinates))
    }

    fn shape(&mut self, kind: &str, coordinates: &Value) -> Result<Geometry<f64>, Cql2Error> {
        Ok(match kind {
            "Point" => Geometry::Point(Point(self.position(coordinates)?)),
            "LineString" => Geometry::LineString(self.line(coordinates)?),
            "Polygon" => Geometry::Polygon(self.polygon(coordinates)?),
            "MultiPoint" => Geometry::MultiPoint(MultiPoint(
                self.positions(coordinates)?.into_iter().map(Point).collect(),
            )),
            "MultiLineString" => Geometry::MultiLineString(MultiLineString(
                self.array(coordinates)?.iter().map(|line| self.line(line)).collect::<Result<_, _>>()?,
            )),
            "MultiPolygon" => Geometry::MultiPolygon(MultiPolygon(
                self.array(coordinates)?
                    .iter()
                    .map(|polygon| self.polygon(polygon))
                    .collect::<Result<_, _>>()?,
            )),
            _ => return Err(self.wants("GeoJSON 的几何类型")),
        })
    }

    fn position(&mut self, value: &Value) -> Result<Coord<f64>, Cql2Error> {
        match self.numbers(value)?.as_slice() {
            &[x, y] | &[x, y, _] => self.positions.read(x, y),
            _ => Err(self.wants("两个数字的坐标点")),
        }
    }

    fn positions(&mut self, value: &Value) -> Result<Vec<Coord<f64>>, Cql2Error> {
        self.array(value)?.iter().map(|position| self.position(position)).collect()
    }

    fn line(&mut self, value: &Value) -> Result<LineString<f64>, Cql2Error> {
        literals::line(self.positions(value)?)
    }

    fn polygon(&mut self, value: &Value) -> Result<Polygon<f64>, Cql2Error> {
        let rings = self.array(value)?.iter().map(|ring| self.positions(ring)).collect::<Result<_, _>>()?;
        literals::polygon(rings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_called_too_deep_however_deep_it_is() {
        for depth in [40, 200, 1_000] {
            let text = format!("{}true{}", r#"{"op":"not","args":["#.repeat(depth), "]}".repeat(depth));
            let refused = parse_json(&text, ReferenceSystem::Crs84).unwrap_err();
            assert_eq!(refused, Budget::too_deep(), "{depth}");
        }
        let broken = parse_json("{\"op\":", ReferenceSystem::Crs84);
        assert!(matches!(broken, Err(Cql2Error::NotJson { .. })));
    }
}
