//! Spatial literals: well-known text (OGC 06-103r4, section 7) and `BBOX`.

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point,
    Polygon,
};

use super::{Expression, Parser, Token};
use crate::cql2::error::Cql2Error;
use crate::cql2::literals;

/// Whether a word in capitals begins a spatial literal.
pub(super) fn is_kind(word: &str) -> bool {
    matches!(
        word,
        "POINT"
            | "LINESTRING"
            | "POLYGON"
            | "MULTIPOINT"
            | "MULTILINESTRING"
            | "MULTIPOLYGON"
            | "GEOMETRYCOLLECTION"
            | "BBOX"
    )
}

impl Parser<'_> {
    /// A spatial literal whose kind is the next word.
    pub(super) fn geometry(&mut self, kind: &str) -> Result<Expression, Cql2Error> {
        if kind == "BBOX" {
            self.advance();
            let numbers = self.list(Self::number)?;
            return self.positions.bbox(&numbers);
        }
        let geometry = self.tagged(kind)?;
        literals::geometry(geometry)
    }

    fn tagged(&mut self, kind: &str) -> Result<Geometry<f64>, Cql2Error> {
        self.advance();
        self.takes_word("Z");
        Ok(match kind {
            "POINT" => {
                self.expect("(", "左括号")?;
                let position = self.position()?;
                self.expect(")", "右括号")?;
                Geometry::Point(Point(position))
            }
            "LINESTRING" => Geometry::LineString(self.line()?),
            "POLYGON" => Geometry::Polygon(self.polygon()?),
            "MULTIPOINT" => Geometry::MultiPoint(MultiPoint(self.list(Self::point)?)),
            "MULTILINESTRING" => Geometry::MultiLineString(MultiLineString(self.list(Self::line)?)),
            "MULTIPOLYGON" => Geometry::MultiPolygon(MultiPolygon(self.list(Self::polygon)?)),
            _ => Geometry::GeometryCollection(GeometryCollection(self.list(Self::part)?)),
        })
    }

    fn part(&mut self) -> Result<Geometry<f64>, Cql2Error> {
        self.positions.budget.enter()?;
        let kind = match self.peek() {
            Token::Word(word) => word.to_ascii_uppercase(),
            _ => String::new(),
        };
        if !is_kind(&kind) || kind == "BBOX" {
            return Err(self.wants("POINT、LINESTRING、POLYGON 等几何类型"));
        }
        let part = self.tagged(&kind)?;
        self.positions.budget.leave();
        Ok(part)
    }

    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, Cql2Error>) -> Result<Vec<T>, Cql2Error> {
        self.expect("(", "左括号")?;
        let mut items = vec![item(self)?];
        while self.takes(",") {
            items.push(item(self)?);
        }
        self.expect(")", "逗号或右括号")?;
        Ok(items)
    }

    fn number(&mut self) -> Result<f64, Cql2Error> {
        let negative = self.takes("-");
        if !negative {
            self.takes("+");
        }
        let Token::Number(number) = self.peek() else {
            return Err(self.wants("数字"));
        };
        self.advance();
        Ok(if negative { -number } else { *number })
    }

    /// Two numbers, or three of which the height is dropped.
    fn position(&mut self) -> Result<Coord<f64>, Cql2Error> {
        let (x, y) = (self.number()?, self.number()?);
        if matches!(self.peek(), Token::Number(_) | Token::Sign("-")) {
            self.number()?;
        }
        self.positions.read(x, y)
    }

    /// In a multi-point the inner brackets are optional.
    fn point(&mut self) -> Result<Point<f64>, Cql2Error> {
        let is_wrapped = self.takes("(");
        let position = self.position()?;
        if is_wrapped {
            self.expect(")", "右括号")?;
        }
        Ok(Point(position))
    }

    fn line(&mut self) -> Result<LineString<f64>, Cql2Error> {
        literals::line(self.list(Self::position)?)
    }

    fn polygon(&mut self) -> Result<Polygon<f64>, Cql2Error> {
        literals::polygon(self.list(|parser| parser.list(Self::position))?)
    }
}
