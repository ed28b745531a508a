//! Whether a row lies in the region it should lie in.

use geo::{Coord, Geometry, Intersects, Line, LinesIter, MapCoords, Point};
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTree, RTreeBuilder, RTreeIndex};

use super::{BOUNDARY_SLACK_M, Region, ReviewReason};
use crate::cql2::{Prepared, SpatialOperator, envelope_of};
use crate::crs::Wgs84;
use crate::geometry::distance_m;

/// Farther away a box of degrees no longer holds all that is so near, metres.
const BOXED_WITHIN_M: f64 = 50_000.0;
/// Metres of a degree of latitude, from below.
const LEAST_M_PER_DEGREE: f64 = 110_500.0;

/// A region whose boundary is made ready once for all rows of a file.
pub(super) struct Placement<'a> {
    region: Region<'a>,
    /// `None` where the boundary crosses itself; each row is then compared with it as it is.
    boundary: Option<Prepared>,
    outline: Outline<'a>,
}

impl<'a> Placement<'a> {
    pub(super) fn new(region: Region<'a>) -> Self {
        Self {
            region,
            boundary: Prepared::new(region.boundary.clone()).ok(),
            outline: Outline::of(region.boundary),
        }
    }

    /// Outside its region, or inside once longitude and latitude are swapped.
    pub(super) fn fault(&self, geometry: &Geometry<f64>, anchor: Wgs84) -> Option<ReviewReason> {
        if self.holds(geometry, anchor) {
            return None;
        }
        let distance_m = self.outline.distance_m(anchor);
        if distance_m <= BOUNDARY_SLACK_M {
            return None;
        }
        if let Ok(suggested) = Wgs84::new(anchor.lat, anchor.lon) {
            let swapped = geometry.map_coords(|Coord { x, y }| Coord { x: y, y: x });
            if self.holds(&swapped, suggested) {
                return Some(ReviewReason::AxesSwapped { suggested });
            }
        }
        Some(ReviewReason::OutsideRegion { region: self.region.name.to_owned(), distance_m })
    }

    fn holds(&self, geometry: &Geometry<f64>, anchor: Wgs84) -> bool {
        let anchor = Geometry::Point(Point(anchor.into()));
        self.meets(&anchor) || self.meets(geometry)
    }

    fn meets(&self, shape: &Geometry<f64>) -> bool {
        match (&self.boundary, envelope_of(shape)) {
            (Some(boundary), Some(envelope)) => {
                boundary.holds(SpatialOperator::Intersects, shape, &envelope, &mut 0)
            }
            _ => self.region.boundary.intersects(shape),
        }
    }
}

/// The lines of a boundary by where they are: a file may lie outside altogether.
struct Outline<'a> {
    boundary: &'a Geometry<f64>,
    lines: Vec<Line<f64>>,
    by_place: RTree<f64>,
}

impl<'a> Outline<'a> {
    fn of(boundary: &'a Geometry<f64>) -> Self {
        let lines: Vec<Line<f64>> = match boundary {
            Geometry::Polygon(polygon) => polygon.lines_iter().collect(),
            Geometry::MultiPolygon(polygons) => polygons.lines_iter().collect(),
            _ => Vec::new(),
        };
        let mut builder = RTreeBuilder::new(u32::try_from(lines.len()).unwrap_or(u32::MAX));
        for Line { start, end } in &lines {
            builder.add(start.x.min(end.x), start.y.min(end.y), start.x.max(end.x), start.y.max(end.y));
        }
        Self { boundary, lines, by_place: builder.finish::<HilbertSort>() }
    }

    /// From a position outside to the boundary.
    fn distance_m(&self, from: Wgs84) -> f64 {
        let to_line = |number: u32| {
            let line = usize::try_from(number).ok().and_then(|number| self.lines.get(number));
            line.map_or(f64::INFINITY, |line| distance_m(from, &Geometry::Line(*line)))
        };
        // What is nearest in degrees is hardly ever much farther than what is nearest.
        let near = self.by_place.neighbors(from.lon, from.lat, Some(1), None);
        let near_m = near.first().map_or(f64::INFINITY, |number| to_line(*number));
        if near_m > BOXED_WITHIN_M {
            return distance_m(from, self.boundary);
        }
        let up = near_m / LEAST_M_PER_DEGREE;
        let across = up / (from.lat.abs() + up).to_radians().cos().max(0.01);
        let found = self.by_place.search(from.lon - across, from.lat - up, from.lon + across, from.lat + up);
        found.into_iter().map(to_line).fold(near_m, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use geo::{LineString, Polygon};
    use proptest::prelude::*;

    use super::*;

    /// A region with a bay in its east and a lake in it.
    fn boundary() -> Geometry<f64> {
        let ring = |positions: &[(f64, f64)]| LineString::from(positions.to_vec());
        let outline =
            ring(&[(114.0, 22.0), (114.4, 22.0), (114.1, 22.2), (114.4, 22.4), (114.0, 22.4), (114.0, 22.0)]);
        let lake = ring(&[(114.02, 22.1), (114.06, 22.1), (114.06, 22.3), (114.02, 22.3), (114.02, 22.1)]);
        Polygon::new(outline, vec![lake]).into()
    }

    proptest! {
        #[test]
        fn a_place_lies_in_a_prepared_region_as_in_the_region_itself(
            (lon, lat) in (113.9_f64..114.5, 21.9_f64..22.5),
            (width, height) in (0.0_f64..0.2, 0.0_f64..0.2),
        ) {
            let boundary = boundary();
            let placement = Placement::new(Region { name: "试点", boundary: &boundary });
            prop_assert!(placement.boundary.is_some());
            let end = Coord { x: lon + width, y: lat + height };
            for shape in [
                Geometry::Point(Point::new(lon, lat)),
                geo::Rect::new(Coord { x: lon, y: lat }, end).to_polygon().into(),
                LineString::from(vec![Coord { x: lon, y: lat }, end]).into(),
            ] {
                prop_assert_eq!(placement.meets(&shape), boundary.intersects(&shape), "{:?}", shape);
            }
        }

        #[test]
        fn a_place_is_as_far_from_an_outline_as_from_the_boundary(
            lon in 113.0_f64..115.5, lat in 21.0_f64..23.5,
        ) {
            let boundary = boundary();
            let from = Wgs84 { lon, lat };
            if !boundary.intersects(&Point::new(lon, lat)) {
                let (found_m, expected_m) = (Outline::of(&boundary).distance_m(from), distance_m(from, &boundary));
                prop_assert!((found_m - expected_m).abs() < 1e-6, "{found_m} {expected_m}");
            }
        }
    }
}
