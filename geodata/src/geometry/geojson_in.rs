//! `GeoJSON` geometry (RFC 7946 §3.1) to [`geo::Geometry`].
//!
//! The `geojson` crate converts; this module checks the rules which it leaves open (closed rings,
//! lawful numbers of positions, positions on Earth) and says where and how a geometry breaks them.

use geo::{Coord, CoordsIter, Geometry};
use serde::Deserialize;
use serde_json::Value;

use super::error::{DEEPEST_COLLECTION, GeometryError};
use crate::crs::Wgs84;

/// Reads a `GeoJSON` geometry object whose positions are WGS-84 longitude and latitude in degrees.
///
/// Heights are accepted and dropped. The winding of rings is kept as given (RFC 7946 §3.1.6 asks
/// readers to accept both); see [`super::repaired`].
///
/// # Errors
/// The first place that breaks RFC 7946, with what was expected and what was found there.
///
/// ```
/// let bay = serde_json::json!({"type": "Point", "coordinates": [113.912316, 22.543847]});
/// assert!(geodata::geometry::read_geometry(&bay).is_ok());
///
/// let swapped = serde_json::json!({"type": "Point", "coordinates": [22.543847, 113.912316]});
/// let error = geodata::geometry::read_geometry(&swapped).unwrap_err();
/// assert!(error.to_string().contains("纬度113.912316超出"));
/// ```
pub fn read_geometry(value: &Value) -> Result<Geometry<f64>, GeometryError> {
    let geometry = read_unranged_geometry(value)?;
    for Coord { x, y } in geometry.coords_iter() {
        Wgs84::new(x, y).map_err(|error| GeometryError::NotOnEarth { at: "geometry".to_owned(), error })?;
    }
    Ok(geometry)
}

/// [`read_geometry`] without the check that positions lie on Earth, for files whose axes may be swapped.
pub(crate) fn read_unranged_geometry(value: &Value) -> Result<Geometry<f64>, GeometryError> {
    check_geometry(value, Place::Geometry, 0)?;
    let unexpected = |found: String| GeometryError::Unexpected {
        at: "geometry".to_owned(),
        expected: "RFC 7946 几何对象",
        found,
    };
    let parsed = geojson::Geometry::deserialize(value).map_err(|error| unexpected(error.to_string()))?;
    Geometry::try_from(parsed).map_err(|error| unexpected(error.to_string()))
}

/// The way to the value being checked; a large file has millions, so it is only spelt out in errors.
#[derive(Clone, Copy)]
enum Place<'p> {
    Geometry,
    Member(&'p Self, &'static str),
    Index(&'p Self, usize),
}

impl Place<'_> {
    fn path(self) -> String {
        match self {
            Self::Geometry => "geometry".to_owned(),
            Self::Member(parent, name) => format!("{}.{name}", parent.path()),
            Self::Index(parent, index) => format!("{}[{index}]", parent.path()),
        }
    }

    fn unexpected(self, expected: &'static str, found: &Value) -> GeometryError {
        GeometryError::Unexpected { at: self.path(), expected, found: describe(found) }
    }

    fn missing(self, expected: &'static str) -> GeometryError {
        GeometryError::Unexpected { at: self.path(), expected, found: "缺失".to_owned() }
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "空值 null".to_owned(),
        Value::Bool(flag) => format!("布尔值 {flag}"),
        Value::Number(number) => format!("数字 {number}"),
        Value::String(text) => format!("文字“{}”", text.chars().take(40).collect::<String>()),
        Value::Array(items) => format!("{} 项的数组", items.len()),
        Value::Object(_) => "对象".to_owned(),
    }
}

fn check_geometry(value: &Value, place: Place<'_>, depth: usize) -> Result<(), GeometryError> {
    const KINDS: &str = "Point、MultiPoint、LineString、MultiLineString、Polygon、MultiPolygon 或 \
                         GeometryCollection（区分大小写）";
    if depth > DEEPEST_COLLECTION {
        return Err(GeometryError::TooDeep { at: place.path() });
    }
    let Value::Object(members) = value else {
        return Err(place.unexpected("几何对象", value));
    };
    let of_kind = Place::Member(&place, "type");
    let named = members.get("type").ok_or_else(|| of_kind.missing("几何类型的名称"))?;
    let kind = named.as_str().ok_or_else(|| of_kind.unexpected("几何类型的名称", named))?;
    if kind == "GeometryCollection" {
        let place = Place::Member(&place, "geometries");
        let geometries = members.get("geometries").ok_or_else(|| place.missing("几何对象的数组"))?;
        return each(geometries, place, "几何对象的数组", |item, place| {
            check_geometry(item, place, depth + 1)
        });
    }
    let check: fn(&Value, Place<'_>) -> Result<(), GeometryError> = match kind {
        "Point" => check_position,
        "MultiPoint" => |value, place| each(value, place, "坐标点的数组", check_position),
        "LineString" => check_line,
        "MultiLineString" => |value, place| each(value, place, "线的数组", check_line),
        "Polygon" => check_polygon,
        "MultiPolygon" => |value, place| each(value, place, "面的数组", check_polygon),
        _ => return Err(of_kind.unexpected(KINDS, named)),
    };
    let place = Place::Member(&place, "coordinates");
    check(members.get("coordinates").ok_or_else(|| place.missing("坐标数组"))?, place)
}

fn each(
    value: &Value,
    place: Place<'_>,
    expected: &'static str,
    check: impl Fn(&Value, Place<'_>) -> Result<(), GeometryError>,
) -> Result<(), GeometryError> {
    let Value::Array(items) = value else {
        return Err(place.unexpected(expected, value));
    };
    items.iter().enumerate().try_for_each(|(index, item)| check(item, Place::Index(&place, index)))
}

fn check_position(value: &Value, place: Place<'_>) -> Result<(), GeometryError> {
    const EXPECTED: &str = "[经度, 纬度] 两个数字";
    match value {
        Value::Array(numbers) if numbers.len() >= 2 => each(value, place, EXPECTED, |number, place| {
            if number.is_number() { Ok(()) } else { Err(place.unexpected("数字", number)) }
        }),
        _ => Err(place.unexpected(EXPECTED, value)),
    }
}

fn check_line(value: &Value, place: Place<'_>) -> Result<(), GeometryError> {
    each(value, place, "坐标点的数组", check_position)?;
    at_least(value, place, 2)
}

fn check_polygon(value: &Value, place: Place<'_>) -> Result<(), GeometryError> {
    each(value, place, "环的数组", check_ring)
}

fn check_ring(value: &Value, place: Place<'_>) -> Result<(), GeometryError> {
    each(value, place, "坐标点的数组", check_position)?;
    at_least(value, place, 4)?;
    let ends = value.as_array().map(|ring| (ring.first(), ring.last()));
    match ends {
        Some((Some(first), Some(last))) if !same_position(first, last) => {
            Err(GeometryError::RingNotClosed { at: place.path() })
        }
        _ => Ok(()),
    }
}

fn at_least(value: &Value, place: Place<'_>, needed: usize) -> Result<(), GeometryError> {
    let found = value.as_array().map_or(0, Vec::len);
    if found < needed {
        return Err(GeometryError::TooFewPositions { at: place.path(), needed, found });
    }
    Ok(())
}

/// Compares as numbers: `100` and `100.0` close a ring.
fn same_position(first: &Value, last: &Value) -> bool {
    let plane = |position: &Value| {
        position.as_array().map(|numbers| numbers.iter().take(2).map(Value::as_f64).collect::<Vec<_>>())
    };
    plane(first) == plane(last)
}

#[cfg(test)]
mod tests;
