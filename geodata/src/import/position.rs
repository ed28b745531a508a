//! From cells to a geometry in WGS-84.

use geo::{Coord, CoordsIter, Geometry, MapCoords, Point};

use super::MOST_POSITIONS;
use super::columns::Field;
use super::number::{AngleError, Axis, parse_angle};
use super::row::{KnownCells, RowFault, echoed};
use super::wkt::read_wkt;
use crate::crs::{CoordinateError, Datum, Wgs84, from_datum};
use crate::geometry::{GeometryError, anchor, repaired};

/// Stored positions have seven decimals (1 cm).
const STORED_SCALE: f64 = 1e7;
/// Degrees never get this large; metres of a projection do, both of them. One alone is a slip of the keyboard.
const PROJECTED_FROM: f64 = 1000.0;

/// The geometry of a table row: its WKT, else its combined position, else longitude and latitude.
/// `None` when those cells are empty.
pub(super) fn from_cells(cells: &KnownCells, datum: Datum) -> Result<Option<Geometry<f64>>, RowFault> {
    let cell = |field: Field| cells.get(&field).filter(|(_, text)| !text.trim().is_empty());
    if let Some((_, text)) = cell(Field::Wkt) {
        return placed(&read_wkt(text).map_err(RowFault::Geometry)?, datum).map(Some);
    }
    let position = if let Some((heading, text)) = cell(Field::Position) {
        combined(heading, text)?
    } else {
        match (cell(Field::Lon), cell(Field::Lat)) {
            (None, None) => return Ok(None),
            (Some(lon), Some(lat)) => ordered(angle(lon)?, angle(lat)?)?,
            _ => return Err(RowFault::HalfAPosition),
        }
    };
    placed(&Geometry::Point(Point(position)), datum).map(Some)
}

fn angle((heading, text): &(String, String)) -> Result<(f64, Option<Axis>), RowFault> {
    parse_angle(text).map_err(|error| RowFault::NotAnAngle {
        heading: heading.clone(),
        text: echoed(text),
        error,
    })
}

/// Two angles in the order longitude, latitude, unless both say that they are the other way round.
fn ordered(
    (first, first_axis): (f64, Option<Axis>),
    (second, second_axis): (f64, Option<Axis>),
) -> Result<Coord<f64>, RowFault> {
    match (first_axis, second_axis) {
        (None | Some(Axis::Longitude), None | Some(Axis::Latitude)) => Ok(Coord { x: first, y: second }),
        (Some(Axis::Latitude), Some(Axis::Longitude)) => Ok(Coord { x: second, y: first }),
        _ => Err(RowFault::AxesContradict),
    }
}

/// `114.41,22.63`, `114.41 22.63`, `(114.41；22.63)`, `N22°37'48", E114°24'48"` or WKT.
fn combined(heading: &str, text: &str) -> Result<Coord<f64>, RowFault> {
    if let Ok(Geometry::Point(point)) = read_wkt(text) {
        return Ok(point.0);
    }
    let not_a_pair = || RowFault::NotAnAngle {
        heading: heading.to_owned(),
        text: echoed(text),
        error: AngleError::NotAnAngle,
    };
    let body = text.trim().trim_matches(['(', ')', '[', ']', '（', '）', '【', '】']);
    let separators: [&[char]; 2] = [&[',', '，', ';', '；', '、', '|', '/'], &[' ', '\t', '\n', '\u{3000}']];
    for separator in separators {
        let mut parts = body.split(separator).map(str::trim).filter(|part| !part.is_empty());
        if let (Some(first), Some(second), None) = (parts.next(), parts.next(), parts.next()) {
            let named = |part: &str| (heading.to_owned(), part.to_owned());
            return ordered(angle(&named(first))?, angle(&named(second))?);
        }
    }
    Err(not_a_pair())
}

/// Checks that the geometry lies on Earth, converts it to WGS-84, rounds it to what is stored and
/// puts harmless deviations right.
pub(super) fn placed(geometry: &Geometry<f64>, datum: Datum) -> Result<Geometry<f64>, RowFault> {
    let found = geometry.coords_count();
    if found > MOST_POSITIONS {
        return Err(RowFault::TooManyPositions { found });
    }
    let off_earth = geometry
        .coords_iter()
        .find_map(|position| Wgs84::new(position.x, position.y).err().map(|error| (position, error)));
    if let Some((position, error)) = off_earth {
        return Err(displaced(geometry, position, error, datum));
    }
    if matches!(geometry, Geometry::Point(point) if point.x() == 0.0 && point.y() == 0.0) {
        return Err(RowFault::ZeroPosition);
    }
    Ok(stored(geometry, datum))
}

fn stored(geometry: &Geometry<f64>, datum: Datum) -> Geometry<f64> {
    let round = |degrees: f64| (degrees * STORED_SCALE).round() / STORED_SCALE;
    let converted = from_datum(geometry, datum);
    repaired(converted.map_coords(|Coord { x, y }| Coord { x: round(x), y: round(y) }))
}

fn displaced(
    geometry: &Geometry<f64>,
    Coord { x, y }: Coord<f64>,
    error: CoordinateError,
    datum: Datum,
) -> RowFault {
    let swapped = geometry.map_coords(|Coord { x, y }| Coord { x: y, y: x });
    let is_on_earth = swapped.coords_iter().all(|at| Wgs84::new(at.x, at.y).is_ok());
    let suggested = is_on_earth.then(|| anchor(&stored(&swapped, datum))).flatten();
    match suggested {
        Some(suggested) => RowFault::AxesSwapped { suggested },
        None if x.abs() > PROJECTED_FROM && y.abs() > PROJECTED_FROM => RowFault::Projected { x, y },
        None => RowFault::Geometry(GeometryError::NotOnEarth { at: "坐标".to_owned(), error }),
    }
}
