//! Bounding boxes on the globe, as OGC API Features 1.0 (17-069r4 §7.15.3) and RFC 7946 §5 define them.

use std::fmt;
use std::str::FromStr;

use geo::{BoundingRect, Coord, Geometry, Rect};

use crate::crs::{self, Datum, Wgs84};

/// Why a box was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BboxError {
    /// Not four (or, with heights, six) numbers.
    #[error("bbox 需要 4 个数字（西,南,东,北）或 6 个数字（带高度），收到了 {found} 个")]
    WrongCount {
        /// How many comma-separated parts were given.
        found: usize,
    },
    /// A part that is not a finite decimal number.
    #[error("bbox 的第 {place} 个值“{text}”不是数字，请按“西,南,东,北”填写")]
    NotANumber {
        /// 1-based place in the list.
        place: usize,
        /// The text as given, cut to a readable length.
        text: String,
    },
    /// A longitude outside −180…180 degrees.
    #[error("bbox 的经度 {0} 超出 -180 到 180，请检查顺序是否为“西,南,东,北”")]
    LongitudeOutOfRange(f64),
    /// A latitude outside −90…90 degrees.
    #[error("bbox 的纬度 {0} 超出 -90 到 90，请检查顺序是否为“西,南,东,北”")]
    LatitudeOutOfRange(f64),
    /// South lies north of north.
    #[error("bbox 的南边 {south} 大于北边 {north}，请按“西,南,东,北”填写")]
    LatitudesReversed {
        /// The given southern latitude.
        south: f64,
        /// The given northern latitude.
        north: f64,
    },
    /// The lower height is above the upper one.
    #[error("bbox 的最低高度 {lower} 大于最高高度 {upper}")]
    HeightsReversed {
        /// The given lower height.
        lower: f64,
        /// The given upper height.
        upper: f64,
    },
}

/// A box in WGS-84 degrees. `west > east` means that it crosses the antimeridian; a box may shrink to
/// a line or a point. Its edges belong to it.
///
/// ```
/// let kuichong: geodata::Bbox = "114.35,22.59,114.52,22.68".parse()?;
/// assert!(kuichong.contains(geodata::Wgs84::new(114.41, 22.635)?));
/// let fiji: geodata::Bbox = "177,-20,-178,-15".parse()?;
/// assert!(fiji.crosses_antimeridian() && fiji.parts().count() == 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bbox {
    /// Western longitude in degrees.
    pub west: f64,
    /// Southern latitude in degrees.
    pub south: f64,
    /// Eastern longitude in degrees.
    pub east: f64,
    /// Northern latitude in degrees.
    pub north: f64,
}

/// Text of a refused number is echoed up to this many characters.
const ECHOED_CHARS: usize = 40;
/// The shifts of two positions in GCJ-02 or BD-09 differ by at most this share of their distance
/// (BD-09's ripple is the steeper: 1.8 %).
const SHIFT_GRADIENT: f64 = 0.02;
/// No position is shifted further, degrees.
const LARGEST_SHIFT_DEG: f64 = 0.02;

impl Bbox {
    /// The whole Earth.
    pub const WORLD: Self = Self { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };

    /// Checks the four edges, in degrees.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Result<Self, BboxError> {
        for lon in [west, east] {
            if !(-180.0..=180.0).contains(&lon) {
                return Err(BboxError::LongitudeOutOfRange(lon));
            }
        }
        for lat in [south, north] {
            if !(-90.0..=90.0).contains(&lat) {
                return Err(BboxError::LatitudeOutOfRange(lat));
            }
        }
        if south > north {
            return Err(BboxError::LatitudesReversed { south, north });
        }
        Ok(Self { west, south, east, north })
    }

    /// The box that is a single point.
    pub fn of_point(point: Wgs84) -> Self {
        Self { west: point.lon, south: point.lat, east: point.lon, north: point.lat }
    }

    /// The tight box of a geometry, `None` when it has no positions.
    pub fn of(geometry: &Geometry<f64>) -> Option<Self> {
        geometry.bounding_rect().map(Self::from)
    }

    /// Whether the box runs over 180° longitude.
    pub fn crosses_antimeridian(&self) -> bool {
        self.west > self.east
    }

    /// The planar rectangles that make up the box: one, or two when it crosses the antimeridian.
    pub fn parts(&self) -> impl Iterator<Item = Rect<f64>> + use<> {
        let Self { west, south, east, north } = *self;
        let rect =
            move |from: f64, to: f64| Rect::new(Coord { x: from, y: south }, Coord { x: to, y: north });
        let (first, second) = if self.crosses_antimeridian() {
            (rect(west, 180.0), Some(rect(-180.0, east)))
        } else {
            (rect(west, east), None)
        };
        std::iter::once(first).chain(second)
    }

    /// Whether the point lies in the box or on its edge.
    pub fn contains(&self, point: Wgs84) -> bool {
        let in_lon = if self.crosses_antimeridian() {
            point.lon >= self.west || point.lon <= self.east
        } else {
            point.lon >= self.west && point.lon <= self.east
        };
        in_lon && point.lat >= self.south && point.lat <= self.north
    }

    /// East–west size in degrees, 0…360.
    pub fn width_deg(&self) -> f64 {
        let width = self.east - self.west;
        if width < 0.0 { width + 360.0 } else { width }
    }

    /// North–south size in degrees.
    pub fn height_deg(&self) -> f64 {
        self.north - self.south
    }

    /// The smallest box that holds both. Two boxes that do not cross the antimeridian give one that
    /// does not cross it either, so that the extent of a layer is never wrapped around the Pacific.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let south = self.south.min(other.south);
        let north = self.north.max(other.north);
        if !self.crosses_antimeridian() && !other.crosses_antimeridian() {
            let (west, east) = (self.west.min(other.west), self.east.max(other.east));
            return Self { west, south, east, north };
        }
        let (from_self, from_other) = (self.width_when_reaching(other), other.width_when_reaching(self));
        let (start, width) =
            if from_self <= from_other { (self.west, from_self) } else { (other.west, from_other) };
        let (west, east) = wrapped(start, width);
        Self { west, south, east, north }
    }

    /// Width of the arc that starts at this box's western edge and ends after both boxes.
    fn width_when_reaching(&self, other: &Self) -> f64 {
        let start = (other.west - self.west).rem_euclid(360.0);
        self.width_deg().max(start + other.width_deg())
    }

    /// Moves each edge outwards, by degrees; stops at the poles and at the whole circle.
    #[must_use]
    pub fn expand(&self, lon_deg: f64, lat_deg: f64) -> Self {
        let (west, east) = wrapped(self.west - lon_deg, self.width_deg() + 2.0 * lon_deg);
        Self { west, south: (self.south - lat_deg).max(-90.0), east, north: (self.north + lat_deg).min(90.0) }
    }

    /// Reads this box as given in `datum` and returns a WGS-84 box that covers it: every position
    /// that lies in the box when shown in `datum` lies in the result.
    #[must_use]
    pub fn from_datum(self, datum: Datum) -> Self {
        if datum == Datum::Wgs84 {
            return self;
        }
        let mut covered = self.parts().map(|part| covering(part, datum));
        let first = covered.next().unwrap_or(Self::WORLD);
        match covered.next() {
            None => first,
            Some(second) => Self {
                west: first.west,
                south: first.south.min(second.south),
                east: second.east,
                north: first.north.max(second.north),
            },
        }
    }
}

/// Turns a start longitude and a width into the western and eastern edge.
fn wrapped(start: f64, width: f64) -> (f64, f64) {
    if width >= 360.0 {
        return (-180.0, 180.0);
    }
    let west = if start < -180.0 { start + 360.0 } else { start };
    let east = west + width;
    (west, if east > 180.0 { east - 360.0 } else { east })
}

/// Moves the box by the shift at its middle: elsewhere in the box the shift differs from it by no more
/// than its gradient allows. Each inverse conversion costs dozens of sines, and a map view asks for
/// one box, so this makes one.
fn covering(part: Rect<f64>, datum: Datum) -> Bbox {
    let (min, max, middle) = (part.min(), part.max(), part.center());
    let moved = |at: Coord<f64>| Coord::from(datum.recover(at)) - at;
    let shift = moved(middle);
    let reach = Coord { x: part.width(), y: part.height() } / 2.0;
    let corners = [min, max, Coord { x: min.x, y: max.y }, Coord { x: max.x, y: min.y }];
    let uniform = shift != Coord { x: 0.0, y: 0.0 }
        && corners.into_iter().all(|corner| crs::is_deep_in_service_area(corner, LARGEST_SHIFT_DEG));
    // At the rim of the service area the shift switches off from one point to the next.
    let margin = if uniform { SHIFT_GRADIENT * (reach.x + reach.y) + 1e-9 } else { LARGEST_SHIFT_DEG };
    let shift = if uniform { shift } else { Coord { x: 0.0, y: 0.0 } };
    Bbox {
        west: (min.x + shift.x - margin).max(-180.0),
        south: (min.y + shift.y - margin).max(-90.0),
        east: (max.x + shift.x + margin).min(180.0),
        north: (max.y + shift.y + margin).min(90.0),
    }
}

impl From<Rect<f64>> for Bbox {
    fn from(rect: Rect<f64>) -> Self {
        let (min, max) = (rect.min(), rect.max());
        Self { west: min.x, south: min.y, east: max.x, north: max.y }
    }
}

impl fmt::Display for Bbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{},{}", self.west, self.south, self.east, self.north)
    }
}

impl FromStr for Bbox {
    type Err = BboxError;

    /// Reads `west,south,east,north`, or with heights `west,south,lowest,east,north,highest`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let [west, south, east, north] = Self::corners(text)?;
        Self::new(west, south, east, north)
    }
}

impl Bbox {
    /// Reads the lower and the upper corner of a box in some reference system: four numbers, or six with
    /// heights, which are checked and then ignored, as the map is two-dimensional.
    ///
    /// # Errors
    /// When it is not a list of four or six finite numbers.
    pub fn corners(text: &str) -> Result<[f64; 4], BboxError> {
        let mut numbers = [0.0; 6];
        let mut found = 0;
        for (index, part) in text.split(',').enumerate() {
            found = index + 1;
            if let Some(slot) = numbers.get_mut(index) {
                *slot = finite_number(part, found)?;
            }
        }
        match (found, numbers) {
            (6, [_, _, lower, _, _, upper]) if lower > upper => {
                Err(BboxError::HeightsReversed { lower, upper })
            }
            (4, [a, b, c, d, ..]) | (6, [a, b, _, c, d, _]) => Ok([a, b, c, d]),
            _ => Err(BboxError::WrongCount { found }),
        }
    }
}

fn finite_number(text: &str, place: usize) -> Result<f64, BboxError> {
    text.parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
        .ok_or_else(|| BboxError::NotANumber { place, text: text.chars().take(ECHOED_CHARS).collect() })
}

#[cfg(test)]
mod tests;
