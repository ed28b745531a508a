//! Fewer positions for small scales.

use super::validity::crosses_itself;
use geo::{
    BoundingRect, Coord, Geometry, LineString, MapCoords, MultiLineString, MultiPolygon, Polygon,
    SimplifyVwPreserve,
};

/// Length of a degree of latitude, metres.
const M_PER_DEGREE: f64 = 111_320.0;

/// Removes positions that the eye cannot tell at a resolution of `tolerance_m` metres: those whose
/// triangle with their neighbours is smaller than half the square of the tolerance (Visvalingam and
/// Whyatt 1993, the variant that keeps a ring from crossing itself). Rings keep at least four
/// positions, lines two; a tolerance of zero or less changes nothing.
///
/// ```
/// use geo::{line_string, CoordsIter, Geometry};
/// let path = Geometry::LineString(line_string![
///     (x: 114.400, y: 22.620), (x: 114.410, y: 22.62001), (x: 114.420, y: 22.620),
/// ]);
/// assert_eq!(geodata::geometry::simplify(&path, 100.0).coords_count(), 2);
/// ```
pub fn simplify(geometry: &Geometry<f64>, tolerance_m: f64) -> Geometry<f64> {
    let Some(extent) = geometry.bounding_rect() else {
        return geometry.clone();
    };
    // The areas of positions off the Earth may overflow.
    let is_on_earth = extent.min().x >= -360.0
        && extent.max().x <= 360.0
        && extent.min().y >= -90.0
        && extent.max().y <= 90.0;
    if !is_on_earth || tolerance_m.is_nan() || tolerance_m <= 0.0 {
        return geometry.clone();
    }
    // Degrees are squeezed so that one unit is a degree of latitude in either direction.
    let shrink = extent.center().y.to_radians().cos().max(0.01);
    let tolerance = tolerance_m / M_PER_DEGREE;
    let metric = Metric { smallest_area: tolerance * tolerance / 2.0, shrink };
    metric.geometry(geometry)
}

/// How often a ring is tried with half the tolerance before it is left as it is.
const FINER_ATTEMPTS: usize = 5;

#[derive(Clone, Copy)]
struct Metric {
    smallest_area: f64,
    shrink: f64,
}

impl Metric {
    fn geometry(self, geometry: &Geometry<f64>) -> Geometry<f64> {
        match geometry {
            Geometry::LineString(line) => self.line(line).into(),
            Geometry::MultiLineString(lines) => {
                MultiLineString(lines.iter().map(|line| self.line(line)).collect()).into()
            }
            Geometry::Polygon(polygon) => self.polygon(polygon).into(),
            Geometry::MultiPolygon(polygons) => {
                MultiPolygon(polygons.iter().map(|polygon| self.polygon(polygon)).collect()).into()
            }
            Geometry::GeometryCollection(parts) => {
                Geometry::GeometryCollection(parts.iter().map(|part| self.geometry(part)).collect())
            }
            Geometry::Point(_)
            | Geometry::MultiPoint(_)
            | Geometry::Line(_)
            | Geometry::Rect(_)
            | Geometry::Triangle(_) => geometry.clone(),
        }
    }

    fn line(self, line: &LineString<f64>) -> LineString<f64> {
        if line.0.len() <= 2 {
            return line.clone();
        }
        self.stretched(&self.squeezed(line).simplify_vw_preserve(self.smallest_area))
    }

    /// The crate's check against crossings overlooks some, so the result is checked and, where it
    /// crosses itself, drawn again more finely.
    fn polygon(self, polygon: &Polygon<f64>) -> Polygon<f64> {
        if polygon.exterior().0.len() <= 4 && polygon.interiors().is_empty() {
            return polygon.clone();
        }
        let squeezed = self.squeezed(polygon);
        let mut smallest_area = self.smallest_area;
        for _ in 0..FINER_ATTEMPTS {
            let simple = squeezed.simplify_vw_preserve(smallest_area);
            if !crosses_itself(&simple) {
                return self.stretched(&simple);
            }
            smallest_area /= 4.0;
        }
        polygon.clone()
    }

    fn squeezed<G: MapCoords<f64, f64, Output = G>>(self, shape: &G) -> G {
        shape.map_coords(|Coord { x, y }| Coord { x: x * self.shrink, y })
    }

    fn stretched<G: MapCoords<f64, f64, Output = G>>(self, shape: &G) -> G {
        shape.map_coords(|Coord { x, y }| Coord { x: x / self.shrink, y })
    }
}

#[cfg(test)]
mod tests;
