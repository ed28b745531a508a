//! Coordinate reference systems that GIS programs may ask for (OGC API Features Part 2, 18-058r1),
//! and the order of their axes.

use std::borrow::Cow;

use geo::{Coord, Geometry, LineString, MapCoords, MultiPolygon, Point, Polygon, Rect};

use super::gauss_kruger::Zone;
use super::{CoordinateError, Wgs84};
use crate::bbox::{Bbox, BboxError};

/// Radius of the sphere of EPSG:3857, metres.
const WEB_MERCATOR_RADIUS_M: f64 = 6_378_137.0;
/// Nearer to a pole EPSG:3857 has no useful numbers.
const WEB_MERCATOR_LAT_DEG: f64 = 89.9;
/// Sides of boxes are cut into pieces of this length before they are bent, metres.
const PIECE_M: f64 = 5_000.0;
/// Most pieces of a side.
const MOST_PIECES: f64 = 256.0;

/// A system that positions can be given and had in. CGCS2000 and WGS-84 differ by centimetres, less
/// than positions of this map are true, so their degrees are taken as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReferenceSystem {
    /// WGS-84, longitude before latitude, in degrees: as stored.
    #[default]
    Crs84,
    /// EPSG:4326, WGS-84, latitude before longitude, in degrees.
    Epsg4326,
    /// EPSG:3857, the square of web maps, easting before northing, in metres of the equator.
    WebMercator,
    /// EPSG:4490, CGCS2000, latitude before longitude, in degrees.
    Cgcs2000,
    /// A zone of 3 degrees of CGCS2000, northing before easting, in metres.
    GaussKruger(Zone),
}

/// What a box of some reference system covers.
#[derive(Debug, Clone, PartialEq)]
pub enum Region {
    /// A box of longitudes and latitudes.
    Box(Bbox),
    /// A box that is not one in degrees.
    Shape(Geometry<f64>),
}

/// Why a box of some reference system was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegionError {
    /// As a box in degrees.
    #[error(transparent)]
    Bbox(#[from] BboxError),
    /// A latitude where the system has its first axis is out of range.
    #[error("{0}；这个坐标系的顺序是“南,西,北,东”（纬度在前）")]
    LatitudeFirst(BboxError),
    /// A lower value above an upper one.
    #[error("bbox 的最小值大于最大值，请按“{order}”填写")]
    Reversed {
        /// The order of the four numbers.
        order: &'static str,
    },
}

impl ReferenceSystem {
    /// The address that names the system.
    pub fn uri(self) -> String {
        match self {
            Self::Crs84 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84".to_owned(),
            Self::Epsg4326 => epsg(4326),
            Self::WebMercator => epsg(3857),
            Self::Cgcs2000 => epsg(4490),
            Self::GaussKruger(zone) => epsg(zone.epsg()),
        }
    }

    /// Decimals that are written: about a centimetre in degrees, a millimetre in metres.
    pub fn decimals(self) -> u8 {
        match self {
            Self::Crs84 | Self::Epsg4326 | Self::Cgcs2000 => 7,
            Self::WebMercator | Self::GaussKruger(_) => 3,
        }
    }

    /// A stored position (longitude, latitude in degrees) with the first axis of this system as x and
    /// the second as y. `None` where the system does not reach.
    pub fn place(self, position: Coord<f64>) -> Option<Coord<f64>> {
        match self {
            Self::Crs84 => Some(position),
            Self::Epsg4326 | Self::Cgcs2000 => Some(swapped(position)),
            Self::WebMercator => web_mercator(position),
            Self::GaussKruger(zone) => zone.project(position).map(swapped),
        }
    }

    /// The stored position of one given in this system, first axis as x.
    ///
    /// # Errors
    /// When it is not on Earth, or further away than the system reaches.
    pub fn read(self, position: Coord<f64>) -> Result<Coord<f64>, CoordinateError> {
        let Coord { x, y } = position;
        let read = match self {
            Self::Crs84 => position,
            Self::Epsg4326 | Self::Cgcs2000 => swapped(position),
            Self::WebMercator => from_web_mercator(position),
            Self::GaussKruger(zone) => {
                zone.unproject(swapped(position)).ok_or(CoordinateError::OutsideZone(x, y))?
            }
        };
        Wgs84::new(read.x, read.y).map(Coord::from)
    }

    /// A stored geometry in this system, first axis as x. `None` where the system does not reach all
    /// of it.
    pub fn geometry(self, geometry: &Geometry<f64>) -> Option<Geometry<f64>> {
        geometry.try_map_coords(|position| self.place(position).ok_or(())).ok()
    }

    /// A stored geometry in this system with x to the east and y to the north, whatever the order of its axes:
    /// so files of GIS programs hold it. `None` where the system does not reach all of it.
    pub fn eastward(self, geometry: &Geometry<f64>) -> Option<Cow<'_, Geometry<f64>>> {
        match self {
            Self::Crs84 | Self::Epsg4326 | Self::Cgcs2000 => Some(Cow::Borrowed(geometry)),
            Self::WebMercator => self.geometry(geometry).map(Cow::Owned),
            Self::GaussKruger(zone) => {
                geometry.try_map_coords(|position| zone.project(position).ok_or(())).ok().map(Cow::Owned)
            }
        }
    }

    /// What a box covers that is given by its lower corner and its upper one, in the order of axes of
    /// this system.
    ///
    /// # Errors
    /// When the corners are no box.
    pub fn region(self, [a, b, c, d]: [f64; 4]) -> Result<Region, RegionError> {
        match self {
            Self::Crs84 => Ok(Region::Box(Bbox::new(a, b, c, d)?)),
            Self::Epsg4326 | Self::Cgcs2000 => {
                Bbox::new(b, a, d, c).map(Region::Box).map_err(RegionError::LatitudeFirst)
            }
            Self::WebMercator => {
                in_order("西,南,东,北", [a, b, c, d])?;
                let (low, high) =
                    (from_web_mercator(Coord { x: a, y: b }), from_web_mercator(Coord { x: c, y: d }));
                let lon = |lon: f64| lon.clamp(-180.0, 180.0);
                Ok(Region::Box(Bbox::new(lon(low.x), low.y, lon(high.x), high.y)?))
            }
            Self::GaussKruger(zone) => {
                in_order("南,西,北,东", [a, b, c, d])?;
                Ok(Region::Shape(unprojected_box(zone, Coord { x: b, y: a }, Coord { x: d, y: c })))
            }
        }
    }
}

impl Region {
    /// The region as a shape; a box without width or height is a line or a point.
    pub fn geometry(&self) -> Geometry<f64> {
        match self {
            Self::Shape(shape) => shape.clone(),
            Self::Box(bbox) => {
                let mut parts: Vec<Geometry<f64>> = bbox.parts().map(rect_geometry).collect();
                match (parts.pop(), parts.pop()) {
                    (Some(single), None) => single,
                    (Some(Geometry::Polygon(a)), Some(Geometry::Polygon(b))) => {
                        Geometry::MultiPolygon(MultiPolygon(vec![b, a]))
                    }
                    (a, b) => Geometry::GeometryCollection(a.into_iter().chain(b).collect()),
                }
            }
        }
    }
}

fn rect_geometry(rect: Rect<f64>) -> Geometry<f64> {
    let (min, max) = (rect.min(), rect.max());
    match (min.x < max.x, min.y < max.y) {
        (true, true) => Geometry::Polygon(rect.to_polygon()),
        (false, false) => Geometry::Point(Point(min)),
        _ => Geometry::LineString(LineString(vec![min, max])),
    }
}

/// The address of an EPSG code.
fn epsg(code: u16) -> String {
    format!("http://www.opengis.net/def/crs/EPSG/0/{code}")
}

fn swapped(position: Coord<f64>) -> Coord<f64> {
    Coord { x: position.y, y: position.x }
}

fn web_mercator(position: Coord<f64>) -> Option<Coord<f64>> {
    (position.y.abs() <= WEB_MERCATOR_LAT_DEG).then(|| Coord {
        x: WEB_MERCATOR_RADIUS_M * position.x.to_radians(),
        y: WEB_MERCATOR_RADIUS_M * position.y.to_radians().sin().atanh(),
    })
}

fn from_web_mercator(position: Coord<f64>) -> Coord<f64> {
    Coord {
        x: (position.x / WEB_MERCATOR_RADIUS_M).to_degrees(),
        y: (position.y / WEB_MERCATOR_RADIUS_M).sinh().atan().to_degrees(),
    }
}

fn in_order(order: &'static str, [a, b, c, d]: [f64; 4]) -> Result<(), RegionError> {
    if a <= c && b <= d { Ok(()) } else { Err(RegionError::Reversed { order }) }
}

/// The outline of a box of eastings and northings in degrees. What lies beyond the reach of the zone is
/// cut off: no place of the map that can be shown in the zone lies there.
fn unprojected_box(zone: Zone, low: Coord<f64>, high: Coord<f64>) -> Geometry<f64> {
    // Within these the zone reaches everywhere; the pole is at 10,002 km.
    let inside = |at: Coord<f64>| Coord {
        x: at.x.clamp(500_000.0 - 1_000_000.0, 500_000.0 + 1_000_000.0),
        y: at.y.clamp(-9_000_000.0, 9_000_000.0),
    };
    let (low, high) = (inside(low), inside(high));
    let corners = [low, Coord { x: high.x, y: low.y }, high, Coord { x: low.x, y: high.y }, low];
    let mut outline = Vec::new();
    for [from, to] in corners.array_windows() {
        let along = *to - *from;
        let pieces = (along.x.hypot(along.y) / PIECE_M).ceil().clamp(1.0, MOST_PIECES);
        let mut piece = 0.0;
        while piece < pieces {
            outline.extend(zone.unproject(*from + along * (piece / pieces)));
            piece += 1.0;
        }
    }
    outline.extend(outline.first().copied());
    match (low.x < high.x, low.y < high.y) {
        (true, true) => Geometry::Polygon(Polygon::new(LineString(outline), Vec::new())),
        (false, false) => Geometry::Point(Point(outline.first().copied().unwrap_or_default())),
        _ => Geometry::LineString(LineString(outline)),
    }
}
