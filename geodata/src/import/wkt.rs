//! Well-known text (OGC 06-103r4 §7), two-dimensional, as exported into table columns.

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point,
    Polygon,
};

use crate::geometry::GeometryError;

/// Collections may nest this deep.
const DEEPEST: usize = 16;

/// Reads `POINT(114.4 22.6)`, `POLYGON((…))` and so on; an EWKT prefix `SRID=4326;` is skipped.
/// Positions are not checked to lie on Earth.
///
/// # Errors
/// The character at which the grammar wants something else.
///
/// ```
/// use geo::{Geometry, Point};
/// let hut = geodata::import::read_wkt("POINT (114.4134 22.63)")?;
/// assert_eq!(hut, Geometry::Point(Point::new(114.4134, 22.63)));
/// # Ok::<(), geodata::geometry::GeometryError>(())
/// ```
pub fn read_wkt(text: &str) -> Result<Geometry<f64>, GeometryError> {
    let body = match text.trim_start().split_once(';') {
        Some((srid, body)) if srid.eq_ignore_ascii_case("SRID=4326") => body,
        _ => text,
    };
    let mut parser = Parser { text: body, at: 0 };
    let geometry = parser.geometry(0)?;
    parser.skip_space();
    if parser.rest().is_empty() { Ok(geometry) } else { Err(parser.wants("结尾")) }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn wants(&self, expected: &'static str) -> GeometryError {
        let column = self.text.get(..self.at).unwrap_or_default().chars().count() + 1;
        GeometryError::Wkt { column, expected }
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn word(&mut self) -> String {
        self.skip_space();
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().to_ascii_uppercase();
        self.at += length;
        word
    }

    fn takes(&mut self, mark: char) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len_utf8();
        }
        found
    }

    fn number(&mut self) -> Result<f64, GeometryError> {
        self.skip_space();
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
        let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let number = rest.get(..length).and_then(|digits| digits.parse().ok());
        let finite = number.filter(|number: &f64| number.is_finite()).ok_or_else(|| self.wants("数字"))?;
        self.at += length;
        Ok(finite)
    }

    fn position(&mut self) -> Result<Coord<f64>, GeometryError> {
        Ok(Coord { x: self.number()?, y: self.number()? })
    }

    /// `(a, b, …)` or `EMPTY`.
    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, GeometryError>,
    ) -> Result<Vec<T>, GeometryError> {
        if !self.takes('(') {
            return if self.word() == "EMPTY" { Ok(Vec::new()) } else { Err(self.wants("左括号")) };
        }
        let mut items = vec![item(self)?];
        while self.takes(',') {
            items.push(item(self)?);
        }
        if self.takes(')') { Ok(items) } else { Err(self.wants("逗号或右括号")) }
    }

    fn line(&mut self) -> Result<LineString<f64>, GeometryError> {
        let positions = self.list(Self::position)?;
        if positions.len() == 1 {
            return Err(too_few(2, 1));
        }
        Ok(LineString(positions))
    }

    fn ring(&mut self) -> Result<LineString<f64>, GeometryError> {
        let positions = self.list(Self::position)?;
        if positions.len() < 4 {
            return Err(too_few(4, positions.len()));
        }
        if positions.first() != positions.last() {
            return Err(GeometryError::RingNotClosed { at: "WKT".to_owned() });
        }
        Ok(LineString(positions))
    }

    fn polygon(&mut self) -> Result<Polygon<f64>, GeometryError> {
        let mut rings = self.list(Self::ring)?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }

    /// In a multi-point the inner brackets are optional.
    fn point(&mut self) -> Result<Point<f64>, GeometryError> {
        let is_wrapped = self.takes('(');
        let position = self.position()?;
        if is_wrapped && !self.takes(')') {
            return Err(self.wants("右括号"));
        }
        Ok(Point(position))
    }

    fn geometry(&mut self, depth: usize) -> Result<Geometry<f64>, GeometryError> {
        if depth > DEEPEST {
            return Err(GeometryError::TooDeep { at: "WKT".to_owned() });
        }
        Ok(match self.word().as_str() {
            "POINT" => match self.list(Self::position)?.as_slice() {
                [position] => Geometry::Point(Point(*position)),
                _ => return Err(self.wants("一个坐标点")),
            },
            "LINESTRING" => Geometry::LineString(self.line()?),
            "POLYGON" => Geometry::Polygon(self.polygon()?),
            "MULTIPOINT" => Geometry::MultiPoint(MultiPoint(self.list(Self::point)?)),
            "MULTILINESTRING" => Geometry::MultiLineString(MultiLineString(self.list(Self::line)?)),
            "MULTIPOLYGON" => Geometry::MultiPolygon(MultiPolygon(self.list(Self::polygon)?)),
            "GEOMETRYCOLLECTION" => Geometry::GeometryCollection(GeometryCollection(
                self.list(|parser| parser.geometry(depth + 1))?,
            )),
            _ => return Err(self.wants("POINT、LINESTRING、POLYGON 等几何类型")),
        })
    }
}

fn too_few(needed: usize, found: usize) -> GeometryError {
    GeometryError::TooFewPositions { at: "WKT".to_owned(), needed, found }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_is_read() {
        for text in [
            "POINT(114.4 22.6)",
            "point (114.4 22.6)",
            "SRID=4326;POINT(114.4 22.6)",
            "LINESTRING(0 0, 1 1)",
            "POLYGON((0 0, 4 0, 4 4, 0 0), (2 1, 3 1, 3 2, 2 1))",
            "MULTIPOINT((1 2), (3 4))",
            "MULTIPOINT(1 2, 3 4)",
            "MULTILINESTRING((0 0, 1 1), (2 2, 3 3))",
            "MULTIPOLYGON(((0 0, 4 0, 4 4, 0 0)))",
            "GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1))",
            "MULTIPOLYGON EMPTY",
        ] {
            assert!(read_wkt(text).is_ok(), "{text}: {:?}", read_wkt(text));
        }
    }

    #[test]
    fn faults_name_the_character() {
        assert_eq!(read_wkt("POINT(114.4 x)"), Err(GeometryError::Wkt { column: 13, expected: "数字" }));
        for text in [
            "",
            "POINT",
            "POINT(1)",
            "POINT(1 2 3)",
            "POINT(1 2) x",
            "CIRCLE(1 2)",
            "POINT Z (1 2 3)",
            "LINESTRING(1 2)",
            "POLYGON((0 0, 1 0, 1 1))",
            "POLYGON((0 0, 1 0, 1 1, 2 2))",
            "POINT EMPTY",
        ] {
            assert!(read_wkt(text).is_err(), "{text}");
        }
        let nested = format!("{}POINT(1 2){}", "GEOMETRYCOLLECTION(".repeat(50), ")".repeat(50));
        assert!(matches!(read_wkt(&nested), Err(GeometryError::TooDeep { .. })));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(POINT|LINESTRING|POLYGON|MULTI|EMPTY|[(),. 0-9e-]){0,20}|\\PC{0,40}") {
            _ = read_wkt(&text);
        }
    }
}
