//! `GeoJSON` (RFC 7946) files and text sequences (RFC 8142) to rows, one per feature.

use std::fmt::{self, Formatter};

use geo::Geometry;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::ImportError;
use super::position;
use super::record::Record;
use super::row::{RowFault, SourceRow, echoed};
use super::{MOST_ROWS, ReadOptions};
use crate::crs::Datum;
use crate::geometry::read_unranged_geometry;
use crate::parallel;

/// The members that decide how a file is read. A member that occurs twice is an error, as its meaning
/// would depend on the reader.
#[derive(Deserialize)]
struct Envelope<'t> {
    r#type: Option<Value>,
    crs: Option<Value>,
    #[serde(borrow)]
    features: Option<Features<'t>>,
}

/// The texts of the features, or what stands in their place. A large file is gone through once.
enum Features<'t> {
    Listed(Vec<&'t RawValue>),
    Other(Value),
}

impl<'de: 't, 't> Deserialize<'de> for Features<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FeaturesVisitor)
    }
}

struct FeaturesVisitor;

impl<'de> Visitor<'de> for FeaturesVisitor {
    type Value = Features<'de>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut features = Vec::new();
        while let Some(feature) = list.next_element()? {
            features.push(feature);
        }
        Ok(Features::Listed(features))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(members)).map(Features::Other)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Features::Other(text.into()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Features::Other(value.into()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Features::Other(number.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Features::Other(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Features::Other(number.into()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Features::Other(Value::Null))
    }
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
    if let Some(crs) = envelope.crs.as_ref().filter(|crs| !names_degrees(crs)) {
        return Err(old_crs(crs));
    }
    let kind = envelope.r#type.unwrap_or(Value::Null);
    match kind.as_str() {
        Some("FeatureCollection") => collection(envelope.features, options),
        Some("Feature") => Ok(vec![feature(1, parse(text)?, options)]),
        Some(kind) if GEOMETRY_TYPES.contains(&kind) => {
            let bare = Members { id: None, geometry: parse(text)?, properties: Map::new() };
            Ok(vec![bare.read(1, options)])
        }
        _ => Err(not_geojson("type", "FeatureCollection、Feature 或几何类型（区分大小写）", &kind)),
    }
}

/// Begins each text of a sequence (RFC 8142, section 2.1). Many programs write one text per line without it.
const RECORD_SEPARATOR: char = '\u{1E}';

/// Reads a text sequence: a feature after each record separator, or one per line.
pub(super) fn read_sequence(text: &str, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let is_separated = text.trim_start().starts_with(RECORD_SEPARATOR);
    let separator = if is_separated { RECORD_SEPARATOR } else { '\n' };
    let mut rows = Vec::new();
    let mut line = 1;
    for piece in text.split(separator) {
        if !piece.trim().is_empty() {
            if rows.len() == MOST_ROWS {
                return Err(ImportError::TooManyRows);
            }
            let value = parse(piece).map_err(|error| error.counted_from(line))?;
            rows.push(feature(u32::try_from(rows.len() + 1).unwrap_or(u32::MAX), value, options));
        }
        line += piece.matches('\n').count() + usize::from(!is_separated);
    }
    if rows.is_empty() { Err(ImportError::Empty) } else { Ok(rows) }
}

fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, ImportError> {
    serde_json::from_str(text).map_err(|error| ImportError::Json {
        line: error.line(),
        column: error.column(),
        reason: match error.classify() {
            Category::Eof => "内容没有写完，可能没有下载完",
            Category::Data => "同一个成员写了两次，或者值的类型不对",
            Category::Syntax | Category::Io => "这里的符号、引号或逗号不对",
        },
    })
}

fn not_geojson(place: &'static str, expected: &'static str, found: &Value) -> ImportError {
    ImportError::NotGeoJson { place, expected, found: echoed(&found.to_string()) }
}

/// Whether the member `crs` of the format before RFC 7946 says what is true anyway: WGS-84, longitude first. GDAL
/// writes it into every file that is not asked for as RFC 7946, and means longitude first also by EPSG:4326.
pub fn names_degrees(crs: &Value) -> bool {
    const NAMES: [&str; 7] = [
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:OGC::CRS84",
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "OGC:CRS84",
        "CRS84",
        "urn:ogc:def:crs:EPSG::4326",
        "EPSG:4326",
    ];
    let is_name = crs.get("type").and_then(Value::as_str) == Some("name");
    let named = crs.pointer("/properties/name").and_then(Value::as_str);
    is_name && named.is_some_and(|named| NAMES.iter().any(|name| name.eq_ignore_ascii_case(named)))
}

fn old_crs(crs: &Value) -> ImportError {
    let named = crs.pointer("/properties/name").and_then(Value::as_str);
    let advice = "请转换后重新导入：ogr2ogr -t_srs EPSG:4326 -lco RFC7946=YES 新文件.geojson 原文件.geojson";
    ImportError::OldCrs { named: echoed(named.unwrap_or("未写名称")), advice }
}

fn collection(features: Option<Features<'_>>, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let features = match features {
        Some(Features::Listed(features)) => features,
        Some(Features::Other(found)) => return Err(not_geojson("features", "要素的数组", &found)),
        None => return Err(not_geojson("features", "要素的数组", &Value::Null)),
    };
    if features.len() > MOST_ROWS {
        return Err(ImportError::TooManyRows);
    }
    if features.is_empty() {
        return Err(ImportError::Empty);
    }
    // One feature at a time on each core, so that a large file is never held twice as a tree.
    let read = |(number, raw): (u32, &RawValue)| Ok(feature(number, parse(raw.get())?, options));
    parallel::map((1..).zip(features).collect(), read).into_iter().collect()
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
        let (geometry, fault) = match self.geometry {
            Value::Null => (None, None),
            shape => match read_unranged_geometry(&shape) {
                Ok(geometry) => (Some(geometry), None),
                Err(error) => (None, Some(RowFault::Geometry(error))),
            },
        };
        Record {
            number,
            id: self.id,
            properties: self.properties,
            geometry,
            faults: fault.into_iter().collect(),
        }
        .into_row(options)
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
