//! Whether a row lies in the region it should lie in.

use geo::{Coord, Geometry, Intersects, MapCoords, Point};

use super::{BOUNDARY_SLACK_M, Region, ReviewReason};
use crate::cql2::{Prepared, SpatialOperator, envelope_of};
use crate::crs::Wgs84;
use crate::geometry::distance_m;

/// A region whose boundary is made ready once for all rows of a file.
pub(super) struct Placement<'a> {
    region: Region<'a>,
    /// `None` where the boundary crosses itself; each row is then compared with it as it is.
    boundary: Option<Prepared>,
}

impl<'a> Placement<'a> {
    pub(super) fn new(region: Region<'a>) -> Self {
        Self { region, boundary: Prepared::new(region.boundary.clone()).ok() }
    }

    /// Outside its region, or inside once longitude and latitude are swapped.
    pub(super) fn fault(&self, geometry: &Geometry<f64>, anchor: Wgs84) -> Option<ReviewReason> {
        if self.holds(geometry, anchor) {
            return None;
        }
        let distance_m = distance_m(anchor, self.region.boundary);
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
    }
}
