//! `GeoJSON` (RFC 7946) files to rows, one per feature.

use geo::Geometry;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::columns::Field;
use super::error::ImportError;
use super::position;
use super::row::{KnownCells, RowFault, SourceRow, echoed};
use super::{MOST_ROWS, ReadOptions};
use crate::crs::Datum;
use crate::geometry::read_unranged_geometry;

/// The members that decide how a file is read. A member that occurs twice is an error, as its meaning
/// would depend on the reader.
#[derive(Deserialize)]
struct Envelope<'t> {
    r#type: Option<Value>,
    crs: Option<Value>,
    #[serde(borrow)]
    features: Option<&'t RawValue>,
}

const GEOMETRY_TYPES: [&str; 7] =
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

/// Reads a feature collection, a feature or a bare geometry.
pub(super) fn read(text: &str, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    if !text.trim_start().starts_with('{') {
        let value: Value = parse(text)?;
        return Err(not_geojson("文件内容", "对象", &value));
    }
    let envelope: Envelope<'_> = parse(text)?;
    if let Some(crs) = &envelope.crs {
        return Err(old_crs(crs));
    }
    let kind = envelope.r#type.unwrap_or(Value::Null);
    match kind.as_str() {
        Some("FeatureCollection") => collection(envelope.features, options),
        Some("Feature") => Ok(vec![feature(1, parse(text)?, options)]),
        Some(kind) if GEOMETRY_TYPES.contains(&kind) => {
            let mut row = SourceRow { number: 1, ..SourceRow::default() };
            place(&mut row, &parse(text)?, options);
            Ok(vec![row])
        }
        _ => Err(not_geojson("type", "FeatureCollection、Feature 或几何类型（区分大小写）", &kind)),
    }
}

fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, ImportError> {
    serde_json::from_str(text).map_err(|error| ImportError::Json {
        line: error.line(),
        column: error.column(),
        reason: error.to_string(),
    })
}

fn not_geojson(place: &'static str, expected: &'static str, found: &Value) -> ImportError {
    ImportError::NotGeoJson { place, expected, found: echoed(&found.to_string()) }
}

fn old_crs(crs: &Value) -> ImportError {
    let named = crs.pointer("/properties/name").and_then(Value::as_str);
    let is_wgs84 = named.is_some_and(|name| {
        name.ends_with("CRS84") || name.ends_with("EPSG::4326") || name.ends_with("EPSG:4326")
    });
    let advice = if is_wgs84 {
        "若坐标确为“经度,纬度”次序的 WGS-84，删去 crs 成员后重新导入"
    } else {
        "请转换后重新导入：ogr2ogr -t_srs EPSG:4326 -lco RFC7946=YES 新文件.geojson 原文件.geojson"
    };
    ImportError::OldCrs { named: echoed(named.unwrap_or("未写名称")), advice }
}

fn collection(features: Option<&RawValue>, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let Some(features) = features else {
        return Err(not_geojson("features", "要素的数组", &Value::Null));
    };
    // One feature at a time, so that a large file is never held twice as a tree.
    let Ok(features) = serde_json::from_str::<Vec<&RawValue>>(features.get()) else {
        return Err(not_geojson("features", "要素的数组", &parse(features.get())?));
    };
    if features.len() > MOST_ROWS {
        return Err(ImportError::TooManyRows);
    }
    if features.is_empty() {
        return Err(ImportError::Empty);
    }
    (1..).zip(features).map(|(number, raw)| Ok(feature(number, parse(raw.get())?, options))).collect()
}

fn feature(number: u32, value: Value, options: &ReadOptions) -> SourceRow {
    match Members::of(value) {
        Ok(members) => members.read(number, options),
        Err(fault) => SourceRow { number, faults: vec![fault], ..SourceRow::default() },
    }
}

/// The parts of a feature object, checked.
struct Members {
    id: Option<String>,
    geometry: Value,
    properties: Map<String, Value>,
}

impl Members {
    fn of(value: Value) -> Result<Self, RowFault> {
        let fault = |place, expected, found: &Value| RowFault::NotAFeature {
            place,
            expected,
            found: echoed(&found.to_string()),
        };
        let Value::Object(mut members) = value else {
            return Err(fault("要素", "对象", &value));
        };
        let kind = members.get("type").unwrap_or(&Value::Null);
        if kind.as_str() != Some("Feature") {
            return Err(fault("type", "“Feature”（区分大小写）", kind));
        }
        let id = match members.remove("id") {
            None | Some(Value::Null) => None,
            Some(Value::String(id)) => Some(id),
            Some(Value::Number(id)) => Some(id.to_string()),
            Some(other) => return Err(fault("id", "文字或数字", &other)),
        };
        let properties = match members.remove("properties") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(properties)) => properties,
            Some(other) => return Err(fault("properties", "对象或 null", &other)),
        };
        let Some(geometry) = members.remove("geometry") else {
            return Err(fault("geometry", "几何对象或 null", &Value::Null));
        };
        Ok(Self { id, geometry, properties })
    }

    fn read(self, number: u32, options: &ReadOptions) -> SourceRow {
        let mut known = KnownCells::new();
        let mut others = Map::new();
        for (heading, value) in self.properties {
            match known_cell(&heading, &value, options).filter(|(field, _)| !known.contains_key(field)) {
                Some((field, text)) => _ = known.insert(field, (heading, text)),
                None => _ = others.insert(heading, value),
            }
        }
        let mut row = SourceRow::from_cells(number, &known);
        row.id = self.id.filter(|id| !id.is_empty()).or(row.id);
        row.properties = others;
        if !self.geometry.is_null() {
            place(&mut row, &self.geometry, options);
        }
        row
    }
}

/// A text or number under a heading with a known meaning. The position is the geometry's business.
fn known_cell(heading: &str, value: &Value, options: &ReadOptions) -> Option<(Field, String)> {
    let field = options.columns.field_of(heading)?;
    if matches!(field, Field::Lon | Field::Lat | Field::Position | Field::Wkt) {
        return None;
    }
    match value {
        Value::String(text) => Some((field, text.clone())),
        Value::Number(number) => Some((field, number.to_string())),
        _ => None,
    }
}

/// Reads one geometry object as that of a feature of a file is read: on Earth, in WGS-84, rounded to what
/// is stored, with harmless deviations put right.
///
/// # Errors
/// What is wrong with it: its format, swapped axes, metres in place of degrees, the position 0, 0.
///
/// ```
/// use geodata::Datum;
/// use geodata::import::geometry_of;
///
/// let swapped = serde_json::json!({"type": "Point", "coordinates": [22.543847, 113.912316]});
/// let fault = geometry_of(&swapped, Datum::Wgs84).unwrap_err();
/// assert_eq!(fault.code(), "axes_swapped");
/// ```
pub fn geometry_of(geometry: &Value, datum: Datum) -> Result<Geometry<f64>, RowFault> {
    let geometry = read_unranged_geometry(geometry).map_err(RowFault::Geometry)?;
    position::placed(&geometry, datum)
}

fn place(row: &mut SourceRow, geometry: &Value, options: &ReadOptions) {
    match geometry_of(geometry, options.datum) {
        Ok(geometry) => row.geometry = Some(geometry),
        Err(fault) => row.faults.push(fault),
    }
}
